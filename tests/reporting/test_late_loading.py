"""Lines that the buyer's carrier loaded late: late in the customer's view, on time in ours."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from services.reporting.app import MIGRATIONS
from services.reporting.projections.rebuild import rebuild
from shared.contracts import corrections as fix
from shared.contracts import orders as o
from shared.ids import new_id
from tests.reporting.conftest import Reporting
from tests.reporting.histories import Teller, consume, dump, line, node, rolled, yard_cutoff
from tests.reporting.test_reports import ALL, fraction, one, report

DUE = date(2026, 3, 20)
LATE = DUE + timedelta(days=7)
PLANNED = DUE - timedelta(days=2)
"""For the container yard: two days before it is to be on board."""


class Said(NamedTuple):
    """A cut-off that was said, or with None a roll, so many days before the due date."""

    days_before: int
    cutoff: int | None
    met: bool = False


def at(days_before: int) -> datetime:
    day = DUE - timedelta(days=days_before)
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


class Told(Teller):
    """Orders of one customer by sea, each in a shipment of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.customer_id = self.customer("C1")

    def leg(
        self,
        number: str,
        gated: date | None,
        loaded: date | None = LATE,
        sailing: Sequence[Said] = (),
        incoterm: str = "FOB",
        delivery_point: str = "ON_BOARD",
        more: Sequence[o.OrderLine] = (),
    ) -> Any:
        shipment, shipment_id = f"S-{number}", new_id()
        plan = [node("PACKED", PLANNED, shipment), node("CY_CUT", PLANNED, shipment), node("ON_BOARD", DUE, shipment)]
        lines = [line("1", DUE, shipment=shipment), *more]
        order_id = self.order(self.customer_id, number, lines, plan=plan, incoterm=incoterm, delivery_point=delivery_point)
        for said in sailing:
            self.now = at(said.days_before)
            met_at = self.now if said.met else None
            about = shipment_id, shipment
            self.tell(shipment_id, rolled(*about) if said.cutoff is None else yard_cutoff(*about, at(said.cutoff), met_at))
        for milestone, day in (("CY_CUT", gated), ("ON_BOARD", loaded)):
            if day is not None:
                met = (o.DeliveredLine(line="1", delivered=day),) if milestone == delivery_point else ()
                event = o.MilestoneAchieved(order_id=order_id, shipment=shipment, milestone=milestone, actual=day, lines=met)
                self.tell(order_id, event)
        return order_id


def before(days: int) -> date:
    return DUE - timedelta(days=days)


OURS = {
    "handed over as planned": {"gated": PLANNED},
    "still to be loaded": {"gated": PLANNED, "loaded": None},
    "by the cut-off": {"gated": before(5), "sailing": [Said(9, 5)]},
    "by the one that was said last": {"gated": before(4), "sailing": [Said(9, 5), Said(4, 4)]},
    "rolled before it passed": {"gated": before(3), "sailing": [Said(9, 5), Said(6, None), Said(6, -3)]},
    "said to be met": {"gated": before(3), "sailing": [Said(9, 5), Said(5, 5, met=True)]},
}
BOTH = {
    "handed over late": {"gated": before(1)},
    "late, too, on board": {"gated": DUE + timedelta(days=3)},
    "no day recorded": {"gated": None},
    "missed its cut-off": {"gated": before(4), "sailing": [Said(9, 5)]},
    "rolled as it missed it": {"gated": before(3), "sailing": [Said(9, 5), Said(4, None), Said(4, -3)]},
    "our carrier": {"gated": PLANNED, "incoterm": "CIF"},
    "handing over is delivering": {"gated": before(-1), "incoterm": "FAS", "delivery_point": "CY_CUT"},
    "what comes behind the delivery": {"gated": before(3), "incoterm": "EXW", "delivery_point": "PACKED"},
}


