"""What is said where a material line cannot be, or not go on so, in both languages."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from shared.contracts.materials import MaterialState
from shared.contracts.text import Both

_STATES: Mapping[MaterialState, str] = MappingProxyType(
    {"planned": "待采购", "ordered": "已采购", "received": "已到齐", "short": "已按短缺结案", "withdrawn": "已撤销"}
)
_DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "change": "更改",
        "order": "登记采购",
        "expect": "更改预计到料日",
        "receive": "收货",
        "correct": "更正收货",
        "short": "按短缺结案",
        "withdraw": "撤销",
    }
)
NO_LINE = Both("there is no such material line", "没有此物料行")
TOGETHER = Both("give po_number and ordered_on together, or neither", "采购单号与采购日期须一并填写，或均不填写")
SAME = Both("this is what was said: give another quantity or date", "与原记录相同，请填写其他数量或日期")


def too_many(number: str, there: int, most: int) -> Both:
    return Both(
        f"an order has at most {most} material lines: order {number} has {there}",
        f"每个订单最多 {most} 个物料行，订单 {number} 已有 {there} 个",
    )


def met_by_ordering(milestone: str) -> Both:
    return Both(
        f"{milestone} is met by ordering: name the one that waits for material to come", f"{milestone} 在采购时完成，请填写等待到料的节点"
    )


def met_by_delivering(milestone: str) -> Both:
    return Both(
        f"{milestone} is met by delivering the goods: name the one that waits for material to come",
        f"{milestone} 在交货时完成，请填写等待到料的节点",
    )


def come_already(received: Decimal, uom: str) -> Both:
    return Both(f"{received:f} {uom} have come already", f"已到料 {received:f} {uom}")


def came_first(day: date) -> Both:
    return Both(f"some of it came on {day}: it was ordered before", f"{day} 已有到料，采购日期不得晚于该日")


def no_receipt(number: int) -> Both:
    return Both(f"there is no receipt {number} of this line", f"该物料行没有第 {number} 次收货")


def ordered_first(day: date) -> Both:
    return Both(f"it was ordered on {day}: it cannot have come before", f"{day} 才采购，不可能在此之前到料")


def at_most(needed: Decimal, uom: str, tolerance: Decimal, have: Decimal, left: Decimal) -> Both:
    percent = f"{tolerance.normalize():f}"
    return Both(
        f"{needed:f} {uom} are needed, {percent} % more may come, {have:f} have: {left:f} at most, or change the quantity first",
        f"需 {needed:f} {uom}，可多收 {percent} %，已到 {have:f}，最多再收 {left:f}，否则请先更改数量",
    )


def too_many_receipts(most: int) -> Both:
    return Both(f"a line has at most {most} receipts, their corrections included", f"每个物料行最多 {most} 次收货，含更正")


def done_later(day: date) -> Both:
    return Both(f"something was done about it on {day}: this cannot have been before", f"{day} 仍有采购或收货，此日期不得早于该日")


def not_withdrawn(received: Decimal, uom: str) -> Both:
    return Both(
        f"{received:f} {uom} have come: change the quantity, or close it short", f"已到料 {received:f} {uom}，请更改数量或按短缺结案"
    )


def elsewhere(state: MaterialState, deed: str) -> Both:
    return Both(f"the line is {state}: it takes no {deed} now", f"该物料行{_STATES[state]}，不能{_DEEDS[deed]}")
