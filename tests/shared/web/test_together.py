"""Requests answered together: what makes up a batch, and that nobody's trouble is another's."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.contracts.text import Both
from shared.database.pool import SLOW
from shared.problems import Invalid, Unavailable
from shared.web import together
from shared.web.problems import Overloaded
from shared.web.together import ALONE, Outcome, Together


class Work:
    """Answers numbers with their tenfold, once it is let; odd things happen to some of them."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Semaphore(0)
        self.let = asyncio.Semaphore(0)
        self.together: Together[int, int] = Together(self.do)

    async def do(self, numbers: Sequence[int]) -> Sequence[Outcome[int]]:
        self.batches.append(list(numbers))
        self.begun.release()
        await self.let.acquire()
        if 13 in numbers:
            raise ValueError(13)
        if 99 in numbers:
            raise Unavailable(SLOW)
        return [self.outcome(number, alone=len(numbers) == 1) for number in numbers]

    def outcome(self, number: int, *, alone: bool) -> Outcome[int]:
        if number == 7:
            return Invalid(Both("no sevens", "不要七"))
        return ALONE if number == 40 and not alone else number * 10

    def ask(self, *numbers: int, apart: str | None = None) -> list["asyncio.Task[int]"]:
        return [asyncio.create_task(self.together.ask(number, [apart or number])) for number in numbers]

    async def busy(self) -> list["asyncio.Task[int]"]:
        """As many batches of one as there may be, under way."""
        asked: list[asyncio.Task[int]] = []
        for number in range(together.AT_ONCE):
            asked += self.ask(1000 + number)
            await self.begun.acquire()
        return asked

    def go_on(self, batches: int = 100) -> None:
        for _ in range(batches):
            self.let.release()


async def test_who_finds_nothing_under_way_is_served_at_once_and_alone() -> None:
    work = Work()
    work.go_on()
    assert [await one for one in work.ask(1)] == [10]
    assert work.batches == [[1]]


async def test_those_who_come_while_batches_are_under_way_make_up_the_next_one() -> None:
    work = Work()
    first = await work.busy()
    asked = work.ask(1, 2, 3)
    await asyncio.sleep(0)
    assert len(work.batches) == together.AT_ONCE
    work.go_on()
    assert await asyncio.gather(*first, *asked) == [*(10_000 + 10 * n for n in range(together.AT_ONCE)), 10, 20, 30]
    assert work.batches[together.AT_ONCE :] == [[1, 2, 3]]


async def test_a_batch_has_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LARGEST", 2)
    work = Work()
    first = await work.busy()
    asked = work.ask(1, 2, 3, 4, 5)
    work.go_on()
    assert await asyncio.gather(*asked) == [10, 20, 30, 40, 50]
    await asyncio.gather(*first)
    assert sorted(map(len, work.batches[together.AT_ONCE :])) == [1, 2, 2]


async def test_a_problem_is_its_own_request_s() -> None:
    work = Work()
    first = await work.busy()
    asked = work.ask(6, 7, 8)
    work.go_on()
    six, seven, eight = await asyncio.gather(*asked, return_exceptions=True)
    assert (six, eight) == (60, 80)
    assert isinstance(seven, Invalid)
    await asyncio.gather(*first)


async def test_a_batch_that_fails_is_done_one_by_one_and_only_the_culprit_fails() -> None:
    work = Work()
    first = await work.busy()
    asked = work.ask(12, 13, 14)
    work.go_on()
    twelve, thirteen, fourteen = await asyncio.gather(*asked, return_exceptions=True)
    assert (twelve, fourteen) == (120, 140)
    assert isinstance(thirteen, ValueError)
    await asyncio.gather(*first)
    assert sorted(work.batches[together.AT_ONCE :]) == [[12], [12, 13, 14], [13], [14]]


async def test_without_a_database_nobody_is_tried_one_by_one() -> None:
    work = Work()
    first = await work.busy()
    asked = work.ask(98, 99)
    work.go_on()
    assert [type(answer) for answer in await asyncio.gather(*asked, return_exceptions=True)] == [Unavailable, Unavailable]
    await asyncio.gather(*first)
    assert len(work.batches) == together.AT_ONCE + 1


async def test_what_would_have_to_wait_waits_alone() -> None:
    work = Work()
    first = await work.busy()
    asked = work.ask(39, 40, 41)
    work.go_on()
    assert await asyncio.gather(*asked) == [390, 400, 410]
    assert work.batches[together.AT_ONCE :] == [[39, 40, 41], [40]]
    await asyncio.gather(*first)


async def test_what_must_be_apart_is_done_one_after_the_other() -> None:
    work = Work()
    asked = work.ask(1, 2, 3, apart="SO-1")
    work.go_on()
    assert await asyncio.gather(*asked) == [10, 20, 30]
    assert work.batches == [[1], [2], [3]]


async def test_who_has_gone_is_not_served() -> None:
    work = Work()
    first = await work.busy()
    gone, here = work.ask(1, 2)
    await asyncio.sleep(0)
    gone.cancel()
    work.go_on()
    assert await here == 20
    await asyncio.gather(*first)
    assert work.batches[together.AT_ONCE :] == [[2]]


async def test_who_waits_too_long_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "PATIENCE", 0.01)
    work = Work()
    first = await work.busy()
    [late] = work.ask(1)
    with pytest.raises(Overloaded):
        await late
    work.go_on()
    assert await asyncio.gather(*first) == [10_000 + 10 * n for n in range(together.AT_ONCE)]
