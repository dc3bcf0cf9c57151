"""Dates of the plan: what holds for every plan, every actual date and every set of delays."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.orders.estimates.domain import carriers_words, state_all
from services.orders.planning.domain import allowed, compare, estimate, outdated, recount, settle
from services.orders.planning.model import Key, OpenDelay, Plan, Stated
from services.orders.templates.domain import compile_template
from shared.contracts.orders import PlanReestimated, PromiseAtRisk
from tests.orders.networks import together_with, told, underway
from tests.orders.plans import NOW, STEPS, as_of, chain, day, days, decided_of, entered, leg, line, order, plans, step, template


@st.composite
def delayed(draw: st.DrawFn) -> Plan:
    """A plan with open delays on some of the milestones still to come."""
    plan = draw(plans())
    ahead = [node for node in plan.nodes if node.actual is None]
    chosen = draw(st.lists(st.sampled_from(ahead), max_size=4, unique=True))
    delays = [
        OpenDelay(UUID(int=index + 1), node.shipment, node.milestone, node.planned + timedelta(days=draw(days)), index + 1)
        for index, node in enumerate(chosen)
    ]
    return settle(replace(plan, delays=tuple(delays)))


@st.composite
def on_a_day(draw: st.DrawFn, some: st.SearchStrategy[Plan]) -> Plan:
    """One of those as the clock leaves it on a day, which may be before all of it or after; some were taken over from a file."""
    plan = draw(some)
    today = min(node.planned for node in plan.nodes) + timedelta(days=draw(st.integers(-5, 200)))
    return as_of(replace(plan, taken_over=draw(st.booleans())), today)


AS_SAID = (pytest.param(delayed(), id="chain"), pytest.param(underway(), id="network"))
ANY_PLAN = (
    *AS_SAID,
    pytest.param(on_a_day(delayed()), id="chain on a day"),
    pytest.param(on_a_day(underway()), id="network on a day"),
)


def expected(plan: Plan) -> dict[Key, date]:
    return {key: found.day for key, found in estimate(plan).items()}


@given(delayed())
def test_nothing_is_expected_before_what_must_come_first(plan: Plan) -> None:
    for nodes in plan.legs().values():
        for before, node in pairwise(nodes):
            if node.actual is None:
                assert node.estimated >= before.estimated + timedelta(days=plan.network.steps[node.position].duration_days)
                assert node.estimated >= node.planned


@pytest.mark.parametrize("drawn", [*AS_SAID, pytest.param(told(), id="words")])
@given(st.data())
def test_as_of_a_day_nothing_that_is_to_come_is_expected_before_it(drawn: st.SearchStrategy[Plan], data: st.DataObject) -> None:
    """Nor earlier than was said; what has happened stands, and before all of it the plan is as it was said."""
    plan = data.draw(drawn)
    first = min(node.planned for node in plan.nodes)
    today = first + timedelta(days=data.draw(st.integers(-5, 200)))
    seen = as_of(plan, today)
    to_come = {node.key for node in plan.to_come()}
    for was, node in zip(plan.nodes, seen.nodes, strict=True):
        assert node.actual == was.actual
        assert node.estimated >= (max(was.estimated, today) if node.key in to_come else was.estimated)
        assert node.actual in (None, node.estimated)
        assert (node.due_on, node.due is None) == (was.estimated, node.estimated == was.estimated)
    assert as_of(seen, today) == seen
    tomorrow = today + timedelta(days=1)
    assert expected(as_of(seen, tomorrow)) == expected(as_of(plan, tomorrow))
    assert as_of(plan, first - timedelta(days=1000)).nodes == plan.nodes


@given(on_a_day(underway()) | on_a_day(delayed()), st.integers(0, 3))
def test_the_clock_finds_each_order_that_a_day_moves_and_no_other(plan: Plan, later: int) -> None:
    assert plan.today is not None
    then = replace(plan, today=plan.today + timedelta(days=later))
    assert outdated(then) == (settle(then).nodes != plan.nodes)


def test_a_word_stands_though_nobody_recorded_what_it_waits_for() -> None:
    plan = entered()
    made = plan.at((None, "PRD_END"))
    first, said_on = plan.nodes[0].planned, made.planned + timedelta(days=4)
    word = Stated(said_on, allowed(plan, made.key), "supplier", NOW)
    said = settle(replace(plan, nodes=tuple(replace(node, stated=word) if node.key == made.key else node for node in plan.nodes)))
    assert as_of(said, first + timedelta(days=3)).at(made.key).estimated == said_on
    assert as_of(said, said_on).at(made.key).estimated == said_on
    tomorrow = said_on + timedelta(days=1)
    assert as_of(said, tomorrow).at(made.key).estimated == tomorrow + timedelta(days=20), "its day is over: it says nothing any more"


def test_goods_that_cannot_reach_their_vessel_any_more_arrive_as_much_later_as_they_leave() -> None:
    plan = entered()
    for milestone, said_on in (("DEPART", "2026-04-27"), ("ARRIVE", "2026-05-24")):
        word = Stated(day(said_on), allowed(plan, (None, milestone)), "carrier", NOW)
        nodes = (replace(node, stated=word) if node.milestone == milestone else node for node in plan.nodes)
        plan = settle(replace(plan, nodes=tuple(nodes)))

    def voyage(plan: Plan, today: str) -> list[tuple[str, str | None]]:
        found = as_of(plan, day(today))
        return [(str(node.estimated), node.driven_by) for node in (found.at((None, "DEPART")), found.at((None, "ARRIVE")))]

    assert voyage(plan, "2026-03-30") == [("2026-04-27", None), ("2026-05-24", None)]
    assert voyage(plan, "2026-04-10") == [("2026-05-08", "PRD_END"), ("2026-06-04", "DEPART")], "eleven days"
    sailed = [("2026-05-25", "PRD_END"), ("2026-06-21", "DEPART")]
    assert voyage(plan, "2026-04-27") == sailed
    assert voyage(plan, "2026-05-02") == [("2026-05-30", "PRD_END"), sailed[1]], "from her day on what is not recorded is that she left"
    assert voyage(plan, "2026-05-25") == [("2026-06-22", "PRD_END"), ("2026-07-22", "DEPART")], "the word is overtaken"
    made = replace(plan, nodes=tuple(replace(node, actual=node.planned) if node.position <= 1 else node for node in plan.nodes))
    assert voyage(made, "2026-05-02") == [("2026-05-02", None), ("2026-05-24", None)], "nobody recorded that she left"


def test_a_day_that_passes_moves_what_did_not_happen_and_what_waits_for_it() -> None:
    """Due stays what was expected. It is told once, and nothing of the days before it is lost."""
    plan = replace(entered(), today=day("2026-04-22"))
    passed = recount(plan, "day_passed")
    assert passed is not None
    [told, at_risk] = passed.events
    assert isinstance(told, PlanReestimated)
    assert isinstance(at_risk, PromiseAtRisk)
    assert (told.because, told.delay, [line.line for line in at_risk.lines]) == ("day_passed", None, ["1"])
    assert [(node.milestone, str(node.after), str(node.due), node.driven_by) for node in told.nodes] == [
        ("ORD_CONF", "2026-04-22", "2026-03-30", None),
        ("PRD_END", "2026-05-12", "2026-04-19", "ORD_CONF"),
        ("DEPART", "2026-05-20", "2026-04-27", "PRD_END"),
        ("ARRIVE", "2026-06-19", "2026-05-27", "DEPART"),
        ("DELIVERED", "2026-06-24", "2026-06-01", "ARRIVE"),
    ]
    assert recount(passed.after, "day_passed") is None


def test_goods_that_can_be_there_leave_with_a_vessel_that_is_earlier_than_planned_and_others_as_planned() -> None:
    steps = (step("PACKED", 5), step("CY_CUT", 1, "PACKED", stage="customs"), step("ON_BOARD", 2, "CY_CUT", stage="logistics"))
    departs = step("DEPART", 0, {"milestone": "ON_BOARD", "together": True}, stage="logistics")
    network = compile_template(template(*steps, departs, step("ARRIVE", 30, "DEPART")), 1)
    plan = settle(replace(entered(), network=network, nodes=leg(network, day("2026-06-01")), delivery_point="ARRIVE"))
    packed = plan.dated({(None, "PACKED"): day("2026-04-01")})

    def sails(plan: Plan, on: str, due: str) -> dict[str, str]:
        words = carriers_words(plan, None, {"DEPART": day(on), "ARRIVE": day(due)}, NOW, day(on))
        said = state_all(settle(plan), words)
        assert said is not None
        return {node.milestone: str(node.estimated) for node in said.after.nodes}

    as_planned = {node.milestone: str(node.estimated) for node in plan.nodes}
    assert as_planned == {one: f"2026-{on}" for one, on in zip(network.codes, ("04-29", "04-30", "05-02", "05-02", "06-01"), strict=True)}
    sooner = {"PACKED": "2026-04-01", "CY_CUT": "2026-04-18", "ON_BOARD": "2026-04-20", "DEPART": "2026-04-20", "ARRIVE": "2026-05-18"}
    assert sails(packed, "2026-04-20", "2026-05-18") == sooner
    late = sails(packed, "2026-04-03", "2026-05-03")
    assert (late["DEPART"], late["ARRIVE"]) == ("2026-04-04", "2026-05-04"), "they are made, and leave as soon as they can"
    assert sails(plan, "2026-04-20", "2026-05-18") == {**as_planned, "ARRIVE": "2026-05-30"}, "they are made by the plan, and miss it"
    gone = Stated(day("2026-04-20"), None, "carrier", NOW, happened=True)
    left = {node.milestone: str(node.estimated) for node in settle(plan.saying({(None, "DEPART"): gone})).nodes}
    assert left == {**as_planned, "ON_BOARD": "2026-04-20", "DEPART": "2026-04-20"}, (
        "he says that it has left: what was not recorded before it is to be done yet"
    )


def test_what_is_delivered_is_moved_by_no_day() -> None:
    """What was left of its leg is expected as it was on the day of its delivery; an order taken over from the past stays as it was."""
    plan = as_of(entered(), day("2026-04-20"))
    nodes = tuple(replace(node, actual=plan.today) if node.milestone == "DELIVERED" else node for node in plan.nodes)
    done = settle(replace(plan, nodes=nodes, lines=tuple(replace(line, delivered=plan.today) for line in plan.lines)))
    assert as_of(done, day("2027-01-01")).nodes == done.nodes
    assert not outdated(replace(done, status="open", today=day("2027-01-01")))
    past = decided_of(order(line(promised="2025-06-01", delivered="2025-06-03"))).after
    assert past is not None
    assert all(node.due is None and node.estimated <= day("2025-06-03") for node in past.nodes)


def test_of_an_order_that_was_taken_over_only_the_delivery_is_awaited() -> None:
    """The file says nothing of its steps, but that its lines are not delivered."""
    plan = decided_of(order(line(promised="2026-04-05"))).after
    assert plan is not None
    assert [str(node.estimated) for node in plan.nodes] == ["2026-02-01", "2026-02-21", "2026-03-01", "2026-03-31", "2026-04-05"]
    assert as_of(plan, day("2026-04-05")).nodes == plan.nodes
    late = as_of(plan, day("2026-04-09"))
    assert [(node.milestone, str(node.due), str(node.estimated)) for node in late.nodes if node.due] == [
        ("DELIVERED", "2026-04-05", "2026-04-09")
    ]


def test_what_has_passed_is_driven_by_nothing_that_would_bring_it_later() -> None:
    """Production was expected with its late material until the vessel left; what follows the vessel is driven by it."""
    plan = entered()
    late = (OpenDelay(UUID(int=1), None, "ORD_CONF", day("2026-05-01")),)
    left = tuple(replace(node, actual=day("2026-05-02")) if node.milestone == "DEPART" else node for node in plan.nodes)
    found = {code: (str(one.day), one.driven_by) for (_, code), one in estimate(replace(plan, nodes=left, delays=late)).items()}
    assert found["PRD_END"] == ("2026-05-02", None)
    assert found["ARRIVE"] == ("2026-06-01", "DEPART")
    assert estimate(replace(plan, delays=late))[None, "PRD_END"].driven_by == "ORD_CONF"
    waits = {"milestone": "AA", "waits": "start_to_start"}
    network = compile_template(template(step("AA", 0), step("BB", 0, "AA"), step("CC", 0, waits), delivery_point="CC"), 1)
    nodes = tuple(replace(one, actual=day("2026-05-30")) if one.milestone == "BB" else one for one in leg(network, day("2026-06-01")))
    begun = replace(plan, network=network, nodes=nodes, delays=(OpenDelay(UUID(int=1), None, "AA", day("2026-06-20")),))
    assert (expected(begun)[None, "AA"], expected(begun)[None, "CC"]) == (day("2026-05-30"), day("2026-06-01")), "nor did it begin later"


@given(delayed())
def test_what_has_happened_stands(plan: Plan) -> None:
    assert all(node.estimated == node.actual for node in plan.nodes if node.actual is not None)


@given(delayed())
def test_taking_delays_back_restores_every_date(plan: Plan) -> None:
    bare = settle(replace(plan, delays=()))
    again = settle(replace(bare, delays=plan.delays))
    assert expected(again) == expected(plan)
    assert expected(settle(replace(again, delays=()))) == expected(bare)
    for delay in plan.delays:
        others = tuple(other for other in plan.delays if other != delay)
        assert estimate(plan, without=delay.delay_id) == estimate(replace(plan, delays=others))


@given(delayed(), st.randoms(use_true_random=False))
def test_the_order_of_delays_does_not_matter(plan: Plan, random: object) -> None:
    shuffled = list(plan.delays)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one_by_one = replace(plan, delays=())
    for delay in shuffled:
        one_by_one = settle(replace(one_by_one, delays=(*one_by_one.delays, delay)))
    assert expected(one_by_one) == expected(plan)


# Not words that say that the work is quicker, nor on arrivals: one that was overtaken, and can be again, makes its milestone earlier.
@pytest.mark.parametrize("drawn", [*ANY_PLAN, pytest.param(on_a_day(told(quicker=False)), id="words on a day")])
@given(data=st.data())
def test_a_later_input_makes_nothing_earlier(drawn: st.SearchStrategy[Plan], data: st.DataObject) -> None:
    plan = data.draw(drawn)
    before = expected(plan)
    later = timedelta(days=data.draw(st.integers(1, 60)))
    index = data.draw(st.integers(0, len(plan.nodes) - 1))
    node = plan.nodes[index]
    # What happens together is planned together.
    at = {node.position, together_with(plan.network, node.position)} if not node.actual else {node.position}
    moved = [
        one
        if one.shipment != node.shipment or one.position not in at
        else replace(one, actual=one.actual + later)
        if one.actual
        else replace(one, planned=one.planned + later)
        for one in plan.nodes
    ]
    changed = [replace(plan, nodes=tuple(moved))]
    if plan.delays:
        first, *rest = plan.delays
        changed.append(replace(plan, delays=(replace(first, new_date=first.new_date + later), *rest)))
    for candidate in changed:
        assert all(found >= before[key] for key, found in expected(candidate).items())


@given(on_a_day(delayed() | told()), st.integers(1, 60))
def test_a_day_that_passes_makes_nothing_earlier(plan: Plan, days: int) -> None:
    assert plan.today is not None
    before = expected(plan)
    assert all(found >= before[key] for key, found in expected(replace(plan, today=plan.today + timedelta(days=days))).items())


@pytest.mark.parametrize("drawn", ANY_PLAN)
@given(data=st.data())
def test_settling_twice_moves_nothing(drawn: st.SearchStrategy[Plan], data: st.DataObject) -> None:
    plan = data.draw(drawn)
    assert settle(plan) == plan
    moves = compare(plan, settle(plan))
    assert (moves.nodes, moves.lines, moves.at_risk) == ((), (), ())


@given(delayed())
def test_moves_tell_the_whole_difference(plan: Plan) -> None:
    bare = settle(replace(plan, delays=()))
    after = settle(replace(bare, delays=plan.delays))
    moves = compare(bare, after)
    moved = {(node.shipment, node.milestone): (node.before, node.after) for node in moves.nodes}
    for key, found in expected(after).items():
        was = expected(bare)[key]
        assert moved.get(key, (found, found)) == (was, found)
    for node in moves.nodes:
        assert node.revision == bare.at((node.shipment, node.milestone)).revision + 1
    late = {line.line for line in after.lines if line.estimated > line.promised}
    assert {line.line for line in moves.at_risk} == late - {line.line for line in bare.lines if line.estimated > line.promised}


@given(plans(), st.integers(1, 60))
def test_slack_is_how_far_a_node_may_still_move(plan: Plan, slip: int) -> None:
    """By its slack and no promise of the leg is broken, by one day more and one is."""
    nodes = next(iter(plan.legs().values()))
    node = next(node for node in nodes if node.actual is None)
    assume(node.position <= nodes[STEPS.index(plan.delivery_point)].position)
    held = OpenDelay(UUID(int=1), node.shipment, node.milestone, node.estimated + timedelta(days=slip))
    moves = compare(plan, settle(replace(plan, delays=(held,))))
    [moved] = [one for one in moves.nodes if (one.shipment, one.milestone) == node.key]

    def keeps(days: int) -> bool:
        later = settle(replace(plan, delays=(replace(held, new_date=moved.after + timedelta(days=days)),)))
        return not any(line.at_risk for line in later.lines_of(node.shipment))

    if moved.slack_days >= 0 and not any(line.at_risk for line in plan.lines):
        assert keeps(moved.slack_days)
    assert not keeps(max(moved.slack_days, -slip) + 1)


def test_a_leg_is_planned_backward_from_its_promise() -> None:
    planned = leg(chain(), day("2026-06-01"))
    assert [str(node.planned) for node in planned] == ["2026-03-30", "2026-04-19", "2026-04-27", "2026-05-27", "2026-06-01"]


def test_what_comes_after_the_delivery_point_is_planned_forward() -> None:
    planned = leg(chain(), day("2026-06-01"), point="DEPART")
    assert [str(node.planned) for node in planned] == ["2026-05-04", "2026-05-24", "2026-06-01", "2026-07-01", "2026-07-06"]


def test_a_leg_is_planned_for_its_earliest_promise() -> None:
    plan = entered(line("1"), line("2", promised="2026-05-20"), line("3", promised="2026-07-01", shipment="SH-1"))
    assert plan.at((None, "DELIVERED")).planned == day("2026-05-20")
    assert plan.at(("SH-1", "DELIVERED")).planned == day("2026-07-01")
    assert {one.line: one.estimated for one in plan.lines} == {"1": day("2026-05-20"), "2": day("2026-05-20"), "3": day("2026-07-01")}


def test_the_driving_predecessor_is_named() -> None:
    plan = entered()
    delay = OpenDelay(UUID(int=1), None, "DEPART", day("2026-05-01"))
    after = settle(replace(plan, delays=(delay,)))
    moved = {node.milestone: (str(node.after), node.driven_by, node.slack_days) for node in compare(plan, after).nodes}
    assert moved == {
        "DEPART": ("2026-05-01", None, -4),
        "ARRIVE": ("2026-05-31", "DEPART", -4),
        "DELIVERED": ("2026-06-05", "ARRIVE", -4),
    }
