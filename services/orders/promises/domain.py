"""The promise: what we told the customer, moved only by its own command. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.fields import NOT_EMPTY, Body, Day, Number, require_ahead
from services.orders.planning.domain import compare, settle
from services.orders.planning.model import Plan, Settled
from shared.approvals.rules import Ask, Level, Rule, needed
from shared.contracts.approvals import Days
from shared.contracts.codes import PromiseReason
from shared.contracts.customers import Grade
from shared.contracts.event import Event
from shared.contracts.orders import PromiseAtRisk, PromiseChanged, PromisedLine
from shared.problems import FieldError, Invalid, require_none


class NewPromise(Body):
    """A new promise, given together with a delay: for the delayed lines that were promised earlier than `to`."""

    to: Day
    reason: PromiseReason = "delay"


class ChangePromise(Body):
    """A new promise; without `lines` for every line that is still to be delivered."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lines": ["2"], "to": "2026-06-05", "reason": "customer_request"}]})

    lines: Annotated[tuple[Number, ...] | None, NOT_EMPTY, Field(max_length=1000, json_schema_extra={"minItems": 1})] = None
    to: Day
    reason: PromiseReason


class WaitingPromise(Body):
    """A new promise that waits for approval; `delay` is the one it was given with."""

    lines: tuple[Number, ...]
    to: Day
    reason: PromiseReason
    delay: UUID | None = None


@dataclass(frozen=True, slots=True)
class AskedPromise:
    """Lines of one order whose promise waits, the levels that must approve, and what the rule looked at."""

    lines: tuple[PromisedLine, ...]
    rule_revision: int
    levels: tuple[Level, ...]
    wanted: Ask


@dataclass(frozen=True, slots=True)
class Policy:
    """Which new promises wait for approval: none without a rule. `grades` are those of the customers, `roles` the caller's."""

    rule: Rule | None = None
    revision: int = 0
    grades: Mapping[UUID, Grade] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()

    def of(self, roles: frozenset[str]) -> "Policy":
        return replace(self, roles=roles)

    def weigh(self, plan: Plan, moved: tuple[PromisedLine, ...]) -> AskedPromise | None:
        """What has to be asked before these promises move; None where nothing has. One that moves no line later never waits."""
        later = max(((line.after - line.before).days for line in moved), default=0)
        if self.rule is None or later <= 0:
            return None
        wanted = Ask(amount=Days(days=later), grade=self.grades.get(plan.customer_id))
        levels = needed(self.rule, wanted, self.roles)
        return AskedPromise(moved, self.revision, levels, wanted) if levels else None


FREE = Policy()


def version_of(plan: Plan, lines: Collection[str]) -> int:
    """Changes whenever the promise of one of these lines does."""
    return sum(line.promise_revision for line in plan.lines if line.line in lines)


def move_promises(plan: Plan, lines: Collection[str], to: date) -> tuple[Plan, tuple[PromisedLine, ...]]:
    """The plan with the promise of `lines` at `to`, and those it moved. Estimates stay."""
    moved, kept = [], []
    for line in plan.lines:
        if line.line in lines and line.promised != to:
            moved.append(PromisedLine(line=line.line, before=line.promised, after=to, revision=line.promise_revision + 1))
            line = replace(line, promised=to, promise_revision=line.promise_revision + 1)
        kept.append(line)
    return replace(plan, lines=tuple(kept)), tuple(moved)


def changed(
    plan: Plan, moved: tuple[PromisedLine, ...], reason: PromiseReason, delay_id: UUID | None = None, approval_id: UUID | None = None
) -> PromiseChanged:
    return PromiseChanged(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        lines=moved,
        reason=reason,
        delay_id=delay_id,
        approval_id=approval_id,
    )


def change(plan: Plan, body: ChangePromise | WaitingPromise, today: date, approval_id: UUID | None = None) -> Settled:
    """Move the promise; `approval_id` is the request that allows it.

    Invalid for a day that has passed, for a line that does not exist or has been delivered, or where nothing would move.
    """
    require_ahead(body.to, today, "to")
    by_number = {line.line: line for line in plan.lines}
    wanted = body.lines if body.lines is not None else tuple(line.line for line in plan.lines if line.delivered is None)
    errors = []
    for index, number in enumerate(wanted):
        line = by_number.get(number)
        if line is None:
            errors.append(FieldError(f"lines.{index}", f"order {plan.number} has no line {number}"))
        elif line.delivered is not None:
            errors.append(FieldError(f"lines.{index}", f"line {number} was delivered on {line.delivered}"))
    require_none(errors)
    after, moved = move_promises(plan, set(wanted), body.to)
    if not moved:
        raise Invalid(f"no line of order {plan.number} would move: {body.to} is its promise, or nothing is open", field="to")
    after = settle(after)
    moves = compare(plan, after)
    events: list[Event] = [changed(plan, moved, body.reason, approval_id=approval_id)]
    if moves.at_risk:
        events.append(PromiseAtRisk(order_id=plan.order_id, delay_id=None, lines=moves.at_risk))
    return Settled(plan, after, moves, tuple(events))


def promised(settled: Settled) -> tuple[PromisedLine, ...]:
    """The promises that a command moved."""
    return next(event.lines for event in settled.events if isinstance(event, PromiseChanged))
