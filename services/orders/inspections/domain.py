"""Rules of inspections: planned, made, repeated, waived; what their result must agree with, and which milestones happen by it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.orders.estimates.domain import Word, state_all
from services.orders.exceptions.domain import OwnWork, open_exception
from services.orders.exceptions.model import OpenException, OrderException, Place
from services.orders.fields import GRACE, require_come
from services.orders.inspections.model import Inspection, InspectionPlan, PlanInspection, ReportInspection, WaiveInspection
from services.orders.milestones.domain import Happened, Unmoved, reach, require_open
from services.orders.planning.domain import compare
from services.orders.planning.model import Key, Moves, Plan, Settled
from services.orders.risks.model import Rule, Sign, View
from shared.contracts.event import Event
from shared.contracts.exceptions import Severity
from shared.contracts.inspections import (
    INSPECTIONS,
    Defect,
    InspectionChanged,
    InspectionFailed,
    InspectionPassed,
    InspectionPlanned,
    InspectionType,
    InspectionWaived,
    InspectionWithdrawn,
)
from shared.problems import Conflict, FieldError, Invalid, require_none

MEETS: Mapping[InspectionType, str] = {"inline": "QC_INLINE", "final": "QC_FINAL"}
"""The milestone that happens when goods have passed; others have none."""
DEPARTMENT = "qc"
"""Whose work inspections are."""
WORST: tuple[Severity, ...] = ("critical", "major", "minor")


class InspectionElsewhere(Conflict):
    """This does not follow on where the inspection is."""

    slug = "inspection-elsewhere"
    title = "The inspection is at another point"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The inspections that a command changed, the asked one first, their order with what is told, and the milestones that happened by it
    or could not.
    """

    changed: tuple[Inspection, ...]
    settled: Settled
    recorded: tuple[Happened, ...] = ()
    unmoved: tuple[Unmoved, ...] = ()

    @property
    def asked(self) -> Inspection:
        return self.changed[0]


def plan_inspection(
    plan: Plan, body: PlanInspection, others: Sequence[Inspection], *, inspection_id: UUID, by: str, now: datetime
) -> Outcome:
    """A new inspection; its day is the word on its milestone."""
    require_open(plan)
    milestone = MEETS.get(body.type)
    made = Inspection(
        inspection_id=inspection_id,
        order_id=plan.order_id,
        order=plan.number,
        customer_id=plan.customer_id,
        type=body.type,
        milestone=milestone if milestone in plan.network.index else None,
        lines=_lines(plan, body),
        planned_by=by,
        **_planned(body),
    )
    return _say(plan, made, others, InspectionPlanned(inspection=made.told()), now)


def repeat(
    plan: Plan, failed: Inspection, body: InspectionPlan, others: Sequence[Inspection], *, inspection_id: UUID, by: str, now: datetime
) -> Outcome:
    """The same goods are inspected again. Once only: what fails again is repeated itself."""
    require_open(plan)
    _require_standing(failed, others)
    made = Inspection(
        inspection_id=inspection_id,
        **{name: getattr(failed, name) for name in ("order_id", "order", "customer_id", "type", "milestone", "lines")},
        planned_by=by,
        repeats=failed.inspection_id,
        **_planned(body),
    )
    return _say(plan, made, others, InspectionPlanned(inspection=made.told()), now)


def change(plan: Plan, known: Inspection, body: InspectionPlan, others: Sequence[Inspection], now: datetime) -> Outcome:
    """Planned otherwise, while it is not made."""
    later = replace(_next(known, "planned"), **_planned(body))
    return _say(plan, later, others, InspectionChanged(inspection=later.told()), now)


def withdraw(plan: Plan, known: Inspection, reason: str, others: Sequence[Inspection], now: datetime) -> Outcome:
    """Not made. Its word on the milestone is taken back, or that of another inspection stands again."""
    later = replace(_next(known, "planned"), state="withdrawn", reason=reason)
    return _say(plan, later, others, InspectionWithdrawn(inspection=later.told()), now)


def end(plan: Plan, known: Inspection, reason: str) -> Outcome:
    """Not made, because its order is cancelled: the plan stays as it is."""
    later = replace(_next(known, "planned"), state="withdrawn", reason=reason)
    return Outcome((later,), Settled(plan, plan, Moves((), (), ()), (InspectionWithdrawn(inspection=later.told()),)))


