"""Delays that are logged at the same moment share a transaction, and nothing else."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.web import together, turns
from tests.orders.calls import CHEN, LI, MANAGER, Desk, delay, kind
from tests.support.calls import Answer

MANY = 24


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is turned away because the machine is slow."""
    for module in (together, turns):
        monkeypatch.setattr(module, "PATIENCE", 60.0)


async def entered(desk: Desk, *numbers: str) -> None:
    for number in numbers:
        await desk.entered(number=number)


async def log(desk: Desk, number: str, body: dict[str, Any] | None = None, who: str = LI, **headers: str) -> Answer:
    return await desk.post(who, f"/api/orders/{number}/delays", body or delay(next_news_on="2026-03-09"), **headers)


async def transactions(desk: Desk) -> int:
    """In how many transactions the delays were written."""
    async with desk.database.connection() as connection:
        return int(await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM delay"))


async def test_many_at_once_take_few_transactions_and_each_has_its_own_answer(desk: Desk) -> None:
    numbers = [f"SO-{n}" for n in range(MANY)]
    await entered(desk, *numbers)
    answers = await asyncio.gather(*(log(desk, number) for number in numbers))
    assert {answer.status for answer in answers} == {201}
    assert [answer.body["orders"][0]["number"] for answer in answers] == numbers
    assert await transactions(desk) < MANY / 2
    told = [one for one in await desk.told() if kind(one) == "delay.logged"]
    assert len({one.correlationid for one in told}) == MANY
    assert {due.subject for due in await desk.due()} == {UUID(answer.body["delay"]) for answer in answers}
    for number in numbers:
        assert (await desk.expected(number))["DEPART"] == "2026-05-01"


async def test_what_is_wrong_with_one_is_nobody_else_s_trouble(desk: Desk) -> None:
    await entered(desk, *(f"SO-{n}" for n in range(6)))
    await desk.entered(number="BO-1", customer="BOLT")
    early, late = delay("2026-04-01"), delay("2026-05-02")
    asked = [log(desk, f"SO-{n}", early if n == 3 else late, Idempotency_Key=f"key-of-{n:04}") for n in range(6)]
    *own, unknown, hidden = await asyncio.gather(*asked, log(desk, "SO-99"), log(desk, "BO-1"))
    assert [answer.status for answer in own] == [201, 201, 201, 422, 201, 201]
    assert set(own[3].fields) == {"new_date"}
    assert (unknown.status, hidden.status) == (404, 404)
    assert await desk.count("delay") == 5
    # The refused one may be said again with the same key, as nothing was kept under it.
    again = await log(desk, "SO-3", late, Idempotency_Key="key-of-0003")
    assert again.status == 201, again.body


async def test_each_caller_sees_his_own_customers(desk: Desk) -> None:
    await entered(desk, "SO-1", "SO-2")
    await desk.entered(number="BO-1", customer="BOLT")
    answers = await asyncio.gather(
        log(desk, "SO-1"), log(desk, "BO-1", who=CHEN), log(desk, "SO-2", who=CHEN), log(desk, "SO-2", who=MANAGER)
    )
    assert [answer.status for answer in answers] == [201, 201, 404, 201]


async def test_of_two_on_one_order_the_second_finds_the_first(desk: Desk) -> None:
    await desk.entered()
    answers = await asyncio.gather(*(log(desk, "SO-1") for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409]
    assert await desk.count("delay") == 1


async def test_the_same_key_at_once_is_done_once(desk: Desk) -> None:
    await entered(desk, "SO-1", "SO-2")
    same = [log(desk, "SO-1", Idempotency_Key="one-key-0001") for _ in range(4)]
    *answers, other = await asyncio.gather(*same, log(desk, "SO-2", Idempotency_Key="one-key-0001"))
    assert [answer.status for answer in answers] == [201] * 4
    assert len({answer.body["delay"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 3
    assert other.status == 422
    assert await desk.count("delay") == 1


async def test_an_order_that_somebody_holds_keeps_only_its_own_waiting(desk: Desk) -> None:
    await entered(desk, *(f"SO-{n}" for n in range(8)))
    async with desk.database.transaction() as tx:
        await tx.fetch("SELECT number FROM customer_order WHERE number = 'SO-5' FOR UPDATE")
        asked = {n: asyncio.create_task(log(desk, f"SO-{n}")) for n in range(8)}
        free = await asyncio.gather(*(task for n, task in asked.items() if n != 5))
        assert {answer.status for answer in free} == {201}
        assert not asked[5].done()
    assert (await asked[5]).status == 201


async def test_a_key_that_another_process_works_on_keeps_only_its_own_waiting(desk: Desk) -> None:
    numbers = [f"SO-{n}" for n in range(6)]
    await entered(desk, *numbers)
    async with desk.database.transaction() as tx:
        claim = "INSERT INTO idempotency_key (principal, route, key, body_hash) VALUES ($1, $2, $3, '')"
        await tx.execute(claim, LI.partition(":")[0], "POST /api/orders/{order}/delays", "key-of-SO-5")
        asked = {number: asyncio.create_task(log(desk, number, Idempotency_Key=f"key-of-{number}")) for number in numbers}
        busy = asked.pop("SO-5")
        assert {(await one).status for one in asked.values()} == {201}
        assert not busy.done()
        await tx.execute("DELETE FROM idempotency_key WHERE key = 'key-of-SO-5'")
    assert (await busy).status == 201
