"""An import as a job: what the service gives, what is kept, what is told about it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal
from uuid import UUID

from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.imports.fields import Field, Reader
from shared.imports.mapping import MappingDocument
from shared.imports.reading import read_table
from shared.imports.rows import B, Grouped, Note, Outcome, Refused, Values
from shared.imports.text import Charset
from shared.messaging.record import Stamp

Status = Literal["accepted", "running", "done", "failed"]
RowStatus = Literal["refused", "noted"]


@dataclass(frozen=True, slots=True)
class Job:
    id: UUID
    mapping: str
    mapping_version: int
    charset: Charset | None
    dry_run: bool
    owners: Sequence[str] | None
    stamp: Stamp
    batch: int
    counted: bool
    """The file was read before: its rows and their faults are in the report."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[B]):
    """What a service imports. `group` is pure and runs in a thread; `write` writes one batch in the transaction it is given."""

    name: str
    fields: Sequence[Field]
    group: Callable[[Sequence[Values], Mapping[str, str]], Grouped[B]]
    write: Callable[[Tx, Job, B], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Prepared(Generic[B]):
    """A whole file, read and checked. `good` counts the rows that stand in batches or repeat others."""

    rows: int
    good: int
    unchanged: int
    refused: Sequence[Refused]
    noted: Sequence[tuple[int, Note]]
    batches: Sequence[B]


@dataclass(frozen=True, slots=True)
class NewJob:
    """An import to be stored with its file."""

    id: UUID
    mapping: str
    mapping_version: int
    file_name: str | None
    content: bytes = field(repr=False)
    charset: Charset | None
    dry_run: bool
    owners: Sequence[str] | None
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Shown:
    """An import as people look at it. Times are business time; `seconds` were really taken. `failure`: detail and errors."""

    id: UUID
    status: Status
    mapping: str
    mapping_version: int
    file_name: str | None
    file_bytes: int
    sha256: bytes
    dry_run: bool
    actor: str
    accepted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    rows: int | None
    good: int | None
    imported: int
    unchanged: int
    refused: int
    noted: int
    failure: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    status: RowStatus
    line: int
    ordinal: int
    column: str
    value: str
    reason: Both


def prepare(kind: Kind[B], content: bytes, document: MappingDocument, charset: Charset | None) -> Prepared[B]:
    """Read the file and check every row. Takes a second or two of processor time for 10,000 rows: run it in a thread.

    Raises Unreadable.
    """
    table = read_table(content, document, charset=charset)
    reader = Reader(document, kind.fields, table.header)
    good: list[Values] = []
    refused: list[Refused] = []
    for row in table.rows:
        read = reader.read(row)
        if isinstance(read, Values):
            good.append(read)
        else:
            refused.append(read)
    grouped = kind.group(good, reader.columns)
    refused.extend(grouped.refused)
    return Prepared(
        rows=len(good) + len(refused) - len(grouped.refused),
        good=len(good) - len(grouped.refused),
        unchanged=grouped.unchanged,
        refused=refused,
        noted=[(values.line, note) for values in good for note in values.notes],
        batches=grouped.batches,
    )


def check_header(kind: Kind[B], content: bytes, document: MappingDocument, charset: Charset | None) -> None:
    """Refuse at once what can be seen without reading the rows: Unreadable for no table, or columns that it lacks."""
    Reader(document, kind.fields, read_table(content, document, charset=charset).header)
