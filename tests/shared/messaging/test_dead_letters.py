"""Dead letters over the API while the service consumes: replayed and discarded once, in order, by whoever owns the shard."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.envelope import SHARDS, subject_of
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.messaging.received import Received
from shared.messaging.record import Facts
from shared.messaging.spine import OnParked
from tests.shared.messaging.conftest import Network, Started, operator
from tests.shared.messaging.desk import Desk, desk_of
from tests.shared.messaging.telling import effects, keep, supplier, tell
from tests.shared.messaging.test_consumer import reader, until_applied

pytestmark = pytest.mark.usefixtures("impatient")


@dataclass
class Fussy:
    """A handler that fails for suppliers called `bad` until it is mended."""

    broken: bool = True
    calls: int = 0
    seen: list[UUID] = field(default_factory=list)

    async def __call__(self, tx: Tx, batch: Sequence[Received[Any]], now: datetime) -> None:
        if self.broken and any(event.data.code == "bad" for event in batch):
            self.calls += 1
            raise RuntimeError("does not like it")
        await keep(tx, batch, now)


@dataclass
class Scene:
    network: Network
    orders: Database
    reporting: Database
    fussy: Fussy
    desk: Desk
    spine: Started

    async def tell(self, *codes: str) -> UUID:
        aggregate = new_id()
        await tell(self.orders, Facts(aggregate, 0, [supplier(code) for code in codes]))
        return aggregate

    async def parked(self, count: int = 1) -> list[dict[str, Any]]:
        async with asyncio.timeout(20):
            while len(found := await self.desk.letters(state="parked")) < count:  # noqa: ASYNC110 - the letters are in a database
                await asyncio.sleep(0.05)
        return found

    async def applied(self, aggregate: UUID, sequences: list[int]) -> None:
        async with asyncio.timeout(10):
            while (await effects(self.reporting)).get(aggregate, []) != sequences:  # noqa: ASYNC110 - the effects are in a database
                await asyncio.sleep(0.02)

    async def actions(self, letter: str) -> list[tuple[str, str, str, str]]:
        found = (await self.desk.get(f"/dead-letters/{letter}"))["actions"]
        return [(action["who"], action["what"], action["before"], action["after"]) for action in found]


@asynccontextmanager
async def scene(network: Network, on_parked: OnParked = "hold") -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        reporting = await network.database_with_effects("reporting")
        orders = await network.start("orders")
        fussy = Fussy()
        spine = await network.start("reporting", [(SupplierCreated, fussy)], on_parked=on_parked)
        desk = await stack.enter_async_context(desk_of("reporting", reporting))
        yield Scene(network, orders.database, reporting, fussy, desk, spine)


async def test_a_replay_after_the_repair_gives_the_effect_once_and_in_order(network: Network) -> None:
    async with scene(network) as it:
        aggregate = await it.tell("good", "bad", "good", "good")
        (letter,) = await it.parked()
        assert await effects(it.reporting) == {aggregate: [1]}
        assert (letter["aggregate"], letter["sequence"], letter["publisher"]) == (str(aggregate), 2, "orders")
        shown = await it.desk.get(f"/dead-letters/{letter['id']}")
        assert '"code":"bad"' in shown["body"]
        assert shown["headers"]["Nats-Msg-Id"] == letter["event_id"]

        again = await it.desk.decide(letter["id"], "replay")
        assert (again.status, again.json["settled"], again.json["letter"]["state"]) == (200, True, "parked")
        assert again.json["letter"]["tries"] == letter["tries"] + 1

        it.fussy.broken = False
        done = await it.desk.decide(letter["id"], "replay")
        assert (done.status, done.json["letter"]["state"]) == (200, "replayed")
        await it.applied(aggregate, [1, 2, 3, 4])
        assert await it.actions(letter["id"]) == [
            ("root", "dead_letter.replay", "parked", "replaying"),
            ("root", "dead_letter.parked", "replaying", "parked"),
            ("root", "dead_letter.replay", "parked", "replaying"),
            ("root", "dead_letter.replayed", "replaying", "replayed"),
        ]
        assert (await it.desk.decide(letter["id"], "replay")).status == 409
        assert (await it.desk.decide(letter["id"], "discard", reason="late")).status == 409
        assert (await it.desk.decide(str(new_id()), "replay")).status == 404


async def test_a_discard_lets_the_aggregate_go_on(network: Network) -> None:
    async with scene(network) as it:
        aggregate = await it.tell("bad", "good", "bad", "good")
        (letter,) = await it.parked()
        assert (await it.desk.ask("POST", f"/dead-letters/{letter['id']}/discard", json={"reason": " "})).status == 422
        done = await it.desk.decide(letter["id"], "discard", reason="never was an order")
        assert (done.status, done.json["letter"]["state"]) == (200, "discarded")
        await it.applied(aggregate, [2])
        (second,) = await it.parked()
        assert second["sequence"] == 3
        assert (await it.desk.decide(second["id"], "discard", reason="nor this")).json["settled"] is True
        await it.applied(aggregate, [2, 4])
        actions = (await it.desk.get(f"/operator-actions?object={letter['id']}"))["items"]
        assert [(one["what"], one["reason"]) for one in actions] == [
            ("dead_letter.discarded", None), ("dead_letter.discard", "never was an order"),
        ]  # fmt: skip
        assert actions[0]["of"] == actions[1]["id"]
        assert actions[0]["correlation_id"] == actions[1]["correlation_id"]


async def test_where_the_aggregate_went_on_a_replay_comes_late_and_once(network: Network) -> None:
    async with scene(network, "proceed") as it:
        aggregate = await it.tell("good", "bad", "good")
        (letter,) = await it.parked()
        await it.applied(aggregate, [1, 3])
        assert (await it.desk.decide(letter["id"], "replay")).json["letter"]["state"] == "parked"
        it.fussy.broken = False
        answers = await asyncio.gather(*(it.desk.decide(letter["id"], "replay") for _ in range(8)))
        assert {answer.status for answer in answers} <= {200, 409}
        await it.applied(aggregate, [1, 3, 2])
        assert [what for _, what, _, _ in await it.actions(letter["id"])].count("dead_letter.replayed") == 1


async def until_shared(database: Database, replicas: int, seconds: float = 20.0) -> None:
    """Waits until each of the replicas holds its share of the shards."""
    holders = "SELECT count(*) FROM lease WHERE starts_with(name, 'shard-') GROUP BY holder"
    async with asyncio.timeout(seconds), database.connection() as tx:
        while [row[0] for row in await tx.fetch(holders)] != [SHARDS // replicas] * replicas:  # noqa: ASYNC110 - the leases are rows
            await asyncio.sleep(0.05)


async def test_many_are_replayed_by_the_hash_of_their_error_by_two_replicas(network: Network) -> None:
    async with scene(network) as it:
        second = await network.start("reporting", [(SupplierCreated, it.fussy)])
        await until_shared(it.reporting, 2)
        aggregates = [await it.tell("bad", "good") for _ in range(30)]
        letters = await it.parked(30)
        hashes = {letter["error_hash"] for letter in letters}
        assert len(hashes) == 1
        it.fussy.broken = False
        none = await it.desk.ask("POST", "/dead-letters/replay", json={"error_hash": "another"})
        assert (none.status, none.json) == (202, {"asked": 0, "more": False})
        assert (await it.desk.ask("POST", "/dead-letters/replay", json={"at_most": 5})).status == 422
        some = await it.desk.ask("POST", "/dead-letters/replay", json={"error_hash": hashes.pop(), "at_most": 20})
        assert some.json == {"asked": 20, "more": True}
        rest = await it.desk.ask("POST", "/dead-letters/replay", json={"publisher": "orders"})
        assert rest.json == {"asked": 10, "more": False}
        await until_applied(it.reporting, aggregates, 2)
        assert len(await it.desk.letters(state="replayed")) == 30
        await second.stop()


async def test_the_list_is_filtered_and_paged(network: Network) -> None:
    async with scene(network) as it:
        aggregates = [await it.tell("bad") for _ in range(5)]
        letters = await it.parked(5)
        first = await it.desk.get("/dead-letters?limit=3")
        second = await it.desk.get(f"/dead-letters?limit=3&cursor={first['next']}")
        assert [one["id"] for one in first["items"] + second["items"]] == [one["id"] for one in letters]
        assert "next" not in second or second["next"] is None
        assert len(await it.desk.letters(aggregate=str(aggregates[0]))) == 1
        assert len(await it.desk.letters(type="orders.supplier.created.v1")) == 5
        assert await it.desk.letters(type="orders.order.created.v1") == []
        assert len(await it.desk.letters(since=letters[1]["last_at"].replace("+", "%2B"))) == 2


async def test_only_administrators_and_machines_with_the_scope_get_in(network: Network) -> None:
    async with scene(network) as it:
        for roles in (["merchandiser"], ["manager"]):
            assert (await it.desk.ask("GET", "/dead-letters", token=it.desk.issuer.mint("li", roles))).status == 403
        machine = it.desk.issuer.mint("robot", [], scope="operating")
        assert (await it.desk.ask("GET", "/dead-letters", token=machine)).status == 200
        other = it.desk.issuer.mint("robot", [], scope="reporting.read")
        assert (await it.desk.ask("POST", f"/dead-letters/{new_id()}/replay", token=other)).status == 403


async def test_what_cannot_be_read_is_discarded_too(network: Network) -> None:
    async with scene(network) as it, operator(network.broker) as client:
        subject = subject_of("orders.supplier.created.v1", new_id())
        await client.request(subject, b"\xff no event", timeout=2)
        (letter,) = await it.parked()
        assert letter["aggregate"] is None
        assert "\\xff" in (await it.desk.get(f"/dead-letters/{letter['id']}"))["body"]
        assert (await it.desk.decide(letter["id"], "replay")).json["letter"]["state"] == "parked"
        assert (await it.desk.decide(letter["id"], "discard", reason="noise")).json["letter"]["state"] == "discarded"


async def test_a_replay_that_kills_the_process_is_parked_by_the_next(network: Network) -> None:
    async with scene(network) as it:
        await it.spine.stop()
        aggregate = await it.tell("kill")
        while not await it.desk.letters(state="parked"):
            async with reader(network) as process, asyncio.timeout(30):
                while process.returncode is None and not await it.desk.letters(state="parked"):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.05)
        (letter,) = await it.parked()
        assert (await it.desk.ask("POST", f"/dead-letters/{letter['id']}/replay")).status == 202
        async with reader(network) as process, asyncio.timeout(30):
            assert await process.wait() == 9
        async with reader(network) as process:
            (again,) = await it.parked()
            assert process.returncode is None
        assert again["tries"] == letter["tries"] + 1
        assert await effects(it.reporting) == {}
        assert str(aggregate) == again["aggregate"]
