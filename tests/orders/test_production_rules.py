"""Production: what may be reported, what its rate lets expect, and what an order does by it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.orders.corrections import domain as corrections
from services.orders.milestones.domain import OrderOver, Reporter, record
from services.orders.orders.model import Known, Ordered
from services.orders.planning.domain import settle
from services.orders.planning.model import OpenDelay, Stated
from services.orders.planning.obstacles import Failed
from services.orders.production.domain import (
    Followed,
    behind,
    correct,
    finish,
    follow,
    happened,
    made_before,
    needed_rate,
    proved,
    rate,
    regrouped,
    report,
    retry,
    silent,
)
from services.orders.production.domain.pace import REPORT_DAYS
from services.orders.production.domain.reports import Standing
from services.orders.production.model import CorrectReport, Point, Progress, ReportProgress, Stage, Track
from services.orders.risks.model import Limit, View
from services.orders.templates.domain import compile_template
from shared.calendars import NO_DAY_OFF, WorkCalendar
from shared.contracts.corrections import MilestoneCorrected
from shared.contracts.estimates import EstimateSource, MilestoneEstimated
from shared.contracts.orders import MilestoneAchieved, PlanReestimated
from shared.contracts.production import ProductionCompleted, ProductionProgressed, ProductionStarted
from shared.contracts.text import LocalText
from shared.problems import Forbidden, Invalid, Problem
from tests.orders.networks import MONDAY, made_calendars
from tests.orders.plans import KNOWN, NOW, TODAY, after, as_of, day, delay_body, entered, line, log, step, template

NAME = LocalText(en="step")
STAGES = {
    code: Stage(code, NAME, milestone, last, position)
    for position, (code, milestone, last) in enumerate(
        [("making", "PRD_END", True), ("cutting", "PRD_END", False), ("finishing", "PRD_END", True), ("packing", "PACKED", True)]
    )
}
NETWORK = compile_template(
    template(
        step("ORD_CONF", 0),
        step("DEPOSIT", 5, "ORD_CONF", gate=True),
        step("PRD_START", 2, "DEPOSIT", department="production", early=True),
        step("PRD_END", 20, "PRD_START", department="production", early=True),
        step("PACKED", 3, "PRD_END", department="logistics"),
        delivery_point_by_incoterm={},
    ),
    1,
)
WORKSHOP = replace(KNOWN, templates={"test": NETWORK})
INSPECTED = replace(KNOWN, templates={"test": compile_template(
    template(
        step("DEPOSIT", 5, gate=True),
        step("PRD_START", 2, "DEPOSIT", early=True),
        step("QC_INLINE", 10, "PRD_START", early=True),
        step("PRD_END", 18, "PRD_START", {"milestone": "QC_INLINE", "waits": "finish_to_finish", "lag_days": 4}, early=True),
        step("PACKED", 3, "PRD_END"),
    ),
    1,
)})  # fmt: skip
"""Goods are looked at while they are made, four days before that ends at the latest."""
ids = count(1)
ALL = Reporter(frozenset({"mei"}), None, whatever=True)


def made(*lines: dict[str, Any], paid: bool = True, by: Known = WORKSHOP) -> Progress:
    """An order promised for 2026-06-01, whose production has to end by 2026-05-29."""
    plan = entered(*(lines or (line(),)), known=by)
    plan = record(plan, "DEPOSIT", None, day("2026-02-20")).settled.after if paid else plan
    return Progress(plan, {one["line"]: Ordered(None, Decimal(one["quantity"]), one["uom"]) for one in lines or (line(),)}, {})


def said(known: Progress, done: int, on: date = TODAY, who: Reporter = ALL, **more: Any) -> tuple[Progress, Followed | None]:
    """One report, on the day it is of; None where it says the same again."""
    body = ReportProgress.model_validate({"day": on, "done": done, **more})
    entry = report(known, STAGES, body, who, UUID(int=next(ids)), on)
    if entry is None:
        return known, None
    at = NOW + (on - TODAY)
    now = replace(known.with_track(entry.track), told=known.told | {at})
    followed = follow(known, now, [entry], at)
    return replace(now, plan=replace(followed.settled.after, version=1)), followed


def done(known: Progress, *quantities: int, stage: str = "making", every: int = 1, **more: Any) -> tuple[Progress, Followed]:
    """Reports on the days from today on."""
    followed = None
    for at, quantity in enumerate(quantities):
        known, followed = said(known, quantity, TODAY + timedelta(days=at * every), stage=stage, **more)
    assert followed is not None
    return known, followed


def days_short(known: Progress, on: date) -> list[tuple[str, int, str | None]]:
    view = View(known.plan, on, {"quantity_behind": Limit(days=-1, margin=1)})
    return [(sign.key[1], sign.reason.days, sign.reason.by) for sign in behind(list(known.tracks.values()))(view)]


quantities = st.integers(0, 3000).map(Decimal)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    first, last = sorted(draw(st.tuples(quantities, quantities)))
    begin, days = MONDAY + timedelta(days=draw(st.integers(0, 100))), draw(st.integers(0, 60))
    points = Point(begin, first), Point(begin + timedelta(days=days), last if days else first)
    return Track("1", None, draw(st.integers(1, 3000).map(Decimal)), "PCE", STAGES["making"], None, 2, *points)


@given(tracks(), st.sampled_from(made_calendars()), st.integers(0, 90))
def test_a_step_ends_on_a_working_day_neither_before_its_last_report_nor_before_today(
    track: Track, calendar: WorkCalendar, later: int
) -> None:
    assert track.last is not None
    today = track.last.day + timedelta(days=later)
    ends = finish(track, calendar, today)
    if track.complete:
        assert ends == track.last.day
    elif ends is not None:
        assert ends >= today
        assert ends > track.last.day
        assert calendar.is_open(ends.toordinal())


@given(tracks(), st.sampled_from(made_calendars()), st.integers(0, 500).map(Decimal), st.integers(0, 500).map(Decimal))
def test_more_that_is_made_ends_no_later_and_more_to_make_no_sooner(
    track: Track, calendar: WorkCalendar, more: Decimal, wanted: Decimal
) -> None:
    assert track.last is not None
    assert track.first is not None
    today, never = track.last.day, date.max
    ends = finish(track, calendar, today) or never
    if track.first.day < track.last.day:
        ahead = replace(track, last=Point(track.last.day, track.last.done + more))
        assert (finish(ahead, calendar, today) or never) <= ends
    assert (finish(replace(track, stated=track.quantity + wanted), calendar, today) or never) >= ends


@given(tracks(), st.sampled_from(made_calendars()))
def test_at_its_rate_it_is_made_by_its_end_and_not_a_working_day_before(track: Track, calendar: WorkCalendar) -> None:
    assert track.last is not None
    speed, ends = rate(track, calendar), finish(track, calendar, track.last.day)
    if speed and ends is not None and not track.complete:
        days = calendar.between(track.last.day.toordinal(), ends.toordinal())
        assert speed * (days - 1) < track.left <= speed * days


def test_one_day_says_nothing_and_a_stop_neither() -> None:
    known, followed = done(made(), 300)
    assert (rate(known.tracks["1", "making"], NO_DAY_OFF), followed.settled.after.at((None, "PRD_END")).stated) == (None, None)
    known, followed = done(made(), 300, 300, 300)
    assert finish(known.tracks["1", "making"], NO_DAY_OFF, TODAY) is None
    assert [event for event in followed.settled.events if isinstance(event, MilestoneEstimated)] == []


def test_the_first_quantity_starts_production_and_the_rate_says_when_it_ends() -> None:
    known, followed = done(made(), 100)
    started, progressed, achieved, *_ = followed.settled.events
    assert isinstance(started, ProductionStarted)
    assert isinstance(progressed, ProductionProgressed)
    assert isinstance(achieved, MilestoneAchieved)
    assert (started.day, achieved.milestone, achieved.actual) == (TODAY, "PRD_START", TODAY)
    assert [one.milestone for one in followed.recorded] == ["PRD_START"]
    known, next_day = said(known, 300, TODAY + timedelta(days=4))  # 50 a day, 900 left
    assert next_day is not None
    node = next_day.settled.after.at((None, "PRD_END"))
    assert (node.estimated, node.stated and node.stated.source) == (TODAY + timedelta(days=22), "production")
    assert not any(isinstance(event, ProductionStarted) for event in next_day.settled.events)
    assert [event.because for event in next_day.settled.events if isinstance(event, PlanReestimated)] == ["production_progressed"]
    assert said(known, 300, TODAY + timedelta(days=4))[1] is None


def test_a_slower_rate_expects_it_later_and_the_promise_stays() -> None:
    known, followed = done(made(), 0, 10)
    late = followed.settled.after
    assert late.at((None, "PRD_END")).estimated == TODAY + timedelta(days=120)
    assert late.lines[0].promised == day("2026-06-01")
    assert [moved.line for moved in followed.settled.moves.at_risk] == ["1"]
    assert days_short(known, TODAY + timedelta(days=1)) == [
        ("PRD_END", (day("2026-05-29") - late.at((None, "PRD_END")).estimated).days, "making")
    ]


@given(
    st.integers(0, 1200),
    st.tuples(st.integers(1, 1200), st.integers(1, 1200)).map(sorted),
    st.integers(1, 30),
    st.booleans(),
    st.integers(0, 60),
    st.integers(0, 40),
)
@example(1, [560, 700], 7, True, 10, 0)
def test_the_more_is_made_the_sooner_it_is_expected(
    first: int, further: list[int], days: int, paid: bool, inline: int, passed: int
) -> None:
    """Whatever else it waits for, and whenever that comes: a gate that is not met, an inspection that is late."""
    known, key = said(made(paid=paid, by=INSPECTED), first)[0], (None, "PRD_END")
    held = OpenDelay(UUID(int=900), None, "QC_INLINE", TODAY + timedelta(days=inline))
    known = replace(known, plan=settle(replace(known.plan, delays=(held,))))
    on = TODAY + timedelta(days=days)
    less, more = (said(known, min(1200, first + one), on)[0].plan for one in further)
    assume(less.at(key).stated is not None)
    then = on + timedelta(days=passed)
    assert as_of(more, then).at(key).estimated <= as_of(less, then).at(key).estimated


def test_what_is_made_before_the_inspection_waits_for_that_alone() -> None:
    known = made(by=INSPECTED)
    failed = replace(known, plan=replace(known.plan, failed=(Failed(UUID(int=8), "inline", "QC_INLINE", ("1",)),)))
    inspected = TODAY + timedelta(days=10)
    for quantities in ((100, 600), (100, 1100), (100, 1200), (1200,)):
        _, followed = done(failed, *quantities)
        start, inline, end = (followed.settled.after.at((None, code)) for code in ("PRD_START", "QC_INLINE", "PRD_END"))
        assert (start.actual, inline.estimated, end.actual) == (TODAY, inspected, None)
        assert (end.estimated, end.driven_by) == (inspected + timedelta(days=4), "QC_INLINE")


def test_an_open_delay_still_holds_the_milestone() -> None:
    known = made()
    held = replace(known, plan=replace(after(log(known.plan, delay_body(day("2026-05-20"), "PRD_END"))), version=1))
    _, followed = done(held, 0, 600)
    assert followed.settled.after.at((None, "PRD_END")).estimated == day("2026-05-20")


def test_nothing_is_expected_while_a_line_or_a_step_says_nothing() -> None:
    known, followed = done(made(line("1"), line("2")), 0, 600, line="1")
    assert followed.settled.after.at((None, "PRD_END")).stated is None
    _, followed = done(known, 0, 300, line="2")
    stated = followed.settled.after.at((None, "PRD_END")).stated
    assert stated is not None
    assert stated.day == TODAY + timedelta(days=4), "when the slower of the two ends"
    _, followed = done(made(), 0, 300, stage="cutting")
    assert followed.settled.after.at((None, "PRD_END")).stated is None, "cutting ends nothing"


def test_the_step_that_ends_last_is_the_bottleneck() -> None:
    known, _ = done(made(), 0, 300, stage="cutting")
    known, followed = done(known, 0, 100, stage="finishing")
    (said_of,) = [event for event in followed.settled.events if isinstance(event, ProductionProgressed)]
    assert [(one.finish, one.bottleneck_stage) for one in said_of.expected] == [(TODAY + timedelta(days=12), "finishing")]
    stopped = replace(known.tracks["1", "finishing"], last=Point(TODAY + timedelta(days=1), Decimal(0)))
    assert days_short(known.with_track(stopped), TODAY) == [("PRD_END", -1, "finishing")], "what stands still is late at least"


def test_a_later_step_proves_the_earlier_ones_to_be_as_far() -> None:
    known, _ = done(made(), 0, 300, stage="cutting")
    known, followed = done(known, 0, 0, 700, stage="finishing")
    assert [(track.stage.code, track.done) for track in proved(known.tracks.values())] == [
        (code, Decimal(700)) for code in ("cutting", "finishing")
    ]
    assert followed.settled.after.at((None, "PRD_END")).estimated == TODAY + timedelta(days=4), "500 are left at 350 a day"
    known, last = said(known, 1200, TODAY + timedelta(days=3), stage="finishing")
    assert last is not None
    assert last.settled.after.at((None, "PRD_END")).actual == TODAY + timedelta(days=3)
    whole, _ = done(made(), 300)
    whole, _ = done(whole, 700, stage="packing")
    assert whole.tracks["1", "making"] == proved(whole.tracks.values())[0], "the whole is no step of it"
    (half,) = made_before(done(done(made(), 300, stage="cutting")[0], 700, stage="finishing")[0], ["1"], "PACKED")
    assert (half.done, half.total) == (Decimal(700), Decimal(1200))


@given(tracks(), st.sampled_from(made_calendars()), st.integers(0, 3000).map(Decimal))
def test_what_is_not_reported_any_more_is_counted_from_today(track: Track, calendar: WorkCalendar, more: Decimal) -> None:
    """However much is left, a step whose reports are old ends no sooner than its rate makes that from today on."""
    assert track.last is not None
    today = track.last.day + timedelta(days=77)
    speed, ends = rate(track, calendar), finish(track, calendar, today)
    if speed and ends is not None and not track.complete:
        assert speed * calendar.between(today.toordinal() - 1, ends.toordinal()) >= track.left
    ahead = replace(track, last=Point(track.last.day, track.last.done + more))
    if speed and ahead.last is not None:
        assert (finish(ahead, calendar, today) or date.max) <= (ends or date.max)


def test_reports_that_cease_are_said_of_the_line_that_is_silent_the_longest() -> None:
    known, _ = done(made(line("1"), line("2")), 0, 700, line="1", stage="finishing")
    known, _ = done(known, 0, 0, 0, 500, line="2", stage="cutting")

    def said_of(on: date) -> list[tuple[str, int, str | None]]:
        view = View(known.plan, on, {"reports_ceased": Limit(days=-1, margin=0)})
        return [(sign.key[1], sign.reason.days, sign.reason.by) for sign in silent(list(known.tracks.values()))(view)]

    due = TODAY + timedelta(days=1 + REPORT_DAYS)
    assert said_of(due) == []
    assert said_of(due + timedelta(days=1)) == [("PRD_END", -1, "finishing")]
    known, _ = said(known, 1200, due, line="1", stage="finishing")
    assert said_of(due + timedelta(days=70))[0][2] == "cutting", "what is made is reported no more"


def test_a_line_that_is_delivered_or_gone_holds_up_nothing() -> None:
    known, _ = done(made(line("1"), line("2")), 0, 10, line="1")
    gone = replace(known, plan=replace(known.plan, lines=known.plan.lines[1:]))
    assert days_short(known, TODAY) != []
    assert days_short(gone, TODAY) == []


def test_the_last_quantity_ends_the_milestone_once() -> None:
    known, followed = done(made(), 600, 1200)
    assert [(event.milestone, event.day) for event in followed.settled.events if isinstance(event, ProductionCompleted)] == [
        ("PRD_END", TODAY + timedelta(days=1))
    ]
    assert followed.settled.after.at((None, "PRD_END")).actual == TODAY + timedelta(days=1)
    _, again = said(known, 1210, TODAY + timedelta(days=2))
    assert again is not None
    assert [type(event) for event in again.settled.events] == [ProductionProgressed]


def test_what_cannot_be_recorded_is_said_and_tried_again() -> None:
    known, followed = done(made(paid=False), 100)
    assert [(one.milestone, "DEPOSIT" in one.reason) for one in followed.unmoved] == [("PRD_START", True)]
    known = replace(known, plan=record(known.plan, "DEPOSIT", None, TODAY).settled.after)
    _, again = said(known, 200, TODAY + timedelta(days=1))
    assert again is not None
    assert [(one.milestone, one.day) for one in again.recorded] == [("PRD_START", TODAY)]


def test_what_was_made_before_a_gate_was_met_starts_production_with_the_next_report() -> None:
    known, _ = done(made(paid=False), 100)
    tomorrow = TODAY + timedelta(days=1)
    known = replace(known, plan=record(known.plan, "DEPOSIT", None, tomorrow).settled.after)
    _, again = said(known, 200, tomorrow)
    assert again is not None
    assert ([(one.milestone, one.day) for one in again.recorded], again.unmoved) == ([("PRD_START", tomorrow)], ())


def test_what_could_not_be_recorded_is_when_its_gate_is_met_and_until_then_is_said() -> None:
    known, followed = done(made(paid=False), 100, 200)
    assert followed.waits
    still = retry(known, TODAY)
    assert [(one.milestone, "DEPOSIT" in one.reason) for one in still.unmoved] == [("PRD_START", True)]
    later = TODAY + timedelta(days=3)
    known = replace(known, plan=record(known.plan, "DEPOSIT", None, later).settled.after)
    mended = retry(known, later)
    assert ([(one.milestone, one.day) for one in mended.recorded], mended.unmoved, mended.waits) == ([("PRD_START", later)], (), False)


def test_dates_that_a_wrong_report_gave_are_corrected_with_it_and_no_others() -> None:
    known, _ = done(made(), 1200)
    was = happened(known, TODAY)
    assert was == {(None, "PRD_START"): TODAY, (None, "PRD_END"): TODAY}
    one = corrections.follow(known.plan, (), was, {(None, "PRD_START"): TODAY}, "of another order")
    assert [(said.milestone, said.actual) for said in one.corrected] == [("PRD_END", None)]
    assert one.settled.after.at((None, "PRD_START")).actual == TODAY
    both = corrections.follow(known.plan, (), was, {}, "of another order")
    assert [said.milestone for said in both.corrected] == ["PRD_END", "PRD_START"], "the last first"
    assert [type(event) for event in both.settled.events] == [MilestoneCorrected, MilestoneCorrected, PlanReestimated], "one move"
    by_hand = {key: TODAY - timedelta(days=1) for key in was}
    stands = corrections.follow(known.plan, (), by_hand, {}, "of another order")
    assert (stands.settled.after, stands.settled.events, stands.corrected) == (known.plan, (), ())


def test_lines_are_not_delivered_by_a_report() -> None:
    _, followed = done(made(), 600, 1200, stage="packing")
    assert [one.milestone for one in followed.unmoved] == ["PACKED"]
    assert followed.settled.after.lines[0].delivered is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"done": 299}, "done"),
        ({"done": 1261}, "done"),
        ({"done": 400, "day": "2026-02-27"}, "day"),
        ({"done": 400, "day": "2026-03-03"}, "day"),
        ({"done": 400, "stage": "dreaming"}, "stage"),
        ({"done": 400, "line": "9"}, "line"),
    ],
)
def test_what_cannot_be_is_refused(body: dict[str, Any], field: str) -> None:
    known, _ = done(made(), 300)
    with pytest.raises(Invalid) as refused:
        report(known, STAGES, ReportProgress.model_validate({"day": TODAY, **body}), ALL, UUID(int=1), TODAY)
    assert refused.value.errors[0].field == field
    assert said(known, 1260)[1] is not None, "five percent more may be made"
    assert said(known, 1500, total=1500)[1] is not None, "and what is said to be made"


def test_a_correction_stays_between_its_neighbours() -> None:
    known, _ = done(made(), 300, 500, 700)
    track = known.tracks["1", "making"]
    middle = Standing(track, 2, 0, TODAY + timedelta(days=1), None, Decimal(300), Decimal(700))

    def corrected(quantity: int) -> Any:
        body = CorrectReport(done=Decimal(quantity), reason="counted twice")
        return correct(known.plan, middle, body, ALL, UUID(int=1))

    assert (corrected(450).nth, corrected(450).revision, corrected(450).day) == (2, 1, TODAY + timedelta(days=1))
    for wrong in (299, 701):
        with pytest.raises(Invalid):
            corrected(wrong)


def test_a_correction_may_take_back_what_was_expected() -> None:
    known, _ = done(made(), 100, 300)
    once = known.with_track(replace(known.tracks["1", "making"], last=Point(TODAY + timedelta(days=1), Decimal(100))))
    body = CorrectReport(done=Decimal(100), reason="counted twice")
    entry = correct(known.plan, Standing(known.tracks["1", "making"], 2, 0, TODAY, None, Decimal(100), None), body, ALL, UUID(int=1))
    followed = follow(known, once, [entry], NOW + timedelta(days=2))
    assert followed.settled.after.at((None, "PRD_END")).stated is None


@pytest.mark.parametrize("source", ["production", "owner"])
def test_reports_take_back_what_they_said_and_nobody_elses_word(source: EstimateSource) -> None:
    """Also what is handed on as the word of production."""
    key, later = (None, "PRD_END"), NOW + timedelta(days=1, hours=1)
    known, _ = done(made(), 100, 200)
    assert known.plan.at(key).stated is not None
    gone = regrouped(replace(known, tracks={}), later).settled.after
    assert gone.at(key).stated is None, "the line that was reported is gone"
    word = Stated(day("2026-05-07"), None, source, later)
    for tracks in (known.tracks, {}):
        told = replace(known, plan=known.plan.saying({key: word}), tracks=tracks)
        assert regrouped(told, later).settled.after.at(key).stated == word
    first, _ = done(made(), 100)
    handed_on = replace(first, plan=first.plan.saying({key: replace(word, at=NOW + timedelta(hours=1))}))
    silent_yet, _ = said(handed_on, 150, TODAY)
    assert silent_yet.plan.at(key).stated == handed_on.plan.at(key).stated, "a report that says no day is no newer word"
    assert said(silent_yet, 250, TODAY + timedelta(days=1))[0].plan.at(key).stated != handed_on.plan.at(key).stated


def test_a_department_reports_what_it_answers_for() -> None:
    known, own = made(), Reporter(frozenset({"wu"}), "production")
    assert said(known, 100, who=own)[1] is not None
    with pytest.raises(Forbidden):
        said(known, 100, who=own, stage="packing")


def test_nothing_is_made_for_an_order_that_is_over() -> None:
    known = made()
    with pytest.raises(OrderOver) as over:
        said(replace(known, plan=replace(known.plan, status="completed")), 100)
    assert isinstance(over.value, Problem)


def test_what_is_needed_from_now_on() -> None:
    known, _ = done(made(), 0, 200)
    needed = needed_rate(known.tracks["1", "making"], NO_DAY_OFF, TODAY + timedelta(days=11), TODAY)
    assert needed == 100
    assert needed_rate(known.tracks["1", "making"], NO_DAY_OFF, TODAY, TODAY) is None
