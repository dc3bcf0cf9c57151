"""What is said where a shipment, its lines or its schedule cannot be so, in both languages."""

from datetime import date

from services.orders.planning.words import happened_in
from shared.contracts.shipments import Transport
from shared.contracts.text import Both

IMO = Both("is not an IMO number: seven digits, as in 9321483", "须为 IMO 编号：七位数字，如 9321483")
IMO_SLIP = Both("is not an IMO number: its last digit does not fit the others", "不是有效的 IMO 编号：末位与前六位不符")
CONTAINER = Both(
    "is not a container number: four letters, the fourth U, J or Z, and seven digits, as in CSNU6012349; "
    "leave the containers out where one bears another",
    "不是集装箱号：四位字母（末位为 U、J 或 Z）加七位数字，如 CSNU6012349；如箱上另有编号，请勿填写集装箱",
)
CONTAINER_SLIP = Both("is not a container number: its last digit does not fit the others", "不是有效的集装箱号：末位校验码不符")
TWICE = Both("this container is given twice", "该集装箱重复填写")


def exists(number: str) -> Both:
    return Both(f"shipment {number} exists", f"出运批次 {number} 已存在")


def no_contact(number: str) -> Both:
    return Both(f"no customer of shipment {number} has such a contact", f"出运批次 {number} 的客户都没有此联系人")


def before_departure(eta: date, departed: date) -> Both:
    return Both(f"{eta} lies before the departure on {departed}", f"{eta} 早于离港日 {departed}")


def before_expected_departure(eta: date, expected: date) -> Both:
    return Both(f"{eta} lies before the departure, which is expected on {expected}", f"{eta} 早于预计离港日 {expected}")


def same_sailing(known: Transport) -> Both:
    return Both(
        f"it travels with {known.vessel} {known.voyage} already: say its days as the schedule",
        f"该批次已由 {known.vessel} {known.voyage} 承运，其日期请在船期中填写",
    )


def split_from_itself(number: str) -> Both:
    return Both(f"shipment {number} cannot be split from itself", f"出运批次 {number} 不能拆分到自身")


def merged_into_itself(number: str) -> Both:
    return Both(f"shipment {number} cannot be merged into itself", f"出运批次 {number} 不能并入自身")


def nothing_to_merge(number: str) -> Both:
    return Both(f"nothing that is still to be delivered travels in shipment {number}", f"出运批次 {number} 中没有待交的货物")


def left(number: str) -> Both:
    return Both(f"shipment {number} has left", f"出运批次 {number} 已发运")


def left_without(number: str | None) -> Both:
    return Both(f"shipment {number} has left: what is not on its way cannot join it", f"出运批次 {number} 已发运，尚未发运的货物不能并入")


def not_to_those(number: str, milestone: str, shipment: str | None, day: date) -> Both:
    happened = happened_in(number, milestone, shipment, day)
    return Both(f"{happened}, not to lines that would join", f"{happened.zh}，拟并入的订单行则未完成")


def enter_elsewhere(why: Both) -> Both:
    return Both(
        f"{why}; enter the goods into another shipment, or as an order of their own", f"{why.zh}；请将货物录入其他出运批次，或另建订单"
    )


def enter_as_left(why: Both) -> Both:
    return Both(
        f"{why}; name another shipment, or say under actuals when these goods left",
        f"{why.zh}；请改填其他出运批次，或在 actuals 中填写这些货物的发运日期",
    )


def both_delayed(number: str, milestone: str) -> Both:
    return Both(
        f"{milestone} of order {number} has an open delay on both sides: close or retract one of them first",
        f"订单 {number} 的 {milestone} 在两个批次中均有未结束的延误，请先结束或撤销其一",
    )


def moved_meanwhile(number: str) -> Both:
    return Both(
        f"lines of order {number} changed their shipments at the same moment: look again", f"订单 {number} 的出运批次刚有变动，请重新查看"
    )


def not_inside(number: str, line: str, shipment: str) -> Both:
    return Both(
        f"line {line} of order {number} does not travel in shipment {shipment}", f"订单 {number} 的订单行 {line} 不在出运批次 {shipment} 中"
    )
