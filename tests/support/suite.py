"""The whole suite under its own supervisor, in a process of its own, for tests that go through all of it."""

import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from deploy.local import postgres
from deploy.local.commands.run import up
from deploy.local.home import Home, NotRunning
from deploy.local.parts import Options
from deploy.local.process import Part, Process
from deploy.local.suite import Suite

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def running_suite(
    folder: Path, *, durable: bool = False, keep: bool = False, given: Mapping[str, Mapping[str, str]] | None = None
) -> AsyncIterator[Suite]:
    """Everything on free ports, with the business clock movable. Durable where a test cuts the power; `keep` for a second run.

    `given` are settings of services that replace the suite's own.
    """
    home = Home(folder)

    async def ready() -> bool:
        with suppress(NotRunning):
            run = home.run()
            return bool(run.get("ready")) and run["pid"] == process.pid
        return False

    home.make()
    arguments = [str(folder), "durable" if durable else "quick", json.dumps(given or {}, default=dict)]
    supervisor = Part(
        name="suite",
        command=[sys.executable, "-P", "-m", "tests.support.suite", *arguments],
        environment={**os.environ, "PYTHONPATH": str(ROOT)},
        ready=ready,
        start_deadline=120,
        stop_deadline=90,
        death_signal=signal.SIGTERM,
    )
    process = Process(supervisor, output=home.logs / "supervisor.log")
    await process.start()
    suite = Suite(home)
    try:
        yield suite
    finally:
        await suite.close()
        await process.stop()
        if not keep:
            postgres.remove(home.postgres)


if __name__ == "__main__":
    options = Options(environment="test", durable=sys.argv[2] == "durable", given=json.loads(sys.argv[3]))
    sys.exit(up(Home(Path(sys.argv[1])), options))
