"""What is said where a document cannot be, or not go on so, in both languages."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from services.orders.words import not_before
from shared.contracts.papers import DocumentState
from shared.contracts.text import Both

_STATES: Mapping[DocumentState, str] = MappingProxyType(
    {"missing": "未备", "issued": "已出具", "sent": "已寄出", "accepted": "已接受", "discrepant": "有不符点", "waived": "已豁免"}
)
NO_DOCUMENT = Both("there is no such document", "没有此单证")
REASON = Both("give the reason as note", "请在备注中填写原因")


def known(code: str, shipment: str | None) -> Both:
    leg, chinese = (f" of shipment {shipment}", f"出运批次 {shipment} 的") if shipment else ("", "")
    return Both(f"the order needs the {code}{leg} already", f"订单已列有{chinese}单证 {code}")


def twice(code: str) -> Both:
    return Both(f"{code} is asked for twice", f"{code} 重复填写")


def out_of_order(known: DocumentState, follows: Sequence[DocumentState]) -> Both:
    if not follows:
        return Both(f"the document is {known}: nothing follows", f"该单证为“{_STATES[known]}”，没有后续状态")
    return Both(
        f"the document is {known}: it may be {' or '.join(follows)}",
        f"该单证为“{_STATES[known]}”，其后只能是：{'、'.join(_STATES[one] for one in follows)}",
    )


def before_the_order(placed: Both, state: DocumentState, day: date) -> Both:
    return Both(f"{placed}: the document cannot have been {state} on {day}", f"{placed.zh}，单证在 {day} 不可能{_STATES[state]}")


def before(known: DocumentState, day: date) -> Both:
    return not_before(Both(known, _STATES[known]), day)
