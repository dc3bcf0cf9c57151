"""Disruptions: who comes first in the list, what shares a delay, and that each order is delayed as it would be alone."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.delays.domain import retract_delay, update_delay
from services.orders.delays.model import UpdateDelay
from services.orders.disruptions import examples
from services.orders.disruptions.domain import ORDERS_OF_DELAY, apart, arrange, first_moved, follow, gone, left_out, log
from services.orders.disruptions.model import Disruption, Hit, Leg, Listed, OpenDisruption
from services.orders.milestones.domain import record
from services.orders.planning.domain import recount, settle
from services.orders.planning.model import Plan
from shared.contracts.customers import Grade
from shared.contracts.disruptions import Scope
from shared.contracts.orders import DelayLogged, PlanReestimated
from shared.contracts.text import LocalText
from shared.problems import Invalid
from tests.orders.networks import MONDAY, calendar, stop, underway
from tests.orders.plans import NOW, TODAY, after, day, delay_body, entered, line, plans
from tests.orders.plans import log as log_delay

VESSEL = Scope(kind="vessel", name="EVER GIVEN", voyage="042W")
PORT = Scope(kind="port", name="CNSHA", at="loading")
CLOSED = Scope(kind="closed_day", name="c0", first=MONDAY, last=MONDAY)


def hit(
    number: int,
    *,
    customer: int = 1,
    grade: Grade = "normal",
    value: str | None = "100",
    currency: str = "USD",
    shipment: str | None = None,
    milestone: str = "DEPART",
) -> Hit:
    amount = Decimal(value) if value is not None else None
    owner, name = "li.wei", f"C-{customer}"
    return Hit(UUID(int=number), f"SO-{number}", shipment, milestone, UUID(int=customer), name, owner, grade, currency, amount)


def disruption(to: date | None = None, days: int | None = None, milestone: str = "DEPART", scope: Scope = PORT) -> Disruption:
    return Disruption(
        disruption_id=UUID(int=77),
        scope=scope,
        milestone=milestone,
        each_own=scope.kind == "closed_day",
        to=to,
        days=days,
        causes=(),
        action=LocalText(en="we are finding out"),
        ask=None,
        ask_by=None,
        next_news_on=None,
        status="running",
        opened_by="li.wei",
        opened_at=NOW,
    )


def test_grade_comes_before_value_and_each_currency_has_its_first() -> None:
    hits = [
        hit(1, value="50"),
        hit(2, value="900"),
        hit(3, currency="JPY", value="90000"),
        hit(4, currency="JPY", value="80000"),
        hit(5, value=None),
        hit(6, customer=2, grade="key", value="1"),
        hit(7, customer=3, grade="small", value="5000"),
    ]
    assert [one.number for one, _ in arrange(hits)] == ["SO-6", "SO-2", "SO-3", "SO-1", "SO-4", "SO-5", "SO-7"]


@st.composite
def legs_found(draw: st.DrawFn) -> list[Hit]:
    """Legs of orders of three customers; those of one order have its value."""
    shipments = st.lists(st.sampled_from([None, "SH-1", "SH-2"]), min_size=1, unique=True)
    found = []
    for number in draw(st.lists(st.integers(1, 30), unique=True)):
        value, currency = draw(st.one_of(st.none(), st.integers(1, 99).map(str))), draw(st.sampled_from(["USD", "EUR"]))
        about: dict[str, Any] = {"customer": number % 3, "value": value, "currency": currency}
        found += [hit(number, **about, shipment=leg, milestone=draw(st.sampled_from(["MAT_IN", "PRD_END"]))) for leg in draw(shipments)]
    return found


@given(legs_found(), st.data())
def test_the_list_is_the_same_in_whatever_order_it_was_found(found: list[Hit], data: st.DataObject) -> None:
    listed = arrange(found)
    assert arrange(data.draw(st.permutations(found))) == listed
    assert [leg.rank for _, leg in listed] == list(range(1, len(found) + 1))


@given(legs_found())
def test_a_delay_has_one_customer_and_milestone_and_each_order_once(found: list[Hit]) -> None:
    customers: dict[int, set[tuple[UUID, str]]] = {}
    orders: Counter[tuple[int, UUID]] = Counter()
    for one, leg in arrange(found):
        customers.setdefault(leg.part, set()).add((one.customer_id, leg.milestone))
        orders[leg.part, one.order_id] += 1
    assert all(len(of) == 1 for of in customers.values())
    assert all(count == 1 for count in orders.values())


def test_a_customer_with_very_many_orders_has_several_delays() -> None:
    sizes = Counter(leg.part for _, leg in arrange(hit(number) for number in range(1, 2 * ORDERS_OF_DELAY + 2)))
    assert sorted(sizes.values()) == [1, ORDERS_OF_DELAY, ORDERS_OF_DELAY]


def test_an_order_is_left_out_for_a_reason() -> None:
    happened = entered(number=1, actuals=[{"milestone": "DEPART", "date": "2026-02-25"}])
    later = after(log_delay(entered(number=2), delay_body(day("2026-06-01"))))
    over = replace(entered(number=3), status="cancelled")
    elsewhere = entered(line(shipment="SH-1"), number=4)
    touched = entered(number=5)
    legs = [
        (Leg(rank, 1, plan.order_id, None, "DEPART"), plan)
        for rank, plan in enumerate((happened, later, over, elsewhere, touched), start=1)
    ]
    outcome = log(disruption(to=day("2026-05-01")), 1, legs, {}, by="li.wei", now=NOW)
    assert outcome.skipped == {1: "happened", 2: "not_later", 3: "order_over", 4: "moved_away"}
    assert outcome.decision is not None
    assert [order.settled.after.order_id for order in outcome.decision.orders] == [touched.order_id]
    assert log(disruption(to=day("2026-05-01")), 1, legs[:4], {}, by="li.wei", now=NOW).decision is None


def test_what_travels_with_a_late_shipment_is_held_though_it_comes_later() -> None:
    """It moves nothing then, and its customer is neither told nor asked; it holds once the order's own delay is taken back."""
    own = log_delay(entered(line(shipment="SH-1")), delay_body(day("2026-06-01")), shipment="SH-1")
    plan, leg = after(own), Leg(1, 1, UUID(int=100), "SH-1", "DEPART")
    late = replace(disruption(to=day("2026-05-01"), scope=Scope(kind="shipment", name="SH-1")), ask=LocalText(en="can you wait?"))
    outcome = log(late, 1, [(leg, plan)], {}, by="li.wei", now=NOW)
    assert outcome.still is not None
    assert (outcome.still.delay.ask, after(outcome.still).nodes) == (None, plan.nodes)
    freed = after(retract_delay(own.delay, [after(outcome.still)], "space was found"))
    assert freed.at(("SH-1", "DEPART")).estimated == day("2026-05-01")
    moved = log(late, 1, [(leg, entered(line(shipment="SH-1")))], {}, by="li.wei", now=NOW)
    assert (moved.still, moved.decision and moved.decision.delay.ask) == (None, late.ask)
    assert log(replace(late, to=day("2026-02-01")), 1, [(leg, plan)], {}, by="li.wei", now=NOW).skipped == {1: "not_later"}


