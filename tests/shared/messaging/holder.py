"""A process that leads one lease and says so; started by a test, which then kills or freezes it. Arguments: database URL."""

import asyncio
import sys

from pydantic import SecretStr

from shared.messaging.leases import Leases


async def _main(url: str) -> None:
    stopping = asyncio.Event()
    leases = Leases(SecretStr(url), "holder")

    async def work() -> None:
        sys.stderr.write("held\n")
        sys.stderr.flush()
        try:
            await stopping.wait()
        finally:
            sys.stderr.write("left\n")
            sys.stderr.flush()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(leases.run(stopping))
        tasks.create_task(leases.lead("one", work, stopping))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
