"""Rules of inspections: a result agrees with its numbers, and milestones happen when all goods are cleared and no failure stands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.exceptions.domain import OwnWork
from services.orders.inspections import domain
from services.orders.inspections.domain import WORST, InspectionElsewhere, Outcome
from services.orders.inspections.model import Inspection, InspectionPlan, PlanInspection, ReportInspection, WaiveInspection
from services.orders.milestones.domain import NotPassed, record
from services.orders.orders.model import Ordered
from services.orders.planning.model import Plan
from services.orders.planning.obstacles import Failed
from services.orders.production.model import Point, Progress, Stage, Track
from services.orders.risks.model import Limit, View
from services.orders.templates.domain import compile_template
from services.orders.tracking.domain import Counts, follow
from shared.contracts.text import LocalText
from shared.problems import Invalid
from tests.orders.plans import KNOWN, NOW, TODAY, day, entered, line, step, template

CODES = ("ORD_CONF", "QC_INLINE", "PRD_END", "QC_FINAL", "DEPART", "DELIVERED")
NETWORK = compile_template(template(*(step(code, 5, *CODES[max(0, at - 1) : at]) for at, code in enumerate(CODES))), 1)
INSPECTED = replace(KNOWN, templates={"test": NETWORK})
SAMPLING = {"lot_size": 1200, "sample_size": 80, "major": {"accept": 5, "aql": "2.5"}, "minor": {"accept": 7}}
PLANNED: dict[str, Any] = {"day": "2026-05-25", "inspector": "qian.li", "sampling": SAMPLING}


def ordered(*lines: dict[str, Any]) -> Plan:
    return entered(*(lines or (line(),)), known=INSPECTED)


def planned(plan: Plan, others: Sequence[Inspection] = (), number: int = 70, **changes: Any) -> Outcome:
    body = PlanInspection.model_validate({"type": "final", **PLANNED, **changes})
    return domain.plan_inspection(reports(plan), body, others, inspection_id=UUID(int=number), by="li.wei", now=NOW)


def reported(
    plan: Plan,
    known: Inspection,
    outcome: str,
    others: Sequence[Inspection] = (),
    on: date = TODAY,
    made: Sequence[int] = (),
    **changes: Any,
) -> Outcome:
    body = {"outcome": outcome, "date": on, "inspected": 80, "note": "carton marks are wrong", **changes}
    return domain.report(reports(plan, *made), known, ReportInspection.model_validate(body), others, by="qian.li", today=on)


def reports(plan: Plan, *done: int, stage: str = "PRD_END") -> Progress:
    """The order with what the last step of a milestone has made of its lines; with nothing where nobody has reported."""
    lines = {one.line: Ordered(one.shipment, Decimal(1200), "PCE") for one in plan.lines}
    last = Stage("making", LocalText(en="making"), stage, True, 0)
    points = zip(plan.lines, done, strict=False)
    tracks = [Track(one.line, one.shipment, Decimal(1200), "PCE", last, last=Point(TODAY, Decimal(some))) for one, some in points]
    return Progress(plan, lines, {(track.line, last.code): track for track in tracks})


def stands(plan: Plan, *failed: Inspection) -> Plan:
    """The plan as it is loaded while these inspections have failed."""
    return replace(plan, failed=tuple(Failed(one.inspection_id, one.type, one.milestone, one.lines) for one in failed))


@given(
    st.sampled_from(["passed", "failed"]),
    st.integers(1, 1300),
    st.dictionaries(st.sampled_from(WORST), st.integers(1, 12)),
    st.booleans(),
)
def test_a_result_agrees_with_its_numbers(outcome: str, inspected: int, found: dict[str, int], explained: bool) -> None:
    plan = ordered()
    defects = [{"severity": severity, "description": "stain", "count": count} for severity, count in found.items()]
    accepted = {"critical": 0, "major": 5, "minor": 7}
    over = any(count > accepted[severity] for severity, count in found.items())
    note = "carton marks are wrong" if explained else None
    agrees = inspected <= 1200 and (inspected >= 80 and not over if outcome == "passed" else over or explained)
    result: dict[str, Any] = {"inspected": inspected, "defects": defects, "note": note}
    if agrees:
        assert reported(plan, planned(plan).asked, outcome, **result).asked.state == outcome
        return
    with pytest.raises(Invalid) as refused:
        reported(plan, planned(plan).asked, outcome, **result)
    assert {error.field for error in refused.value.errors} <= {"outcome", "inspected", "note"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([("1",), ("2",), ("3",), ("1", "2"), ("1", "2", "3")]),
            st.sampled_from(["passed", "failed", "planned", "waived"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_milestone_happens_when_all_its_goods_are_cleared(made: list[tuple[tuple[str, ...], str]]) -> None:
    """Two legs: lines 1 and 2 in SH-1, line 3 in SH-2."""
    plan = ordered(line("1", shipment="SH-1"), line("2", shipment="SH-1"), line("3", shipment="SH-2"))
    known: list[Inspection] = []
    for number, (lines, state) in enumerate(made):
        on = TODAY + timedelta(days=number)
        fresh = planned(plan, known, 70 + number, lines=lines).asked
        others = list(known)
        if state == "planned":
            known.append(fresh)
            continue
        plan = stands(plan, *(one for one in known if one.stands))
        done = reported(plan, fresh, "passed" if state == "passed" else "failed", others, on)
        if state == "waived":
            plan = stands(plan, *(one for one in known if one.stands), done.asked)
            body = WaiveInspection.model_validate({"date": on, "reason": "the buyer takes them"})
            done = domain.waive(reports(plan), done.asked, body, others, by="wang.fang", today=on)
        plan = done.settled.after
        known.append(done.asked)
        for shipment, leg in (("SH-1", {"1", "2"}), ("SH-2", {"3"})):
            here = [one for one in known if leg & set(one.lines)]
            actual = plan.at((shipment, "QC_FINAL")).actual
            if any(one.open for one in here) or not leg <= {line for one in here if one.cleared for line in one.lines}:
                assert actual is None or actual < on
            else:
                assert actual is not None


def test_nothing_passes_a_failure_until_it_is_repeated_or_waived() -> None:
    plan = ordered(line(shipment="SH-1"))
    failed = reported(plan, planned(plan).asked, "failed").asked
    plan = stands(plan, failed)
    for milestone in ("QC_FINAL", "DEPART", "DELIVERED"):
        with pytest.raises(NotPassed, match="waits for the inspection of QC_FINAL"):
            record(plan, milestone, "SH-1", TODAY)
    assert record(plan, "QC_INLINE", "SH-1", TODAY).reached
    # A carrier who says that it sailed is told why it is not taken.
    followed = follow(plan, {("SH-1", "DEPART"): Counts(TODAY, None, NOW)})
    assert "QC_FINAL" in followed.refused["SH-1", "DEPART"]
    again = domain.repeat(
        reports(plan), failed, InspectionPlan.model_validate(PLANNED), [failed], inspection_id=UUID(int=71), by="li.wei", now=NOW
    ).asked
    assert (again.repeats, again.lines, again.milestone) == (failed.inspection_id, failed.lines, "QC_FINAL")
    waiver = WaiveInspection.model_validate({"date": TODAY, "reason": "the buyer takes them"})
    with pytest.raises(InspectionElsewhere, match="repeated"):
        domain.waive(reports(plan), failed, waiver, [again], by="wang.fang", today=TODAY)
    done = reported(plan, again, "passed", [failed])
    assert [(one.state, one.repeated) for one in done.changed] == [("passed", False), ("failed", True)]
    assert done.settled.after.at(("SH-1", "QC_FINAL")).actual == TODAY
    # What had passed before it failed holds up what comes next, and nothing any more once that has happened.
    passed = replace(done.settled.after, failed=())
    with pytest.raises(NotPassed):
        record(replace(passed, failed=plan.failed), "DEPART", "SH-1", TODAY)
    gone = record(passed, "DEPART", "SH-1", TODAY).settled.after
    assert record(replace(gone, failed=plan.failed), "DELIVERED", "SH-1", TODAY).reached


PACKING = ("PRD_END", "QC_FINAL", "PACKED", "CST_DECL", "CST_REL", "HANDED_OVER", "DEPART", "DELIVERED")


def packed(*codes: str, point: str = "DELIVERED", **changes: Any) -> Plan:
    """An order by these steps, one after the other, whose goods were packed before anybody looked at them."""
    steps = [step(code, 5, *codes[max(0, at - 1) : at]) for at, code in enumerate(codes)]
    known = replace(KNOWN, templates={"test": compile_template(template(*steps, delivery_point=point), 1)})
    return record(entered(line(shipment="SH-1"), known=known, **changes), "PACKED", "SH-1", TODAY).settled.after


@pytest.mark.parametrize("kind", ["final", "lab"])
def test_packed_goods_that_failed_do_not_leave(kind: str) -> None:
    plan = packed(*PACKING)
    known = planned(plan, type=kind).asked
    failed = stands(plan, reported(plan, known, "failed").asked)
    for milestone in ("QC_FINAL", *PACKING[3:]):
        with pytest.raises(NotPassed, match=f"{milestone} of order SO-1 waits for the inspection of QC_FINAL") as refused:
            record(failed, milestone, "SH-1", TODAY)
        assert refused.value.extensions["inspection"] == str(known.inspection_id)
    followed = follow(failed, {("SH-1", "DEPART"): Counts(TODAY, None, NOW)})
    assert {shipment for shipment, _ in followed.waits} == {"SH-1"}, "what a carrier says waits"
    assert record(failed, "PRD_END", "SH-1", TODAY).reached, "what they are made by does not"
    for milestone in PACKING[3:]:
        assert record(plan, milestone, "SH-1", TODAY).reached


def test_goods_that_failed_do_not_leave_by_a_plan_without_an_inspection() -> None:
    plan = packed("PACKED", "DEPART", "DELIVERED", "AFTER_VISIT", point="DELIVERED")
    known = planned(plan).asked
    assert known.milestone is None
    failed = stands(plan, reported(plan, known, "failed").asked)
    for milestone in ("DEPART", "DELIVERED", "AFTER_VISIT"):
        with pytest.raises(NotPassed, match="waits for the final inspection, which failed") as refused:
            record(failed, milestone, "SH-1", TODAY)
        assert refused.value.detail.zh.startswith("最终验货不合格")
    inline = stands(plan, reported(plan, planned(plan, type="inline").asked, "failed").asked)
    assert record(inline, "DEPART", "SH-1", TODAY).reached, "of what is being made"
    made = packed(*PACKING)
    sample = stands(made, reported(made, planned(made, type="lab", milestone="PRD_END").asked, "failed").asked)
    assert record(sample, "DEPART", "SH-1", TODAY).reached, "of what it names, from which they went on"


def test_goods_that_left_before_they_failed_have_left() -> None:
    failed = (Failed(UUID(int=70), "final", "QC_FINAL", ("1",)),)
    for code, point in (("DEPART", "DELIVERED"), ("HANDED_OVER", "HANDED_OVER")):
        gone = record(packed(*PACKING, point=point), code, "SH-1", TODAY).settled.after
        assert record(replace(gone, failed=failed), "DELIVERED", "SH-1", TODAY).reached
    handed = record(packed(*PACKING), "HANDED_OVER", "SH-1", TODAY).settled.after
    with pytest.raises(NotPassed):
        record(replace(handed, failed=failed), "DEPART", "SH-1", TODAY)


def test_an_inspection_is_of_the_parts_that_it_names() -> None:
    """Which of them there were when the line was split; one of the rest alone says nothing of the part."""
    plan = ordered(line("1", shipment="SH-1"), line("2", shipment="SH-2"))
    parted = replace(plan, lines=(plan.lines[0], replace(plan.lines[1], part_of="1")))
    for lines, legs in ((("1",), ["SH-1"]), (("1", "2"), ["SH-1", "SH-2"])):
        failed = stands(parted, reported(parted, planned(parted, lines=lines).asked, "failed").asked)
        for shipment in legs:
            with pytest.raises(NotPassed):
                record(failed, "DEPART", shipment, TODAY)
        passed = reported(parted, planned(parted, lines=lines).asked, "passed")
        assert [one.shipment for one in passed.recorded] == legs
    rest = stands(parted, reported(parted, planned(parted, lines=("1",)).asked, "failed").asked)
    assert record(rest, "DEPART", "SH-2", TODAY).reached


def test_whoever_inspected_or_reported_does_not_waive() -> None:
    plan = ordered()
    failed = reported(plan, planned(plan, inspector="wu.gang").asked, "failed").asked
    body = WaiveInspection.model_validate({"date": TODAY, "reason": "the buyer takes them"})
    for own in ("wu.gang", "qian.li"):
        with pytest.raises(OwnWork):
            domain.waive(reports(stands(plan, failed)), failed, body, [], by=own, today=TODAY)
    waived = domain.waive(reports(stands(plan, failed)), failed, body, [], by="wang.fang", today=TODAY)
    assert (waived.asked.state, waived.settled.after.at((None, "QC_FINAL")).actual) == ("waived", TODAY)


def test_a_result_is_taken_where_its_milestone_cannot_happen_yet() -> None:
    plan = ordered()
    inline = reported(plan, planned(plan, type="inline").asked, "failed").asked
    plan = stands(plan, inline)
    passed = reported(plan, planned(plan, [inline], 71).asked, "passed", [inline])
    assert (passed.asked.state, passed.settled.after.at((None, "QC_FINAL")).actual) == ("passed", None)
    (why,) = passed.unmoved
    assert (why.milestone, "inspection of QC_INLINE" in why.reason) == ("QC_FINAL", True)


def test_the_planned_day_is_a_word_until_it_is_withdrawn() -> None:
    plan = ordered()
    before = plan.at((None, "QC_FINAL")).estimated
    first = planned(plan, day=before + timedelta(days=3))
    plan = first.settled.after
    assert plan.at((None, "QC_FINAL")).estimated == before + timedelta(days=3)
    second = planned(plan, [first.asked], 71, day=before + timedelta(days=6))
    plan = second.settled.after
    assert plan.at((None, "QC_FINAL")).estimated == before + timedelta(days=6)
    gone = domain.withdraw(plan, second.asked, "one is enough", [first.asked], NOW)
    assert gone.settled.after.at((None, "QC_FINAL")).estimated == before + timedelta(days=3)
    none = domain.withdraw(gone.settled.after, first.asked, "by the buyer", [gone.asked], NOW)
    assert none.settled.after.at((None, "QC_FINAL")).estimated == before
    with pytest.raises(Invalid) as early:
        planned(ordered(), day=TODAY)
    assert {error.field for error in early.value.errors} == {"day"}


def test_a_lot_that_is_not_made_is_neither_passed_nor_waived() -> None:
    plan = ordered()
    for outcome in ("passed", "failed"):
        with pytest.raises(Invalid, match="300 of 1200 PCE of line 1 made so far: a lot of 1200") as early:
            reported(plan, planned(plan).asked, outcome, made=(300,))
        assert [error.field for error in early.value.errors] == ["date"]
    assert reported(plan, planned(plan).asked, "passed", made=(1200,)).recorded
    assert reported(plan, planned(plan, type="inline").asked, "passed", made=(300,)).recorded, "goods in production"
    failed = reported(plan, planned(plan).asked, "failed").asked
    body = WaiveInspection.model_validate({"date": TODAY, "reason": "the buyer takes them"})
    with pytest.raises(Invalid, match="a lot of 1200"):
        domain.waive(reports(stands(plan, failed), 300), failed, body, [], by="wang.fang", today=TODAY)
    # A part may be looked at; the milestone is of the whole.
    part = planned(plan, sampling={**SAMPLING, "lot_size": 300}).asked
    passed = reported(plan, part, "passed", made=(300,))
    assert (passed.asked.state, passed.recorded, [one.milestone for one in passed.unmoved]) == ("passed", (), ["QC_FINAL"])
    rest = planned(plan, [passed.asked], 71, sampling={**SAMPLING, "lot_size": 900}).asked
    assert [one.milestone for one in reported(plan, rest, "passed", [passed.asked], made=(1200,)).recorded] == ["QC_FINAL"]


def test_no_lot_is_larger_than_what_is_made_of_its_lines() -> None:
    plan = ordered(line("1"), line("2"))
    large = {**SAMPLING, "lot_size": 1261}
    with pytest.raises(Invalid, match="no more than 1260 is made of its lines: there is no lot of 1261") as refused:
        planned(plan, lines=("1",), sampling=large)
    assert [error.field for error in refused.value.errors] == ["sampling.lot_size"]
    assert planned(plan, sampling=large).asked.sampling.lot_size == 1261, "of both lines"
    assert planned(plan, lines=("1",), type="iqc", sampling=large).asked.milestone is None, "a lot of material is no lot of goods"
    other = InspectionPlan.model_validate({**PLANNED, "sampling": large})
    known = planned(plan, lines=("1",), sampling={**SAMPLING, "lot_size": 1260}).asked
    with pytest.raises(Invalid):
        domain.change(reports(plan), known, other, [], NOW)
    with pytest.raises(Invalid):
        domain.repeat(reports(plan), replace(known, state="failed"), other, [], inspection_id=UUID(int=9), by="li.wei", now=NOW)


def test_material_and_a_laboratory_hold_up_what_waits_for_them() -> None:
    plan = ordered()
    with pytest.raises(Invalid, match="has no milestone MOON"):
        planned(plan, type="lab", milestone="MOON")
    final = planned(plan).asked
    lab = planned(plan, [final], 71, type="lab").asked
    assert planned(plan, type="lab", milestone="PRD_END").settled.moves.nodes == (), "its day is no word on the milestone"
    passed = reported(plan, final, "passed", [lab])
    assert (passed.recorded, passed.unmoved) == ((), ()), "the laboratory has not answered yet"
    later = TODAY + timedelta(days=2)
    done = reported(passed.settled.after, lab, "passed", [passed.asked], later)
    assert [(one.milestone, one.day) for one in done.recorded] == [("QC_FINAL", later)]
    iqc = reported(plan, planned(plan, type="iqc", milestone="ORD_CONF").asked, "failed").asked
    with pytest.raises(NotPassed, match="PRD_END of order SO-1 waits for the inspection of ORD_CONF"):
        record(stands(record(plan, "ORD_CONF", None, TODAY).settled.after, iqc), "PRD_END", None, TODAY)
    alone = reported(plan, planned(plan, type="iqc", milestone="ORD_CONF").asked, "passed")
    assert alone.recorded == (), "material that is as agreed need not be all there"


@pytest.mark.parametrize(("kind", "milestone"), [("iqc", None), ("lab", "QC_FINAL"), ("inline", "QC_INLINE"), ("final", "QC_FINAL")])
def test_a_failure_endangers_its_milestone_or_the_delivery(kind: str, milestone: str | None) -> None:
    plan = ordered()
    failed = reported(plan, planned(plan, type=kind, day=day("2026-02-20")).asked, "failed").asked
    assert failed.milestone == milestone
    view = View(plan, TODAY + timedelta(days=2), {"inspection_failed": Limit(days=0, margin=0)})
    (sign,) = domain.endangers(failed)(view)
    assert (sign.key, sign.reason.kind, sign.reason.days) == ((None, milestone or "DELIVERED"), "inspection_failed", -2)