def test_what_is_touched_no_more_is_left_out_for_a_reason() -> None:
    """The first is found again, the second in another leg; the goods of the third have left, and the rest follows. Of the seventh part goes
    on in another leg and part with another vessel; the eighth travels in two legs, of which one was rolled.
    """

    def was(number: int, *legs: str | None, over: bool = False, passed: bool | None = False, shipment: str = "SH-1") -> Listed:
        return Listed(UUID(int=number), shipment, "DEPART", "normal", "USD", None, over, passed, legs)

    listed = [was(1), was(2, "SH-2", passed=None), was(3, passed=True), was(4, None, passed=None), was(5), was(6, over=True)]
    listed += [was(7, "SH-2", "SH-3", passed=None), was(8), was(8, shipment="SH-2")]
    at = [(1, "SH-1"), (2, "SH-2"), (3, "SH-2"), (7, "SH-2"), (8, "SH-2")]
    found = [leg for _, leg in arrange([hit(number, shipment=shipment) for number, shipment in at])]
    assert [(one.order_id.int, one.shipment, why) for one, why in left_out(VESSEL, listed, found)] == [
        (3, "SH-1", "happened"),
        (4, "SH-1", "moved_away"),
        (5, "SH-1", "moved_away"),
        (6, "SH-1", "order_over"),
        (7, "SH-1", "moved_away"),
        (8, "SH-1", "moved_away"),
    ]
    assert [(one.order_id.int, why) for one, why in left_out(CLOSED, listed[3:], found)] == [
        (4, "not_later"),
        (5, "not_later"),
        (6, "order_over"),
    ]


