"""up, migrate, status."""

import asyncio
import json
import sys
import time
from contextlib import suppress
from typing import Any

from deploy.local import parts
from deploy.local.commands.say import Progress, row
from deploy.local.home import AlreadyRunning, Foreign, Home, NotRunning
from deploy.local.parts import Options
from deploy.local.process import Part, StartFailed
from deploy.local.run import database_server, running, until_stopped
from deploy.local.suite import Suite
from deploy.local.supervisor import ensure_databases
from shared.contracts.topology import SERVICES

FAILED, WRONG_USAGE, NOT_RUNNING, STOPPED = 1, 2, 3, 130
REBUILD_SECONDS = 3600


def up(home: Home, options: Options) -> int:
    try:
        code = until_stopped(_up(home, options))
    except AlreadyRunning:
        return already_running(home)
    except Foreign as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    except StartFailed as failure:
        print(f"could not start: {failure}\nlogs: {home.logs}", file=sys.stderr)
        return FAILED
    return 0 if code == STOPPED else code


async def _up(home: Home, options: Options) -> int:
    began = time.monotonic()
    with Progress(options.quiet) as progress:
        context = running(home, options, progress.say)
        suite = await context.__aenter__()
    try:
        print(_welcome(suite, time.monotonic() - began), flush=True)
        await asyncio.Event().wait()
    finally:
        if not options.quiet:
            print("stopping", file=sys.stderr, flush=True)
        await context.__aexit__(None, None, None)
    return 0


def _welcome(suite: Suite, seconds: float) -> str:
    return "\n".join(
        [
            f"gendan runs at {suite.gateway} (ready after {seconds:.1f} s; Ctrl-C stops it)",
            f"  APIs    {suite.gateway}/docs/",
            "  token   ./gendan token --as mei --role merchandiser",
            "  mails   ./gendan mail",
            "  health  ./gendan status",
            f"  data    {suite.home.folder}",
        ]
    )


def not_running() -> int:
    print("nothing runs: start it with ./gendan up", file=sys.stderr)
    return NOT_RUNNING


def already_running(home: Home) -> int:
    run: dict[str, object] = {}
    with suppress(NotRunning):
        run = home.run()
    print(f"gendan already runs on {home.folder} (process {run.get('pid', '?')}) at {run.get('gateway', '?')}", file=sys.stderr)
    return NOT_RUNNING


def migrate(home: Home) -> int:
    """On the running suite's databases; when none runs, on a PostgreSQL started for it."""

    async def work() -> dict[str, list[str]]:
        async with database_server(home) as state:
            return await ensure_databases(home, state)

    try:
        applied = asyncio.run(work())
    except StartFailed as failure:
        print(f"could not start: {failure}", file=sys.stderr)
        return FAILED
    for service, names in applied.items():
        print(row((service, 14), (", ".join(names) or "nothing to do", 0)))
    return 0


def rebuild(home: Home, *, from_stream: bool) -> int:
    """reporting's projections anew from its archive; `from_stream`: after filling that, for which reporting is stopped."""
    try:
        home.run()
        print(asyncio.run(_rebuild(Suite(home), from_stream)), end="")
    except NotRunning:
        return not_running()
    except (StartFailed, TimeoutError) as failure:
        print(failure, file=sys.stderr)
        return FAILED
    return 0


async def _rebuild(suite: Suite, from_stream: bool) -> str:
    if not from_stream:
        return await suite.command("reporting", "rebuild", deadline=REBUILD_SECONDS)
    await suite.stop("reporting")
    try:
        said = await suite.command("reporting", "rebuild", "--from-stream", deadline=REBUILD_SECONDS)
    finally:
        suite.release("reporting")
    await suite.until_running("reporting")
    return said


def status(home: Home, as_json: bool) -> int:
    """0 when every part runs and is ready, 1 when one is not, 3 when nothing runs."""
    try:
        run = home.run()
    except NotRunning:
        print(json.dumps({"running": False}) if as_json else f"nothing runs on {home.folder}")
        return NOT_RUNNING
    found = asyncio.run(_probed(home, run))
    ready = bool(run.get("ready")) and all(part["ready"] for part in found.values())
    if as_json:
        print(json.dumps({"running": True, "ready": ready, "gateway": run.get("gateway"), "pid": run.get("pid"), "parts": found}))
    else:
        print(f"gateway {run.get('gateway')}, process {run.get('pid')}")
        print(row(("part", 14), ("state", 10), ("ready", 6), ("pid", 8), ("restarts", 9), ("since", 0)))
        for name, part in found.items():
            since = f"{time.time() - part['since']:.0f} s"
            answer = "yes" if part["ready"] else "no"
            print(row((name, 14), (part["state"], 10), (answer, 6), (part["pid"] or "", 8), (part["restarts"], 9), (since, 0)))
    return 0 if ready else FAILED


async def _probed(home: Home, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    state = home.state()
    made = [parts.database_server(home, state, Options()), parts.broker(home, state), parts.mail(home, state), parts.gateway(home, state)]
    made += [parts.service(name, home, state, Options()) for name in run.get("parts", {}) if name in SERVICES]

    async def probe(part: Part) -> bool:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(3):
                return await part.ready()
        return False

    answers = await asyncio.gather(*(probe(part) for part in made))
    by_name = dict(zip((part.name for part in made), answers, strict=True))
    return {name: {**part, "ready": by_name.get(name, False)} for name, part in run.get("parts", {}).items()}


def address(home: Home) -> str:
    """The gateway's address; raises NotRunning."""
    home.run()
    return parts.gateway_url(home.state())
