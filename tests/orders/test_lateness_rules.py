"""What lateness came from: days that sum, harmless lateness that is none, and the path that drove the date."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.orders.lateness.domain import Closed, Logged, attributed, closing_of, open_before, shares, way_of
from services.orders.planning.domain import days_late, plan_leg, settle
from services.orders.planning.domain.driving import drive
from services.orders.planning.domain.forecasting import forecast_leg, schedule_of_leg
from services.orders.planning.domain.schedule import lag_over, soonest
from services.orders.planning.model import OpenDelay, Plan, behind
from services.orders.templates.domain import Network, compile_template
from shared.calendars import NO_DAY_OFF
from shared.contracts.calendars import EVERY_DAY
from shared.contracts.lateness import LegLateness
from shared.contracts.orders import Cause
from tests.orders.networks import MONDAY, Drawn, calendar, drawn, few_days, stop, told, underway
from tests.orders.plans import as_of, chain, day, entered, leg, line, plans, step, template

CAUSE = Cause(code="PRD-CAP", party="production")


def logged(plan: Plan, *more: Logged) -> tuple[Logged, ...]:
    """The open delays of a plan, and others that are over."""
    return (*(Logged(one.delay_id, one.shipment, one.milestone, one.new_date, (CAUSE,)) for one in plan.delays), *more)


def lateness(plan: Plan, delays: Sequence[Logged] | None = None) -> LegLateness:
    legs = attributed(plan, logged(plan) if delays is None else delays, {line.line: line.promised for line in plan.lines})
    return legs[0]


def held(plan: Plan, *delays: tuple[str, date]) -> Plan:
    opened = tuple(OpenDelay(UUID(int=at), None, milestone, new, at) for at, (milestone, new) in enumerate(delays, start=1))
    return settle(replace(plan, delays=opened))


def days(found: LegLateness) -> dict[str, int]:
    return {f"{one.kind} {one.milestone}": one.days for one in found.steps}


@given(st.one_of(underway(), told(), plans()), st.data())
def test_the_days_sum_to_the_lateness_of_the_delivery(plan: Plan, data: st.DataObject) -> None:
    done = behind(plan.network, plan.nodes)
    passed = [node for node in plan.nodes if done[node.shipment] >> node.position & 1]
    over = [
        Logged(UUID(int=100 + at), node.shipment, node.milestone, node.planned + timedelta(days=data.draw(few_days)), (CAUSE,))
        for at, node in enumerate(passed)
        if data.draw(st.booleans())
    ]
    promises = {line.line: line.promised - timedelta(days=data.draw(st.integers(-3, 3))) for line in plan.lines}
    plan = as_of(plan, min(node.planned for node in plan.nodes) + timedelta(days=data.draw(st.integers(-5, 200))))
    for found in attributed(plan, logged(plan, *over), promises):
        own = [((line.delivered or line.estimated) - promises[line.line]).days for line in plan.lines_of(found.shipment)]
        assert found.days == sum(one.days for one in found.steps) == max(0, *own)
        assert all(one.days == sum(cause.days for cause in one.causes) for one in found.steps if one.kind == "delay")
        assert {one.delay_id for one in found.steps if one.delay_id} == {
            one.delay_id for one in logged(plan, *over) if one.shipment == found.shipment
        }


@given(st.one_of(underway(), told()))
def test_what_lies_beside_the_path_moved_nothing(plan: Plan) -> None:
    way = way_of(plan, None, logged(plan))
    on_path = {way.stages[at].node.milestone for at in way.path}
    assert [one for one in lateness(plan).steps if (one.milestone not in on_path or one.kind == "plan") and one.days] == []


@given(underway(), st.randoms(use_true_random=False))
def test_in_what_order_delays_were_logged_makes_no_difference(plan: Plan, chance: Random) -> None:
    shuffled = list(logged(plan))
    chance.shuffle(shuffled)
    assert lateness(plan, shuffled) == lateness(plan)


@given(drawn(), st.data())
def test_the_only_thing_that_was_late_answers_for_all_of_it(drawn: Drawn, data: st.DataObject) -> None:
    plan = drawn.plan()
    node = data.draw(st.sampled_from(plan.nodes))
    late = held(plan, (node.milestone, node.planned + timedelta(days=data.draw(st.integers(1, 40)))))
    until = late.delays[0].new_date
    # The cause accounts for as many days as may be given for it.
    cause = CAUSE.model_copy(update={"days": days_late(late, late.at(node.key), until)})
    found = lateness(late, [Logged(UUID(int=1), None, node.milestone, until, (cause,))])
    assume(found.days > 0)
    moved = [one for one in found.steps if one.days]
    assert [(one.kind, one.days) for one in moved] == [("delay", found.days)]
    assert [(one.code, one.days) for one in moved[0].causes] == [(cause.code, found.days)]


@given(underway())
def test_who_is_late_and_harmless_may_as_well_have_been_in_time(plan: Plan) -> None:
    """Taking away a delay that lies beside the path leaves the days late."""
    before, way = lateness(plan), drive(plan, None)
    on_path = {way.stages[at].node.milestone for at in way.path}
    for one in before.steps:
        if one.kind == "delay" and one.milestone not in on_path:
            without = settle(replace(plan, delays=tuple(delay for delay in plan.delays if delay.delay_id != one.delay_id)))
            assert lateness(without).days == before.days


def test_slack_goes_to_what_was_late_first() -> None:
    """Production finishes three days late within five days of slack; then the vessel sails four days late."""
    plan = entered()
    slack = settle(
        replace(plan, nodes=tuple(replace(one, planned=one.planned - timedelta(days=5)) if one.position < 2 else one for one in plan.nodes))
    )
    made = slack.at((None, "PRD_END")).planned + timedelta(days=3)
    assert days(lateness(held(slack, ("PRD_END", made)))) == {"delay PRD_END": 0}
    sails = slack.at((None, "DEPART")).planned + timedelta(days=4)
    assert days(lateness(held(slack, ("PRD_END", made), ("DEPART", sails)))) == {"delay PRD_END": 0, "delay DEPART": 4}
    later = made + timedelta(days=4)
    assert days(lateness(held(slack, ("PRD_END", later), ("DEPART", sails)))) == {"delay PRD_END": 2, "delay DEPART": 2}


def test_days_that_were_made_up_are_taken_from_what_came_before() -> None:
    plan = held(entered(), ("PRD_END", entered().at((None, "PRD_END")).planned + timedelta(days=6)))
    arrived = plan.at((None, "ARRIVE")).estimated - timedelta(days=4)
    sailed = replace(plan, nodes=tuple(replace(one, actual=arrived) if one.milestone == "ARRIVE" else one for one in plan.nodes))
    assert days(lateness(settle(sailed))) == {"delay PRD_END": 2}


def test_days_that_were_made_up_are_taken_from_what_was_late_first() -> None:
    """Made six days late and sailed another two days later, of which the vessel made up three."""
    plan = entered()
    late = {"PRD_END": 6, "DEPART": 8, "ARRIVE": 5}
    on = {code: plan.at((None, code)).planned + timedelta(days=later) for code, later in late.items()}
    done = settle(replace(plan, nodes=tuple(replace(one, actual=on.get(one.milestone)) for one in plan.nodes)))
    announced = Logged(UUID(int=7), None, "PRD_END", on["PRD_END"], (CAUSE,))
    assert days(lateness(done, [announced])) == {"delay PRD_END": 3, "unlogged DEPART": 2}


def test_lateness_that_nobody_logged_is_shown_at_its_milestone() -> None:
    plan = entered()
    made = plan.at((None, "PRD_END")).planned
    done = settle(
        replace(
            plan, nodes=tuple(replace(one, actual=made + timedelta(days=5)) if one.milestone == "PRD_END" else one for one in plan.nodes)
        )
    )
    assert days(lateness(done)) == {"unlogged PRD_END": 5}
    # Of five days a delay had announced three.
    announced = Logged(UUID(int=7), None, "PRD_END", made + timedelta(days=3), (CAUSE,))
    assert days(lateness(done, [announced])) == {"delay PRD_END": 3, "unlogged PRD_END": 2}


def test_what_is_overdue_is_late_up_to_today_beyond_what_its_delay_announced() -> None:
    plan = entered()
    made = plan.at((None, "PRD_END")).planned
    done = settle(replace(plan, nodes=tuple(replace(one, actual=one.planned) if one.position == 0 else one for one in plan.nodes)))
    assert days(lateness(as_of(done, made))) == {}
    assert days(lateness(as_of(done, made + timedelta(days=5)))) == {"unlogged PRD_END": 5}
    announced = held(done, ("PRD_END", made + timedelta(days=3)))
    assert days(lateness(as_of(announced, made + timedelta(days=2)))) == {"delay PRD_END": 3}
    assert days(lateness(as_of(announced, made + timedelta(days=5)))) == {"delay PRD_END": 3, "unlogged PRD_END": 2}


def test_what_was_passed_without_a_day_of_its_own_was_late_as_its_delay_announced() -> None:
    plan = entered()
    made, sails = plan.at((None, "PRD_END")).planned, plan.at((None, "DEPART")).planned
    gone = tuple(replace(one, actual=sails + timedelta(days=6)) if one.milestone == "DEPART" else one for one in plan.nodes)
    announced = Logged(UUID(int=7), None, "PRD_END", made + timedelta(days=5), (CAUSE,))
    assert days(lateness(settle(replace(plan, nodes=gone)), [announced])) == {"delay PRD_END": 5, "unlogged DEPART": 1}
    assert days(lateness(settle(replace(plan, nodes=gone)), [])) == {"unlogged DEPART": 6}


def test_of_two_branches_only_the_one_that_drove_the_date_answers() -> None:
    network = compile_template(
        template(
            step("ORD_CONF", 0), step("MAT_IN", 10, "ORD_CONF"), step("PRD_END", 10, "ORD_CONF"), step("DEPART", 2, "MAT_IN", "PRD_END")
        ),
        1,
    )
    plan = entered()
    nodes = leg(network, day("2026-06-01"))
    forked = settle(replace(plan, network=network, nodes=nodes, delivery_point="DEPART"))
    base = {one.milestone: one.planned for one in nodes}
    both = held(forked, ("MAT_IN", base["MAT_IN"] + timedelta(days=5)), ("PRD_END", base["PRD_END"] + timedelta(days=8)))
    assert days(lateness(both)) == {"delay MAT_IN": 0, "delay PRD_END": 8}


MADE = compile_template(
    template(
        step("MAT_IN", 5), step("PRD_START", 2, "MAT_IN"), step("QC_INLINE", 10, "PRD_START"),
        step("PRD_END", 18, "PRD_START", {"milestone": "QC_INLINE", "waits": "finish_to_finish", "lag_days": 4}),
        step("DEPART", 2, "PRD_END"),
    ), 1,
)  # fmt: skip


def test_a_fork_that_another_branch_carried_on_has_no_slack() -> None:
    """The inspection is on the path in the end, by one day; before that the production itself carried the material's days on."""
    plan = settle(replace(entered(), network=MADE, nodes=leg(MADE, day("2026-06-01")), delivery_point="DEPART"))
    late = {code: plan.at((None, code)).planned + timedelta(days=on) for code, on in (("MAT_IN", 8), ("QC_INLINE", 9))}
    material, both = held(plan, ("MAT_IN", late["MAT_IN"])), held(plan, *late.items())
    assert [(one.at((None, "DEPART")).estimated - day("2026-06-01")).days for one in (material, both)] == [8, 9]
    assert days(lateness(both)) == {"delay MAT_IN": 8, "delay QC_INLINE": 1}


