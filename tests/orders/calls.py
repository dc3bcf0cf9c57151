"""The orders service as its callers see it, and bodies to send."""

from typing import Any
from uuid import uuid5

from aiohttp import web
from pydantic import SecretStr

from services.orders.app import SERVICE
from services.orders.calendars.handlers import recount_plans
from services.orders.calendars.store import RECOUNT
from services.orders.delays.handlers import news_due
from services.orders.inspections.store import REGROUPED as INSPECTED
from services.orders.materials.store import REGROUPED as FED
from services.orders.planning.handlers import DAY_PASSED, day_passed
from services.orders.production.store import REGROUPED as PRODUCED
from services.orders.risks.handlers import look
from services.orders.stock.store import REGROUPED as STOCKED
from shared.clock import Clock
from shared.config import Settings
from shared.contracts.customers import CustomerFacts
from shared.contracts.envelope import Envelope
from shared.contracts.event import EVENTS, Event
from shared.database.pool import Database
from shared.timers import Due
from shared.web.app import build_app
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from shared.web.turns import Turns
from tests.orders.plans import ACTION, CUSTOMER, line
from tests.support.calls import Answer, Api, TrustingVerifier

MANAGER, LI, CHEN = "wang.fang:manager", "li.wei:merchandiser", "chen.jie:merchandiser"
FINANCE = "zhou.min:finance"


def customer(code: str, owner: str) -> CustomerFacts:
    return CustomerFacts(
        customer_id=uuid5(CUSTOMER, code),
        code=code,
        name=code,
        country="DE",
        language="en",
        time_zone="Europe/Berlin",
        grade="normal",
        prospect_class=None,
        owner=owner,
    )


def order(*lines: dict[str, Any], number: str = "SO-1", **changes: Any) -> dict[str, Any]:
    """Planned for 2026-06-01: ORD_CONF 2026-02-26, DEPART 2026-04-27, ARRIVE 2026-05-27."""
    body = {"number": number, "customer": "ACME", "customer_po": f"PO-{number}", "trade_type": "export", "template": "export-sea"}
    body |= {"ordered_on": "2026-01-05"}
    return {**body, "lines": lines or (line(),), **changes}


def confirmed(*shipments: str) -> list[dict[str, Any]]:
    """The `actuals` of an order that was confirmed in time, so that on the first of March nothing of it is overdue."""
    return [{"milestone": "ORD_CONF", "date": "2026-02-26", "shipment": shipment} for shipment in shipments or (None,)]


def delay(new_date: str = "2026-05-01", milestone: str = "DEPART", **changes: Any) -> dict[str, Any]:
    return {"milestone": milestone, "new_date": new_date, "causes": [{"code": "LOG-VSL"}], "action": ACTION, **changes}


def said(new_date: str = "2026-05-01", **changes: Any) -> dict[str, Any]:
    """A delay as it is updated."""
    return {name: value for name, value in delay(new_date, **changes).items() if name != "milestone"}


def exception_said(**changes: Any) -> dict[str, Any]:
    """An exception as it is edited."""
    causes, affected = [{"code": "DMG"}], [{"line": "1", "quantity": "480"}]
    return {"severity": "major", "description": "40 cartons wet", "causes": causes, "affected": affected, **changes}


def exception(**changes: Any) -> dict[str, Any]:
    return exception_said(**{"kind": "damage", "detected_on": "2026-02-28", **changes})


def action(owner: str = "wu.gang", **changes: Any) -> dict[str, Any]:
    return {"kind": "corrective", "text": "make 480 pieces anew", "owner": owner, "due_on": "2026-03-05", **changes}


def application(database: Database, clock: Clock) -> web.Application:
    """The service's HTTP, as one process of it serves it."""
    settings = Settings(database_url=SecretStr("none"), jwks_url="none", issuer="none", environment="test")
    site = Site(settings, database, clock, TrustingVerifier())
    health = Health("orders", SERVICE.migrations, database, list)
    return build_app("orders", list(SERVICE.routes), site, health, Edge(64, Turns(8)))


class Desk(Api):
    async def entered(self, *lines: dict[str, Any], who: str = MANAGER, **changes: Any) -> Any:
        answer = await self.post(who, "/api/orders", order(*lines, **changes))
        assert answer.status == 201, answer.body
        return answer.body

    async def delayed(self, body: dict[str, Any], path: str = "/api/orders/SO-1", who: str = MANAGER) -> Any:
        answer = await self.post(who, f"{path}/delays", body)
        assert answer.status == 201, answer.body
        return answer.body

    async def types(self, since: int = 0) -> list[str]:
        """Types of what was told, without publisher and version."""
        return [kind(envelope) for envelope in (await self.told())[since:]]

    async def expected(self, number: str = "SO-1") -> dict[str, str]:
        """Expected dates by milestone."""
        answer = await self.get(MANAGER, f"/api/orders/{number}")
        return {node["milestone"]: node["estimated"] for node in answer.body["plan"]}

    async def due(self) -> list[Due]:
        async with self.database.connection() as connection:
            rows = await connection.fetch("SELECT kind, subject, due_at, payload FROM timer ORDER BY subject")
        return [Due(row["kind"], row["subject"], row["due_at"], row["payload"]) for row in rows]

    async def ring(self, timers: list[Due]) -> None:
        async with self.database.transaction() as tx:
            await news_due(tx, timers, self.clock.now())

    async def recount(self) -> int:
        """Work off what changed calendars left to do; how many batches that were."""
        batches = 0
        while due := [one for one in await self.due() if one.kind == RECOUNT]:
            async with self.database.transaction() as tx:
                await tx.execute("DELETE FROM timer WHERE kind = $1", RECOUNT)
                await recount_plans(tx, due, self.clock.now())
            batches += 1
        return batches

    async def regroup(self) -> None:
        """Let what is said of lines follow them to the legs that they are in."""
        for kind in (INSPECTED, FED, PRODUCED, STOCKED):
            due = [one for one in await self.due() if one.kind == kind]
            async with self.database.transaction() as tx:
                await tx.execute("DELETE FROM timer WHERE kind = $1", kind)
                await SERVICE.timers[kind](tx, due, self.clock.now())

    async def pass_day(self) -> int:
        """Look at warnings until nothing is left to look at, and move the orders that the day moves; how many those were."""
        orders = 0
        while await look(self.database, self.clock):
            orders += await self.settle()
        return orders

    async def settle(self) -> int:
        """Estimate the orders anew of which it is time; how many those were."""
        due = [one for one in await self.due() if one.kind == DAY_PASSED]
        async with self.database.transaction() as tx:
            await tx.execute("DELETE FROM timer WHERE kind = $1", DAY_PASSED)
            await day_passed(tx, due, self.clock.now())
        return len(due)

    async def count(self, table: str) -> int:
        async with self.database.connection() as connection:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))


def kind(envelope: Envelope) -> str:
    return envelope.type.removeprefix("gendan.orders.").rsplit(".", 1)[0]


def event(envelope: Envelope) -> Event:
    """What an envelope holds, as its class."""
    assert isinstance(envelope.data, dict)
    return EVENTS[envelope.type.removeprefix("gendan.")].model_validate(envelope.data)


def refusal(answer: Answer) -> tuple[int, str, dict[str, str]]:
    return answer.status, answer.slug, answer.fields
