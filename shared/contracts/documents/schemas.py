"""JSON Schemas of event data, as it is sent."""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from shared.contracts.envelope import schema_of
from shared.contracts.event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_document(event: type[Event]) -> dict[str, Any]:
    """The schema of an event's `data`; its `$id` is the envelope's `dataschema`. A field with a default may be absent in older events."""
    return {"$schema": DIALECT, "$id": schema_of(event.TYPE), **event.model_json_schema(mode="serialization")}


def shared_schemas(events: Mapping[str, type[Event]], ref_template: str) -> dict[str, Any]:
    """One schema for each class that any of the events is made of, by class name."""
    _, together = models_json_schema([(event, "serialization") for event in events.values()], ref_template=ref_template)
    definitions: dict[str, Any] = together["$defs"]
    return definitions
