"""The life of a request: asked, decided level by level, escalated, ended. Pure.

A request always ends: every escalation reaches for people who could not decide before and there are at most two in a level,
and there are at most five levels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from shared.approvals import words
from shared.approvals.rules import Ask, ByDepartment, ByManager, ByPerson, ByRole, Level
from shared.contracts.approvals import ApprovalFacts, Turn
from shared.contracts.customers import Role
from shared.contracts.text import Both
from shared.problems import Conflict, Forbidden

Status = Literal["pending", "granted", "refused", "withdrawn", "expired"]
Deed = Literal["asked", "approved", "refused", "withdrawn", "escalated", "expired"]

LAST_RESORT: Role = "manager"
"""The role that is asked where nobody else has decided."""
_RUNGS = 3


class ApprovalOver(Conflict):
    """The request was decided, withdrawn or has expired; or another level of it waits now."""

    slug = "approval-over"
    title = Both("It does not wait for this decision", "该申请当前不待此项审批")


class SubjectChanged(Conflict):
    """What the request is about is not what it was when it was asked: it has to be asked anew."""

    slug = "subject-changed"
    title = Both("What it is about has changed meanwhile", "审批对象已发生变化")


class OwnRequest(Forbidden):
    """Nobody decides his own request, not as a deputy either."""

    slug = "own-request"
    title = Both("It is your own request", "不能审批本人的申请")


class NotTheDecider(Forbidden):
    """Others decide this level."""

    slug = "not-the-decider"
    title = Both("Others decide this", "须由他人审批")


@dataclass(frozen=True, slots=True)
class Colleague:
    """An active member of staff, as far as approvals look at him."""

    login: str
    department: str
    manager: str | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who decides: `stands_in_for` are the absent colleagues whose deputy he is today."""

    login: str
    roles: frozenset[str]
    stands_in_for: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Seats:
    """Who may decide: these people, and anybody with one of these roles."""

    deciders: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()

    def __or__(self, other: "Seats") -> "Seats":
        return Seats(self.deciders | other.deciders, self.roles | other.roles)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about; `version` changes when that is not any more what was asked about."""

    id: UUID
    number: str
    version: int
    customer_id: UUID | None


@dataclass(frozen=True, slots=True)
class Request:
    """A command that waits. `levels` are those of the rule when it was asked; `rung` counts how far the level has escalated."""

    id: UUID
    kind: str
    rule_revision: int
    subject: Subject
    requester: str
    asked_at: datetime
    ask: Ask
    command: Mapping[str, Any] = field(hash=False)
    levels: tuple[Level, ...]
    level: int
    rung: int
    seats: Seats
    due_at: datetime
    status: Status
    version: int

    def facts(self) -> ApprovalFacts:
        return ApprovalFacts(
            approval_id=self.id,
            kind=self.kind,
            subject_id=self.subject.id,
            subject=self.subject.number,
            customer_id=self.subject.customer_id,
            grade=self.ask.grade,
            amount=self.ask.amount,
            requester=self.requester,
            level=self.level,
            levels=len(self.levels),
        )

    def turn(self) -> Turn:
        return Turn(deciders=tuple(sorted(self.seats.deciders)), roles=tuple(sorted(self.seats.roles)), due_at=self.due_at)


@dataclass(frozen=True, slots=True)
class Change:
    """A request after a deed, and who did it why."""

    request: Request
    deed: Deed
    actor: str
    on_behalf_of: str | None = None
    reason: str | None = None


def ask(
    request_id: UUID,
    kind: str,
    rule_revision: int,
    subject: Subject,
    wanted: Ask,
    command: Mapping[str, Any],
    levels: tuple[Level, ...],
    *,
    requester: str,
    staff: Iterable[Colleague],
    now: datetime,
) -> Change:
    """A new request; `levels` are those that are needed, at least one."""
    request = Request(request_id, kind, rule_revision, subject, requester, now, wanted, command, levels, 0, 0, Seats(), now, "pending", 0)
    return Change(_next_level(request, staff, now), "asked", requester)


def approve(request: Request, actor: Actor, level: int, reason: str | None, *, staff: Iterable[Colleague], now: datetime) -> Change:
    """Approve the level that the actor has seen. After the last the request is granted, else the next level is asked."""
    _require_pending(request)
    if level != request.level:
        raise ApprovalOver(words.at_another_level(level, request.level), state=request.status, level=request.level)
    stands_for = _deciding(request, actor)
    if request.level == len(request.levels):
        after = replace(request, status="granted", version=request.version + 1)
    else:
        after = _next_level(request, staff, now)
    return Change(after, "approved", actor.login, stands_for, reason)


def refuse(request: Request, actor: Actor, reason: str) -> Change:
    """Refuse it, at whatever level it is."""
    _require_pending(request)
    stands_for = _deciding(request, actor)
    return Change(replace(request, status="refused", version=request.version + 1), "refused", actor.login, stands_for, reason)


def withdraw(request: Request, login: str, reason: str | None) -> Change:
    """Take it back; only who asked can."""
    if login != request.requester:
        raise NotTheDecider(words.only_by(request.requester))
    return take_back(request, login, reason)


def take_back(request: Request, actor: str, reason: str | None) -> Change:
    """What it was asked with is taken back, and it is withdrawn with that, by whoever did so."""
    _require_pending(request)
    return Change(replace(request, status="withdrawn", version=request.version + 1), "withdrawn", actor, None, reason)


def time_out(request: Request, actor: str, *, staff: Iterable[Colleague], now: datetime) -> Change:
    """Nobody decided in time: the next people are asked, too; the request expires where there are none. For one that is pending."""
    found = _reach(request, tuple(staff), request.rung + 1, request.seats)
    if found is None:
        return Change(replace(request, status="expired", version=request.version + 1), "expired", actor)
    rung, seats = found
    return Change(
        replace(request, rung=rung, seats=seats, due_at=_due(request, request.level, now), version=request.version + 1),
        "escalated",
        actor,
    )


def _require_pending(request: Request) -> None:
    if request.status != "pending":
        raise ApprovalOver(words.ended(request.status), state=request.status)


def _deciding(request: Request, actor: Actor) -> str | None:
    """For whom the actor stands in, None where he decides in his own right."""
    if actor.login == request.requester:
        raise OwnRequest(words.BY_OTHERS)
    seats = request.seats
    if actor.login in seats.deciders or seats.roles & actor.roles:
        return None
    absent = next((login for login in actor.stands_in_for if login in seats.deciders), None)
    if absent is None:
        turn = request.turn()
        raise NotTheDecider(words.level_of_others(request.level), deciders=turn.deciders, roles=turn.roles)
    return absent


def _next_level(request: Request, staff: Iterable[Colleague], now: datetime) -> Request:
    level = request.level + 1
    later = replace(request, level=level, due_at=_due(request, level, now), version=request.version + 1)
    found = _reach(later, tuple(staff), 0, Seats())
    assert found is not None  # the last rung always has its role
    return replace(later, rung=found[0], seats=found[1])


def _due(request: Request, level: int, now: datetime) -> datetime:
    return now + timedelta(hours=request.levels[level - 1].hours)


def _reach(request: Request, staff: Sequence[Colleague], rung: int, seats: Seats) -> tuple[int, Seats] | None:
    """The first rung from `rung` on with somebody who has no seat yet, and all seats then; None where there is none."""
    for higher in range(rung, _RUNGS):
        wider = seats | _on(higher, request, staff)
        if wider != seats:
            return higher, wider
    return None


def _on(rung: int, request: Request, staff: Sequence[Colleague]) -> Seats:
    """Rung 0: the level's own deciders; 1: those to whom they report; 2: everybody with the role of the last resort."""
    if rung == _RUNGS - 1:
        found = _with_role(LAST_RESORT, staff)
    else:
        found = _own(request.levels[request.level - 1], request.requester, staff)
        if rung == 1:
            found = Seats(frozenset(one.manager for one in staff if one.login in found.deciders and one.manager is not None))
    at_work = {one.login for one in staff} - {request.requester}
    return Seats(found.deciders & at_work, found.roles)


def _own(level: Level, requester: str, staff: Sequence[Colleague]) -> Seats:
    match level.decider:
        case ByRole(role=role):
            return _with_role(role, staff)
        case ByDepartment(department=department):
            return Seats(frozenset(one.login for one in staff if one.department == department and LAST_RESORT in one.roles))
        case ByManager():
            return Seats(frozenset(one.manager for one in staff if one.login == requester and one.manager is not None))
        case ByPerson(login=login):
            return Seats(frozenset({login}))


def _with_role(role: Role, staff: Sequence[Colleague]) -> Seats:
    return Seats(frozenset(one.login for one in staff if role in one.roles), frozenset({role}))
