"""Letters of credit in the database: loaded with the orders they pay and what was told of them, saved with their events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.calendars import store as calendars
from services.orders.credits import words
from services.orders.credits.domain import CreditTerm, PartialShipmentForbidden, parted
from services.orders.credits.model import Credit
from services.orders.planning import store as planning
from services.orders.planning.domain.deadlines import Term
from services.orders.planning.inserts import columns
from services.orders.planning.model import Plan
from services.orders.watches.store import watch
from services.orders.words import no_customer
from shared.calendars import WorkCalendar
from shared.contracts.approvals import Money
from shared.contracts.calendars import OFFICE
from shared.contracts.credits import CoveredOrder, CreditRisk
from shared.contracts.event import Event
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append
from shared.problems import Conflict, Invalid, NotFound
from shared.timers import set_timer

MOVED = "watch_credit"
"""Timer on a credit: a date, a line or the way of one of its orders has changed, or it was said anew itself."""

_COLUMNS = """c.id, c.number, c.customer_id, c.issuing_bank, c.amount, c.currency, c.tolerance_over, c.tolerance_under, c.latest_shipment,
    c.expires_on, c.expiry_place, c.expiry_country, c.bank_calendar, c.presentation_days, c.partial_shipments, c.transhipment, c.status,
    c.opened_by, c.opened_at, c.closed_by, c.closed_at, c.outcome, c.version"""
_READ = f"""
SELECT {_COLUMNS}, ARRAY(SELECT ROW(o.id, o.number) FROM credit_order p JOIN customer_order o ON o.id = p.order_id
                         WHERE p.credit_id = c.id ORDER BY o.number) AS orders
FROM credit c
"""
_IN_SIGHT = f"""{_READ} JOIN known_customer k ON k.id = c.customer_id
WHERE c.id = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))
"""
_BY_IDS = f"{_READ} WHERE c.id = ANY($1::uuid[])"
_LOCK = "SELECT FROM credit c WHERE c.id = ANY($1::uuid[]) ORDER BY c.id FOR NO KEY UPDATE"
_OF_ORDERS = f"""{_READ} WHERE c.status = 'open' AND c.id IN (SELECT p.credit_id FROM credit_order p WHERE p.order_id = ANY($1::uuid[]))
ORDER BY c.number, c.id"""
_CURRENCIES = "SELECT number, currency FROM customer_order WHERE number = ANY($1::text[]) AND currency IS NOT NULL"
_APPLICANT = "SELECT id FROM known_customer WHERE code = $1 AND ($2::text[] IS NULL OR owner = ANY($2))"
_SAVE = """
WITH saved AS (
    INSERT INTO credit (id, number, customer_id, issuing_bank, amount, currency, tolerance_over, tolerance_under, latest_shipment,
        expires_on, expiry_place, expiry_country, bank_calendar, presentation_days, partial_shipments, transhipment, status, opened_by,
        opened_at, closed_by, closed_at, outcome, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
    ON CONFLICT (id) DO UPDATE SET number = excluded.number, issuing_bank = excluded.issuing_bank, amount = excluded.amount,
        currency = excluded.currency, tolerance_over = excluded.tolerance_over, tolerance_under = excluded.tolerance_under,
        latest_shipment = excluded.latest_shipment, expires_on = excluded.expires_on, expiry_place = excluded.expiry_place,
        expiry_country = excluded.expiry_country, bank_calendar = excluded.bank_calendar, presentation_days = excluded.presentation_days,
        partial_shipments = excluded.partial_shipments, transhipment = excluded.transhipment, status = excluded.status,
        closed_by = excluded.closed_by, closed_at = excluded.closed_at, outcome = excluded.outcome, version = excluded.version
), left_out AS (
    DELETE FROM credit_order WHERE credit_id = $1 AND order_id <> ALL($24::uuid[])
)
INSERT INTO credit_order (credit_id, order_id) SELECT $1, n FROM unnest($24::uuid[]) AS n ON CONFLICT DO NOTHING
"""
# Worth that is not known, or in another currency, counts as nothing: it cannot be said to be too much.
_LOOK = """
SELECT c.id,
    ARRAY(SELECT ROW(r.kind, r.order_id, o.number, r.shipment, r.deadline, r.would_be, r.amend_by, r.revision)
          FROM credit_risk r LEFT JOIN customer_order o ON o.id = r.order_id
          WHERE r.credit_id = c.id ORDER BY r.kind, o.number, r.shipment) AS told,
    (SELECT coalesce(sum(l.amount), 0) FROM credit_order p JOIN customer_order o ON o.id = p.order_id JOIN order_line l ON l.order_id = o.id
     WHERE p.credit_id = c.id AND o.currency = c.currency AND l.cancelled IS NULL) AS value
FROM credit c WHERE c.id = ANY($1::uuid[])
"""
_FORGET_RISKS = "DELETE FROM credit_risk WHERE credit_id = ANY($1::uuid[])"
_KEEP_RISKS = """
INSERT INTO credit_risk (credit_id, kind, order_id, shipment, deadline, would_be, amend_by, revision)
SELECT n.credit_id, n.kind, n.order_id, n.shipment, n.deadline, n.would_be, n.amend_by, n.revision
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::date[], $6::date[], $7::date[], $8::integer[])
    AS n (credit_id, kind, order_id, shipment, deadline, would_be, amend_by, revision)
