"""What inspections found, and who let goods go on all the same: what a result must agree with, and which milestones happen by it. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.orders.exceptions.domain import OwnWork, open_exception
from services.orders.exceptions.model import OpenException, OrderException, Place
from services.orders.fields import require_come
from services.orders.inspections import words
from services.orders.inspections.domain.outcome import MEETS, Outcome, following, keys_of, legs_of, require_standing, told
from services.orders.inspections.domain.schedule import said_now
from services.orders.inspections.model import Inspection, ReportInspection, WaiveInspection
from services.orders.milestones.domain import Reached, Unmoved, reach
from services.orders.planning.domain import compare
from services.orders.planning.model import Key, Plan, Settled
from services.orders.production.domain import lacking, made_before
from services.orders.production.model import Progress
from services.orders.risks.model import Rule, Sign, View
from shared.contracts.event import Event
from shared.contracts.exceptions import Severity
from shared.contracts.inspections import INSPECTIONS, Defect, InspectionFailed, InspectionPassed, InspectionWaived
from shared.problems import FieldError, Invalid, require_none

WORST: tuple[Severity, ...] = ("critical", "major", "minor")


def report(
    made: Progress,
    known: Inspection,
    body: ReportInspection,
    others: Sequence[Inspection],
    *,
    by: str,
    on_behalf_of: str | None = None,
    today: date,
) -> Outcome:
    """Passed or failed, in agreement with its numbers. One that failed before and is repeated by this stands no more."""
    plan = made.plan
    require_come(body.date, today, "date")
    _check_made(known, made)
    later = replace(
        following(known, "planned"),
        state=body.outcome,
        inspected_on=body.date,
        inspected=body.inspected,
        defects=tuple(Defect(**dict(defect)) for defect in body.defects),
        note=body.note,
        reported_by=by,
        on_behalf_of=on_behalf_of,
    )
    _check_numbers(later, body)
    before = next((replace(one, repeated=True, version=one.version + 1) for one in others if one.inspection_id == known.repeats), None)
    rest = [before if before is not None and one.inspection_id == before.inspection_id else one for one in others]
    changed = (later,) if before is None else (later, before)
    if later.state == "failed":
        return told(plan, plan, changed, InspectionFailed(inspection=later.told()))
    return _clear(made, changed, rest, InspectionPassed(inspection=later.told()))


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


def waive(made: Progress, known: Inspection, body: WaiveInspection, others: Sequence[Inspection], *, by: str, today: date) -> Outcome:
    """The goods go on although they failed: by somebody who neither inspected them nor reported it."""
    require_standing(known, others)
    if by in (known.inspector, known.reported_by):
        raise OwnWork(words.own(by))
    require_come(body.date, today, "date")
    if known.inspected_on is not None and body.date < known.inspected_on:
        raise Invalid(words.waived_before(known.inspected_on), field="date")
    _check_made(known, made)
    later = replace(following(known, "failed"), state="waived", waived_by=by, waived_on=body.date, reason=body.reason)
    return _clear(made, (later,), others, InspectionWaived(inspection=later.told()))


def endangers(failed: Inspection) -> Rule:
    """A failure that stands endangers its milestone or, where it has none or that has happened, the delivery."""

    def rule(view: View) -> Iterator[Sign]:
        plan = view.plan
        for shipment in legs_of(plan, failed):
            milestone = failed.milestone or plan.delivery_point
            if plan.passed((shipment, milestone)) is not None:
                milestone = plan.delivery_point
            since = failed.inspected_on or view.today
            yield from view.sign((shipment, milestone), "inspection_failed", (since - view.today).days)

    return rule


def _check_numbers(later: Inspection, body: ReportInspection) -> None:
    """Invalid where what was found, and what it is called, do not agree with the plan."""
    sampling, found = later.sampling, _found(later)
    errors = []
    if body.inspected > sampling.lot_size:
        errors.append(FieldError("inspected", words.lot_only(sampling.lot_size)))
    accepted = {severity: getattr(sampling, severity).accept for severity in WORST}
    over = [severity for severity in WORST if found[severity] > accepted[severity]]
    if later.state == "passed":
        if body.inspected < sampling.sample_size:
            errors.append(FieldError("inspected", words.sample_of(sampling.sample_size, body.inspected)))
        for severity in over:
            errors.append(FieldError("outcome", words.too_many_defects(severity, found[severity], accepted[severity])))
        if body.exception is not None:
            errors.append(FieldError("exception", words.PASSED))
    elif not over and later.note is None:
        errors.append(FieldError("note", words.WHY))
    require_none(errors)


def _found(inspection: Inspection) -> dict[Severity, int]:
    return {severity: sum(one.count for one in inspection.defects if one.severity == severity) for severity in WORST}


def _check_made(known: Inspection, made: Progress) -> None:
    """Invalid for a final inspection of a larger lot than is made, as far as production is reported."""
    if known.type == "final" and known.milestone is not None:
        lines, lot = made_before(made, known.lines, known.milestone), known.sampling.lot_size
        if (short := lacking(lines)) and lot > sum(one.done for one in lines):
            raise Invalid(words.not_made(short, lot), field="date")


def _clear(made: Progress, changed: tuple[Inspection, ...], others: Sequence[Inspection], event: Event) -> Outcome:
    plan, asked, gone = made.plan, changed[0], {one.inspection_id for one in changed}
    free = replace(plan, failed=tuple(one for one in plan.failed if one.inspection_id not in gone))
    keys = keys_of(plan, asked)
    reached = _reach(made, free, keys, [asked, *others], anew=keys if asked.type in MEETS else ())
    outcome = told(plan, reached.plan, changed, event, *reached.events)
    return replace(outcome, recorded=reached.recorded, unmoved=reached.unmoved)


def regrouped(made: Progress, known: Sequence[Inspection], now: datetime) -> Settled:
    """The order after its lines have become others, or travel otherwise: what its inspections say of each leg now."""
    plan = made.plan
    keys = dict.fromkeys(key for one in known if one.cleared is not None and one.type in MEETS for key in keys_of(plan, one))
    reached = _reach(made, plan, keys, known)
    said = said_now(reached.plan, known, now)
    after = said.after if said else reached.plan
    return Settled(plan, after, compare(plan, after), (*reached.events, *(said.events if said else ())))


def _reach(made: Progress, free: Plan, keys: Iterable[Key], known: Sequence[Inspection], anew: Iterable[Key] = ()) -> Reached:
    """The milestone happens in each leg of which every line is cleared, all is made, and no inspection is open: on the day of the last.
    `free` is the plan with the failures that still stand.
    """
    happened, unmoved = list[tuple[Key, date]](), list[Unmoved]()
    for shipment, milestone in keys:
        lines = free.lines_of(shipment)
        here = [one for one in known if one.milestone == milestone and any(line.line in one.lines for line in lines)]
        covered = {number for one in here if one.cleared is not None and one.type in MEETS for number in one.lines}
        if any(one.open for one in here) or not all(line.line in covered for line in lines):
            continue
        if short := lacking(made_before(made, [line.line for line in lines], milestone)):
            unmoved.append(Unmoved(shipment=shipment, milestone=milestone, reason=words.rest_too(short)))
        else:
            happened.append(((shipment, milestone), max(one.cleared for one in here if one.cleared is not None)))
    reached = reach(free, happened, anew=anew)
    return replace(reached, unmoved=(*unmoved, *reached.unmoved))
