"""Each stage of a delay's way by itself, on a machine that does nothing else: what the way would take if nothing ever waited."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

from pydantic import SecretStr

from benchmarks.ground import Ground
from benchmarks.history import Stencil
from benchmarks.load import connect
from benchmarks.world import Desk
from deploy.local.parts import MAIL_FROM
from services.notifications.app import SERVICE as NOTIFICATIONS
from services.notifications.channels.domain import Mail
from services.notifications.channels.smtp import Smtp
from services.notifications.settings import NotificationSettings
from services.notifications.templates.render import prepare
from services.reporting.app import SERVICE as REPORTING
from shared.clock import SystemClock
from shared.contracts.envelope import shard_of
from shared.database.pool import Database
from shared.ids import new_id
from shared.messaging.applying import Applier
from shared.messaging.dispatch import Dispatch
from shared.messaging.reading import Message, type_of
from shared.service import Service

TIMES = 100
STREAM = "STAGES"


async def request(desk: Desk, numbers: Sequence[str]) -> float:
    """Seconds until the answer to one delay, one after the other."""
    connection = await connect(desk.url)
    requests = iter([desk.delay(number) for number in numbers])

    async def one() -> None:
        status, body = await connection.send(next(requests))
        if status != 201:
            raise RuntimeError(f"a delay was answered {status}: {body[:300]!r}")

    try:
        return await _median(one, len(numbers))
    finally:
        connection.close()


async def passing(ground: Ground, size: int, times: int = TIMES) -> float:
    """Seconds from publishing one message, synced, until a waiting pull consumer has it."""
    async with ground.suite.broker() as client:
        stream = client.jetstream()
        await stream.add_stream(name=STREAM, subjects=["stages"])
        consumer = await stream.pull_subscribe("stages", durable="stages", stream=STREAM)
        body = b"x" * size

        async def one() -> None:
            await client.publish("stages", body)
            (message,) = await consumer.fetch(1, timeout=10)
            await message.ack()

        return await _median(one, times)


async def reporting(ground: Ground, stencil: Stencil, times: int = TIMES) -> float:
    """Seconds for the events of one delay through reporting's inbox and handlers, one transaction."""
    return await _applying(ground, REPORTING, stencil, times)


async def notifications(ground: Ground, stencil: Stencil, times: int = TIMES) -> float:
    """The same through those of notifications, which decide and render the mail."""
    prepare()
    return await _applying(ground, NOTIFICATIONS, stencil, times)


async def sending(port: int, times: int = TIMES) -> float:
    """Seconds to send one mail over a kept connection."""
    settings = NotificationSettings(database_url=SecretStr(""), jwks_url="", issuer="", smtp_port=port, mail_from=MAIL_FROM)
    channel = Smtp(settings)
    mail = Mail(
        id=new_id(), to_name="Anna Schmidt", to="anna@example.org", cc=(), reply_to=("mei@example.com",), from_name="Mei Lin",
        subject="Your order is delayed", body="It comes three days later.\n\n" * 10, language="en", date=datetime.now(UTC),
    )  # fmt: skip

    async def one() -> None:
        outcome = await channel.send(mail)
        if outcome.result != "sent":
            raise RuntimeError(f"a mail was not sent: {outcome}")

    try:
        return await _median(one, times)
    finally:
        await channel.close()


async def _applying(ground: Ground, service: Service, stencil: Stencil, times: int) -> float:
    """The order itself is applied before, and not timed."""
    database = await Database.open(SecretStr(ground.suite.database_url(service.name)), "bench-stage", 2)
    dispatch = Dispatch(service.handlers)
    seconds = []
    try:
        for _ in range(times + 1):
            life = list(stencil.lives(1))
            created, *delayed = map(_message, life)
            shard = shard_of(life[0][1])
            applier = Applier("bench-stage", shard, database, SystemClock(), dispatch, service.on_parked)
            await applier.apply([created])
            began = time.perf_counter()
            await applier.apply(delayed)
            seconds.append(time.perf_counter() - began)
    finally:
        await database.close()
    return median(seconds[1:])


def _message(row: tuple[UUID, UUID, int, str, str, bytes]) -> Message:
    return Message(type_of(row[4]), row[5], {}, 0)


async def _median(one: Callable[[], Awaitable[None]], times: int) -> float:
    """The first is not counted."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        await one()
        seconds.append(time.perf_counter() - began)
    return median(seconds[1:] or seconds)
