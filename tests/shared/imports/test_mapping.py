"""Mapping documents and cells: the column decides, text is a note, NA is a country."""

import locale
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.contracts.text import Both
from shared.imports import dates
from shared.imports.fields import MISSING, SURPLUS, Field, Reader, check_mapping
from shared.imports.mapping import MappingDocument, NoteColumn
from shared.imports.rows import Fault, Note, Refused, Values
from shared.imports.table import Row
from shared.imports.text import Unreadable
from shared.problems import Invalid

NEGATIVE = Both("must not be negative", "不得为负数")
FIELDS = (
    Field("order", required=True, longest=10),
    Field("day", "date"),
    Field("amount", "number", check=lambda value: NEGATIVE if value < 0 else None),
    Field("country"),
)


def document(**changes: Any) -> MappingDocument:
    columns = {
        "order": {"source": "PO"},
        "day": {"source": "Day", "dates": ["%m/%d/%Y", "%m-%d-%Y"]},
        "amount": {"source": "Amount"},
        "country": {"source": "Country", "values": {"Namibia": "NA", "Nowhere": ""}},
    }
    for name, change in changes.pop("columns", {}).items():
        columns[name] = columns.get(name, {}) | change
    return MappingDocument.model_validate({"columns": columns, "empty": ["N/A", "NA"]} | changes)


def read(cells: tuple[str | date, ...], **changes: Any) -> Values | Refused:
    return Reader(document(**changes), FIELDS, ("PO", "Day", "Amount", "Country")).read(Row(7, cells))


def values(cells: tuple[str | date, ...], **changes: Any) -> dict[str, Any]:
    found = read(cells, **changes)
    assert isinstance(found, Values), found
    return dict(found.values)


def fault(cells: tuple[str | date, ...], **changes: Any) -> Fault:
    found = read(cells, **changes)
    assert isinstance(found, Refused)
    assert len(found.faults) == 1
    return found.faults[0]


def test_a_row() -> None:
    assert values(("A1", "05-03-2013", "1,234.50", "Namibia")) == {
        "order": "A1",
        "day": date(2013, 5, 3),
        "amount": Decimal("1234.50"),
        "country": "NA",
    }


def test_what_the_mapping_says_is_final_and_na_in_the_file_is_empty() -> None:
    assert values(("A1", "", "", "Namibia"))["country"] == "NA"
    assert values(("A1", "", "", "N/A"))["country"] is None
    assert values(("A1", "", "", "nowhere"))["country"] is None
    assert values(("A1", "", "", "NAMIBIA "))["country"] == "NA"
    assert fault(("A1", "", "", "Atlantis")) == Fault("Country", "Atlantis", Both("is not among the values of the mapping", ""))
    assert values(("A1", "", "", "Atlantis"), columns={"country": {"otherwise": "keep"}})["country"] == "Atlantis"


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        (("", "", "", ""), "PO", MISSING),
        (("N/A", "", "", ""), "PO", MISSING),
        (("x" * 11, "", "", ""), "PO", "longer than 10"),
        (("a\x00b", "", "", ""), "PO", "control character"),
        (("A1", "#N/A", "", ""), "Day", "error of a formula"),
        (("A1", "13/05/2013", "", ""), "Day", "is not a day written like 12/31/2024 or 12-31-2024"),
        (("A1", "02/30/2013", "", ""), "Day", "is not a day"),
        (("A1", "5/3/13", "", ""), "Day", "is not a day"),
        (("A1", "", "12,34", ""), "Amount", "is not a number"),
        (("A1", "", "1e9", ""), "Amount", "is not a number"),
        (("A1", "", "NaN", ""), "Amount", "is not a number"),
        (("A1", "", "٣", ""), "Amount", "is not a number"),
        (("A1", "", "9" * 30, ""), "Amount", "is not a number"),
        (("A1", "", "-1", ""), "Amount", "must not be negative"),
    ],
)
def test_refused_cells(cells: tuple[str, ...], column: str, reason: str) -> None:
    found = fault(cells)
    assert found.column == column
    assert reason in found.reason


def test_what_the_report_says_of_a_cell_can_be_stored() -> None:
    assert fault(("a\x00b", "", "", "")).value == "a\ufffdb"


def test_a_cell_behind_the_last_column_is_refused_as_its_row_is_shifted() -> None:
    assert fault(("A1", "", "1", "NA", "", "Jersey")) == Fault("column 5", "Jersey", SURPLUS)
    assert values(("A1", "", "1", "NA", "", ""))["amount"] == 1


def test_a_column_that_two_fields_have_is_said_once() -> None:
    changes: dict[str, Any] = {"columns": {"order": {"source": "Day"}}}
    assert [found.column for found in read(("", "soon", "", ""), **changes).faults] == ["Day"]  # type: ignore[union-attr]