def test_goods_that_changed_their_shipment_are_listed_where_they_are() -> None:
    """In the place of their leg, and behind the list where they go on in several; not at a leg that is listed; else they are left out."""
    plans = {
        UUID(int=number): entered(*(line(f"{at}", shipment=leg) for at, leg in enumerate(legs)), number=number)
        for number, legs in enumerate([["SH-2", "SH-1"], ["SH-2"], ["SH-1"], ["SH-1"]], start=1)
    }
    left = [Leg(rank, 1, UUID(int=rank), None, "DEPART") for rank in (1, 2, 3)]
    assert gone([*left, Leg(4, 1, UUID(int=4), "SH-1", "DEPART")], plans) == left
    listed = {*((leg.order_id, leg.shipment) for leg in left), (UUID(int=2), "SH-2")}
    found = [hit(1, shipment="SH-1", milestone="PRD_END"), hit(1, shipment="SH-2"), hit(2, shipment="SH-2")]
    over, there = follow(left, found, listed, plans, 9, 4)
    assert over == left[:2]
    assert [leg for _, leg in there] == [Leg(1, 5, UUID(int=1), "SH-1", "PRD_END"), Leg(10, 6, UUID(int=1), "SH-2", "DEPART")]
    assert [leg for _, leg in follow(left[:1], found[1:], listed, plans, 9, 4)[1]] == [Leg(1, 1, UUID(int=1), "SH-2", "DEPART")]
    stands = [Leg(1, 1, UUID(int=1), "SH-2", "DEPART"), Leg(2, 1, UUID(int=2), "SH-2", "DEPART"), left[2]]
    assert {order.int for order in apart(VESSEL, stands, plans)} == {1, 3}, "part of the first may have left its leg"
    assert {order.int for order in apart(CLOSED, stands, plans)} == {3}
    part = follow([], [hit(1, shipment="SH-1"), hit(1, shipment="SH-2")], {(UUID(int=1), "SH-2")}, plans, 9, 4)
    assert ([], [Leg(10, 5, UUID(int=1), "SH-1", "DEPART")]) == (part[0], [leg for _, leg in part[1]])
    away = log(disruption(days=4), 1, [(left[2], plans[UUID(int=3)])], {}, by="li.wei", now=NOW)
    assert (away.decision, away.skipped) == (None, {3: "moved_away"})


def test_orders_of_one_delay_keep_days_of_their_own() -> None:
    early, late = entered(number=1), entered(line(promised="2026-07-01"), number=2)
    legs = [(Leg(rank, 1, plan.order_id, None, "DEPART"), plan) for rank, plan in enumerate((early, late), start=1)]
    decision = log(disruption(days=4), 1, legs, {}, by="li.wei", now=NOW).decision
    assert decision is not None
    moved = [(order.after.estimated - order.before.estimated).days for order in decision.orders]
    assert moved == [4, 4]
    (told,) = decision.shared_events
    assert isinstance(told, DelayLogged)
    assert told.delay.new_date == max(order.after.estimated for order in decision.orders)
    assert told.delay.disruption_id == UUID(int=77)


def test_days_are_counted_from_no_earlier_than_today() -> None:
    """Whether the clock has come to the order or not; what is overdue moves what comes after it."""
    order = replace(entered(), today=day("2026-06-10"))
    for plan in (order, settle(order)):
        for milestone, to in (("ORD_CONF", "2026-06-13"), ("DEPART", "2026-07-11")):
            decision = log(
                disruption(days=3, milestone=milestone), 1, [(Leg(1, 1, plan.order_id, None, milestone), plan)], {}, by="x", now=NOW
            )
            assert decision.decision is not None
            assert decision.decision.delay.new_date == day(to)


