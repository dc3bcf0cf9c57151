"""Lines that change their shipments: which may, and what follows for legs, delays and dates."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.orders.estimates.domain import Word, state
from services.orders.planning.domain import settle
from services.orders.planning.model import Node, OpenDelay, Plan
from services.orders.shipments.domain import Apart, Regrouped, Underway, regroup, sails_on
from services.orders.shipments.model import Sailing
from shared.contracts.estimates import EstimateSource, MilestoneEstimated
from shared.contracts.legs import LinesMoved
from shared.contracts.orders import MilestoneAchieved, PlanReestimated
from shared.contracts.plans import PlanRebaselined
from shared.contracts.shipments import Transport
from shared.problems import Invalid
from tests.orders.plans import NOW, TODAY, after, as_of, day, delay_body, entered, line, log, plans

NEW = Sailing()
AHEAD = ("PRD_END", "DEPART", "ARRIVE", "DELIVERED")
HELD = OpenDelay(UUID(int=77), "SH-2", "DEPART", day("2026-05-20"), shared=True)


def moved(plan: Plan, *lines: str, to: str | None = "SH-2", sailing: Sailing = NEW) -> Regrouped:
    regrouped = regroup(plan, lines, to, sailing, "booked")
    assert regrouped is not None
    return regrouped


def with_actual(plan: Plan, milestone: str, on: str, shipment: str | None = None) -> Plan:
    nodes = tuple(replace(node, actual=day(on)) if node.key == (shipment, milestone) else node for node in plan.nodes)
    return settle(replace(plan, nodes=nodes))


def test_a_whole_leg_takes_its_milestones_along() -> None:
    plan = with_actual(entered(line(), line("2")), "ORD_CONF", "2026-03-01")
    goes = Transport(vessel="MSC ANNA", voyage="FE612W")
    done = moved(plan, "1", "2", sailing=Sailing(goes))
    assert [replace(node, shipment=None) for node in done.settled.after.nodes] == list(plan.nodes)
    assert (done.made[0].whole, done.ended) == (True, (None,))
    told, *others = done.settled.events
    assert isinstance(told, LinesMoved)
    assert [(move.line, move.before, move.after) for move in told.lines] == [("1", None, "SH-2"), ("2", None, "SH-2")]
    assert others == []
    assert told.transports == {"SH-2": goes}, "no day moves that would be told with the vessel"


def test_a_part_makes_a_leg_like_the_one_it_leaves() -> None:
    plan = entered(line(), line("2"))
    done = moved(plan, "2")
    assert set(done.settled.after.legs()) == {None, "SH-2"}
    assert done.ended == ()
    assert {line.line: line.promised for line in done.settled.after.lines} == {line.line: line.promised for line in plan.lines}


def test_lines_that_are_there_already_change_nothing() -> None:
    plan = entered(line(shipment="SH-2"))
    assert regroup(plan, ["1"], "SH-2", Sailing(), "again") is None


def test_lines_that_join_a_leg_take_its_dates() -> None:
    plan = entered(line(shipment="SH-1"), line("2", shipment="SH-2", promised="2026-07-01"))
    done = moved(plan, "2", to="SH-1")
    (_, told) = done.settled.events
    assert isinstance(told, PlanReestimated)
    assert told.because == "lines_moved"
    assert [(one.line, str(one.after)) for one in told.lines] == [("2", "2026-06-01")]
    assert done.ended == ("SH-2",)


@pytest.mark.parametrize("there", ["SH-1", "SH-9"])
def test_what_lines_expect_of_a_leg_that_they_join_is_told_of_them(there: str) -> None:
    """Of a leg that is there, or was made by those that went first; of what goes along nothing, nor of what has happened to the goods."""
    plan = entered(
        line(shipment="SH-1"), line("2", shipment="SH-2", promised="2026-07-01"), line("3", shipment="SH-2", promised="2026-07-01")
    )
    plan = with_actual(plan, "ORD_CONF", "2026-03-01", "SH-2")
    moving = ("2",) if there == "SH-1" else ("1", "2")
    how = Transport(vessel="EVER GIVEN", voyage="042W")
    done = moved(plan, *moving, to=there, sailing=Sailing(how)).settled
    (told,) = [event for event in done.events if isinstance(event, PlanReestimated)]
    before, after = ({node.milestone: node.estimated for node in one.legs()[leg]} for one, leg in ((plan, "SH-2"), (done.after, there)))
    assert {(one.shipment, one.lines) for one in told.joined} == {(there, ("2",))}
    assert {one.milestone: (one.before, one.after) for one in told.joined} == {
        code: (before[code], after[code]) for code in before if code != "ORD_CONF" and before[code] != after[code]
    }
    assert set(AHEAD) <= {one.milestone for one in told.joined}
    assert [one.visible for one in told.joined if one.milestone == "DEPART"] == [plan.at(("SH-2", "DEPART")).visible]
    assert told.transports == {there: how}
    assert told.joined == done.moves.joined


def test_lines_that_expect_the_same_where_they_join_are_not_told_of() -> None:
    plan = entered(line(shipment="SH-1"), line("2", shipment="SH-2"))
    done = moved(plan, "2", to="SH-1").settled
    assert (done.moves.joined, [type(event) for event in done.events]) == ((), [LinesMoved])


def said(plan: Plan, shipment: str | None, on: str, source: EstimateSource = "answer", milestone: str = "PRD_END") -> Plan:
    settled = state(plan, (shipment, milestone), Word(day(on), source, NOW))
    assert settled is not None
    return settled.after


@pytest.mark.parametrize("stays", [(), ("3",)])
def test_a_word_on_goods_that_join_a_leg_makes_it_later(stays: tuple[str, ...]) -> None:
    """Whether their whole leg joins or part of it: the goods are not ready before, also where the others have time until then themselves
    and are planned for the earlier promise now.
    """
    lines = [line("2", shipment="SH-2", promised="2026-06-05"), *(line(one, shipment="SH-2", promised="2026-06-05") for one in stays)]
    plan = said(entered(line(shipment="SH-1", promised="2026-06-20"), *lines), "SH-2", "2026-05-08")
    late = plan.at(("SH-2", "DELIVERED")).estimated
    done = moved(plan, "2", to="SH-1")
    after = done.settled.after
    assert (after.at(("SH-1", "PRD_END")).estimated, after.at(("SH-1", "PRD_END")).stated) == (
        day("2026-05-08"), plan.at(("SH-2", "PRD_END")).stated,
    )  # fmt: skip
    assert {one.line: one.estimated for one in after.lines if one.shipment == "SH-1"} == {"1": late, "2": late}
    assert done.settled.moves.at_risk == (), "the second was known to be late"
    told = [event for event in done.settled.events if isinstance(event, MilestoneEstimated)]
    assert [(one.shipment, one.milestone, one.day, one.source) for one in told] == [("SH-1", "PRD_END", day("2026-05-08"), "answer")]
    assert done.settled.before.at(("SH-1", "PRD_END")).stated is None, "what is written differs from what was"


@pytest.mark.parametrize(
    ("there", "joining", "holds"),
    [
        ("2026-05-20", "2026-05-15", "2026-05-20"),
        ("2026-05-15", "2026-05-20", "2026-05-20"),
        (None, "2026-04-05", None),
        ("2026-04-05", "2026-05-20", "2026-05-20"),
    ],
)
def test_of_the_words_of_two_legs_that_are_one_the_later_day_holds(there: str | None, joining: str, holds: str | None) -> None:
    """One that the others' goods are not ready by says nothing of them."""
    plan = said(entered(line(shipment="SH-1"), line("2", shipment="SH-2")), "SH-2", joining)
    plan = said(plan, "SH-1", there) if there else plan
    done = moved(plan, "2", to="SH-1").settled
    word = done.after.at(("SH-1", "PRD_END")).stated
    assert (word.day if word else None) == (day(holds) if holds else None)
    assert len([event for event in done.events if isinstance(event, MilestoneEstimated)]) == (holds == joining)
    if holds != joining:
        assert done.after.at(("SH-1", "PRD_END")).estimated == plan.at(("SH-1", "PRD_END")).estimated


