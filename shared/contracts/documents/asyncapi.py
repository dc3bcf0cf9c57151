"""The AsyncAPI 3.0 document: a channel for each event type, who sends on it and who receives."""

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from shared.contracts.documents.schemas import shared_schemas
from shared.contracts.envelope import SHARDS, STREAM, TYPE_PREFIX, Envelope, schema_of
from shared.contracts.event import EVENTS, Event
from shared.contracts.topology import LISTENS

_SCHEMAS = "#/components/schemas/"
_TITLE = "gendan events"
_ABOUT = f"""What the services of gendan tell each other, as CloudEvents 1.0 in structured JSON on the NATS JetStream stream {STREAM}.
The shard in the subject is the CRC-32 of the aggregate's id, as its sixteen bytes, modulo {SHARDS}. Events of one aggregate arrive in the
order of `sequence`; across aggregates there is no order. Fields are only ever added inside a version: ignore those you do not know."""


def asyncapi(events: Mapping[str, type[Event]] = EVENTS) -> dict[str, Any]:
    """The document, with the types in alphabetical order."""
    ordered = dict(sorted(events.items()))
    return {
        "asyncapi": "3.0.0",
        "info": {"title": _TITLE, "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": "application/cloudevents+json",
        "servers": {"nats": {"host": "127.0.0.1:4222", "protocol": "nats", "description": "as `GENDAN_NATS_URL` says"}},
        "channels": {_key(event): _channel(event) for event in ordered.values()},
        "operations": _operations(ordered),
        "components": {
            "messages": {_key(event): _message(event) for event in ordered.values()},
            "parameters": {"shard": _shard()},
            "schemas": _schemas(ordered),
        },
    }


def _key(event: type[Event]) -> str:
    # Without dots: some readers of AsyncAPI documents refuse them in keys.
    return event.TYPE.replace(".", "_")


def _channel(event: type[Event]) -> dict[str, Any]:
    publisher, rest = event.TYPE.split(".", 1)
    return {
        "address": f"gendan.{publisher}.{{shard}}.{rest}",
        "title": event.TYPE,
        "messages": {_key(event): {"$ref": f"#/components/messages/{_key(event)}"}},
        "parameters": {"shard": {"$ref": "#/components/parameters/shard"}},
    }


def _shard() -> dict[str, Any]:
    return {"description": "the aggregate's shard", "enum": [str(shard) for shard in range(SHARDS)]}


def _operations(events: Mapping[str, type[Event]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for event in events.values():
        channel = {"$ref": f"#/channels/{_key(event)}"}
        made[f"{event.publisher()}_sends_{_key(event)}"] = {"action": "send", "channel": channel, "tags": [{"name": event.publisher()}]}
        for service, publishers in LISTENS.items():
            if event.publisher() in publishers:
                made[f"{service}_receives_{_key(event)}"] = {"action": "receive", "channel": channel, "tags": [{"name": service}]}
    return made


def _message(event: type[Event]) -> dict[str, Any]:
    specific = {
        "type": "object",
        "properties": {
            "source": {"const": f"/gendan/{event.publisher()}"},
            "type": {"const": TYPE_PREFIX + event.TYPE},
            "dataschema": {"const": schema_of(event.TYPE)},
            "data": {"$ref": _SCHEMAS + event.__name__},
        },
    }
    return {
        "name": TYPE_PREFIX + event.TYPE,
        "title": event.__name__,
        "summary": cleandoc(vars(event).get("__doc__") or "").split("\n\n", 1)[0].replace("\n", " "),
        "contentType": "application/cloudevents+json",
        "payload": {"allOf": [{"$ref": _SCHEMAS + Envelope.__name__}, specific]},
        "correlationId": {"location": "$message.payload#/correlationid"},
    }


def _schemas(events: Mapping[str, type[Event]]) -> dict[str, Any]:
    envelope = Envelope.model_json_schema(mode="serialization")
    envelope.pop("$defs", None)
    envelope["properties"]["data"] = {"type": "object", "description": "the event"}
    return {Envelope.__name__: envelope, **shared_schemas(events, _SCHEMAS + "{model}")}