def test_a_text_is_read_in_its_one_spelling() -> None:
    reader = Reader(document(), (replace(FIELDS[0], spelled=str.upper), *FIELDS[1:]), ("PO", "Day", "Amount", "Country"))
    assert reader.read(Row(2, ("a1", "", "", ""))).values["order"] == "A1"  # type: ignore[union-attr]


def test_short_rows_read_as_empty() -> None:
    assert values(("A1",))["amount"] is None


def test_text_where_a_value_belongs_is_kept_as_a_note() -> None:
    found = read(("A1", "Date Not Captured", "", ""), columns={"day": {"note": True}})
    assert found == Values(7, {"order": "A1", "day": None, "amount": None, "country": None}, (Note("Day", "Date Not Captured"),))
    assert fault(("A1", "?", "", ""), columns={"day": {"note": True, "required": True}}).reason == MISSING


def test_note_columns_keep_text_and_leave_numbers_out() -> None:
    changes: dict[str, Any] = {"notes": [NoteColumn(source="Amount", only="text").model_dump()], "columns": {"amount": {"note": True}}}
    assert read(("A1", "", "12.5", ""), **changes).notes == ()  # type: ignore[union-attr]
    assert Note("Amount", "See DN-304 (ID#:1)") in read(("A1", "", "See DN-304 (ID#:1)", ""), **changes).notes  # type: ignore[union-attr]


def test_decimal_comma() -> None:
    assert values(("A1", "", "1.234,50", ""), decimal=",")["amount"] == Decimal("1234.50")


def test_typed_dates_of_a_workbook_need_no_format() -> None:
    assert values(("A1", date(2013, 3, 5), "", ""))["day"] == date(2013, 3, 5)


def test_headers_are_compared_without_case_and_spaces_and_alternatives_are_tried() -> None:
    changed = document(columns={"order": {"source": ["Bestellung", " po "]}})
    assert Reader(changed, FIELDS, ("Ｐo", "DAY", "Amount", "Country")).columns["order"] == "Ｐo"


def test_a_file_without_the_columns_names_them_all() -> None:
    with pytest.raises(Unreadable) as refused:
        Reader(document(), FIELDS, ("PO", "Amount", "amount"))
    assert [(error.field, error.reason) for error in refused.value.errors] == [
        ("columns.day", "the file has no column 'Day'"),
        ("columns.amount", "the file has the column 'Amount' 2 times"),
        ("columns.country", "the file has no column 'Country'"),
    ]


def test_a_header_that_stands_twice_and_is_not_asked_for_is_nobodys_business() -> None:
    Reader(document(), FIELDS, ("PO", "Day", "Amount", "Country", "x", "x"))


@pytest.mark.parametrize(
    "column",
    [
        {"source": "x", "dates": ["%d/%m/%Y", "%m/%d/%Y"]},
        {"source": "x", "dates": ["%d-%m-%y", "%y-%m-%d"]},
        {"source": "x", "dates": ["%d.%m."]},
        {"source": "x", "dates": ["%d.%m.%Y %d"]},
        {"source": "x", "dates": ["%x %d %m %Y"]},
        {"source": "x", "dates": ["%d.%m.%Y%"]},
        {"source": []},
        {"source": " "},
        {"sauce": "x"},
    ],
)
def test_documents_that_cannot_be(column: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MappingDocument.model_validate({"columns": {"day": column}})


def test_documents_that_do_not_fit_the_fields() -> None:
    wrong = MappingDocument.model_validate(
        {
            "columns": {"day": {"source": "a"}, "country": {"source": "b", "dates": ["%Y-%m-%d"]}, "x": {"source": "c"}},
            "constants": {"amount": "1"},
        }
    )
    with pytest.raises(Invalid) as refused:
        check_mapping(wrong, FIELDS)
    assert {error.field for error in refused.value.errors} == {
        "columns.x",
        "columns.order",
        "columns.day.dates",
        "columns.country.dates",
        "constants.amount",
    }


@given(st.dates(date(1969, 1, 1), date(2068, 12, 31)))
def test_dates_are_read_as_written(day: date) -> None:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    assert dates.reader(("%d-%b-%y",))(f"{day.day:02d}-{months[day.month - 1]}-{day.year % 100:02d}") == day
    assert dates.reader(("%m/%d/%Y",))(f"{day.month}/{day.day}/{day.year}") == day
    assert dates.reader(("%Y年%m月%d日",))(f"{day.year}年{day.month}月{day.day}日") == day


def test_month_names_do_not_depend_on_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    locale.setlocale(locale.LC_TIME, "C")
    assert dates.reader(("%d %B %Y",))("2 february 2013") == date(2013, 2, 2)