def test_a_word_holds_whatever_a_delay_holds_and_in_whatever_order_legs_join() -> None:
    plan = entered(line(shipment="SH-1"), line("2", shipment="SH-2"), line("3"))
    plan = said(said(plan, "SH-1", "2026-05-06"), None, "2026-05-12")
    plan = after(log(plan, delay_body(day("2026-06-01"), "PRD_END"), shipment="SH-2"))
    for lines in (("1", "3"), ("3", "1")):
        joined = moved(plan, *lines, to="SH-2").settled.after
        (word,) = [one.stated for one in joined.nodes if one.key == ("SH-2", "PRD_END")]
        assert word is not None
        assert (word.day, joined.at(("SH-2", "PRD_END")).estimated) == (day("2026-05-12"), day("2026-06-01"))
    alone = moved(plan, "1", "2", "3", to="SH-9")
    word = alone.settled.after.at(("SH-9", "PRD_END")).stated
    assert word is not None
    assert word.day == day("2026-05-12")


def test_what_is_said_of_a_sailing_stays_with_it() -> None:
    plan = entered(line(shipment="SH-1"), line("2", shipment="SH-2"))
    sailing = said(plan, "SH-2", "2026-05-20", "carrier", "DEPART")
    assert moved(sailing, "2", to="SH-1").settled.after.at(("SH-1", "DEPART")).stated is None
    booked = said(said(plan, "SH-1", "2026-05-04", "carrier", "DEPART"), "SH-2", "2026-05-20", "owner", "DEPART")
    stands = moved(booked, "2", to="SH-1").settled.after.at(("SH-1", "DEPART")).stated
    assert stands is not None
    assert stands.day == day("2026-05-04")
    done = with_actual(said(plan, "SH-2", "2026-05-20"), "PRD_END", "2026-03-02", "SH-2")
    assert moved(done, "2", to="SH-1").settled.after.at(("SH-1", "PRD_END")).stated is None, "it has happened to them"


