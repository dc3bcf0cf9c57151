"""What is said where an exception, or an action of it, cannot be what was meant, in both languages."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from shared.contracts.exceptions import ActionKind, ActionStatus, Severity
from shared.contracts.text import Both

_SEVERITIES: Mapping[Severity, str] = MappingProxyType({"minor": "轻微", "major": "严重", "critical": "致命"})
_KINDS: Mapping[ActionKind, str] = MappingProxyType({"corrective": "纠正", "preventive": "预防"})
_STATUSES: Mapping[ActionStatus, str] = MappingProxyType({"open": "待办", "done": "已完成", "verified": "已验证", "waived": "已免除"})
NO_EXCEPTION = Both("there is no such exception", "没有此异常")
NO_ACTION = Both("the exception has no such action", "该异常没有此措施")
OTHER_DELAY = Both("it is a delay of other orders", "这是其他订单的延误")
UNKNOWN_CAUSE = Both("its cause is still under investigation", "其原因仍在调查")
NAME_ORDER = Both("name the order: it is an exception of a shipment", "出运批次的异常须填写订单号")


def found_first(placed: Both, day: date) -> Both:
    return Both(f"{placed}: nothing can have been found of it on {day}", f"{placed.zh}，不可能在 {day} 发现异常")


def most(actions: int) -> Both:
    return Both(f"an exception has at most {actions} actions", f"一项异常最多 {actions} 项措施")


def own_work(owner: str, done_by: str | None) -> Both:
    return Both(f"{owner} owns it and {done_by} did it: another person verifies it", f"责任人为 {owner}，完成人为 {done_by}，须由他人验证")


def own_action(owner: str) -> Both:
    return Both(f"{owner} owns it: another person waives it", f"责任人为 {owner}，须由他人免除")


def left(some: int, of: int) -> Both:
    return Both(f"{some} of {of} actions are neither verified nor waived", f"{of} 项措施中有 {some} 项既未验证也未免除")


def lacks(severity: Severity, kinds: Sequence[ActionKind]) -> Both:
    return Both(
        f"it is {severity}: it needs {' and '.join(f'a {kind}' for kind in kinds)} action before it is closed",
        f"该异常为“{_SEVERITIES[severity]}”，关闭前须有{'、'.join(_KINDS[kind] for kind in kinds)}措施",
    )


def elsewhere(status: ActionStatus, wanted: Sequence[ActionStatus]) -> Both:
    return Both(
        f"the action is {status}, not {' or '.join(wanted)}",
        f"该措施为“{_STATUSES[status]}”，而非{'或'.join(f'“{_STATUSES[one]}”' for one in wanted)}",
    )


def not_here(order: str, line: str) -> Both:
    return Both(f"order {order} has no line {line} here", f"订单 {order} 在此没有订单行 {line}")


def twice(order: str, line: str) -> Both:
    return Both(f"line {line} of order {order} is given twice", f"订单 {order} 的订单行 {line} 重复填写")


def has_only(order: str, line: str, quantity: Decimal) -> Both:
    return Both(f"line {line} of order {order} has {quantity:f} only", f"订单 {order} 的订单行 {line} 仅有 {quantity:f}")
