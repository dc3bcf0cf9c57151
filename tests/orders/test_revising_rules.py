"""Orders in progress that take another revision of their template: what stays with them, and what a revision must have a place for."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.calendars.domain import Calendars
from services.orders.milestones.domain import OrderOver
from services.orders.planning.domain import settle
from services.orders.planning.model import Line, OpenDelay, Plan, Stated
from services.orders.revising.domain import DoesNotFit, Revised, differences, revise
from services.orders.revising.model import Hanging, Known
from services.orders.revising.words import hanging
from services.orders.shipments.model import Sailing
from services.orders.templates.domain import Network, compile_template
from shared.calendars import NO_DAY_OFF
from shared.contracts.calendars import EVERY_DAY
from shared.contracts.corrections import DelayReopened
from shared.contracts.orders import DelayClosed, PlanReestimated
from shared.contracts.plans import PlanRebaselined
from tests.orders.networks import told, underway
from tests.orders.plans import CUSTOMER, NOW, as_of, day, leg, step, template

WHY = "an inspection more"
ORDERED = (step("AA", 0), step("BB", 10, "AA"), step("CC", 5, "BB"), step("DD", 5, "CC"))


def compiled(*steps: dict[str, Any], revision: int = 1, **changes: Any) -> Network:
    return compile_template(template(*steps, **changes), revision)


def entered(network: Network, **actuals: str) -> Plan:
    """Promised for the first of June, with every day counted."""
    promise = day("2026-06-01")
    nodes = tuple(
        replace(node, actual=day(actuals[node.milestone])) if node.milestone in actuals else node for node in leg(network, promise)
    )
    point = network.template.delivery_point
    line = Line("1", None, promise, promise)
    return settle(Plan(UUID(int=7), "SO-1", CUSTOMER, point, "open", 3, (line,), nodes, network, {EVERY_DAY: NO_DAY_OFF}))


def taken(plan: Plan, network: Network, **known: Any) -> Revised:
    revised = revise(plan, network, Known(**{"calendars": Calendars(plan.calendars), "suppliers": {}, **known}), WHY)
    assert revised is not None
    return revised


def refused(plan: Plan, network: Network, **known: Any) -> list[str]:
    with pytest.raises(DoesNotFit) as caught:
        taken(plan, network, **known)
    assert {error.field for error in caught.value.errors} == {"revision"}
    return [error.reason for error in caught.value.errors]


def again(network: Network, revision: int, *durations: int) -> Network:
    """The same network as another revision, with other durations where they are given."""
    steps = network.template.milestones
    steps = tuple(one.model_copy(update={"duration_days": days}) for one, days in zip(steps, durations, strict=False)) or steps
    return compile_template(network.template.model_copy(update={"milestones": steps}), revision)


@given(underway())
def test_a_revision_that_says_the_same_moves_nothing(plan: Plan) -> None:
    revised = taken(plan, again(plan.network, 2))
    assert (revised.settled.after.nodes, revised.settled.after.lines) == (plan.nodes, plan.lines)
    assert (revised.milestones, revised.planned) == ((), ())
    (event,) = revised.settled.events
    assert isinstance(event, PlanRebaselined)
    assert (event.before, event.revision, event.added, event.gone) == (1, 2, (), ())
    assert revise(revised.settled.after, revised.settled.after.network, Known(Calendars(), {}), WHY) is None


@given(told(), st.lists(st.integers(0, 20), min_size=7, max_size=7))
def test_what_has_happened_was_said_promised_and_delayed_stays(plan: Plan, durations: list[int]) -> None:
    revised = taken(plan, again(plan.network, 2, *durations))
    after = revised.settled.after
    assert [(node.key, node.actual, node.stated and node.stated.day) for node in after.nodes] == [
        (node.key, node.actual, node.stated and node.stated.day) for node in plan.nodes
    ]
    assert [(line.promised, line.promise_revision) for line in after.lines] == [(one.promised, one.promise_revision) for one in plan.lines]
    assert after.delays == plan.delays
    assert (settle(after).nodes, settle(after).lines) == (after.nodes, after.lines), "expected as any plan of that revision"
    ahead = {node.key for node in plan.to_come()}
    assert {one.milestone for one in revised.planned} <= {milestone for _, milestone in ahead}, "what is behind it keeps its plan"
    point = (None, plan.delivery_point)
    assert after.at(point).planned == plan.at(point).planned


@given(underway(), st.lists(st.integers(0, 20), min_size=7, max_size=7))
def test_the_way_back_leads_where_it_came_from(plan: Plan, durations: list[int]) -> None:
    there = taken(plan, again(plan.network, 2, *durations)).settled.after
    back = taken(there, plan.network).settled.after
    assert [(node.planned, node.estimated, node.due) for node in back.nodes] == [
        (node.planned, node.estimated, node.due) for node in plan.nodes
    ]


def test_a_milestone_more_is_planned_where_it_is_ahead_and_passed_where_it_is_not() -> None:
    plan = as_of(entered(compiled(*ORDERED), AA="2026-05-10", BB="2026-05-18"), day("2026-05-19"))
    after = compiled(
        step("AA", 0), step("A2", 1, "AA"), step("BB", 10, "A2"), step("CC", 5, "BB"), step("C2", 3, "CC"), step("DD", 5, "C2"), revision=2
    )
    revised = taken(plan, after, counted={(None, "C2"): 4})
    nodes = {node.milestone: node for node in revised.settled.after.nodes}
    assert [node.milestone for node in revised.settled.after.to_come()] == ["CC", "C2", "DD"]
    assert (nodes["BB"].planned, nodes["BB"].actual) == (plan.at((None, "BB")).planned, day("2026-05-18"))
    assert {code: str(nodes[code].planned) for code in ("CC", "C2", "DD")} == {"CC": "2026-05-24", "C2": "2026-05-27", "DD": "2026-06-01"}
    assert nodes["C2"].revision == 4, "one that was there before counts its revisions on"
    assert [(one.milestone, one.before and str(one.before), str(one.after)) for one in revised.planned if one.milestone != "A2"] == [
        ("CC", "2026-05-27", "2026-05-24"),
        ("C2", None, "2026-05-27"),
    ]
    assert [(one.milestone, one.changed) for one in revised.milestones] == [
        ("A2", ()), ("BB", ("after",)), ("C2", ()), ("DD", ("after",)),
    ]  # fmt: skip
    event, moved = revised.settled.events
    assert isinstance(event, PlanRebaselined)
    assert (event.added, event.plan) == (("A2", "C2"), tuple(node.told() for node in revised.settled.after.nodes))
    assert isinstance(moved, PlanReestimated)
    assert (moved.because, [(one.milestone, str(one.after)) for one in moved.nodes]) == ("plan_rebaselined", [("CC", "2026-05-24")])


def test_owners_and_what_the_customer_sees_are_those_of_the_revision() -> None:
    plan = entered(compiled(*ORDERED))
    after = compiled(
        *ORDERED[:2], step("CC", 5, "BB", department="qc", person="wu.gang", visible=False, tolerance_days=2), ORDERED[3], revision=2
    )
    revised = taken(plan, after)
    node = revised.settled.after.at((None, "CC"))
    assert (node.department, node.visible, revised.settled.after.person(node.key)) == ("qc", False, "wu.gang")
    assert [one.changed for one in revised.milestones] == [("department", "person", "visible", "tolerance_days")]
    assert differences(after, after) == ()


def test_what_a_revision_has_no_place_for_is_named() -> None:
    plan = entered(compiled(*ORDERED), BB="2026-05-20")
    without = compiled(step("AA", 0), step("CC", 5, "AA"), step("DD", 5, "CC"), revision=2)
    hangs = [Hanging("BB", hanging("clause", "9.2")), Hanging("BB", hanging("delay", None))]
    which = "and revision 2 of template test has no such milestone"
    assert refused(plan, without, hanging=hangs) == [
        f"BB of order SO-1 happened on 2026-05-20, {which}",
        f"clause 9.2 hangs on BB of order SO-1, {which}",
        f"a delay hangs on BB of order SO-1, {which}",
    ]
    assert [one.milestone for one in taken(entered(compiled(*ORDERED)), without).milestones] == ["CC", "BB"], "nothing holds it there"
    twice = replace(
        plan,
        nodes=(*plan.nodes, *(replace(node, shipment="SH-1") for node in plan.nodes)),
        lines=(*plan.lines, replace(plan.lines[0], line="2", shipment="SH-1")),
    )
    assert len(refused(twice, without)) == 1, "said once of all legs"
    elsewhere = compiled(step("AA", 0), step("BB", 10, "AA"), step("EE", 5, "BB"), revision=2)
    assert refused(plan, elsewhere) == [f"order SO-1 is delivered at DD, {which}"]
    undated = compiled(*ORDERED, step("XX", 1), step("YY", 1, "XX", "DD"), revision=2, delivery_point="YY")
    assert refused(plan, undated) == [
        "order SO-1 is delivered at DD, from where revision 2 of template test gives no date to XX, YY",
    ]
    over = replace(plan, status="completed")
    with pytest.raises(OrderOver):
        taken(over, without)


def test_what_has_happened_in_another_order_than_the_revision_allows_does_not_fit() -> None:
    """Where it could not have by the revision before either, as in an order book that was taken over, it says nothing new."""
    beside = (step("AA", 0), step("BB", 10, "AA"), step("CC", 5, "AA"), step("DD", 5, "BB", "CC"))
    plan = entered(compiled(*beside), BB="2026-05-22", CC="2026-05-20")
    assert refused(plan, compiled(*ORDERED, revision=2)) == [
        "BB of order SO-1 happened on 2026-05-22, after CC on 2026-05-20, and in revision 2 of template test it comes before that",
    ]
    taken(entered(compiled(*ORDERED), BB="2026-05-22", CC="2026-05-20"), again(compiled(*ORDERED), 2))


def test_a_word_on_a_day_names_that_day_by_the_revision_too() -> None:
    """The carrier's arrival does not move because the template takes the voyage to be longer, nor because it waits for something now."""
    steps = (step("AA", 0), step("DEPART", 10, "AA"), step("ARRIVE", 30, "DEPART"), step("DD", 5, "ARRIVE"))
    alone = (*steps[:2], step("ARRIVE", 0), step("DD", 5, "DEPART", "ARRIVE"))
    longer = (*steps[:2], step("ARRIVE", 40, "DEPART"), steps[3])
    for was, now, allowed in ((steps, longer, day("2026-05-27")), (alone, steps, None)):
        plan = entered(compiled(*was))
        nodes = tuple(
            replace(node, stated=Stated(day("2026-05-30"), allowed, "carrier", NOW)) if node.milestone == "ARRIVE" else node
            for node in plan.nodes
        )
        after = taken(settle(replace(plan, nodes=nodes)), compiled(*now, revision=2)).settled.after
        assert after.at((None, "ARRIVE")).estimated == day("2026-05-30")