@pytest.mark.parametrize(("there", "lines"), [("SH-2", ["1"]), (None, ["1", "2"])])
def test_a_leg_that_is_joined_with_an_earlier_promise_is_planned_for_that(there: str | None, lines: list[str]) -> None:
    """Whether it is there or is made by what goes into it first. What was done in time for the other lines stays as it was planned."""
    plan = entered(line(shipment="SH-1"), line("2", shipment=there, promised="2026-07-01"))
    for leg in plan.legs():
        plan = with_actual(plan, "ORD_CONF", "2026-02-20", leg)
    done = moved(as_of(plan, TODAY), *lines)
    moves, anew, told = done.settled.events
    assert isinstance(moves, LinesMoved)
    assert isinstance(anew, PlanRebaselined)
    assert isinstance(told, PlanReestimated)
    assert (anew.before, anew.revision, anew.reason, told.because) == (1, 1, "booked", "lines_moved")
    planned = {node.key: node.planned for node in done.settled.after.nodes}
    before = {node.key: node.planned for node in plan.nodes}
    assert planned["SH-2", "ORD_CONF"] == before[there, "ORD_CONF"]
    assert [planned["SH-2", code] for code in AHEAD] == [before["SH-1", code] for code in AHEAD]
    assert {one.line: str(one.estimated) for one in done.settled.after.lines} == {"1": "2026-06-01", "2": "2026-06-01"}
    assert (done.settled.moves.at_risk, done.settled.before.at(("SH-2", "DEPART")).planned) == ((), before[there, "DEPART"])


def test_what_is_on_its_way_stays_in_its_shipment() -> None:
    plan = with_actual(entered(line(shipment="SH-1"), line("2", shipment="SH-2")), "DEPART", "2026-03-02", "SH-1")
    with pytest.raises(Underway):
        regroup(plan, ["1"], "SH-2", Sailing(), "too late")
    with pytest.raises(Underway):
        regroup(plan, ["2"], "SH-1", Sailing(left=True), "too late")


def test_what_was_sent_before_its_shipment_was_known_may_be_put_into_it() -> None:
    plan = with_actual(entered(line()), "DEPART", "2026-03-02")
    assert moved(plan, "1", sailing=Sailing(left=True)).settled.after.node(("SH-2", "DEPART")) is not None


