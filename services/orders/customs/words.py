"""What is said where a customs entry cannot be, or not go on so, in both languages."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from services.orders.words import not_before
from shared.contracts.customs import CustomsState
from shared.contracts.text import Both

_STATES: Mapping[CustomsState, str] = MappingProxyType(
    {"declared": "已申报", "inspected": "已查验", "held": "扣留中", "released": "已放行"}
)
NO_ENTRY = Both("there is no such customs entry", "没有此报关单")
OTHER_DOCUMENT = Both("it is no document of these orders", "不是这些订单的单证")


def elsewhere(known: CustomsState, wanted: CustomsState) -> Both:
    return Both(f"the entry is {known}: it cannot be {wanted} now", f"该报关单为“{_STATES[known]}”，此时不能登记为“{_STATES[wanted]}”")


def before(known: CustomsState, day: date) -> Both:
    return not_before(Both(known, _STATES[known]), day)


def declared_first(placed: Both, day: date) -> Both:
    return Both(f"{placed}: nothing of it can have been declared on {day}", f"{placed.zh}，不可能在 {day} 申报")


def entered(number: str) -> Both:
    return Both(f"{number} is entered already", f"报关单 {number} 已登记")
