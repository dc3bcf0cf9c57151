"""The rules of tracking. Pure; the one door to them."""

from services.orders.tracking.domain.following import TRACKED, Became, Followed, became_of, carriers_said, follow, follow_all
from services.orders.tracking.domain.placing import (
    GATES,
    OF_A_SAILING,
    Tracked,
    about,
    milestone_of,
    place,
    place_all,
    port_to_come,
    register,
    why_none,
)
from services.orders.tracking.domain.weighing import Counts, Place, expected, weigh, with_departures

__all__ = [
    "GATES", "OF_A_SAILING", "TRACKED", "Became", "Counts", "Followed", "Place", "Tracked", "about", "became_of", "carriers_said",
    "expected", "follow", "follow_all", "milestone_of", "place", "place_all", "port_to_come", "register", "weigh", "why_none",
    "with_departures",
]  # fmt: skip
