"""Actual dates that were wrong: what taking one back restores, what another day does, and what is refused."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.orders.corrections.domain import Corrected, NotReached, correct, place
from services.orders.corrections.words import said as said_of
from services.orders.milestones.domain import GateClosed, delays_over, record
from services.orders.planning.domain import settle
from services.orders.planning.model import LEAVES, OpenDelay, Plan
from services.orders.templates.domain import compile_template
from services.orders.tracking.domain import Counts, follow
from services.orders.tracking.model import Recorded
from shared.contracts.corrections import MilestoneCorrected, OrderDayCorrected
from shared.contracts.lateness import LatenessAttributed
from shared.contracts.orders import PlanReestimated
from shared.problems import Invalid, Problem
from tests.orders.networks import told as plans_told
from tests.orders.plans import KNOWN, NOW, TODAY, day, delay_body, entered, line, log, step, template

REASON = "it was another order's"
delivered_last = plans_told().filter(
    lambda plan: set(LEAVES).isdisjoint(one.milestone for one in plan.later(plan.at((None, plan.delivery_point))))
)
"""Goods that left after their delivery would show it, and those of drawn plans are not delivered."""


def recorded(plan: Plan, milestone: str, on: date, shipment: str | None = None, lines: Any = None) -> tuple[Plan, list[OpenDelay]]:
    """The order as it is loaded after that, and its delays that are over."""
    after = record(plan, milestone, shipment, on, lines).settled.after
    over = delays_over(plan, after)
    return replace(after, delays=tuple(delay for delay in after.delays if delay not in over)), over


def undone(plan: Plan, over: list[OpenDelay], milestone: str, on: date | None = None, shipment: str | None = None) -> Corrected:
    return correct(plan, over, milestone, shipment, on, REASON)


def dates(plan: Plan) -> Any:
    nodes = {node.key: (node.estimated, node.actual) for node in plan.nodes}
    return nodes, {one.line: (one.estimated, one.delivered) for one in plan.lines}, {delay.delay_id for delay in plan.delays}, plan.status


@given(delivered_last, st.data())
def test_what_is_taken_back_was_never_recorded(plan: Plan, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from(plan.nodes))
    on = node.estimated + timedelta(days=data.draw(st.integers(-5, 20)))
    try:
        after, over = recorded(plan, node.milestone, on)
    except Problem:
        assume(False)
    corrected = undone(after, over, node.milestone)
    assert dates(corrected.settled.after) == dates(plan)
    assert {one.delay_id for one in corrected.reopened} == {one.delay_id for one in over}


@given(delivered_last, st.data())
def test_another_day_is_as_if_it_had_been_recorded_so(plan: Plan, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from(plan.nodes))
    wrong, right = (node.estimated + timedelta(days=data.draw(st.integers(-5, 20))) for _ in range(2))
    assume(wrong != right)
    try:
        (after, over), (meant, _) = recorded(plan, node.milestone, wrong), recorded(plan, node.milestone, right)
    except Problem:
        assume(False)
    # What was passed without a date of its own is held by no delay any more, once it is estimated again.
    assert dates(undone(after, over, node.milestone, right).settled.after) == dates(settle(meant))


def test_a_delay_that_was_closed_holds_again_and_the_customer_is_told_no_earlier_day() -> None:
    [touched] = log(entered(), delay_body(day("2026-05-20"))).orders
    after, over = recorded(touched.settled.after, "DEPART", day("2026-04-27"))
    corrected = undone(after, over, "DEPART")
    assert corrected.settled.after.at((None, "DEPART")).estimated == day("2026-05-20")
    event, moved, _, reopened = corrected.settled.events
    assert isinstance(event, MilestoneCorrected)
    assert (event.before, event.actual, event.estimated, event.reason) == (day("2026-04-27"), None, day("2026-05-20"), REASON)
    assert isinstance(moved, PlanReestimated)
    assert [(node.milestone, node.before, node.after) for node in moved.nodes][:1] == [("DEPART", day("2026-04-27"), day("2026-05-20"))]
    assert reopened.model_dump() == {"delay_id": over[0].delay_id}


def test_the_milestone_is_told_also_where_it_is_expected_on_the_day_that_did_not_hold() -> None:
    after, _ = recorded(entered(), "DEPART", day("2026-04-27"))
    event, moved = undone(after, [], "DEPART").settled.events
    assert isinstance(moved, PlanReestimated)
    assert isinstance(event, MilestoneCorrected)
    [node] = moved.nodes
    assert (node.milestone, node.before, node.after, node.revision) == ("DEPART", day("2026-04-27"), day("2026-04-27"), 1)
    assert event.revision == 1


def test_an_order_completed_by_it_is_open_again() -> None:
    plan = entered(line(), line("2"))
    after, over = recorded(plan, "DELIVERED", day("2026-06-03"))
    assert after.status == "completed"
    some = correct(after, over, "DELIVERED", None, None, REASON, ["2"])
    assert some.settled.after.status == "open"
    assert some.settled.after.at((None, "DELIVERED")).actual is None
    assert [(one.line, one.before, one.delivered, one.estimated) for one in some.event.lines] == [
        ("2", day("2026-06-03"), None, day("2026-06-01"))
    ]
    assert some.event.reopened
    assert [event.legs for event in some.settled.events if isinstance(event, LatenessAttributed)] == [()]
    later = correct(after, over, "DELIVERED", None, day("2026-06-05"), REASON, ["2"])
    assert (later.event.actual, later.event.reopened, later.settled.after.status) == (day("2026-06-05"), False, "completed")


def test_what_cannot_be_corrected_is_named() -> None:
    plan, _ = recorded(recorded(entered(), "DEPART", day("2026-04-25"))[0], "ARRIVE", day("2026-05-27"))
    for milestone, on, lines, field, words in (
        ("DELIVERED", None, None, "milestone", "no line of order SO-1 in shipment .none yet. is delivered"),
        ("DEPART", day("2026-04-25"), None, "date", "recorded on 2026-04-25: there is nothing to correct"),
        ("DEPART", day("2026-05-28"), None, "date", "ARRIVE of order SO-1 happened on 2026-05-27"),
        ("ARRIVE", day("2026-04-24"), None, "date", "DEPART of order SO-1 happened on 2026-04-25"),
        ("DEPART", None, ["1"], "lines", "lines are delivered at DELIVERED"),
    ):
        with pytest.raises(Problem, match=words) as refused:
            correct(plan, [], milestone, None, on, REASON, lines)
        assert [error.field for error in refused.value.errors] == [field]
    with pytest.raises(NotReached, match="PRD_END of order SO-1 has not happened"):
        correct(plan, [], "PRD_END", None, None, REASON)
    delivered, _ = recorded(entered(line(), line("2")), "DELIVERED", day("2026-06-03"), lines=["1"])
    with pytest.raises(Invalid, match="line 2 of order SO-1 does not count as delivered"):
        correct(delivered, [], "DELIVERED", None, None, REASON, ["1", "2"])


def test_a_gate_that_let_something_pass_stays() -> None:
    network = compile_template(template(step("PAY", 0, gate=True), step("MAKE", 5, "PAY"), step("SEND", 5, "MAKE")), 1)
    plan = entered(known=replace(KNOWN, templates={"test": network}))
    paid, _ = recorded(plan, "PAY", day("2026-05-01"))
    made, _ = recorded(paid, "MAKE", day("2026-05-09"))
    with pytest.raises(GateClosed, match="MAKE of order SO-1, which the gate PAY let pass, happened on 2026-05-09: correct that first"):
        correct(made, [], "PAY", None, None, REASON)
    assert undone(made, [], "PAY", day("2026-05-02")).event.actual == day("2026-05-02")
    assert undone(undone(made, [], "MAKE").settled.after, [], "PAY").event.actual is None


def test_tracking_takes_back_only_what_tracking_recorded() -> None:
    place, on = ("SH-1", "DEPART"), day("2026-04-25")
    plan, _ = recorded(entered(line(shipment="SH-1")), "DEPART", on, "SH-1")
    counts = {place: Counts(None, None, NOW, retracted=frozenset({on}))}
    left = follow(plan, counts)
    assert (left.settled, list(left.refused)) == (None, [place])
    back = follow(plan, counts, Recorded(frozenset({place})))
    assert back.settled is not None
    assert back.moved == {place}
    assert back.settled.after.at(place).actual is None
    again = follow(plan, {place: replace(counts[place], actual=day("2026-04-28"))}, Recorded(frozenset({place})))
    assert again.settled is not None
    assert again.settled.after.at(place).actual == day("2026-04-28")


def test_what_somebody_said_not_to_have_happened_needs_a_newer_event() -> None:
    place, on = ("SH-1", "DEPART"), day("2026-04-25")
    plan = entered(line(shipment="SH-1"))
    told = {place: Counts(on, None, NOW, happened=NOW)}
    denied = follow(plan, told, Recorded(denied={place: NOW}))
    assert (denied.settled, list(denied.refused)) == (None, [place])
    newer = follow(plan, told, Recorded(denied={place: NOW - timedelta(seconds=1)}))
    assert newer.moved == {place}


def test_an_order_was_placed_no_later_than_anything_of_it() -> None:
    new = replace(entered(line(), line("2", promised="2026-06-10")), ordered_on=day("2026-02-20"))
    plan, _ = recorded(new, "ORD_CONF", day("2026-02-26"))
    said = [(day("2026-02-24"), said_of("advice", "quantity", day("2026-02-24")))]
    for later, why in (("2026-02-27", "ORD_CONF happened on 2026-02-26"), ("2026-06-02", "line 1 is promised on 2026-06-01")):
        of = plan if why.startswith("ORD") else new
        with pytest.raises(Invalid, match=why):
            place(of, plan.ordered_on, [], day(later), REASON, TODAY)
    with pytest.raises(Invalid, match="advice on quantity was given on 2026-02-24"):
        place(plan, plan.ordered_on, said, day("2026-02-25"), REASON, TODAY)
    with pytest.raises(Invalid, match="nothing to correct"):
        place(plan, plan.ordered_on, said, day("2026-02-20"), REASON, TODAY)
    with pytest.raises(Invalid, match="2026-02-20 is more than 730 days after 1990-01-01: check the year"):
        place(plan, plan.ordered_on, said, day("1990-01-01"), REASON, TODAY)
    placed = place(plan, plan.ordered_on, said, day("2026-02-24"), REASON, TODAY)
    assert placed.after.ordered_on == day("2026-02-24")
    assert [event.ordered_on for event in placed.events if isinstance(event, OrderDayCorrected)] == [day("2026-02-24")]
    # A file is taken over as it was: nothing that comes is refused by the day of its order.
    assert place(replace(plan, ordered_on=None, taken_over=True), None, [], day("2026-02-24"), REASON, TODAY).after.ordered_on is None
