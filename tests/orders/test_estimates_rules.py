"""Words on milestones: what holds for every plan, and what a word does."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.delays.domain import Target, log_delay, retract_delay
from services.orders.estimates.domain import Of, Word, carriers_words, departure, state, state_all
from services.orders.milestones.domain import MilestoneReached, record
from services.orders.planning.domain import estimate, settle
from services.orders.planning.model import Key, Plan, Settled
from services.orders.shipments.domain import as_said, say_schedule
from services.orders.shipments.model import Sailing
from shared.contracts.estimates import MilestoneEstimated
from shared.contracts.orders import Because, PlanReestimated
from shared.problems import Invalid
from tests.orders.networks import together_with, told
from tests.orders.plans import NOW, day, delay_body, entered, line, log
from tests.orders.plans import after as delayed


def expected(plan: Plan) -> dict[Key, date]:
    return {key: found.day for key, found in estimate(plan).items()}


def say(plan: Plan, milestone: str, on: str | None, seconds: int = 0, source: str = "owner") -> Settled | None:
    word = Word(day(on) if on else None, source, NOW + timedelta(seconds=seconds))  # type: ignore[arg-type]
    return state(plan, (None, milestone), word)


def said(plan: Plan, milestone: str, on: str | None) -> Plan:
    settled = say(plan, milestone, on)
    assert settled is not None
    return settled.after


@given(told())
def test_a_word_lets_nothing_happen_before_what_must_come_first_or_on_a_free_day(plan: Plan) -> None:
    days = expected(plan)
    for node in plan.nodes:
        if plan.passed(node.key) is None:
            assert all(days[one.key] <= days[node.key] for one in plan.earlier(node))
            assert plan.calendars[node.calendar].is_open(days[node.key].toordinal())


@given(told())
def test_words_and_all_else_are_settled_at_once(plan: Plan) -> None:
    assert settle(plan) == plan
    bare = settle(replace(plan, nodes=tuple(replace(node, stated=None) for node in plan.nodes)))
    words = {node.key: node.stated for node in plan.nodes}
    again = settle(replace(bare, nodes=tuple(replace(node, stated=words[node.key]) for node in bare.nodes)))
    assert expected(again) == expected(plan)


@given(told(quicker=False), st.integers(1, 40), st.data())
def test_a_later_word_or_date_makes_nothing_earlier(plan: Plan, days: int, data: st.DataObject) -> None:
    """But one on quicker work, which says nothing while it is overtaken, and counts again when it can be."""
    node, later = data.draw(st.sampled_from(plan.nodes)), timedelta(days=days)
    if node.actual is not None:
        moved = {node.key: replace(node, actual=node.actual + later)}
    elif node.stated is not None:
        moved = {node.key: replace(node, stated=replace(node.stated, day=node.stated.day + later))}
    else:  # what happens together is planned together
        at = together_with(plan.network, node.position)
        moved = {one.key: replace(one, planned=one.planned + later) for one in (node, *(plan.nodes[at : at + 1] if at is not None else ()))}
    changed = expected(replace(plan, nodes=tuple(moved.get(one.key, one) for one in plan.nodes)))
    assert all(found <= changed[key] for key, found in expected(plan).items())


def test_a_word_takes_the_place_of_plan_and_duration() -> None:
    plan = entered(line(promised="2026-06-01"))
    settled = say(plan, "ARRIVE", "2026-05-20", source="carrier")
    assert settled is not None
    told_first, moved = settled.events
    assert isinstance(told_first, MilestoneEstimated)
    assert (told_first.milestone, told_first.day, told_first.source) == ("ARRIVE", day("2026-05-20"), "carrier")
    assert isinstance(moved, PlanReestimated)
    assert moved.because == "estimate_stated"
    assert settled.after.at((None, "ARRIVE")).estimated == day("2026-05-20"), "a week before its plan"
    assert said(plan, "ARRIVE", "2026-06-05").lines[0].estimated == day("2026-06-10"), "five days on the road follow"


def test_a_word_moves_along_with_what_the_milestone_waits_for() -> None:
    plan = said(entered(line(promised="2026-06-01")), "ARRIVE", "2026-05-20")
    held = delayed(log(plan, delay_body(day("2026-05-04"))))
    assert held.at((None, "DEPART")).estimated - plan.at((None, "DEPART")).estimated == timedelta(days=7)
    assert held.at((None, "ARRIVE")).estimated == day("2026-05-27")
    assert held.at((None, "ARRIVE")).driven_by == "DEPART"
    repeated = say(held, "ARRIVE", "2026-05-20", seconds=9, source="carrier")
    assert repeated is not None
    assert [type(one) for one in repeated.events] == [MilestoneEstimated, PlanReestimated]
    assert repeated.after.at((None, "ARRIVE")).estimated == day("2026-05-20"), "by a quicker vessel, as he says again"
    left = record(plan, "DEPART", None, day("2026-04-20")).settled.after
    assert left.at((None, "ARRIVE")).estimated == day("2026-05-20"), "who comes earlier there has not made the word worse"


@pytest.mark.parametrize(
    ("milestone", "on", "delayed_to", "expected_on"),
    [
        ("DEPART", "2026-05-20", {"PRD_END": "2026-04-25"}, "2026-05-20"),
        ("DEPART", "2026-04-21", {"PRD_END": "2026-04-21"}, "2026-04-21"),
        ("DEPART", "2026-04-21", {"PRD_END": "2026-04-22"}, "2026-04-30"),
        ("PRD_END", "2026-05-07", {"ORD_CONF": "2026-04-17"}, "2026-05-07"),
        ("PRD_END", "2026-05-07", {"ORD_CONF": "2026-04-20"}, "2026-05-10"),
        ("PRD_END", "2026-04-10", {"ORD_CONF": "2026-04-02"}, "2026-04-13"),
        ("ARRIVE", "2026-06-05", {"DEPART": "2026-05-02"}, "2026-06-10"),
        ("DELIVERED", "2026-06-05", {"ARRIVE": "2026-05-31"}, "2026-06-05"),
    ],
)
def test_a_word_names_a_day_that_slack_may_keep(milestone: str, on: str, delayed_to: dict[str, str], expected_on: str) -> None:
    """A vessel sails on its day, or without goods that are not ready then. A voyage and work take their days, or fewer if so said."""
    plan = said(entered(line(promised="2026-06-01")), milestone, on)
    ((before, to),) = delayed_to.items()
    found = delayed(log(plan, delay_body(day(to), before)))
    assert found.at((None, milestone)).estimated == day(expected_on)


@pytest.mark.parametrize(("etd", "departs", "second"), [("2026-04-22", "2026-04-22", "2026-06-01"), (None, "2026-05-02", "2026-05-22")])
def test_one_vessel_arrives_on_one_day_whenever_its_orders_were_to_leave(etd: str | None, departs: str, second: str) -> None:
    """The arrival that the carrier says is of his vessel: goods that were to leave after it say nothing of how long it takes. Where he has
    not said when it leaves, it does with the last of them.
    """
    plans = [entered(line(promised=on, shipment="SH-1"), number=at) for at, on in enumerate(("2026-06-01", "2026-06-06"), 101)]
    left, there, eta = ("SH-1", "DEPART"), ("SH-1", "ARRIVE"), day("2026-05-22")
    assert [plan.at(left).planned for plan in plans] == [day("2026-04-27"), day("2026-05-02")]
    leaves = departure(plans, "SH-1", Word(day(etd) if etd else None, "carrier", NOW))
    assert leaves == day(departs)
    days = {"DEPART": day(etd) if etd else None, "ARRIVE": eta}
    scheduled = [found.after for plan in plans if (found := state_all(plan, carriers_words(plan, "SH-1", days, NOW, leaves)))]
    assert [plan.at(there).estimated for plan in scheduled] == [eta, day(second)], "goods that miss it arrive with a later one"
    assert departure(scheduled, "SH-1") == leaves
    late = Word(day("2026-05-08"), "carrier", NOW + timedelta(hours=1))
    slipped = [found.after for plan in scheduled if (found := state(plan, left, late))]
    gone = [record(plan, "DEPART", "SH-1", day("2026-05-08")).settled.after for plan in scheduled]
    joined = settle(as_said(plans[1], "SH-1", Sailing(etd=late.day, eta=eta, said_at=NOW, departs=leaves)))
    arrives = [plan.at(there).estimated for plan in (*gone, joined)]
    later = eta + (day("2026-05-08") - leaves)
    assert arrives == [later] * 3, "so many days later as it left later, for who joins later as well"
    assert [plan.at(there).estimated for plan in slipped] == [later if etd else eta] * 2, "what he says first is no slip"
    assert departure(gone, "SH-1") == day("2026-05-08")


@pytest.mark.parametrize(
    "facts",
    [
        ("delay", "DEPART ARRIVE"),
        ("DEPART ARRIVE", "delay", "DEPART ARRIVE"),
        ("ARRIVE", "DEPART", "delay"),
        ("ARRIVE", "delay", "DEPART"),
        ("delay", "ARRIVE", "DEPART"),
    ],
)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40))
def test_a_sailing_and_its_delay_say_the_same_whichever_comes_first(facts: tuple[str, ...], left: int, voyage: int, late: int) -> None:
    """Whether the carrier says both of its days at once, or the arrival and then the first departure."""
    etd = day("2026-04-21") + timedelta(days=left)
    held = max(etd, day("2026-04-27")) + timedelta(days=late)
    days = {"DEPART": etd, "ARRIVE": held + timedelta(days=voyage)}

    def known(*facts: str) -> dict[Key, date]:
        plan, target = entered(line(shipment="SH-1")), Target("DEPART", "SH-1", shipment_id=UUID(int=7))
        for hour, fact in enumerate(facts):
            at = NOW + timedelta(hours=hour)
            if fact == "delay":
                plan = delayed(log_delay(target, [plan], delay_body(held), delay_id=UUID(int=900), by="li.wei", now=at))
            else:
                departs = departure([plan], "SH-1", Word(etd, "carrier", at, etd) if "DEPART" in fact else None)
                (said,) = say_schedule([plan], "SH-1", {one: days[one] for one in fact.split()}, at, departs)
                plan = said.after if said is not None else plan
        return expected(plan)

    assert known(*facts) == known("DEPART ARRIVE", "delay")
    assert known(*facts)["SH-1", "ARRIVE"] == days["ARRIVE"] + (held - etd)


def test_a_word_that_was_overtaken_says_nothing_and_counts_again_when_it_can_be() -> None:
    plan = said(said(entered(line(promised="2026-06-01")), "DEPART", "2026-04-21"), "ARRIVE", "2026-05-15")
    missed = log(plan, delay_body(day("2026-06-01"), "PRD_END"))
    found = expected(delayed(missed))
    assert (found[None, "DEPART"], found[None, "ARRIVE"]) == (day("2026-06-09"), day("2026-07-03")), "the next vessel, as quick"
    back = retract_delay(missed.delay, [delayed(missed)], "it was another order")
    assert expected(delayed(back)) == expected(plan)


def test_an_open_delay_still_holds_the_milestone() -> None:
    plan = delayed(log(entered(line(promised="2026-06-01")), delay_body(day("2026-05-04"))))
    assert said(plan, "DEPART", "2026-05-01").at((None, "DEPART")).estimated == day("2026-05-04")


def test_the_newest_word_stands() -> None:
    plan = said(entered(line(promised="2026-06-01")), "DEPART", "2026-04-28")
    assert say(plan, "DEPART", "2026-04-28") is None, "said already"
    assert say(plan, "DEPART", "2026-05-02", seconds=-9) is None, "older"
    again = say(plan, "DEPART", "2026-04-28", seconds=20)
    assert again is not None
    assert again.events == (), "it moves nothing, and counts from then on"
    assert say(again.after, "DEPART", "2026-05-02", seconds=9) is None, "older than when it was said again"
    newer = say(plan, "DEPART", "2026-05-02", seconds=9)
    assert newer is not None
    assert newer.after.at((None, "DEPART")).estimated == day("2026-05-02")


def test_a_word_taken_back_restores_every_date() -> None:
    plan = entered(line(promised="2026-06-01"))
    assert expected(said(said(plan, "DEPART", "2026-05-09"), "DEPART", None)) == expected(plan)
    assert say(plan, "DEPART", None) is None


@pytest.mark.parametrize(("because", "unsaid_at"), [("estimate_stated", NOW + timedelta(hours=1)), ("production_progressed", None)])
def test_production_says_no_more_what_somebody_else_took_back(because: Because, unsaid_at: datetime | None) -> None:
    plan, key = entered(line()), (None, "PRD_END")
    told = state_all(plan, {key: Word(day("2026-05-07"), "production", NOW)}, "production_progressed")
    assert told is not None
    back = state_all(told.after, {key: Word(None, "production", NOW + timedelta(hours=1))}, because)
    assert back is not None
    assert (back.after.at(key).stated, back.after.at(key).unsaid_at) == (None, unsaid_at)


@pytest.mark.parametrize(
    ("milestone", "on", "own"),
    [("DEPART", "2026-05-04", "2026-05-09"), ("ARRIVE", "2026-06-02", "2026-06-20"), ("DELIVERED", "2026-06-09", "2026-06-20")],
)
@pytest.mark.parametrize("of", ["order", "shipment", "events"])
def test_each_takes_back_only_his_own_word(milestone: str, on: str, own: str, of: Of) -> None:
    """Whether somebody says it for the carrier or his events do: what is uncovered counts as it was said; taken back again, nothing is."""
    plan, key, times = entered(line(shipment="SH-1")), ("SH-1", milestone), [NOW + timedelta(hours=at) for at in range(5)]
    carriers = Word(day(on), "carrier", times[0], departure([plan], "SH-1") if milestone == "ARRIVE" else None)
    said = state_all(plan, {key: carriers}, of=of)
    assert said is not None
    over = state_all(said.after, {key: Word(day(own), "owner", times[1])})
    assert over is not None
    nothing, gone = Word(None, "owner", times[2]), Word(None, "carrier", times[2])
    back = state_all(over.after, {key: nothing}, beneath={key: carriers})
    assert back is not None
    (news,) = (one for one in back.events if isinstance(one, MilestoneEstimated))
    assert (news.day, news.source) == (day(on), "carrier")
    assert expected(back.after) == expected(said.after)
    assert (back.after.at(key).typed, back.after.at(key).typed_at) == (None, None), "events that say otherwise, or no more, are followed"
    assert state_all(back.after, {key: replace(nothing, at=times[3])}, beneath={key: carriers}) is None
    assert state_all(over.after, {key: gone}, of=of) is None, "nothing of his stands"
    later = Word(day(on), "carrier", times[3], carriers.departs)
    again = state_all(over.after, {key: later}, of=of)
    assert again is not None
    ended = state_all(again.after, {key: replace(gone, at=times[4])}, of=of)
    assert ended is not None
    assert expected(ended.after) == expected(plan if of == "order" else over.after), "of one order the newest that was said by hand is kept"


def test_a_word_on_what_has_happened_or_cannot_be_is_refused() -> None:
    plan = record(entered(line(promised="2026-06-01")), "ORD_CONF", None, day("2026-03-01")).settled.after
    with pytest.raises(MilestoneReached, match="ORD_CONF of order SO-1 happened on 2026-03-01"):
        say(plan, "ORD_CONF", "2026-03-09")
    with pytest.raises(Invalid, match="2026-02-01 has passed: today is 2026-03-01") as refused:
        say(plan, "PRD_END", "2026-02-01")
    assert refused.value.errors[0].field == "day"
    with pytest.raises(Invalid, match="2026-04-01 is before PRD_END, which order SO-1 expects on 2026-04-19"):
        say(plan, "DEPART", "2026-04-01")
