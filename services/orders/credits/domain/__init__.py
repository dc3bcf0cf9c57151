"""The rules of letters of credit. Pure; the one door to them."""

from services.orders.credits.domain.clock import (
    CreditOver,
    CreditTerm,
    amend,
    backward,
    check_orders,
    close,
    deadlines,
    news,
    present_by,
    risks,
)
from services.orders.credits.domain.conveying import PartialShipmentForbidden, parted

__all__ = [
    "CreditOver", "CreditTerm", "PartialShipmentForbidden", "amend", "backward", "check_orders", "close", "deadlines", "news",
    "parted", "present_by", "risks",
]  # fmt: skip