@given(drawn(), st.data())
def test_a_delay_moved_what_was_said_when_it_was_logged_behind_another(drawn: Drawn, data: st.DataObject) -> None:
    plan = drawn.plan()
    assume(len(plan.nodes) > 1)
    delayed = data.draw(st.lists(st.sampled_from(plan.nodes), min_size=2, max_size=2, unique=True))
    until = {node.position: (node.milestone, node.planned + timedelta(days=data.draw(st.integers(1, 40)))) for node in delayed}
    both = held(plan, *until.values())
    on_path = [at for at in way_of(both, None, logged(both)).path if at in until]
    assume(len(on_path) == 2)
    first, second = (until[at] for at in on_path)
    found = lateness(both)
    assert days(found)[f"delay {second[0]}"] == found.days - lateness(held(plan, first)).days


def recorded(plan: Plan, actual: Mapping[str, date], *, point: str = "DEPART", network: Network) -> Plan:
    """A plan by another network, with what has happened."""
    nodes = tuple(replace(one, actual=actual.get(one.milestone)) for one in leg(network, plan.lines[0].promised))
    return settle(replace(plan, network=network, nodes=nodes, delivery_point=point))


@given(st.one_of(underway(), told()))
def test_a_lag_that_was_not_waited_out_where_another_was_drives_nothing(plan: Plan) -> None:
    way, into = way_of(plan, None, logged(plan)), plan.network.into
    schedule, expected = schedule_of_leg(plan, plan.nodes), forecast_leg(plan, None, plan.nodes)
    days, starts = expected.days, expected.starts
    for before, at in pairwise(way.path):
        happened, links = way.stages[at].node.actual, [link for link in into[at] if link.before == before]
        waited = [link for link in into[at] if happened and lag_over(schedule, link, days, starts) <= happened.toordinal()]
        if waited and links and not set(waited) & set(links):
            none = [link._replace(lag=0) for link in links]
            assert way.stages[at].ready.toordinal() <= soonest(schedule, at, days, starts, schedule.durations[at], none)[1]


