"""What is said where an order, a shipment, a leg or a milestone cannot be what was meant, in both languages."""

from datetime import date

from shared.contracts.text import Both


def no_order(number: str) -> Both:
    return Both(f"there is no order {number}", f"没有订单 {number}")


def no_shipment(number: str) -> Both:
    return Both(f"there is no shipment {number}", f"没有出运批次 {number}")


def no_milestone(number: str, milestone: str, has: str) -> Both:
    return Both(
        f"the plan of order {number} has no milestone {milestone}; it has {has}", f"订单 {number} 的计划没有节点 {milestone}，现有：{has}"
    )


def no_line(number: str, shipment: str | None) -> Both:
    return Both(
        f"no line of order {number} travels in shipment {shipment or '(none yet)'}",
        f"订单 {number} 没有随出运批次 {shipment or '（尚未安排）'} 运输的货物",
    )


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


def cancelled(number: str) -> Both:
    return Both(f"order {number} is cancelled", f"订单 {number} 已取消")
