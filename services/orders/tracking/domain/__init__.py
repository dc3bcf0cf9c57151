"""The rules of tracking. Pure; the one door to them."""

from services.orders.tracking.domain.following import TRACKED, Became, Followed, became_of, carriers_said, follow, follow_all
from services.orders.tracking.domain.placing import (
    GATES,
    OF_A_SAILING,
    OF_THE_GOODS_CARRIED,
    Tracked,
    about,
    milestone_of,
    place,
    place_all,
    register,
    waits,
    why_none,
)
from services.orders.tracking.domain.weighing import Counts, Place, expected, weigh, with_departures

__all__ = [
    "GATES", "OF_A_SAILING", "OF_THE_GOODS_CARRIED", "TRACKED", "Became", "Counts", "Followed", "Place", "Tracked", "about", "became_of",
    "carriers_said", "expected", "follow", "follow_all", "milestone_of", "place", "place_all", "register", "waits", "weigh", "why_none",
    "with_departures",
]  # fmt: skip
