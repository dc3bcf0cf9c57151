"""Disruptions, asked for and as they stand, as the documentation of the API shows them."""

from typing import Any

from services.orders.delays.examples import SIMULATED as OF_A_DELAY

# fmt: off
VESSEL: dict[str, Any] = {
    "scope": {"kind": "vessel", "name": "COSCO SHIPPING ARIES", "voyage": "032W"},
    "milestone": "ON_BOARD", "to": "2026-05-29",
    "causes": [{"code": "LOG-VSL", "days": 7}],
    "action": {"en": "Your goods are booked on the same vessel.", "zh-CN": "货物仍配载原船。"},
    "next_news_on": "2026-05-20",
}
CLOSED_DAYS: dict[str, Any] = {
    "scope": {"kind": "closed_day", "name": "factory", "first": "2026-04-23", "last": "2026-04-25"},
    "causes": [{"code": "FM-GOV", "evidence": "notice of the power company of 2026-04-20"}],
    "action": {"en": "The lost days are made up on Sundays.", "zh-CN": "停电三天，周日补工。"},
}
STANDS: dict[str, Any] = {
    "disruption": "019e0d61-7c2a-7e18-94b3-a05f6d1c8e72", "status": "logged",
    "scope": {**VESSEL["scope"], "at": None, "first": None, "last": None}, "milestone": "ON_BOARD", "to": "2026-05-29", "days": None,
    "causes": [{"code": "LOG-VSL", "party": "carrier", "days": 7, "evidence": None}],
    "action": VESSEL["action"], "ask": None, "ask_by": None, "next_news_on": "2026-05-20",
    "version": 3, "opened_by": "mei.lin", "opened_at": "2026-05-08T02:14:00Z", "confirmed_by": "zhou.yan",
    "found": 6, "delayed": 5, "skipped": 1, "tries": 0, "own": 2, "to_release": 2,
    "others": [{"owner": "chen.jie", "orders": 4, "customers": 2}],
    "orders": "/api/orders/disruptions/019e0d61-7c2a-7e18-94b3-a05f6d1c8e72/orders",
}
SIMULATED: dict[str, Any] = {
    "milestone": "ON_BOARD", "shipment": None,
    "orders": [
        {
            "rank": 1, "number": "SO-2026-118", "shipment": "SH-2026-041", "milestone": "ON_BOARD", "customer": "NORDWIND",
            "owner": "mei.lin", "grade": "key", "currency": "USD", "value": "14700.00", **OF_A_DELAY["orders"][0],
        },
    ],
    "skipped": [
        {"rank": 2, "number": "SO-2026-121", "shipment": "SH-2026-041", "milestone": "ON_BOARD", "customer": "NORDWIND",
         "owner": "mei.lin", "grade": "key", "currency": "USD", "value": "5200.00", "why": "moved_away"},
    ],
    "found": 6, "others": STANDS["others"], "standing": None, "beside": [], "next": None,
}
# fmt: on
