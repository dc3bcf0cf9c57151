"""Routes that do next to nothing, one for each thing the web layer promises."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from shared.contracts.text import Both, LocalText
from shared.problems import Conflict
from shared.timers import set_timer
from shared.web.auth import ANYONE, MANAGERS, WRITERS
from shared.web.call import Call, Download, Reply, Upload
from shared.web.paging import Page, PageQuery, decode_cursor, encode_cursor
from shared.web.routes import Routes

routes = Routes("toys")
SUBJECT = UUID("0199c0de-0000-7000-8000-000000000001")

runs = 0
slow = asyncio.Event()
failures: list[Exception] = []


def reset() -> None:
    global runs
    runs = 0
    slow.clear()
    failures.clear()


class Taken(Conflict):
    slug = "toy-taken"
    title = Both("The toy is taken", "玩具已被拿走")


class Part(BaseModel):
    size: int = Field(ge=1)


class NewToy(BaseModel):
    name: str = Field(max_length=40)
    parts: list[Part] = []
    says: LocalText | None = None


class Toy(BaseModel):
    name: str
    version: int = 1
    made: datetime = datetime(2013, 1, 1, tzinfo=UTC)


class Search(PageQuery):
    colour: list[str] = Field(default=[])
    since: date | None = None


@routes.post("/api/toys", roles=WRITERS, status=201, problems=(Taken,))
async def make(call: Call, body: NewToy) -> Reply[Toy]:
    """Make a toy. It is made of parts."""
    global runs
    runs += 1
    await set_timer(call.tx, f"toy-{runs}", SUBJECT, call.now)
    if failures:
        raise failures.pop()
    if body.name == "taken":
        raise Taken(Both("there is one", "已有一个"), field="name", owner="wang")
    if body.name == "slow":
        await slow.wait()
    return Reply(Toy(name=body.name), headers={"Location": f"/api/toys/{body.name}"})


@routes.get("/api/toys", roles=ANYONE)
async def search(call: Call, query: Search) -> Page[Toy]:
    first = int(decode_cursor(query.cursor, int)[0]) if query.cursor else 0
    names = [*query.colour, *(f"toy {number}" for number in range(first, first + query.limit))]
    return Page(items=[Toy(name=name) for name in names], next=encode_cursor(first + query.limit))


@routes.get("/api/toys/{name}", roles=ANYONE, scope="toys.read")
async def read(call: Call, name: str) -> Toy:
    version = await call.tx.fetchval("SELECT 7")
    return Toy(name=f"{name} for {call.principal.login} in {call.language}", version=version)


@routes.put("/api/toys/{toy}/{day}", roles=WRITERS, if_match=True)
async def change(call: Call, toy: UUID, day: date, body: Part) -> Toy:
    call.require_version(7)
    return Toy(name=str(toy), version=8)


@routes.delete("/api/toys/{name}", roles=MANAGERS)
async def remove(call: Call, name: str) -> None:
    global runs
    runs += 1
    if failures:
        raise failures.pop(0)


@routes.post("/api/toys/pictures", roles=WRITERS, max_bytes=1000, accepts=("image/png",), transaction=False)
async def picture(call: Call, body: Upload) -> Toy:
    return Toy(name=f"{body.content_type} {len(body.content)}")


@routes.get("/api/toys.csv", roles=ANYONE)
async def export(call: Call, query: Search) -> Download:
    async def lines() -> AsyncIterator[bytes]:
        for number in range(3):
            if failures:
                raise failures.pop()
            yield b"%d\r\n" % await call.tx.fetchval("SELECT $1::int", number)

    return Download("toys 玩具.csv", "text/csv; charset=utf-8", lines())


@routes.get("/api/broken", roles=ANYONE)
async def broken(call: Call) -> Toy:
    raise RuntimeError("secret of the house")


@routes.get("/api/waits", roles=ANYONE, transaction=False)
async def waits(call: Call) -> Toy:
    await slow.wait()
    return Toy(name="waited")


LOST = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
