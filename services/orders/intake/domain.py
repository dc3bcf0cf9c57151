"""From the rows of a customer's file to orders: what a row may hold, which rows belong together, which contradict each other. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from services.orders.fields import Currency, Day, Locode, MilestoneCode, Number, Short
from services.orders.intake import words
from services.orders.orders.model import NewLine, NewOrder
from services.orders.shipments.model import NewShipment
from services.orders.suppliers.domain import NewSupplier
from shared.contracts import reasons
from shared.contracts.codes import Incoterm, Mode, TradeType
from shared.contracts.text import Both
from shared.imports.fields import Field
from shared.imports.rows import Fault, Grouped, Refused, Values

BATCH_ORDERS = 500
BATCH_LINES = 2_000
ORDER_LINES = 1_000
CODE_LENGTH = 60

_FORBIDDEN = re.compile(r"[/\\?#%\s]+")


def _fits(kind: Any, own: Both | None = None) -> Callable[[Any], Both | None]:
    """A check by the type that the API takes; its own words are the reason where none is given."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def check(value: Any) -> Both | None:
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            return own or reasons.reason(error.errors()[0])
        return None

    return check


def _one_of(kind: Any) -> Callable[[Any], Both | None]:
    codes = get_args(kind)
    return lambda value: None if value in codes else words.one_of(codes)


_number = _fits(Number)
_short = _fits(Short, words.ONE_LINE)
_quantity = _fits(NewLine.__annotations__["quantity"], words.QUANTITY)
_amount = _fits(NewLine.__annotations__["amount"], words.AMOUNT)
_locode = _fits(Locode)
_day = _fits(Day, words.DAY)


def _half_width(text: str) -> str:
    """As the orders themselves write numbers and codes: the rows of `ＳＯ－１` and `SO-1` are of one order."""
    return unicodedata.normalize("NFKC", text)


def _code(name: str, *, required: bool = False) -> Field:
    return Field(name, required=required, check=_number, spelled=_half_width)


HEADER = (
    _code("customer", required=True),
    Field("customer_po", required=True, check=_short),
    Field("ordered_on", "date", check=_day),
    _code("template", required=True),
    Field("trade_type", required=True, check=_one_of(TradeType)),
    Field("delivery_point", check=_fits(MilestoneCode)),
    Field("incoterm", check=_one_of(Incoterm)),
    Field("named_place", check=_short),
    Field("currency", check=_fits(Currency)),
)
"""What every row of an order says alike."""

TRANSPORT = (
    Field("mode", check=_one_of(Mode)),
    Field("carrier", check=_short),
    Field("vessel", check=_short),
    Field("voyage", check=_short),
    Field("booking", check=_short),
    Field("transport_document", check=_short),
    Field("port_of_loading", check=_locode),
    Field("port_of_discharge", check=_locode),
)
"""What every row of a shipment says alike, or leaves out."""

LINE = (
    Field("item", required=True, check=_short),
    Field("quantity", "number", required=True, check=_quantity),
    Field("uom", required=True, longest=20, check=_short),
    Field("amount", "number", check=_amount),
    Field("supplier", check=_short),
    Field("supplier_term", check=_short),
    _code("shipment"),
    Field("requested", "date", check=_day),
    Field("promised", "date", required=True, check=_day),
    Field("delivered", "date", check=_day),
)

FIELDS = (_code("order", required=True), _code("line", required=True), *HEADER, *LINE, *TRANSPORT)


@dataclass(frozen=True, slots=True)
class Intake:
    """One order of the file. `lines[i]` of the order stands in row `rows[i]` of the file."""

    order: NewOrder
    rows: tuple[int, ...]
    texts: tuple[Mapping[str, str], ...] = field(repr=False)
    """By row: the value of each field as text, for the report."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Orders written together, with the suppliers and shipments they name. `columns` are the file's headers by field."""

    intakes: tuple[Intake, ...]
    suppliers: tuple[NewSupplier, ...]
    shipments: tuple[NewShipment, ...]
    columns: Mapping[str, str] = field(repr=False)


def group(rows: Sequence[Values], columns: Mapping[str, str]) -> Grouped[Batch]:
    """The orders of a file in batches. Rows that contradict each other are refused, naming the column; repeated ones are unchanged."""
    refused: list[Refused] = []
    transports = _transports(rows, columns, refused)
    dropped = {fault.line for fault in refused}
    by_order: dict[str, list[Values]] = {}
    for row in rows:
        if row.line not in dropped:
            by_order.setdefault(row.values["order"], []).append(row)
    unchanged = 0
    kept: list[list[Values]] = []
    for own in by_order.values():
        lines, repeated = _lines(own, columns, refused)
        unchanged += repeated
        if lines and not _contradiction(own, lines, columns, refused):
            kept.append(lines)
        elif lines:
            unchanged -= repeated
    batches = [_batch(orders, transports, columns) for orders in _sliced(kept)]
    return Grouped(batches, sorted(refused, key=lambda r: r.line), unchanged)


def _lines(own: Sequence[Values], columns: Mapping[str, str], refused: list[Refused]) -> tuple[list[Values], int]:
    """One row for each line of an order, and how many rows only repeat one. Copies that differ are all refused."""
    copies: dict[str, list[Values]] = {}
    for row in own:
        copies.setdefault(row.values["line"], []).append(row)
    lines: list[Values] = []
    repeated = 0
    for rows in copies.values():
        differing = _differing(rows)
        if differing is None:
            lines.append(rows[0])
            repeated += len(rows) - 1
            continue
        where = [row.line for row in rows[:10]]
        for row in rows:
            said = words.copies_differ(row.values["order"], row.values["line"], where)
            refused.append(_refuse(row, differing, said, columns))
    return lines, repeated