@given(few_days, few_days, st.integers(1, 30), few_days, st.booleans(), st.booleans())
def test_of_two_that_let_a_step_happen_on_one_day_the_one_that_a_delay_covers_drives(
    lag: int, other_lag: int, late: int, more: int, first: bool, swapped: bool
) -> None:
    """Whichever is the first of the network, and of what the step waits for."""
    branches = [step("CUT", 1), step("REL", 2, "MAT")] if first else [step("REL", 2, "MAT"), step("CUT", 1)]
    waits = [{"milestone": code, "lag_days": days, "calendar_days": True} for code, days in (("CUT", lag), ("REL", other_lag))]
    network = compile_template(template(step("MAT", 3), *branches, step("DEPART", 2, *waits[:: -1 if swapped else 1])), 1)
    planned = {one.milestone: one.planned for one in leg(network, day("2026-06-01"))}
    happened = {code: on + timedelta(days=late + (more if code == "DEPART" else 0)) for code, on in planned.items()}
    plan = recorded(entered(line("1", promised="2026-06-01")), happened, network=network)
    announced = Logged(UUID(int=1), None, "MAT", happened["MAT"], (CAUSE,))
    found = days(lateness(plan, [announced]))
    assert (found["delay MAT"], found["unlogged CUT"], sum(found.values())) == (late, 0, late + more)


