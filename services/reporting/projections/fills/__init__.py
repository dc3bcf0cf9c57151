"""The projections as statements over the whole archive: what the folds make of events one after the other, each table in one step.

For a rebuild's empty tables. Of a key the last whole row counts, then the last value of each part told after it; the order is that of
archiving, which within an aggregate is that of its events.
"""

from services.reporting.projections.fills import delays, exceptions, lateness, names, notices, orders

FILLS = (orders.FILL, notices.FILL, delays.FILL, exceptions.FILL, lateness.FILL, names.FILL)
"""Those that take longest first."""
