"""Imports against a real database: written once, resumed after a crash, reported row by row, dry when asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
import pytest_asyncio

from services.orders.intake.domain import FIELDS, Batch
from services.orders.intake.handlers import ORDERS
from shared.contracts.customers import CustomerFacts
from shared.database.pool import Database, Tx
from shared.directory.store import save_customers
from shared.ids import new_id
from shared.imports import store
from shared.imports.fields import check_mapping
from shared.imports.job import Job, Kind, NewJob, Shown
from shared.imports.mapping import MappingDocument
from shared.imports.models import report_csv
from shared.imports.rows import Outcome
from shared.imports.task import MOST_TRIES, work_one
from shared.messaging.record import Stamp
from shared.problems import Stale
from shared.service import Running

NOW = datetime(2016, 1, 1, 8, tzinfo=UTC)
HEADER = "PO,Line,Customer,Item,Qty,Promised,Delivered,Shipment,Supplier,Mode"
DOCUMENT = MappingDocument.model_validate(
    {
        "columns": {
            "order": {"source": "PO"},
            "customer_po": {"source": "PO"},
            "line": {"source": "Line"},
            "customer": {"source": "Customer"},
            "item": {"source": "Item"},
            "quantity": {"source": "Qty"},
            "promised": {"source": "Promised", "dates": ["%Y-%m-%d"]},
            "delivered": {"source": "Delivered", "dates": ["%Y-%m-%d"], "note": True},
            "shipment": {"source": "Shipment"},
            "supplier": {"source": "Supplier"},
            "mode": {"source": "Mode", "values": {"Air": "air"}, "empty": ["N/A"]},
        },
        "constants": {"template": "delivery", "trade_type": "export", "uom": "pack", "currency": "USD"},
    }
)


def file(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


GOOD = file(
    "A1,1,NA,Tea,5,2013-02-01,,S1,Tea & Co,Air",
    "A2,1,NA,Tea,5,2013-02-01,2013-01-10,S2,Tea & Co,Air",
    "A1,2,NA,Salt,7,2013-02-02,not captured,S1,Tea & Co,N/A",
)


class Desk:
    """An orders database with two customers and a mapping, and what a test does with imports."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.running = cast(Running, SimpleNamespace(database=database, clock=SimpleNamespace(now=lambda: NOW), stopping=asyncio.Event()))

    async def send(self, content: bytes, *, dry_run: bool = False, owners: list[str] | None = None) -> UUID:
        stamp = Stamp(NOW, "corr-1", "li.na", historical=True)
        job = NewJob(new_id(), "test", 1, "orders.csv", content, None, dry_run, owners, stamp)
        async with self.database.transaction() as tx:
            await store.add(tx, "orders", job)
        return job.id

    async def work(self, kind: Kind[Batch] = ORDERS) -> None:
        while await work_one(self.running, kind):
            pass

    async def imported(self, content: bytes, **options: Any) -> Shown:
        job = await self.send(content, **options)
        await self.work()
        return await self.shown(job)

    async def shown(self, job: UUID) -> Shown:
        async with self.database.connection() as tx:
            found = await store.shown(tx, "orders", job, None)
        assert found is not None
        return found

    async def report(self, job: UUID, status: Any = "refused") -> list[tuple[int, str, str, str]]:
        async with self.database.connection() as tx:
            return [(r.line, r.column, r.value, r.reason) for r in await store.report(tx, job, status, (0, -1), 200)]

    async def count(self, what: str) -> int:
        async with self.database.connection() as tx:
            found: int = await tx.fetchval(f"SELECT count(*) FROM {what}")
            return found


@pytest_asyncio.fixture(loop_scope="session")
async def desk(make_database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Desk]:
    database = await make_database("orders")
    check_mapping(DOCUMENT, FIELDS)
    async with database.transaction() as tx:
        await save_customers(tx, [customer("NA", "li.na"), customer("DE", "anna.berg")])
        await store.save_mapping(tx, "orders", "test", 1, DOCUMENT, Stamp(NOW, "c", "li.na"))
    yield Desk(database)


def customer(code: str, owner: str) -> CustomerFacts:
    return CustomerFacts(
        customer_id=new_id(), code=code, name=code, country=code, language="en", time_zone="UTC",
        grade="normal", prospect_class=None, owner=owner,
    )  # fmt: skip


