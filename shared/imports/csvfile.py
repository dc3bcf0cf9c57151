"""Reading CSV: any line ending, quoted line breaks, delimiter given or seen in the header."""

import csv
import io
import itertools
from collections.abc import Iterator
from typing import Literal, get_args

from shared.contracts.text import Both
from shared.imports.limits import LIMITS, Limits
from shared.imports.table import Row, Table
from shared.imports.text import EMPTY, Charset, Unreadable, decode

Delimiter = Literal[",", ";", "\t"]
DELIMITERS: tuple[Delimiter, ...] = get_args(Delimiter)

_HEAD_CHARS = 64 * 1024


def read_csv(content: bytes, *, charset: Charset | None = None, delimiter: Delimiter | None = None, limits: Limits = LIMITS) -> Table:
    """The table in `content`. Raises Unreadable, also while its rows are being read."""
    text, read_as = decode(content, charset)
    records = _records(text, delimiter or sniff(text[:_HEAD_CHARS]), limits)
    head = next(records, None)
    if head is None:
        raise Unreadable(EMPTY)
    header = tuple(str(cell) for cell in head.cells)
    if len(header) > limits.columns:
        raise Unreadable(
            Both(
                f"the header has {len(header)} columns, {limits.columns} are the most", f"表头有 {len(header)} 列，最多 {limits.columns} 列"
            )
        )
    return Table(header=header, rows=_bounded(records, limits), format="csv", charset=read_as)


def sniff(head: str) -> Delimiter:
    """The delimiter that parts the first record into the most cells; the comma when none parts it."""

    def width(delimiter: Delimiter) -> int:
        try:
            return max((len(record) for record in itertools.islice(_reader(head, delimiter), 1)), default=0)
        except csv.Error:
            return 0

    return max(DELIMITERS, key=width)


def _reader(text: str, delimiter: Delimiter) -> Iterator[list[str]]:
    # newline="" hands every kind of line break on to the csv reader, which knows which of them are quoted
    # strict: a quote that is never closed would take the rows behind it into its cell
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _records(text: str, delimiter: Delimiter, limits: Limits) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first = 1
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise Unreadable(
                Both(
                    f"line {first}: a quote is not closed, or text stands behind a closed one ({error})",
                    f"第 {first} 行：引号未闭合，或闭合的引号后还有文字",
                )
            ) from None
        if record is None:
            return
        cells = tuple(map(str.strip, record))
        if any(cells):
            if max(map(len, cells)) > limits.cell_chars:
                raise Unreadable(
                    Both(
                        f"line {first}: a cell is longer than {limits.cell_chars} characters; is a quote not closed?",
                        f"第 {first} 行：单元格超过 {limits.cell_chars} 个字符，是否有引号未闭合？",
                    )
                )
            yield Row(first, cells)
        first = reader.line_num + 1


def _bounded(records: Iterator[Row], limits: Limits) -> Iterator[Row]:
    for count, row in enumerate(records, start=1):
        if count > limits.rows:
            raise Unreadable(Both(f"the file has more than {limits.rows} rows; send it in parts", f"文件超过 {limits.rows} 行，请分批发送"))
        if len(row.cells) > limits.columns:
            raise Unreadable(
                Both(
                    f"line {row.line}: {len(row.cells)} columns, {limits.columns} are the most",
                    f"第 {row.line} 行：有 {len(row.cells)} 列，最多 {limits.columns} 列",
                )
            )
        yield row
