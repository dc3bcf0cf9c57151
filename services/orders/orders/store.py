"""Orders in the database: created in batches, given more lines.

One order over the API and five hundred of an import take the same way and the same number of statements.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from services.orders.calendars import store as calendars_store
from services.orders.calendars.domain import Calendars, Owner, asks_customer, departments, named
from services.orders.credits import store as credits_store
from services.orders.credits.words import must_be_amended
from services.orders.cutoffs import store as cutoffs_store
from services.orders.orders import inserts, words
from services.orders.orders.domain import add_lines, candidates, decide
from services.orders.orders.inserts import OrderExists
from services.orders.orders.model import LINE_FIELDS, Decided, Existing, Known, NewLine, NewOrder, Ordered, Source
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.sailings import store as sailings_store
from services.orders.shipments import store as shipments_store
from services.orders.shipments.model import NewShipment
from services.orders.suppliers import store as suppliers_store
from services.orders.suppliers.domain import NewSupplier
from services.orders.templates import store as templates_store
from services.orders.templates.domain import Network
from shared.contracts.calendars import EVERY_DAY
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging import record
from shared.messaging.record import Facts, Stamp
from shared.problems import FieldError, require_none

Result = Literal["created", "extended", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one order of a batch.

    `created`: with all its lines. `extended`: it was there and gained `added`. `unchanged`: it has all of it already.
    `refused`: nothing was written of it. `errors` name their field as in the order, `lines.3.supplier` for its fourth line;
    an extended or unchanged order may have errors too, for the lines that were refused.
    """

    number: str
    result: Result
    order_id: UUID | None = None
    added: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()


async def create_many(
    tx: Tx,
    stamp: Stamp,
    orders: Sequence[NewOrder],
    *,
    owners: list[str] | None,
    source: Source,
    shipments: Sequence[NewShipment] = (),
    suppliers: Sequence[NewSupplier] = (),
) -> list[Outcome]:
    """Create orders that are new and give those that exist the lines they lack, in the caller's transaction.

    `shipments` and `suppliers` are made first where their number or code is new; those that exist stay as they are.
    `owners` is the caller's sight (`owners_seen`): customers outside it are unknown to him.
    Answers one outcome for each order, in their order; a refused order does not stop the others. A number may be in a
    batch once. Two batches that create the same new number at once: the later one fails with OrderExists.
    A dry run is the same call in a transaction that is rolled back.
    """
    facts = await suppliers_store.create_missing(tx, suppliers)
    facts += await shipments_store.create_missing(tx, shipments)
    known, taken = await _known(tx, orders, owners, stamp.time.date())
    networks = {order.number: found[0] for order in orders if len(found := candidates(order, known)) == 1}
    networks |= {number: existing.plan.network for number, existing in known.orders.items()}
    countries = {order.number: known.countries.get(order.customer) for order in orders}
    told, calendars = await _calendars(tx, stamp, known, [line for order in orders for line in order.lines], networks, countries)
    known, facts = replace(known, calendars=calendars), [*facts, *told]
    decided: list[Decided] = []
    seen: set[str] = set()
    for order in orders:
        if order.number in taken or order.number in seen:
            why = words.taken(order.number) if order.number in taken else words.given_twice(order.number)
            decided.append(Decided(order.number, errors=(FieldError("number", why),)))
        else:
            decided.append(decide(order, known, order_id=new_id(), source=source, today=stamp.time.date()))
        seen.add(order.number)
    decided = await _kept_together(tx, orders, decided)
    facts += await _write(tx, stamp, decided, source)
    await record.append(tx, stamp, facts)
    return [_outcome(one) for one in decided]


_EXISTS = "SELECT EXISTS (SELECT FROM customer_order WHERE number = $1)"


async def create(tx: Tx, stamp: Stamp, order: NewOrder, owners: list[str] | None) -> Outcome:
    """Create one order. OrderExists, or Invalid with everything that stands in the way."""
    if not await tx.fetchval(_EXISTS, order.number):
        (outcome,) = await create_many(tx, stamp, [order], owners=owners, source="api")
        # One that was created at the same moment is found by now, and must not gain these lines.
        if outcome.result == "created" or not await tx.fetchval(_EXISTS, order.number):
            return _all_or_nothing(outcome)
    raise OrderExists(words.exists(order.number), field="number")


