"""A service of toys as a process: `python -m tests.shared.web.toy_service`. The environment says what goes wrong with it."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import structlog

from shared.service import Running, Service, main
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.routes import Routes
from tests.shared.web.toy import Toy
from tests.shared.web.toy import routes as toys

routes = Routes("processes")
log = structlog.get_logger()


@routes.get("/api/sleeps", roles=ANYONE)
async def sleeps(call: Call) -> Toy:
    await call.tx.execute("SELECT pg_sleep(1) AS toy_sleeps")
    return Toy(name="slept")


@routes.get("/api/hangs", roles=ANYONE, transaction=False)
async def hangs(call: Call) -> Toy:
    log.info("toy.hangs")
    await asyncio.Event().wait()
    raise AssertionError


async def dies(running: Running) -> None:
    if os.environ.get("TOY") == "dies":
        raise RuntimeError("as told")
    if os.environ.get("TOY") != "ends":
        await running.stopping.wait()


async def count(running: Running, arguments: Sequence[str]) -> None:
    async with running.database.connection() as tx:
        print(await tx.fetchval("SELECT count(*) FROM timer"), *arguments)


SERVICE = Service(
    name="customers",
    migrations=Path(__file__).parents[3] / "services" / "customers" / "migrations",
    routes=[toys, routes],
    tasks=[dies],
    commands={"count": count},
)

if __name__ == "__main__":
    main(SERVICE)
