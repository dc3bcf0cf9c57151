"""Rules of stock checks: what may be said, what a shortage opens and endangers, which milestones are met. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from services.orders.exceptions.domain import open_exception
from services.orders.exceptions.model import OpenException, OrderException, Place
from services.orders.fields import require_come
from services.orders.milestones.domain import Happened, Reporter, Unmoved, reach, require_open
from services.orders.orders.model import Ordered
from services.orders.planning.domain import compare, goods_left, latest
from services.orders.planning.model import Key, Line, Plan, Settled
from services.orders.planning.words import delivered_on, happened_in, twice
from services.orders.risks.model import Rule, Sign, View
from services.orders.stock import words
from services.orders.stock.model import CheckStock, Stock
from shared.contracts.event import Event
from shared.contracts.exceptions import ConcernedOrder, Severity
from shared.contracts.stock import StockChecked
from shared.contracts.text import Both
from shared.problems import FieldError, require_none

CHECKED, PACKED = "STOCK_OK", "PACKED"
"""Milestones that are met when the stock is enough for all open lines of a leg, and when all of it is ready to leave."""
MOST_NAMED = 3


def check(
    plan: Plan,
    lines: Mapping[str, Ordered],
    standing: Mapping[str, Stock],
    body: CheckStock,
    ids: Sequence[UUID],
    who: Reporter,
    today: date,
) -> list[Stock]:
    """The checks to be kept, all or none; Invalid names each that cannot be."""
    require_open(plan)
    require_come(body.day, today, "day")
    errors: list[FieldError] = []
    found: dict[str, Stock] = {}
    for index, (check_id, one) in enumerate(zip(ids, body.lines, strict=True)):
        where, wanted, before = f"lines.{index}", lines.get(one.line), standing.get(one.line)
        if wanted is None or one.line in found:
            errors.append(FieldError(f"{where}.line", twice(one.line) if wanted else words.not_one(plan.number, one.line)))
            continue
        who.require(plan, _about(plan, wanted.shipment)[0])
        said = {name: getattr(one, name) for name in ("line", "available", "on_hold", "ready", "place", "note")}
        if why := _gone(plan, next(known for known in plan.lines if known.line == one.line)):
            errors.append(FieldError(f"{where}.line", words.not_here(why)))
        now = Stock(check_id, needed=wanted.quantity, uom=wanted.uom, shipment=wanted.shipment, day=body.day, **said)
        if before is not None and before.day > body.day:
            errors.append(FieldError("day", words.checked(one.line, before.day)))
        if now.ready and now.short:
            errors.append(FieldError(f"{where}.ready", words.short(one.line, now.short, now.uom)))
        found[one.line] = now
    require_none(errors)
    return list(found.values())


def shortage(
    plan: Plan, checks: Sequence[Stock], severity: Severity, *, exception_id: UUID, by: str, now: datetime
) -> OrderException | None:
    """The exception that short lines open which are part of none yet: the warehouse answers for it until somebody finds another cause."""
    short = [one for one in checks if one.short and one.exception_id is None]
    if not short:
        return None
    order = ConcernedOrder(order_id=plan.order_id, number=plan.number, customer_id=plan.customer_id)
    place = Place(plan.order_id, None, None, (order,), {(plan.number, one.line): one.needed for one in short})
    missing = "; ".join(f"{one.line}: {one.short} {one.uom}" for one in short)
    body = OpenException.model_validate(
        {
            "kind": "shortage",
            "severity": severity,
            "description": f"库存不足 / stock is short: {missing}"[:2000],
            "detected_on": short[0].day,
            "causes": [{"code": "STK-SHORT"}],
            "affected": [{"line": one.line, "quantity": one.short} for one in short],
        }
    )
    return open_exception(place, body, exception_id=exception_id, by=by, now=now)


@dataclass(frozen=True, slots=True)
class Followed:
    """An order after a check of its stock: its plan with what was recorded, and what could not be."""

    settled: Settled
    recorded: tuple[Happened, ...]
    unmoved: tuple[Unmoved, ...]


def happened(plan: Plan, standing: Mapping[str, Stock]) -> dict[Key, date]:
    """What the checks that count say has happened: on the day of the last of a leg."""
    found: dict[Key, date] = {}
    for shipment in sorted({line.shipment for line in plan.lines}, key=lambda leg: leg or ""):
        known = [standing.get(line.line) for line in plan.lines_of(shipment) if line.delivered is None]
        enough = [one for one in known if one is not None and not one.short]
        if enough and len(enough) == len(known):
            found[shipment, CHECKED] = max(one.day for one in enough)
            if all(one.ready for one in enough):
                found[shipment, PACKED] = found[shipment, CHECKED]
    return found


def amended(standing: Mapping[str, Stock], checks: Sequence[Stock]) -> dict[str, Stock]:
    """The checks that counted, with those in place of one of the same day, which was wrong: a later day finds what is there then."""
    return {**standing, **{one.line: one for one in checks if (was := standing.get(one.line)) is not None and was.day == one.day}}


def follow(plan: Plan, standing: Mapping[str, Stock], checks: Sequence[Stock], *, again: bool = False) -> Followed:
    """Let the order follow its checks, of which `standing` are those that count: enough for a leg meets STOCK_OK, and ready PACKED. What is
    said `again`, of lines that have become others, records nothing that somebody took back.
    """
    told = StockChecked(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        day=checks[0].day,
        checks=tuple(one.told() for one in checks),
    )
    legs = {one.shipment for one in checks}
    said = {key: day for key, day in happened(plan, standing).items() if key[0] in legs}
    reached = reach(plan, said.items(), anew=() if again else said)
    events: tuple[Event, ...] = (told, *reached.events)
    return Followed(Settled(plan, reached.plan, compare(plan, reached.plan), events), reached.recorded, reached.unmoved)


def regrouped(plan: Plan, standing: Mapping[str, Stock]) -> Settled:
    """The order after its lines have become others, or travel otherwise: what the checks that count say has happened to each leg now."""
    return reach(plan, happened(plan, standing).items()).settled(plan)


def parted(check: Stock, part: str, lines: Mapping[str, Ordered], in_stock: Decimal | None, ids: Sequence[UUID]) -> list[Stock]:
    """What a check of a line says of it and of the part that was split from it: to the part goes what is said to, or what the rest has no
    room for. What quality holds stays with the rest.
    """
    usable = check.available - check.on_hold
    given = max(min(usable, in_stock or Decimal(0)), usable - lines[check.line].quantity, Decimal(0))
    rest = replace(check, available=check.available - given)
    return [_of(rest, check.line, lines, ids[0]), _of(replace(check, available=given, on_hold=Decimal(0)), part, lines, ids[1])]


def joined(checks: Sequence[Stock], line: str, lines: Mapping[str, Ordered], check_id: UUID) -> Stock:
    """What the checks of a line and of the part that is joined to it say of both; one of them may not have been checked."""
    both = replace(
        checks[0],
        day=max(one.day for one in checks),
        available=sum((one.available for one in checks), Decimal(0)),
        on_hold=sum((one.on_hold for one in checks), Decimal(0)),
        ready=all(one.ready for one in checks),
        exception_id=next((one.exception_id for one in checks if one.exception_id is not None), None),
    )
    return _of(both, line, lines, check_id)


def _of(check: Stock, line: str, lines: Mapping[str, Ordered], check_id: UUID) -> Stock:
    """The check as one of that line as it is now: what is short is not ready, what is not is part of no shortage."""
    there = lines[line]
    now = replace(check, check_id=check_id, line=line, shipment=there.shipment, needed=there.quantity)
    return replace(now, ready=False) if now.short else replace(now, exception_id=None)


def short(checks: Collection[Stock]) -> Rule:
    """Lines that are short endanger the check of their leg, or what comes next of packing and delivery, until they have left."""

    def rule(view: View) -> Iterator[Sign]:
        needed = latest(view.plan)
        waiting = {line.line for line in view.plan.lines if _gone(view.plan, line) is None}
        found = sorted((one for one in checks if one.line in waiting), key=lambda one: (one.shipment or "", one.line))
        for shipment, own in groupby(found, key=lambda one: one.shipment):
            lines = [one.line for one in own]
            key = next((key for key in _about(view.plan, shipment) if view.plan.passed(key) is None), None)
            if key is not None:
                named = ", ".join(lines[:MOST_NAMED]) + (" …" if len(lines) > MOST_NAMED else "")
                yield from view.sign(key, "stock_short", (needed[key] - view.today).days, named)

    return rule


def _gone(plan: Plan, line: Line) -> Both | None:
    """What shows that a line is in stock no more: it was delivered, or is on its way."""
    if line.delivered is not None:
        return delivered_on(plan.number, line.line, line.delivered)
    left = goods_left(plan, line.shipment)
    return happened_in(plan.number, left.milestone, line.shipment, left.actual) if left is not None else None


def _about(plan: Plan, shipment: str | None) -> list[Key]:
    """The milestones that a check says something of, as far as the plan has them, and the delivery that hangs on it."""
    keys: list[Key] = [(shipment, CHECKED), (shipment, PACKED), (shipment, plan.delivery_point)]
    return [key for key in keys if plan.node(key) is not None]
