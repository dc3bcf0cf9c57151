"""CSV that a spreadsheet reads as data, never as formulas. UTF-8 with a byte order mark, every cell quoted, lines end with CR LF."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.reporting.reports.domain import Column

BOM = "\ufeff".encode()
CHUNK = 64 * 1024
CONTENT_TYPE = "text/csv; charset=utf-8"
# What a spreadsheet may take for the beginning of a formula, full-width forms included.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def header(columns: Sequence[Column], language: Any) -> bytes:
    return BOM + _line([f"{column.title(language)} (UTC)" if column.kind == "time" else column.title(language) for column in columns])


def line(columns: Sequence[Column], values: Sequence[Any]) -> bytes:
    return _line([_written(column, value) for column, value in zip(columns, values, strict=True)])


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would see a formula, also behind spaces."""
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_STARTS) or text.startswith(_STARTS) else text


def _line(cells: Sequence[str]) -> bytes:
    return (",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n").encode()


def _written(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if column.kind == "rate":
        return f"{Decimal(value) * 100:.4f}%"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        # With an offset or fractions a spreadsheet takes it for text, which neither sorts nor counts as a time.
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return guarded(" ".join(str(part) for part in value))
    return guarded(str(value))
