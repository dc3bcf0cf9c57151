"""HTTP of imports: mapping documents, files, progress, the report on rows."""

import asyncio
from uuid import UUID

from services.orders.intake import words
from services.orders.intake.domain import FIELDS
from services.orders.intake.handlers import ORDERS
from services.orders.sight import sight
from shared.ids import new_id
from shared.imports import store
from shared.imports.fields import check_mapping
from shared.imports.job import NewJob, Shown, check_header
from shared.imports.limits import LIMITS
from shared.imports.mapping import MappingDocument
from shared.imports.models import (
    Import,
    ImportQuery,
    ImportsQuery,
    MappingListed,
    MappingName,
    ReportedRow,
    RowsQuery,
    StoredMapping,
    report_csv,
    reported,
    shown,
)
from shared.imports.reading import CONTENT_TYPES
from shared.imports.text import EMPTY, Unreadable
from shared.problems import Invalid, NotFound
from shared.web.auth import MANAGERS, WRITERS
from shared.web.call import Call, Download, Reply, Upload
from shared.web.paging import Page, PageQuery, decode_cursor, page
from shared.web.routes import Routes

IMPORTS = "/api/orders/imports"

routes = Routes("imports")


@routes.get("/api/orders/mappings", roles=WRITERS)
async def list_mappings(call: Call, query: PageQuery) -> Page[MappingListed]:
    """List mapping documents. By name, each in its newest version."""
    after: str = decode_cursor(query.cursor, str)[0] if query.cursor else ""
    found = await store.mappings(call.tx, ORDERS.name, after, query.limit + 1)
    return page(
        [MappingListed(name=name, version=version, about=about) for name, version, about in found], query.limit, lambda one: (one.name,)
    )


@routes.get("/api/orders/mappings/{name}", roles=WRITERS, problems=(NotFound,))
async def read_mapping(call: Call, name: MappingName) -> StoredMapping:
    """Read a mapping document. Its version is the ETag."""
    found = await store.mapping(call.tx, ORDERS.name, name)
    if found is None:
        raise NotFound(words.no_mapping(name))
    return StoredMapping(name=name, version=found[0], document=found[1])


@routes.put("/api/orders/mappings/{name}", roles=WRITERS, if_match=True, problems=(Invalid,))
async def save_mapping(call: Call, name: MappingName, body: MappingDocument) -> StoredMapping:
    """Store a mapping document. A new one with If-Match "0"; imports keep the version they were read with."""
    check_mapping(body, FIELDS)
    found = await store.mapping(call.tx, ORDERS.name, name)
    version = found[0] if found else 0
    call.require_version(version)
    if found and found[1] == body:
        return StoredMapping(name=name, version=version, document=body)
    await store.save_mapping(call.tx, ORDERS.name, name, version + 1, body, call.stamp())
    return StoredMapping(name=name, version=version + 1, document=body)


@routes.post(IMPORTS, roles=WRITERS, status=202, max_bytes=LIMITS.file_bytes, accepts=CONTENT_TYPES, problems=(Unreadable,))
async def start_import(call: Call, query: ImportQuery, body: Upload) -> Reply[Import]:
    """Import a file of orders. CSV or XLSX as the body; refused at once when it is no table or lacks columns of the mapping.

    From the answer on the file is safe: the import is worked off in the background and goes on after a crash.
    Rows of customers whom the sender does not see are refused as unknown.
    """
    found = await store.mapping(call.tx, ORDERS.name, query.mapping)
    if found is None:
        raise Invalid(words.no_mapping(query.mapping), field="mapping")
    if not body.content:
        raise Unreadable(EMPTY)
    await asyncio.to_thread(check_header, ORDERS, body.content, found[1], query.charset)
    job = NewJob(
        id=new_id(),
        mapping=query.mapping,
        mapping_version=found[0],
        file_name=query.file_name,
        content=body.content,
        charset=query.charset,
        dry_run=query.dry_run,
        owners=await sight(call),
        stamp=call.stamp(historical=True),
    )
    await store.add(call.tx, ORDERS.name, job)
    return Reply(shown(await _job(call, job.id), IMPORTS), headers={"Location": f"{IMPORTS}/{job.id}"})


@routes.get(IMPORTS, roles=WRITERS)
async def list_imports(call: Call, query: ImportsQuery) -> Page[Import]:
    """List imports. The newest first; a manager sees everybody's, others their own."""
    (before,) = query.begins_after(UUID)
    found = await store.listed(call.tx, ORDERS.name, _whose(call), query.status, before, query.limit + 1)
    return page([shown(job, IMPORTS) for job in found], query.limit, lambda one: (one.id,))


@routes.get("/api/orders/imports/{job}", roles=WRITERS, problems=(NotFound,))
async def read_import(call: Call, job: UUID) -> Import:
    """Read an import. Status, counts and progress."""
    return shown(await _job(call, job), IMPORTS)


@routes.get("/api/orders/imports/{job}/rows", roles=WRITERS, problems=(NotFound,))
async def list_rows(call: Call, job: UUID, query: RowsQuery) -> Page[ReportedRow]:
    """List the rows that an import refused, or kept notes of. With line, column, value and reason, by line."""
    await _job(call, job)
    after: tuple[int, int] = decode_cursor(query.cursor, int, int) if query.cursor else (0, -1)
    found = await store.report(call.tx, job, query.status, after, query.limit + 1)
    return page(found, query.limit, lambda row: (row.line, row.ordinal)).each(reported)


@routes.get("/api/orders/imports/{job}/rows.csv", roles=WRITERS, problems=(NotFound,))
async def download_rows(call: Call, job: UUID) -> Download:
    """Download the refused rows as CSV. For the person who corrects the file."""
    await _job(call, job)
    return Download(f"import-{job}-refused.csv", "text/csv; charset=utf-8", report_csv(call.tx, job, "refused", call.language))


async def _job(call: Call, job: UUID) -> Shown:
    found = await store.shown(call.tx, ORDERS.name, job, _whose(call))
    if found is None:
        raise NotFound(words.no_import(job))
    return found


def _whose(call: Call) -> str | None:
    """None: everybody's."""
    return None if call.principal.roles & MANAGERS else call.principal.login
