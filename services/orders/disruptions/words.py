"""What is said where a disruption cannot be, in both languages."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from shared.contracts.disruptions import Scope, ScopeKind
from shared.contracts.text import Both

_KINDS: Mapping[ScopeKind, str] = MappingProxyType(
    {
        "vessel": "船舶",
        "shipment": "出运批次",
        "port": "港口",
        "supplier": "供应商",
        "factory": "工厂",
        "material": "物料",
        "closed_day": "停工日",
    }
)
_STATES: Mapping[str, str] = MappingProxyType(
    {"open": "尚待确认", "running": "正在登记", "logged": "已登记", "released": "已放行", "withdrawn": "已撤回"}
)
WITHDRAWN = Both("it was withdrawn", "该事件已撤回")
NOT_HIS = Both("it is for whoever opened it, or has orders in it", "仅登记人或有订单涉及其中的人可以办理")
NO_DISRUPTION = Both("there is no such disruption", "没有此突发事件")
VOYAGE = Both("a voyage is given with a vessel, and only with one", "航次须与船名一并填写，且仅用于船舶")
PORT_SIDE = Both("`at` is given with a port, and only with one", "`at` 须与港口一并填写，且仅用于港口")
CLOSED_DAYS = Both(
    "`first` and `last` are given with closed days, and only with them", "`first` 与 `last` 须与停工日一并填写，且仅用于停工日"
)
CLOSURE = Both("closed days end on the first of them or later, and last a year at most", "停工的结束日不得早于开始日，最长一年")
BY_CALENDAR = Both(
    "of closed days the calendar says which milestone is late, and to which day", "停工日由工作日历决定哪个节点延误、延至何日"
)
TO_OR_DAYS = Both("give either `to` or `days`", "`to` 与 `days` 请填写其一")


def no_port(name: str) -> Both:
    return Both(f"the name of a port is its UN/LOCODE, like CNSHA: {name} is none", f"港口须填 UN/LOCODE，如 CNSHA：{name} 不是")


def nothing_sails(scope: Scope) -> Both:
    return Both(f"no shipment travels with vessel {scope.name} {scope.voyage}", f"没有出运批次由 {scope.name} {scope.voyage} 承运")


def no_material(code: str) -> Both:
    return Both(f"there is no material {code}", f"没有物料 {code}")


def too_many(most: int) -> Both:
    return Both(f"more than {most} orders are touched: they cannot be looked through at once", f"涉及订单超过 {most} 个，无法一次处理")


def too_many_in_calendar(most: int) -> Both:
    return Both(
        f"more than {most} orders have work to come in this calendar: they cannot be looked through at once; write the closure into the"
        " calendar, which tells what it moves",
        f"此日历下尚有工作的订单超过 {most} 个，无法一次处理；请直接在日历中登记停工，日历会列出所影响的日期",
    )


def nothing_moves(scope: Scope) -> Both:
    return Both(
        f"no date of an open order moves when calendar {scope.name} is closed on these days",
        f"日历 {scope.name} 在这些日期停工，不影响任何未完成订单的日期",
    )


def nothing_ahead(scope: Scope, wanted: Sequence[str] | None) -> Both:
    english = " or ".join(wanted) if wanted else "a milestone that waits for it"
    chinese = "、".join(wanted) if wanted else "等待该物料的节点"
    return Both(
        f"no open order that {scope.kind} {scope.name} touches has {english} still before it",
        f"{_KINDS[scope.kind]} {scope.name} 所涉及的未完成订单均无尚待完成的 {chinese}",
    )


def known(scope: Scope) -> Both:
    return Both(f"{scope.kind} {scope.name} is known to be late", f"{_KINDS[scope.kind]} {scope.name} 的延误已有人登记")


def retract(status: str) -> Both:
    return Both(f"it is {status}: retract its delays, each by itself", f"该事件{_STATES[status]}，请逐一撤销其延误")


def not_logged(status: str) -> Both:
    return Both(f"it is {status}: its notices are released once it is logged", f"该事件{_STATES[status]}，登记完毕后方可放行通知")


def not_delayed(customer: str) -> Both:
    return Both(f"no order of a customer {customer} that you follow is delayed by it", f"您跟进的客户 {customer} 没有因此延误的订单")


def open_anew(gone: Both) -> Both:
    return Both(f"{gone}; withdraw the disruption and open it again", f"{gone.zh}，请撤回该事件后重新登记")
