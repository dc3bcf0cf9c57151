"""Messages into events: what came over the wire, or lay in `held`, as handlers see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationError, create_model

from shared.contracts.envelope import TYPE_PREFIX
from shared.contracts.event import EVENTS, TYPE_SHAPE, Event
from shared.messaging.received import Received


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it came. `type` is the short type, taken from the subject it was sent on."""

    type: str
    body: bytes
    headers: Mapping[str, str]
    stream_sequence: int

    @property
    def publisher(self) -> str:
        return self.type.split(".", 1)[0]


class _Head(BaseModel):
    """The envelope without its data; unknown fields are ignored."""

    id: UUID
    type: str
    subject: UUID
    time: AwareDatetime
    sequence: int = Field(ge=1)
    correlationid: str
    causationid: UUID | None = None
    actor: str
    traceparent: str | None = None
    historical: bool = False


class Unreadable(Exception):
    """The message is not the event its subject says. `head` is there when at least its place in its aggregate is known."""

    def __init__(self, message: Message, why: str, head: Received[Event] | None) -> None:
        super().__init__(why)
        self.message = message
        self.head = head


# There are as many subjects as shards and types; what others put on the stream must not fill the memory.
@lru_cache(maxsize=8192)
def type_of(subject: str) -> str:
    """`gendan.orders.7.delay.logged.v1` -> `orders.delay.logged.v1`; the subject itself when it has another shape.

    `gendan-replay.reporting.orders.7.delay.logged.v1` is the same event, told to one service.
    """
    parts = subject.split(".")
    if parts[0] == "gendan-replay":
        del parts[0]
    short = ".".join((*parts[1:2], *parts[3:]))
    return short if TYPE_SHAPE.fullmatch(short) else subject


def short_type(body: bytes) -> str:
    """The short type of an event that came by another way than the broker."""
    return _Head.model_validate_json(body).type.removeprefix(TYPE_PREFIX)


def read(message: Message, *, with_data: bool) -> Received[Any]:
    """The event; without data (a bare `Event`) when its type is unknown here or nobody wants it. Raises Unreadable."""
    known = EVENTS.get(message.type) if with_data else None
    try:
        envelope = _model(known).model_validate_json(message.body)
    except ValidationError as error:
        # Names the fields and what is wrong with them, never their values.
        why = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_url=False, include_input=False)[:5])
        raise Unreadable(message, why, _head_only(message)) from None
    received = _received(envelope, message)
    if envelope.type != TYPE_PREFIX + message.type:
        raise Unreadable(message, "type: another than its subject says", received)
    return received


def _head_only(message: Message) -> Received[Event] | None:
    try:
        return _received(_Head.model_validate_json(message.body), message)
    except ValidationError:
        return None


@cache
def _model(known: type[Event] | None) -> type[_Head]:
    return _Head if known is None else create_model(f"{known.__name__}Envelope", __base__=_Head, data=(known, ...))


def _received(envelope: _Head, message: Message) -> Received[Any]:
    return Received(
        data=getattr(envelope, "data", None) or Event(),
        id=envelope.id,
        type=message.type,
        publisher=message.publisher,
        aggregate=envelope.subject,
        sequence=envelope.sequence,
        time=envelope.time,
        correlation_id=envelope.correlationid,
        causation_id=envelope.causationid,
        actor=envelope.actor,
        historical=envelope.historical,
        traceparent=envelope.traceparent,
        body=message.body,
    )
