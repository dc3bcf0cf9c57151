"""What is said where an order, a line, a shipment, a leg or a milestone cannot be what was meant, in both languages."""

from collections.abc import Iterable
from datetime import date

from shared.contracts.text import Both

NO_SHIPMENT = ("(none yet)", "（尚未安排）")
"""What stands for the number of the shipment of goods that are in none."""
_OVER = {"open": "进行中", "completed": "已完成", "cancelled": "已取消"}


def no_order(number: str) -> Both:
    return Both(f"there is no order {number}", f"没有订单 {number}")


def no_shipment(number: str) -> Both:
    return Both(f"there is no shipment {number}", f"没有出运批次 {number}")


def no_milestone(number: str, milestone: str, has: Iterable[str]) -> Both:
    codes = list(has)
    return Both(
        f"the plan of order {number} has no milestone {milestone}; it has {', '.join(codes)}",
        f"订单 {number} 的计划没有节点 {milestone}，现有：{'、'.join(codes)}",
    )


def no_line(number: str, shipment: str | None) -> Both:
    english, chinese = (shipment, shipment) if shipment else NO_SHIPMENT
    return Both(f"no line of order {number} travels in shipment {english}", f"订单 {number} 没有随出运批次 {chinese} 运输的货物")


def unknown_line(number: str, line: str) -> Both:
    return Both(f"order {number} has no line {line}", f"订单 {number} 没有订单行 {line}")


def gone_line(number: str, line: str) -> Both:
    return Both(f"order {number} has no line {line}, or it is cancelled", f"订单 {number} 没有订单行 {line}，或该行已取消")


def twice(line: str) -> Both:
    return Both(f"line {line} is given twice", f"订单行 {line} 重复填写")


def delivered_on(number: str, line: str, day: date) -> Both:
    return Both(f"line {line} of order {number} was delivered on {day}", f"订单 {number} 的订单行 {line} 已于 {day} 交货")


def happened_on(number: str, milestone: str, day: date | None) -> Both:
    return Both(f"{milestone} of order {number} happened on {day}", f"订单 {number} 的 {milestone} 已于 {day} 完成")


def happened_in(number: str, milestone: str, shipment: str | None, day: date | None) -> Both:
    english, chinese = (shipment, shipment) if shipment else NO_SHIPMENT
    return Both(
        f"{milestone} of order {number} in shipment {english} happened on {day}",
        f"订单 {number} 在出运批次 {chinese} 中的 {milestone} 已于 {day} 完成",
    )


def placed(number: str, day: date | None) -> Both:
    return Both(f"order {number} was placed on {day}", f"订单 {number} 于 {day} 下单")


def due_first(placed: Both, day: date) -> Both:
    return Both(f"{placed}: nothing of it was due on {day}", f"{placed.zh}，{day} 不可能到期")


def several_legs(number: str, milestone: str, shipments: list[str | None]) -> Both:
    return Both(
        f"order {number} has {milestone} in several shipments, name one: {', '.join(one or '(none yet: null)' for one in shipments)}",
        f"订单 {number} 的 {milestone} 涉及多个出运批次，请指明其一：{'、'.join(one or '尚未安排（null）' for one in shipments)}",
    )


def nowhere(shipment: str | None, milestone: str) -> Both:
    english, chinese = (f"shipment {shipment}", f"出运批次 {shipment} ") if shipment else ("the order", "订单")
    return Both(f"no plan of {english} has the milestone {milestone}", f"{chinese}的计划没有节点 {milestone}")


def empty(shipment: str) -> Both:
    return Both(f"nothing travels in shipment {shipment}", f"出运批次 {shipment} 中没有货物")


def too_early(day: date, before: str, number: str, expected: date) -> Both:
    return Both(
        f"{day} is before {before}, which order {number} expects on {expected}",
        f"{day} 早于前置节点 {before}，订单 {number} 的该节点预计 {expected} 完成",
    )


def over(number: str, status: str) -> Both:
    return Both(f"order {number} is {status}", f"订单 {number} {_OVER[status]}")
