"""Planning over any network, in any calendars: what holds for every one of them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.planning.domain import estimate, settle
from services.orders.planning.model import Key, Line, Node, OpenDelay, Plan
from services.orders.templates.domain import compile_template
from shared.calendars import NO_DAY_OFF
from shared.contracts.calendars import EVERY_DAY
from shared.problems import Invalid
from tests.orders.networks import MONDAY, Drawn, calendar, drawn, together_with, underway
from tests.orders.plans import TODAY, entered, leg, step, template

OFFICE = {EVERY_DAY: NO_DAY_OFF, "office": calendar("office", "five_days")}


def expected(plan: Plan) -> dict[Key, date]:
    return {key: found.day for key, found in estimate(plan).items()}


def worked(plan: Plan, node: Node, day: date) -> bool:
    return plan.calendars[node.calendar].is_open(day.toordinal())


def soonest(plan: Plan, node: Node, day: date, days: int) -> date:
    return date.fromordinal(plan.calendars[node.calendar].add(day.toordinal(), days))


@given(drawn())
def test_what_is_planned_backward_is_expected_forward(made: Drawn) -> None:
    """The promise is met on the day planned for it, which is the last worked day up to it; nothing is expected after its plan."""
    plan = made.plan()
    point = plan.at((None, plan.delivery_point))
    last = plan.calendars[point.calendar].previous_open(made.promise.toordinal())
    assert point.planned.toordinal() == last
    assert all(node.estimated <= node.planned for node in plan.nodes)
    if not plan.network.steps[point.position].early:
        assert point.estimated == point.planned
    assert all(node.estimated == node.planned for node in plan.nodes if not plan.network.steps[node.position].early)


@given(drawn())
def test_the_plan_is_the_latest_that_keeps_the_promise(made: Drawn) -> None:
    """A node delayed to its planned day moves no promise; by more than its slack and the promise breaks."""
    plan = made.plan()
    for node in plan.nodes:
        leads = plan.network.leading[plan.network.index[plan.delivery_point]] >> node.position & 1
        calendar = plan.calendars[node.calendar]
        onward = [links for at, links in enumerate(plan.network.out_of) if plan.network.leading[at] >> node.position & 1]
        starts_others = any(link.waits == "start_to_start" for links in onward for link in links)
        # What holds a later milestone holds what happens together with that, too.
        holds = any(plan.network.together[at] and led >> node.position & 1 for at, led in enumerate(plan.network.leading))
        for day, keeps in ((node.planned, True), (date.fromordinal(calendar.add(node.planned.toordinal(), 1)), not leads)):
            delayed = settle(replace(plan, delays=(OpenDelay(UUID(int=9), None, node.milestone, day),)))
            assert (delayed.lines[0].estimated <= made.promise) == keeps or starts_others or holds


@given(drawn(), st.integers(1, 40))
def test_a_later_promise_plans_nothing_earlier(made: Drawn, days: int) -> None:
    early, late = made.plan(), made.plan(made.promise + timedelta(days=days))
    assert all(before.planned <= after.planned for before, after in zip(early.nodes, late.nodes, strict=True))


@given(underway())
def test_nothing_is_expected_on_a_day_that_is_not_worked(plan: Plan) -> None:
    assert all(worked(plan, node, node.planned) for node in plan.nodes)
    assert all(worked(plan, node, node.estimated) for node in plan.nodes if plan.passed(node.key) is None)


@given(underway())
def test_nothing_is_expected_before_what_it_waits_for(plan: Plan) -> None:
    for node in plan.nodes:
        if plan.passed(node.key) is None:
            for link in plan.network.into[node.position]:
                before = plan.nodes[link.before].estimated
                if link.waits != "start_to_start":
                    duration = plan.network.steps[node.position].duration_days if link.waits == "finish_to_start" else 0
                    lagged = before + timedelta(days=link.lag) if link.calendar_days else soonest(plan, node, before, link.lag)
                    assert node.estimated >= soonest(plan, node, lagged if link.lag else before, duration)


@given(underway())
def test_nothing_is_expected_before_its_plan_unless_it_may_come_early(plan: Plan) -> None:
    for node in plan.nodes:
        if plan.passed(node.key) is None and not plan.network.steps[node.position].early:
            assert node.estimated >= node.planned


@given(underway())
def test_what_must_have_happened_is_not_expected_later(plan: Plan) -> None:
    for node in plan.nodes:
        assert all(node.estimated <= other.actual for other in plan.later(node) if other.actual is not None)


@given(underway())
def test_taking_delays_back_restores_every_date(plan: Plan) -> None:
    bare = settle(replace(plan, delays=()))
    again = settle(replace(bare, delays=plan.delays))
    assert expected(again) == expected(plan)
    assert expected(settle(replace(again, delays=()))) == expected(bare)


@given(underway())
def test_the_driving_predecessor_explains_the_date(plan: Plan) -> None:
    """Without the one that drives it a step would be expected earlier, or on the same day by another."""
    found = estimate(plan)
    for node in plan.nodes:
        driver = found[node.key].driven_by
        if driver is not None:
            at = plan.network.index[driver]
            pulled = together_with(plan.network, at) == node.position
            assert pulled or at in {link.before for link in plan.network.into[node.position]}
            assert pulled or found[node.key].day > node.planned or plan.network.steps[node.position].early


@given(underway())
def test_what_happens_together_is_as_late_as_what_it_happens_with(plan: Plan) -> None:
    """By the days planned between them, or near enough before it, or so that it comes to its day anyway."""
    for node in plan.nodes:
        at = together_with(plan.network, node.position)
        if at is not None and plan.passed(plan.nodes[at].key) is None:
            before = plan.nodes[at]
            due, following = node.estimated - (node.planned - before.planned), soonest(plan, before, before.estimated, 1)
            anyway, in_time = (_brought(plan, before, day, node) for day in (before.estimated, following))
            assert following > due or anyway == node.estimated or in_time > node.estimated


def _brought(plan: Plan, before: Node, day: date, node: Node) -> date:
    """When a node comes of which nothing is in the way but what it happens together with, on that day."""
    nodes = tuple(
        replace(one, planned=day, actual=day)
        if one.key == before.key
        else replace(one, planned=MONDAY, actual=MONDAY if one.position < node.position else None)
        for one in plan.nodes
    )
    return estimate(replace(plan, nodes=nodes, delays=()))[node.key].day


def test_closed_days_between_two_that_happen_together_hold_neither_back() -> None:
    """Loaded on a Saturday, gone on the Monday. Where that sails on Monday for a reason of its own, nothing is loaded later for it."""
    steps = (step("MADE", 5), step("LOADED", 1, "MADE"), step("SAILED", 0, {"milestone": "LOADED", "together": True}, calendar="office"))
    made, monday = (
        Drawn(compile_template(template(*steps), 1), OFFICE, (EVERY_DAY, EVERY_DAY, "office"), date(2026, 3, 4)),
        date(2026, 3, 9),
    )
    plan, saturday = made.plan(), monday - timedelta(days=2)

    def days(*delays: tuple[str, date]) -> list[date]:
        held = tuple(OpenDelay(UUID(int=at), None, milestone, day) for at, (milestone, day) in enumerate(delays, start=1))
        return [node.estimated for node in settle(replace(plan, delays=held)).nodes[1:]]

    assert days() == [made.promise] * 2
    assert days(("LOADED", saturday)) == days(("LOADED", saturday), ("SAILED", monday)) == days(("SAILED", monday)) == [saturday, monday]
    tuesday = monday + timedelta(days=1)
    assert days(("LOADED", saturday), ("SAILED", tuesday)) == [tuesday, tuesday]


def test_that_work_may_begin_says_nothing_of_what_is_before_it() -> None:
    """A booking waits for the start of production. Confirmed, it neither brings the material nor starts anything."""
    waits = {"milestone": "START", "waits": "start_to_start"}
    steps = (step("MATERIAL", 10), step("START", 2, "MATERIAL"), step("BOOKED", 3, waits), step("LOADED", 1, "START", "BOOKED"))
    network = compile_template(template(*steps), 1)
    lines = (Line("1", None, date(2026, 6, 1), date(2026, 6, 1)),)
    plan = replace(entered(), network=network, delivery_point="LOADED", nodes=leg(network, date(2026, 6, 1)), lines=lines)
    booked = settle(replace(plan, nodes=tuple(replace(n, actual=TODAY) if n.milestone == "BOOKED" else n for n in plan.nodes)))
    assert [node.milestone for node in booked.to_come()] == ["MATERIAL", "START", "LOADED"]
    assert booked.passed((None, "MATERIAL")) is None
    assert {key: day for key, day in expected(booked).items() if key[1] != "BOOKED"} == {
        key: day for key, day in expected(plan).items() if key[1] != "BOOKED"
    }
    assert [node.milestone for node in plan.later(plan.at((None, "MATERIAL")))] == ["START", "LOADED"]


def test_a_circle_is_named() -> None:
    circle = template(step("AA", 1, "CC"), step("BB", 1, "AA"), step("CC", 1, "BB"), step("DD", 1), delivery_point="DD")
    with pytest.raises(Invalid, match="AA -> BB -> CC -> AA"):
        compile_template(circle, 1)


def test_everything_that_is_wrong_is_named() -> None:
    wrong = template(
        step("AA", 1, "NOPE"), step("AA", 1), step("BB", 1, "BB"), delivery_point="CC", delivery_point_by_incoterm={"FOB": "DD"}
    )
    with pytest.raises(Invalid) as refused:
        compile_template(wrong, 1)
    assert {error.field: error.reason for error in refused.value.errors} == {
        "milestones.1.code": "AA is listed twice",
        "milestones.2.after.0.milestone": "BB cannot wait for itself",
        "milestones.0.after.0.milestone": "the template has no milestone NOPE",
        "delivery_point": "the template has no milestone CC",
        "delivery_point_by_incoterm.FOB": "the template has no milestone DD",
    }


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([step("BB", 1, "AA"), step("CC", 1, {"milestone": "AA", "together": True}, "BB")], "circle: BB -> CC -> BB"),
        ([step("BB", 1, {"milestone": "AA", "together": True, "waits": "start_to_start"})], "waits for the start of AA"),
        ([step("BB", 1, {"milestone": "AA", "together": True}), step("CC", 1, {"milestone": "BB", "together": True})], "BB happens tog"),
        ([step("BB", 1, {"milestone": "AA", "together": True}), step("CC", 1, {"milestone": "AA", "together": True})], "AA happens tog"),
    ],
)
def test_two_happen_together_with_nothing_between_them(steps: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        compile_template(template(step("AA", 1), *steps), 1)


def test_every_milestone_has_a_date_by_its_delivery_point() -> None:
    with pytest.raises(Invalid, match="BB cannot be the delivery point: AA neither leads"):
        compile_template(template(step("AA", 1), step("BB", 1)), 1)


def test_steps_stand_in_an_order_in_which_they_can_happen() -> None:
    network = compile_template(template(step("CC", 1, "BB"), step("AA", 1), step("BB", 1, "AA"), delivery_point="CC"), 1)
    assert network.codes == ("AA", "BB", "CC")