"""
_COUNT = "UPDATE credit c SET version = n.version FROM unnest($1::uuid[], $2::bigint[]) AS n (id, version) WHERE c.id = n.id"


class CreditExists(Conflict):
    slug = "credit-exists"
    title = Both("A letter of credit of this number and bank exists", "该银行的此信用证号已存在")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was told last of a credit, and what its orders are worth in its currency, as far as that is known."""

    told: tuple[CreditRisk, ...] = ()
    value: Decimal = Decimal(0)


async def applicant(tx: Tx, code: str, owners: list[str] | None) -> UUID:
    """The customer of that code, in sight of `owners`."""
    found: UUID | None = await tx.fetchval(_APPLICANT, code, owners)
    if found is None:
        raise Invalid(no_customer(code), field="customer")
    return found


async def currencies(tx: Tx, orders: Collection[str]) -> dict[str, str]:
    """The currencies of those orders, by number, as far as they are known."""
    return {row["number"]: row["currency"] for row in await tx.fetch(_CURRENCIES, list(orders))}


async def bank_days(tx: Tx, stamp: Stamp, country: str) -> tuple[str, WorkCalendar]:
    """The calendar of a country, made where there is none yet; our own office's where its holidays are not known."""
    await append(tx, stamp, await calendars.create_countries(tx, stamp, [country]))
    found = await calendars.wanted(tx, [OFFICE], [("customer_country", country)])
    code = found.owned.get(("customer_country", country), OFFICE)
    return code, found.days[code]


async def read(tx: Tx, credit_id: UUID, owners: list[str] | None) -> Credit:
    """NotFound also where its applicant is not in sight of `owners`."""
    rows = await tx.fetch(_IN_SIGHT, credit_id, owners)
    if not rows:
        raise NotFound(words.NO_CREDIT)
    (credit,) = await _credits(tx, rows)
    return credit


async def lock(tx: Tx, credits: Collection[UUID]) -> list[Credit]:
    """Those credits under their locks, which are taken after those of orders."""
    await tx.execute(_LOCK, list(credits))
    return await _credits(tx, await tx.fetch(_BY_IDS, list(credits)))


async def of_orders(tx: Tx, orders: Collection[UUID]) -> dict[UUID, tuple[Credit, ...]]:
    """The open credits that pay these orders, by order; those without one are missing."""
    found: dict[UUID, tuple[Credit, ...]] = {}
    for credit in await _credits(tx, await tx.fetch(_OF_ORDERS, list(orders))):
        for order in credit.orders:
            if order.order_id in orders:
                found[order.order_id] = (*found.get(order.order_id, ()), credit)
    return found


async def terms(tx: Tx, orders: Collection[UUID]) -> Mapping[UUID, Sequence[Term]]:
    """The same as terms, to ask what a plan would miss."""
    return {order_id: [CreditTerm(credit) for credit in credits] for order_id, credits in (await of_orders(tx, orders)).items()}


async def check_together(tx: Tx, changed: Collection[Plan]) -> None:
    """PartialShipmentForbidden where orders, as a command that is not written yet would leave them, travel apart against a credit."""
    if against := [credit.number for credit in await parting(tx, changed)]:
        raise PartialShipmentForbidden(words.must_be_amended(against), credits=against)


