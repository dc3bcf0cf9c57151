"""What is said where a line cannot be split, or not be joined again, in both languages."""

from datetime import date
from decimal import Decimal

from shared.contracts.text import Both


def joined(number: str, part: str, line: str) -> Both:
    return Both(
        f"line {part} of order {number} was joined to line {line}: a new part has another number",
        f"订单 {number} 的订单行 {part} 已并入订单行 {line}，新拆分的行请另取行号",
    )


def exists(number: str, line: str) -> Both:
    return Both(f"order {number} has a line {line} already", f"订单 {number} 已有订单行 {line}")


def too_much(number: str, line: str, quantity: Decimal, uom: str) -> Both:
    return Both(
        f"line {line} of order {number} has {quantity} {uom}: less must go into a part; a whole line is moved",
        f"订单 {number} 的订单行 {line} 共 {quantity} {uom}，拆出的数量须小于此数；整行请直接改出运批次",
    )


def too_many_made(quantity: Decimal, uom: str) -> Both:
    return Both(f"{quantity} {uom} go into the part: no more of them can be made", f"拆出 {quantity} {uom}，其中已生产的数量不得超过此数")


def too_many_in_stock(quantity: Decimal, uom: str) -> Both:
    return Both(f"{quantity} {uom} go into the part: no more of them can be in stock", f"拆出 {quantity} {uom}，其中库存的数量不得超过此数")


def not_of(number: str, part: str, line: str) -> Both:
    return Both(
        f"line {part} of order {number} was not split from line {line}, nor from what that was split from",
        f"订单 {number} 的订单行 {part} 并非拆自订单行 {line}，也非与其拆自同一行",
    )


def promised(line: str, day: date, part: str, other: date) -> Both:
    return Both(f"line {line} is promised for {day}, line {part} for {other}", f"订单行 {line} 的交期为 {day}，订单行 {part} 为 {other}")


def waits(line: str) -> Both:
    return Both(f"decide on the new promise of line {line} first, or withdraw it", f"请先审批或撤回订单行 {line} 的新交期")


def apart(kind: str, what: str | None, part: str) -> Both:
    """What is said of a part or its line alone: `what` is the code, number or day of it."""
    match kind:
        case "production":
            stages = (what or "").split(", ")
            return Both(f"production is reported of one without the other: {what}", f"只有其中一行报过工：{'、'.join(stages)}")
        case "inspection":
            return Both(f"the inspection of {what} is of one without the other", f"{what} 的验货只涉及其中一行")
        case "customs":
            return Both(f"customs entry {what} is of one without the other", f"报关单 {what} 只涉及其中一行")
        case "material":
            return Both(f"material {what} is for line {part} alone", f"物料 {what} 只用于订单行 {part}")
        case "clause":
            return Both(f"clause {what} is of line {part} alone", f"条款 {what} 只涉及订单行 {part}")
        case _:
            return Both("the customer waits for an answer about one without the other", "客户的改期要求待答复，且只涉及其中一行")
