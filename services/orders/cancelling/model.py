"""What is cancelled, as it is asked for and as it ends what hangs on it."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import ConfigDict, Field

from services.orders.fields import Body, Note, Number
from services.orders.planning.model import Plan
from shared.contracts.cancellations import AskedBy


class Cancel(Body):
    """What is not to be delivered any more; without `lines` all that is not delivered yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"asked_by": "customer", "reason": "his shop closes", "lines": ["2"]}]})

    lines: Annotated[tuple[Number, ...] | None, Field(min_length=1, max_length=1000)] = None
    asked_by: Annotated[AskedBy, Field(description="whose wish it is")]
    reason: Note


@dataclass(frozen=True, slots=True)
class Gone:
    """What is gone of an order that is locked, as its plan was: all of it, or these lines, and the legs that have none any more. `over`
    are the lines of which no part is left.
    """

    plan: Plan
    whole: bool
    lines: frozenset[str]
    over: frozenset[str]
    legs: frozenset[str | None]
    reason: str
