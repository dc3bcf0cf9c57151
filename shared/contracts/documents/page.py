"""The page of events for people: a section for each publisher, a table for each event, then the values they are made of."""

from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel

from shared.contracts.documents.schemas import shared_schemas
from shared.contracts.event import Event
from shared.contracts.topology import AGGREGATES, LISTENS

_HEAD = """# Events

Made from `shared/contracts` by `./gendan docs`; edit there. Each event is CloudEvents 1.0 JSON on the stream `GENDAN`; its `type` is the
name below with `gendan.` in front, its `subject` the id of its aggregate, its `sequence` the aggregate's events counted from 1.
JSON Schemas are in [`schemas/`](schemas/), the AsyncAPI document is [`asyncapi.json`](asyncapi.json).

A field marked *optional* may be missing, from an older publisher. Inside a version fields are only ever added: ignore those you do not
know.
"""
_TABLE = "| Field | Type | Meaning |\n|---|---|---|"


def events_page(events: Mapping[str, type[Event]]) -> str:
    """The page in Markdown."""
    schemas = shared_schemas(events, "{model}")
    told = {event.__name__ for event in events.values()}
    parts = [_HEAD, *_overview(events)]
    for publisher in dict.fromkeys(event.publisher() for event in events.values()):
        listeners = [service for service, publishers in LISTENS.items() if publisher in publishers]
        parts.append(f"\n## From {publisher}\n\nHeard by {', '.join(listeners) or 'nobody yet'}.")
        for event in (event for event in events.values() if event.publisher() == publisher):
            parts.append(f"\n### {event.TYPE}\n\n{_prose(event)}\n\nAggregate: {AGGREGATES[_noun(event)]}.\n")
            parts.extend(_fields(schemas[event.__name__]))
    parts.append("\n## Values")
    for name, schema in sorted(schemas.items()):
        if name not in told:
            parts.append(f"\n### {name}\n\n{_flat(schema.get('description', ''))}\n")
            parts.extend(_fields(schema))
    return "\n".join(parts) + "\n"


def _overview(events: Mapping[str, type[Event]]) -> Iterator[str]:
    yield "| Event | When |\n|---|---|"
    for event in events.values():
        yield f"| [{event.TYPE}](#{event.TYPE.replace('.', '')}) | {_prose(event)} |"


def _noun(event: type[Event]) -> str:
    return ".".join(event.TYPE.split(".")[:2])


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    if "properties" not in schema:
        return
    yield _TABLE
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        optional = "" if name in required else " *optional*"
        yield f"| `{name}` | {_type(field)}{optional} | {_flat(field.get('description', ''))} |"


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return f"[{field['$ref']}](#{field['$ref'].lower()})"
    if "anyOf" in field:
        return " or ".join(_type(choice) for choice in field["anyOf"])
    if "enum" in field:
        return " ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    if field.get("type") == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"map to {_type(field['additionalProperties'])}"
    return str(field.get("format") or field.get("type", "any"))


def _prose(model: type[BaseModel]) -> str:
    return _flat(cleandoc(vars(model).get("__doc__") or ""))


def _flat(text: str) -> str:
    return " ".join(_lines(text)).replace("|", "\\|")


def _lines(text: str) -> Iterable[str]:
    return (line.strip() for line in text.splitlines() if line.strip())
