"""The fields a service imports, and how the cells of a row become their values."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from shared.contracts.text import CONTROL, LEGIBLE, Both
from shared.imports import dates
from shared.imports.mapping import Column, MappingDocument, folded
from shared.imports.rows import Fault, Note, Refused, Values
from shared.imports.table import Cell, Row
from shared.imports.text import Unreadable
from shared.problems import FieldError, Invalid

Kind = Literal["text", "date", "number"]

MISSING = Both("is required and empty", "必填，不得为空")
SURPLUS = Both(
    "stands behind the last column of the header: is the delimiter part of a value that is not quoted?",
    "超出表头的最后一列：是否有未加引号的值含有分隔符？",
)
_NO_FIELD = Both("no such field", "没有此字段")
_NOT_GIVEN = Both("this field needs a column or a constant", "此字段须有对应的列或常量")
_NO_FORMAT = Both("say how this column writes its dates, as in %Y-%m-%d", "请注明该列的日期格式，如 %Y-%m-%d")
_NO_DATE = Both("this field is not a date", "此字段不是日期")
_MISFIT = Both("the mapping does not fit", "列映射与字段不符")
_ONLY_TEXTS = Both("only texts can be constants", "只有文字字段可用常量")
_FAILED = Both("is the error of a formula in the spreadsheet", "是表格公式的错误值")
_UNKNOWN = Both("is not among the values of the mapping", "不在列映射所列的值之中")
FORMULA_ERRORS = {"#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
_CONTROL = re.compile(f"[{CONTROL}]")
_NUMBER = {
    ".": re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"),
    ",": re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?"),
}
_DIGITS = 24


@dataclass(frozen=True, slots=True)
class Field:
    """What a service takes from a row. `check` gives the reason why a value cannot be, or None; `spelled` the one way to write a text."""

    name: str
    kind: Kind = "text"
    required: bool = False
    longest: int = 200
    check: Callable[[Any], Both | None] | None = None
    spelled: Callable[[str], str] | None = None


def check_mapping(document: MappingDocument, fields: Sequence[Field]) -> None:
    """Raises Invalid naming each part of the document that does not fit the fields."""
    known = {field.name: field for field in fields}
    errors = [FieldError(f"columns.{name}", _NO_FIELD) for name in document.columns if name not in known]
    errors += [FieldError(f"constants.{name}", _NO_FIELD) for name in document.constants if name not in known]
    given = document.columns.keys() | document.constants.keys()
    errors += [FieldError(f"columns.{f.name}", _NOT_GIVEN) for f in fields if f.required and f.name not in given]
    for name, column in document.columns.items():
        if name in known and known[name].kind == "date" and not column.dates:
            errors.append(FieldError(f"columns.{name}.dates", _NO_FORMAT))
        if name in known and known[name].kind != "date" and column.dates:
            errors.append(FieldError(f"columns.{name}.dates", _NO_DATE))
    for name, constant in document.constants.items():
        if name in known and (reason := _constant(known[name], constant)):
            errors.append(FieldError(f"constants.{name}", reason))
    if errors:
        raise Invalid(_MISFIT, errors=tuple(errors))


def _constant(field: Field, text: str) -> Both | None:
    if field.kind != "text":
        return _ONLY_TEXTS
    if not text or len(text) > field.longest:
        return Both(f"1 to {field.longest} characters", f"须为 1 至 {field.longest} 个字符")
    return field.check(text) if field.check else None


class Reader:
    """A mapping bound to a file's header. Raises Unreadable naming the columns that the file lacks or has twice."""

    def __init__(self, document: MappingDocument, fields: Sequence[Field], header: Sequence[str]) -> None:
        places = _places(header)
        self.columns: dict[str, str] = {}
        """Header text by field; a constant's name for itself."""
        self._constants: dict[str, Any] = dict.fromkeys((f.name for f in fields), None) | document.constants
        self._cells: list[_CellReader] = []
        errors: list[FieldError] = []
        empty = frozenset(map(folded, document.empty)) | {""}
        for field in fields:
            column = document.columns.get(field.name)
            self.columns[field.name] = field.name
            if column is not None:
                place = _place(column.sources, places, f"columns.{field.name}", errors)
                if place is not None:
                    self.columns[field.name] = header[place]
                    self._cells.append(_CellReader(field, column, place, empty, document.decimal))
        self._notes: list[tuple[int, str, frozenset[str], bool]] = []
        for note in document.notes:
            place = _place((note.source,), places, "notes", errors)
            if place is not None:
                self._notes.append((place, header[place], empty | set(map(folded, note.empty)), note.only == "text"))
        self._number = _NUMBER[document.decimal]
        if errors:
            raise Unreadable(_other_columns(header), errors=tuple(errors))
        self._width = len(header)

    def read(self, row: Row) -> Values | Refused:
        if surplus := [_text(cell) for cell in row.cells[self._width :] if cell]:
            return Refused(row.line, (Fault(f"column {self._width + 1}", _CONTROL.sub("\ufffd", surplus[0][:200]), SURPLUS),))
        values = self._constants.copy()
        faults: list[Fault] = []
        notes: list[Note] = []
        for cell in self._cells:
            values[cell.name] = cell.read(row, self.columns[cell.name], faults, notes)
        if faults:
            return Refused(row.line, tuple(faults))
        for place, column, empty, only_text in self._notes:
            text = _text(row.cell(place))
            if folded(text) not in empty and not (only_text and self._number.fullmatch(text)):
                notes.append(Note(column, _CONTROL.sub(" ", text)))
        return Values(row.line, values, tuple(notes))