def test_a_leg_to_which_more_has_happened_is_not_joined() -> None:
    plan = with_actual(entered(line(shipment="SH-1"), line("2", shipment="SH-2")), "PRD_END", "2026-03-02", "SH-2")
    with pytest.raises(Apart, match="PRD_END"):
        regroup(plan, ["1"], "SH-2", Sailing(), "together")
    assert moved(plan, "2", to="SH-1").ended == ("SH-2",)


def test_the_new_shipments_delay_holds_the_lines_and_the_old_ones_does_not() -> None:
    plan = entered(line(shipment="SH-1"))
    old = OpenDelay(UUID(int=76), "SH-1", "DEPART", day("2026-05-10"), shared=True)
    plan = settle(replace(plan, delays=(old,), earlier_delays=1))
    done = moved(plan, "1", sailing=Sailing(held=(HELD,)))
    assert done.left == (old.delay_id,)
    assert [(one.delay_id, one.ordinal) for one in done.joined] == [(HELD.delay_id, 2)]
    assert done.settled.after.at(("SH-2", "DEPART")).estimated == HELD.new_date


@given(st.lists(st.tuples(st.sets(st.sampled_from("123"), min_size=1), st.sampled_from([None, "SH-1", "SH-2", "SH-9"])), max_size=6))
def test_a_late_vessel_holds_what_travels_with_it_once_and_nothing_else(moves: list[tuple[set[str], str | None]]) -> None:
    """SH-1 and SH-2 are hers: wherever lines go and come from, part of a leg or all of it."""
    late = OpenDelay(UUID(int=77), None, "DEPART", day("2026-05-20"), shared=True, disruption_id=UUID(int=7), sails=True)
    plan = entered(line(), line("2"), line("3"))
    for lines, to in moves:
        sailing = Sailing(held=(replace(late, shipment=to),) if to in ("SH-1", "SH-2") else ())
        if (regrouped := regroup(plan, sorted(lines), to, sailing, "booked")) is None:
            continue
        settled = regrouped.settled
        assert not regrouped.stayed
        plan = replace(settled.after, version=plan.version + len(settled.events))
        assert sorted(one.shipment or "" for one in plan.delays) == sorted({"SH-1", "SH-2"} & plan.legs().keys())
        assert len({one.delay_id for one in plan.delays}) == len(plan.delays), "an order once in each"
        expected = {leg: plan.at((leg, "DEPART")).estimated == late.new_date for leg in plan.legs()}
        assert expected == {leg: leg in ("SH-1", "SH-2") for leg in plan.legs()}


def test_a_delay_of_the_goods_goes_along_with_their_whole_leg_only() -> None:
    plan = after(log(entered(line(), line("2")), delay_body(day("2026-05-10"), "PRD_END")))
    whole = moved(plan, "1", "2")
    assert whole.along == ((UUID(int=900), "SH-2"),)
    assert whole.settled.after.at(("SH-2", "PRD_END")).estimated == day("2026-05-10")
    part = moved(plan, "2")
    assert (part.along, part.stayed) == ((), (UUID(int=900),))
    assert part.settled.after.at(("SH-2", "PRD_END")).estimated < day("2026-05-10")
    with pytest.raises(Apart, match="both sides"):
        regroup(plan, ["1", "2"], "SH-2", Sailing(held=(replace(HELD, milestone="PRD_END"),)), "both late")


def test_dates_that_move_are_told_with_the_new_way_of_travel() -> None:
    how = Transport(vessel="EVER GIVEN", voyage="042W")
    done = moved(entered(line()), "1", sailing=Sailing(how, held=(HELD,)))
    (told,) = [event for event in done.settled.events if isinstance(event, PlanReestimated)]
    assert told.transports == {"SH-2": how}


def test_the_carriers_word_on_the_new_sailing_holds_for_the_new_leg() -> None:
    done = moved(entered(line()), "1", sailing=Sailing(etd=day("2026-05-04"), eta=day("2026-05-25"), said_at=NOW))
    after = done.settled.after
    assert (after.at(("SH-2", "DEPART")).estimated, after.at(("SH-2", "ARRIVE")).estimated) == (day("2026-05-04"), day("2026-05-25"))
    back = moved(after, "1", to=None)
    assert all(node.stated is None for node in back.settled.after.nodes)


