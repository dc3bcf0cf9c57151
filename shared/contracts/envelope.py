"""The CloudEvents 1.0 envelope, structured JSON, and the NATS subject an event travels on."""

import zlib
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, SerializeAsAny

from shared.contracts.event import Contract, Event

TYPE_PREFIX = "gendan."
STREAM = "GENDAN"
KEY_STREAM = "GENDAN_KEYS"
TOKENS = 64
SHARDS = 8


class Envelope(Contract):
    """One event as it travels and as it is recorded.

    `subject` is the aggregate's id; `sequence` counts the aggregate's events from 1 without a gap;
    `time` is business time; `historical` marks facts that were imported and must not be told to anyone.
    """

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: UUID
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    sequence: int = Field(ge=1)
    correlationid: str
    causationid: UUID | None = None
    actor: str
    traceparent: str | None = None
    historical: bool = False
    # A dict read from the wire stays one: the base class Event would take it and forget every field.
    data: dict[str, Any] | SerializeAsAny[Event] = Field(union_mode="left_to_right")


def token_of(aggregate: UUID) -> int:
    """The aggregate's token, 0-63: the part of the subject by which the stream is sharded, for ever the same."""
    return zlib.crc32(aggregate.bytes) % TOKENS


def shard_of(token: int) -> int:
    """The consumer shard, 0-7, that a token belongs to."""
    return token * SHARDS // TOKENS


def subject_of(short_type: str, aggregate: UUID) -> str:
    """The NATS subject: `gendan.<publisher>.<token>.<noun>.<deed>.v<N>`."""
    publisher, rest = short_type.split(".", 1)
    return f"gendan.{publisher}.{token_of(aggregate):02d}.{rest}"


def shard_in(subject: str) -> int:
    """The consumer shard of what came on that subject. ValueError for one that no consumer takes."""
    token = int(subject.split(".", 3)[2])
    if not 0 <= token < TOKENS:
        raise ValueError(subject)
    return shard_of(token)


def schema_of(short_type: str) -> str:
    return f"urn:gendan:schema:{short_type}"


def envelope(
    event: Event,
    *,
    id: UUID,
    aggregate: UUID,
    sequence: int,
    time: datetime,
    correlation_id: str,
    actor: str,
    causation_id: UUID | None = None,
    traceparent: str | None = None,
    historical: bool = False,
) -> Envelope:
    """Wrap `event` as the `sequence`-th fact of `aggregate`."""
    return Envelope(
        id=id,
        source=f"/gendan/{event.publisher()}",
        type=TYPE_PREFIX + event.TYPE,
        subject=aggregate,
        time=time,
        dataschema=schema_of(event.TYPE),
        sequence=sequence,
        correlationid=correlation_id,
        causationid=causation_id,
        actor=actor,
        traceparent=traceparent,
        historical=historical,
        data=event,
    )