def numbers(shown: Shown) -> tuple[str, int | None, int | None, int, int, int]:
    return shown.status, shown.rows, shown.good, shown.imported, shown.unchanged, shown.refused


async def test_an_import_writes_orders_lines_and_historical_events(desk: Desk) -> None:
    shown = await desk.imported(GOOD)
    assert numbers(shown) == ("done", 3, 3, 3, 0, 0)
    assert shown.noted == 1
    assert await desk.report(shown.id, "noted") == [(4, "Delivered", "not captured", "kept as a note")]
    async with desk.database.connection() as tx:
        lines = await tx.fetch("SELECT line, promised, delivered, shipment FROM order_line ORDER BY order_id, line")
        bodies = [bytes(row["body"]) for row in await tx.fetch("SELECT body FROM record")]
    assert [tuple(line) for line in lines] == [
        ("1", date(2013, 2, 1), None, "S1"),
        ("2", date(2013, 2, 2), None, "S1"),
        ("1", date(2013, 2, 1), date(2013, 1, 10), "S2"),
    ]
    assert all(b'"historical":true' in body and b'"correlationid":"corr-1"' in body for body in bodies)
    assert await desk.count("import_file") == 0


async def test_repeating_an_import_changes_nothing(desk: Desk) -> None:
    await desk.imported(GOOD)
    events = await desk.count("record")
    assert numbers(await desk.imported(GOOD)) == ("done", 3, 3, 0, 3, 0)
    assert await desk.count("record") == events


async def test_new_lines_of_an_order_go_in_and_changed_ones_are_refused(desk: Desk) -> None:
    await desk.imported(GOOD)
    shown = await desk.imported(file("A1,1,NA,Tea,6,2013-02-01,,S1,Tea & Co,Air", "A1,3,NA,Oil,1,2013-02-03,,S1,,"))
    assert numbers(shown) == ("done", 2, 2, 1, 0, 1)
    ((line, column, value, reason),) = await desk.report(shown.id)
    assert (line, column, value) == (2, "Qty", "6")
    assert "quantity" in reason


async def test_bad_rows_are_reported_and_the_others_go_in(desk: Desk) -> None:
    shown = await desk.imported(
        file(
            "A1,1,NA,Tea,many,2013-02-01,,,,",
            "A1,2,NA,Tea,5,01.02.2013,,,,Rocket",
            "A2,1,XX,Tea,5,2013-02-01,,S9,Nobody,",
            "A3,1,DE,Tea,5,2013-02-01,,,,",
            "A4,1,DE,Tea,5,2013-02-01,2016-01-03,,,",
            "A4,2,DE,Tea,5,2013-02-01,2013-01-30,,,",
        )
    )
    assert numbers(shown) == ("done", 6, 4, 1, 0, 5)
    assert await desk.report(shown.id) == [
        (2, "Qty", "many", "is not a number (decimal mark '.', at most 24 digits)"),
        (3, "Promised", "01.02.2013", "is not a day written like 2024-12-31"),
        (3, "Mode", "Rocket", "is not among the values of the mapping"),
        (4, "Customer", "XX", "no customer XX is known here"),
        (6, "Delivered", "2016-01-03", "2016-01-03 has not come yet: today is 2016-01-01"),
        (7, "PO", "A4", "the order was not taken, as another row of it is refused"),
    ]
    assert (await desk.count("shipment"), await desk.count("supplier")) == (0, 0)


async def test_customers_out_of_sight_are_unknown(desk: Desk) -> None:
    shown = await desk.imported(file("A1,1,NA,Tea,5,2013-02-01,,,,", "A2,1,DE,Tea,5,2013-02-01,,,,"), owners=["li.na"])
    assert numbers(shown) == ("done", 2, 2, 1, 0, 1)
    assert await desk.report(shown.id) == [(3, "Customer", "DE", "no customer DE is known here")]


async def test_a_dry_run_writes_its_report_and_nothing_else(desk: Desk) -> None:
    shown = await desk.imported(GOOD + b"\nA9,1,XX,Tea,5,2013-02-01,,,,", dry_run=True)
    assert numbers(shown) == ("done", 4, 4, 3, 0, 1)
    assert len(await desk.report(shown.id)) == 1
    for table in ("customer_order", "order_line", "shipment", "supplier", "record", "outbox", "promise_entry"):
        assert await desk.count(table) == 0, table


