"""How small an amount of a currency can be, by ISO 4217."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from shared.contracts.text import Both

_WHOLE = ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"]
_THOUSANDTHS = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
MINOR_DIGITS: Mapping[str, int] = {**dict.fromkeys(_WHOLE, 0), **dict.fromkeys(_THOUSANDTHS, 3), "CLF": 4, "UYW": 4}
"""Digits behind the decimal mark, of the currencies that have not two."""


def too_fine(amount: Decimal, currency: str) -> Both | None:
    """Why that cannot be an amount of the currency: it is no number of whole minor units."""
    if amount == rounded(amount, currency):
        return None
    digits = MINOR_DIGITS.get(currency, 2)
    return Both(
        f"{amount} has more decimals than {currency}, which has {digits or 'none'}", f"{amount} 的小数位数超过 {currency} 的 {digits} 位"
    )


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units of the currency, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-MINOR_DIGITS.get(currency, 2)), ROUND_HALF_UP)
