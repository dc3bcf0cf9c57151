"""Runs a report: a page of it, or all of it row by row."""

from collections.abc import AsyncIterator
from typing import Any

from services.reporting.reports.domain import MAX_EXPORT, Cell, Report, ReportQuery, Scope, row
from services.reporting.reports.orders import ORDER_ROWS, ORDERS, OrderFilter, arguments
from shared.database.pool import Tx

PREFETCH = 500


async def page(tx: Tx, report: Report, query: ReportQuery, scope: Scope) -> tuple[list[dict[str, Cell]], bool]:
    """The rows asked for, and whether there are more."""
    arguments = report.arguments(query, scope)
    n = len(arguments)
    found = await tx.fetch(f"{report.sql(query)} LIMIT ${n + 1} OFFSET ${n + 2}", *arguments, query.limit + 1, query.offset)
    shown = report.shown(query, scope)
    return [row(report.columns, shown(dict(values))) for values in found[: query.limit]], len(found) > query.limit


async def rows(tx: Tx, report: Report, query: ReportQuery, scope: Scope) -> AsyncIterator[tuple[Any, ...]]:
    """All rows as of one moment, at most MAX_EXPORT, through a cursor: memory does not grow with the report."""
    arguments, shown = report.arguments(query, scope), report.shown(query, scope)
    async with tx.transaction(readonly=True):
        async for values in tx.cursor(f"{report.sql(query)} LIMIT {MAX_EXPORT}", *arguments, prefetch=PREFETCH):
            seen = shown(dict(values))
            yield tuple(seen[column.name] for column in report.columns)


async def orders(tx: Tx, query: OrderFilter, scope: Scope, after: str | None, limit: int) -> list[dict[str, Cell]]:
    """Orders behind the number `after`, by number."""
    bound = arguments(query, scope, after)
    found = await tx.fetch(f"{ORDER_ROWS} LIMIT ${len(bound) + 1}", *bound, limit)
    shown = ORDERS.shown(query, scope)
    return [row(ORDERS.columns, shown(dict(values))) for values in found]
