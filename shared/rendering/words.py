"""Dates, quantities and foreign text as they stand in a letter."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

from shared.contracts.text import Language

_LOCALES: dict[Language, str] = {"en": "en_GB", "zh-CN": "zh_Hans_CN"}
_DAYS: dict[Language, str] = {"en": "EEE d MMMM y", "zh-CN": "y年M月d日(E)"}
_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_SPACES = re.compile(r"\s+")
_BETWEEN_HAN = {
    re.compile(rf"(?<=[\u4e00-\u9fff]){re.escape(half)}(?=[\u4e00-\u9fff]|$)"): full
    for half, full in {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}.items()
}


@lru_cache(maxsize=1024)
def in_words(day: date, language: Language) -> str:
    """`Mon 16 March 2026`, `2026年3月16日(周一)`."""
    return format_date(day, _DAYS[language], locale=_LOCALES[language])


@lru_cache(maxsize=1024)
def quantity(amount: Decimal, language: Language) -> str:
    """Grouped by thousands, without needless zeros: `1,200`, `0.5`."""
    return format_decimal(amount.normalize(), format="#,##0.######", locale=_LOCALES[language])


def one_line(text: str) -> str:
    """The text on one line, without control and direction characters: safe in a header."""
    if text.isprintable():  # as nearly always: of all that has to go there can only be spaces
        return " ".join(text.split())
    return _SPACES.sub(" ", _visible(_BREAKS.sub(" ", text))).strip()


def lines(text: str) -> str:
    """The text with its line breaks, without control and direction characters."""
    return "\n".join(one_line(line) for line in text.splitlines()).strip()


def shorter(text: str, most: int) -> str:
    """At most `most` characters, cut at a word where there is one near."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > most * 2 // 3 else cut).rstrip(" ,;:-") + "…"


def han_punctuation(text: str) -> str:
    """Commas and the like between Chinese characters at full width, as Chinese is printed."""
    for half, full in _BETWEEN_HAN.items():
        text = half.sub(full, text)
    return text


def _visible(text: str) -> str:
    return "".join(" " if c == "\t" else c for c in text if c == "\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
