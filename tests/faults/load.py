"""Delays as merchandisers log them: at a steady rate whatever the answers, each command repeated under its key until it is answered."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import random
from typing import Any

import aiohttp

from deploy.local.client import Answer
from deploy.local.suite import Suite
from tests.flows.imports import done, file_of, follow, mapping_of, send
from tests.flows.world import ACTION, Customer, World, a_merchandiser, new_order, unique

PROMISED = date(2027, 6, 1)
PATIENCE = 240.0
"""A command that is not answered for so long is lost."""
ANSWER = 10.0
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds, give or take a half, so that those who wait do not come back all at once; more if the answer says so."""
FILE_ROWS = 5_000
MOST = 200
"""Commands under way; when so many wait for an answer, further ones wait for them."""


class NotAnswered(AssertionError):
    """A command got no answer within PATIENCE."""


@dataclass
class Load:
    """`rate` fresh orders a second, each with one delay of its own, for one customer with one contact."""

    suite: Suite
    world: World
    customer: Customer
    rate: float
    delays: list[str] = field(default_factory=list)
    """Delays whose logging was answered: each is to be told once."""
    repeats: int = 0
    stock: deque[str] = field(default_factory=deque)
    """Orders that are there already: they are delayed first."""
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST))

    @classmethod
    async def prepare(cls, suite: Suite, rate: float) -> "Load":
        world = await a_merchandiser(suite)
        world.me = suite.client(world.login, "merchandiser", connections=100)
        customer = await world.customer(languages=("en",))
        await world.order(customer, promised=PROMISED, lines=1)
        return cls(suite, world, customer, rate)

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`, and then until everything begun is answered."""
        loop = asyncio.get_running_loop()
        at = loop.time()
        async with asyncio.TaskGroup() as commands:
            while not stopping.is_set():
                await self._room.acquire()
                commands.create_task(self.one()).add_done_callback(lambda _: self._room.release())
                at = max(at + 1 / self.rate, loop.time() - 1)
                try:
                    async with asyncio.timeout_at(at):
                        await stopping.wait()
                except TimeoutError:
                    pass

    async def stock_up(self, orders: int) -> None:
        """Takes in so many orders from files, so that nothing but delays is asked for while they last."""
        mapping, new = await mapping_of(self.world, "export-sea"), [unique("SO") for _ in range(orders)]
        for numbers in (new[at : at + FILE_ROWS] for at in range(0, orders, FILE_ROWS)):
            shown = await follow(self.world, await send(self.world, mapping, file_of(numbers, self.customer, lambda _: PROMISED)), done)
            assert shown["imported"] == len(numbers), shown
        self.stock.extend(new)

    async def one(self) -> str:
        """A delay, whose id is given back, of an order in stock or of a fresh one."""
        if self.stock:
            number = self.stock.popleft()
        else:
            number = unique("SO")
            await self._insist("/api/orders", new_order(number, self.customer, promised=PROMISED, lines=1))
        body = {"milestone": "DELIVERED", "new_date": str(PROMISED + timedelta(days=3)), "causes": [{"code": "UNKNOWN"}], "action": ACTION}
        delay: str = (await self._insist(f"/api/orders/{number}/delays", body))["delay"]
        self.delays.append(delay)
        return delay

    async def _insist(self, path: str, body: Any) -> dict[str, Any]:
        headers = {"Idempotency-Key": unique("key")}
        loop = asyncio.get_running_loop()
        end, failures, last = loop.time() + PATIENCE, 0, ""
        while loop.time() < end:
            try:
                answer: Answer = await self.world.me.request("POST", path, json=body, headers=headers, deadline=ANSWER)
                last, least = f"{answer.status}: {answer.text[:200]}", float(answer.headers.get("Retry-After", 0))
                if answer.status < 500:
                    said: dict[str, Any] = answer.expect(201)
                    return said
            except (aiohttp.ClientError, TimeoutError) as error:
                last, least = type(error).__name__, 0.0
            self.repeats += 1
            await asyncio.sleep(max(least, PAUSES[min(failures, len(PAUSES) - 1)]) * (0.5 + random()))
            failures += 1
        raise NotAnswered(f"{path}: {last}")
