"""Documents made from the event registry: the page of events, a JSON Schema per type, the AsyncAPI document.

`python -m shared.contracts` rewrites them under docs/; a test compares.
"""

from pathlib import PurePosixPath

import orjson

import shared.contracts.advice
import shared.contracts.approvals
import shared.contracts.cancellations
import shared.contracts.chases
import shared.contracts.clauses
import shared.contracts.corrections
import shared.contracts.credits
import shared.contracts.customers
import shared.contracts.customs
import shared.contracts.disruptions
import shared.contracts.estimates
import shared.contracts.exceptions
import shared.contracts.holding
import shared.contracts.inspections
import shared.contracts.lateness
import shared.contracts.legs
import shared.contracts.materials
import shared.contracts.notifications
import shared.contracts.orders
import shared.contracts.papers
import shared.contracts.plans
import shared.contracts.production
import shared.contracts.requests
import shared.contracts.risks
import shared.contracts.shipments
import shared.contracts.stock
import shared.contracts.tasks
import shared.contracts.templates  # noqa: F401  imported so that they register their events
from shared.contracts.documents.asyncapi import asyncapi
from shared.contracts.documents.compatibility import breaks
from shared.contracts.documents.page import events_page
from shared.contracts.documents.schemas import schema_document
from shared.contracts.event import EVENTS, Event

SCHEMAS = PurePosixPath("schemas")

__all__ = ["SCHEMAS", "breaks", "documents", "schema_path"]


def schema_path(short_type: str) -> PurePosixPath:
    """Where the type's JSON Schema lies, below docs/."""
    return SCHEMAS / f"{short_type}.json"


def documents() -> dict[PurePosixPath, str]:
    """Text by path below docs/; the same registry always makes the same text, whatever was imported first."""
    events = dict(sorted(EVENTS.items(), key=lambda named: _place(named[1])))
    made = {schema_path(short_type): json_text(schema_document(event)) for short_type, event in sorted(events.items())}
    made[PurePosixPath("events.md")] = events_page(events)
    made[PurePosixPath("asyncapi.json")] = json_text(asyncapi(events))
    return made


def _place(event: type[Event]) -> tuple[str, bool, str]:
    """Events by publisher, those of its own module first, then module by module; within one they stay in their order."""
    publisher = event.publisher()
    return publisher, not event.__module__.endswith(f".{publisher}"), event.__module__


def json_text(document: object) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
