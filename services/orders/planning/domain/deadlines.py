"""Deadlines that stand beside the promise, of letters of credit, clauses, cut-offs, documents: which of them a command would break.

Each noun that has such deadlines gives its own `Term`; this knows only how to ask them.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from services.orders.planning.model import Plan
from shared.contracts.confidential import CONFIDENTIAL

BreachKind = Literal["latest_shipment", "presentation", "expiry", "partial_shipment", "clause", "cutoff", "document"]


class Breach(BaseModel):
    """A deadline that a plan misses, or the due day of a document that goes along with it. Of a partial shipment it is the day on which the
    vessel leaves without the part that waits in no shipment, until it is put on it.

    `amount` is the penalty that is due at `would_be`, in `currency`.
    """

    model_config = ConfigDict(frozen=True)

    kind: BreachKind
    term: Annotated[str, Field(description="number of the letter of credit, code of the clause or of the document, kind of the cut-off")]
    shipment: Annotated[str | None, Field(description="the leg that misses it; null for the whole order, or before a shipment is known")]
    line: Annotated[str | None, Field(description="the line that misses it; null where it is not of one line")] = None
    deadline: date
    would_be: date
    amend_by: Annotated[date | None, Field(description="the last day to have the letter of credit amended")] = None
    amount: Annotated[Decimal | None, CONFIDENTIAL] = None
    currency: str | None = None


Breaches = Annotated[tuple[Breach, ...], Field(description="deadlines beside the promise that it would break, with their penalties")]
"""As a simulation answers them."""


class Term(Protocol):
    """Something agreed about an order with deadlines of its own."""

    def breaches(self, plan: Plan) -> Iterable[Breach]:
        """Every deadline of it that the plan misses, by its estimates and actual dates."""
        ...


def broken(before: Plan, after: Plan, terms: Iterable[Term]) -> tuple[Breach, ...]:
    """What `after` misses and `before` did not miss just so: newly, by other days, or at another penalty."""
    found = []
    for term in terms:
        known = set(term.breaches(before))
        found += [breach for breach in term.breaches(after) if breach not in known]
    return tuple(found)
