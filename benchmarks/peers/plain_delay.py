"""`python -m benchmarks.peers.plain_delay DATABASE PORT KEY ISSUER`: logging a delay as a plain FastAPI + SQLAlchemy service does it.

One uvicorn worker with uvloop and httptools, an ORM session a request, nats-outbox for the events; its relay is a process beside it.
It does what the suite's own command does, on the same tables: token, idempotency key, ownership, the plan under a lock, estimates,
ledger, timer, a JSON log line. Only record and outbox are nats-outbox's one table.
"""

import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from nats_outbox.core.outbox import outbox_transaction
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from benchmarks.peers.plain_models import Customer, Delay, DelayCause, DelayOrder, Entry, IdempotencyKey, Order, Staff, Timer

DATABASE, PORT, KEY, ISSUER = sys.argv[1:]
WRITERS = {"merchandiser", "clerk", "manager", "admin"}
PARTY = {"LOG-VSL": "carrier"}

log = logging.getLogger("delays")


class GivenCause(BaseModel):
    code: str
    party: str | None = None


class LogDelay(BaseModel):
    milestone: str
    new_date: date
    causes: list[GivenCause]
    action: dict[str, str]
    next_news_on: date | None = None


class Moved(BaseModel):
    milestone: str
    planned: date
    before: date
    after: date
    revision: int


class MovedLine(BaseModel):
    line: str
    promised: date
    before: date
    after: date
    revision: int


class Logged(BaseModel):
    delay: UUID
    number: str
    version: int
    nodes: list[Moved]
    lines: list[MovedLine]
    at_risk: list[str]


engine = create_async_engine(DATABASE, pool_size=10, max_overflow=6)
sessions = async_sessionmaker(engine, expire_on_commit=False)
bearer = HTTPBearer()


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