def _differing(rows: Sequence[Values]) -> str | None:
    first = rows[0].values
    return next((name for row in rows[1:] for name, value in row.values.items() if value != first[name]), None)


def _contradiction(own: Sequence[Values], lines: Sequence[Values], columns: Mapping[str, str], refused: list[Refused]) -> bool:
    """Refuse an order whole when its rows say different things of it, or when it is too long."""
    first = lines[0]
    number = first.values["order"]
    already = {r.line for r in refused}
    for spec in HEADER:
        other = next((row for row in lines if row.values[spec.name] != first.values[spec.name]), None)
        if other is not None:
            here, there = ((row.line, _shown(row, spec.name)) for row in (first, other))
            said = words.rows_differ(number, here, there)
            refused.extend(_refuse(row, spec.name, said, columns) for row in own if row.line not in already)
            return True
    if len(lines) > ORDER_LINES:
        said = words.too_long(number, len(lines), ORDER_LINES)
        refused.extend(_refuse(row, "order", said, columns) for row in own if row.line not in already)
        return True
    return False


def _transports(rows: Sequence[Values], columns: Mapping[str, str], refused: list[Refused]) -> dict[str, dict[str, Any]]:
    """What is said of each shipment, put together; a row that contradicts an earlier one is refused."""
    transports: dict[str, dict[str, Any]] = {}
    for row in rows:
        number = row.values["shipment"]
        if number is None:
            continue
        known = transports.setdefault(number, {})
        said = {spec.name: value for spec in TRANSPORT if (value := row.values[spec.name]) is not None}
        differing = next((name for name, value in said.items() if known.get(name, value) != value), None)
        if differing is None:
            known.update(said)
        else:
            refused.append(_refuse(row, differing, words.said_before(number, known[differing]), columns))
    return transports


def _sliced(orders: Sequence[list[Values]]) -> Iterator[list[list[Values]]]:
    batch: list[list[Values]] = []
    lines = 0
    for order in orders:
        if batch and (len(batch) == BATCH_ORDERS or lines + len(order) > BATCH_LINES):
            yield batch
            batch, lines = [], 0
        batch.append(order)
        lines += len(order)
    if batch:
        yield batch


def _batch(orders: Sequence[list[Values]], transports: Mapping[str, dict[str, Any]], columns: Mapping[str, str]) -> Batch:
    rows = [row for order in orders for row in order]
    suppliers = sorted({row.values["supplier"] for row in rows} - {None})
    shipments = sorted({row.values["shipment"] for row in rows} - {None})
    return Batch(
        intakes=tuple(map(_intake, orders)),
        suppliers=tuple(NewSupplier(code=supplier_code(name), name=name) for name in suppliers),
        shipments=tuple(NewShipment(number=number, **transports[number]) for number in shipments),
        columns=columns,
    )


def _intake(rows: Sequence[Values]) -> Intake:
    first = rows[0].values
    lines = tuple(_line(row.values) for row in rows)
    header = {spec.name: first[spec.name] for spec in HEADER}
    order = NewOrder(number=first["order"], lines=lines, **header)
    return Intake(order, tuple(row.line for row in rows), tuple(_texts(row) for row in rows))


def _line(values: Mapping[str, Any]) -> NewLine:
    supplier = values["supplier"]
    given = {spec.name: values[spec.name] for spec in LINE} | {"supplier": None if supplier is None else supplier_code(supplier)}
    return NewLine(line=values["line"], **given)


def supplier_code(name: str) -> str:
    """The code of a supplier known by name only: the name, without what a code cannot hold; a long one is cut and told apart by a hash."""
    code = _FORBIDDEN.sub(" ", name).strip()
    if code == name and len(code) <= CODE_LENGTH:
        return code
    mark = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{code[: CODE_LENGTH - 7].strip()}-{mark}"


def faults_of(intake: Intake, errors: Sequence[tuple[str, Both]], columns: Mapping[str, str]) -> list[Refused]:
    """The report on an order that was refused, or whose lines were: `errors` are (field as in the order, reason).

    An error of a line is its row's. An error of the order is that of all its rows.
    """
    by_row: dict[int, list[Fault]] = {}
    for path, reason in errors:
        parts = path.split(".")
        name = parts[-1]
        at = [int(parts[1])] if parts[0] == "lines" and len(parts) > 1 else list(range(len(intake.rows)))
        name = {"number": "order"}.get(name, name)
        for index in at:
            by_row.setdefault(index, []).append(Fault(columns.get(name, name), intake.texts[index].get(name, "")[:200], reason))
    return [Refused(intake.rows[index], tuple(faults)) for index, faults in sorted(by_row.items())]


def _refuse(row: Values, name: str, reason: Both, columns: Mapping[str, str]) -> Refused:
    return Refused(row.line, (Fault(columns[name], _shown(row, name), reason),))


def _shown(row: Values, name: str) -> str:
    value = row.values[name]
    return "" if value is None else str(value)[:200]


def _texts(row: Values) -> dict[str, str]:
    return {name: str(value) for name, value in row.values.items() if value is not None}


def named(batch: Batch, intakes: Sequence[Intake]) -> tuple[list[NewSupplier], list[NewShipment]]:
    """The batch's suppliers and shipments that `intakes` name."""
    suppliers = {line.supplier for intake in intakes for line in intake.order.lines}
    shipments = {line.shipment for intake in intakes for line in intake.order.lines}
    return (
        [supplier for supplier in batch.suppliers if supplier.code in suppliers],
        [shipment for shipment in batch.shipments if shipment.number in shipments],
    )
