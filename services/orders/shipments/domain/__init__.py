"""The rules of shipments. Pure; the one door to them."""

from services.orders.shipments.domain.entering import require_aboard, require_unmade
from services.orders.shipments.domain.regrouping import Made, Regrouped, as_said, carriers_word, reached_without, regroup
from services.orders.shipments.domain.sailing import Resailed, disruptions, resail, sailing_with, sails_on
from services.orders.shipments.domain.travelling import (
    Apart,
    Elsewhere,
    NothingToMerge,
    Underway,
    check_locked,
    lines_in,
    open_lines,
    require_arrival,
    say_schedule,
    travelling,
)

__all__ = [
    "Apart", "Elsewhere", "Made", "NothingToMerge", "Regrouped", "Resailed", "Underway", "as_said", "carriers_word", "check_locked",
    "disruptions", "lines_in", "open_lines", "reached_without", "regroup", "require_aboard", "require_arrival", "require_unmade", "resail",
    "sailing_with", "sails_on", "say_schedule", "travelling",
]  # fmt: skip
