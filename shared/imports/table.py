"""A table as it stands in the file: a header and its rows, each with the line number a person finds it at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

Cell = str | date
"""A cell: text, stripped; a date only where the file itself types it so (XLSX). An empty cell is ''."""

Format = Literal["csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Row:
    """`line` counts from 1 as a text editor or a spreadsheet shows it; a row that spans lines has the first one."""

    line: int
    cells: tuple[Cell, ...]

    def cell(self, index: int) -> Cell:
        """The cell at `index`; '' where the row is shorter than the header."""
        return self.cells[index] if index < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are read as they are asked for, once; rows without any content are left out."""

    header: tuple[str, ...]
    rows: Iterator[Row]
    format: Format
    charset: str | None = None
