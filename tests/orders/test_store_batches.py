"""Batches of orders as an import writes them: repeated, extended, refused in part, with history."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest_asyncio

from services.orders.orders.model import NewOrder
from services.orders.orders.queries import read_order
from services.orders.orders.store import Outcome, create_many
from services.orders.shipments.model import NewShipment
from services.orders.suppliers.domain import NewSupplier
from shared.database.pool import Tx
from shared.directory.store import save_customers
from shared.messaging.record import Stamp
from tests.orders.calls import customer, order
from tests.orders.plans import NOW, line

STAMP = Stamp(time=NOW, correlation_id="import-1", actor="li.wei", historical=True)


class Batches:
    """Writes batches in one transaction that is rolled back."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx

    async def write(self, *orders: dict[str, Any], owners: list[str] | None = None) -> list[Outcome]:
        shipments = {one["shipment"] for new in orders for one in new["lines"] if one.get("shipment")}
        suppliers = {one["supplier"] for new in orders for one in new["lines"] if one.get("supplier")}
        return await create_many(
            self.tx,
            STAMP,
            [NewOrder.model_validate(new) for new in orders],
            owners=owners,
            source="import",
            shipments=[NewShipment(number=number, mode="air", containers=("A1", "B2")) for number in sorted(shipments)],
            suppliers=[NewSupplier(code=code, name=code) for code in sorted(suppliers)],
        )

    async def count(self, table: str) -> int:
        return int(await self.tx.fetchval(f"SELECT count(*) FROM {table}"))


@pytest_asyncio.fixture(loop_scope="session")
async def batches(tx: Callable[[str], Awaitable[Tx]]) -> Batches:
    connection = await tx("orders")
    await save_customers(connection, [customer("ACME", "li.wei"), customer("BOLT", "chen.jie")])
    return Batches(connection)


def delivered(number: str, **changes: Any) -> dict[str, Any]:
    lines = [line("1", shipment="ASN-1", supplier="MILL", promised="2012-06-01", delivered="2012-06-03"), line("2", promised="2013-02-01")]
    actuals = [{"milestone": "MAT_PO", "shipment": "ASN-1", "date": "2012-03-01"}]
    return order(*lines, number=number, template="delivery", actuals=actuals, **changes)


async def test_a_batch_is_created_with_its_shipments_suppliers_and_history(batches: Batches) -> None:
    outcomes = await batches.write(delivered("SO-1"), delivered("SO-2"))
    assert [(one.result, one.added) for one in outcomes] == [("created", ("1", "2"))] * 2
    shown = await read_order(batches.tx, "SO-1", None, date(2026, 3, 1))
    assert (shown.status, shown.source, shown.delivery_point) == ("open", "import", "DELIVERED")
    nodes = {(node.shipment, node.milestone): (node.planned, node.actual) for node in shown.plan}
    assert nodes == {
        (None, "MAT_PO"): (date(2012, 12, 3), None),
        (None, "DELIVERED"): (date(2013, 2, 1), None),
        ("ASN-1", "MAT_PO"): (date(2012, 4, 2), date(2012, 3, 1)),
        ("ASN-1", "DELIVERED"): (date(2012, 6, 1), date(2012, 6, 3)),
    }
    types = [row["type"] for row in await batches.tx.fetch("SELECT type FROM record ORDER BY position")]
    assert types == ["orders.supplier.created.v1", "orders.shipment.created.v1", "orders.order.created.v1", "orders.order.created.v1"]
    bodies = await batches.tx.fetch("SELECT body FROM record")
    assert all(b'"historical":true' in row["body"] for row in bodies)
    assert await batches.tx.fetchval("SELECT containers FROM shipment WHERE number = 'ASN-1'") == ["A1", "B2"]


async def test_a_batch_written_again_changes_nothing(batches: Batches) -> None:
    await batches.write(delivered("SO-1"), delivered("SO-2"))
    before = {table: await batches.count(table) for table in ("order_line", "milestone", "promise_entry", "record")}
    outcomes = await batches.write(delivered("SO-2"), delivered("SO-1"))
    assert [(one.number, one.result, one.unchanged, one.errors) for one in outcomes] == [
        ("SO-2", "unchanged", ("1", "2"), ()),
        ("SO-1", "unchanged", ("1", "2"), ()),
    ]
    assert {table: await batches.count(table) for table in before} == before


async def test_an_order_gains_the_lines_it_lacks_and_refuses_those_that_differ(batches: Batches) -> None:
    await batches.write(order(line("1"), line("2")))
    [outcome] = await batches.write(order(line("1", quantity="7"), line("2"), line("3", shipment="ASN-9")))
    assert (outcome.result, outcome.added, outcome.unchanged) == ("extended", ("3",), ("2",))
    assert [(error.field, error.reason) for error in outcome.errors] == [
        ("lines.0.quantity", "line 1 exists with another quantity: 1200 there, 7 here")
    ]
    assert await batches.tx.fetchval("SELECT version FROM customer_order WHERE number = 'SO-1'") == 2


async def test_a_refused_order_does_not_stop_the_others(batches: Batches) -> None:
    outcomes = await batches.write(
        order(number="SO-1", customer="WHO"), order(number="SO-2"), order(number="SO-2"), order(number="SO-3", template="no")
    )
    assert [one.result for one in outcomes] == ["refused", "created", "refused", "refused"]
    assert [one.errors[0].field for one in outcomes if one.errors] == ["customer", "number", "template"]
    assert await batches.count("customer_order") == 1


async def test_what_is_out_of_sight_is_unknown_or_taken(batches: Batches) -> None:
    await batches.write(order(number="BO-1", customer="BOLT"))
    outcomes = await batches.write(order(number="BO-2", customer="BOLT"), order(number="BO-1"), owners=["li.wei"])
    assert [(one.result, one.errors[0].field, one.errors[0].reason) for one in outcomes] == [
        ("refused", "customer", "no customer BOLT is known here"),
        ("refused", "number", "the number BO-1 belongs to another order"),
    ]


async def test_five_hundred_orders_take_as_many_statements_as_five(batches: Batches) -> None:
    statements: list[int] = []
    for name, many in (("A", 5), ("B", 500)):
        asked: list[object] = []
        with batches.tx.query_logger(asked.append):
            outcomes = await batches.write(*(delivered(f"{name}-{index}") for index in range(many)))
        assert {one.result for one in outcomes} == {"created"}
        statements.append(len(asked))
    assert await batches.count("order_line") == 1010
    assert statements[0] == statements[1] > 0
