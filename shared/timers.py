"""Timers: rows that are due at a business time, run by one leader in the transaction that removes them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from shared.database.pool import Tx


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose time has come; `due` is business time."""

    kind: str
    subject: UUID
    due: datetime
    payload: dict[str, Any]


TimerHandler: TypeAlias = Callable[[Tx, Sequence[Due], datetime], Awaitable[None]]
TimerHandlers: TypeAlias = Mapping[str, TimerHandler]
"""By kind. (tx, due, now): runs in the transaction that removes the rows, and may set them anew."""

_SET = """
INSERT INTO timer (kind, subject, due_at, payload) VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload, tries = 0, retry_at = NULL
"""


async def set_timer(tx: Tx, kind: str, subject: UUID, due: datetime, payload: dict[str, Any] | None = None) -> None:
    """Set, or move, the one timer of that kind on that subject."""
    await tx.execute(_SET, kind, subject, due, payload or {})


async def cancel_timer(tx: Tx, kind: str, subject: UUID) -> None:
    """Remove it; nothing happens when there is none."""
    await tx.execute("DELETE FROM timer WHERE kind = $1 AND subject = $2", kind, subject)
