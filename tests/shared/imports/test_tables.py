"""Reading files: encodings, line endings, delimiters, workbooks, and what is refused."""

import contextlib
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from shared.imports.csvfile import read_csv
from shared.imports.limits import Limits
from shared.imports.mapping import Column, MappingDocument
from shared.imports.reading import read_table
from shared.imports.table import Row
from shared.imports.text import Unreadable, decode
from shared.imports.workbook import read_xlsx

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = MappingDocument(columns={"a": Column(source="a")})


def workbook(rows: list[list[Any]], **options: Any) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, options)
    sheet = book.add_worksheet("Orders")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, day)
            else:
                sheet.write(r, c, value)
    book.close()
    return content.getvalue()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "read_as"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")]
)
def test_encodings_and_line_endings(ending: str, encoding: str, read_as: str) -> None:
    table = read_csv(ending.join(["订单,客户", "4500123,上海", "", '4500124,"多\n行"', "x,y"]).encode(encoding))
    assert table.header == ("订单", "客户")
    assert table.charset == read_as
    assert list(table.rows) == [Row(2, ("4500123", "上海")), Row(4, ("4500124", "多\n行")), Row(6, ("x", "y"))]


def test_charset_given_goes_before_what_is_seen() -> None:
    assert decode("café".encode("windows-1252"), "windows-1252") == ("café", "windows-1252")
    with pytest.raises(Unreadable, match="line 2"):
        decode(b"a\nb\xff", "utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_seen_in_the_header(delimiter: str) -> None:
    table = read_csv(delimiter.join(['"a,;\t"', "b", "c"]).encode() + b"\n" + delimiter.join("123").encode())
    assert table.header == ("a,;", "b", "c")
    assert next(table.rows).cells == ("1", "2", "3")


@pytest.mark.parametrize(
    ("content", "limits", "why"),
    [
        (b"", Limits(), "empty"),
        (b"\n\n", Limits(), "empty"),
        (b"a\n1\n2\n3\n", Limits(rows=2), "more than 2 rows"),
        (b"a,b,c\n", Limits(columns=2), "3 columns"),
        (b"a\n1,2,3\n", Limits(columns=2), "line 2"),
        (b'a\n"' + b"x\n" * 50, Limits(cell_chars=20), "quote"),
        (b'a,b\n1,2\n3,"4\n5,6\n7,8\n', Limits(), "line 3: a quote"),
        (b'a,b\n1,"2" inch,\n', Limits(), "line 2: a quote"),
        (b"\xd0\xcf\x11\xe0", Limits(), "old"),
        (b"PK\x03\x04", Limits(), "damaged"),
        (b"a" * 100, Limits(file_bytes=99), "larger"),
    ],
)
def test_refused(content: bytes, limits: Limits, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        list(read_table(content, DOCUMENT, limits=limits).rows)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_unreadable(content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        list(read_table(content, DOCUMENT).rows)


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2, max_size=2), max_size=5))
def test_what_was_written_is_read(rows: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [["a", "b"], *rows]]
    table = read_csv("\r\n".join(quoted).encode(), delimiter=",")
    assert [row.cells for row in table.rows] == [tuple(map(str.strip, row)) for row in rows if any(map(str.strip, row))]


def test_workbook_cells_as_people_see_them() -> None:
    table = read_xlsx(workbook([["order", "day", "quantity", "yes"], [4500123.0, datetime(2013, 1, 2), 0.1 + 0.2, True], [], ["x"]]))  # noqa: DTZ001
    assert table.header == ("order", "day", "quantity", "yes")
    assert list(table.rows) == [Row(2, ("4500123", date(2013, 1, 2), "0.3", "TRUE")), Row(4, ("x", "", "", ""))]


def test_a_formula_that_failed_is_not_read_as_an_empty_cell() -> None:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    book.add_worksheet("Cover").write_formula("A2", "=1/0", None, "#DIV/0!")
    sheet = book.add_worksheet("Orders")
    sheet.write_row(0, 0, ["order", "day"])
    sheet.write_row(1, 0, ["A1", "x"])
    sheet.write_formula(2, 1, '=VLOOKUP("A<2",A:A,1)', None, "#N/A")
    book.close()
    assert list(read_xlsx(content.getvalue(), sheet="Orders").rows) == [Row(2, ("A1", "x")), Row(3, ("", "#N/A"))]


def test_workbook_is_known_by_its_content_and_its_sheet_by_name() -> None:
    content = workbook([["a"], [1]])
    assert read_table(content, DOCUMENT).format == "xlsx"
    with pytest.raises(Unreadable, match="Orders"):
        read_table(content, DOCUMENT.model_copy(update={"sheet": "Sheet9"}))


def test_workbook_that_spans_too_much_is_refused_before_it_is_opened() -> None:
    far: list[list[Any]] = [["a"], *([[]] * 3000), [None] * 400 + ["z"]]
    with pytest.raises(Unreadable, match="spans 3002 rows and 401 columns"):
        read_xlsx(workbook(far), limits=Limits(cells=1_000_000))


def test_workbook_that_unpacks_to_too_much_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 2_000_000)
    with pytest.raises(Unreadable, match="unpacks"):
        read_xlsx(content.getvalue(), limits=Limits(unpacked=1_000_000))


@pytest.mark.parametrize("cell", [b"<c><v>1</v></c>", b"<x:c\nt='n'><v>1</v></x:c>", b"<c a='>' r='XFD1048576'><v>1</v></c>"])
def test_workbook_whose_cells_do_not_say_where_they_are_is_refused(cell: bytes) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"<row r='1048576'>" + cell)
    with pytest.raises(Unreadable, match=r"say no row|spans"):
        read_xlsx(content.getvalue())


def test_services_make_the_tables_of_imports() -> None:
    made = list(ROOT.glob("services/*/migrations/*_imports.sql"))
    assert made
    assert all(path.samefile(ROOT / "shared/imports/tables.sql") for path in made)
