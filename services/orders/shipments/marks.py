"""The numbers that vessels and containers bear: each ends with a digit by which a slip in the others is found. Pure."""

import re
from string import ascii_uppercase

from services.orders.shipments import words
from shared.contracts.text import Shape

OF_A_CONTAINER = Shape(r"^[A-Z]{3}[UJZ][0-9]{7}$", words.CONTAINER)
"""As ISO 6346 has it."""
_CHECKED = re.compile(r"[A-Z]{4}[0-9]{7}")
"""Swap bodies and trailers have a fourth letter of their own, and the same last digit: EN 13044."""
_VALUES = dict(zip(ascii_uppercase, (value for value in range(10, 39) if value % 11), strict=True))


def imo(number: str) -> str:
    """ValueError where seven digits are no IMO number."""
    digits = [int(digit) for digit in number]
    if sum(weight * digit for weight, digit in zip(range(7, 1, -1), digits, strict=False)) % 10 != digits[6]:
        raise ValueError(words.IMO_SLIP)
    return number


def container(number: str) -> str:
    """ValueError where the number has the form of a container's, whatever its fourth letter, and its last digit does not fit the others."""
    if _CHECKED.fullmatch(number):
        values = [_VALUES.get(sign) or int(sign) for sign in number[:-1]]
        if sum(value << place for place, value in enumerate(values)) % 11 % 10 != int(number[-1]):
            raise ValueError(words.CONTAINER_SLIP)
    return number