class _CellReader:
    def __init__(self, field: Field, column: Column, place: int, empty: frozenset[str], decimal: Literal[".", ","]) -> None:
        self.name = field.name
        self._field = field
        self._place = place
        self._note = column.note
        self._required = field.required or bool(column.required)
        self._empty = empty | set(map(folded, column.empty))
        self._values = {folded(text): meaning for text, meaning in column.values.items()}
        self._keep = column.otherwise == "keep" or not column.values
        self._date = dates.reader(column.dates)
        self._formats = " or ".join(map(dates.example, column.dates))
        self._decimal = decimal
        self._seen: dict[Cell, tuple[Any, Both | None, bool]] = {}

    def read(self, row: Row, column: str, faults: list[Fault], notes: list[Note]) -> Any:
        """The value, None when there is none; faults and notes are added to the lists."""
        cell = row.cell(self._place)
        known = self._seen.get(cell)
        if known is None:
            known = self._convert(cell)
            # columns repeat their values; the bound is for those that do not
            if len(self._seen) < 20_000:
                self._seen[cell] = known
        value, reason, is_note = known
        if is_note:
            notes.append(Note(column, _text(cell)))
        if reason is not None and (fault := Fault(column, _CONTROL.sub("\ufffd", _text(cell)[:200]), reason)) not in faults:
            faults.append(fault)  # once, also where two fields have the same column
        return value

    def _convert(self, cell: Cell) -> tuple[Any, Both | None, bool]:
        """(value, reason why it cannot be, whether the text is a note)."""
        text = _text(cell)
        if _CONTROL.search(text):
            return None, LEGIBLE.words, False
        key = folded(text)
        if key in self._values:
            # what the mapping says is final: Namibia's NA is not looked up among the empty texts again
            cell = text = self._values[key]
        elif key in self._empty:
            text = ""
        elif text in FORMULA_ERRORS:
            return None, _FAILED, False
        elif not self._keep:
            return None, _UNKNOWN, False
        if not text:
            return None, (MISSING if self._required else None), False
        value, reason = self._typed(cell, text)
        if reason is not None and self._note and self._field.kind != "text":
            return None, (MISSING if self._required else None), True
        return value, reason, False

    def _typed(self, cell: Cell, text: str) -> tuple[Any, Both | None]:
        value: Any = text
        if self._field.kind == "date":
            value = cell if isinstance(cell, date) else self._date(text)
            if value is None:
                return None, Both(f"is not a day written like {self._formats}", f"须为日期，写法如 {self._formats.replace(' or ', ' 或 ')}")
        elif self._field.kind == "number":
            value = _decimal(text, self._decimal)
            if value is None:
                return None, Both(
                    f"is not a number (decimal mark {self._decimal!r}, at most {_DIGITS} digits)",
                    f"须为数字（小数点为 {self._decimal}，最多 {_DIGITS} 位）",
                )
        elif len(text) > self._field.longest:
            most = self._field.longest
            return None, Both(f"is longer than {most} characters", f"超过 {most} 个字符")
        elif self._field.spelled is not None:
            value = self._field.spelled(text)
        reason = self._field.check(value) if self._field.check else None
        return (None, reason) if reason else (value, None)


def _decimal(text: str, mark: Literal[".", ","]) -> Decimal | None:
    if len(text) > _DIGITS + 10 or not text.isascii() or not _NUMBER[mark].fullmatch(text):
        return None
    group = "," if mark == "." else "."
    number = Decimal(text.replace(group, "").replace(mark, "."))
    return number if len(number.as_tuple().digits) <= _DIGITS else None


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.isoformat()


def _other_columns(header: Sequence[str]) -> Both:
    names = [repr(name[:40]) for name in header if name]
    more = len(names) > 12
    return Both(
        f"the file does not have the columns of the mapping; its first row reads {', '.join(names[:12])}{' ...' if more else ''}",
        f"文件没有列映射所需的列，其首行为：{'、'.join(names[:12])}{' 等' if more else ''}",
    )


def _places(header: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        places.setdefault(folded(name), []).append(index)
    return places


def _place(sources: Sequence[str], places: Mapping[str, list[int]], field: str, errors: list[FieldError]) -> int | None:
    """Where the first of `sources` that the file has stands. A header that stands twice is refused only when it is asked for."""
    for source in sources:
        found = places.get(folded(source), [])
        if len(found) > 1:
            errors.append(
                FieldError(
                    field, Both(f"the file has the column {source!r} {len(found)} times", f"文件中的列 {source!r} 出现 {len(found)} 次")
                )
            )
            return None
        if found:
            return found[0]
    wanted = [repr(source) for source in sources]
    errors.append(FieldError(field, Both(f"the file has no column {' or '.join(wanted)}", f"文件没有列 {' 或 '.join(wanted)}")))
    return None