async def extend(tx: Tx, stamp: Stamp, number: str, lines: Sequence[NewLine], owners: list[str] | None) -> Outcome:
    """Give an order more lines. NotFound, PartialShipmentForbidden, or Invalid with everything that stands in the way."""
    today = stamp.time.date()
    known, _ = await _references(tx, lines, [number], owners, today)
    plan = await planning.lock_order(tx, number, owners, today)
    existing = (await _existing(tx, {number: plan}))[number]
    told, calendars = await _calendars(tx, stamp, known, lines, {number: plan.network}, {number: existing.country})
    decided = add_lines(lines, existing, replace(known, calendars=calendars), "api", today)
    outcome = _all_or_nothing(_outcome(decided))
    if decided.after is not None:
        await credits_store.check_together(tx, [decided.after])
    await record.append(tx, stamp, [*told, *await _write(tx, stamp, [decided], "api")])
    return outcome


async def _kept_together(tx: Tx, orders: Sequence[NewOrder], decided: list[Decided]) -> list[Decided]:
    """The same without the lines that orders may not gain: their goods would travel apart against a credit."""
    extended = {one.after.order_id: one.after for one in decided if one.before is not None and one.after is not None}
    against = await credits_store.parting(tx, extended.values()) if extended else []
    covered = {order.order_id for credit in against for order in credit.orders}
    why = must_be_amended([credit.number for credit in against])
    return [
        one.without(order.lines, why) if one.after is not None and one.after.order_id in covered else one
        for order, one in zip(orders, decided, strict=True)
    ]


async def _write(tx: Tx, stamp: Stamp, decided: Sequence[Decided], source: Source) -> list[Facts]:
    facts = await inserts.write(tx, stamp, decided, source)
    await cutoffs_store.look_now(tx, {line.shipment for one in decided for line in one.lines if line.shipment is not None}, stamp.time)
    return facts


def _all_or_nothing(outcome: Outcome) -> Outcome:
    require_none(outcome.errors)
    return outcome


def _outcome(decided: Decided) -> Outcome:
    if decided.after is None:
        result: Result = "unchanged" if decided.unchanged else "refused"
        return Outcome(decided.number, result, unchanged=decided.unchanged, errors=decided.errors)
    added = tuple(line.line for line in decided.lines)
    result = "created" if decided.before is None else "extended"
    return Outcome(decided.number, result, decided.after.order_id, added, decided.unchanged, decided.errors)


async def _known(tx: Tx, orders: Sequence[NewOrder], owners: list[str] | None, today: date) -> tuple[Known, set[str]]:
    """What the orders refer to, with the shipments and the orders that exist locked; and the numbers out of the caller's sight."""
    numbers = [order.number for order in orders]
    lines = [line for order in orders for line in order.lines]
    known, taken = await _references(tx, lines, numbers, owners, today, [order.customer for order in orders])
    existing = await _existing(tx, await planning.lock_orders(tx, numbers, owners, today))
    return replace(known, orders=existing), taken


async def _calendars(
    tx: Tx,
    stamp: Stamp,
    known: Known,
    lines: Iterable[NewLine],
    networks: Mapping[str, Network],
    countries: Mapping[str, str | None],
) -> tuple[list[Facts], Calendars]:
    """The calendars that plans of these networks, by order, may count in; a customer's country gets its own when it is first asked for."""
    if not named(networks.values()) - {EVERY_DAY} and not any(map(asks_customer, networks.values())):
        return [], Calendars()
    asked = {country for number, network in networks.items() if asks_customer(network) and (country := countries.get(number))}
    facts = await calendars_store.create_countries(tx, stamp, asked)
    owners: list[Owner] = [("customer_country", country) for country in asked]
    owners += [("department", department) for department in departments(networks.values())]
    owners += [("supplier", line.supplier) for line in lines if line.supplier is not None]
    owners += [("carrier", carrier) for shipment in known.shipments if (carrier := known.carrier(shipment)) is not None]
    return facts, await calendars_store.wanted(tx, named(networks.values()), owners)


