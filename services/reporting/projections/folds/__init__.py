"""How each event changes the projections. Pure: nothing is read, so that batches of any size give the same rows."""

from services.reporting.projections.domain import Folds
from services.reporting.projections.folds import (
    chases,
    clauses,
    credits,
    customers,
    delays,
    documents,
    exceptions,
    lateness,
    materials,
    notices,
    orders,
    sailings,
    warnings,
)

_NOUNS = (customers, orders, delays, exceptions, lateness, notices, chases, warnings, credits, documents, clauses, materials, sailings)
FOLDS = Folds({event: function for noun in _NOUNS for event, function in noun.FOLDS.by_event.items()})
