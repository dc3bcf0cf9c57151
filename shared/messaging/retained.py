"""What the stream holds: of a publisher's own events, counted by the broker or read by their ids alone; or all of it."""

import asyncio
import json
from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from nats.aio.msg import Msg

from shared.contracts.envelope import STREAM, shard_in
from shared.messaging.bus import Bus
from shared.messaging.provision import Refused
from shared.messaging.pull import message_of, numbers
from shared.messaging.reading import Message

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
    begin = {"deliver_policy": "by_start_time", "opt_start_time": since.isoformat()}
    async with _reader(bus, reader, headers_only=True, filter_subject=f"gendan.{service}.>", **begin) as count:
        return count


async def ids(bus: Bus, service: str, reader: str) -> Ids:
    """The ids of all of the service's events that the stream holds now. Raises one of bus.AWAY or Refused."""
    async with _reader(bus, reader, headers_only=True, filter_subject=f"gendan.{service}.>") as count:
        found = Ids()
        async for part in _parts(bus, reader, count):
            for message in part:
                found.add((message.headers or {}).get("Nats-Msg-Id", ""))
        return found


async def everything(bus: Bus, reader: str) -> AsyncIterator[list[tuple[int, Message]]]:
    """All that the stream holds now, in its order, AT_ONCE at a time, each with the shard whose consumers get it.

    What no consumer would get is left out. Raises one of bus.AWAY or Refused.
    """
    async with _reader(bus, reader) as count:
        async for part in _parts(bus, reader, count):
            yield [(shard, message_of(message)) for message in part if (shard := _shard(message.subject)) is not None]


@lru_cache(maxsize=8192)
def _shard(subject: str) -> int | None:
    try:
        return shard_in(subject)
    except (ValueError, IndexError):
        return None


@asynccontextmanager
async def _reader(bus: Bus, name: str, **wanted: Any) -> AsyncIterator[int]:
    """A passing consumer; gives how many messages it will read. `wanted` is more of its configuration."""
    config = {
        "name": name,
        "ack_policy": "none",
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": 60 * _NANO,
        "deliver_policy": "all",
        **wanted,
    }
    await _delete(bus, name)
    body = json.dumps({"stream_name": STREAM, "config": config, "action": "create"}).encode()
    # The subject names the filter, so that the broker can tell who may ask for it.
    subject = ".".join(("$JS.API.CONSUMER.CREATE", STREAM, name, *([config["filter_subject"]] if "filter_subject" in config else ())))
    answer = await _asked(bus, subject, body)
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


async def _parts(bus: Bus, name: str, count: int) -> AsyncIterator[list[Msg]]:
    """At least that many messages, in order, until none is left. The next part comes while one is looked at.

    Raises Torn when a message is missing, TimeoutError when nothing comes any more.
    """
    client, coming, came = bus.client, list[Msg](), asyncio.Event()
    wanted = read = 0

    async def come(message: Msg) -> None:
        if message.reply:
            coming.append(message)
            if len(coming) == wanted:
                came.set()

    async def ask(left: int) -> None:
        nonlocal wanted, coming
        wanted, coming = min(AT_ONCE, left), []
        came.clear()
        if wanted:
            request = {"batch": wanted, "expires": int(PATIENCE_SECONDS * _NANO)}
            await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{name}", json.dumps(request).encode(), inbox)

    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, cb=come, pending_msgs_limit=0, pending_bytes_limit=0)
    try:
        await ask(count)
        while wanted:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await came.wait()
            part, read = coming, read + wanted
            number, left = numbers(part[-1].reply)
            if number != read:
                raise Torn(f"of {number} messages {read} came")
            await ask(left)
            yield part
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


async def _asked(bus: Bus, subject: str, body: bytes = b"") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await bus.request(subject, body))
    if "error" in answer:
        raise Refused(subject, answer["error"].get("err_code", 0), answer["error"].get("description", ""))
    return answer