def test_a_sailing_that_is_new_in_the_plan_is_expected_when_its_carrier_says() -> None:
    """His day of one that was there may have been taken over by somebody's word since."""
    steps = (step("AA", 0), step("DEPART", 10, "AA"), step("DD", 35, "DEPART"))
    plan = entered(compiled(*steps))
    nodes, lines = (replace(one, shipment="SH-1") for one in plan.nodes), (replace(one, shipment="SH-1") for one in plan.lines)
    plan = replace(plan, nodes=tuple(nodes), lines=tuple(lines))
    arriving = compiled(*steps[:2], step("ARRIVE", 20, "DEPART"), step("DD", 5, "ARRIVE"), revision=2)
    sailing = Sailing(etd=day("2026-04-29"), eta=day("2026-05-24"), said_at=NOW)
    after = taken(plan, arriving, sailings={"SH-1": sailing}).settled.after
    assert {node.milestone: node.estimated for node in after.nodes if node.stated} == {"ARRIVE": day("2026-05-24")}


def test_delays_end_and_come_back_with_what_the_network_says_is_passed() -> None:
    beside = (step("AA", 0), step("BB", 10, "AA"), step("CC", 5, "AA"), step("DD", 5, "BB", "CC"))
    held = OpenDelay(UUID(int=9), None, "BB", day("2026-05-28"))
    loose = settle(replace(entered(compiled(*beside), CC="2026-05-20"), delays=(held,)))
    strict = taken(loose, compiled(*ORDERED, revision=2))
    assert strict.freed == (held,)
    (closed,) = [event for event in strict.settled.events if isinstance(event, DelayClosed)]
    assert (closed.delay_id, closed.closed_on) == (held.delay_id, day("2026-05-20"))

    gone = replace(strict.settled.after, delays=())
    back = taken(gone, compiled(*beside, revision=3), over=[held])
    assert back.back == (held,)
    assert DelayReopened(delay_id=held.delay_id) in back.settled.events
    assert back.settled.after.at(held.key).estimated == held.new_date


