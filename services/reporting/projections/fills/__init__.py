"""The projections as statements over the whole archive: what the folds make of events one after the other, each table in one step.

For a rebuild's empty tables. Of a key the last whole row counts, then the last value of each part told after it; the order is that of
archiving, which within an aggregate is that of its events.
"""

from services.reporting.projections.fills import (
    chases,
    clauses,
    credits,
    delays,
    documents,
    exceptions,
    lateness,
    materials,
    names,
    notices,
    orders,
    sailings,
    warnings,
)
from services.reporting.projections.fills.fill import together

_FEW = together(*(noun.FILL for noun in (warnings, lateness, exceptions, chases, documents, materials, credits, clauses, sailings)))
FILLS = (orders.FILL, notices.FILL, delays.FILL, _FEW, names.FILL)
"""Those that take longest first."""