@pytest.mark.parametrize("told", [pytest.param(told, id=name) for name, told in OURS.items()])
async def test_late_loading_of_what_was_handed_over_in_time_is_the_buyers(reporting: Reporting, told: dict[str, Any]) -> None:
    t = Told()
    t.leg("A", **told)
    await consume(reporting.database, t.told)
    theirs, ours = await one(reporting.database, "on-time"), await one(reporting.database, "on-time", view="ours")
    assert (fraction(theirs), theirs["late"], theirs["loaded_late"]) == ((0, 1, 0), 1, 1)
    assert (fraction(ours), ours["late"], ours["late_open"], ours["loaded_late"]) == ((1, 1, 0), 0, 0, 1)
    listed = await one(reporting.database, "late-loading")
    shown = [listed[name] for name in ("order", "line", "incoterm", "shipment", "due", "handed_over")]
    assert shown == ["A", "1", "FOB", "S-A", str(DUE), str(told["gated"])]


@pytest.mark.parametrize("told", [pytest.param(told, id=name) for name, told in BOTH.items()])
async def test_what_is_late_in_both_views(reporting: Reporting, told: dict[str, Any]) -> None:
    t = Told()
    t.leg("A", **told)
    await consume(reporting.database, t.told)
    for view in ("customer", "ours"):
        row = await one(reporting.database, "on-time", view=view)
        assert (fraction(row), row["late"], row["loaded_late"]) == ((0, 1, 0), 1, 0), view
    assert await report(reporting.database, "late-loading") == []


async def test_an_order_is_on_time_in_our_view_when_all_its_lines_are(reporting: Reporting) -> None:
    t = Told()
    t.leg("A", PLANNED, more=[line("2", LATE + timedelta(days=60), shipment="S2")])
    t.leg("B", PLANNED, more=[line("2", DUE, LATE, shipment="S2")])
    t.leg("C", PLANNED, DUE)
    await consume(reporting.database, t.told)
    shown = {}
    for view in ("customer", "ours"):
        row = await one(reporting.database, "on-time", level="order", view=view)
        shown[view] = fraction(row), row["late"], row["loaded_late"]
    # A waits for a line that is not due, and B is late by another one of its lines.
    assert shown == {"customer": ((1, 3, 0), 2, 1), "ours": ((1, 2, 1), 1, 1)}
    assert [row["order"] for row in await report(reporting.database, "late-loading", ALL, customer="C1", **{"to": str(DUE)})] == ["A", "B"]
    assert await report(reporting.database, "late-loading", basis="requested") == []
    assert await report(reporting.database, "late-loading", ALL, **{"to": str(before(1))}) == []


async def test_a_promise_that_moved_gives_handing_over_as_many_days(reporting: Reporting) -> None:
    t = Told()
    order_id = t.leg("A", before(0), None)
    moved = o.PromisedLine(line="1", before=DUE, after=DUE + timedelta(days=2), revision=1)
    t.tell(order_id, o.PromiseChanged(order_id=order_id, number="A", customer_id=t.customer_id, lines=(moved,), reason="customer_request"))
    await consume(reporting.database, t.told)
    rows = {row["basis"]: row["late"] for row in await report(reporting.database, "on-time", basis="all", view="ours")}
    assert rows == {"original": 1, "agreed": 0}


async def test_a_corrected_day_counts_and_the_same_is_rebuilt(reporting: Reporting) -> None:
    t = Told()
    order_id = t.leg("A", PLANNED, sailing=[Said(9, 5), Said(8, None), Said(8, 1)])
    corrected = fix.MilestoneCorrected(
        order_id=order_id, number="A", customer_id=t.customer_id, shipment="S-A", milestone="CY_CUT", before=PLANNED, actual=before(1),
        estimated=before(1), revision=1, reason="another's",
    )  # fmt: skip
    await consume(reporting.database, t.told)
    assert (await one(reporting.database, "on-time"))["loaded_late"] == 1
    live, rows = await dump(reporting.database), await report(reporting.database, "late-loading")
    await rebuild(reporting.migrator_url, MIGRATIONS)
    assert (await dump(reporting.database), await report(reporting.database, "late-loading")) == (live, rows)
    await consume(reporting.database, [t.tell(order_id, corrected)])
    assert (await one(reporting.database, "on-time"))["loaded_late"] == 0
