"""Rules of early warning, on made-up plans: what is in danger when, that it does not flicker, and that it is told once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orders.orders.model import Source
from services.orders.planning.domain import settle
from services.orders.planning.model import Key, Plan, Stated
from services.orders.risks.domain import RULES, gate_unmet, news, next_look, overdue, risks, standing
from services.orders.risks.model import Limit, Rule, Sign, Told, View
from services.orders.risks.queries import shown
from services.orders.templates.domain import compile_template
from shared.contracts.risks import MilestoneAtRisk, MilestoneOverdue, MilestoneRisk, MilestoneRiskCleared, RiskKind
from tests.orders.networks import Drawn, drawn
from tests.orders.plans import KNOWN, NOW, after, day, decided_of, delay_body, entered, line, log, order, plans, step, template

LIMITS: dict[RiskKind, Limit] = {
    "slack_used_up": Limit(days=0, margin=1),
    "not_started": Limit(days=-1, margin=1),
    "cutoff_near": Limit(days=1, margin=0),
    "cutoffs_unknown": Limit(days=30, margin=0),
    "document_missing": Limit(days=3, margin=2),
    "inspection_failed": Limit(days=0, margin=0),
    "gate_unmet": Limit(days=0, margin=0),
}


NOTHING = Told()


def found(plan: Plan, today: date, told: Told = NOTHING, rules: Sequence[Rule] = RULES) -> tuple[MilestoneRisk, ...]:
    return risks(View(plan, today, LIMITS, standing(told)), rules)


def kinds(risk: MilestoneRisk) -> set[str]:
    return {reason.kind for reason in risk.reasons}


def achieved(plan: Plan, milestone: str, on: str) -> Plan:
    return replace(plan, nodes=tuple(replace(one, actual=day(on)) if one.milestone == milestone else one for one in plan.nodes))


# Entered for 2026-06-01: ORD_CONF 2026-03-30, PRD_END 2026-04-19, DEPART 2026-04-27, ARRIVE 2026-05-27.
PLAN = entered()
MADE = achieved(PLAN, "ORD_CONF", "2026-03-20")


def test_nothing_is_in_danger_while_there_are_days_to_spare() -> None:
    assert found(MADE, day("2026-04-10")) == ()


@pytest.mark.parametrize(("today", "left"), [("2026-04-19", 0), ("2026-04-20", -1), ("2026-04-24", -5)])
def test_the_next_step_is_in_danger_when_the_slack_is_used_up(today: str, left: int) -> None:
    (risk, *_) = found(MADE, day(today))
    assert (risk.milestone, risk.reasons[0].kind, risk.reasons[0].days) == ("PRD_END", "slack_used_up", left)
    assert risk.level == ("high" if left <= -3 else "watch")


def test_what_waits_for_a_step_that_has_not_happened_cannot_begin() -> None:
    # DEPART takes eight days up to 2026-04-27: it begins at the end of 2026-04-19, when PRD_END has happened.
    assert {risk.milestone: kinds(risk) for risk in found(MADE, day("2026-04-20"))} == {
        "PRD_END": {"slack_used_up"},
        "DEPART": {"not_started"},
    }


def test_what_waits_for_days_after_a_step_cannot_begin_without_them() -> None:
    steps = step("READY", 0), step("SHIP", 2, {"milestone": "READY", "lag_days": 10})
    plan = entered(known=replace(KNOWN, templates={"test": compile_template(template(*steps), 1)}))
    # SHIP is due on 2026-06-01 and begins at the end of 2026-05-30: READY has happened ten days before.
    reasons = {day: {one.milestone: one.reasons[0].days for one in found(plan, date(2026, 5, day))} for day in (20, 21, 23)}
    assert reasons == {20: {"READY": 0}, 21: {"READY": -1, "SHIP": -1}, 23: {"READY": -3, "SHIP": -3}}


def test_a_delay_that_breaks_the_promise_is_a_danger_at_once() -> None:
    late = after(log(MADE, delay_body(day("2026-05-06"), "DEPART")))
    (risk,) = found(late, day("2026-04-01"))
    assert (risk.milestone, kinds(risk), risk.reasons[0].days, risk.level) == ("DEPART", {"slack_used_up"}, -9, "high")


def test_a_gate_is_in_danger_when_the_carrier_sails_before_it_is_met() -> None:
    steps = tuple(step.model_copy(update={"gate": step.code == "PRD_END"}) for step in MADE.network.steps)
    word = Stated(day("2026-04-10"), None, "carrier", NOW)
    nodes = tuple(replace(one, stated=word) if one.milestone in ("DEPART", "ARRIVE") else one for one in MADE.nodes)
    sailing = replace(MADE, network=replace(MADE.network, steps=steps), nodes=nodes)
    early = View(sailing, day("2026-04-09"), LIMITS)
    assert risks(early, [gate_unmet]) == ()
    assert next_look(early) == day("2026-04-10")
    (risk,) = found(sailing, day("2026-04-12"), rules=[gate_unmet])
    assert risk.milestone == "PRD_END"
    assert [(reason.kind, reason.days, reason.by) for reason in risk.reasons] == [("gate_unmet", -2, "DEPART")]
    assert found(achieved(sailing, "PRD_END", "2026-04-12"), day("2026-04-12"), rules=[gate_unmet]) == ()
    assert found(MADE, day("2026-04-12"), rules=[gate_unmet]) == ()


def test_what_has_happened_is_in_no_danger() -> None:
    shipped = achieved(achieved(MADE, "PRD_END", "2026-04-15"), "DEPART", "2026-04-25")
    assert [risk.milestone for risk in found(shipped, day("2026-05-28"))] == ["ARRIVE", "DELIVERED"]


def test_what_is_delivered_is_followed_without_its_promise() -> None:
    """What comes after the delivery is overdue by the clock; nothing of it speaks of the delivery. What nobody follows is left alone."""
    sent = entered(line(), incoterm="FOB", number=200)
    assert sent.delivery_point == "DEPART"
    made = achieved(achieved(sent, "ORD_CONF", "2026-05-01"), "PRD_END", "2026-05-20")
    left = settle(replace(achieved(made, "DEPART", "2026-06-01"), lines=(replace(made.lines[0], delivered=day("2026-06-01")),)))
    assert (left.status, left.at((None, "ARRIVE")).estimated) == ("completed", day("2026-07-01"))

    def everything(view: View) -> Iterator[Sign]:
        for kind in LIMITS:
            yield from view.sign((None, "ARRIVE"), kind, -60)

    today = day("2026-07-02")
    view = View(left, today, LIMITS)
    assert found(left, today) == ()
    (risk,) = found(left, today, rules=[everything])
    assert kinds(risk) == {"cutoff_near", "cutoffs_unknown", "document_missing", "gate_unmet"}
    assert [(late.milestone, late.expected) for late in overdue(left, today)] == [("ARRIVE", day("2026-07-01"))]
    assert overdue(left, day("2026-07-01")) == ()
    assert next_look(View(left, day("2026-06-01"), LIMITS)) == today
    assert next_look(view) == day("2026-07-07")  # the day after DELIVERED is expected
    for over in (replace(left, status="cancelled"), replace(left, nodes=tuple(replace(one, followed=False) for one in left.nodes))):
        assert (found(over, today, rules=[everything]), overdue(over, today), next_look(replace(view, plan=over))) == ((), (), None)


def test_what_came_after_a_delivery_that_was_taken_over_is_not_followed() -> None:
    """Of a file. What somebody types in himself, and what is delivered later, is."""
    done, open_line = line(delivered="2026-02-01"), line("2", shipment="SH-1")
    new = order(done, open_line, incoterm="FOB", ordered_on="2026-01-01")
    by_source: dict[Source, list[Key]] = {"import": [(None, "ARRIVE"), (None, "DELIVERED")], "api": []}
    for source, expected in by_source.items():
        plan = decided_of(new, source=source).after
        assert plan is not None
        assert [node.key for node in plan.nodes if not node.followed] == expected


def test_a_risk_stands_until_there_is_more_to_spare_than_where_it_was_raised() -> None:
    before = Told(found(MADE, day("2026-04-19")))
    (line,) = MADE.lines
    for days, stands in ((0, True), (1, True), (2, False)):
        eased = replace(MADE, lines=(replace(line, promised=line.promised + timedelta(days=days)),))
        assert bool(found(eased, day("2026-04-19"), before)) is stands
        assert bool(found(eased, day("2026-04-19"))) is (days == 0)


def test_news_are_told_once_and_a_day_more_is_no_news() -> None:
    first = Told(found(MADE, day("2026-04-20")))
    (raised,) = news(MADE, Told(), first)
    assert isinstance(raised, MilestoneAtRisk)
    assert raised.risks == first.risks
    second = Told(found(MADE, day("2026-04-21"), first))
    assert second != first
    assert news(MADE, first, second) == ()
    third = Told(found(MADE, day("2026-04-23"), second))
    (higher,) = news(MADE, second, third)
    assert isinstance(higher, MilestoneAtRisk)
    assert ("PRD_END", "high") in {(risk.milestone, risk.level) for risk in higher.risks}
    (cleared,) = news(MADE, third, Told())
    assert isinstance(cleared, MilestoneRiskCleared)
    assert cleared.risks == third.risks


def test_an_overdue_milestone_is_told_again_only_on_a_new_date_or_under_a_new_promise() -> None:
    today = day("2026-04-20")
    late = Told(overdue=overdue(MADE, today))
    (event,) = news(MADE, Told(), late)
    assert isinstance(event, MilestoneOverdue)
    assert [(one.milestone, one.expected) for one in event.milestones] == [("PRD_END", day("2026-04-19"))]
    assert news(MADE, late, Told(overdue=overdue(MADE, today + timedelta(days=9)))) != ()  # DEPART is overdue, too
    assert news(MADE, late, Told(overdue=overdue(MADE, today + timedelta(days=2)))) == ()
    (line,) = MADE.lines
    promised = replace(MADE, lines=(replace(line, promise_revision=line.promise_revision + 1),))
    assert len(news(promised, late, Told(overdue=overdue(promised, today)))) == 1


def test_a_delivery_that_nobody_recorded_is_overdue_after_what_shows_it() -> None:
    """The goods were handed over before the day on which they were expected to arrive, where they are delivered: its lines stay open."""
    plan = settle(achieved(entered(delivery_point="ARRIVE"), "DELIVERED", "2026-05-20"))
    view = View(plan, day("2026-05-20"), LIMITS)
    assert (overdue(plan, view.today), next_look(view)) == ((), day("2026-05-21"))
    assert [(late.milestone, late.expected) for late in overdue(plan, day("2026-05-21"))] == [("ARRIVE", day("2026-05-20"))]
    delivered = tuple(replace(line, delivered=day("2026-05-19")) for line in plan.lines)
    assert overdue(settle(achieved(replace(plan, lines=delivered), "ARRIVE", "2026-05-19")), day("2026-05-21")) == ()


def test_what_may_be_late_is_overdue_when_it_is_later_than_that() -> None:
    steps = step("READY", 0, tolerance_days=10), step("SHIP", 2, "READY")
    plan = entered(known=replace(KNOWN, templates={"test": compile_template(template(*steps), 1)}))
    # READY is planned for 2026-05-30.
    late = {day: [one.milestone for one in overdue(plan, date(2026, 6, day))] for day in (1, 9, 10)}
    assert late == {1: [], 9: ["SHIP"], 10: ["READY", "SHIP"]}
    assert next_look(View(plan, date(2026, 6, 9), LIMITS)) == date(2026, 6, 10)


def test_the_alarm_goes_again_for_any_line_that_is_promised_anew_and_for_none_that_leaves_or_is_split() -> None:
    today = day("2026-04-20")
    first, second = (replace(line, promise_revision=at) for line, at in zip(entered(line(), line("2")).lines, (2, 0), strict=True))
    both = replace(entered(line(), line("2")), lines=(first, second))
    told = Told(overdue=overdue(both, today))
    moved = replace(both, lines=(first, replace(second, promise_revision=1)))
    assert len(news(moved, told, Told(overdue=overdue(moved, today)))) == 1
    assert news(moved, told, Told(overdue=overdue(replace(both, lines=(second,)), today))) == ()
    split = replace(both, lines=(first, replace(first, line="1-2", part_of="1"), second))
    assert news(split, told, Told(overdue=overdue(split, today))) == ()


@given(plans(), st.integers(-30, 200))
def test_only_what_is_still_to_come_is_in_danger(plan: Plan, days: int) -> None:
    today = day("2026-03-01") + timedelta(days=days)
    for risk in found(plan, today):
        assert plan.passed((risk.shipment, risk.milestone)) is None
        assert 1 <= risk.score <= 100
    assert all(one.expected < today for one in overdue(plan, today))


@settings(max_examples=300)
@given(drawn(), st.integers(0, 200), st.integers(1, 60))
def test_nothing_new_is_found_before_the_day_of_the_next_look(made: Drawn, start: int, later: int) -> None:
    plan = made.plan()
    today = made.promise - timedelta(days=start)
    view = View(plan, today, LIMITS)
    now = Told(risks(view, RULES), overdue(plan, today))
    look = next_look(view)
    then = today + timedelta(days=later)
    if look is None or then < look:
        assert news(plan, now, Told(found(plan, then, now), overdue(plan, then))) == ()


@given(drawn(), st.integers(0, 200), st.integers(0, 30))
def test_the_danger_grows_with_the_days_that_pass(made: Drawn, start: int, later: int) -> None:
    plan, today = made.plan(), made.promise - timedelta(days=start)
    spare = [one.spare_days for one in View(plan, today, LIMITS).outlook]
    after_days = [one.spare_days for one in View(plan, today + timedelta(days=later), LIMITS).outlook]
    assert all(then <= now for now, then in zip(spare, after_days, strict=True))


def test_rules_of_others_come_beside_those_of_the_plan() -> None:
    def rule(view: View):  # type: ignore[no-untyped-def]
        yield from view.sign((None, "DEPART"), "document_missing", (day("2026-04-13") - view.today).days, "SI")
        yield from view.sign((None, "NOWHERE"), "document_missing", -9, "SI")

    assert found(MADE, day("2026-04-09"), rules=(*RULES, rule)) == ()
    (risk,) = found(MADE, day("2026-04-10"), rules=(*RULES, rule))
    assert (risk.milestone, risk.reasons[0].by, risk.reasons[0].days) == ("DEPART", "SI", 3)
    key: Key = (None, "DEPART")
    assert standing(Told((risk,))) == {(key, "document_missing")}


@pytest.mark.parametrize(
    ("reason", "en", "zh"),
    [
        ({"kind": "slack_used_up", "days": 0}, "no day to spare before the promise", "距承诺交期尚余 0 天"),
        ({"kind": "slack_used_up", "days": -39}, "39 days too late for the promise", "晚于承诺交期 39 天"),
        (
            {"kind": "cutoff_near", "days": 1, "by": "verified_gross_mass"},
            "the cut-off for the verified gross mass is near",
            "核实总重 (VGM) 申报截止时间临近",
        ),
        (
            {"kind": "cutoff_near", "days": -1, "by": "customs"},
            "1 day too late for the cut-off for customs clearance",
            "晚于海关放行截止时间 1 天",
        ),
        ({"kind": "document_missing", "days": 1, "by": "BILL_OF_LADING"}, "the document bill of lading is missing", "缺少单证 提单"),
    ],
)
def test_a_reason_reads_without_codes_and_says_when_it_is_too_late(reason: dict[str, Any], en: str, zh: str) -> None:
    same = {"customer": "ACME", "shipment": "SH-1", "milestone": "PACKED", "department": "warehouse", "expected": NOW.date()}
    row = {**same, "number": "SO-1", "level": "high", "score": 50, "raised_on": NOW.date(), "reasons": [reason], "names": [None]}
    (told,) = shown(cast("asyncpg.Record", row)).reasons
    assert (told.text.en, told.text.zh_cn) == (en, zh)