def report(plan: Plan, known: Inspection, body: ReportInspection, others: Sequence[Inspection], *, by: str, today: date) -> Outcome:
    """Passed or failed, in agreement with its numbers. One that failed before and is repeated by this stands no more."""
    require_come(body.date, today, "date")
    later = replace(
        _next(known, "planned"),
        state=body.outcome,
        inspected_on=body.date,
        inspected=body.inspected,
        defects=tuple(Defect(**dict(defect)) for defect in body.defects),
        note=body.note,
        reported_by=by,
    )
    _check_numbers(later, body)
    before = next((replace(one, repeated=True, version=one.version + 1) for one in others if one.inspection_id == known.repeats), None)
    rest = [before if before is not None and one.inspection_id == before.inspection_id else one for one in others]
    changed = (later,) if before is None else (later, before)
    if later.state == "failed":
        return _told(plan, plan, changed, InspectionFailed(inspection=later.told()))
    return _clear(plan, changed, rest, InspectionPassed(inspection=later.told()))


def complain(failed: Outcome, place: Place, *, exception_id: UUID, by: str, now: datetime) -> OrderException:
    """The exception that a failure opens, under investigation: whose the defects are is not known yet."""
    inspection = failed.asked
    name, found = INSPECTIONS[inspection.type], [f"{one.count} × {one.description} ({one.severity})" for one in inspection.defects]
    described = OpenException.model_validate(
        {
            "kind": "quality",
            "severity": next((one for one in WORST if _found(inspection)[one]), "major"),
            "description": f"{name.zh_cn} / {name.en}: {'; '.join([*found, *filter(None, [inspection.note])])}"[:2000],
            "detected_on": inspection.inspected_on,
            "causes": [{"code": "UNKNOWN"}],
            "affected": [{"line": line, "quantity": place.quantities[inspection.order, line]} for line in inspection.lines],
        }
    )
    return open_exception(place, described, exception_id=exception_id, by=by, now=now)


def seen_to(failed: Outcome, exception_id: UUID) -> Outcome:
    """The failure with the exception in which it is seen to."""
    asked = replace(failed.asked, exception_id=exception_id)
    event = InspectionFailed(inspection=asked.told())
    return Outcome((asked, *failed.changed[1:]), replace(failed.settled, events=(event, *failed.settled.events[1:])))


def waive(plan: Plan, known: Inspection, body: WaiveInspection, others: Sequence[Inspection], *, by: str, today: date) -> Outcome:
    """The goods go on although they failed: by somebody who neither inspected them nor reported it."""
    _require_standing(known, others)
    if by in (known.inspector, known.reported_by):
        raise OwnWork(f"{by} inspected the goods or reported it: another person waives it")
    require_come(body.date, today, "date")
    if known.inspected_on is not None and body.date < known.inspected_on:
        raise Invalid(f"it failed on {known.inspected_on}: it cannot have been waived before", field="date")
    later = replace(_next(known, "failed"), state="waived", waived_by=by, waived_on=body.date, reason=body.reason)
    return _clear(plan, (later,), others, InspectionWaived(inspection=later.told()))


def endangers(failed: Inspection) -> Rule:
    """A failure that stands endangers its milestone or, where it has none or that has happened, the delivery."""

    def rule(view: View) -> Iterator[Sign]:
        plan = view.plan
        for shipment in _legs(plan, failed):
            milestone = failed.milestone or plan.delivery_point
            if plan.passed((shipment, milestone)) is not None:
                milestone = plan.delivery_point
            since = failed.inspected_on or view.today
            yield from view.sign((shipment, milestone), "inspection_failed", (since - view.today).days)

    return rule


def _planned(body: InspectionPlan) -> dict[str, Any]:
    return {name: getattr(body, name) for name in InspectionPlan.model_fields}


def _lines(plan: Plan, body: PlanInspection) -> tuple[str, ...]:
    known = {line.line: line.shipment for line in plan.lines}
    if body.lines is None:
        if body.shipment is not None and body.shipment not in known.values():
            raise Invalid(f"no line of order {plan.number} travels in shipment {body.shipment}", field="shipment")
        return tuple(line for line, shipment in known.items() if body.shipment in (None, shipment))
    errors = []
    for index, line in enumerate(body.lines):
        if line not in known:
            errors.append(FieldError(f"lines.{index}", f"order {plan.number} has no line {line}"))
        elif line in body.lines[:index]:
            errors.append(FieldError(f"lines.{index}", f"line {line} is given twice"))
    require_none(errors)
    return body.lines


