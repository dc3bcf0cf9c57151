"""What publishers tell one service alone: looked for now and then, and pulled only while there is any."""

import asyncio
from typing import Any

import pytest

from shared.contracts.envelope import SHARDS
from shared.messaging import refill
from shared.messaging.provision import Refused
from shared.messaging.pull import Pull, Taken
from shared.messaging.refill import Refill

SOMETHING = Taken([], 0, "")


class Told(Pull):
    """The broker's side: how many messages wait, of them `suspects` with an owner who did not come back; or it is away."""

    def __init__(self, waiting: int = 0, suspects: int = 0, away: Exception | None = None) -> None:
        self.waiting, self.suspects, self.away = waiting, suspects, away
        self.asked = self.closed = 0

    async def behind(self) -> int:
        self.asked += 1
        if self.away is not None:
            raise self.away
        return self.waiting

    async def unacknowledged(self) -> int:
        return self.suspects

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    made = Told()
    monkeypatch.setattr(refill, "Pull", lambda *_: made)
    monkeypatch.setattr(refill, "LOOK_SECONDS", 0.0)
    return made


def refill_of(shard: int = 0) -> Refill:
    bus: Any = None
    return Refill(bus, "reporting", shard)


async def test_it_is_pulled_while_there_is_any_and_left_when_it_is_taken(told: Told) -> None:
    one = refill_of()
    assert (await one.wanted(), one.busy) == (None, False)
    told.waiting, told.suspects = 2, 1
    assert await one.wanted() is told
    assert (one.busy, one.suspects) == (True, 1)
    asked = told.asked
    assert await one.wanted() is told
    await one.took(SOMETHING)
    # What is being taken needs no question.
    assert told.asked == asked
    await one.took(None)
    assert (one.busy, told.closed) == (True, 0)
    told.waiting = 0
    await one.took(None)
    assert (one.busy, told.closed, await one.wanted()) == (False, 1, None)


@pytest.mark.parametrize("away", [TimeoutError(), Refused("reporting-0", 10014, "consumer not found")])
async def test_a_broker_that_is_away_or_knows_of_none_is_asked_again(told: Told, away: Exception) -> None:
    told.waiting, told.away = 1, away
    one = refill_of()
    assert (await one.wanted(), one.busy) == (None, False)
    told.away = None
    assert await one.wanted() is told
    told.away = away
    await one.took(None)
    assert told.closed == 1


async def test_the_shards_of_a_process_look_in_turns(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refill, "LOOK_SECONDS", 60.0)
    told.waiting = 1
    assert await refill_of(0).wanted() is told
    assert [await refill_of(shard).wanted() for shard in range(1, SHARDS)] == [None] * (SHARDS - 1)


async def test_closing_leaves_nothing_open(told: Told) -> None:
    told.waiting = 1
    one = refill_of()
    await one.wanted()
    await asyncio.gather(one.close(), one.close())
    assert (told.closed, one.busy) == (1, False)
