"""The rules of shipments. Pure; the one door to them."""

from services.orders.shipments.domain.regrouping import Made, Regrouped, as_said, carriers_word, reached_without, regroup
from services.orders.shipments.domain.sailing import Apart, Resailed, resail
from services.orders.shipments.domain.travelling import (
    Elsewhere,
    NothingToMerge,
    Underway,
    check_locked,
    goods_left,
    held_by,
    lines_in,
    open_lines,
    require_arrival,
    travelling,
)

__all__ = [
    "Apart", "Elsewhere", "Made", "NothingToMerge", "Regrouped", "Resailed", "Underway", "as_said", "carriers_word", "check_locked",
    "goods_left", "held_by", "lines_in", "open_lines", "reached_without", "regroup", "require_arrival", "resail", "travelling",
]  # fmt: skip