def test_a_link_that_was_not_waited_out_leaves_the_days_to_what_was() -> None:
    """The booking came late, but the goods were at the terminal before the days from it were over; customs let them go a day earlier, and
    would have taken until two days before that, had they been brought there in time."""
    network = compile_template(
        template(
            step("PRD_END", 10), step("PACKED", 1, "PRD_END"), step("BKG_CONF", 3), step("CST_REL", 4, "PACKED", "BKG_CONF"),
            step("CY_CUT", 1, "PACKED", {"milestone": "BKG_CONF", "lag_days": 7, "calendar_days": True}),
            step("DEPART", 2, "CY_CUT", "CST_REL"),
        ), 1,
    )  # fmt: skip
    planned = {one.milestone: one.planned for one in leg(network, day("2026-06-01"))}
    due = {code: (on - day("2026-06-01")).days for code, on in planned.items()}
    assert due == {"PRD_END": -7, "PACKED": -6, "BKG_CONF": -10, "CST_REL": -2, "CY_CUT": -2, "DEPART": 0}
    on = {"PRD_END": 8, "PACKED": 9, "BKG_CONF": 9, "CST_REL": 14, "CY_CUT": 15, "DEPART": 17}
    happened = {code: day("2026-06-01") + timedelta(days=later) for code, later in on.items()}
    plan = recorded(entered(line("1", promised="2026-06-01")), happened, network=network)
    announced = Logged(UUID(int=1), None, "PRD_END", happened["PRD_END"], (CAUSE,))
    found = days(lateness(plan, [announced]))
    assert found["unlogged BKG_CONF"] == 0
    assert {key: own for key, own in found.items() if own} == {"delay PRD_END": 15, "unlogged CY_CUT": 2}
    # Had it been confirmed later still, it would have held them until that day, and customs until the day on which they let them go.
    plan = recorded(entered(line("1", promised="2026-06-01")), {**happened, "BKG_CONF": day("2026-06-13")}, network=network)
    found = days(lateness(plan, [announced]))
    assert {key: own for key, own in found.items() if own} == {"unlogged BKG_CONF": 16, "unlogged CY_CUT": 1}


def left(packed: int, booked: int, departed: int, *, work: int, lag: int, said: str) -> dict[str, int]:
    """What goods were late by that waited for their packing, and for a booking with a lag: days after the promise, one of them `said`."""
    lagged = {"milestone": "BKG_CONF", "lag_days": lag, "calendar_days": True}
    network = compile_template(template(step("PACKED", 1), step("BKG_CONF", 3), step("DEPART", work, "PACKED", lagged)), 1)
    days_on = {"PACKED": packed, "BKG_CONF": booked, "DEPART": departed}
    happened = {code: day("2026-06-01") + timedelta(days=on) for code, on in days_on.items()}
    plan = recorded(entered(line("1", promised="2026-06-01")), happened, network=network)
    return days(lateness(plan, [Logged(UUID(int=1), None, said, happened[said], (CAUSE,))]))


