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
    recount,
    reestimated,
    settle,
    told,
    too_early,
)

__all__ = [
    "allowed",
    "bring_forward",
    "compare",
    "days_late",
    "estimate",
    "latest",
    "outdated",
    "plan_leg",
    "recount",
    "reestimated",
    "settle",
    "told",
    "too_early",
]
