"""The currencies of ISO 4217, and how small an amount of each can be."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from shared.contracts.text import Both

_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU
CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD
JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XDR XOF XPF XSU XUA YER ZAR ZMW ZWG
"""
_WITHDRAWN = "ANG BGN BYR CUC HRK LTL MRO SLL STD VEF ZWL"
"""Since 2015, of which orders of the past are."""
CURRENCIES = frozenset([*_CODES.split(), *_WITHDRAWN.split()])
"""Without metals, bonds, and the codes for tests and for none."""
NO_CURRENCY = Both("is not a currency code of ISO 4217, like USD", "须为 ISO 4217 货币代码，如 USD")

_WHOLE = ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"]
_THOUSANDTHS = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
MINOR_DIGITS: Mapping[str, int] = {**dict.fromkeys(_WHOLE, 0), **dict.fromkeys(_THOUSANDTHS, 3), "CLF": 4, "UYW": 4}
"""Digits behind the decimal mark, of the currencies that have not two."""


def unlisted(currency: str) -> Both | None:
    """Why that is no currency."""
    return None if currency in CURRENCIES else NO_CURRENCY


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