@given(st.integers(1, 10), st.integers(0, 10), st.integers(0, 10), st.integers(30, 60))
def test_a_lag_that_was_not_over_when_the_work_began_drives_nothing_where_the_rest_explains_the_day(
    work: int, lag: int, before: int, packed: int
) -> None:
    """Packed as many days before as the work takes, while the lag after the booking still ran."""
    booked = packed - min(before, max(0, lag - 1))
    found = left(packed, booked, packed + work, work=work, lag=lag, said="PACKED")
    assert found == {"delay PACKED": packed + work, "unlogged BKG_CONF": 0}


@given(st.integers(1, 10), st.integers(1, 10), st.data())
def test_who_was_quick_after_a_lag_is_not_late_by_it(work: int, lag: int, data: st.DataObject) -> None:
    """Packed long before: what was over by the day on which the work was done, however quick, held it."""
    departed = 40 + lag + work - data.draw(st.integers(0, work))
    found = left(5, 40, departed, work=work, lag=lag, said="BKG_CONF")
    assert found == {"unlogged PACKED": 0, "delay BKG_CONF": departed}


@pytest.mark.parametrize("packed", [13, 14, 15])
def test_goods_that_leave_the_day_after_they_were_packed_waited_for_that(packed: int) -> None:
    """On whichever side of that day the seven days after their booking were over."""
    found = left(packed, 8, packed + 1, work=1, lag=7, said="PACKED")
    assert found == {"delay PACKED": packed + 1, "unlogged BKG_CONF": 0}


def test_days_made_up_after_the_only_one_that_was_waited_for_leave_it_the_rest() -> None:
    network = compile_template(template(step("PRD_END", 10), step("DEPART", 0, {"milestone": "PRD_END", "lag_days": 5})), 1)
    planned = {one.milestone: one.planned for one in leg(network, day("2026-06-01"))}
    happened = {"PRD_END": planned["PRD_END"] + timedelta(days=6), "DEPART": planned["DEPART"] + timedelta(days=4)}
    plan = recorded(entered(line("1", promised="2026-06-01")), happened, network=network)
    assert days(lateness(plan, [Logged(UUID(int=1), None, "PRD_END", happened["PRD_END"], (CAUSE,))])) == {"delay PRD_END": 4}


def test_what_might_have_come_before_its_plan_is_late_only_after_that() -> None:
    """The material came ten days early, and production began as planned; then days were closed."""
    steps = step("MAT_IN", 5), step("PRD_START", 2, "MAT_IN", early=True), step("PRD_END", 18, "PRD_START"), step("DEPART", 2, "PRD_END")
    network = compile_template(template(*steps), 1)
    order, there = entered(line("1", promised="2026-06-01")), {"MAT_IN": day("2026-04-30")}
    waiting = recorded(order, there, network=network)
    planned = waiting.at((None, "PRD_START")).planned
    assert waiting.at((None, "PRD_START")).estimated < planned == day("2026-05-12")
    begun = recorded(order, {**there, "PRD_START": planned}, network=network)
    assert lateness(begun).steps == ()
    shut = settle(replace(begun, calendars={EVERY_DAY: calendar("factory", "every_day", closures=[stop(135, 4)])}))
    assert days(lateness(shut)) == {"plan PRD_END": 4}
    later = recorded(order, {**there, "PRD_START": planned + timedelta(days=1)}, network=network)
    assert [(one.milestone, one.late_days, one.days) for one in lateness(later).steps] == [("PRD_START", 1, 1)]


