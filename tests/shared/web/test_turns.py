"""So many requests at a time; who would wait too long is told at once."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from shared.web.problems import Overloaded
from shared.web.turns import Turns


async def test_no_more_than_so_many_at_a_time_and_in_the_order_they_came() -> None:
    turns, running, most, order = Turns(2), 0, 0, []

    async def one(number: int) -> None:
        nonlocal running, most
        async with turns.one():
            running += 1
            most = max(most, running)
            order.append(number)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(one(number) for number in range(20)))
    assert most == 2
    assert order == list(range(20))


async def test_who_waits_too_long_is_turned_away_and_takes_nobody_s_turn() -> None:
    turns = Turns(1)
    async with turns.one():
        for _ in range(2):
            with pytest.raises(Overloaded):
                async with turns.one():
                    pass
    async with turns.one():
        assert not turns.crowded


async def test_it_is_crowded_when_the_turns_before_would_take_too_long() -> None:
    turns = Turns(1)
    async with turns.one():
        await asyncio.sleep(0.05)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(turns.one())
        assert not turns.crowded
        waiting = [asyncio.create_task(stack.enter_async_context(turns.one())) for _ in range(1000)]
        await asyncio.sleep(0)
        assert turns.crowded
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert not turns.crowded
