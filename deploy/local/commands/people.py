"""token, user add."""

import asyncio
import getpass
import sys
from collections.abc import Sequence
from urllib.parse import quote

from deploy.local.client import Answer, Client
from deploy.local.commands.run import FAILED, WRONG_USAGE, address, not_running
from deploy.local.home import Home, NotRunning
from deploy.local.tokens import Issuer


def token(home: Home, login: str, roles: Sequence[str], scopes: Sequence[str], hours: float) -> int:
    if not roles and not scopes:
        print("a token without a role may do nothing: give --role, or --scope for a machine", file=sys.stderr)
        return WRONG_USAGE
    home.make()
    issuer = Issuer(home.key)
    issuer.publish(home.public)
    name = asyncio.run(_name(home, issuer, login)) if roles else None
    print(issuer.mint(login, roles, hours=hours, name=name, scopes=scopes))
    return 0


def add_user(home: Home, login: str, person: dict[str, object], password: str | None = None) -> int:
    try:
        base = address(home)
    except NotRunning:
        return not_running()
    return asyncio.run(_put(base, Issuer(home.key).mint("gendan-cli", ["admin"], hours=0.1), login, person, password))


def ask_password(login: str) -> str:
    """Typed twice on a terminal, otherwise one line of standard input; never an argument, which others on the machine could see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    while True:
        password = getpass.getpass(f"Password for {login}: ")
        if password == getpass.getpass("The same again: "):
            return password
        print("these are not the same", file=sys.stderr)


async def _name(home: Home, issuer: Issuer, login: str) -> str | None:
    """What the staff directory calls him, where the suite runs and knows him: a token of its sign-in says it, too."""
    try:
        base = address(home)
    except NotRunning:
        return None
    async with Client(base, issuer.mint("gendan-cli", ["admin"], hours=0.1)) as client:
        answer = await client.get(_member(login))
    return str(answer.json["name"]) if answer.status == 200 else None


def _member(login: str) -> str:
    return f"/api/customers/staff/{quote(login, safe='')}"


async def _put(base: str, token: str, login: str, person: dict[str, object], password: str | None) -> int:
    path = _member(login)
    async with Client(base, token) as client:
        answer = await client.put(path, person)
        if answer.status not in (200, 201):
            return refused(answer)
        print(f"{login} {'added' if answer.status == 201 else 'changed'}")
        if password is None:
            return 0
        answer = await client.put(f"{path}/password", {"password": password})
        if answer.status != 204:
            return refused(answer)
        print(f"{login} has the password given")
        return 0


def refused(answer: Answer, colon: str = ": ") -> int:
    """Say why the suite refused, field by field, with the `colon` of its language."""
    problem = answer.problem
    print(f"{answer.status} {problem.get('title', '')}{colon}{problem.get('detail', answer.text[:500])}", file=sys.stderr)
    for error in problem.get("errors", []):
        print(f"  {error.get('field')}{colon}{error.get('reason')}", file=sys.stderr)
    return FAILED
