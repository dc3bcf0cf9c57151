"""The rules of tracking. Pure; the one door to them."""

from services.orders.tracking.domain.following import (
    TRACKED,
    Became,
    Counts,
    Followed,
    Place,
    Typed,
    became_of,
    carriers_said,
    follow,
    follow_all,
    weigh,
    with_departures,
)
from services.orders.tracking.domain.placing import GATES, OF_A_SAILING, OF_THE_FIRST, Tracked, about, milestone_of, place_all, register

__all__ = [
    "GATES", "OF_A_SAILING", "OF_THE_FIRST", "TRACKED", "Became", "Counts", "Followed", "Place", "Tracked", "Typed", "about", "became_of",
    "carriers_said", "follow", "follow_all", "milestone_of", "place_all", "register", "weigh", "with_departures",
]  # fmt: skip
