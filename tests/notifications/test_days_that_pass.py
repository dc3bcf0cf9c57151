"""What a customer hears of an order of which nothing was recorded while days passed: as orders tells it, without a database."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from services.notifications.dates.domain import Line, Node, Order, moved_dates, promised_dates, reestimated, tell, weigh
from services.notifications.dates.model import Told
from services.orders.milestones.domain import record
from services.orders.planning.model import Plan
from services.orders.promises.domain import ChangePromise, change
from shared.contracts.event import Event
from shared.contracts.orders import PlanReestimated, PromiseChanged, PromisedLine
from shared.problems import Problem
from tests.notifications.cases import reestimate
from tests.orders.networks import underway
from tests.orders.plans import STEPS, after, as_of, day, delay_body, entered, log

TODAY = date(2026, 4, 28)


def known(plan: Plan) -> Order:
    """The order with its customer, who was told all that was said of it, and of no day that passed."""
    point = {node.shipment: node for node in plan.nodes if node.milestone == plan.delivery_point}
    return Order(
        id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        customer_po="PO-1",
        delivery_point=plan.delivery_point,
        lines=tuple(
            Line(
                line=line.line, item="Lamp", quantity=Decimal(1), uom="PCE", shipment=line.shipment, promised=line.promised,
                expected=line.estimated, delivered=line.delivered, due=point[line.shipment].due,
                told=Told(max(line.promised, point[line.shipment].due_on), line.estimate_revision),
            )
            for line in plan.lines
        ),
        nodes=tuple(
            Node(node.shipment, node.milestone, node.estimated, node.actual, Told(node.due_on, node.revision))
            for node in plan.nodes
            if node.milestone != plan.delivery_point
        ),
    )  # fmt: skip


def hear(order: Order, events: tuple[Event, ...], today: date) -> tuple[Order, dict[str, date]]:
    """What a command has him hear, by milestone, and the order then; all of it is visible."""
    heard: dict[str, date] = {}
    for event in events:
        if isinstance(event, PlanReestimated):
            shown = event.model_copy(update={"nodes": tuple(node.model_copy(update={"visible": True}) for node in event.nodes)})
            order = reestimated(order, shown)
            due, held = weigh(order, moved_dates(order, shown), 1, today)
            heard |= {one.move.milestone: one.move.to for one in due}
            order = tell(order, [one.move for one in due], [*(one.move for one in due), *(one.move for one in held)])
    return order, heard


def overdue() -> Plan:
    """The first three steps were planned before today, for 30 March, 19 and 27 April, and nothing of them is recorded."""
    return as_of(entered(), TODAY)


def test_facts_in_time_of_an_order_that_days_made_late_tell_nothing() -> None:
    plan = overdue()
    order = known(plan)
    assert plan.lines[0].estimated > plan.lines[0].promised
    for milestone, happened in zip(STEPS, ("2026-03-28", "2026-04-19", "2026-04-27"), strict=False):
        settled = record(plan, milestone, None, day(happened)).settled
        order, heard = hear(order, settled.events, TODAY)
        assert heard == {}, milestone
        plan = settled.after
    assert plan.lines[0].estimated == plan.lines[0].promised


def test_a_fact_that_is_late_tells_what_it_moved_and_no_more() -> None:
    """It is a day late, what was not recorded by twenty."""
    plan = overdue()
    _, heard = hear(known(plan), record(plan, "ORD_CONF", None, day("2026-03-31")).settled.events, TODAY)
    # The end of production would be told for 20 April, which is over.
    assert heard == {
        "DEPART": day("2026-04-28"), "ARRIVE": day("2026-05-28"), "DELIVERED": day("2026-06-02"),
    }  # fmt: skip


def test_a_delay_tells_what_the_days_did_and_facts_take_that_back_in_one_word() -> None:
    plan = overdue()
    decision = log(plan, delay_body(day("2026-05-02")))
    order, heard = hear(known(plan), decision.orders[0].settled.events, TODAY)
    plan = after(decision)
    assert heard["DEPART"] == plan.at((None, "DEPART")).estimated == day("2026-05-26")
    words: list[dict[str, date]] = []
    for milestone, happened in zip(STEPS, ("2026-03-28", "2026-04-19"), strict=False):
        settled = record(plan, milestone, None, day(happened)).settled
        order, heard = hear(order, settled.events, TODAY)
        plan, words = settled.after, [*words, heard]
    assert [one.get("DEPART") for one in words] == [None, day("2026-05-02")]


def test_a_new_promise_is_told_as_agreed_though_days_passed() -> None:
    order = known(overdue())
    (line,) = order.lines
    moved = PromisedLine(line="1", before=line.promised, after=day("2026-06-05"), revision=1)
    promised = PromiseChanged(order_id=order.id, number=order.number, customer_id=order.customer_id, reason="other", lines=(moved,))
    order = replace(order, lines=(replace(line, promised=day("2026-06-05"), promise_revision=1),))
    assert [move.to for move in promised_dates(order, promised)] == [day("2026-06-05")]
    assert order.lines[0].promised > order.lines[0].said, "which the letter calls agreed"
    sooner = reestimate(order, because="promise_changed", to={"DELIVERED": day("2026-06-28")}, shipment=None)
    (of_line,) = sooner.lines
    of_line = of_line.model_copy(update={"due": day("2026-05-20"), "promised": day("2026-05-22")})
    given = PromisedLine(line="1", before=day("2026-06-01"), after=day("2026-05-22"), revision=2)
    sooner = sooner.model_copy(update={"nodes": (), "lines": (of_line,), "promises": (given,)})
    assert [move.to for move in moved_dates(order, sooner)] == [day("2026-05-22")]


@given(st.data())
def test_of_a_fact_is_told_what_it_would_tell_had_no_day_passed_or_nothing(data: st.DataObject) -> None:
    """What it makes later is told in any case, but on no day that is over."""
    said = data.draw(underway())
    happened = max(node.estimated for node in said.nodes) if data.draw(st.booleans()) else min(node.planned for node in said.nodes)
    today = happened + timedelta(days=data.draw(st.integers(0, 60)))
    seen = as_of(said, today)
    milestone = data.draw(st.sampled_from([node.milestone for node in said.nodes]))
    at = data.draw(st.sampled_from([happened, seen.at((None, milestone)).planned, today]))
    try:
        fact, apart = record(seen, milestone, None, at).settled, record(said, milestone, None, at).settled
    except Problem:
        assume(False)
    _, heard = hear(known(seen), fact.events, today)
    _, alone = hear(known(said), apart.events, date.min)
    told = {node.milestone: node.told.date for node in known(said).nodes} | {said.delivery_point: known(said).lines[0].told.date}
    assert heard.items() <= alone.items()
    assert {code for code, to in alone.items() if to > told[code] and to >= today} <= heard.keys()
    assert all(to >= today for to in heard.values())


@given(underway(), st.integers(-60, 60), st.integers(1, 120))
def test_an_earlier_promise_tells_the_days_that_are_expected_where_nothing_was_overdue(said: Plan, start: int, days: int) -> None:
    """Also one that would have needed work on days that are over: those are of no use to anybody."""
    today = min(node.planned for node in said.nodes) + timedelta(days=start)
    plan = as_of(said, today)
    assume(all(node.due is None for node in plan.nodes))
    to = max(today, plan.lines[0].promised - timedelta(days=days))
    try:
        settled = change(plan, ChangePromise(to=to, reason="customer_request"), today)
    except Problem:
        assume(False)
    _, heard = hear(known(plan), settled.events, today)
    expected = {node.milestone: node.estimated for node in settled.after.nodes} | {
        plan.delivery_point: max(to, settled.after.lines[0].estimated)
    }
    assert heard.items() <= expected.items()
    assert all(day >= today for day in heard.values())
