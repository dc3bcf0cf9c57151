"""token, user add."""

import asyncio
import sys
from collections.abc import Sequence
from urllib.parse import quote

from deploy.local.client import Client
from deploy.local.commands.run import FAILED, NOT_RUNNING, address
from deploy.local.home import Home, NotRunning
from deploy.local.tokens import Issuer


def token(home: Home, login: str, roles: Sequence[str], scopes: Sequence[str], hours: float) -> int:
    home.make()
    issuer = Issuer(home.key)
    issuer.publish(home.public)
    print(issuer.mint(login, roles, hours=hours, scopes=scopes))
    return 0


def add_user(home: Home, login: str, person: dict[str, object]) -> int:
    try:
        base = address(home)
    except NotRunning:
        print("nothing runs: start it with ./gendan up", file=sys.stderr)
        return NOT_RUNNING
    return asyncio.run(_put(base, Issuer(home.key).mint("gendan-cli", ["admin"], hours=0.1), login, person))


async def _put(base: str, token: str, login: str, person: dict[str, object]) -> int:
    async with Client(base, token) as client:
        answer = await client.put(f"/api/customers/staff/{quote(login, safe='')}", person)
    if answer.status in (200, 201):
        print(f"{login} {'added' if answer.status == 201 else 'changed'}")
        return 0
    problem = answer.json if "json" in answer.headers.get("Content-Type", "") else {}
    print(f"{answer.status} {problem.get('title', '')}: {problem.get('detail', answer.text[:500])}", file=sys.stderr)
    for error in problem.get("errors", []):
        print(f"  {error.get('field')}: {error.get('reason')}", file=sys.stderr)
    return FAILED
