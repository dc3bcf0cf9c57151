"""One delay as reporting knows it; also a way to wait until it does."""

import asyncio
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.reporting.projections import reading
from shared.contracts.text import Both
from shared.directory import owners_seen
from shared.problems import NotFound, Unavailable
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.routes import Routes

ROUTES = Routes("delays")
PAUSE = 0.02
WAITERS = 64
_waiting = asyncio.Semaphore(WAITERS)


class DelayQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    wait: Annotated[float, Field(ge=0, le=5, description="seconds to wait for the delay to appear")] = 0
    revision: Annotated[int, Field(ge=1, le=1_000_000, description="wait for this revision or a later one")] = 1


class DelayCause(BaseModel):
    code: str
    party: str
    days: int


class DelayedOrder(BaseModel):
    number: str
    before: date
    after: date
    freed_on: Annotated[date | None, Field(description="since when the delay holds it no more")]


class DelayRead(BaseModel):
    """A delay with its orders within the caller's sight. `recorded_at` is the technical time at which orders recorded it."""

    delay: UUID
    status: str
    revision: int
    shipment: str | None
    milestone: str
    new_date: date
    days: int
    unattributed: bool
    causes: list[DelayCause]
    orders: list[DelayedOrder]
    logged_by: str
    logged_at: datetime
    recorded_at: datetime
    correlation_id: str


@ROUTES.get("/api/reporting/delays/{delay}", roles=ANYONE, scope="reporting.read", transaction=False, problems=(NotFound, Unavailable))
async def read_delay(call: Call, delay: UUID, query: DelayQuery) -> DelayRead:
    """Read a delay. With `wait` the answer comes as soon as the delay is in the reports, or 404 when the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + query.wait
    found = await _look(call, delay, query.revision)
    if found is None and query.wait > 0:
        if _waiting.locked():
            raise Unavailable(Both("too many callers are waiting", "等待的请求过多"))
        async with _waiting:
            while found is None and loop.time() < end:
                # No connection is held while waiting.
                await asyncio.sleep(min(PAUSE, max(0, end - loop.time())))
                found = await _look(call, delay, query.revision)
    if found is None:
        english = f"no delay {delay} of revision {query.revision} in the reports"
        raise NotFound(Both(english, f"报表中没有延误 {delay} 的第 {query.revision} 版"))
    return found


async def _look(call: Call, delay: UUID, revision: int) -> DelayRead | None:
    async with call.database.connection() as tx:
        owners = None if call.principal.is_machine else await owners_seen(tx, call.principal, call.now)
        row = await reading.delay(tx, delay, revision, owners)
    return None if row is None else DelayRead.model_validate(row)
