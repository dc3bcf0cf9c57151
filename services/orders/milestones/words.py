"""What is said where a milestone cannot have happened, or not by whoever says so, in both languages."""

from datetime import date

from services.orders.planning.obstacles import Failed
from services.orders.planning.words import NO_SHIPMENT
from shared.contracts.inspections import INSPECTIONS
from shared.contracts.text import Both


def not_his(number: str, milestone: str, department: str | None) -> Both:
    if department is None:
        return Both(f"{milestone} of order {number} is not yours", f"订单 {number} 的 {milestone} 不由您负责")
    return Both(
        f"{milestone} of order {number} is not the work of the department {department}",
        f"订单 {number} 的 {milestone} 不由 {department} 部门负责",
    )


def nobody_has(milestone: str) -> Both:
    return Both(
        f"this is the work of who answers for {milestone}, which no order here has",
        f"此事由 {milestone} 的负责人办理，而所涉订单均没有该节点",
    )


def work_of(department: str) -> Both:
    return Both(f"this is the work of the department {department}", f"此事由 {department} 部门办理")


def left_to_people(number: str, milestone: str) -> Both:
    return Both(
        f"order {number} is delivered at {milestone}: record it when it is", f"{milestone} 是订单 {number} 的交货节点，请在交货后登记"
    )


def delivered_elsewhere(point: str, milestone: str) -> Both:
    return Both(f"lines are delivered at {point}, not at {milestone}", f"订单行在 {point} 交货，而非 {milestone}")


def not_in(number: str, shipment: str | None, line: str) -> Both:
    english, chinese = (shipment, shipment) if shipment else NO_SHIPMENT
    return Both(f"shipment {english} of order {number} has no line {line}", f"订单 {number} 在出运批次 {chinese} 中没有订单行 {line}")


def too_early(happened: Both, milestone: str, day: date) -> Both:
    """Of one that comes after what has happened."""
    return Both(
        f"{happened}: {milestone}, which comes after it, cannot have happened on {day}",
        f"{happened.zh}，其后的 {milestone} 不可能在 {day} 完成",
    )


def too_late(happened: Both, milestone: str, day: date) -> Both:
    """Of one that comes before what has happened."""
    return Both(
        f"{happened}: {milestone}, which comes before it, cannot have happened on {day}",
        f"{happened.zh}，其前置节点 {milestone} 不可能在 {day} 完成",
    )


def before_the_order(placed: Both, milestone: str, day: date) -> Both:
    return Both(f"{placed}: {milestone} cannot have happened on {day}", f"{placed.zh}，{milestone} 不可能在 {day} 完成")


def gate_unmet(number: str, milestone: str, gate: str, department: str) -> Both:
    return Both(
        f"{milestone} of order {number} waits for {gate}, which {department} has not met yet",
        f"订单 {number} 的 {milestone} 须待 {gate} 放行，{department} 部门尚未完成",
    )


def not_passed(number: str, milestone: str, failed: Failed) -> Both:
    name = INSPECTIONS[failed.type]
    english, chinese = (f"inspection of {failed.milestone}", f"{failed.milestone} 验货") if failed.milestone else (name.en, name.zh_cn)
    return Both(
        f"{milestone} of order {number} waits for the {english}, which failed: repeat or waive it",
        f"{chinese}不合格，订单 {number} 的 {milestone} 不能进行，请复验或让步放行",
    )


def held_by_customs(number: str, milestone: str, entry: str) -> Both:
    return Both(
        f"{milestone} of order {number} waits for customs, which holds the goods of entry {entry}: say when it is released",
        f"报关单 {entry} 的货物被海关扣留，订单 {number} 的 {milestone} 不能进行，放行后请登记",
    )


def reached(shipment: str, milestone: str, day: date) -> Both:
    return Both(f"{milestone} of shipment {shipment} happened on {day}", f"出运批次 {shipment} 的 {milestone} 已于 {day} 完成")