def test_each_line_is_late_after_its_own_promise() -> None:
    """Two lines of one leg on their promised days, 81 days apart, are not late; four days of the second are its own."""
    plan = entered(line("1", promised="2026-03-31"), line("2", promised="2026-06-20"))
    confirmed = tuple(replace(one, actual=one.planned) if one.milestone != "DELIVERED" else one for one in plan.nodes)
    plan = settle(replace(plan, nodes=confirmed))

    def delivered(*on: str) -> LegLateness:
        lines = tuple(replace(one, delivered=day(at)) for one, at in zip(plan.lines, on, strict=True))
        last = max(map(day, on))
        nodes = tuple(replace(one, actual=last) if one.milestone == "DELIVERED" else one for one in plan.nodes)
        return lateness(settle(replace(plan, lines=lines, nodes=nodes)))

    in_time = delivered("2026-03-31", "2026-06-20")
    assert (in_time.days, in_time.steps) == (0, ())
    second = delivered("2026-03-31", "2026-06-24")
    assert (second.promised, second.delivered, second.days) == (day("2026-06-20"), day("2026-06-24"), 4)
    assert [(one.kind, one.milestone, one.late_days, one.days) for one in second.steps] == [("unlogged", "DELIVERED", 4, 4)]
    first = delivered("2026-04-05", "2026-06-20")
    assert (first.promised, first.delivered, days(first)) == (day("2026-03-31"), day("2026-04-05"), {"unlogged DELIVERED": 5})
    open_yet = settle(replace(plan, lines=(replace(plan.lines[0], delivered=day("2026-03-31")), plan.lines[1]), today=day("2026-05-01")))
    assert lateness(open_yet).days == 0


MAKING = compile_template(
    template(step("MAT_IN", 10), step("LABELS", 4), step("PRD_END", 10, "MAT_IN", "LABELS"), step("DEPART", 5, "PRD_END")), 1
)
WORKED = calendar("factory", "every_day")
CLOSED = Closed("factory", frozenset({(MONDAY, MONDAY)}))


def closed(first: int, *in_factory: str) -> Plan:
    """The factory is closed for a week."""
    return stopped([(first, 7)], *in_factory)


def stopped(stops: Sequence[tuple[int, int]], *in_factory: str) -> Plan:
    """An order that is due on the 80th day: production is to end on the 75th, what it waits for is there on the 65th. Then the factory is
    closed."""
    days_of, chosen = {EVERY_DAY: NO_DAY_OFF, "factory": WORKED}, ["factory" if code in in_factory else EVERY_DAY for code in MAKING.codes]
    due = MONDAY + timedelta(days=80)
    nodes = plan_leg(MAKING, chosen, days_of, point="DEPART", shipment=None, promise=due)
    shut = {**days_of, "factory": calendar("factory", "every_day", closures=[stop(*one) for one in stops])}
    lines = (replace(entered().lines[0], promised=due),)
    return settle(replace(entered(), network=MAKING, nodes=nodes, lines=lines, delivery_point="DEPART", calendars=shut))


def test_what_closed_days_cost_is_the_disruptions() -> None:
    """Of the milestone that its delay holds and of one beside it. An earlier delay keeps its own days, here or on the way."""

    def found(plan: Plan, milestone: str, *more: tuple[str, int]) -> list[tuple[int, str, int]]:
        before = [(code, MONDAY + timedelta(days=on)) for code, on in more]
        until = held(plan, *before).at((None, milestone)).estimated
        plan = held(plan, *before, (milestone, until))
        closing = Logged(UUID(int=50), None, milestone, until, (CAUSE,), CLOSED)
        delays = [*logged(plan)[: len(more)], closing]
        (leg,) = attributed(plan, delays, {"1": plan.lines[0].promised}, {CLOSED: WORKED})
        assert (leg.days, leg.delivered) == (sum(one.days for one in leg.steps), plan.lines[0].estimated)
        return [(one.delay_id.int if one.delay_id else 0, one.milestone, one.days) for one in leg.steps if one.days]

    assert found(closed(72, "PRD_END"), "PRD_END") == [(50, "PRD_END", 7)]
    assert found(closed(72, "PRD_END"), "PRD_END", ("MAT_IN", 69)) == [(1, "MAT_IN", 4), (50, "PRD_END", 7)]
    assert found(closed(76, "PRD_END"), "PRD_END", ("PRD_END", 78)) == [(1, "PRD_END", 3), (50, "PRD_END", 5)]
    assert found(closed(62, "MAT_IN", "LABELS"), "LABELS", ("MAT_IN", 74)) == [(50, "MAT_IN", 4), (1, "MAT_IN", 5)]
    nobody = lateness(closed(72, "PRD_END"), ()).steps
    assert [(one.kind, one.milestone, one.days) for one in nobody] == [("plan", "PRD_END", 7)], "of days that nobody said are closed"


