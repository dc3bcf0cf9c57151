"""How each event changes the projections. Pure: nothing is read, so that batches of any size give the same rows."""

from services.reporting.projections.domain import Folds
from services.reporting.projections.folds import customers, delays, notices, orders

FOLDS = Folds({**customers.FOLDS.by_event, **orders.FOLDS.by_event, **delays.FOLDS.by_event, **notices.FOLDS.by_event})
