"""What the HTTP interface of an importing service says of mappings and imports: the same in every service."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.text import Both, Language
from shared.database.pool import Tx
from shared.imports import store
from shared.imports.job import ReportRow, RowStatus, Shown, Status
from shared.imports.mapping import MappingDocument
from shared.imports.text import Charset
from shared.problems import FieldError
from shared.web.paging import PageQuery

MappingName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$")]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]

_FORMULA = tuple("=+-@\t\r\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}")
_PAGE = 1_000


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class StoredMapping(_Answer):
    """A mapping document in its newest version."""

    name: str
    version: int
    document: MappingDocument


class MappingListed(_Answer):
    name: str
    version: int
    about: str | None


class ImportQuery(BaseModel):
    """`dry_run` reports what would happen and writes nothing else. Without `charset` UTF-8 and then GB18030 is tried."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mapping: MappingName
    dry_run: bool = False
    file_name: FileName | None = None
    charset: Charset | None = None


class ImportsQuery(PageQuery):
    status: Status | None = None


class RowsQuery(PageQuery):
    status: RowStatus = "refused"


class Failure(_Answer):
    """Why an import was refused as a whole."""

    detail: Both
    errors: tuple[FieldError, ...] = ()


class Import(_Answer):
    """An import as it stands. Counts are rows of the file: `rows` = `good` + those refused when read; in the end
    `rows` = `imported` + `unchanged` + `refused`. Times are business time; `seconds` were really taken."""

    id: UUID
    status: Status
    dry_run: bool
    mapping: str
    mapping_version: int
    file_name: str | None
    file_bytes: int
    sha256: str
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
    progress: float = Field(ge=0, le=1)
    failure: Failure | None
    rows_link: str


class ReportedRow(_Answer):
    """`line` as in the file; `column` as the file calls it."""

    line: int
    column: str
    value: str
    reason: Both
    status: Literal["refused", "noted"]


def shown(job: Shown, base: str) -> Import:
    """`base`: the path of the service's imports."""
    decided = job.imported + job.unchanged + job.refused
    done = job.status == "done"
    return Import(
        **{name: getattr(job, name) for name in Import.model_fields if name not in ("sha256", "progress", "failure", "rows_link")},
        sha256=job.sha256.hex(),
        progress=1.0 if done else round(decided / job.rows, 4) if job.rows else 0.0,
        failure=None if job.failure is None else Failure.model_validate(job.failure),
        rows_link=f"{base}/{job.id}/rows",
    )


def reported(row: ReportRow) -> ReportedRow:
    return ReportedRow(line=row.line, column=row.column, value=row.value, reason=row.reason, status=row.status)


async def report_csv(tx: Tx, job: UUID, status: RowStatus, language: Language) -> AsyncIterator[bytes]:
    """The whole report as CSV (UTF-8 with a mark, for spreadsheets); no cell of it can be a formula."""
    yield "\ufeffline,column,value,reason\r\n".encode()
    after = (0, -1)
    while page := await store.report(tx, job, status, after, _PAGE):
        rows = ((row.line, *map(_quoted, (row.column, row.value, row.reason.in_language(language)))) for row in page)
        yield "".join("{},{},{},{}\r\n".format(*row) for row in rows).encode()
        after = (page[-1].line, page[-1].ordinal)


def _quoted(text: str) -> str:
    safe = f"'{text}" if text.startswith(_FORMULA) else text
    return '"' + safe.replace('"', '""') + '"'
