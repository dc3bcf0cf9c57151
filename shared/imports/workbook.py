"""Reading XLSX by calamine, behind guards: the packed file may not unpack to more than a bound, nor span more cells.

calamine allocates the whole area between a sheet's first and last filled cell, so that two far cells would take the machine's memory;
the area is therefore measured in the packed XML before the workbook is opened.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from shared.contracts.text import Both
from shared.imports.limits import LIMITS, Limits
from shared.imports.table import Cell, Row, Table
from shared.imports.text import Unreadable

_CHUNK = 1024 * 1024
_MEMBERS = 5_000
_FILLED = re.compile(rb"<(?:\w+:)?c(?=[\s>])(?:[^>]*?\sr\s*=\s*[\"']([A-Z]{1,4})(\d{1,9})[\"'])?[^>]*(?<!/)>")
"""A cell that is not empty, with its column and row where it names them."""

_ERROR = re.compile(rb"(?:<f[^>]*(?:/>|>[^<]*</f>))?<v>([^<]{1,40})</v>")
_LONGEST_CELL = 64 * 1024
_MOST_FAILED = 100_000
_LISTS = 4_000_000
"""Bytes of a list of sheets; parsing a longer one would take memory."""
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

UNPLACED = Both(
    "the workbook's cells say no row and column; save it again with a spreadsheet program", "单元格未标明行列，请用电子表格软件重新保存"
)
TOO_MANY_FAILED = Both(
    f"more than {_MOST_FAILED} formulas of a sheet have failed; mend them or save the sheet as CSV",
    f"工作表中出错的公式超过 {_MOST_FAILED} 个，请修正或另存为 CSV",
)

_Failed = dict[tuple[int, int], str]
"""By (row, column): what the spreadsheet shows, as `#N/A`."""
_Value = int | float | str | bool | time | date | datetime | timedelta


def read_xlsx(content: bytes, *, sheet: str | None = None, limits: Limits = LIMITS) -> Table:
    """The named sheet, or the first one that is not hidden. Raises Unreadable."""
    failed = _guard(content, limits)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        name = _chosen(book, sheet)
        values = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(Both(f"the workbook cannot be opened: {error}", "工作簿无法打开")) from None
    for (row, column), text in failed.get(_member(content, name), {}).items() if failed else ():
        if row <= len(values) and column <= len(values[row - 1]):
            values[row - 1][column - 1] = text
    rows = _rows(values, limits)
    head = next(rows, None)
    if head is None:
        raise Unreadable(Both("the sheet is empty", "工作表为空"))
    return Table(header=tuple(_header(cell) for cell in head.cells), rows=_bounded(rows, limits), format="xlsx")


def _chosen(book: CalamineWorkbook, sheet: str | None) -> str:
    sheets = [s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet and s.visible == SheetVisibleEnum.Visible]
    if not sheets:
        raise Unreadable(Both("the workbook has no visible sheet", "工作簿没有可见的工作表"))
    if sheet is None:
        return sheets[0]
    if sheet not in sheets:
        has = [repr(one) for one in sheets[:10]]
        said = Both(f"the workbook has no sheet {sheet!r}; it has {', '.join(has)}", f"工作簿没有工作表 {sheet!r}，现有：{'、'.join(has)}")
        raise Unreadable(said, field="sheet")
    return sheet


def _rows(values: list[list[_Value]], limits: Limits) -> Iterator[Row]:
    for line, record in enumerate(values, start=1):
        cells = tuple(map(_cell, record))
        if any(cells):
            if any(isinstance(cell, str) and len(cell) > limits.cell_chars for cell in cells):
                most = limits.cell_chars
                raise Unreadable(Both(f"row {line}: a cell is longer than {most} characters", f"第 {line} 行：单元格超过 {most} 个字符"))
            yield Row(line, cells)


def _bounded(rows: Iterator[Row], limits: Limits) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count > limits.rows:
            raise Unreadable(
                Both(f"the sheet has more than {limits.rows} rows; send it in parts", f"工作表超过 {limits.rows} 行，请分批发送")
            )
        yield row


def _header(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.isoformat()


def _cell(value: _Value) -> Cell:
    """Numbers as a spreadsheet shows them: 15 digits, no `.0` behind an order number."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return value.isoformat() if isinstance(value, time) else str(value)


def _member(content: bytes, sheet: str) -> str:
    """The packed file that holds the sheet; empty when the workbook does not say."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            book, links = (
                ElementTree.fromstring(packed.open(name).read(_LISTS)) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
            )
    except (KeyError, ElementTree.ParseError):
        return ""
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    link = next((one.get(_LINK) for one in book.iter() if one.tag.endswith("}sheet") and one.get("name") == sheet), None)
    target = targets.get(link, "")
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _guard(content: bytes, limits: Limits) -> dict[str, _Failed]:
    """Refuse what would not fit when unpacked; every member is really unpacked, as declared sizes can lie.

    Gives the cells whose formula failed, by member: calamine reads them as if they were empty.
    """
    failed: dict[str, _Failed] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            if len(members) > _MEMBERS or sum(member.file_size for member in members) > limits.unpacked:
                most = limits.unpacked // (1024 * 1024)
                raise Unreadable(Both(f"the workbook unpacks to more than {most} MB", f"工作簿解压后超过 {most} MB"))
            for member in members:
                if errors := _measure(packed, member, limits):
                    failed[member.filename] = errors
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(Both(f"the workbook is damaged: {error}", "工作簿已损坏")) from None
    return failed


def _measure(packed: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> _Failed:
    """Unpack `member` and find the last row and column that it fills, and the cells whose formula failed."""
    rows = columns = 0
    failed: _Failed = {}
    rest = b""
    with packed.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            for found in _FILLED.finditer(text):
                if found[1] is None:
                    raise Unreadable(UNPLACED)
                rows = max(rows, int(found[2]))
                columns = max(columns, _column(found[1]))
                if b't="e"' in found[0] and (error := _ERROR.match(text, found.end())):
                    failed[int(found[2]), _column(found[1])] = error[1].decode(errors="replace")
                    if len(failed) > _MOST_FAILED:
                        raise Unreadable(TOO_MANY_FAILED)
            rest = text[_cut(text) :]
            if len(rest) > _CHUNK:
                rest = b""
    if rows * columns > limits.cells or columns > limits.columns:
        raise Unreadable(
            Both(
                f"a sheet spans {rows} rows and {columns} columns, {limits.cells} cells and {limits.columns} columns are the most",
                f"工作表跨 {rows} 行 {columns} 列，最多 {limits.cells} 个单元格、{limits.columns} 列",
            )
        )
    return failed


def _cut(text: bytes) -> int:
    """Where what may be half a cell, or half a tag, begins."""
    cell = text.rfind(b"<c ", max(0, len(text) - _LONGEST_CELL))
    tag = text.rfind(b"<")
    return cell if cell >= 0 else tag if tag >= 0 else len(text)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
