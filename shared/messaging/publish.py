"""Publishing to JetStream so that an answer means: on the disk, once, in this order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from nats.errors import MaxPayloadError

from shared.ids import new_id
from shared.messaging import epochs
from shared.messaging.bus import Bus
from shared.messaging.provision import Refused

BATCH_MAX = 1000
"""Messages in one atomic batch: the server's limit."""
BATCH_FROM = 20
"""From this many on a batch costs less and takes hardly longer than one after the other: the broker spends 4 ms on any batch."""
TOO_LARGE = 10054
MAX_PAYLOAD = 1024**2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event of the outbox."""

    position: int
    id: UUID
    aggregate: UUID
    subject: str
    body: bytes
    run: str = ""
    """What tells this telling from others: the broker takes the same event once in each."""
    epoch: int = epochs.FIRST

    @property
    def message_id(self) -> str:
        return f"{self.id}-{self.run}" if self.run else str(self.id)

    @property
    def headers(self) -> dict[str, str]:
        return {"Nats-Msg-Id": self.message_id, **epochs.marked(self.epoch)}


class TooLarge(Exception):
    """The broker will never take this event."""

    def __init__(self, outgoing: Outgoing) -> None:
        super().__init__(f"{len(outgoing.body)} bytes")
        self.outgoing = outgoing


async def publish(bus: Bus, events: Sequence[Outgoing]) -> None:
    """All of them, in order; returns when all are on the broker's disk. At most BATCH_MAX.

    Raises TooLarge, Refused, or one of bus.AWAY: then any number of the first ones may have been stored, and repeating
    does no harm, as the broker knows them by their ids.
    """
    for outgoing in events:
        # The head of a message counts too.
        if len(outgoing.body) > MAX_PAYLOAD - 1024:
            raise TooLarge(outgoing)
    if await _together(bus, events):
        return
    # One known id refuses a batch. What is known are the first, where an answer was lost; what follows them can go together again.
    new = 0
    while new < len(events) and await _one(bus, events[new]):
        new += 1
    rest = events[new + 1 :]
    if not await _together(bus, rest):
        for outgoing in rest:
            await _one(bus, outgoing)


async def _one(bus: Bus, outgoing: Outgoing) -> bool:
    """Whether the broker knew it already."""
    try:
        return checked(outgoing.subject, await bus.request(outgoing.subject, outgoing.body, outgoing.headers))
    except MaxPayloadError:
        raise TooLarge(outgoing) from None
    except Refused as refused:
        if refused.code == TOO_LARGE:
            raise TooLarge(outgoing) from None
        raise


async def _together(bus: Bus, events: Sequence[Outgoing]) -> bool:
    """As one batch, where there are enough of them and the broker takes it."""
    if len(events) < BATCH_FROM:
        return False
    try:
        await _as_batch(bus, events)
    except Refused as refused:
        log.info("publish.singly", code=refused.code, events=len(events))
        return False
    return True


async def _as_batch(bus: Bus, events: Sequence[Outgoing]) -> None:
    client = bus.client
    batch = str(new_id())
    *before, last = events
    for number, outgoing in enumerate(before, start=1):
        headers = {**outgoing.headers, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        await client.publish(outgoing.subject, outgoing.body, headers=headers)
    headers = {**last.headers, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(events)), "Nats-Batch-Commit": "1"}
    checked(last.subject, await bus.request(last.subject, last.body, headers))


def checked(subject: str, answer: bytes) -> bool:
    """Whether JetStream, by its answer to a publish, knew the message already. Refused when the answer says so."""
    found = json.loads(answer) if answer else {}
    if "error" in found:
        raise Refused(subject, found["error"].get("err_code", 0), found["error"].get("description", ""))
    return bool(found.get("duplicate"))
