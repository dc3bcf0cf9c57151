"""What the stream holds of a publisher's own events: counted by the broker, or read by their ids alone."""

import asyncio
import json
from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from nats.aio.msg import Msg

from shared.contracts.envelope import STREAM
from shared.messaging.bus import Bus
from shared.messaging.provision import Refused

AT_ONCE = 5000
PATIENCE_SECONDS = 10.0
NOT_FOUND = 10014
_HALF = (1 << 64) - 1
_NANO = 1_000_000_000


class Torn(OSError):
    """The reading was interrupted; what came is not all there is. One of bus.AWAY."""


class Ids:
    """Many event ids in eight bytes each: the random half of a UUID version 7 tells them apart."""

    def __init__(self) -> None:
        self._parts = [array("Q") for _ in range(256)]
        self._sorted = True

    def add(self, text: str) -> None:
        """An id as the broker's header has it; what is none is passed over."""
        try:
            half = int(text[19:23] + text[24:36], 16)
        except ValueError:
            return
        self._parts[half & 255].append(half)
        self._sorted = False

    def __contains__(self, id: UUID) -> bool:
        if not self._sorted:
            self._parts = [array("Q", sorted(part)) for part in self._parts]
            self._sorted = True
        half = id.int & _HALF
        part = self._parts[half & 255]
        place = bisect_left(part, half)
        return place < len(part) and part[place] == half

    def __len__(self) -> int:
        return sum(map(len, self._parts))


async def count_since(bus: Bus, service: str, reader: str, since: datetime) -> int:
    """How many of the service's events the stream has taken since then and holds. Raises one of bus.AWAY or Refused."""
    async with _reader(bus, service, reader, since) as count:
        return count


async def ids(bus: Bus, service: str, reader: str) -> Ids:
    """The ids of all of the service's events that the stream holds now. Raises one of bus.AWAY or Refused."""
    async with _reader(bus, service, reader) as count:
        found = Ids()
        async for message in _messages(bus, reader, count):
            found.add((message.headers or {}).get("Nats-Msg-Id", ""))
        return found


@asynccontextmanager
async def _reader(bus: Bus, service: str, name: str, since: datetime | None = None) -> AsyncIterator[int]:
    """A passing consumer of the service's own subjects, headers only; gives how many messages it will read."""
    begin = {"deliver_policy": "all"} if since is None else {"deliver_policy": "by_start_time", "opt_start_time": since.isoformat()}
    config = {
        "name": name,
        "filter_subject": f"gendan.{service}.>",
        "ack_policy": "none",
        "headers_only": True,
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": 60 * _NANO,
        **begin,
    }
    await _delete(bus, name)
    body = json.dumps({"stream_name": STREAM, "config": config, "action": "create"}).encode()
    answer = await _asked(bus, f"$JS.API.CONSUMER.CREATE.{STREAM}.{name}.gendan.{service}.>", body)
    try:
        yield answer["num_pending"]
    finally:
        await _delete(bus, name)


async def _delete(bus: Bus, name: str) -> None:
    try:
        await _asked(bus, f"$JS.API.CONSUMER.DELETE.{STREAM}.{name}")
    except Refused as refused:
        if refused.code != NOT_FOUND:
            raise


async def _messages(bus: Bus, name: str, count: int) -> AsyncIterator[Msg]:
    """That many messages, in order. Raises Torn when one is missing or nothing comes any more."""
    client, arrived = bus.client, asyncio.Queue[Msg]()

    async def come(message: Msg) -> None:
        if message.reply:
            arrived.put_nowait(message)

    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, cb=come, pending_msgs_limit=0, pending_bytes_limit=0)
    try:
        for first in range(1, count + 1, AT_ONCE):
            wanted = min(AT_ONCE, count + 1 - first)
            request = {"batch": wanted, "expires": int(PATIENCE_SECONDS * _NANO)}
            await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{name}", json.dumps(request).encode(), inbox)
            for number in range(first, first + wanted):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    message = await arrived.get()
                if _number(message.reply) != number:
                    raise Torn(f"message {number} did not come")
                yield message
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


def _number(reply: str) -> int:
    parts = reply.split(".")
    return int(parts[6] if len(parts) == 9 else parts[8])


async def _asked(bus: Bus, subject: str, body: bytes = b"") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await bus.request(subject, body))
    if "error" in answer:
        raise Refused(subject, answer["error"].get("err_code", 0), answer["error"].get("description", ""))
    return answer
