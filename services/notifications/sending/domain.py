"""What becomes of a message after an attempt: pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.notifications.channels.domain import Mail, Outcome

BACK_OFF = (1.0, 5.0, 30.0, 120.0, 600.0)
SPREAD = 0.2
LONGEST_WITHOUT_SERVER = 30.0
"""While no server answers, mails are tried this often at least: the sender itself pauses, so that this costs little."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send until its lease ends. `attempts` counts this one, `tries` those answered before."""

    mail: Mail
    token: UUID
    attempts: int
    tries: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class Attempt:
    claimed: Claimed
    outcome: Outcome
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Next:
    """`seconds` until the next attempt of a message that is queued again."""

    status: Literal["sent", "failed", "queued"]
    tries: int
    seconds: float = 0.0
    why: str | None = None


def after(attempt: Attempt, *, most_tries: int, most_days: int, chance: Callable[[], float] = random.random) -> Next:
    """Sent, tried again later, or failed: refused for good, or out of patience."""
    claimed, outcome = attempt.claimed, attempt.outcome
    if outcome.result == "sent":
        return Next("sent", claimed.tries + 1)
    if outcome.result == "no_server":
        if claimed.age >= timedelta(days=most_days):
            return Next("failed", claimed.tries, why="no_server")
        return Next("queued", claimed.tries, min(back_off(claimed.attempts, chance), LONGEST_WITHOUT_SERVER))
    tries = claimed.tries + 1
    if outcome.result == "refused" or tries >= most_tries:
        return Next("failed", tries, why=f"smtp {outcome.code}" if outcome.code else outcome.result)
    return Next("queued", tries, back_off(tries, chance))


def back_off(tries: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds before the next attempt: 1, 5, 30, 120, then 600, each ±20 %."""
    return BACK_OFF[min(max(tries, 1), len(BACK_OFF)) - 1] * (1 - SPREAD + 2 * SPREAD * chance())
