"""The rules of material. Pure; the one door to them."""

from services.orders.materials.domain.feeding import ORDERED, Fed, anew, feed, late, needed_by, places, recorded, there
from services.orders.materials.domain.lines import (
    FOLLOWS,
    MaterialElsewhere,
    change,
    close_short,
    correct_receipt,
    end,
    expect,
    follows,
    need,
    order,
    receive,
    withdraw,
)

__all__ = [
    "FOLLOWS",
    "ORDERED",
    "Fed",
    "MaterialElsewhere",
    "anew",
    "change",
    "close_short",
    "correct_receipt",
    "end",
    "expect",
    "feed",
    "follows",
    "late",
    "need",
    "needed_by",
    "order",
    "places",
    "receive",
    "recorded",
    "there",
    "withdraw",
]
