"""Delays as the documentation of the API shows them."""

from typing import Any

# fmt: off
KNOWN: dict[str, Any] = {
    "milestone": "PRD_END", "new_date": "2026-05-11",
    "causes": [{"code": "SUP-LATE", "days": 2, "evidence": "delivery note 0451 of 2026-03-24"}, {"code": "PRD-BRK", "days": 1}],
    "action": {"en": "We work two Sundays to catch up.", "zh-CN": "安排两个周日加班赶货。"},
    "next_news_on": "2026-05-04",
}
UNDER_INVESTIGATION: dict[str, Any] = {
    "milestone": "MAT_IN", "new_date": "2026-03-27",
    "causes": [{"code": "UNKNOWN"}],
    "action": {"en": "We have asked the mill, and answer tomorrow.", "zh-CN": "已向面料厂核实，明日答复。"},
    "next_news_on": "2026-03-20",
}
SAILS_LATER: dict[str, Any] = {
    "milestone": "ON_BOARD", "new_date": "2026-05-26",
    "causes": [{"code": "LOG-VSL", "days": 7, "evidence": "COSCO's notice of 2026-05-08"}],
    "action": {"en": "Your goods are booked on the same vessel.", "zh-CN": "货物仍配载原船。"},
    "ask": {"en": "Please extend the letter of credit to 30 June.", "zh-CN": "请将信用证有效期延至6月30日。"},
    "ask_by": "2026-05-15",
    "promise": {"to": "2026-05-27", "reason": "delay"},
}
LATER_STILL: dict[str, Any] = {
    "new_date": "2026-05-28",
    "causes": [{"code": "LOG-VSL", "days": 7}, {"code": "LOG-PORT", "days": 2}],
    "action": {"en": "The vessel waits for a berth.", "zh-CN": "船舶等待靠泊。"},
    "next_news_on": "2026-05-27",
}
# fmt: on
