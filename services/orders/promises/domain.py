"""The promise: what we told the customer, moved only by its own command. Pure."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.fields import NOT_EMPTY, Body, Day, Number
from services.orders.planning.domain import compare, settle
from services.orders.planning.model import Plan, Settled
from shared.contracts.codes import PromiseReason
from shared.contracts.event import Event
from shared.contracts.orders import PromiseAtRisk, PromiseChanged, PromisedLine
from shared.problems import FieldError, Invalid


class NewPromise(Body):
    """A new promise, given together with a delay: for the delayed lines that were promised earlier than `to`."""

    to: Day
    reason: PromiseReason = "delay"


class ChangePromise(Body):
    """A new promise; without `lines` for every line that is still to be delivered."""

    lines: Annotated[tuple[Number, ...] | None, NOT_EMPTY, Field(max_length=1000, json_schema_extra={"minItems": 1})] = None
    to: Day
    reason: PromiseReason


def move_promises(plan: Plan, lines: Collection[str], to: date) -> tuple[Plan, tuple[PromisedLine, ...]]:
    """The plan with the promise of `lines` at `to`, and those it moved. Estimates stay."""
    moved, kept = [], []
    for line in plan.lines:
        if line.line in lines and line.promised != to:
            moved.append(PromisedLine(line=line.line, before=line.promised, after=to, revision=line.promise_revision + 1))
            line = replace(line, promised=to, promise_revision=line.promise_revision + 1)
        kept.append(line)
    return replace(plan, lines=tuple(kept)), tuple(moved)


def changed(plan: Plan, moved: tuple[PromisedLine, ...], reason: PromiseReason, delay_id: UUID | None = None) -> PromiseChanged:
    return PromiseChanged(
        order_id=plan.order_id, number=plan.number, customer_id=plan.customer_id, lines=moved, reason=reason, delay_id=delay_id
    )


def change(plan: Plan, body: ChangePromise) -> Settled:
    """Move the promise. Invalid for a line that does not exist or has been delivered, or where nothing would move."""
    by_number = {line.line: line for line in plan.lines}
    wanted = body.lines if body.lines is not None else tuple(line.line for line in plan.lines if line.delivered is None)
    errors = []
    for index, number in enumerate(wanted):
        line = by_number.get(number)
        if line is None:
            errors.append(FieldError(f"lines.{index}", f"order {plan.number} has no line {number}"))
        elif line.delivered is not None:
            errors.append(FieldError(f"lines.{index}", f"line {number} was delivered on {line.delivered}"))
    if errors:
        raise Invalid(errors[0].reason, errors=tuple(errors))
    after, moved = move_promises(plan, set(wanted), body.to)
    if not moved:
        raise Invalid(f"no line of order {plan.number} would move: {body.to} is its promise, or nothing is open", field="to")
    after = settle(after)
    moves = compare(plan, after)
    events: list[Event] = [changed(plan, moved, body.reason)]
    if moves.at_risk:
        events.append(PromiseAtRisk(order_id=plan.order_id, delay_id=None, lines=moves.at_risk))
    return Settled(plan, after, moves, tuple(events))