def test_what_the_carrier_expects_of_other_milestones_holds_for_the_new_leg_where_it_can_be() -> None:
    """Not so what cannot be before the goods leave, nor what somebody said of the goods since."""
    plan, key = entered(line()), ("SH-2", "DELIVERED")
    stands = moved(plan, "1").settled.after.at(key)

    def expected(plan: Plan, on: str) -> Node:
        return moved(plan, "1", sailing=Sailing(words={"DELIVERED": Word(day(on), "carrier", NOW)})).settled.after.at(key)

    late, early = expected(plan, "2026-06-20"), expected(plan, "2026-03-20")
    assert (late.estimated, late.stated and late.stated.source) == (day("2026-06-20"), "carrier")
    assert (early.estimated, early.stated) == (stands.estimated, None)
    said = state(plan, (None, "DELIVERED"), Word(day("2026-06-25"), "owner", NOW + timedelta(hours=1)))
    assert said is not None
    assert expected(said.after, "2026-06-20").estimated == day("2026-06-25")


def test_a_leg_whose_last_open_line_leaves_is_delivered() -> None:
    plan = entered(line(delivered="2026-02-20"), line("2"))
    done = moved(plan, "2")
    (told,) = [event for event in done.settled.events if isinstance(event, MilestoneAchieved)]
    assert (told.shipment, str(told.actual), told.complete) == (None, "2026-02-20", True)
    assert done.settled.after.at((None, "DELIVERED")).actual == day("2026-02-20")


@pytest.mark.parametrize(("lines", "field"), [(("9",), "lines.0"), (("1", "1"), "lines.1"), (("2",), "lines.0")])
def test_lines_that_cannot_move_are_named(lines: tuple[str, ...], field: str) -> None:
    plan = entered(line(), line("2", delivered="2026-02-20"))
    with pytest.raises(Invalid) as refused:
        regroup(plan, lines, "SH-2", Sailing(), "no")
    assert [error.field for error in refused.value.errors] == [field]


@given(plans(), st.data())
def test_moving_there_and_back_restores_the_dates(plan: Plan, data: st.DataObject) -> None:
    leg = data.draw(st.sampled_from(sorted(plan.legs(), key=str)))
    lines = [line.line for line in plan.lines_of(leg) if line.delivered is None]
    assume(lines and plan.passed((leg, "DEPART")) is None)
    there = moved(plan, *lines, to="SH-9")
    assert {line.line: (line.promised, line.estimated) for line in there.settled.after.lines} == {
        line.line: (line.promised, line.estimated) for line in plan.lines
    }
    back = moved(there.settled.after, *lines, to=leg)
    assert set(back.settled.after.legs()) == set(plan.legs())
    assert [node.estimated for node in back.settled.after.legs()[leg]] == [node.estimated for node in plan.legs()[leg]]
    assert back.settled.after.lines == plan.lines


def test_promises_never_move() -> None:
    plan = entered(line(shipment="SH-1"), line("2", shipment="SH-2", promised=str(TODAY + timedelta(days=200))))
    done = moved(plan, "1")
    assert [(one.promised, one.promise_revision) for one in done.settled.after.lines] == [
        (one.promised, one.promise_revision) for one in plan.lines
    ]


def test_a_shipment_sails_on_one_day() -> None:
    """As the carrier says, without those who are not ready, or when a delay holds it; else with the last of them."""
    said, last = Sailing(etd=day("2026-05-04")), day("2026-06-20")
    assert sails_on(said, "DEPART", last) == day("2026-05-04")
    assert sails_on(replace(said, held=(HELD,)), "DEPART", last) == HELD.new_date
    for sailing, milestone in ((said, "ARRIVE"), (said, "ON_BOARD"), (NEW, "DEPART")):
        assert sails_on(sailing, milestone, last) == last
    assert sails_on(NEW, "DEPART", None) is None
