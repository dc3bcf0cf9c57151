"""Delays, and what one would do, as the documentation of the API shows them."""

from typing import Any

# fmt: off
KNOWN: dict[str, Any] = {
    "milestone": "PRD_END", "new_date": "2026-05-14",
    "causes": [{"code": "SUP-LATE", "days": 2, "evidence": "delivery note 0451 of 2026-04-15"}, {"code": "PRD-BRK", "days": 1}],
    "action": {"en": "We work two Sundays to catch up.", "zh-CN": "安排两个周日加班赶货。"},
    "next_news_on": "2026-05-04",
}
UNDER_INVESTIGATION: dict[str, Any] = {
    "milestone": "MAT_IN", "new_date": "2026-04-16",
    "causes": [{"code": "UNKNOWN"}],
    "action": {"en": "We have asked the mill, and answer tomorrow.", "zh-CN": "已向面料厂核实，明日答复。"},
    "next_news_on": "2026-04-09",
}
SAILS_LATER: dict[str, Any] = {
    "milestone": "ON_BOARD", "new_date": "2026-05-29",
    "causes": [{"code": "LOG-VSL", "days": 7, "evidence": "COSCO's notice of 2026-05-08"}],
    "action": {"en": "Your goods are booked on the same vessel.", "zh-CN": "货物仍配载原船。"},
    "ask": {"en": "Shall the shorts go by air?", "zh-CN": "短裤是否改走空运？"},
    "ask_by": "2026-05-15",
    "promise": {"to": "2026-05-29", "reason": "delay"},
}
LATER_STILL: dict[str, Any] = {
    "new_date": "2026-05-31",
    "causes": [{"code": "LOG-VSL", "days": 7}, {"code": "LOG-PORT", "days": 2}],
    "action": {"en": "The vessel waits for a berth.", "zh-CN": "船舶等待靠泊。"},
    "next_news_on": "2026-05-29",
}
_MOVED: dict[str, Any] = {
    "shipment": "SH-2026-041", "milestone": "ON_BOARD", "visible": True, "planned": "2026-05-22", "before": "2026-05-22",
    "after": "2026-05-29", "revision": 1, "driven_by": None, "slack_days": 0, "name": {"en": "Loaded on board", "zh-CN": "装船"},
}
_LINE: dict[str, Any] = {
    "line": "1", "shipment": "SH-2026-041", "promised": "2026-05-29", "before": "2026-05-22", "after": "2026-05-29", "revision": 1,
}
_PROMISE: dict[str, Any] = {"line": "1", "before": "2026-05-22", "after": "2026-05-29", "revision": 1}
SIMULATED: dict[str, Any] = {
    "milestone": "ON_BOARD", "shipment": "SH-2026-041",
    "orders": [
        {
            "number": "SO-2026-118", "name": _MOVED["name"], "before": "2026-05-22", "after": "2026-05-29",
            "nodes": [_MOVED], "lines": [_LINE], "promises": [_PROMISE], "at_risk": [],
            "slack_before": 0, "slack_after": 0, "waiting": [],
            "breaches": [
                {"kind": "clause", "term": "8.2", "shipment": None, "line": None, "deadline": "2026-05-25", "would_be": "2026-05-29",
                 "amend_by": None, "amount": "73.50", "currency": "USD"},
            ],
            "reestimated": {
                "order_id": "019c9e3b-40f7-7c6a-9d25-1e8b7a0f4c93", "number": "SO-2026-118",
                "customer_id": "019c9a0e-71d2-7b44-a1f3-0c5d8e6b9a27", "because": "delay_logged",
                "delay": {
                    "delay_id": "019e0d58-1f93-7a6d-b0e4-83c52d7f9a16", "revision": 1, "ordinal": 1, "customer_orders": 1,
                    "causes": ["LOG-VSL"], "action": SAILS_LATER["action"], "ask": SAILS_LATER["ask"],
                    "ask_by": SAILS_LATER["ask_by"], "next_news_on": None, "disruption_id": None,
                },
                "nodes": [_MOVED], "lines": [_LINE], "promises": [_PROMISE], "transports": {},
            },
        },
    ],
}
# fmt: on