def test_only_what_the_revision_counts_otherwise_gets_another_calendar() -> None:
    """The supplier's was chosen when the leg was planned, and stays where the revision says nothing else."""
    days = dict.fromkeys((EVERY_DAY, "mill", "factory", "office", "qc"), NO_DAY_OFF)
    bought = step("BB", 10, "AA", calendar="supplier")
    plan = replace(entered(compiled(ORDERED[0], bought, *ORDERED[2:])), calendars=days)
    plan = replace(plan, nodes=tuple(replace(node, calendar="mill") if node.milestone == "BB" else node for node in plan.nodes))
    owned = Calendars(days, {("department", "qc"): "qc"})
    after = compiled(ORDERED[0], bought, step("CC", 5, "BB", calendar="department", department="qc"), ORDERED[3], revision=2)
    assert [node.calendar for node in taken(plan, after, calendars=owned).settled.after.nodes] == [EVERY_DAY, "mill", "qc", EVERY_DAY]
    other = compiled(ORDERED[0], step("BB", 10, "AA", calendar="department"), *ORDERED[2:], revision=2)
    assert [node.calendar for node in taken(plan, other, calendars=owned).settled.after.nodes][1] == "office"


def test_today_holds_as_for_any_plan() -> None:
    plan = as_of(entered(compiled(*ORDERED), AA="2026-05-10"), date(2026, 5, 25))
    after = taken(plan, again(plan.network, 2, 0, 10, 8, 5)).settled.after
    assert min(node.estimated for node in after.to_come()) >= date(2026, 5, 25)
    assert after.at((None, "DD")).estimated == date(2026, 5, 25) + timedelta(days=13)
