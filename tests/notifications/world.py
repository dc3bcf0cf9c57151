"""notifications fed with events by hand, on a real database: what customers and orders would have told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.notifications.app import SERVICE
from shared.clock import Clock
from shared.contracts.codes import CauseCode
from shared.contracts.customers import (
    ContactAdded,
    ContactFacts,
    ContactPersonal,
    CustomerCreated,
    CustomerFacts,
    Deputy,
    StaffChanged,
    StaffPersonal,
)
from shared.contracts.event import Event
from shared.contracts.orders import (
    Because,
    Cause,
    DelayFacts,
    DelayLogged,
    DelayReason,
    DelayRetracted,
    DelayUpdated,
    MovedLine,
    MovedNode,
    OrderCreated,
    OrderLine,
    PlanNode,
    PlanReestimated,
    TouchedOrder,
)
from shared.contracts.text import Language, LocalText
from shared.database.pool import Database
from shared.ids import new_id
from shared.messaging.dispatch import Dispatch
from shared.messaging.personal import new_key, seal
from shared.messaging.received import Received
from tests.notifications.cases import ACTION, SEA, ident

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PROMISED = date(2026, 4, 20)
DAYS = {"DEPART": date(2026, 3, 12), "ARRIVE": date(2026, 4, 14), "DELIVERED": PROMISED}


class StoppedClock(Clock):
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class World:
    """`feed` hands events to the service's handlers in one transaction, as a batch of a consumer."""

    database: Database
    clock: StoppedClock = field(default_factory=StoppedClock)
    dispatch: Dispatch = field(default_factory=lambda: Dispatch(SERVICE.handlers))
    keys: dict[UUID, bytes] = field(default_factory=dict)
    revisions: dict[tuple[UUID, str], int] = field(default_factory=dict)

    async def feed(self, *events: Event, historical: bool = False) -> None:
        batch = [self.received(event, historical) for event in events]
        async with self.database.transaction() as tx:
            await self.dispatch(tx, batch, self.clock.now())

    def received(self, event: Event, historical: bool = False) -> Received[Event]:
        return Received(
            data=event,
            id=new_id(),
            type=event.TYPE,
            publisher=event.publisher(),
            aggregate=_aggregate(event),
            sequence=1,
            time=self.clock.now(),
            correlation_id="test",
            causation_id=None,
            actor="li.wei",
            historical=historical,
            traceparent=None,
            body=b"",
        )

    async def key(self, aggregate: UUID) -> bytes:
        if aggregate not in self.keys:
            self.keys[aggregate] = new_key()
            async with self.database.transaction() as tx:
                await tx.execute(
                    "INSERT INTO personal_key (aggregate, key, published) VALUES ($1, $2, true)", aggregate, self.keys[aggregate]
                )
        return self.keys[aggregate]

    async def staff(
        self, login: str = "li.wei", name: str = "Li Wei", language: Language = "zh-CN", deputies: tuple[Deputy, ...] = ()
    ) -> None:
        member = ident(login)
        personal = StaffPersonal(name=name, email=f"{login}@gendan.example", phone="+86 21 5555 0142")
        await self.feed(
            StaffChanged(
                staff_id=member,
                login=login,
                department="sales",
                team=None,
                manager=None,
                deputies=deputies,
                language=language,
                time_zone="Asia/Shanghai",
                roles=("merchandiser",),
                personal=seal(await self.key(member), member, personal),
            )
        )

    async def customer(self, code: str, *contacts: Event, owner: str = "li.wei") -> UUID:
        facts = CustomerFacts(
            customer_id=ident(code),
            code=code,
            name=f"Customer {code}",
            country="DE",
            language="en",
            time_zone="Europe/Berlin",
            grade="normal",
            prospect_class=None,
            owner=owner,
        )
        await self.feed(CustomerCreated(customer=facts), *contacts)
        return facts.customer_id

    async def contact(
        self, code: str, name: str, *, email: str | None = "", language: Language = "en", active: bool = True, cc: tuple[str, ...] = ()
    ) -> ContactAdded:
        address = f"{name}@example.org" if email == "" else email
        personal = ContactPersonal(name=name.capitalize(), salutation=f"Dear {name.capitalize()}", email=address, cc=cc)
        facts = ContactFacts(
            contact_id=ident(name),
            customer_id=ident(code),
            roles=("orders",),
            language=language,
            time_zone="Europe/Berlin",
            country="DE",
            has_email=address is not None,
            active=active,
            personal=seal(await self.key(ident(code)), ident(code), personal),
        )
        return ContactAdded(contact=facts)

    async def rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            return [dict(row) for row in await connection.fetch(statement, *arguments)]

    async def messages(self) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM message ORDER BY recorded_at, id")

    async def statuses(self) -> list[tuple[str, str | None]]:
        return sorted((row["status"], row["why"]) for row in await self.messages())

    async def told(self, number: str) -> dict[str, date]:
        """The dates told: of the order's first line as `line`, of milestones by code."""
        lines = await self.rows("SELECT told FROM told_line WHERE order_id = $1 ORDER BY line LIMIT 1", ident(number))
        nodes = await self.rows("SELECT milestone, told FROM told_node WHERE order_id = $1", ident(number))
        return {"line": lines[0]["told"], **{row["milestone"]: row["told"] for row in nodes}}

    async def events(self) -> list[str]:
        return [row["type"] for row in await self.rows("SELECT type FROM record ORDER BY position")]


