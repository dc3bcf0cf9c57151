"""Quantities and amounts as people write them."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator


def plain(number: Decimal) -> Decimal:
    """The same number without an exponent: 10000 comes from the database as 1E+4, and would be shown so."""
    return Decimal(f"{number:f}")


Plain = Annotated[Decimal, AfterValidator(plain)]
"""What is told may have been read from the database."""
