"""A simulation of a delay as the documentation of the API shows it: orders' answer, as far as a preview reads it."""

from typing import Any

# fmt: off
SIMULATED: dict[str, Any] = {
    "orders": [
        {
            "reestimated": {
                "order_id": "019c9e3b-40f7-7c6a-9d25-1e8b7a0f4c93", "number": "SO-2026-118",
                "customer_id": "019c9a0e-71d2-7b44-a1f3-0c5d8e6b9a27", "because": "delay_logged",
                "delay": {
                    "delay_id": "019e0d58-1f93-7a6d-b0e4-83c52d7f9a16", "revision": 1, "ordinal": 1, "customer_orders": 1,
                    "causes": ["LOG-VSL"], "action": {"en": "Your goods are booked on the same vessel.", "zh-CN": "货物仍配载原船。"},
                },
                "nodes": [
                    {"shipment": "SH-2026-041", "milestone": "ON_BOARD", "visible": True, "planned": "2026-05-19",
                     "before": "2026-05-19", "after": "2026-05-26", "revision": 1, "driven_by": None, "slack_days": -4},
                ],
                "lines": [
                    {"line": "1", "shipment": "SH-2026-041", "promised": "2026-05-22", "before": "2026-05-19", "after": "2026-05-26",
                     "revision": 1},
                ],
            },
        },
    ],
}
# fmt: on