async def test_an_import_that_breaks_off_goes_on_without_doubling(desk: Desk) -> None:
    content = file(*(f"O{n},1,NA,Tea,5,2013-02-01,,,," for n in range(1_100)))
    left = 1

    async def killed(tx: Tx, job: Job, batch: Batch) -> Outcome:
        nonlocal left
        outcome = await ORDERS.write(tx, job, batch)
        if left == 0:
            raise asyncio.CancelledError
        left -= 1
        return outcome

    job = await desk.send(content)
    with pytest.raises(asyncio.CancelledError):
        await desk.work(Kind("orders", FIELDS, ORDERS.group, killed))
    broken = await desk.shown(job)
    assert numbers(broken) == ("running", 1_100, 1_100, 500, 0, 0)
    await desk.work()
    assert numbers(await desk.shown(job)) == ("done", 1_100, 1_100, 1_100, 0, 0)
    assert await desk.count("customer_order") == 1_100


async def test_an_import_that_always_breaks_ends_as_failed_and_the_next_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0
    first = await desk.send(GOOD)
    second = await desk.send(GOOD)

    async def broken(tx: Tx, job: Job, batch: Batch) -> Outcome:
        nonlocal tries
        if job.id == second:
            return await ORDERS.write(tx, job, batch)
        tries += 1
        raise ZeroDivisionError

    async def no_pause(seconds: float) -> None:
        return None

    monkeypatch.setattr("shared.imports.task.asyncio", SimpleNamespace(sleep=no_pause, to_thread=asyncio.to_thread))
    await desk.work(Kind("orders", FIELDS, ORDERS.group, broken))
    failed = await desk.shown(first)
    assert (failed.status, tries) == ("failed", MOST_TRIES)
    assert failed.failure is not None
    assert "several times" in failed.failure["detail"]
    assert (await desk.shown(second)).status == "done"


async def test_a_file_that_turns_out_unreadable_fails_with_its_reason(desk: Desk) -> None:
    shown = await desk.imported(b"PO,Line\n1,2\n")
    assert shown.status == "failed"
    assert shown.failure is not None
    [error] = [one for one in shown.failure["errors"] if one.field == "columns.customer"]
    assert (error.reason, error.reason.zh) == ("the file has no column 'Customer'", "文件没有列 'Customer'")


async def test_mappings_are_versioned_and_the_second_of_two_writers_is_refused(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await store.save_mapping(tx, "orders", "test", 2, DOCUMENT, Stamp(NOW, "c", "li.na"))
        assert await store.mappings(tx, "orders", "", 10) == [("test", 2, "")]
        assert await store.mapping(tx, "orders", "test", 1) == (1, DOCUMENT)
    with pytest.raises(Stale):
        async with desk.database.transaction() as tx:
            await store.save_mapping(tx, "orders", "test", 2, DOCUMENT, Stamp(NOW, "c", "li.na"))


async def test_the_report_as_csv_holds_no_formula(desk: Desk) -> None:
    shown = await desk.imported(file('A1,1,NA,Tea,"=1+1",2013-02-01,,,,'))
    async with desk.database.connection() as tx:
        text = b"".join([chunk async for chunk in report_csv(tx, shown.id, "refused", "zh-CN")]).decode("utf-8-sig")
    header, row, _ = text.split("\r\n")
    assert header == "line,column,value,reason"
    assert row.startswith('2,"Qty","\'=1+1","须为数字')


async def test_the_scms_file_goes_in_whole(desk: Desk) -> None:
    folder = Path(__file__).resolve().parents[3] / "examples" / "scms"
    document = MappingDocument.model_validate_json((folder / "mapping.json").read_bytes())
    codes = set(document.columns["customer"].values.values())
    async with desk.database.transaction() as tx:
        await save_customers(tx, [customer(code, "li.na") for code in sorted(codes - {"NA"})])
        await store.save_mapping(tx, "orders", "test", 2, document, Stamp(NOW, "c", "li.na"))
        job = NewJob(
            new_id(), "test", 2, None, (folder / "SCMS_Delivery_History_Dataset_20150929.csv").read_bytes(), None, False, None,
            Stamp(NOW, "c", "li.na", historical=True),
        )  # fmt: skip
        await store.add(tx, "orders", job)
    await desk.work()
    shown = await desk.shown(job.id)
    assert numbers(shown) == ("done", 10_324, 10_324, 10_324, 0, 0)
    assert (await desk.count("customer_order"), await desk.count("shipment"), await desk.count("supplier")) == (6_233, 7_030, 73)
