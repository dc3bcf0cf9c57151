"""CSV: no cell becomes a formula, numbers stay numbers."""

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.exports import domain
from services.reporting.reports.domain import Column, cell

TEXT = Column("text", "text", "Text", "文本")
RATE = Column("rate", "rate", "Rate", "比率")
NUMBER = Column("days", "integer", "Days", "天数")


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u3000="])
def test_no_cell_starts_a_formula(start: str) -> None:
    assert read(domain.line([TEXT], [f'{start}cmd|"/c calc"!A1'])) == [[f'\'{start}cmd|"/c calc"!A1']]


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_text_survives_quoting(texts: list[str]) -> None:
    columns = [TEXT] * len(texts)
    (row,) = read(domain.header(columns, "zh-CN") + domain.line(columns, texts))[1:]
    assert [found.removeprefix("'") for found in row] == [text.removeprefix("'") for text in texts]


def test_header_has_a_byte_order_mark_and_titles_of_the_language() -> None:
    assert domain.header([TEXT, RATE], "zh-CN") == b'\xef\xbb\xbf"\xe6\x96\x87\xe6\x9c\xac","\xe6\xaf\x94\xe7\x8e\x87"\r\n'


def test_values_are_written_as_data() -> None:
    values = [-3, Decimal("0.885122"), None, True, date(2026, 3, 1)]
    assert domain.line([NUMBER, RATE, TEXT, TEXT, TEXT], values) == b'"-3","88.5122%","","true","2026-03-01"\r\n'


def test_a_time_is_one_that_a_spreadsheet_knows() -> None:
    when = Column("logged_at", "time", "Logged at", "登记时间")
    shanghai = datetime(2026, 3, 1, 9, 30, 5, 250000, tzinfo=timezone(timedelta(hours=8)))
    assert read(domain.header([when], "en") + domain.line([when], [shanghai])) == [["Logged at (UTC)"], ["2026-03-01 01:30:05"]]


def test_cells_of_json_lose_no_digit() -> None:
    assert cell(RATE, Decimal("0.5")) == "0.500000"
    assert cell(NUMBER, Decimal("12")) == 12
    assert cell(TEXT, datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01T00:00:00+00:00"
    assert cell(Column("d", "decimal", "d", "d"), Decimal("1E+2")) == "100"
    assert cell(TEXT, None) is None