def test_days_that_are_closed_for_another_leg_are_not_opened() -> None:
    """Of two disruptions of one calendar each leg has those that delay it."""
    first, second = (Closed("factory", frozenset({(MONDAY + timedelta(days=on), MONDAY + timedelta(days=on + 6))})) for on in (0, 70))

    def delayed(shipment: str, closed: Closed | None) -> Logged:
        return Logged(UUID(int=1), shipment, "PRD_END", MONDAY, (CAUSE,), closed)

    delays = [delayed("SH-1", first), delayed("SH-2", first), delayed("SH-2", second), delayed("SH-3", None)]
    assert {leg: {code: open_before(own) for code, own in by_code.items()} for leg, by_code in closing_of(delays).items()} == {
        "SH-1": {"factory": [first]},
        "SH-2": {"factory": [Closed("factory", first.days | second.days), second]},
    }


def test_of_two_stops_of_one_calendar_each_has_the_days_that_it_costs() -> None:
    """The first that was opened holds the end of production, the second, of earlier days, the material, and so that end once more."""
    first, second = ((72, 2), (64, 3))
    made, there = (MONDAY + timedelta(days=on) for on in (77, 67))
    plan = held(stopped([first, second], "MAT_IN", "PRD_END"), ("PRD_END", made), ("MAT_IN", there))

    def closing(number: int, milestone: str, until: date, first: int, days: int) -> Logged:
        shut = Closed("factory", frozenset({(MONDAY + timedelta(days=first), MONDAY + timedelta(days=first + days - 1))}))
        return Logged(UUID(int=number), None, milestone, until, (CAUSE,), shut)

    delays = [closing(50, "PRD_END", made, *first), closing(51, "MAT_IN", there, *second)]
    with_first = stopped([first]).calendars["factory"]
    reopened = dict(zip(open_before(delays), (WORKED, with_first), strict=True))
    (late,) = attributed(plan, delays, {"1": plan.lines[0].promised}, reopened)
    assert (late.days, late.delivered) == (4, MONDAY + timedelta(days=84))
    assert [(one.delay_id and one.delay_id.int, one.milestone, one.days) for one in late.steps] == [(51, "MAT_IN", 2), (50, "PRD_END", 2)]


SHIPPING = compile_template(
    template(
        step("PACKED", 5), step("ON_BOARD", 2, "PACKED"), step("BL_ISS", 2, "ON_BOARD"),
        step("DEPART", 1, {"milestone": "ON_BOARD", "together": True}), delivery_point="ON_BOARD",
    ), 1,
)  # fmt: skip


def test_a_late_vessel_answers_for_goods_that_are_loaded_late_with_it() -> None:
    """Before and after both have happened; goods that are late themselves, for their own days; loading that is late, for the vessel."""
    nodes = leg(SHIPPING, day("2026-06-01"))
    plan = settle(replace(entered(), network=SHIPPING, nodes=nodes, delivery_point="ON_BOARD"))
    sails, packed = plan.at((None, "DEPART")).planned, plan.at((None, "PACKED")).planned
    late = held(plan, ("DEPART", sails + timedelta(days=30)))
    moved = {one.milestone: (one.estimated - one.planned).days for one in late.nodes}
    assert moved == {"PACKED": 0, "ON_BOARD": 30, "BL_ISS": 30, "DEPART": 30}
    assert late.at((None, "BL_ISS")).position > late.at((None, "DEPART")).position
    assert days(lateness(late)) == {"delay DEPART": 30}
    both = held(plan, ("PACKED", packed + timedelta(days=4)), ("DEPART", sails + timedelta(days=30)))
    assert days(lateness(both)) == {"delay PACKED": 4, "delay DEPART": 26}
    happened = {"ON_BOARD": late.at((None, "ON_BOARD")).estimated, "DEPART": sails + timedelta(days=30)}
    gone = tuple(replace(one, actual=happened.get(one.milestone)) for one in plan.nodes)
    assert days(lateness(settle(replace(plan, nodes=gone)), logged(late))) == {"delay DEPART": 30}
    undated = tuple(replace(one, actual=one.actual if one.milestone == "DEPART" else None) for one in gone)
    assert days(lateness(settle(replace(plan, nodes=undated)), logged(late))) == {"delay DEPART": 30}
    loading = held(plan, ("ON_BOARD", plan.at((None, "ON_BOARD")).planned + timedelta(days=9)), ("DEPART", sails + timedelta(days=3)))
    assert days(lateness(loading)) == {"delay ON_BOARD": 9, "delay DEPART": 0}


