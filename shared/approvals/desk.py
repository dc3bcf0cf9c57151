"""Where requests are handed in and decided: each step in the caller's transaction, with its event and its timer."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from shared.approvals import domain, store
from shared.approvals.domain import Actor, Change, Request, Subject
from shared.approvals.rules import Ask, Level
from shared.contracts.approvals import Days, Money
from shared.contracts.event import Event
from shared.database.pool import Tx
from shared.directory import stands_in_for
from shared.ids import new_id
from shared.messaging.record import Facts, Stamp, append
from shared.timers import Due, TimerHandlers, cancel_timer, set_timer
from shared.web.auth import Principal

APPROVAL_DUE = "approval_due"
"""Timer on a request: the hour by which somebody should have decided."""

Told: TypeAlias = Callable[[Change], Event]
"""The service's event for what became of a request."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a request is about, under its lock: its version now, and the command as it would be carried out.

    `prepare` raises SubjectChanged for a command that cannot be carried out any more; what it answers does so in the same transaction.
    """

    version: int
    prepare: Callable[[], Callable[[Stamp], Awaitable[None]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of command that may wait. `measure` is what its amounts are in."""

    name: str
    measure: type[Days] | type[Money]
    open: Callable[[Tx, Request, datetime], Awaitable[Opened]]


@dataclass(frozen=True, slots=True)
class Approvals:
    """What one service asks approval for. `departments` are those that may decide; None as long as any may."""

    service: str
    told: Told
    kinds: Sequence[Kind]
    departments: Callable[[Tx], Awaitable[Collection[str] | None]]

    def kind(self, name: str) -> Kind | None:
        return next((kind for kind in self.kinds if kind.name == name), None)

    @property
    def timers(self) -> TimerHandlers:
        async def overdue(tx: Tx, due: Sequence[Due], now: datetime) -> None:
            await _time_out(tx, self.told, due, now)

        return {APPROVAL_DUE: overdue}


async def hand_in(
    tx: Tx,
    stamp: Stamp,
    told: Told,
    *,
    kind: str,
    rule_revision: int,
    levels: tuple[Level, ...],
    subject: Subject,
    wanted: Ask,
    command: dict[str, Any],
) -> Request:
    """Ask for approval of a command, under the lock of its subject. Asked twice is asked once: the pending request is answered."""
    if (pending := await store.asked_already(tx, kind, subject, command)) is not None:
        return pending
    staff = await store.staff(tx)
    change = domain.ask(new_id(), kind, rule_revision, subject, wanted, command, levels, requester=stamp.actor, staff=staff, now=stamp.time)
    await keep(tx, stamp, told, change)
    return change.request


async def take_back(tx: Tx, stamp: Stamp, told: Told, pending: Sequence[Request], reason: str | None) -> None:
    """Withdraw requests that are locked and wait: what they were asked with is taken back, or what they were about."""
    for request in pending:
        await keep(tx, stamp, told, domain.take_back(request, stamp.actor, reason))


async def keep(tx: Tx, stamp: Stamp, told: Told, change: Change) -> None:
    """Write what became of a request, tell it, and set its timer or take it away."""
    request = change.request
    await store.save(tx, change, stamp.time)
    await append(tx, stamp, [Facts(request.id, request.version - 1, [told(change)])])
    if request.status == "pending":
        await set_timer(tx, APPROVAL_DUE, request.id, request.due_at)
    else:
        await cancel_timer(tx, APPROVAL_DUE, request.id)


async def actor_of(tx: Tx, principal: Principal, now: datetime) -> Actor:
    """The principal as one who decides."""
    return Actor(principal.login, frozenset(principal.roles), await stands_in_for(tx, principal.login, now))


async def _time_out(tx: Tx, told: Told, due: Sequence[Due], now: datetime) -> None:
    staff = await store.staff(tx)
    for timer in sorted(due, key=lambda timer: timer.subject):
        request = await store.lock(tx, timer.subject)
        if request is not None and request.status == "pending" and request.due_at <= now:
            stamp = Stamp.of_timer(now)
            await keep(tx, stamp, told, domain.time_out(request, stamp.actor, staff=staff, now=now))
