"""Pulling from one consumer: always one request outstanding, and whatever is there is taken.

The library's fetch waits for full batches, loses requests over reconnections and mistakes a deleted consumer for an empty one.
Here every doubt (a hole in the delivery numbers, silence, a new connection) ends in a reset of the consumer to what was
acknowledged, which delivers the rest again in order.
"""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.messaging import metrics
from shared.messaging.bus import AWAY, Bus
from shared.messaging.provision import BATCH, Refused
from shared.messaging.reading import Message, type_of
from shared.messaging.waiting import either
from shared.trouble import Trouble

EXPIRES_SECONDS = 3.0
"""Shorter than a lease: requests of a frozen owner have run out before another owner begins."""
HEARTBEAT_SECONDS = 0.75
SILENCE_SECONDS = 2.5
PAUSE_SECONDS = 0.5
QUIET_SECONDS = 10.0
"""Without a message for so long, the broker is asked whether there are any."""
_NANO = 1_000_000_000
_REQUEST = json.dumps({"batch": BATCH, "expires": int(EXPIRES_SECONDS * _NANO), "idle_heartbeat": int(HEARTBEAT_SECONDS * _NANO)}).encode()

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """Messages in the order of the stream, and what acknowledges them all."""

    messages: Sequence[Message]
    generation: int
    reply: str


