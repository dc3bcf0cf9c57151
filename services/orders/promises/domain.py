"""The promise: what we told the customer, moved only by its own command. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.fields import Body, Day, Note, Number, require_ahead, too_far
from services.orders.planning.domain import bring_forward, compare, planned_anew, reestimated
from services.orders.planning.model import Plan, Settled
from services.orders.promises import words
from services.orders.requests.domain import DayRequest, open_lines
from shared.approvals.rules import Ask, Level, Rule, needed
from shared.contracts.approvals import Days
from shared.contracts.codes import PromiseReason
from shared.contracts.customers import Grade
from shared.contracts.orders import PromiseAtRisk, PromiseChanged, PromisedLine
from shared.problems import FieldError, Invalid, require_none


class Promise(Body):
    """A new promise, and why it is given."""

    to: Day
    reason: PromiseReason
    note: Annotated[Note | None, Field(description="why, in free words; for the ledger, customers do not read it")] = None
    replies_to: Annotated[UUID | None, Field(description="the request of the customer that it answers, whatever day it gives")] = None


class NewPromise(Promise):
    """A new promise, given together with a delay: for the delayed lines that were promised earlier than `to`."""

    reason: PromiseReason = "delay"


class ChangePromise(Promise):
    """A new promise; without `lines` for all of the request that it answers, or for every line that is still to be delivered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lines": ["2"], "to": "2026-06-05", "reason": "customer_request", "note": "the dye house has a slot"}]
        }
    )

    lines: Annotated[tuple[Number, ...] | None, Field(min_length=1, max_length=1000)] = None


class WaitingPromise(Promise):
    """A new promise that waits for approval; `delay` is the one it was given with."""

    lines: tuple[Number, ...]
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
    """What a new promise heeds: which wait for approval (none without a rule), and the `requests` that they answer.

    `grades` are those of the customers, `roles` the caller's.
    """

    rule: Rule | None = None
    revision: int = 0
    grades: Mapping[UUID, Grade] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    requests: Mapping[UUID, DayRequest] = field(default_factory=dict)

    def of(self, roles: frozenset[str]) -> "Policy":
        return replace(self, roles=roles)

    def request(self, promise: Promise, orders: Collection[UUID], field: str) -> DayRequest | None:
        """What the promise answers; Invalid where that was asked of none of these orders."""
        if promise.replies_to is None:
            return None
        found = self.requests.get(promise.replies_to)
        if found is None or found.order_id not in orders:
            raise Invalid(words.NO_REQUEST, field=field)
        return found

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


def promise_later(plan: Plan, shipment: str | None, promise: NewPromise) -> tuple[Plan, tuple[PromisedLine, ...]]:
    """The plan with those promises of a delayed leg moved that were earlier. Invalid where the new one would be broken at once."""
    lines = {line.line for line in plan.lines_of(shipment) if line.delivered is None and line.promised < promise.to}
    after, moved = move_promises(plan, lines, promise.to)
    _require_kept(plan, moved, promise.to, "promise.to")
    return after, moved


def _require_kept(plan: Plan, moved: tuple[PromisedLine, ...], to: date, field: str) -> None:
    """Invalid where a promise that moves later would be broken at once, or cannot be meant. One that moves earlier is the seller's to make,
    as the first is."""
    later = {line.line for line in moved if line.after > line.before}
    late = max((line.estimated for line in plan.lines if line.line in later), default=to)
    if why := too_far(to, max([late, *(line.before for line in moved)])):
        raise Invalid(why, field=field)
    if late > to:
        raise Invalid(words.broken(plan.number, late, to), field=field)


def changed(
    plan: Plan,
    moved: tuple[PromisedLine, ...],
    promise: Promise,
    request: DayRequest | None,
    *,
    delay_id: UUID | None = None,
    approval_id: UUID | None = None,
    replanned: bool = False,
) -> PromiseChanged:
    """What is told of promises that moved; `request` is what they answer, if they do."""
    answers = request is not None and request.answers(plan.order_id, [line.line for line in moved])
    return PromiseChanged(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        lines=moved,
        reason=promise.reason,
        delay_id=delay_id,
        approval_id=approval_id,
        request_id=promise.replies_to if answers else None,
        note=promise.note,
        replanned=replanned,
    )


def change(
    plan: Plan, body: ChangePromise | WaitingPromise, today: date, request: DayRequest | None = None, approval_id: UUID | None = None
) -> Settled:
    """Move the promise; `request` is what it answers, `approval_id` the request that allows it. What is expected stays, but for an
    earlier promise: what is still to come is planned anew for that.

    Invalid for a day that has passed, for a line that does not exist, has been delivered or was not asked about, where nothing would
    move, or for a later promise that would be broken at once.
    """
    require_ahead(body.to, today, "to")
    after, moved = move_promises(plan, meant(plan, body, request), body.to)
    if not moved:
        raise Invalid(words.nothing_moves(plan.number, body.to), field="to")
    _require_kept(plan, moved, body.to, "to")
    if earlier := {line.line for line in moved if line.after < line.before}:
        after = bring_forward(after, {line.shipment for line in plan.lines if line.line in earlier})
    moves = compare(plan, after)
    events = planned_anew(plan, after, body.note or f"promised for {body.to}")
    if replanned := bool(moves.nodes or moves.lines):
        events.append(reestimated(plan, moves, "promise_changed", promises=moved))
    events.append(changed(plan, moved, body, request, approval_id=approval_id, replanned=replanned))
    if moves.at_risk:
        events.append(PromiseAtRisk(order_id=plan.order_id, delay_id=None, lines=moves.at_risk))
    return Settled(plan, after, moves, tuple(events))


def meant(plan: Plan, body: ChangePromise | WaitingPromise, request: DayRequest | None) -> set[str]:
    """The lines that a promise is of; Invalid names each that cannot be."""
    wanted = {line.line for line in open_lines(plan, body.lines)}
    # One that was given with a delay is of all that the delay moves.
    if request is not None and isinstance(body, ChangePromise):
        if body.lines is None:
            wanted &= request.entries.keys()
        unasked = [index for index, number in enumerate(body.lines or ()) if number not in request.entries]
        require_none([FieldError(f"lines.{index}", words.NOT_ASKED) for index in unasked])
    return wanted


def promised(settled: Settled) -> tuple[PromisedLine, ...]:
    """The promises that a command moved."""
    return next(event.lines for event in settled.events if isinstance(event, PromiseChanged))


def late(settled: Settled, moved: Collection[PromisedLine]) -> tuple[str, ...]:
    """Those of the lines whose promise moved that are expected after it."""
    promised_now = {line.line for line in moved}
    return tuple(line.line for line in settled.after.lines if line.at_risk and line.line in promised_now)
