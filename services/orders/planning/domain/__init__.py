"""The rules of plans. Pure; the one door to them."""

from services.orders.planning.domain.baselines import bring_forward, brought_forward, planned_anew, rebaselined, sooner
from services.orders.planning.domain.passing import held_by_failure
from services.orders.planning.domain.settling import (
    allowed,
    at_once,
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
    written,
)
from services.orders.planning.domain.showing import as_shown, delivery_shown, goods_left, is_shown, recorded_on
from services.orders.planning.domain.unsaid import unsaid

__all__ = [
    "allowed",
    "as_shown",
    "at_once",
    "bring_forward",
    "brought_forward",
    "compare",
    "days_late",
    "delivery_shown",
    "estimate",
    "goods_left",
    "held_by_failure",
    "is_shown",
    "latest",
    "outdated",
    "plan_leg",
    "planned_anew",
    "rebaselined",
    "recorded_on",
    "recount",
    "reestimated",
    "settle",
    "sooner",
    "told",
    "too_early",
    "unsaid",
    "written",
]
