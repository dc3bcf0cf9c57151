"""Dates as a column writes them: a `strptime`-like format that means the same on every machine, whatever its locale.

Directives: %d day, %m month, %Y year of four digits, %y of two (69-99 are 1969-1999), %b or %B the English month's name, %H:%M:%S
and %f, which are read over. Anything else stands for itself, so `%Y年%m月%d日` is a format too.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from shared.contracts.text import Both

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_MONTH = {name[:3]: number for number, name in enumerate(_MONTHS, start=1)} | {name: number for number, name in enumerate(_MONTHS, start=1)}
_NAME = "|".join(sorted(_MONTH, key=len, reverse=True))
_DIRECTIVES = {
    "d": r"(?P<d>\d{1,2})",
    "m": r"(?P<m>\d{1,2})",
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "b": rf"(?P<b>{_NAME})",
    "B": rf"(?P<b>{_NAME})",
    "H": r"\d{1,2}",
    "M": r"\d{2}",
    "S": r"\d{2}",
    "f": r"\d{1,6}",
    "%": "%",
}
_PART = re.compile(r"%(.)|([^%]+)", re.DOTALL)


@lru_cache(maxsize=256)
def compiled(format: str) -> re.Pattern[str]:
    """The expression that a date in `format` matches. Raises ValueError when the format does not name one day."""
    parts = [(found[1], found[2]) for found in _PART.finditer(format)]
    names = [directive for directive, _ in parts if directive]
    unknown = [name for name in names if name not in _DIRECTIVES]
    if unknown or "".join(f"%{d}" if d else text for d, text in parts) != format:
        directive = f"%{unknown[0] if unknown else ''}"
        raise ValueError(
            Both(
                f"{directive} is not a directive of date formats; use %d %m %Y %y %b %B %H %M %S %f",
                f"{directive} 不是日期格式符，可用：%d %m %Y %y %b %B %H %M %S %f",
            )
        )
    if names.count("d") != 1 or sum(names.count(n) for n in "mbB") != 1 or sum(names.count(n) for n in "Yy") != 1:
        raise ValueError(
            Both(
                f"the date format {format!r} must name the day, the month and the year, each once",
                f"日期格式 {format!r} 须含日、月、年各一次",
            )
        )
    return re.compile("".join(_DIRECTIVES[d] if d else re.escape(text) for d, text in parts), re.IGNORECASE)


def example(format: str) -> str:
    """The last day of 2024 in `format`, for people: `31/12/2024`."""
    parts = {"d": "31", "m": "12", "Y": "2024", "y": "24", "b": "Dec", "B": "December", "H": "00", "M": "00", "S": "00", "f": "0"}
    return _PART.sub(lambda found: parts.get(found[1], found[1]) if found[1] else found[2], format)


def shape(format: str) -> str:
    """What a date in `format` looks like: two formats of one shape cannot both stand for a column, as the cell would decide."""
    looks = {"d": "#", "m": "#", "y": "#", "Y": "####", "b": "name", "B": "name"}
    return _PART.sub(lambda found: looks.get(found[1], "") if found[1] else found[2], format)


def reader(formats: tuple[str, ...]) -> Callable[[str], date | None]:
    """A function from a cell's text to its date by the first format that fits; None when none does, or there is no such day."""
    expressions = [compiled(format) for format in formats]

    @lru_cache(maxsize=4096)
    def read(text: str) -> date | None:
        for expression in expressions:
            if (found := expression.fullmatch(text)) and (day := _day(found.groupdict())) is not None:
                return day
        return None

    return read


def _day(parts: dict[str, str]) -> date | None:
    short = int(parts.get("y", 0))
    year = int(parts["Y"]) if "Y" in parts else short + (1900 if short >= 69 else 2000)
    month = _MONTH[parts["b"].lower()] if "b" in parts else int(parts["m"])
    try:
        return date(year, month, int(parts["d"]))
    except ValueError:
        return None
