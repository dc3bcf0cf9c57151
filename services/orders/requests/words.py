"""What is said where a customer's request for another day cannot be, or be answered so, in both languages."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from shared.contracts.text import Both


def no_request(order: str) -> Both:
    return Both(f"order {order} has no such request", f"订单 {order} 没有此改期要求")


def no_contact(order: str) -> Both:
    return Both(f"the customer of order {order} has no such contact", f"订单 {order} 的客户没有此联系人")


def asked_first(placed: Both, day: date) -> Both:
    return Both(f"{placed}: nothing was asked of it on {day}", f"{placed.zh}，{day} 不可能就其要求改期")


def promised(order: str, day: date) -> Both:
    return Both(f"{day} is promised already, or nothing of order {order} is open", f"已承诺 {day}，或订单 {order} 没有未交的货物")


def waits(approvals: Collection[UUID]) -> Both:
    numbers = list(map(str, approvals))
    return Both(f"approval {', '.join(numbers)} has to be refused or withdrawn first", f"须先否决或撤回审批 {'、'.join(numbers)}")


def over(order: str) -> Both:
    return Both(f"no line of order {order} waits for an answer to it", f"订单 {order} 没有待答复此改期要求的订单行")
