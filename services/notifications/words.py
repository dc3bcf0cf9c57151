"""What is said where what is asked for is not there, in both languages."""

from shared.contracts.text import Both


def no_order(number: str) -> Both:
    return Both(f"there is no order {number}", f"没有订单 {number}")
