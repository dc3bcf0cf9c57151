"""Personal blocks and their keys: from customers to the services that may open them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from shared.contracts.customers import ContactPersonal, StaffChanged
from shared.database.pool import Database, Tx
from shared.ids import new_id
from shared.messaging.keys import key_of, make_key
from shared.messaging.personal import CannotUnseal, new_key, seal, unseal
from shared.messaging.received import Received, ReferentUnknown
from shared.messaging.record import Facts, append
from tests.shared.messaging.conftest import Network, eventually
from tests.shared.messaging.telling import STAMP

WHO = ContactPersonal(name="王小明", email="wang@example.org")


def test_only_the_key_and_the_aggregate_it_was_sealed_for_open_it() -> None:
    key, aggregate = new_key(), new_id()
    text = seal(key, aggregate, WHO)
    assert "wang" not in text
    assert unseal(key, aggregate, text, ContactPersonal) == WHO
    assert seal(key, aggregate, WHO) != text
    changed = text[:-6] + ("A" if text[-6] != "A" else "B") + text[-5:]
    for wrong in ((new_key(), aggregate, text), (key, new_id(), text), (key, aggregate, changed), (key, aggregate, "no base64")):
        with pytest.raises(CannotUnseal):
            unseal(*wrong, ContactPersonal)


async def _staff(database: Database, login: str) -> UUID:
    staff = new_id()
    async with database.transaction() as tx:
        personal = seal(await make_key(tx, staff), staff, WHO)
        event = StaffChanged(
            staff_id=staff, login=login, department="sales", team=None, manager=None, deputies=(), language="en", time_zone="UTC",
            roles=(), personal=personal,
        )  # fmt: skip
        await append(tx, STAMP, [Facts(staff, 0, [event])])
    return staff


async def test_a_key_is_made_once(network: Network) -> None:
    database = await network.database("customers")
    aggregate = new_id()
    async with database.transaction() as tx:
        key = await make_key(tx, aggregate)
        assert await make_key(tx, aggregate) == key == await key_of(tx, aggregate)
        assert await key_of(tx, new_id()) is None


async def test_events_wait_for_their_key_and_are_opened_when_it_came(network: Network) -> None:
    opened: list[str] = []

    async def handler(tx: Tx, batch: Sequence[Received[StaffChanged]], now: datetime) -> None:
        for event in batch:
            key = await key_of(tx, event.aggregate)
            if key is None:
                raise ReferentUnknown(event, "key")
            opened.append(unseal(key, event.aggregate, event.data.personal, ContactPersonal).name)

    notifications = await network.start("notifications", [(StaffChanged, handler)])
    customers = await network.start("customers")
    aggregates = [await _staff(customers.database, f"s{number}") for number in range(20)]
    await eventually(lambda: len(opened) >= 20)
    async with asyncio.timeout(20), customers.database.connection() as tx:
        while await tx.fetchval("SELECT count(*) FROM personal_key WHERE NOT published"):  # noqa: ASYNC110 - rows in a database
            await asyncio.sleep(0.02)
    async with notifications.database.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM personal_key WHERE aggregate = ANY($1::uuid[])", aggregates) == 20
        assert await tx.fetchval("SELECT count(*) FROM dead_letter") == 0
