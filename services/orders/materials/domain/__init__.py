"""The rules of material. Pure; the one door to them."""

from services.orders.materials.domain.feeding import ORDERED, feed, late, needed_by, places
from services.orders.materials.domain.lines import (
    FOLLOWS,
    MaterialElsewhere,
    change,
    close_short,
    end,
    expect,
    need,
    order,
    receive,
    withdraw,
)

__all__ = [
    "FOLLOWS",
    "ORDERED",
    "MaterialElsewhere",
    "change",
    "close_short",
    "end",
    "expect",
    "feed",
    "late",
    "need",
    "needed_by",
    "order",
    "places",
    "receive",
    "withdraw",
]
