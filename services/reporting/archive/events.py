"""Archived bytes back into events, as handlers get them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from shared.contracts.envelope import TYPE_PREFIX
from shared.contracts.event import EVENTS, Event
from shared.messaging.received import Received

_UNKNOWN = Event()


def received(body: bytes) -> Received[Any]:
    """The event in an archived body; the base `Event` stands in for the data of a type that is unknown here."""
    envelope = orjson.loads(body)
    kind: str = envelope["type"].removeprefix(TYPE_PREFIX)
    event = EVENTS.get(kind)
    causation = envelope.get("causationid")
    return Received(
        data=_UNKNOWN if event is None else event.model_validate(envelope["data"]),
        id=UUID(envelope["id"]),
        type=kind,
        publisher=kind.split(".", 1)[0],
        aggregate=UUID(envelope["subject"]),
        sequence=envelope["sequence"],
        time=datetime.fromisoformat(envelope["time"]),
        correlation_id=envelope["correlationid"],
        causation_id=None if causation is None else UUID(causation),
        actor=envelope["actor"],
        historical=envelope["historical"],
        traceparent=envelope.get("traceparent"),
        body=body,
    )
