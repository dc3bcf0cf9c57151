"""SQL: where it may stand, and that the database understands it."""

import importlib
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from shared.contracts.topology import SERVICES
from shared.database.pool import Tx
from tests.house.sql import PREPARABLE, inserted, sent_texts, sql_texts, stars
from tests.house.tree import CODE, module_of, python_files

PLATFORM = (
    "shared/database", "shared/messaging", "shared/directory", "shared/imports", "shared/approvals", "deploy/postgres", "benchmarks",
)  # fmt: skip
PLATFORM_FILES = {"shared/timers.py", "shared/web/idempotency.py", "deploy/local/postgres.py", "deploy/docker/ledger.py"}
ROLES = {"store.py", "queries.py", "inserts.py"}
"""A noun's SQL: what its commands load and save; what lists and pages read; whole batches written in one statement."""
READERS = ("services/reporting/reports", "services/reporting/projections")
PLACEHOLDER = re.compile(r"\{\w*\}")
CONSTANT = re.compile(r"(\w+\.)?_?[A-Z][A-Z0-9_]*(\.replace\(.*\))?")
ENGINES = {"shared/imports/": "import_job", "shared/approvals/": "approval_request"}
"""Engines whose tables only the services that use them have, each with one of these."""
CHOSEN = {
    # One of two tables, each named in the function above.
    ("services/orders/delays/store.py", "table"),
}
DESCRIBED = {"services/reporting/projections/store.py"}
"""Writes the statements of tables that are described once, in constants."""


def may_hold_sql(path: Path) -> bool:
    text = path.as_posix()
    return path.name in ROLES or text in PLATFORM_FILES or text.startswith(tuple(f"{folder}/" for folder in (*PLATFORM, *READERS)))


def test_sql_stands_in_stores_reports_and_the_platform_only() -> None:
    assert [f"{path}:{line}" for path in python_files(*CODE) if not may_hold_sql(path) for _, line in sql_texts(path)] == []


def test_columns_are_named() -> None:
    texts = ((path, line, text) for path in python_files(*CODE) for text, line in sql_texts(path) if text is not None)
    assert [f"{path}:{line} takes all of {stars(text)}" for path, line, text in texts if stars(text)] == []


def test_values_are_never_put_into_the_text() -> None:
    """An f-string inserts column lists and conditions that are constants of a module, never what a function was given."""
    wrong = [
        f"{path}:{line} inserts {code}"
        for path in python_files(*CODE)
        if path.as_posix() not in DESCRIBED and not path.as_posix().startswith(("deploy/", "benchmarks/"))
        for code, line in inserted(path)
        if not CONSTANT.fullmatch(code) and (path.as_posix(), code) not in CHOSEN
    ]
    assert wrong == []


def constants(path: Path) -> Iterator[str]:
    """The SQL in module constants, put together as it is at import, alone or in mappings and tuples."""
    for value in vars(importlib.import_module(module_of(path))).values():
        for text in value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else (value,):
            if isinstance(text, str) and PREPARABLE.match(text):
                yield text


def statements(*folders: str) -> dict[str, str]:
    """Every statement of the folders' modules, with the place it is from."""
    found: dict[str, str] = {}
    for path in python_files(*folders):
        if may_hold_sql(path) and path.stem != "__main__":
            for text in (*constants(path), *sent_texts(path)):
                if not PLACEHOLDER.search(text):
                    found.setdefault(text, str(path))
    return found


async def refused(connection: Tx, text: str) -> str | None:
    """What the database says against a statement; None for one it understands and for the beginning of one."""
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        await connection.prepare(text)
    except asyncpg.PostgresSyntaxError as error:
        return None if "end of input" in str(error) else str(error)
    except asyncpg.PostgresError as error:
        return str(error)
    finally:
        await savepoint.rollback()
    return None


@pytest.mark.parametrize("service", SERVICES)
async def test_the_migrated_database_understands_every_statement(service: str, tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx(service)
    lacking = tuple([engine for engine, table in ENGINES.items() if not await connection.fetchval("SELECT to_regclass($1)", table)])
    # Rebuilds write into a schema of their own, which their connection looks into first.
    await connection.execute("SELECT set_config('search_path', 'projection, public', true)")
    platform = {text: place for text, place in statements("shared").items() if not place.startswith(lacking)}
    own = statements(f"services/{service}")
    assert len(own) >= 10, "the statements are no longer found"
    answers = [(place, await refused(connection, text), text) for text, place in {**own, **platform}.items()]
    assert [f"{place}: {why}: {' '.join(text.split())[:120]}" for place, why, text in answers if why] == []
