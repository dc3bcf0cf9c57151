"""Clauses as the documentation of the API shows them."""

from typing import Any

# fmt: off
SHIPPED_BY: dict[str, Any] = {
    "reference": "8.2", "text": "Goods are on board by 22 May 2026; else 0.5 % of their value for each week, 5 % at most.",
    "milestone": "ON_BOARD", "due_on": "2026-05-22", "grace_days": 3,
    "penalty": {"percent": "0.5", "per": "week", "cap_percent": "5"},
}
AFTER_APPROVAL: dict[str, Any] = {
    "reference": "8.3", "text": "Packed within 60 days of the approval of the sample; else USD 300.",
    "line": "1", "milestone": "PACKED", "due_after": {"milestone": "PP_OK", "days": 60},
    "penalty": {"fixed": {"amount": "300.00", "currency": "USD"}},
}
# fmt: on
