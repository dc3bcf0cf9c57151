"""Rows to orders: what belongs together, what contradicts, and the SCMS file as the project ships it."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.orders.intake.domain import FIELDS, Batch, faults_of, group, supplier_code
from services.orders.words import no_customer
from shared.contracts.text import Both
from shared.imports.fields import check_mapping
from shared.imports.job import Kind, Prepared, prepare
from shared.imports.mapping import MappingDocument
from shared.imports.rows import Grouped, Values

SCMS = Path(__file__).resolve().parents[3] / "examples" / "scms"
COLUMNS = {field.name: field.name.upper() for field in FIELDS}


async def nothing(*_: Any) -> Any:
    raise AssertionError


KIND: Kind[Batch] = Kind("orders", FIELDS, group, nothing)


def row(at: int, **given: Any) -> Values:
    values: dict[str, Any] = dict.fromkeys((field.name for field in FIELDS), None) | {
        "order": "A",
        "customer_po": "PO",
        "customer": "DE",
        "template": "delivery",
        "trade_type": "export",
        "line": str(at),
        "item": "Tea",
        "quantity": Decimal(1),
        "uom": "pack",
        "promised": date(2013, 1, 2),
    }
    return Values(at, values | given, ())


def grouped(*rows: Values) -> Grouped[Batch]:
    return group(rows, COLUMNS)


def refusals(found: Grouped[Batch]) -> dict[int, tuple[str, str]]:
    return {refused.line: (refused.faults[0].column, refused.faults[0].reason) for refused in found.refused}


def test_rows_of_an_order_are_found_over_the_whole_file() -> None:
    found = grouped(row(2), row(3, order="B"), row(4))
    (batch,) = found.batches
    assert [(intake.order.number, intake.rows) for intake in batch.intakes] == [("A", (2, 4)), ("B", (3,))]
    assert not found.refused


def test_full_width_numbers_are_of_the_same_order() -> None:
    columns = ("order", "customer_po", "customer", "template", "trade_type", "line", "item", "quantity", "uom", "shipment")
    document: dict[str, Any] = {name: {"source": name} for name in columns} | {"promised": {"source": "day", "dates": ["%Y-%m-%d"]}}
    text = "\n".join(
        [
            ",".join((*columns, "day")),
            "SO-1,PO,DE,delivery,export,1,Tea,1,pack,S1,2013-01-02",
            "ＳＯ－１,PO,DE,delivery,export,2,Tea,1,pack,Ｓ１,2013-01-02",
        ]
    )
    found = prepare(KIND, text.encode(), MappingDocument.model_validate({"columns": document}), None)
    (batch,) = found.batches
    assert [(intake.order.number, len(intake.rows)) for intake in batch.intakes] == [("SO-1", 2)]
    assert [shipment.number for shipment in batch.shipments] == ["S1"]


def test_a_day_that_business_cannot_mean_is_refused_by_its_row() -> None:
    columns = ("order", "customer_po", "customer", "template", "trade_type", "line", "item", "quantity", "uom")
    document: dict[str, Any] = {name: {"source": name} for name in columns} | {"promised": {"source": "day", "dates": ["%Y-%m-%d"]}}
    text = "\n".join(
        [",".join((*columns, "day")), *(f"SO-{at},PO,DE,delivery,export,1,Tea,1,pack,{at}-01-02" for at in ("2013", "2200", "1969"))]
    )
    found = prepare(KIND, text.encode(), MappingDocument.model_validate({"columns": document}), None)
    assert [intake.order.number for intake in found.batches[0].intakes] == ["SO-2013"]
    assert [(one.line, one.faults[0].column, one.faults[0].value) for one in found.refused] == [
        (3, "day", "2200-01-02"),
        (4, "day", "1969-01-02"),
    ]


def test_the_same_row_twice_is_unchanged() -> None:
    found = grouped(row(2), row(3, line="2"))
    assert found.unchanged == 1
    assert found.batches[0].intakes[0].rows == (2,)


def test_the_same_line_with_different_values_is_refused_both_times_and_the_others_go_in() -> None:
    found = grouped(row(2), row(3, line="2", quantity=Decimal(7)), row(4))
    assert refusals(found).keys() == {2, 3}
    assert refusals(found)[3][0] == "QUANTITY"
    assert "rows 2, 3" in refusals(found)[3][1]
    assert found.batches[0].intakes[0].rows == (4,)


def test_an_order_whose_rows_name_two_customers_is_refused_whole() -> None:
    found = grouped(row(2), row(3, customer="FR"), row(4, line="2"), row(5, order="B"))
    assert refusals(found).keys() == {2, 3, 4}
    assert refusals(found)[2] == ("CUSTOMER", "the rows of order A differ in it: 'DE' in row 2, 'FR' in row 3")
    assert found.unchanged == 0
    assert [intake.order.number for intake in found.batches[0].intakes] == ["B"]


def test_a_shipment_is_put_together_and_a_contradiction_refused() -> None:
    found = grouped(row(2, shipment="S", mode="air"), row(3, shipment="S", vessel="Ever"), row(4, shipment="S", mode="sea"))
    assert refusals(found) == {4: ("MODE", "shipment S has 'air' in an earlier row")}
    (shipment,) = found.batches[0].shipments
    assert (shipment.mode, shipment.vessel) == ("air", "Ever")


def test_batches_are_bounded_and_keep_orders_whole() -> None:
    found = grouped(*(row(n, order=f"O{n // 2}") for n in range(2, 2_402)))
    assert [len(batch.intakes) for batch in found.batches] == [500, 500, 200]
    assert sum(len(intake.rows) for batch in found.batches for intake in batch.intakes) == 2_400


def test_an_order_that_is_too_long_is_refused() -> None:
    found = grouped(*(row(n) for n in range(2, 1_003)))
    assert len(found.refused) == 1_001
    assert not found.batches


@pytest.mark.parametrize("name", ["A/S", "x" * 61, "a  b", "50 % off #1", "名" * 200])
def test_supplier_codes_fit_and_differ(name: str) -> None:
    code = supplier_code(name)
    assert len(code) <= 60
    assert code != supplier_code(name + " ")
    assert not set(code) & set("/\\?#%")


def test_errors_of_an_order_are_reported_by_row_and_column_of_the_file() -> None:
    intake = grouped(row(2), row(3)).batches[0].intakes[0]
    lines = faults_of(intake, [("lines.1.quantity", Both("differs", "不一致"))], COLUMNS)
    assert [(r.line, r.faults[0].column, r.faults[0].value, r.faults[0].reason) for r in lines] == [(3, "QUANTITY", "1", "differs")]
    whole = faults_of(intake, [("customer", no_customer("DE"))], COLUMNS)
    assert [(r.line, r.faults[0].column, r.faults[0].value) for r in whole] == [(2, "CUSTOMER", "DE"), (3, "CUSTOMER", "DE")]


@pytest.fixture(scope="module")
def scms() -> Prepared[Batch]:
    document = MappingDocument.model_validate_json((SCMS / "mapping.json").read_bytes())
    check_mapping(document, FIELDS)
    return prepare(KIND, (SCMS / "SCMS_Delivery_History_Dataset_20150929.csv").read_bytes(), document, None)


def test_the_scms_file_is_read_whole(scms: Prepared[Batch]) -> None:
    orders = [intake.order for batch in scms.batches for intake in batch.intakes]
    lines = [line for order in orders for line in order.lines]
    assert (scms.rows, scms.good, len(scms.refused), scms.unchanged) == (10_324, 10_324, 0, 0)
    assert (len(orders), len({order.number for order in orders}), len(lines)) == (6_233, 6_233, 10_324)
    assert len({line.shipment for line in lines}) == 7_030
    assert len({order.customer for order in orders}) == 43
    assert len({line.supplier for line in lines}) == 73
    assert sum(line.delivered is not None and line.delivered <= line.promised for line in lines) == 9_138
    assert sum(order.customer == "NA" for order in orders) > 0
    # 5,732 lines have no order date
    assert sum(len(order.lines) for order in orders if order.ordered_on is None) == 5_732


def test_the_scms_file_keeps_its_texts_as_notes(scms: Prepared[Batch]) -> None:
    by_column = Counter(note.column for _, note in scms.noted)
    assert by_column["PO Sent to Vendor Date"] == 5_732
    assert by_column["Weight (Kilograms)"] > 1_507
    assert any(note.text.startswith("See ASN-93") for _, note in scms.noted)
    terms = Counter(line.supplier_term for b in scms.batches for i in b.intakes for line in i.order.lines)
    assert (terms["DDU"], terms[None]) == (15, 5_404)
    modes = {shipment.mode for batch in scms.batches for shipment in batch.shipments}
    assert modes == {"air", "road", "sea", None}
