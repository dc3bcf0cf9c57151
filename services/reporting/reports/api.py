"""Reports over HTTP: the list, a route for each with its own parameters, and orders one by one."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.reporting.exports import domain as csv
from services.reporting.reports import store
from services.reporting.reports.catalogue import REPORTS
from services.reporting.reports.domain import Cell, Report, ReportQuery, Scope
from services.reporting.reports.orders import OrderFilter
from shared.contracts.text import Both
from shared.directory import owners_seen
from shared.problems import NotFound
from shared.web.auth import ANYONE
from shared.web.call import Call, Download
from shared.web.paging import Page, PageQuery, decode_cursor, page
from shared.web.routes import Routes

ROUTES = Routes("reports")
SCOPE = "reporting.read"


class ReportColumn(BaseModel):
    name: str
    kind: str
    en: str
    zh: str


class ReportListed(BaseModel):
    """A report there is; `parameters` is the JSON Schema of its query string."""

    name: str
    title_en: str
    title_zh: str
    description: str
    link: str
    columns: list[ReportColumn]
    parameters: dict[str, Any]


class ReportList(BaseModel):
    items: list[ReportListed]


class ReportAnswer(BaseModel):
    """Rows by column name. Rates are fractions with six digits, as text; `as_of` is the business day; `more` rows follow at `offset`."""

    model_config = ConfigDict(frozen=True)

    name: str
    as_of: date
    columns: list[ReportColumn]
    rows: list[dict[str, Cell]]
    more: bool


class OrderPageQuery(PageQuery, OrderFilter):
    """Filters of the list of orders."""


@ROUTES.get("/api/reporting/reports", roles=ANYONE, scope=SCOPE, transaction=False)
async def list_reports(call: Call) -> ReportList:
    """List the reports, with their columns and parameters."""
    return ReportList(items=[_listed(report) for report in REPORTS.values()])


@ROUTES.get("/api/reporting/orders", roles=ANYONE, scope=SCOPE)
async def list_orders(call: Call, query: OrderPageQuery) -> Page[dict[str, Cell]]:
    """List orders as they stand, by number. The columns are those of the report `orders`."""
    after = None if query.cursor is None else decode_cursor(query.cursor, str)[0]
    found = await store.orders(call.tx, query, await scope_of(call), after, query.limit + 1)
    return page(found, query.limit, lambda one: (str(one["order"]),))


@ROUTES.get("/api/reporting/orders/{order}", roles=ANYONE, scope=SCOPE)
async def read_order(call: Call, order: str) -> dict[str, Cell]:
    """Read one order as it stands. The columns are those of the report `orders`."""
    found = await store.orders(call.tx, OrderFilter(number=order), await scope_of(call), None, 1)
    if not found:
        raise NotFound(Both(f"no order {order}", f"没有订单 {order}"))
    return found[0]


async def scope_of(call: Call) -> Scope:
    """Whose rows the caller sees, on the business day. A machine that may read reports sees all."""
    owners = None if call.principal.is_machine else await owners_seen(call.tx, call.principal, call.now)
    return Scope(owners, call.now.date(), call.language, call.principal.withheld)


def _listed(report: Report) -> ReportListed:
    return ReportListed(
        name=report.name,
        title_en=report.title.in_language("en"),
        title_zh=report.title.in_language("zh-CN"),
        description=report.description,
        link=f"/api/reporting/reports/{report.name}",
        columns=_columns(report),
        parameters=report.query.model_json_schema(),
    )


def _columns(report: Report) -> list[ReportColumn]:
    return [ReportColumn(name=c.name, kind=c.kind, en=c.en, zh=c.zh) for c in report.columns]


async def _file(call: Call, report: Report, query: ReportQuery, scope: Scope) -> AsyncIterator[bytes]:
    chunk = csv.header(report.columns, scope.language)
    async for values in store.rows(call.tx, report, query, scope):
        chunk += csv.line(report.columns, values)
        if len(chunk) > csv.CHUNK:
            yield chunk
            chunk = b""
    yield chunk


def _serve(report: Report) -> None:
    """A route of its own for each report: its parameters are validated, named in errors and documented."""

    async def read(call: Call, query: Any) -> ReportAnswer | Download:
        scope = await scope_of(call)
        if query.format == "csv":
            name = f"{report.name}-{scope.today.isoformat()}.csv"
            return Download(name, csv.CONTENT_TYPE, _file(call, report, query, scope))
        rows, more = await store.page(call.tx, report, query, scope)
        return ReportAnswer(name=report.name, as_of=scope.today, columns=_columns(report), rows=rows, more=more)

    read.__name__ = f"report_{report.name.replace('-', '_')}"
    read.__doc__ = f"{report.title.in_language('en')}. {report.description} With format=csv the answer is a file with all rows."
    # The dispatcher streams any Download; the model of the JSON answer is what it documents.
    read.__annotations__ = {"call": Call, "query": report.query, "return": ReportAnswer}
    ROUTES.get(f"/api/reporting/reports/{report.name}", roles=ANYONE, scope=SCOPE)(read)


for _report in REPORTS.values():
    _serve(_report)
