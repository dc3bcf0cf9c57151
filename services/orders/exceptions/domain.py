"""Rules of exceptions: what may be said, who may do and judge an action, and when one is over. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from services.orders.delays.model import causes_of
from services.orders.exceptions import words
from services.orders.exceptions.model import Action, EditException, GivenAction, GivenLine, OpenException, OrderException, Place
from services.orders.fields import NO_GRACE, require_come, require_soon
from services.orders.planning.words import placed
from services.orders.words import all_of, closed
from shared.contracts.exceptions import ActionKind, ActionStatus, AffectedLine, Severity
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound, require_none

MOST_ACTIONS = 50
NEEDED: Mapping[Severity, tuple[ActionKind, ...]] = MappingProxyType(
    {"minor": (), "major": ("corrective",), "critical": ("corrective", "preventive")}
)
"""The actions without which nothing so severe is closed. That one was not needed after all is said by its waiver, with the reason."""


class ExceptionOver(Conflict):
    """The exception was closed."""

    slug = "exception-over"
    title = Both("The exception is closed", "异常已关闭")


class ActionOver(Conflict):
    """The action is at another point than this: only an open one is done, only one that is done is verified."""

    slug = "action-over"
    title = Both("The action is at another point", "该措施不在此状态")


class StillOpen(Conflict):
    """Something is left to do before the exception can be closed; `actions` are those neither verified nor waived, `lacking` the kinds of
    which it has none.
    """

    slug = "exception-still-open"
    title = Both("Something is left to do", "尚有未完成事项")


class OwnWork(Forbidden):
    """Nobody judges what he has done or is to do."""

    slug = "own-work"
    title = Both("Another person judges it", "须由他人判定")


def open_exception(place: Place, body: OpenException, *, exception_id: UUID, by: str, now: datetime) -> OrderException:
    """A new exception, with its first version."""
    require_come(body.detected_on, now.date(), "detected_on")
    if why := _unplaced(place, body.detected_on):
        raise Invalid(why, field="detected_on")
    return OrderException(
        exception_id=exception_id,
        order_id=place.order_id,
        shipment_id=place.shipment_id,
        shipment=place.shipment,
        orders=place.orders,
        kind=body.kind,
        severity=body.severity,
        description=body.description,
        detected_on=body.detected_on,
        causes=causes_of(body.causes),
        affected=_affected(body.affected, place),
        amount=body.amount,
        delay_id=body.delay,
        actions=(),
        status="open",
        opened_by=by,
        opened_at=now,
        closed_by=None,
        closed_at=None,
        resolution=None,
        version=1,
    )


def edit(known: OrderException, place: Place, body: EditException) -> OrderException:
    """Say it anew; its actions stay."""
    return replace(
        _next(known),
        severity=body.severity,
        description=body.description,
        causes=causes_of(body.causes),
        affected=_affected(body.affected, place),
        amount=body.amount,
        delay_id=body.delay,
    )


def add_action(known: OrderException, body: GivenAction, action_id: UUID, today: date) -> OrderException:
    require_soon(body.due_on, today, "due_on", NO_GRACE)
    if len(known.actions) == MOST_ACTIONS:
        raise Invalid(words.most(MOST_ACTIONS))
    return replace(_next(known), actions=(*known.actions, Action(action_id, body.kind, body.text, body.owner, body.due_on)))


def change_action(known: OrderException, action_id: UUID, body: GivenAction, today: date) -> OrderException:
    """Say an open action anew; a later day makes an overdue one due again."""
    action = _at(known, action_id, "open")
    if body.due_on != action.due_on:
        require_soon(body.due_on, today, "due_on", NO_GRACE)
    overdue = action.overdue and body.due_on == action.due_on
    return _with(known, replace(action, kind=body.kind, text=body.text, owner=body.owner, due_on=body.due_on, overdue=overdue))


def complete(known: OrderException, action_id: UUID, result: str, by: str, on_behalf_of: str | None = None) -> OrderException:
    """It is done; it still has to be verified."""
    return _with(known, replace(_at(known, action_id, "open"), status="done", done_by=by, on_behalf_of=on_behalf_of, result=result))


def verify(known: OrderException, action_id: UUID, *, effective: bool, note: str, by: str) -> OrderException:
    """Another person looks whether it helped; an action that did not is open again."""
    action = _at(known, action_id, "done")
    if by in (action.owner, action.done_by):
        raise OwnWork(words.own_work(action.owner, action.done_by))
    return _with(known, replace(action, status="verified" if effective else "open", judged_by=by, judgement=note))


def waive(known: OrderException, action_id: UUID, reason: str, by: str) -> OrderException:
    """It is not needed any more; its owner cannot say so himself."""
    action = _at(known, action_id, "open", "done")
    if by == action.owner:
        raise OwnWork(words.own_action(by))
    return _with(known, replace(action, status="waived", judged_by=by, judgement=reason))


def fall_overdue(known: OrderException, action_id: UUID, today: date) -> OrderException | None:
    """The action's day is over; None where that does not matter any more."""
    action = next((one for one in known.actions if one.action_id == action_id), None)
    if known.status != "open" or action is None or action.status != "open" or action.overdue or action.due_on >= today:
        return None
    return _with(known, replace(action, overdue=True))


