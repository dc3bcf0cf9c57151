"""The figures of each report, against histories whose answers are known."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.reporting.projections import reading
from services.reporting.reports import store
from services.reporting.reports.catalogue import REPORTS
from services.reporting.reports.domain import Cell, Scope
from shared.contracts import cancellations as gone
from shared.contracts import corrections as fix
from shared.contracts import exceptions as x
from shared.contracts import holding as h
from shared.contracts import notifications as n
from shared.contracts import orders as o
from shared.contracts import shipments as s
from shared.contracts.approvals import Money
from shared.contracts.event import Event
from shared.database.pool import Database
from shared.ids import new_id
from shared.messaging.received import Received
from tests.reporting.conftest import Reporting
from tests.reporting.histories import (
    START,
    Teller,
    action_facts,
    cause,
    consume,
    delay_facts,
    exception_facts,
    late_step,
    lateness_of,
    line,
    message,
    node,
    reestimated,
)

MARCH, APRIL = date(2026, 3, 10), date(2026, 4, 10)
TODAY = date(2026, 4, 15)
ALL = Scope(None, TODAY)


async def report(database: Database, name: str, scope: Scope = ALL, **parameters: Any) -> list[dict[str, Cell]]:
    found = REPORTS[name]
    query = found.query.model_validate(parameters)
    async with database.connection() as tx:
        rows, _ = await store.page(tx, found, query, scope)
        streamed = [values async for values in store.rows(tx, found, query, scope)]
    assert len(streamed) == len(rows) + query.offset
    return rows


async def one(database: Database, name: str, scope: Scope = ALL, **parameters: Any) -> dict[str, Cell]:
    (row,) = await report(database, name, scope, **parameters)
    return row


def fraction(row: dict[str, Cell]) -> tuple[Cell, Cell, Cell]:
    return row["numerator"], row["denominator"], row["not_due"]


# On time


async def on_time_history(database: Database) -> None:
    """Two orders of two customers: on time, late, open and late, open and not due; two share the shipment S1."""
    t = Teller()
    first, second = t.customer("C1", "li"), t.customer("C2", "wang")
    shipment_id, supplier_id = new_id(), new_id()
    t.tell(shipment_id, s.ShipmentCreated(shipment_id=shipment_id, number="S1", transport=s.Transport(mode="sea")))
    t.tell(supplier_id, o.SupplierCreated(supplier_id=supplier_id, code="V1", name="Vendor"))
    lines = [
        line("1", MARCH, MARCH, shipment="S1", supplier="V1", requested=MARCH - timedelta(days=1)),
        line("2", APRIL, APRIL + timedelta(days=1), shipment="S2"),
    ]
    t.order(first, "A", lines, code="C1", historical=True, source="import")
    lines = [line("1", APRIL, None, shipment="S3"), line("2", TODAY, None, shipment="S1"), line("3", MARCH, MARCH, shipment="S1")]
    t.order(second, "B", lines, code="C2")
    await consume(database, t.told)


async def test_on_time_by_level(reporting: Reporting) -> None:
    await on_time_history(reporting.database)
    row = await one(reporting.database, "on-time")
    assert fraction(row) == (2, 4, 1)
    assert (row["rate"], row["late"], row["late_open"], row["as_of"]) == ("0.500000", 2, 1, "2026-04-15")
    # S1 waits for a line that is not due; S2 and S3 are late.
    assert fraction(await one(reporting.database, "on-time", level="shipment")) == (0, 2, 1)
    assert fraction(await one(reporting.database, "on-time", level="order")) == (0, 2, 0)


async def test_what_is_cancelled_or_not_delivered_after_all_does_not_count(reporting: Reporting) -> None:
    t = Teller()
    customer_id = t.customer("C1")
    facts = {"customer_id": customer_id, "asked_by": "customer", "reason": "his shop closes"}
    part = t.order(customer_id, "A", [line("1", MARCH, MARCH), line("2", MARCH, shipment="S1")])
    t.tell(part, gone.LinesCancelled(order_id=part, number="A", lines=("2",), ended=("S1",), **facts))
    whole = t.order(customer_id, "B", [line("1", APRIL), line("2", APRIL)])
    t.tell(whole, gone.OrderCancelled(order_id=whole, number="B", lines=("1", "2"), **facts))
    wrong = t.order(customer_id, "C", [line("1", MARCH)], plan=[node("DELIVERED", MARCH)])
    met = o.DeliveredLine(line="1", delivered=MARCH)
    t.tell(wrong, o.MilestoneAchieved(order_id=wrong, shipment=None, milestone="DELIVERED", actual=MARCH, lines=(met,)))
    other = fix.CorrectedLine(line="1", before=MARCH, delivered=None, estimated=TODAY, revision=1)
    corrected = fix.MilestoneCorrected(
        order_id=wrong, number="C", customer_id=customer_id, shipment=None, milestone="DELIVERED", before=MARCH, actual=None,
        estimated=TODAY, revision=1, lines=(other,), reason="another's",
    )  # fmt: skip
    t.tell(wrong, corrected)
    await consume(reporting.database, t.told)
    for level, cancelled in (("line", 3), ("order", 1)):
        row = await one(reporting.database, "on-time", level=level)
        assert (fraction(row), row["late_open"], row["cancelled"]) == ((1, 2, 0), 1, cancelled), level
    shown = {
        row["order"]: [row[k] for k in ("status", "late", "lines", "delivered", "cancelled")]
        for row in await report(reporting.database, "orders")
    }
    assert shown == {"A": ["delivered", False, 2, 1, 1], "B": ["cancelled", False, 2, 0, 2], "C": ["open", True, 1, 0, 0]}
    counts = await one(reporting.database, "counts")
    assert (counts["lines_open"], counts["lines_cancelled"]) == (1, 3)


async def test_on_time_by_group(reporting: Reporting) -> None:
    await on_time_history(reporting.database)

    async def groups(group: str, **more: Any) -> dict[Cell, Any]:
        return {row["group"]: fraction(row) for row in await report(reporting.database, "on-time", group=group, **more)}

    assert await groups("month") == {"2026-03": (2, 2, 0), "2026-04": (0, 2, 1)}
    assert await groups("customer") == {"C1": (1, 2, 0), "C2": (1, 2, 1)}
    assert await groups("supplier") == {"V1": (1, 1, 0), None: (1, 3, 1)}
    assert await groups("mode") == {"sea": (2, 2, 1), None: (0, 2, 0)}
    assert await groups("customer", level="shipment") == {"C1": (1, 2, 0), "C2": (0, 1, 1)}
    assert await groups("total", **{"from": "2026-03-01", "to": "2026-03-31"}) == {None: (2, 2, 0)}
    assert await groups("total", customer="C1", mode="sea") == {None: (1, 1, 0)}
    assert await groups("total", source="import") == {None: (1, 2, 0)}
    assert await groups("total", basis="requested") == {None: (0, 1, 0)}


async def test_on_time_sees_own_customers_only(reporting: Reporting) -> None:
    await on_time_history(reporting.database)
    assert fraction(await one(reporting.database, "on-time", Scope(["li"], TODAY))) == (1, 2, 0)
    assert await report(reporting.database, "on-time", Scope(["nobody"], TODAY)) == []
    for name in REPORTS:
        assert await report(reporting.database, name, Scope(["nobody"], TODAY)) == [] or name in ("counts", "notice-lead-time")


async def test_promises_original_and_agreed(reporting: Reporting) -> None:
    t = Teller()
    customer_id = t.customer("C1")
    order_id = t.order(customer_id, "A", [line("1", MARCH), line("2", MARCH)])
    for name, on in (("1", MARCH), ("2", MARCH + timedelta(days=1))):
        t.now = datetime.combine(on, datetime.min.time(), UTC)
        moved = o.PromisedLine(line=name, before=MARCH, after=APRIL, revision=1)
        event = o.PromiseChanged(order_id=order_id, number="A", customer_id=customer_id, lines=(moved,), reason="customer_request")
        t.tell(order_id, event)
    delivered = tuple(o.DeliveredLine(line=name, delivered=APRIL) for name in ("1", "2"))
    t.tell(order_id, o.MilestoneAchieved(order_id=order_id, shipment=None, milestone="DELIVERED", actual=APRIL, lines=delivered))
    for size in (1, len(t.told)):
        for start in range(0, len(t.told), size):
            if size == 1:
                await consume(reporting.database, t.told[start : start + size])
    rows = {row["basis"]: fraction(row) for row in await report(reporting.database, "on-time", basis="all")}
    assert rows == {"original": (0, 2, 0), "agreed": (1, 2, 0)}


SCMS = Path(__file__).parents[2] / "examples" / "scms" / "SCMS_Delivery_History_Dataset_20150929.csv"


def scms_date(text: str) -> date:
    for shape in ("%d-%b-%y", "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y"):
        try:
            return datetime.strptime(text, shape).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise AssertionError(text)


def scms_history(rows: Sequence[dict[str, str]]) -> list[Received[Any]]:
    t = Teller()
    customers = {country: t.customer(country) for country in dict.fromkeys(row["Country"] for row in rows)}
    orders: dict[tuple[str, str], list[o.OrderLine]] = {}
    for row in rows:
        delivered = scms_date(row["Delivered to Client Date"])
        part = line(
            row["ID"], scms_date(row["Scheduled Delivery Date"]), delivered, shipment=row["ASN/DN #"], supplier=row["Vendor"]
        )  # fmt: skip
        orders.setdefault((row["PO / SO #"], row["Country"]), []).append(part)
    for (number, country), lines in orders.items():
        t.order(customers[country], number, lines, code=country, source="import", historical=True)
    return t.told


@pytest.mark.skipif(not SCMS.exists(), reason="the example file is not shipped here")
async def test_on_time_rate_of_the_scms_file(reporting: Reporting) -> None:
    rows = list(csv.DictReader(SCMS.read_text("utf-8-sig").splitlines(keepends=True)))
    told = scms_history(rows)
    for start in range(0, len(told), 500):
        await consume(reporting.database, told[start : start + 500])
    row = await one(reporting.database, "on-time")
    assert (row["numerator"], row["denominator"], row["rate"]) == (9138, 10324, "0.885122")
    counts = await one(reporting.database, "counts", source="import")
    assert [counts[name] for name in ("lines", "shipments", "customers", "suppliers", "lines_open")] == [10324, 7030, 43, 73, 0]
    by_month = await report(reporting.database, "on-time", group="month")
    assert sum(int(str(month["numerator"])) for month in by_month) == 9138
    assert fraction(await one(reporting.database, "on-time", level="shipment"))[1] == 7030


# Delays and notices


@dataclass
class Delayed:
    teller: Teller
    customer: UUID
    order: UUID
    delay: UUID

    def move(self, revision: int, before: date, after: date) -> None:
        moved = o.MovedNode(
            shipment=None, milestone="DEPART", visible=True, planned=before, before=before, after=after, revision=revision,
            driven_by=None, slack_days=0,
        )  # fmt: skip
        because = "delay_logged" if revision == 1 else "delay_updated"
        event = reestimated(self.order, "A", self.customer, delay=(self.delay, revision), because=because, nodes=[moved])
        self.teller.tell(self.order, event)

    def facts(self, revision: int, before: date, after: date, **more: Any) -> o.DelayFacts:
        touched = o.TouchedOrder(order_id=self.order, number="A", customer_id=self.customer, before=before, after=after)
        return delay_facts(self.delay, [touched], revision=revision, order_id=self.order, **more)

    def queue(self, revision: int, before: date, after: date) -> UUID:
        facts = message(self.customer, (self.delay, revision), [self.order])
        told = n.ToldDate(
            order_id=self.order, shipment=None, milestone="DEPART", line=None, before=before, after=after, revision=revision
        )  # fmt: skip
        self.teller.tell(facts.message_id, n.MessageQueued(message=facts, channel="email", language="en", dates=(told,)))
        return facts.message_id

    def sent(self, message_id: UUID) -> None:
        self.teller.tell(message_id, n.MessageSent(message_id=message_id, delay_id=self.delay, at=self.teller.now, attempts=1))


def delayed(causes: Sequence[o.Cause] = (), days: int = 4, **more: Any) -> Delayed:
    t = Teller()
    customer_id = t.customer("C1", "li")
    order_id = t.order(customer_id, "A", [line("1", APRIL)], plan=[node("DEPART", MARCH), node("DELIVERED", APRIL)])
    it = Delayed(t, customer_id, order_id, new_id())
    after = MARCH + timedelta(days=days)
    t.tell(order_id, o.DelayLogged(delay=it.facts(1, MARCH, after, causes=causes, **more)))
    it.move(1, MARCH, after)
    return it


async def test_open_delay_told_and_news_overdue(reporting: Reporting) -> None:
    it = delayed(next_news_on=date(2026, 3, 5))
    it.teller.tell(it.order, o.DelayNewsDue(delay_id=it.delay, due_on=date(2026, 3, 5)))
    await consume(reporting.database, it.teller.told)
    row = await one(reporting.database, "open-delays")
    assert [row[k] for k in ("orders", "customers", "days", "age_days", "causes")] == [["A"], ["C1"], 4, 45, ["UNKNOWN"]]
    assert [row[k] for k in ("unattributed", "told", "news_overdue", "notices")] == [True, False, True, 0]
    seen = len(it.teller.told)
    attribution = o.DelayAttributed(delay_id=it.delay, causes=(cause("LOG-VSL"),), under_investigation=False)
    it.teller.tell(it.order, attribution)
    it.sent(it.queue(1, MARCH, MARCH + timedelta(days=4)))
    it.teller.tell(it.order, o.DelayUpdated(delay=it.facts(2, MARCH + timedelta(days=4), MARCH + timedelta(days=6), causes=[cause()])))
    await consume(reporting.database, it.teller.told[seen:])
    row = await one(reporting.database, "open-delays", told=True, unattributed=False)
    assert [row[k] for k in ("days", "revision", "news_overdue", "notices")] == [6, 2, False, 1]
    assert await report(reporting.database, "open-delays", unattributed=True) == []
    assert await report(reporting.database, "open-delays", customer="C2") == []
    seen = len(it.teller.told)
    it.teller.tell(it.order, o.DelayClosed(delay_id=it.delay, closed_on=APRIL))
    await consume(reporting.database, it.teller.told[seen:])
    assert await report(reporting.database, "open-delays") == []


async def test_an_order_that_a_delay_holds_no_more_is_not_named_as_held(reporting: Reporting) -> None:
    t = Teller()
    li, wang = t.customer("C1", "li"), t.customer("C2", "wang")
    mine, other = t.order(li, "A", [line("1", APRIL, shipment="S1")]), t.order(wang, "B", [line("1", APRIL, shipment="S1")], code="C2")
    delay, shipment = new_id(), new_id()
    days = {"before": MARCH, "after": APRIL}
    first = o.TouchedOrder(order_id=mine, number="A", customer_id=li, **days)
    second = o.TouchedOrder(order_id=other, number="B", customer_id=wang, **days)
    t.tell(shipment, o.DelayLogged(delay=delay_facts(delay, [first, second])))
    held: list[tuple[Event, list[str]]] = [
        (h.DelayFreed(delay_id=delay, orders=(mine,), freed_on=MARCH), ["B"]),
        (h.DelayJoined(delay_id=delay, orders=(first,)), ["A", "B"]),
        (h.DelayFreed(delay_id=delay, orders=(mine,), freed_on=APRIL), ["B"]),
    ]
    seen = 0
    for told, orders in held:
        t.tell(shipment, told)
        await consume(reporting.database, t.told[seen:])
        seen = len(t.told)
        assert (await one(reporting.database, "open-delays"))["orders"] == orders
        open_delays = {row["order"]: row["open_delays"] for row in await report(reporting.database, "orders")}
        assert open_delays == {number: int(number in orders) for number in ("A", "B")}
        assert (await one(reporting.database, "counts", customer="C1"))["delays_open"] == int("A" in orders)
    assert await report(reporting.database, "open-delays", customer="C1") == []
    async with reporting.database.connection() as tx:
        known = await reading.delay(tx, delay, 1, None)
    assert known is not None
    assert {order["number"]: order["freed_on"] for order in known["orders"]} == {"A": APRIL, "B": None}


async def test_open_exceptions_with_what_is_overdue_first(reporting: Reporting) -> None:
    t = Teller()
    li, wang = t.customer("C1", "li"), t.customer("C2", "wang")
    mine, other = (t.order(li, "A", [line("1", APRIL)]), "A", li), (t.order(wang, "B", [line("1", APRIL)], code="C2"), "B", wang)
    first, second = new_id(), new_id()
    t.tell(first, x.ExceptionOpened(exception=exception_facts(first, [mine], kind="loss", detected_on=MARCH)))
    actions = [
        action_facts("li", APRIL),
        action_facts("chen", TODAY),
        action_facts("li", MARCH, "verified"),
        action_facts("wu", MARCH, "done"),
    ]
    shared = exception_facts(second, [mine, other], actions=actions, amount=Money(amount=Decimal("1200.50"), currency="USD"))
    t.tell(second, x.ExceptionOpened(exception=exception_facts(second, [mine, other])))
    t.tell(second, x.ExceptionChanged(exception=shared, because="action_added"))
    await consume(reporting.database, t.told)
    rows = await report(reporting.database, "open-exceptions")
    assert [row["exception"] for row in rows] == [str(second), str(first)]
    names = (
        "orders",
        "customers",
        "actions",
        "left_to_do",
        "overdue_actions",
        "next_due",
        "overdue_owners",
        "amount",
        "causes",
        "age_days",
    )
    assert [rows[0][name] for name in names] == [
        ["A", "B"], ["C1", "C2"], 4, 3, 1, APRIL.isoformat(), ["li"], "1200.50", ["DMG"], 45
    ]  # fmt: skip
    assert [row["exception"] for row in await report(reporting.database, "open-exceptions", overdue=False)] == [str(first)]
    assert [row["kind"] for row in await report(reporting.database, "open-exceptions", kind="loss", customer="C1")] == ["loss"]
    (seen,) = await report(reporting.database, "open-exceptions", Scope(["wang"], TODAY))
    assert (seen["orders"], seen["customers"]) == (["B"], ["C2"])
    closed = shared.model_copy(update={"status": "closed", "resolution": "replaced"})
    t.tell(second, x.ExceptionClosed(exception=closed))
    await consume(reporting.database, t.told[-1:])
    assert [row["exception"] for row in await report(reporting.database, "open-exceptions")] == [str(first)]


async def test_silent_until_somebody_is_told(reporting: Reporting) -> None:
    it = delayed()
    await consume(reporting.database, it.teller.told)
    row = await one(reporting.database, "silent-delays")
    assert [row[k] for k in ("order", "earliest_date", "days_left", "why", "owner")] == ["A", "2026-03-10", -36, "undecided", "li"]
    seen = len(it.teller.told)
    facts = message(it.customer, (it.delay, 1), [it.order])
    it.teller.tell(facts.message_id, n.MessageUnreachable(message=facts, why="no_contact", owner="li", dates=()))
    await consume(reporting.database, it.teller.told[seen:])
    assert (await one(reporting.database, "silent-delays"))["why"] == "unreachable"
    seen = len(it.teller.told)
    it.queue(1, MARCH, APRIL)
    await consume(reporting.database, it.teller.told[seen:])
    assert await report(reporting.database, "silent-delays") == []
    seen = len(it.teller.told)
    it.move(2, APRIL, APRIL + timedelta(days=3))
    await consume(reporting.database, it.teller.told[seen:])
    assert (await one(reporting.database, "silent-delays"))["revision"] == 2


async def test_notice_lead_time(reporting: Reporting) -> None:
    it = delayed()
    it.teller.now = datetime(2026, 3, 7, 12, tzinfo=UTC)
    it.sent(it.queue(1, MARCH, APRIL))
    it.queue(1, MARCH, APRIL)
    await consume(reporting.database, it.teller.told)
    row = await one(reporting.database, "notice-lead-time")
    assert [row[k] for k in ("notices", "sent", "waiting", "days_of_notice_min", "after_the_date")] == [2, 1, 1, -36, 1]
    since = (it.teller.now - START) / timedelta(milliseconds=1)
    milliseconds = [float(str(row[k])) - since for k in ("queued_ms_p50", "queued_ms_p99", "sent_ms_p50", "sent_ms_p99")]
    assert milliseconds == [2, 3, 2, 2]  # the second notice is queued after the first was sent: 1 and 3 ms, and 2 ms
    (sent,) = await report(reporting.database, "notices", status="sent")
    assert [sent[k] for k in ("delay", "customer", "orders", "days_of_notice")] == [str(it.delay), "C1", 1, 3]
    counts = await one(reporting.database, "counts")
    names = ("orders", "lines", "delays", "delays_open", "contacts_told", "notices_sent", "notices_waiting")
    assert [counts[name] for name in names] == [1, 1, 1, 1, 1, 1, 1]


async def test_pareto_sums_to_the_days(reporting: Reporting) -> None:
    it = delayed([cause("LOG-VSL", 1), cause("QC-FAIL"), cause("PRD-RWK")], days=8)
    await consume(reporting.database, it.teller.told)
    rows = await report(reporting.database, "delay-causes")
    assert {row["key"]: row["days"] for row in rows} == {"LOG-VSL": 1, "QC-FAIL": 3, "PRD-RWK": 4}
    assert [row["cumulative"] for row in rows] == ["0.500000", "0.875000", "1.000000"]
    rows = await report(reporting.database, "delay-causes", by="party")
    assert {row["key"]: row["days"] for row in rows} == {"carrier": 1, "qc": 3, "production": 4}
    it.teller.tell(it.order, o.DelayRetracted(delay_id=it.delay, revision=2, reason="a mistake"))
    await consume(reporting.database, it.teller.told[-1:])
    assert await report(reporting.database, "delay-causes") == []


async def test_shares_of_any_causes_sum_to_the_delay(reporting: Reporting) -> None:
    chance = random.Random(4)
    codes = ["LOG-VSL", "QC-FAIL", "PRD-RWK", "FM-WEA", "CST-HOLD"]
    delays: dict[UUID, tuple[int, list[int | None]]] = {}
    told: list[Received[Any]] = []
    for _ in range(200):
        given_days = [chance.choice([None, None, 0, 1, 2, 7, 30]) for _ in range(chance.randint(1, 5))]
        total = chance.choice([0, 1, 3, 10, 31])
        it = delayed([cause(code, days) for code, days in zip(codes, given_days, strict=False)], days=total)
        delays[it.delay] = (total, given_days)
        told += [received for received in it.teller.told if received.publisher == "orders"]
    await consume(reporting.database, told)
    async with reporting.database.connection() as tx:
        found = await tx.fetch("SELECT delay_id, array_agg(days ORDER BY ordinal) AS days FROM projection.cause_share GROUP BY delay_id")
    shares = {row["delay_id"]: row["days"] for row in found}
    for delay_id, (total, given_days) in delays.items():
        assert sum(shares[delay_id]) == total, (total, given_days, shares[delay_id])
        assert min(shares[delay_id]) >= 0
        known = [days for days in given_days if days is not None]
        if None in given_days and sum(known) <= total:
            pairs = zip(given_days, shares[delay_id], strict=True)
            rest = [share for days, share in pairs if days is None]
            assert max(rest) - min(rest) <= 1
            assert all(days is None or days == share for days, share in zip(given_days, shares[delay_id], strict=True))


async def test_orders_one_by_one_and_by_pages(reporting: Reporting) -> None:
    await on_time_history(reporting.database)
    first, second = await report(reporting.database, "orders")
    assert [first[k] for k in ("order", "status", "late", "lines", "delivered", "shipments")] == [
        "A",
        "delivered",
        True,
        2,
        2,
        ["S1", "S2"],
    ]
    assert [second[k] for k in ("order", "status", "expected")] == ["B", "open", TODAY.isoformat()]
    assert [row["order"] for row in await report(reporting.database, "orders", status="open")] == ["B"]
    assert [row["order"] for row in await report(reporting.database, "orders", q="po-a")] == ["A"]
    assert [row["order"] for row in await report(reporting.database, "orders", offset=1)] == ["B"]


@given(st.sampled_from(sorted(REPORTS)), st.sampled_from(["from", "limit", "nonsense", "customer"]))
def test_bad_parameters_are_named(name: str, field: str) -> None:
    bad = {"from": "yesterday", "limit": "201", "nonsense": "1", "customer": "\x00"}
    with pytest.raises(ValidationError) as refused:
        REPORTS[name].query.model_validate({field: bad[field]})
    assert refused.value.errors()[0]["loc"] == (field,)


async def test_what_lateness_came_from_sums_to_the_days_late(reporting: Reporting) -> None:
    t = Teller()
    li, wang = t.customer("C1", "li"), t.customer("C2", "wang")
    mine, other = (t.order(li, "A", [line("1", APRIL)]), "A", li), (t.order(wang, "B", [line("1", APRIL)], code="C2"), "B", wang)
    harmless = late_step(0, ("SUP-LATE", "supplier", 0), milestone="MAT_IN")
    t.tell(mine[0], lateness_of(mine, MARCH, late_step(9)))
    t.tell(mine[0], lateness_of(mine, MARCH, harmless, late_step(2), late_step(5, ("LOG-VSL", "carrier", 4), ("LOG-PORT", "carrier", 1))))
    t.tell(other[0], lateness_of(other, APRIL, late_step(3, ("SUP-LATE", "supplier", 3), milestone="MAT_IN")))
    await consume(reporting.database, t.told)
    rows = await report(reporting.database, "lateness")
    assert {row["key"]: (row["orders"], row["moved"], row["harmless"], row["days"]) for row in rows} == {
        "carrier": (1, 2, 0, 5),
        "supplier": (2, 1, 1, 3),
        "unlogged": (1, 1, 0, 2),
    }
    assert rows[-1]["cumulative"] == "1.000000"
    by_cause = {row["key"]: row["days"] for row in await report(reporting.database, "lateness", by="cause")}
    assert by_cause == {"LOG-VSL": 4, "LOG-PORT": 1, "SUP-LATE": 3, "UNLOGGED": 2}
    by_milestone = {row["key"]: row["days"] for row in await report(reporting.database, "lateness", by="milestone")}
    assert by_milestone == {"DEPART": 7, "MAT_IN": 3}
    assert [row["key"] for row in await report(reporting.database, "lateness", customer="C2")] == ["supplier"]
    assert {row["days"] for row in await report(reporting.database, "lateness", to=MARCH)} == {5, 2, 0}
    (seen,) = await report(reporting.database, "lateness", Scope(["wang"], TODAY))
    assert (seen["key"], seen["days"]) == ("supplier", 3)
