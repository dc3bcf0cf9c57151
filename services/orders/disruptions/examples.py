"""Disruptions as the documentation of the API shows them."""

from typing import Any

# fmt: off
VESSEL: dict[str, Any] = {
    "scope": {"kind": "vessel", "name": "COSCO SHIPPING ARIES", "voyage": "032W"},
    "milestone": "ON_BOARD", "to": "2026-05-26",
    "causes": [{"code": "LOG-VSL", "days": 7}],
    "action": {"en": "Your goods are booked on the same vessel.", "zh-CN": "货物仍配载原船。"},
    "next_news_on": "2026-05-20",
}
CLOSED_DAYS: dict[str, Any] = {
    "scope": {"kind": "closed_day", "name": "factory", "first": "2026-04-23", "last": "2026-04-25"},
    "causes": [{"code": "FM-GOV", "evidence": "notice of the power company of 2026-04-20"}],
    "action": {"en": "The lost days are made up on Sundays.", "zh-CN": "停电三天，周日补工。"},
}
# fmt: on
