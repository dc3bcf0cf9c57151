"""What is said about the rows of a file: the values read, why a row is refused, which rows are written together. Values only, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.contracts.text import Both

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is refused: the column as the file calls it, the cell's text, the reason in words."""

    column: str
    value: str
    reason: Both


@dataclass(frozen=True, slots=True)
class Note:
    """Text that is kept beside the values of a row."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Values:
    """A row that was read: `values` by field (str, date, Decimal or None); where each came from is `Reader.columns`."""

    line: int
    values: Mapping[str, Any]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    line: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Grouped(Generic[B]):
    """The good rows of a file as batches, in an order that is the same each time the file is read.

    `unchanged` counts rows that only repeat another row of the file.
    """

    batches: Sequence[B]
    refused: Sequence[Refused] = ()
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch's rows. Counted in rows of the file, not in what they made."""

    imported: int
    unchanged: int
    refused: Sequence[Refused] = ()
