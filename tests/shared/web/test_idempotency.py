"""Idempotency-Key: done once, answered as often as asked."""

import asyncio
from typing import Any

import pytest

from tests.shared.web import toy
from tests.shared.web.server import Answer, Server, until
from tests.shared.web.test_problems import assert_problem

KEY = {"Idempotency-Key": "one-key-0001"}


async def make(site: Server, name: str = "a", headers: dict[str, str] = KEY, **rest: Any) -> Answer:
    return await site.ask("POST", "/api/toys", json={"name": name}, headers=headers, **rest)


async def timers(site: Server) -> int:
    async with site.database.connection() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM timer"))


async def test_the_second_time_the_answer_is_the_first_one(site: Server) -> None:
    first, second = await make(site), await make(site)
    assert (first.status, second.status) == (201, 201)
    assert second.body == first.body
    assert second.headers["Location"] == first.headers["Location"] == "/api/toys/a"
    assert second.headers["ETag"] == first.headers["ETag"]
    assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (None, "true")
    assert (toy.runs, await timers(site)) == (1, 1)


async def test_without_a_key_it_is_done_again(site: Server) -> None:
    await make(site, headers={})
    await make(site, headers={})
    assert (toy.runs, await timers(site)) == (2, 2)


async def test_another_body_under_the_same_key(site: Server) -> None:
    await make(site)
    assert_problem(await make(site, "b"), 422, "idempotency-key-reused")
    assert toy.runs == 1


async def test_keys_are_each_principal_s_own(site: Server) -> None:
    await make(site)
    other = await make(site, token=site.issuer.mint("wang"))
    assert (other.status, other.headers.get("Idempotency-Replayed"), toy.runs) == (201, None, 2)


async def test_many_at_once_do_it_once(site: Server) -> None:
    answers = await asyncio.gather(*(make(site) for _ in range(6)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 5
    assert await timers(site) == 1


async def test_the_second_waits_for_the_first(site: Server) -> None:
    first = asyncio.create_task(make(site, "slow"))
    second = asyncio.create_task(make(site, "slow"))
    async with site.database.connection() as tx:
        await until(lambda: tx.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    assert not first.done()
    assert not second.done()
    toy.slow.set()
    assert {"Idempotency-Replayed" in (await task).headers for task in (first, second)} == {True, False}
    assert toy.runs == 1


async def test_a_failed_command_may_be_tried_again(site: Server) -> None:
    toy.failures.append(RuntimeError("broken"))
    assert (await make(site)).status == 500
    assert await timers(site) == 0
    again = await make(site)
    assert (again.status, "Idempotency-Replayed" in again.headers) == (201, False)


async def test_a_lost_connection_is_tried_again_under_a_key_only(site: Server) -> None:
    toy.failures.append(toy.LOST)
    assert (await make(site)).status == 201
    toy.failures.append(toy.LOST)
    answer = await make(site, headers={})
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert await timers(site) == 1


@pytest.mark.parametrize("key", ["short", "x" * 129, "has a space in it", "schlüssel-eins"])
async def test_keys_out_of_bounds(site: Server, key: str) -> None:
    answer = await make(site, headers={"Idempotency-Key": key})
    assert_problem(answer, 400, "malformed")
    assert answer.json["errors"][0]["field"] == "Idempotency-Key"


async def test_a_route_that_cannot_keep_the_promise_says_so(site: Server) -> None:
    answer = await site.ask("POST", "/api/toys/pictures", data=b"x", headers={"Content-Type": "image/png", **KEY})
    assert_problem(answer, 400, "malformed")
