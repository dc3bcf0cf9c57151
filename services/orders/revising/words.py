"""What is said where an order cannot be planned with a revision, in both languages."""

from collections.abc import Sequence
from datetime import date

from services.orders.planning.model import Node
from services.orders.planning.words import happened_on
from services.orders.templates.domain import Network
from shared.contracts.text import Both


def no_revision(template: str, revision: int | None) -> Both:
    return Both(f"template {template} has no revision {revision}", f"模板 {template} 没有第 {revision} 版")


def hanging(kind: str, name: str | None) -> Both:
    """What needs a milestone: `name` is the code, reference or person of it."""
    match kind:
        case "delay":
            return Both("a delay", "延误")
        case "clause":
            return Both(f"clause {name}", f"条款 {name}")
        case "document":
            return Both(f"document {name}", f"单证 {name}")
        case "material":
            return Both(f"material {name}", f"物料 {name}")
        case "inspection":
            return Both("an inspection", "验货")
        case "production":
            return Both("production", "生产报工")
        case _:
            return Both(f"a question to {name}", f"对 {name} 的催办")


def delivered_nowhere(number: str, point: str, network: Network) -> Both:
    return _lacking(Both(f"order {number} is delivered at {point}", f"订单 {number} 在 {point} 交货"), network)


def lost(number: str, milestone: str, day: date, network: Network) -> Both:
    return _lacking(happened_on(number, milestone, day), network)


def hangs(what: Both, number: str, milestone: str, network: Network) -> Both:
    return _lacking(Both(f"{what} hangs on {milestone} of order {number}", f"订单 {number} 的 {milestone} 关联有{what.zh}"), network)


def undated(number: str, point: str, codes: Sequence[str], network: Network) -> Both:
    which = _which(network)
    return Both(
        f"order {number} is delivered at {point}, from where {which} gives no date to {', '.join(codes)}",
        f"订单 {number} 在 {point} 交货，{which.zh}由此无法推算 {'、'.join(codes)} 的日期",
    )


def turned(number: str, late: Node, early: Node, network: Network) -> Both:
    happened, which = happened_on(number, late.milestone, late.actual), _which(network)
    return Both(
        f"{happened}, after {early.milestone} on {early.actual}, and in {which} it comes before that",
        f"{happened.zh}，晚于 {early.milestone}（{early.actual}），而{which.zh}中前者在先",
    )


def _lacking(fact: Both, network: Network) -> Both:
    which = _which(network)
    return Both(f"{fact}, and {which} has no such milestone", f"{fact.zh}，而{which.zh}没有该节点")


def _which(network: Network) -> Both:
    revision, template = network.revision, network.template.code
    return Both(f"revision {revision} of template {template}", f"模板 {template} 第 {revision} 版")