def test_goods_that_wait_for_the_vessel_are_late_from_the_day_it_sails() -> None:
    """They are packed on a Friday and may be loaded then, but are as planned on Sunday, with the vessel."""
    sailing = {"milestone": "ON_BOARD", "together": True}
    steps = step("PACKED", 0), step("ON_BOARD", 0, "PACKED", early=True), step("DEPART", 0, "PACKED", sailing)
    network = compile_template(template(*steps, delivery_point="ON_BOARD"), 1)
    days_of, sunday = {EVERY_DAY: NO_DAY_OFF, "packers": calendar("packers", "five_days")}, MONDAY + timedelta(days=62)
    nodes = plan_leg(network, ("packers", EVERY_DAY, EVERY_DAY), days_of, point="ON_BOARD", shipment=None, promise=sunday)
    lines = (replace(entered().lines[0], promised=sunday),)
    plan = replace(entered(), network=network, nodes=nodes, lines=lines, delivery_point="ON_BOARD", calendars=days_of)
    assert settle(plan).at((None, "ON_BOARD")).driven_by == "DEPART"
    loading = ("ON_BOARD", sunday + timedelta(days=3))
    assert [(one.late_days, one.days) for one in lateness(held(plan, loading)).steps] == [(3, 3)]
    packed = ("PACKED", sunday + timedelta(days=1))
    assert days(lateness(held(plan, packed, loading))) == {"delay PACKED": 1, "delay ON_BOARD": 2}


def split(given_days: Sequence[int | None], late_days: int, moved: int) -> tuple[int, ...]:
    """The days of each cause, and last those of UNKNOWN where there are any."""
    causes = [Cause(code="PRD-CAP" if at else "SUP-LATE", party="production", days=own) for at, own in enumerate(given_days)]
    found = shares(causes, late_days, moved)
    assert [(one.code, one.party) for one in found[len(causes) :]] in ([], [("UNKNOWN", "unknown")])
    return tuple(one.days for one in found)


@pytest.mark.parametrize(
    ("given_days", "late_days", "moved", "expected"),
    [
        ((None,), 5, 5, (5,)),
        ((3,), 5, 5, (3, 2)),
        ((3, None), 5, 5, (3, 2)),
        ((None, None), 5, 5, (3, 2)),
        ((6, 2), 4, 4, (3, 1)),
        ((2, 3), 5, 5, (2, 3)),
        ((4, None), 2, 2, (2, 0)),
        ((0,), 3, 3, (0, 3)),
        ((1, 1), 2, 0, (0, 0)),
        # Closed days on the way: nine days late move the delivery by 24.
        ((9,), 9, 24, (24,)),
        ((6, 3), 9, 24, (16, 8)),
        ((6,), 9, 24, (16, 8)),
        ((6, None), 9, 24, (16, 8)),
        ((3, None, None), 9, 24, (8, 8, 8)),
        ((4, 4), 8, 25, (13, 12)),
        # Slack on the way: of nine days late three move it.
        ((9,), 9, 3, (3,)),
        ((6, 3), 9, 3, (2, 1)),
        ((6,), 9, 3, (2, 1)),
        ((0, None), 0, 2, (0, 2)),
    ],
)
def test_days_are_split_over_causes_in_proportion_to_their_days_of_the_delay(
    given_days: tuple[int | None, ...], late_days: int, moved: int, expected: tuple[int, ...]
) -> None:
    assert split(given_days, late_days, moved) == expected


@given(st.lists(st.none() | st.integers(0, 12), min_size=1, max_size=5), st.integers(0, 40), st.integers(0, 60), st.data())
def test_what_causes_answer_for_sums_and_grows_with_the_days_given(
    given_days: list[int | None], late_days: int, moved: int, data: st.DataObject
) -> None:
    found = split(given_days, late_days, moved)
    assert sum(found) == moved
    assert min(found) >= 0
    known = [own for own in given_days if own is not None]
    if len(found) > len(given_days):
        assert None not in given_days
        assert sum(known) < max(1, late_days)
    if late_days and sum(known) <= late_days:
        pairs = [(own * moved, one) for own, one in zip(given_days, found, strict=False) if own is not None]
        assert all(fair // late_days <= one <= -(-fair // late_days) for fair, one in pairs)
    at = data.draw(st.integers(0, len(given_days) - 1))
    if (own := given_days[at]) is not None:
        more = split([*given_days[:at], own + data.draw(st.integers(1, 9)), *given_days[at + 1 :]], late_days, moved)
        assert more[at] >= found[at]


def test_the_chain_of_a_plan_in_time_begins_at_its_plan() -> None:
    plan = settle(replace(entered(), network=chain()))
    found = lateness(plan)
    assert (found.days, found.steps) == (0, ())