def order(number: str, customer: str, *, shipment: str | None = "SH-1", lines: int = 1) -> OrderCreated:
    return OrderCreated(
        order_id=ident(number),
        number=number,
        customer_id=ident(customer),
        customer_code=customer,
        customer_po=f"45-{number}",
        trade_type="export",
        incoterm="DAP",
        named_place=None,
        delivery_point="DELIVERED",
        currency="USD",
        ordered_on=None,
        template="export-sea",
        source="api",
        lines=tuple(
            OrderLine(line=str(n), item=f"Lamp {n} of {number}", quantity=Decimal(100), uom="PCS", shipment=shipment, promised=PROMISED)
            for n in range(1, lines + 1)
        ),
        plan=tuple(
            PlanNode(shipment=shipment, milestone=code, visible=True, department="sales", planned=day, estimated=day)
            for code, day in DAYS.items()
        ),
    )


def reason(name: str, *, revision: int = 1, orders: int = 1, ordinal: int = 1, cause: CauseCode = "LOG-VSL") -> DelayReason:
    return DelayReason(
        delay_id=ident(name),
        revision=revision,
        ordinal=ordinal,
        customer_orders=orders,
        causes=(cause,),
        action=ACTION,
        next_news_on=date(2026, 3, 9),
    )


def moved(
    made: OrderCreated,
    days: dict[str, date],
    *,
    because: Because = "delay_logged",
    delay: DelayReason | None = None,
    revision: int = 1,
    promised: date = PROMISED,
) -> PlanReestimated:
    """The order's nodes at new dates, its lines with the delivery point."""
    leg = made.lines[0].shipment
    nodes = tuple(
        MovedNode(
            shipment=leg,
            milestone=code,
            visible=True,
            planned=DAYS[code],
            before=DAYS[code],
            after=day,
            revision=revision,
            driven_by=None,
            slack_days=0,
        )
        for code, day in days.items()
    )
    lines: Sequence[MovedLine] = ()
    if "DELIVERED" in days:
        lines = [
            MovedLine(line=line.line, shipment=leg, promised=promised, before=PROMISED, after=days["DELIVERED"], revision=revision)
            for line in made.lines
        ]
    return PlanReestimated(
        order_id=made.order_id,
        number=made.number,
        customer_id=made.customer_id,
        because=because,
        delay=delay,
        nodes=nodes,
        lines=tuple(lines),
        transports={leg: SEA} if leg else {},
    )


def logged(name: str, *orders: OrderCreated, revision: int = 1, shipment: bool = False) -> DelayLogged | DelayUpdated:
    facts = DelayFacts(
        delay_id=ident(name),
        revision=revision,
        order_id=None if shipment else orders[0].order_id,
        shipment="SH-1",
        milestone="DEPART",
        new_date=date(2026, 3, 16),
        causes=(Cause(code="LOG-VSL", party="carrier", evidence="INTERNAL EVIDENCE"),),
        under_investigation=False,
        action=LocalText(en="x"),
        orders=tuple(
            TouchedOrder(order_id=o.order_id, number=o.number, customer_id=o.customer_id, before=DAYS["DEPART"], after=date(2026, 3, 16))
            for o in orders
        ),
        logged_by="li.wei",
    )
    return DelayLogged(delay=facts) if revision == 1 else DelayUpdated(delay=facts)


def retracted(name: str) -> DelayRetracted:
    return DelayRetracted(delay_id=ident(name), revision=1, reason="entered by mistake")


LATE = {"DEPART": date(2026, 3, 16), "ARRIVE": date(2026, 4, 18), "DELIVERED": date(2026, 4, 24)}
LATER = {"DEPART": date(2026, 3, 20), "ARRIVE": date(2026, 4, 22), "DELIVERED": date(2026, 4, 28)}


def _aggregate(event: Event) -> UUID:
    for name in ("order_id", "staff_id"):
        found = getattr(event, name, None)
        if isinstance(found, UUID):
            return found
    for name in ("customer", "contact", "delay"):
        part = getattr(event, name, None)
        if part is not None:
            found = getattr(part, "customer_id", None) or getattr(part, "order_id", None) or getattr(part, "delay_id", None)
            if isinstance(found, UUID):
                return found
    delay = getattr(event, "delay_id", None)
    return delay if isinstance(delay, UUID) else new_id()