def _check_numbers(later: Inspection, body: ReportInspection) -> None:
    """Invalid where what was found, and what it is called, do not agree with the plan."""
    sampling, found = later.sampling, _found(later)
    errors = []
    if body.inspected > sampling.lot_size:
        errors.append(FieldError("inspected", f"the lot has {sampling.lot_size} units only"))
    accepted = {severity: getattr(sampling, severity).accept for severity in WORST}
    over = [severity for severity in WORST if found[severity] > accepted[severity]]
    if later.state == "passed":
        if body.inspected < sampling.sample_size:
            errors.append(FieldError("inspected", f"the sample has {sampling.sample_size} units: with {body.inspected} it has not passed"))
        for severity in over:
            counted = f"{severity} defects: {found[severity]} found, {accepted[severity]} accepted"
            errors.append(FieldError("outcome", f"{counted}: it has failed"))
        if body.exception is not None:
            errors.append(FieldError("exception", "what has passed has no exception"))
    elif not over and later.note is None:
        errors.append(FieldError("note", "no class has more defects than are accepted: say why it failed"))
    require_none(errors)


def _found(inspection: Inspection) -> dict[Severity, int]:
    return {severity: sum(one.count for one in inspection.defects if one.severity == severity) for severity in WORST}


def _next(known: Inspection, state: str) -> Inspection:
    if known.state != state:
        raise InspectionElsewhere(f"the inspection is {known.state}, not {state}", state=known.state)
    return replace(known, version=known.version + 1)


def _require_standing(known: Inspection, others: Sequence[Inspection]) -> None:
    """InspectionElsewhere unless it failed and nobody has made anything of that."""
    if known.state != "failed":
        raise InspectionElsewhere(f"the inspection is {known.state}, not failed", state=known.state)
    again = next((one for one in others if one.repeats == known.inspection_id and one.state != "withdrawn"), None)
    if again is not None:
        raise InspectionElsewhere(f"it is repeated by an inspection that is {again.state}", state=known.state, by=str(again.inspection_id))


def _legs(plan: Plan, inspection: Inspection) -> list[str | None]:
    """Where its lines travel now."""
    return list(dict.fromkeys(line.shipment for line in plan.lines if line.line in inspection.lines))


def _keys(plan: Plan, inspection: Inspection) -> list[Key]:
    """The nodes of its milestone."""
    return [] if inspection.milestone is None else [(shipment, inspection.milestone) for shipment in _legs(plan, inspection)]


def _say(plan: Plan, asked: Inspection, others: Sequence[Inspection], event: Event, now: datetime) -> Outcome:
    """The order with what its planned inspections say of the milestone: the last day of those of a leg. A day that is over says nothing."""
    planned = [one for one in (asked, *others) if one.state == "planned" and one.milestone == asked.milestone]
    words: dict[Key, Word] = {}
    for key in _keys(plan, asked):
        node = plan.at(key)
        days = [one.day for one in planned if key in _keys(plan, one)]
        ours = node.stated is not None and node.stated.source == "inspection"
        if plan.passed(key) is None and (ours if not days else max(days) >= now.date() - GRACE):
            words[key] = Word(max(days, default=None), "inspection", now)
    said = state_all(plan, words)
    return _told(plan, said.after if said else plan, (asked,), event, *(said.events if said else ()))


def _clear(plan: Plan, changed: tuple[Inspection, ...], others: Sequence[Inspection], event: Event) -> Outcome:
    """The milestone happens in each leg of which every line is cleared and no inspection is open any more: on the day of the last."""
    asked, gone = changed[0], {one.inspection_id for one in changed}
    same = [asked, *(one for one in others if one.milestone == asked.milestone)]
    free = replace(plan, failed=tuple(one for one in plan.failed if one.inspection_id not in gone))
    happened: list[tuple[Key, date]] = []
    for key in _keys(plan, asked):
        lines = {line.line for line in plan.lines_of(key[0])}
        here = [one for one in same if lines & set(one.lines)]
        days = [(one.cleared, one.lines) for one in here if one.cleared is not None]
        if lines <= {line for _, own in days for line in own} and not any(one.open for one in here):
            happened.append((key, max(day for day, _ in days)))
    reached = reach(free, happened)
    return replace(_told(plan, reached.plan, changed, event, *reached.events), recorded=reached.recorded, unmoved=reached.unmoved)


def _told(before: Plan, after: Plan, changed: tuple[Inspection, ...], *events: Event) -> Outcome:
    return Outcome(changed, Settled(before, after, compare(before, after), events))