async def parting(tx: Tx, changed: Collection[Plan]) -> list[Credit]:
    """The credits against which locked orders, as a command that is not written yet would leave them, would travel apart.

    Under the locks of the credits: of two commands that would part the goods only together, the later one sees what the first did.
    """
    covering = await of_orders(tx, {plan.order_id for plan in changed})
    strict = {credit.credit_id for own in covering.values() for credit in own if not credit.partial_shipments}
    if not strict:
        return []
    credits = [credit for credit in await lock(tx, strict) if credit.status == "open"]
    before = await planning.read_by_id(tx, {one.order_id for credit in credits for one in credit.orders}, None)
    return parted(credits, before, {**before, **{plan.order_id: plan for plan in changed}})


async def save(tx: Tx, stamp: Stamp, now: Credit, event: Event) -> None:
    """Write a credit, of which one that was there is locked, and tell it. What endangers it is looked at once this is committed."""
    closed = (now.closed_by, now.closed_at, now.outcome)
    tolerance, expiry = (now.tolerance_over, now.tolerance_under), (now.expires_on, now.expiry_place, now.expiry_country)
    said = (now.presentation_days, now.partial_shipments, now.transhipment, now.status, now.opened_by, now.opened_at)
    orders = [order.order_id for order in now.orders]
    try:
        await tx.execute(
            _SAVE,
            *(now.credit_id, now.number, now.customer_id, now.issuing_bank, now.amount.amount, now.amount.currency, *tolerance),
            *(now.latest_shipment, *expiry, now.bank_calendar, *said, *closed, now.version, orders),
        )
    except asyncpg.UniqueViolationError as error:
        raise CreditExists(words.known(now.issuing_bank, now.number), field="number") from error
    await append(tx, stamp, [Facts(now.credit_id, now.version - 1, [event])])
    await set_timer(tx, MOVED, now.credit_id, stamp.time)


async def watch_orders(tx: Tx, credit_id: UUID, orders: Collection[UUID]) -> None:
    """Look at the credit whenever one of these orders changes; comes before its lock."""
    await watch(tx, MOVED, credit_id, orders)


async def looked_at(tx: Tx, credits: Collection[UUID]) -> dict[UUID, Looked]:
    """What is needed to look at locked credits again."""
    rows = await tx.fetch(_LOOK, list(credits))
    return {row["id"]: Looked(tuple(_risk(*risk) for risk in row["told"]), row["value"]) for row in rows}


async def save_risks(tx: Tx, stamp: Stamp, found: Sequence[tuple[Credit, Sequence[CreditRisk], Sequence[Event]]]) -> None:
    """Replace what endangers those credits, which are locked, and tell it."""
    rows = [
        (credit.credit_id, one.kind, one.order_id, one.shipment, one.deadline, one.would_be, one.amend_by, one.revision)
        for credit, risks, _ in found
        for one in risks
    ]
    await tx.execute(_FORGET_RISKS, [credit.credit_id for credit, _, _ in found])
    await tx.execute(_KEEP_RISKS, *columns(rows, 8))
    await tx.execute(_COUNT, *columns([(credit.credit_id, credit.version + len(events)) for credit, _, events in found], 2))
    await append(tx, stamp, [Facts(credit.credit_id, credit.version, events) for credit, _, events in found])


def _risk(*told: Any) -> CreditRisk:
    return CreditRisk(
        **dict(zip(("kind", "order_id", "order", "shipment", "deadline", "would_be", "amend_by", "revision"), told, strict=True))
    )


async def _credits(tx: Tx, rows: Sequence[asyncpg.Record]) -> list[Credit]:
    days = await calendars.days(tx, {row["bank_calendar"] for row in rows})
    return [_credit(row, days[row["bank_calendar"]]) for row in rows]


def _credit(row: asyncpg.Record, days: WorkCalendar) -> Credit:
    same = {name: value for name, value in row.items() if name not in ("id", "amount", "currency", "orders")}
    return Credit(
        credit_id=row["id"],
        amount=Money(amount=row["amount"], currency=row["currency"]),
        orders=tuple(CoveredOrder(order_id=order_id, number=number) for order_id, number in row["orders"]),
        bank_days=days,
        **same,
    )
