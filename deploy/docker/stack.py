"""A compose project of its own for the check: started, asked and taken down again, from outside, as an operator would."""

import asyncio
import json
import os
import shutil
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LASTING = ("postgres", "nats", "customers", "orders", "notifications", "reporting", "gateway", "mail")
START_SECONDS = 300.0
_SQL = 'PGPASSWORD=$(cat /run/secrets/postgres_password) exec psql -h 127.0.0.1 -U postgres -d "$0" -v ON_ERROR_STOP=1 -AtX -c "$1"'
_FETCH = "import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(sys.argv[1], timeout=5).read())"
_IDS = (
    "import email, json, pathlib;"
    "print(json.dumps([email.message_from_bytes(p.read_bytes())['Message-ID'] for p in pathlib.Path('/mail').glob('*.eml')]))"
)


class Failed(Exception):
    """A command, or what was checked, did not go well; the text says what."""


def composer() -> list[str]:
    """`docker compose`, or the stand-alone program."""
    if named := os.environ.get("COMPOSE"):
        return named.split()
    if found := shutil.which("docker-compose"):
        return [found]
    return ["docker", "compose"]


class Stack:
    """`folder` keeps the project's .env; ports are free ones of this machine."""

    def __init__(self, folder: Path, project: str, http: int, https: int) -> None:
        self.project, self.folder = project, folder
        self.base = f"https://localhost:{https}"
        self._env = folder / ".env"
        example = (ROOT / ".env.example").read_text()
        self._env.write_text(f"{example}\nGENDAN_HTTP_PORT={http}\nGENDAN_HTTPS_PORT={https}\nGENDAN_PUBLIC_URL={self.base}\n")

    @property
    def _composer(self) -> list[str]:
        return [*composer(), "--project-name", self.project, "--env-file", str(self._env)]

    async def compose(self, *arguments: str, deadline: float = 120) -> str:
        """The command's output; `Failed` with what it said."""
        return await _run(self._composer, arguments, deadline)

    async def script(self, name: str, *arguments: str, deadline: float) -> str:
        """`deploy/docker/<name>`, as an operator calls it."""
        return await _run([str(ROOT / "deploy/docker" / name)], arguments, deadline, COMPOSE=" ".join(self._composer))

    async def docker(self, *arguments: str) -> str:
        return await _run(["docker"], arguments, 60)

    async def up(self, *arguments: str) -> None:
        await self.compose("up", "--detach", *arguments, deadline=START_SECONDS)

    async def down(self) -> None:
        await self.compose("down", "--volumes", "--remove-orphans", deadline=180)

    async def containers(self) -> list[dict[str, Any]]:
        lines = (await self.compose("ps", "--all", "--format", "json")).strip()
        # One document or one a line: releases differ.
        found: list[dict[str, Any]] = json.loads(lines) if lines.startswith("[") else [json.loads(line) for line in lines.splitlines()]
        return found

    async def until_healthy(self, *services: str, deadline: float = START_SECONDS) -> None:
        """Until every container of these services says so; `Failed` with those that do not, and at once for a one-shot that failed."""
        end = asyncio.get_running_loop().time() + deadline
        while True:
            found = await self.containers()
            if broken := [one["Name"] for one in found if one["State"] == "exited" and one["ExitCode"] and one["Service"] not in LASTING]:
                raise Failed(f"failed: {', '.join(broken)}")
            states = {one["Name"]: one["Health"] for one in found if one["Service"] in (services or LASTING)}
            if states and all(state == "healthy" for state in states.values()):
                return
            if asyncio.get_running_loop().time() > end:
                raise Failed(f"not healthy: {states}")
            await asyncio.sleep(0.5)

    async def execute(self, service: str, *command: str) -> str:
        return await self.compose("exec", "--no-TTY", service, *command)

    async def inside(self, service: str, script: str) -> str:
        """What a shell says in that container, or in another like it where it has done its work."""
        if service in LASTING:
            return await self.execute(service, "sh", "-c", script)
        return await self.compose("run", "--rm", "--no-TTY", "--no-deps", "--entrypoint", "sh", service, "-c", script)

    async def secret(self, name: str) -> str:
        return (await self.compose("run", "--rm", "--no-TTY", "prepare", "show", name)).strip()

    async def trust(self) -> ssl.SSLContext:
        """Trusts the gateway's own authority and nobody else."""
        certificate = await self.execute("gateway", "cat", "/data/caddy/pki/authorities/local/root.crt")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=certificate)
        return context

    async def rows(self, database: str, query: str) -> list[list[str]]:
        text = await self.execute("postgres", "sh", "-c", _SQL, database, query)
        return [line.split("|") for line in text.splitlines()]

    async def streamed(self) -> int:
        """Messages in the stream of events."""
        text = await self.execute("orders", "python", "-c", _FETCH, "http://nats:8222/jsz?streams=true")
        streams = [stream for account in json.loads(text)["account_details"] for stream in account["stream_detail"]]
        [found] = [stream["state"]["messages"] for stream in streams if stream["name"] == "GENDAN"]
        return int(found)

    async def mailed(self) -> list[str]:
        """The Message-ID of every mail in the sink, also of those that came twice."""
        found: list[str] = json.loads(await self.execute("mail", "python", "-c", _IDS))
        return found


async def _run(command: Sequence[str], arguments: Sequence[str], deadline: float, **settings: str) -> str:
    # What the caller's own shell says of gendan is not what is checked.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GENDAN_", "COMPOSE_"))}
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, *arguments, cwd=ROOT, env=own | settings, stdin=nothing, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(deadline):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        raise Failed(f"{' '.join(arguments)} took longer than {deadline:.0f} s") from None
    if process.returncode:
        raise Failed(f"{' '.join(arguments)[:200]} ended with {process.returncode}: {err.decode()[-2000:]}")
    return out.decode()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def free_ports(number: int) -> Sequence[int]:
    from deploy.local.ports import free_port

    return [free_port() for _ in range(number)]
