"""What came of events, beside what should have: copies beside what they are of, states beside the record, reports beside a rebuild."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from deploy.local import parts
from deploy.local.suite import Suite
from services.reporting.app import MIGRATIONS
from services.reporting.projections.rebuild import rebuild

SECONDS = 300
"""For one statement over all that the reports are made of."""


@dataclass(frozen=True)
class Compared:
    """Rows that should not be there, and rows that should. One that says something else than it should is among both."""

    what: str
    more: list[str]
    fewer: list[str]


@dataclass(frozen=True)
class Copy:
    """What `keepers` know of a customer and his orders ($1) by events of the service `of`: both statements give the same rows."""

    what: str
    of: str
    original: str
    keepers: tuple[str, ...]
    copy: str


COPIES = (
    Copy(
        "customers",
        "customers",
        "SELECT (id, code, name, country, language, time_zone, grade, owner)::text FROM customer WHERE id = $1",
        ("orders", "notifications"),
        "SELECT (id, code, name, country, language, time_zone, grade, owner)::text FROM known_customer WHERE id = $1",
    ),
    Copy(
        "owners",
        "customers",
        "SELECT (s.id, s.login, department, team, manager, roles, active)::text"
        " FROM staff s JOIN customer c ON c.owner = s.login WHERE c.id = $1",
        ("orders", "notifications"),
        "SELECT (s.id, s.login, department, team, manager, roles, active)::text"
        " FROM known_staff s JOIN known_customer c ON c.owner = s.login WHERE c.id = $1",
    ),
    Copy(
        "contacts",
        "customers",
        "SELECT (id, roles, language, active)::text FROM contact WHERE customer_id = $1",
        ("notifications",),
        "SELECT (id, roles, language, active)::text FROM contact WHERE customer_id = $1",
    ),
    Copy(
        "contacts",
        "customers",
        "SELECT id::text FROM contact WHERE customer_id = $1",
        ("orders",),
        "SELECT id::text FROM known_contact WHERE customer_id = $1",
    ),
    Copy(
        "orders",
        "orders",
        "SELECT (id, number, customer_po, delivery_point)::text FROM customer_order WHERE customer_id = $1",
        ("notifications",),
        "SELECT (id, number, customer_po, delivery_point)::text FROM told_order WHERE customer_id = $1",
    ),
    Copy(
        "lines",
        "orders",
        "SELECT (order_id, line, trim_scale(quantity), shipment, promised, promise_revision, estimated, delivered)::text"
        " FROM order_line l JOIN customer_order o ON o.id = order_id WHERE customer_id = $1",
        ("notifications",),
        "SELECT (order_id, line, trim_scale(quantity), shipment, promised, promise_revision, expected, delivered)::text"
        " FROM told_line l JOIN told_order o ON o.id = order_id WHERE customer_id = $1",
    ),
    Copy(
        "milestones",
        "orders",
        "SELECT (order_id, shipment, code, estimated, actual)::text"
        " FROM milestone m JOIN customer_order o ON o.id = order_id WHERE customer_id = $1 AND visible AND code <> delivery_point",
        ("notifications",),
        "SELECT (order_id, shipment, milestone, expected, actual)::text"
        " FROM told_node n JOIN told_order o ON o.id = order_id WHERE customer_id = $1",
    ),
    Copy(
        "delays",
        "orders",
        "SELECT (d.id, revision)::text FROM delay d JOIN customer_order o ON o.id = order_id WHERE customer_id = $1",
        ("notifications",),
        "SELECT (id, revision)::text FROM delay WHERE $1 = ANY (customers)",
    ),
)

STATES = {"customers": ("customer", "staff"), "orders": ("customer_order", "task"), "notifications": ("message",)}
"""Tables of aggregates: what a row says of itself was told as often as its `version` counts."""
_UNTOLD = """
SELECT s.id::text
FROM "{}" AS s LEFT JOIN (SELECT aggregate, max(sequence) AS last FROM record GROUP BY aggregate) AS r ON r.aggregate = s.id
WHERE s.version IS DISTINCT FROM r.last
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'projection' ORDER BY tablename"


async def copies(suite: Suite, customer: UUID) -> list[Compared]:
    """What orders and notifications know of a customer, his contacts and his orders, beside what is so."""
    found = []
    for copy in COPIES:
        so = await _rows(suite, copy.of, copy.original, customer)
        for keeper in copy.keepers:
            kept = await _rows(suite, keeper, copy.copy, customer)
            found.append(Compared(f"{copy.what} known to {keeper}", _without(kept, so), _without(so, kept)))
    return found


async def untold(suite: Suite) -> dict[str, list[str]]:
    """Customers, orders, tasks, messages whose record does not end where they stand, by what they are."""
    found = {}
    for service, tables in STATES.items():
        for table in tables:
            found[f"{table} of {service}"] = await _rows(suite, service, _UNTOLD.format(table))
    return found


async def reports(suite: Suite) -> list[Compared]:
    """The tables that reports are made of, beside what a rebuild makes of the archive; nothing is archived meanwhile."""
    url = parts.postgres_address(suite.state).url("reporting", "reporting_migrator", suite.state.migrators["reporting"])
    found = []
    async with suite.database("reporting") as holding, holding.transaction(), suite.database("reporting") as database:
        await holding.execute("LOCK TABLE archive IN SHARE MODE")
        tables = [row["tablename"] for row in await database.fetch(_TABLES)]
        assert tables
        for table in tables:
            await database.execute(f'CREATE TEMP TABLE "{table}" AS TABLE projection."{table}"', timeout=SECONDS)
        await rebuild(SecretStr(url), MIGRATIONS)
        for table in tables:
            were, are = f'TABLE pg_temp."{table}"', f'TABLE projection."{table}"'
            more, fewer = [
                [row[0] for row in await database.fetch(f"SELECT t::text FROM ({these} EXCEPT ALL {those}) AS t", timeout=SECONDS)]
                for these, those in ((were, are), (are, were))
            ]
            found.append(Compared(f"rows of {table} in the reports", more, fewer))
    return found


async def _rows(suite: Suite, service: str, statement: str, *arguments: object) -> list[str]:
    async with suite.database(service) as database:
        return [row[0] for row in await database.fetch(statement, *arguments)]


def _without(some: Sequence[str], others: Sequence[str]) -> list[str]:
    """Each as often as it is more often among the first."""
    return list((Counter(some) - Counter(others)).elements())