class Pull:
    """One consumer, read by its one owner."""

    def __init__(self, bus: Bus, stream: str, durable: str) -> None:
        self._bus = bus
        self._api = f"{stream}.{durable}"
        self.durable = durable
        self._queue: deque[Msg] = deque()
        self._arrived = asyncio.Event()
        self._client: Client | None = None
        self._subscription: Subscription | None = None
        self._generation = 0
        self._asked = 0
        self._left = 0
        self._delivered = 0
        self._sign = 0.0
        self._came = 0.0
        self._quiet_at = 0.0
        self._kept_back = False
        self._doubt: str | None = "new"
        self._refused = Trouble("pull.refused", consumer=durable)
        self._inbox = ""
        self.pending = 0
        """Messages the stream holds for this consumer beyond those delivered, as of the last delivery."""

    async def unacknowledged(self) -> int:
        """How many messages were delivered to an owner who has not acknowledged them. Raises one of bus.AWAY or Refused."""
        waiting: int = (await self._info())["num_ack_pending"]
        return waiting

    async def behind(self) -> int:
        """How many messages are there that were not acknowledged yet. Raises as above."""
        info = await self._info()
        count: int = info["num_ack_pending"] + info["num_pending"]
        return count

    async def _info(self) -> dict[str, Any]:
        info: dict[str, Any] = json.loads(await self._bus.request(f"$JS.API.CONSUMER.INFO.{self._api}"))
        if "error" in info:
            raise Refused(self.durable, info["error"].get("err_code", 0), info["error"].get("description", ""))
        return info

    async def take(self, limit: int, seconds: float, *wakes: asyncio.Event) -> Taken | None:
        """What has come, at most `limit`; waits for the first up to `seconds`, or until a wake. None when nothing came."""
        if not await self._sure():
            await either(*wakes, seconds=PAUSE_SECONDS)
            return None
        if not self._queue:
            await either(self._arrived, *wakes, seconds=seconds)
        self._arrived.clear()
        found = [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]
        if not found:
            return None
        return Taken([message_of(m) for m in found], self._generation, found[-1].reply)

    async def acknowledge(self, taken: Taken) -> None:
        """Everything up to the last of them. Of another generation it would name other messages: they come again, and are known."""
        if taken.generation == self._generation and self._client is not None:
            try:
                await self._client.publish(taken.reply)
            except AWAY:
                self._doubt = "not acknowledged"

    async def close(self) -> None:
        """Leave the consumer so that the next owner need not wonder what became of the messages on their way."""
        try:
            await self._unsubscribe()
            if self._client is not None and not self._client.is_closed:
                await self._bus.request(f"$JS.API.CONSUMER.RESET.{self._api}")
        except AWAY as error:
            log.info("pull.left_open", consumer=self.durable, error=type(error).__name__)

    async def _sure(self) -> bool:
        """Makes sure that what comes next is what follows the last acknowledged message, and that it is asked for."""
        now = asyncio.get_running_loop().time()
        if self._client is not None and self._client.is_closed:
            self._doubt = "connection lost"
        elif self._left > 0 and now - self._sign > SILENCE_SECONDS:
            self._doubt = "silence"
        try:
            if self._doubt is None and now - self._came > QUIET_SECONDS and now >= self._quiet_at:
                await self._suspect_quiet(now)
            if self._doubt is not None:
                await self._reset(self._doubt)
            if self._left <= 0 and now >= self._sign:
                await self._ask()
        except (*AWAY, Refused) as error:
            self._refused.met(error=type(error).__name__)
            self._doubt = "refused"
            return False
        self._refused.over()
        return True

    async def _suspect_quiet(self, now: float) -> None:
        """Heartbeats prove that the broker lives, not that it delivers: twice asked, it has messages and keeps them back."""
        before = self._came
        kept_back = (await self._info())["num_pending"] > 0 and self._came == before
        if kept_back and self._kept_back:
            log.warning("pull.silent", consumer=self.durable)
            metrics.SILENT.labels(self.durable).inc()
            self._doubt = "kept back"
        self._kept_back = kept_back and self._doubt is None
        self._quiet_at = now + (SILENCE_SECONDS if self._kept_back else QUIET_SECONDS)

    async def _reset(self, doubt: str) -> None:
        await self._unsubscribe()
        self._client = client = self._bus.client
        self._generation += 1
        self._queue.clear()
        self._delivered = 0
        self._left = 0
        self._sign = 0.0
        self._came = asyncio.get_running_loop().time()
        answer = json.loads(await self._bus.request(f"$JS.API.CONSUMER.RESET.{self._api}"))
        if "error" in answer:
            raise Refused(self.durable, answer["error"].get("err_code", 0), answer["error"].get("description", ""))
        generation = self._generation

        async def come(message: Msg) -> None:
            if generation == self._generation:
                self._come(message)
                if self._left <= 0 and self._doubt is None and not client.is_closed and self._sign > 0:
                    await self._ask()

        self._inbox = client.new_inbox()
        # The server never sends more than the consumer's max_ack_pending: no limit of the library's own.
        self._subscription = await client.subscribe(f"{self._inbox}.*", cb=come, pending_msgs_limit=0, pending_bytes_limit=0)
        self._doubt = None
        if doubt != "new":
            log.info("pull.reset", consumer=self.durable, reason=doubt)

    async def _ask(self) -> None:
        assert self._client is not None
        self._asked += 1
        self._left = BATCH
        self._sign = asyncio.get_running_loop().time()
        await self._client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{self._api}", _REQUEST, f"{self._inbox}.{self._asked}")

    def _come(self, message: Msg) -> None:
        """Called for everything that arrives; never raises."""
        self._sign = asyncio.get_running_loop().time()
        if message.subject.startswith(self._inbox):
            self._status(message)
            return
        self._came = self._sign
        delivered, self.pending = numbers(message.reply)
        if delivered != self._delivered + 1:
            self._doubt = "hole"
        self._delivered = delivered
        self._left -= 1
        if self._doubt is None:
            self._queue.append(message)
        self._arrived.set()

    def _status(self, message: Msg) -> None:
        headers = message.headers or {}
        status = headers.get("Status", "")
        if status == "100":
            if int(headers.get("Nats-Last-Consumer", 0)) > self._delivered:
                self._doubt = "hole"
                self._arrived.set()
        elif message.subject == f"{self._inbox}.{self._asked}":
            self._left = 0
            if status not in ("404", "408"):
                # The consumer is gone, or moves; asking at once again would be answered as quickly.
                log.warning("pull.answered", consumer=self.durable, status=status, detail=headers.get("Description"))
                self._sign += PAUSE_SECONDS
                self._doubt = "refused"
            self._arrived.set()

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None and self._client is not None and not self._client.is_closed:
            await subscription.unsubscribe()


def message_of(message: Msg) -> Message:
    """A delivery as the inbox takes it."""
    return Message(type_of(message.subject), message.data, dict(message.headers or {}), _stream_sequence(message.reply))


def _fields(reply: str) -> list[str]:
    """Deliveries, stream sequence, consumer sequence, time, pending: after `$JS.ACK.<stream>.<consumer>.`, or with domain and account."""
    parts = reply.split(".")
    return parts[4:9] if len(parts) == 9 else parts[6:11]


def numbers(reply: str) -> tuple[int, int]:
    """Of a delivery: its number among its consumer's, and how many messages wait behind it."""
    fields = _fields(reply)
    return int(fields[2]), int(fields[4])


def _stream_sequence(reply: str) -> int:
    return int(_fields(reply)[1])
