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
from services.orders.credits.domain.conveying import PartialShipmentForbidden, must_be_amended, parted

__all__ = [
    "CreditOver", "CreditTerm", "PartialShipmentForbidden", "amend", "backward", "check_orders", "close", "deadlines", "must_be_amended",
    "news", "parted", "present_by", "risks",
]  # fmt: skip
