"""Inspections planned, planned otherwise, repeated, withdrawn; the day of what is planned is the word on what it meets. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.orders.estimates.domain import Word, state_all
from services.orders.fields import gone_by
from services.orders.inspections.domain.outcome import HOLDS, MEETS, Outcome, following, keys_of, require_standing, told
from services.orders.inspections.model import Inspection, InspectionPlan, PlanInspection
from services.orders.inspections.words import no_lot
from services.orders.milestones.domain import require_open
from services.orders.planning.domain import too_early
from services.orders.planning.domain.due import unplanned
from services.orders.planning.model import Key, Moves, Plan, Settled
from services.orders.planning.words import no_line, twice, unknown_line
from services.orders.production.domain import most
from services.orders.production.model import Progress
from shared.contracts.event import Event
from shared.contracts.inspections import InspectionChanged, InspectionPlanned, InspectionWithdrawn
from shared.problems import FieldError, Invalid, require_none


def plan_inspection(
    order: Progress, body: PlanInspection, others: Sequence[Inspection], *, inspection_id: UUID, by: str, now: datetime
) -> Outcome:
    """A new inspection; its day is the word on the milestone that it meets."""
    plan = order.plan
    require_open(plan)
    milestone = body.milestone or HOLDS[body.type]
    require_none(unplanned(plan, "milestone", milestone) if body.milestone is not None else [])
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
    _check_lot(order, made)
    return _say(plan, made, others, InspectionPlanned(inspection=made.told()), now)


def repeat(
    order: Progress, failed: Inspection, body: InspectionPlan, others: Sequence[Inspection], *, inspection_id: UUID, by: str, now: datetime
) -> Outcome:
    """The same goods are inspected again. Once only: what fails again is repeated itself."""
    require_open(order.plan)
    require_standing(failed, others)
    made = Inspection(
        inspection_id=inspection_id,
        **{name: getattr(failed, name) for name in ("order_id", "order", "customer_id", "type", "milestone", "lines")},
        planned_by=by,
        repeats=failed.inspection_id,
        **_planned(body),
    )
    _check_lot(order, made)
    return _say(order.plan, made, others, InspectionPlanned(inspection=made.told()), now)


def change(order: Progress, known: Inspection, body: InspectionPlan, others: Sequence[Inspection], now: datetime) -> Outcome:
    """Planned otherwise, while it is not made."""
    later = replace(following(known, "planned"), **_planned(body))
    _check_lot(order, later)
    return _say(order.plan, later, others, InspectionChanged(inspection=later.told()), now)


def withdraw(plan: Plan, known: Inspection, reason: str, others: Sequence[Inspection], now: datetime) -> Outcome:
    """Not made. Its word on the milestone is taken back, or that of another inspection stands again."""
    later = replace(following(known, "planned"), state="withdrawn", reason=reason)
    return _say(plan, later, others, InspectionWithdrawn(inspection=later.told()), now)


def end(plan: Plan, known: Inspection, reason: str) -> Outcome:
    """Not made, because its order is cancelled: the plan stays as it is."""
    later = replace(following(known, "planned"), state="withdrawn", reason=reason)
    return Outcome((later,), Settled(plan, plan, Moves((), (), ()), (InspectionWithdrawn(inspection=later.told()),)))


def _planned(body: InspectionPlan) -> dict[str, Any]:
    return {name: getattr(body, name) for name in InspectionPlan.model_fields}


def _check_lot(order: Progress, planned: Inspection) -> None:
    """Invalid for a lot of goods that is larger than all that is made of its lines. Material and samples have lots of their own."""
    there, lot = most(order, [line for line in planned.lines if line in order.lines]), planned.sampling.lot_size
    if planned.type in MEETS and lot > there:
        raise Invalid(no_lot(there, lot), field="sampling.lot_size")


def _lines(plan: Plan, body: PlanInspection) -> tuple[str, ...]:
    known = {line.line: line.shipment for line in plan.lines}
    if body.lines is None:
        if body.shipment is not None and body.shipment not in known.values():
            raise Invalid(no_line(plan.number, body.shipment), field="shipment")
        return tuple(line for line, shipment in known.items() if body.shipment in (None, shipment))
    errors = []
    for index, line in enumerate(body.lines):
        if line not in known:
            errors.append(FieldError(f"lines.{index}", unknown_line(plan.number, line)))
        elif line in body.lines[:index]:
            errors.append(FieldError(f"lines.{index}", twice(line)))
    require_none(errors)
    return body.lines


def _say(plan: Plan, asked: Inspection, others: Sequence[Inspection], event: Event, now: datetime) -> Outcome:
    """The order with what its planned inspections say of the milestone they meet: the last day of those of a leg. A day that is over says
    nothing.
    """
    planned = [one for one in (asked, *others) if one.state == "planned" and one.type in MEETS and one.milestone == asked.milestone]
    words: dict[Key, Word] = {}
    for key in keys_of(plan, asked) if asked.type in MEETS else ():
        node = plan.at(key)
        days = [one.day for one in planned if key in keys_of(plan, one)]
        ours = node.stated is not None and node.stated.source == "inspection"
        if plan.passed(key) is None and (ours if not days else gone_by(max(days), now.date()) is None):
            words[key] = Word(max(days, default=None), "inspection", now)
    said = state_all(plan, words)
    return told(plan, said.after if said else plan, (asked,), event, *(said.events if said else ()))


def said_now(plan: Plan, known: Sequence[Inspection], now: datetime) -> Settled | None:
    """The plan with what planned inspections say of the legs in which their lines are now, and of no other; anybody else's word stands. A
    day that is over, or too early for the leg, says nothing; None where all is said already.
    """
    planned = [one for one in known if one.state == "planned" and one.type in MEETS]
    words: dict[Key, Word] = {}
    for node in plan.nodes:
        stated = node.stated
        if plan.passed(node.key) is None and (stated is None or stated.source == "inspection"):
            day = max((one.day for one in planned if node.key in keys_of(plan, one)), default=None)
            if day != (stated.day if stated else None):
                over = day is None or gone_by(day, now.date()) or too_early(plan, node, day)
                words[node.key] = Word(None if over else day, "inspection", now)
    return state_all(plan, words)