def test_a_day_two_years_ahead_is_a_slip_of_the_year() -> None:
    OpenDisruption.model_validate({**examples.VESSEL, "to": "2028-02-29"}).require_ahead(TODAY)
    with pytest.raises(Invalid, match="2028-03-01 is more than 730 days after 2026-03-01: check the year") as refused:
        OpenDisruption.model_validate({**examples.VESSEL, "to": "2028-03-01"}).require_ahead(TODAY)
    assert [error.field for error in refused.value.errors] == ["to"]


def test_a_delay_said_anew_takes_in_no_other_leg() -> None:
    """One of its orders has sailed since; the goods of that order that are still ashore are none of the vessel's."""
    both, other = entered(line(shipment="SH-1"), line("2"), number=1), entered(line(shipment="SH-1"), number=2)
    legs = [(Leg(rank, 1, plan.order_id, "SH-1", "DEPART"), plan) for rank, plan in enumerate((both, other), start=1)]
    decision = log(disruption(to=day("2026-05-01")), 1, legs, {}, by="li.wei", now=NOW).decision
    assert decision is not None
    sailed, ashore = (order.settled.after for order in decision.orders)
    sailed = replace(record(sailed, "DEPART", "SH-1", day("2026-03-01")).settled.after, delays=())
    said = UpdateDelay.model_validate(delay_body(day("2026-05-08")).model_dump(exclude={"milestone", "shipment"}))
    updated = update_delay(decision.delay, [sailed, ashore], said, now=NOW)
    assert [order.settled.after.order_id for order in updated.orders] == [other.order_id]


@given(plans(), st.data())
def test_an_order_is_delayed_as_it_would_be_alone(plan: Plan, data: st.DataObject) -> None:
    ahead = [node for node in plan.nodes if node.actual is None and plan.passed(node.key) is None]
    node = data.draw(st.sampled_from(ahead))
    to = max(node.estimated, TODAY) + (day("2026-03-20") - TODAY)
    leg = Leg(1, 1, plan.order_id, node.shipment, node.milestone)
    together = log(disruption(to=to, milestone=node.milestone), 1, [(leg, plan)], {}, by="li.wei", now=NOW).decision
    assert together is not None
    alone = log_delay(plan, delay_body(to, node.milestone), shipment=node.shipment)
    (one,), (other,) = together.orders, alone.orders
    assert one.settled.after.nodes == other.settled.after.nodes
    assert one.settled.after.lines == other.settled.after.lines
    moves = [event for event in one.settled.events if isinstance(event, PlanReestimated)]
    assert [(event.nodes, event.lines) for event in moves] == [(other.settled.moves.nodes, other.settled.moves.lines)]


@given(underway(), st.sampled_from(["every_day", "six_days", "alternating"]), st.integers(0, 200), st.integers(1, 20))
def test_closed_days_move_an_order_once_and_all_of_it(drawn: Plan, week: str, first: int, days: int) -> None:
    plan = settle(replace(drawn, calendars={**drawn.calendars, "c0": calendar("c0", week)}))
    closed = {"c0": calendar("c0", week, closures=[stop(first, days)])}
    alone = recount(plan, "calendar_changed", closed)
    found = first_moved(hit(1, milestone="S0"), plan, closed)
    if found is None:
        assert alone is None or all(node.after <= node.before for node in alone.moves.nodes)
        return
    assert alone is not None
    assert all(
        node.before >= plan.at((found.shipment, found.milestone)).estimated for node in alone.moves.nodes if node.after > node.before
    )
    now = NOW - (TODAY - MONDAY)  # all that moves is ahead
    [(_, leg)] = arrange([replace(found, order_id=plan.order_id)])
    then = replace(plan, calendars={**plan.calendars, **closed})
    decision = log(disruption(scope=CLOSED), 1, [(leg, then)], {}, by="li.wei", now=now).decision
    assert decision is not None
    (order,) = decision.orders
    assert order.settled.after.nodes == alone.after.nodes
    assert order.settled.moves.lines == alone.moves.lines
    assert recount(order.settled.after, "calendar_changed") is None, "the calendar moves nothing a second time"
    late = log(disruption(scope=CLOSED), 1, [(leg, settle(then))], {"c0": plan.calendars["c0"]}, by="li.wei", now=now).decision
    assert late is not None, "also where a command has counted in it since"
    assert late.delay.new_date == decision.delay.new_date
