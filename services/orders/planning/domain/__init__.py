"""The rules of plans. Pure; the one door to them."""

from services.orders.planning.domain.settling import (
    allowed,
    bring_forward,
    compare,
    days_late,
    estimate,
    latest,
    outdated,
    plan_leg,
    rebaselined,
    recount,
    reestimated,
    settle,
    told,
    too_early,
)
from services.orders.planning.domain.showing import as_shown, delivery_shown, is_shown

__all__ = [
    "allowed",
    "as_shown",
    "bring_forward",
    "compare",
    "days_late",
    "delivery_shown",
    "estimate",
    "is_shown",
    "latest",
    "outdated",
    "plan_leg",
    "rebaselined",
    "recount",
    "reestimated",
    "settle",
    "told",
    "too_early",
]