def close(known: OrderException, resolution: str, by: str, now: datetime) -> OrderException:
    """Close it. StillOpen while its cause is not known, an action is neither verified nor waived, or one that it needs is missing: says all
    of it.
    """
    closed = fall_away(known, resolution, by, now)
    left = [str(action.action_id) for action in known.actions if action.status not in ("verified", "waived")]
    lacking = [kind for kind in NEEDED[known.severity] if all(action.kind != kind for action in known.actions)]
    errors = [FieldError("causes", words.UNKNOWN_CAUSE)] if known.under_investigation else []
    errors += [FieldError("actions", words.left(len(left), len(known.actions)))] if left else []
    errors += [FieldError("actions", words.lacks(known.severity, lacking))] if lacking else []
    if errors:
        named: dict[str, Any] = {name: some for name, some in (("actions", left), ("lacking", lacking)) if some}
        raise StillOpen(all_of([error.reason for error in errors]), errors=tuple(errors), **named)
    return closed


def fall_away(known: OrderException, why: str, by: str, now: datetime) -> OrderException:
    """Close what proved to be none, whatever was to be done about it."""
    return replace(_next(known), status="closed", closed_by=by, closed_at=now, resolution=why)


def _unplaced(place: Place, day: date) -> Both | None:
    """Why nothing was found of the orders on a day: each of them was placed later."""
    number, first = min(place.placed.items(), key=lambda one: one[1] or date.min, default=("", None))
    return words.found_first(placed(number, first), day) if first is not None and day < first else None


def _next(known: OrderException) -> OrderException:
    if known.status != "open":
        raise ExceptionOver(closed(known.closed_by))
    return replace(known, version=known.version + 1)


def _at(known: OrderException, action_id: UUID, *statuses: ActionStatus) -> Action:
    action = next((one for one in known.actions if one.action_id == action_id), None)
    if action is None:
        raise NotFound(words.NO_ACTION)
    if action.status not in statuses:
        raise ActionOver(words.elsewhere(action.status, statuses), state=action.status)
    return action


def _with(known: OrderException, action: Action) -> OrderException:
    actions = tuple(action if one.action_id == action.action_id else one for one in known.actions)
    return replace(_next(known), actions=actions)


def _affected(given: Sequence[GivenLine], place: Place) -> tuple[AffectedLine, ...]:
    """The lines with their order; Invalid names each that is none of the place's, is given twice or has less than that."""
    errors: list[FieldError] = []
    seen: dict[tuple[str, str], AffectedLine] = {}
    only = place.orders[0].number if place.order_id is not None else None
    for index, one in enumerate(given):
        where, order = f"affected.{index}", one.order or only
        if order is None:
            errors.append(FieldError(f"{where}.order", words.NAME_ORDER))
            continue
        key = (order, one.line)
        quantity = place.quantities.get(key)
        if quantity is None:
            errors.append(FieldError(f"{where}.line", words.not_here(order, one.line)))
        elif key in seen:
            errors.append(FieldError(f"{where}.line", words.twice(order, one.line)))
        elif one.quantity > quantity:
            errors.append(FieldError(f"{where}.quantity", words.has_only(order, one.line, quantity)))
        seen[key] = AffectedLine(order=order, line=one.line, quantity=one.quantity)
    require_none(errors)
    return tuple(seen.values())