def principal(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    try:
        claims = jwt.decode(credentials.credentials, jwt.PyJWK(json.loads(KEY)), audience="gendan", issuer=ISSUER)
    except jwt.PyJWTError:
        raise HTTPException(401, "sign in first") from None
    if not WRITERS & set(claims.get("roles", [])):
        raise HTTPException(403, "your roles do not allow this")
    return str(claims["sub"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.middleware("http")
async def logged(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    began = time.perf_counter()
    response = await answer(request)
    line = {"event": "http.request", "path": request.url.path, "status": response.status_code, "ms": (time.perf_counter() - began) * 1000}
    log.info(json.dumps(line))
    return response


@app.post("/api/orders/{number}/delays", status_code=201)
async def log_delay(
    number: str,
    body: LogDelay,
    request: Request,
    login: Annotated[str, Depends(principal)],
    database: Annotated[AsyncSession, Depends(session)],
    idempotency_key: Annotated[str, Header()],
) -> Response:
    digest = sha256(request.url.path.encode() + await request.body()).digest()
    async with outbox_transaction(database) as tx:
        names = (login, "POST /api/orders/{order}/delays", idempotency_key)
        claim = insert(IdempotencyKey).values(principal=names[0], route=names[1], key=names[2], body_hash=digest)
        taken = await database.scalar(claim.on_conflict_do_nothing().returning(IdempotencyKey.key))
        kept = await database.get_one(IdempotencyKey, names)
        if taken is None:
            if kept.body_hash != digest:
                raise HTTPException(422, "the Idempotency-Key belongs to another request")
            return Response(kept.answer, kept.status or 500, media_type="application/json")
        order = await _locked(database, number, login)
        delay, answer = _delayed(order, body, login)
        tx.add_all([delay, *_entries(order, answer, delay)])
        if body.next_news_on is not None:
            tx.add(
                Timer(kind="news_due", subject=delay.id, due_at=datetime.combine(body.next_news_on, datetime.min.time(), UTC), payload={})
            )
        for kind, facts in _events(order, answer, delay):
            tx.publish_event(f"events.order.{kind}", facts, aggregate_id=str(order.id), aggregate_type="order")
        response = JSONResponse(answer.model_dump(mode="json"), 201)
        kept.status, kept.headers, kept.answer = 201, dict(response.headers), bytes(response.body)
    return response


async def _locked(database: AsyncSession, number: str, login: str) -> Order:
    today = datetime.now(UTC).date().isoformat()
    absent = await database.scalars(select(Staff).where(Staff.deputies.contains([{"login": login}])))
    owners = [login, *(one.login for one in absent if any(d["first"] <= today <= d["last"] for d in one.deputies if d["login"] == login))]
    query = (
        select(Order)
        .join(Customer)
        .where(Order.number == number, Customer.owner.in_(owners))
        .with_for_update(of=Order, key_share=True)
        .options(selectinload(Order.lines), selectinload(Order.nodes), selectinload(Order.touched))
    )
    order = await database.scalar(query)
    if order is None:
        raise HTTPException(404, f"there is no order {number}")
    return order


def _delayed(order: Order, body: LogDelay, login: str) -> tuple[Delay, Logged]:
    """The delay, with the plan moved behind it."""
    node = next((node for node in order.nodes if node.code == body.milestone), None)
    if node is None or any(later.actual for later in order.nodes if later.position >= node.position):
        raise HTTPException(422, "the milestone cannot be delayed")
    held = {one.milestone: one.after for one in order.touched if one.open}
    if body.milestone in held or body.new_date <= node.estimated:
        raise HTTPException(409, "the milestone is expected then already")
    held[body.milestone] = body.new_date
    before, nodes, day = node.estimated, [], date.min
    for one in order.nodes:
        own = max(held.get(one.code, one.planned), one.planned)
        day = one.actual or max(own, day + timedelta(days=one.duration_days) if day > date.min else own)
        if day != one.estimated:
            was, one.estimated, one.revision = one.estimated, day, one.revision + 1
            nodes.append(Moved(milestone=one.code, planned=one.planned, before=was, after=day, revision=one.revision))
    due = next(one.estimated for one in order.nodes if one.code == order.delivery_point)
    lines = []
    for line in order.lines:
        if line.delivered is None and line.estimated != due:
            was, line.estimated, line.estimate_revision = line.estimated, due, line.estimate_revision + 1
            lines.append(MovedLine(line=line.line, promised=line.promised, before=was, after=due, revision=line.estimate_revision))
    at_risk = [line.line for line in lines if line.before <= line.promised < line.after]
    order.version += 3
    delay = Delay(
        id=uuid4(),
        order_id=order.id,
        milestone=body.milestone,
        new_date=body.new_date,
        action=body.action,
        next_news_on=body.next_news_on,
        revision=1,
        version=1,
        status="open",
        logged_by=login,
        logged_at=datetime.now(UTC),
        causes=[DelayCause(position=n, code=c.code, party=c.party or PARTY.get(c.code, "us")) for n, c in enumerate(body.causes, start=1)],
        orders=[
            DelayOrder(
                order_id=order.id,
                milestone=body.milestone,
                ordinal=len(order.touched) + 1,
                before=before,
                after=node.estimated,
                open=True,
            )
        ],
    )
    return delay, Logged(delay=delay.id, number=order.number, version=1, nodes=nodes, lines=lines, at_risk=at_risk)


def _entries(order: Order, answer: Logged, delay: Delay) -> list[Entry]:
    def entry(day: date, revision: int, **of: str) -> Entry:
        return Entry(
            order_id=order.id,
            kind="estimated",
            day=day,
            revision=revision,
            recorded_at=delay.logged_at,
            actor=delay.logged_by,
            source="api",
            delay_id=delay.id,
            reason="delay_logged",
            **of,
        )

    return [
        *(entry(node.after, node.revision, milestone=node.milestone) for node in answer.nodes),
        *(entry(line.after, line.revision, line=line.line) for line in answer.lines),
    ]


def _events(order: Order, answer: Logged, delay: Delay) -> list[tuple[str, dict[str, Any]]]:
    moved = answer.model_dump(mode="json")
    told = {"order_id": str(order.id), "number": order.number, "customer_id": str(order.customer_id), "delay_id": str(delay.id)}
    said = {"milestone": delay.milestone, "new_date": str(delay.new_date), "action": delay.action, "logged_by": delay.logged_by}
    causes = [{"code": cause.code, "party": cause.party} for cause in delay.causes]
    return [
        ("delay_logged", {**told, **said, "causes": causes}),
        ("plan_reestimated", {**told, **said, "nodes": moved["nodes"], "lines": moved["lines"]}),
        ("promise_at_risk", {**told, "lines": moved["lines"]}),
    ]


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    log.setLevel(logging.INFO)
    uvicorn.run(app, host="127.0.0.1", port=int(PORT), workers=1, log_level="warning", access_log=False)
