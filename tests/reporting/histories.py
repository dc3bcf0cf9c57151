"""Event histories for reporting's tests: a teller that numbers each aggregate's events, and random valid histories."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.reporting.app import SERVICE
from services.reporting.projections.store import TABLES
from shared.contracts import cancellations as gone
from shared.contracts import chases as ch
from shared.contracts import clauses as cl
from shared.contracts import corrections as fix
from shared.contracts import credits as cr
from shared.contracts import customers as c
from shared.contracts import customs as cu
from shared.contracts import exceptions as x
from shared.contracts import holding as h
from shared.contracts import lateness as late
from shared.contracts import legs
from shared.contracts import materials as m
from shared.contracts import notifications as n
from shared.contracts import orders as o
from shared.contracts import papers as pa
from shared.contracts import plans as pl
from shared.contracts import risks as r
from shared.contracts import shipments as s
from shared.contracts.codes import CAUSES
from shared.contracts.envelope import envelope
from shared.contracts.event import Event
from shared.contracts.text import LocalText
from shared.database.pool import Database
from shared.ids import new_id
from shared.messaging.dispatch import Dispatch
from shared.messaging.reading import Message, read
from shared.messaging.received import Received
from tests.reporting.papers import clause_facts, credit_facts, credit_risk, customs_facts, document_facts, material_facts, usd

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
DISPATCH = Dispatch(SERVICE.handlers)
ACTION = LocalText(en="a new booking is being made")


class Teller:
    """Tells events of several aggregates in the order in which they happened."""

    def __init__(self) -> None:
        self.now = START
        self.told: list[Received[Any]] = []
        self._sequences: dict[UUID, int] = defaultdict(int)

    def tell(self, aggregate: UUID, event: Event, *, historical: bool = False) -> Received[Any]:
        self._sequences[aggregate] += 1
        body = envelope(
            event,
            id=self._id(),
            aggregate=aggregate,
            sequence=self._sequences[aggregate],
            time=self.now,
            correlation_id="c1",
            actor="li",
            historical=historical,
        )
        received = read(Message(event.TYPE, body.model_dump_json().encode(), {}, 0), with_data=True)
        self.told.append(received)
        return received

    def _id(self) -> UUID:
        """The id of the next event: each is made one millisecond after the one before it, however fast the test runs."""
        milliseconds = int(self.now.timestamp() * 1000) + len(self.told)
        return UUID(int=milliseconds << 80 | new_id().int & (1 << 80) - 1)

    def customer(self, code: str, owner: str = "li") -> UUID:
        customer_id = new_id()
        facts = c.CustomerFacts(
            customer_id=customer_id,
            code=code,
            name=f"Customer {code}",
            country="DE",
            language="en",
            time_zone="Europe/Berlin",
            grade="normal",
            prospect_class=None,
            owner=owner,
        )
        self.tell(customer_id, c.CustomerCreated(customer=facts))
        return customer_id

    def order(
        self,
        customer_id: UUID,
        number: str,
        lines: Sequence[o.OrderLine],
        *,
        code: str = "C1",
        plan: Sequence[o.PlanNode] = (),
        source: Any = "api",
        historical: bool = False,
        incoterm: Any = None,
        delivery_point: str = "DELIVERED",
    ) -> UUID:
        order_id = new_id()
        event = o.OrderCreated(
            order_id=order_id,
            number=number,
            customer_id=customer_id,
            customer_code=code,
            customer_po=f"PO-{number}",
            trade_type="export",
            incoterm=incoterm,
            named_place=None,
            delivery_point=delivery_point,
            currency="USD",
            ordered_on=None,
            template="export-sea",
            source=source,
            lines=tuple(lines),
            plan=tuple(plan),
        )
        self.tell(order_id, event, historical=historical)
        return order_id


def line(number: str, promised: date, delivered: date | None = None, **more: Any) -> o.OrderLine:
    return o.OrderLine(line=number, item="shirt", quantity=Decimal("10.50"), uom="PCE", promised=promised, delivered=delivered, **more)


def node(milestone: str, planned: date, shipment: str | None = None, *, visible: bool = True) -> o.PlanNode:
    return o.PlanNode(shipment=shipment, milestone=milestone, visible=visible, department="logistics", planned=planned, estimated=planned)


def rolled(shipment_id: UUID, number: str) -> s.ShipmentRolled:
    before, after = s.Transport(vessel="Ever Given"), s.Transport(vessel="Ever Glad")
    return s.ShipmentRolled(shipment_id=shipment_id, number=number, before=before, after=after, reason="no space")


def yard_cutoff(shipment_id: UUID, number: str, at: datetime, met_at: datetime | None = None) -> s.ShipmentCutoffsChanged:
    """With one that is of another kind."""
    said = {"at": at, "zone": "Asia/Shanghai", "stated": True, "revision": 1}
    kinds = (s.CutoffFacts(kind="customs", **said), s.CutoffFacts(kind="container_yard", met_at=met_at, **said))
    return s.ShipmentCutoffsChanged(shipment_id=shipment_id, number=number, cutoffs=kinds)


def cause(code: Any = "LOG-VSL", days: int | None = None) -> o.Cause:
    return o.Cause(code=code, party=CAUSES[code].party, days=days)


def delay_facts(
    delay_id: UUID, touched: Iterable[o.TouchedOrder], *, revision: int = 1, causes: Sequence[o.Cause] = (), **more: Any
) -> o.DelayFacts:
    orders = tuple(touched)
    given = tuple(causes) or (cause("UNKNOWN"),)
    return o.DelayFacts(
        delay_id=delay_id,
        revision=revision,
        order_id=more.pop("order_id", None),
        shipment=more.pop("shipment", None),
        milestone=more.pop("milestone", "DEPART"),
        new_date=max(t.after for t in orders),
        causes=given,
        under_investigation=given[0].code == "UNKNOWN",
        action=ACTION,
        orders=orders,
        logged_by="li",
        **more,
    )


def reestimated(
    order_id: UUID,
    number: str,
    customer_id: UUID,
    *,
    delay: tuple[UUID, int] | None = None,
    because: Any = "delay_logged",
    nodes: Sequence[o.MovedNode] = (),
    lines: Sequence[o.MovedLine] = (),
) -> o.PlanReestimated:
    reason = None
    if delay is not None:
        reason = o.DelayReason(delay_id=delay[0], revision=delay[1], ordinal=1, customer_orders=1, causes=("UNKNOWN",), action=ACTION)
    return o.PlanReestimated(
        order_id=order_id, number=number, customer_id=customer_id, because=because, delay=reason, nodes=tuple(nodes), lines=tuple(lines)
    )


def message(customer_id: UUID, delay: tuple[UUID, int] | None, orders: Sequence[UUID], contact: UUID | None = None) -> n.MessageFacts:
    return n.MessageFacts(
        message_id=new_id(),
        rule="delay",
        customer_id=customer_id,
        contact_id=contact or new_id(),
        delay_id=delay[0] if delay else None,
        delay_revision=delay[1] if delay else None,
        orders=tuple(orders),
    )


def exception_facts(
    exception_id: UUID, orders: Iterable[tuple[UUID, str, UUID]], *, actions: Sequence[x.ActionFacts] = (), **more: Any
) -> x.ExceptionFacts:
    """`orders` are (id, number, customer)."""
    concerned = tuple(x.ConcernedOrder(order_id=id, number=number, customer_id=customer) for id, number, customer in orders)
    facts = {
        "kind": "damage", "severity": "major", "status": "open", "shipment": None, "description": "wet cartons", "causes": (cause("DMG"),),
        "under_investigation": False, "detected_on": START.date(), "affected": (), "opened_by": "li", **more,
    }  # fmt: skip
    return x.ExceptionFacts(exception_id=exception_id, order_id=concerned[0].order_id, orders=concerned, actions=tuple(actions), **facts)


def action_facts(owner: str, due_on: date, status: Any = "open") -> x.ActionFacts:
    return x.ActionFacts(
        action_id=new_id(), kind="corrective", text="send new goods", owner=owner, due_on=due_on, status=status, overdue=False
    )


def late_step(days: int, *causes: tuple[Any, Any, int], milestone: str = "DEPART") -> late.LateStep:
    """A delay with these causes, each with party and days; without any, lateness that nobody logged."""
    return late.LateStep(
        kind="delay" if causes else "unlogged",
        milestone=milestone,
        department="sales",
        delay_id=new_id() if causes else None,
        late_days=days + 1,
        days=days,
        causes=tuple(late.CauseDays(code=code, party=party, days=own) for code, party, own in causes),
    )


def lateness_of(order: tuple[UUID, str, UUID], delivered: date, *steps: late.LateStep) -> late.LatenessAttributed:
    """`order` is (id, number, customer); it has one leg."""
    order_id, number, customer_id = order
    days = sum(step.days for step in steps)
    leg = late.LegLateness(shipment=None, promised=delivered - timedelta(days=days), delivered=delivered, days=days, steps=steps)
    return late.LatenessAttributed(order_id=order_id, number=number, customer_id=customer_id, legs=(leg,))


def chase_facts(chase_id: UUID, order: tuple[UUID, str, UUID], answer_by: date, **more: Any) -> ch.ChaseFacts:
    """`order` is (id, number, customer)."""
    about = {"shipment": None, "milestone": "DEPART", "asked": "wu", "department": None, "question": "When?", "asked_by": "li", **more}
    return ch.ChaseFacts(chase_id=chase_id, order_id=order[0], number=order[1], customer_id=order[2], answer_by=answer_by, **about)


def risk(milestone: str, *kinds: r.RiskKind, level: r.RiskLevel = "watch", **more: Any) -> r.MilestoneRisk:
    reasons = tuple(r.RiskReason(kind=kind, days=0) for kind in kinds)
    about = {"shipment": None, "department": "logistics", "expected": START.date(), "score": 20, **more}
    return r.MilestoneRisk(milestone=milestone, level=level, reasons=reasons, **about)


class RandomHistory:
    """A random valid history of a few orders: what orders and notifications might have told, of any length."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.teller = Teller()
        self._number = 0
        self._orders: list[tuple[UUID, str, UUID]] = []
        self._lines: dict[UUID, dict[str, tuple[date, int]]] = {}
        self._promises: dict[tuple[UUID, str], list[legs.PromiseMade]] = {}
        self._delays: dict[UUID, tuple[UUID, int, list[o.TouchedOrder]]] = {}
        self._closed: dict[UUID, tuple[UUID, int, list[o.TouchedOrder]]] = {}
        self._exceptions: dict[UUID, tuple[UUID, str, UUID]] = {}
        self._messages: list[UUID] = []
        self._chases: dict[UUID, tuple[ch.ChaseFacts, int, int]] = {}
        self._warnings: dict[UUID, UUID] = {}
        self._credits: list[tuple[UUID, tuple[UUID, str, UUID]]] = []
        self._clauses: list[tuple[UUID, tuple[UUID, str, UUID]]] = []
        self._customers = [(self.teller.customer(f"C{i}", self.random.choice(["li", "wang"])), f"C{i}") for i in range(3)]

    def tell(self, events: int) -> list[Received[Any]]:
        steps = [
            self._order, self._supplier, self._shipment, self._owner, self._promise, self._achieved, self._delay, self._update,
            self._attribute, self._end, self._news, self._queue, self._sent, self._more_lines, self._staff,
            self._exception, self._change_exception, self._move_lines, self._rebaseline, self._split, self._join, self._lateness,
            self._chase, self._chased, self._warn, self._credit, self._paper, self._clause, self._material, self._corrected,
            self._reopen, self._cancel, self._placed, self._free, self._hold,
        ]  # fmt: skip
        self._order()
        while len(self.teller.told) < events:
            self.teller.now += timedelta(hours=self.random.randint(0, 40))
            self.random.choice(steps)()
        return self.teller.told

    def _day(self) -> date:
        return self.teller.now.date() + timedelta(days=self.random.randint(-5, 30))

    def _leg(self) -> str | None:
        return self.random.choice([None, "S1", "S2"])

    def _order(self) -> None:
        customer_id, code = self.random.choice(self._customers)
        self._number += 1
        amount = Decimal(21)
        lines = [line(str(i), self._day(), shipment=self._leg(), supplier="V1", amount=amount) for i in range(self.random.randint(1, 3))]
        plan = [node(m, self._day(), leg) for m in ("DEPART", "DELIVERED") for leg in (None, "S1", "S2")]
        historical = self.random.random() < 0.3
        order_id = self.teller.order(customer_id, f"N{self._number}", lines, code=code, plan=plan, historical=historical)
        self._orders.append((order_id, f"N{self._number}", customer_id))
        self._lines[order_id] = {}
        for one in lines:
            self._made(order_id, one.line, one.promised, 0)

    def _made(self, order_id: UUID, name: str, day: date, revision: int) -> None:
        """A promise of a line."""
        self._lines[order_id][name] = (day, revision)
        made = legs.PromiseMade(day=day, revision=revision, made_on=self.teller.now.date())
        self._promises.setdefault((order_id, name), []).append(made)

    def _more_lines(self) -> None:
        order_id, _, _ = self.random.choice(self._orders)
        name = str(len(self._lines[order_id]))
        added = line(name, self._day(), self.random.choice([None, self._day()]), amount=Decimal(21))
        self._made(order_id, name, added.promised, 0)
        self.teller.tell(order_id, o.LinesAdded(order_id=order_id, source="api", lines=(added,), plan=(node("EXTRA" + name, self._day()),)))

    def _move_lines(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        moved = self.random.sample(sorted(self._lines[order_id]), k=1)
        leg = self.random.choice([None, "S2", "S3"])
        made = [legs.NewLeg(shipment=leg, like=None, plan=(node("DEPART", self._day(), leg), node("DELIVERED", self._day(), leg)))]
        event = legs.LinesMoved(
            order_id=order_id, number=number, customer_id=customer_id, reason="booked", ended=(None,),
            lines=tuple(legs.LineMove(line=one, before="S1", after=leg) for one in moved), legs=tuple(made[: self.random.randint(0, 1)]),
        )  # fmt: skip
        self.teller.tell(order_id, event)

    def _rebaseline(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        nodes = [node(m, self._day(), leg) for m in ("DEPART", "NEW", "DELIVERED") for leg in (None, "S1", "S2")]
        event = pl.PlanRebaselined(
            order_id=order_id, number=number, customer_id=customer_id, template="export-sea", before=1, revision=2, added=("NEW",), gone=(),
            plan=tuple(self.random.sample(nodes, k=self.random.randint(0, 6))), reason="an inspection more",
        )  # fmt: skip
        self.teller.tell(order_id, event)

    def _split(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        name, (promised, _) = self.random.choice(list(self._lines[order_id].items()))
        part, promises = f"{name}-{len(self._lines[order_id])}", self._promises[order_id, name]
        self._lines[order_id][part] = self._lines[order_id][name]
        self._promises[order_id, part] = [*promises]
        event = legs.LineSplit(
            order_id=order_id, number=number, customer_id=customer_id, line=name, quantity=Decimal(self.random.randint(1, 9)),
            amount=Decimal(self.random.randint(0, 9)), part=line(part, promised, shipment=self._leg(), amount=Decimal(3)),
            promises=tuple(promises), estimated=self._day(), reason="the rest later",
        )  # fmt: skip
        self.teller.tell(order_id, event)

    def _join(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        if parts := [name for name in self._lines[order_id] if "-" in name]:
            part = self.random.choice(parts)
            del self._lines[order_id][part]
            event = legs.LineJoined(
                order_id=order_id, number=number, customer_id=customer_id, line=self.random.choice(list(self._lines[order_id])),
                quantity=Decimal(self.random.randint(10, 99)), amount=Decimal(self.random.randint(10, 99)), part=part, reason="all at once",
            )  # fmt: skip
            self.teller.tell(order_id, event)

    def _supplier(self) -> None:
        supplier_id = new_id()
        self.teller.tell(supplier_id, o.SupplierCreated(supplier_id=supplier_id, code=f"V{supplier_id}", name="Vendor"))

    def _shipment(self) -> None:
        shipment_id = new_id()
        for event in (s.ShipmentCreated, s.ShipmentChanged)[: self.random.randint(1, 2)]:
            transport = s.Transport(mode=self.random.choice(["sea", "air", None]), vessel=self.random.choice(["Ever Given", None]))
            self.teller.tell(shipment_id, event(shipment_id=shipment_id, number=f"S{shipment_id}", transport=transport))
        for _ in range(self.random.randint(0, 3)):
            about = shipment_id, f"S{shipment_id}"
            self.teller.tell(shipment_id, rolled(*about) if self.random.random() < 0.4 else yard_cutoff(*about, self.teller.now))

    def _owner(self) -> None:
        customer_id, code = self.random.choice(self._customers)
        self.teller.tell(customer_id, c.OwnerTransferred(customer_id=customer_id, code=code, before="li", after="wang"))

    def _staff(self) -> None:
        staff_id = UUID(int=self.random.randint(1, 3))
        event = c.StaffChanged(
            staff_id=staff_id, login=f"s{staff_id.int}", department=self.random.choice(["sales", "qc"]), team=None, manager=None,
            deputies=(), language="en", time_zone="UTC", roles=("merchandiser",), personal="sealed",
        )  # fmt: skip
        self.teller.tell(staff_id, event)

    def _promise(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        name, (before, revision) = self.random.choice(list(self._lines[order_id].items()))
        after = self._day()
        self._made(order_id, name, after, revision + 1)
        moved = o.PromisedLine(line=name, before=before, after=after, revision=revision + 1)
        event = o.PromiseChanged(order_id=order_id, number=number, customer_id=customer_id, lines=(moved,), reason="other")
        self.teller.tell(order_id, event)

    def _achieved(self) -> None:
        order_id, _, _ = self.random.choice(self._orders)
        name = self.random.choice(list(self._lines[order_id]))
        delivered = o.DeliveredLine(line=name, delivered=self._day())
        event = o.MilestoneAchieved(
            order_id=order_id, shipment=self._leg(), milestone="DELIVERED", actual=self._day(), lines=(delivered,),
            complete=self.random.random() < 0.7,
        )  # fmt: skip
        self.teller.tell(order_id, event)

    def _corrected(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        name = self.random.choice(list(self._lines[order_id]))
        day = self.random.choice([None, self._day()])
        line = fix.CorrectedLine(line=name, before=self._day(), delivered=day, estimated=self._day(), revision=self.random.randint(0, 9))
        event = fix.MilestoneCorrected(
            order_id=order_id, number=number, customer_id=customer_id, shipment=self._leg(), before=None, actual=day,
            milestone=self.random.choice(["DEPART", "DELIVERED"]), estimated=self._day(), revision=self.random.randint(0, 9),
            lines=(line,)[: self.random.randint(0, 1)], reason="another order's",
        )  # fmt: skip
        self.teller.tell(order_id, event)

    def _placed(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        event = fix.OrderDayCorrected(
            order_id=order_id, number=number, customer_id=customer_id, before=None, ordered_on=self._day(), reason="by phone",
        )  # fmt: skip
        self.teller.tell(order_id, event)

    def _cancel(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        lines = tuple(self.random.sample(sorted(self._lines[order_id]), k=1))
        facts = {"order_id": order_id, "number": number, "customer_id": customer_id, "asked_by": "customer", "reason": "his shop closes"}
        if self.random.random() < 0.5:
            self.teller.tell(order_id, gone.LinesCancelled(**facts, lines=lines, ended=(None,)))
        else:
            self.teller.tell(order_id, gone.OrderCancelled(**facts, lines=tuple(self._lines[order_id])))

    def _reopen(self) -> None:
        if self._closed:
            delay_id = self.random.choice(list(self._closed))
            self._delays[delay_id] = self._closed.pop(delay_id)
            self.teller.tell(self._delays[delay_id][0], fix.DelayReopened(delay_id=delay_id))

    def _free(self) -> None:
        """Also orders that joined before that was told."""
        if self._delays:
            delay_id = self.random.choice(list(self._delays))
            aggregate, _, touched = self._delays[delay_id]
            orders = {self.random.choice(touched).order_id, *([self.random.choice(self._orders)[0]] * self.random.randint(0, 1))}
            self.teller.tell(aggregate, h.DelayFreed(delay_id=delay_id, orders=tuple(orders), freed_on=self._day()))

    def _hold(self) -> None:
        if self._delays:
            delay_id = self.random.choice(list(self._delays))
            aggregate, revision, touched = self._delays[delay_id]
            order_id, number, customer_id = self.random.choice(self._orders)
            days = {"before": self._day(), "after": self._day()}
            joined = o.TouchedOrder(order_id=order_id, number=number, customer_id=customer_id, **days)
            self._delays[delay_id] = (aggregate, revision, [one for one in touched if one.order_id != order_id] + [joined])
            self.teller.tell(aggregate, h.DelayJoined(delay_id=delay_id, orders=(joined,)))

    def _causes(self) -> list[o.Cause]:
        codes = self.random.sample([code for code in CAUSES if code != "UNKNOWN"], self.random.randint(1, 3))
        return [cause(code, self.random.choice([None, 0, 1, 5])) for code in codes]

    def _delay(self) -> None:
        chosen = self.random.sample(self._orders, min(len(self._orders), self.random.randint(1, 2)))
        delay_id, aggregate = new_id(), chosen[0][0]
        touched = [o.TouchedOrder(order_id=i, number=num, customer_id=cus, before=self._day(), after=self._day()) for i, num, cus in chosen]
        self._delays[delay_id] = (aggregate, 1, touched)
        causes = [] if self.random.random() < 0.4 else self._causes()
        self.teller.tell(aggregate, o.DelayLogged(delay=delay_facts(delay_id, touched, causes=causes, next_news_on=self._day())))
        for order in touched:
            self._move(order, delay_id, 1, "delay_logged")

    def _move(self, order: o.TouchedOrder, delay_id: UUID, revision: int, because: str) -> None:
        moved = o.MovedNode(
            shipment=self._leg(), milestone="DEPART", visible=self.random.random() < 0.5, planned=order.before, before=order.before,
            after=order.after, revision=self.random.randint(1, 9), driven_by=None, slack_days=0,
            due=self.random.choice([None, order.before]),
        )  # fmt: skip
        name = self.random.choice(list(self._lines[order.order_id]))
        moved_line = o.MovedLine(
            line=name, shipment=None, promised=order.before, before=order.before, after=self._day(), revision=1
        )  # fmt: skip
        event = reestimated(
            order.order_id, order.number, order.customer_id, delay=(delay_id, revision), because=because, nodes=[moved],
            lines=[moved_line] if self.random.random() < 0.5 else [],
        )  # fmt: skip
        self.teller.tell(order.order_id, event)

    def _update(self) -> None:
        if self._delays:
            delay_id = self.random.choice(list(self._delays))
            aggregate, revision, touched = self._delays[delay_id]
            touched = [order.model_copy(update={"before": order.after, "after": self._day()}) for order in touched]
            self._delays[delay_id] = (aggregate, revision + 1, touched)
            facts = delay_facts(delay_id, touched, revision=revision + 1, causes=self._causes())
            self.teller.tell(aggregate, o.DelayUpdated(delay=facts))
            for order in touched:
                self._move(order, delay_id, revision + 1, "delay_updated")

    def _attribute(self) -> None:
        if self._delays:
            delay_id = self.random.choice(list(self._delays))
            event = o.DelayAttributed(delay_id=delay_id, causes=tuple(self._causes()), under_investigation=False)
            self.teller.tell(self._delays[delay_id][0], event)

    def _end(self) -> None:
        if self._delays and self.random.random() < 0.3:
            delay_id = self.random.choice(list(self._delays))
            aggregate, revision, _ = known = self._delays.pop(delay_id)
            if self.random.random() < 0.5:
                self._closed[delay_id] = known
                self.teller.tell(aggregate, o.DelayClosed(delay_id=delay_id, closed_on=self._day()))
            else:
                self.teller.tell(aggregate, o.DelayRetracted(delay_id=delay_id, revision=revision + 1, reason="a mistake"))

    def _news(self) -> None:
        if self._delays:
            delay_id = self.random.choice(list(self._delays))
            self.teller.tell(self._delays[delay_id][0], o.DelayNewsDue(delay_id=delay_id, due_on=self._day()))

    def _exception(self) -> None:
        exception_id = new_id()
        self._exceptions[exception_id] = order = self.random.choice(self._orders)
        self.teller.tell(exception_id, x.ExceptionOpened(exception=exception_facts(exception_id, [order])))

    def _change_exception(self) -> None:
        if not self._exceptions:
            return
        exception_id, order = self.random.choice(list(self._exceptions.items()))
        statuses = [self.random.choice(["open", "done", "verified", "waived"]) for _ in range(self.random.randint(1, 3))]
        actions = [action_facts("li", self._day(), status) for status in statuses]
        facts = exception_facts(exception_id, [order], actions=actions, severity=self.random.choice(["minor", "critical"]))
        if self.random.random() < 0.3:
            del self._exceptions[exception_id]
            closed = facts.model_copy(update={"status": "closed", "resolution": "replaced"})
            self.teller.tell(exception_id, x.ExceptionClosed(exception=closed))
        else:
            self.teller.tell(exception_id, x.ExceptionChanged(exception=facts, because="edited"))

    def _lateness(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        steps = [late_step(self.random.randint(0, 5)) for _ in range(self.random.randint(0, 3))]
        self.teller.tell(order_id, lateness_of((order_id, number, customer_id), self._day(), *steps))

    def _chase(self) -> None:
        facts = chase_facts(new_id(), self.random.choice(self._orders), self._day(), department=self.random.choice([None, "qc"]))
        self._chases[facts.chase_id] = (facts, 0, 0)
        self.teller.tell(facts.chase_id, ch.ChaseSent(chase=facts, reminder=0, personal="sealed"))

    def _chased(self) -> None:
        if not self._chases:
            return
        chase_id = self.random.choice(list(self._chases))
        facts, level, answers = self._chases[chase_id]
        kind = self.random.random()
        if kind < 0.2:
            self.teller.tell(chase_id, ch.ChaseSent(chase=facts, reminder=1, personal="sealed"))
        elif kind < 0.4 and not answers:
            self._chases[chase_id] = (facts, level + 1, answers)
            self.teller.tell(chase_id, ch.ChaseEscalated(chase=facts, level=level + 1, to="boss", personal="sealed"))
        elif kind < 0.8:
            self._chases[chase_id] = (facts, level, answers + 1)
            said = {"day": self._day(), "done_on": None, "text": None, "response_seconds": 60, "level": level}
            self.teller.tell(chase_id, ch.ChaseAnswered(chase=facts, answer=answers + 1, **said))
        else:
            del self._chases[chase_id]
            self.teller.tell(chase_id, ch.ChaseEnded(chase=facts, how=self.random.choice(["closed", "withdrawn"])))

    def _warn(self) -> None:
        order_id, number, customer_id = self.random.choice(self._orders)
        about = {"order_id": order_id, "number": number, "customer_id": customer_id}
        milestones = self.random.sample(["DEPART", "DELIVERED"], self.random.randint(1, 2))
        kinds: list[r.RiskKind] = ["unanswered", "not_started", "slack_used_up"]
        levels: list[r.RiskLevel] = ["watch", "high"]
        leg, level = self._leg(), self.random.choice(levels)
        risks = tuple(
            risk(name, *self.random.sample(kinds, self.random.randint(1, 3)), level=level, shipment=leg) for name in milestones
        )  # fmt: skip
        late = {"shipment": leg, "department": "logistics", "expected": self._day(), "promise_revision": 0}
        event = self.random.choice([
            r.MilestoneAtRisk(**about, risks=risks),
            r.MilestoneRiskCleared(**about, risks=risks),
            r.MilestoneOverdue(**about, milestones=tuple(r.OverdueMilestone(milestone=name, **late) for name in milestones)),
        ])  # fmt: skip
        self.teller.tell(self._warnings.setdefault(order_id, new_id()), event)

    def _credit(self) -> None:
        """Credits and clauses are numbered as they come; a few of each are told of again and again."""
        if len(self._credits) < 3:
            self._credits.append((new_id(), self.random.choice(self._orders)))
        credit_id, order = self.random.choice(self._credits)
        facts = credit_facts(credit_id, order, amount=usd(f"{self.random.randint(1, 9)}000.00"), expires_on=self._day())
        kinds: list[cr.CreditRiskKind] = ["latest_shipment", "amount"]
        risks = tuple(credit_risk(kind, self.random.choice([None, order]), self._day(), shipment=self._leg()) for kind in kinds)
        about = {"credit_id": credit_id, "number": facts.number, "customer_id": order[2]}
        event = self.random.choice([
            cr.CreditOpened(credit=facts), cr.CreditAmended(credit=facts), cr.CreditAtRisk(**about, risks=risks),
            cr.CreditRecovered(**about, risks=risks[:1]),
        ])  # fmt: skip
        self.teller.tell(credit_id, event)
        if self.random.random() < 0.1:
            self._credits.remove((credit_id, order))
            self.teller.tell(credit_id, cr.CreditClosed(**about, outcome="paid"))

    def _paper(self) -> None:
        order, paper_id = self.random.choice(self._orders), UUID(int=self.random.randint(11, 19))
        if self.random.random() < 0.5:
            document_states: list[pa.DocumentState] = ["missing", "issued", "discrepant"]
            facts = document_facts(paper_id, order, self._due(), self.random.choice(document_states), shipment=self._leg())
            document = self.random.choice([pa.DocumentRequired, pa.DocumentChanged, pa.DocumentIssued, pa.DocumentOverdue])
            self.teller.tell(paper_id, document(document=facts))
        else:
            states: list[cu.CustomsState] = ["declared", "held", "released"]
            held_on = self.random.choice([None, self._day()])
            entry = customs_facts(paper_id, self.random.sample(self._orders, 1), self.random.choice(states), held_on=held_on)
            self.teller.tell(paper_id, self.random.choice([cu.CustomsDeclared, cu.CustomsHeld, cu.CustomsReleased])(entry=entry))

    def _material(self) -> None:
        order, material_id = self.random.choice(self._orders), UUID(int=self.random.randint(21, 24))
        states: list[m.MaterialState] = ["planned", "ordered", "received", "short"]
        facts = material_facts(material_id, order, self._day(), self.random.choice(states), eta=self.random.choice([None, self._day()]))
        event = self.random.choice([
            m.MaterialRequired(material=facts), m.MaterialEtaChanged(material=facts, before=None),
            m.MaterialReceived(material=facts, quantity=Decimal(1), on=self._day()), m.MaterialShort(material=facts, exception_id=new_id()),
            m.MaterialReceiptCorrected(
                material=facts, receipt=1, before=Decimal(2), before_on=self._day(), quantity=Decimal(1), on=self._day(),
                last_on=self.random.choice([None, self._day()]), reason="counted twice",
            ),
        ])  # fmt: skip
        self.teller.tell(material_id, event)

    def _due(self) -> date | tuple[str, int]:
        return self._day() if self.random.random() < 0.5 else ("DEPART", 3)

    def _clause(self) -> None:
        if len(self._clauses) < 3:
            self._clauses.append((new_id(), self.random.choice(self._orders)))
        clause_id, order = self.random.choice(self._clauses)
        percent = cl.Penalty(percent=Decimal("0.5"), per="week", cap_percent=self.random.choice([None, Decimal(5)]))
        penalty = self.random.choice([None, percent, cl.Penalty(fixed=usd("900.00"))])
        facts = clause_facts(clause_id, order, self._due(), penalty=penalty, value=usd("1000.00"), line=self.random.choice([None, "0"]))
        event = self.random.choice([
            cl.ClauseAgreed(clause=facts), cl.ClauseChanged(clause=facts),
            cl.ClauseBreached(clause=facts, due=self._day(), happened=None, penalty=None),
            cl.ClauseRecovered(clause=facts, due=self._day(), happened=self._day()),
            cl.ClauseClosed(clause_id=clause_id, order_id=order[0], outcome="settled"),
        ])  # fmt: skip
        self.teller.tell(clause_id, event)

    def _queue(self) -> None:
        if not self._delays:
            return
        delay_id = self.random.choice(list(self._delays))
        _, revision, touched = self._delays[delay_id]
        facts = message(touched[0].customer_id, (delay_id, revision), [order.order_id for order in touched])
        dates = tuple(
            n.ToldDate(
                order_id=t.order_id, shipment=None, milestone="DEPART", line=None, before=t.before, after=t.after, revision=revision
            )
            for t in touched
        )  # fmt: skip
        kind = self.random.random()
        if kind < 0.7:
            self._messages.append(facts.message_id)
            self.teller.tell(facts.message_id, n.MessageQueued(message=facts, channel="email", language="en", dates=dates))
        elif kind < 0.85:
            self.teller.tell(facts.message_id, n.MessageSuppressed(message=facts, why="below_materiality"))
        else:
            self.teller.tell(facts.message_id, n.MessageUnreachable(message=facts, why="no_contact", owner="li", dates=dates))

    def _sent(self) -> None:
        if self._messages:
            message_id = self._messages.pop(0)
            if self.random.random() < 0.8:
                self.teller.tell(message_id, n.MessageSent(message_id=message_id, delay_id=None, at=self.teller.now, attempts=1))
            else:
                self.teller.tell(message_id, n.MessageFailed(message_id=message_id, delay_id=None, why="550", attempts=6))


async def consume(database: Database, batch: Sequence[Received[Any]]) -> None:
    """One batch in one transaction, through the service's handlers as they are dispatched."""
    async with database.transaction() as tx:
        await DISPATCH(tx, batch, START)


async def dump(database: Database, schema: str = "projection") -> dict[str, list[str]]:
    """Every row of every projection as text."""
    rows: dict[str, list[str]] = {}
    async with database.connection() as connection:
        for table in (table.name for table in TABLES):
            found = await connection.fetch(f"SELECT t::text AS row FROM {schema}.{table} t ORDER BY 1")
            rows[table] = [row["row"] for row in found]
    return rows
