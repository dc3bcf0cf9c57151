"""What is said where a check of stock cannot be so, in both languages."""

from datetime import date
from decimal import Decimal

from shared.contracts.text import Both

ON_HOLD = Both("quality cannot hold more than is there", "质量冻结数量不得大于现有数量")


def checked(line: str, day: date) -> Both:
    return Both(f"line {line} was checked on {day}, which counts", f"订单行 {line} 已有 {day} 的盘点，以其为准")


def short(line: str, quantity: Decimal, uom: str) -> Both:
    return Both(f"line {line} is short by {quantity} {uom}: it cannot be ready", f"订单行 {line} 短缺 {quantity} {uom}，不能登记为齐备")


def not_here(gone: Both) -> Both:
    return Both(f"{gone}: the stock of what has left is not checked any more", f"{gone.zh}，已离库的货物不再盘点")


def not_one(order: str, line: str) -> Both:
    return Both(f"line {line} is not one of order {order}", f"订单行 {line} 不属于订单 {order}")