_REFERENCES = """
SELECT ARRAY(SELECT ROW(code, id, country) FROM known_customer
             WHERE code = ANY($1::text[]) AND ($2::text[] IS NULL OR owner = ANY($2))) AS customers,
    ARRAY(SELECT code FROM supplier WHERE code = ANY($3::text[])) AS suppliers,
    ARRAY(SELECT o.number FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
          WHERE o.number = ANY($4::text[]) AND NOT ($2::text[] IS NULL OR k.owner = ANY($2))) AS taken
"""


async def _references(
    tx: Tx, lines: Sequence[NewLine], numbers: Sequence[str], owners: list[str] | None, today: date, customers: Sequence[str] = ()
) -> tuple[Known, set[str]]:
    shipments = {line.shipment for line in lines if line.shipment is not None}
    suppliers = list({line.supplier for line in lines if line.supplier is not None})
    sailings = await sailings_store.enter(tx, shipments, today) if shipments else {}
    found = await tx.fetchrow(_REFERENCES, list(set(customers)), owners, suppliers, list(numbers))
    assert found is not None  # one row always
    templates = await templates_store.shelf(tx)
    known = Known(
        customers={code: customer_id for code, customer_id, _ in found["customers"]},
        suppliers=frozenset(found["suppliers"]),
        shipments=sailings,
        templates=templates.in_use,
        retired=templates.retired,
        countries={code: country for code, _, country in found["customers"]},
    )
    return known, set(found["taken"])


# A line that was split is what it was ordered as.
_EXISTING = """
SELECT o.number, k.code AS customer, k.country, o.customer_po, o.trade_type, o.incoterm, o.named_place, o.delivery_point, o.currency,
    o.template,
    ARRAY(SELECT ROW(l.line, l.item, l.quantity + coalesce(p.quantity, 0), l.uom, l.amount + coalesce(p.amount, 0), l.supplier,
                     l.supplier_term, l.shipment, l.requested, l.first_promised, l.delivered)
          FROM order_line l
          CROSS JOIN LATERAL (SELECT sum(p.quantity) AS quantity, sum(p.amount) AS amount
                              FROM order_line p WHERE p.order_id = l.order_id AND p.part_of = l.line AND p.joined_into IS NULL) p
          WHERE l.order_id = o.id) AS lines
FROM customer_order o JOIN known_customer k ON k.id = o.customer_id WHERE o.id = ANY($1::uuid[])
"""
_HEADER_FIELDS = ("customer", "customer_po", "trade_type", "incoterm", "named_place", "delivery_point", "currency", "template")


async def _existing(tx: Tx, plans: Mapping[str, Plan]) -> dict[str, Existing]:
    if not plans:
        return {}
    found, ids = {}, [plan.order_id for plan in plans.values()]
    counted = await planned.counted(tx, ids)
    for row in await tx.fetch(_EXISTING, ids):
        lines = {line[0]: NewLine.model_construct(**dict(zip(LINE_FIELDS, line, strict=True))) for line in row["lines"]}
        header = {name: row[name] for name in _HEADER_FIELDS}
        plan = plans[row["number"]]
        found[row["number"]] = Existing(plan, header, lines, row["country"], counted[plan.order_id])
    return found


_ORDERED = "SELECT order_id, line, shipment, quantity, uom FROM order_line WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line"


async def ordered(tx: Tx, plans: Collection[Plan]) -> dict[UUID, dict[str, Ordered]]:
    """What is ordered in each line of those plans, by order."""
    found: dict[UUID, dict[str, Ordered]] = {plan.order_id: {} for plan in plans}
    planned = {(plan.order_id, line.line) for plan in plans for line in plan.lines}
    for row in await tx.fetch(_ORDERED, list(found)):
        if (row["order_id"], row["line"]) in planned:
            found[row["order_id"]][row["line"]] = Ordered(row["shipment"], row["quantity"], row["uom"])
    return found
