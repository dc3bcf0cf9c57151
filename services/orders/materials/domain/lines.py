"""Rules of material lines: what an order waits for, how each goes on from there, and what may be said of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from services.orders.exceptions.domain import open_exception
from services.orders.exceptions.model import OpenException, OrderException, Place
from services.orders.fields import not_soon, require_come, require_soon, to_come
from services.orders.materials import words
from services.orders.materials.domain.feeding import ORDERED, needed_by
from services.orders.materials.model import CorrectReceipt, Material, MaterialTerms, NeededMaterial, NewReceipt, Purchase, Receipt, Shortage
from services.orders.planning.domain.due import unplanned
from services.orders.planning.model import Plan
from services.orders.planning.words import unknown_line
from services.orders.words import no_supplier
from shared.contracts.exceptions import ConcernedOrder
from shared.contracts.materials import (
    MaterialChanged,
    MaterialEtaChanged,
    MaterialOrdered,
    MaterialReceiptCorrected,
    MaterialReceived,
    MaterialShort,
    MaterialState,
    MaterialWithdrawn,
)
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Invalid, NotFound, require_none

MOST_LINES = 500
"""Of one order: each look at it looks at all of them."""
MOST_RECEIPTS = 200

Deed = Literal["change", "order", "expect", "receive", "correct", "short", "withdraw"]
FOLLOWS: Mapping[MaterialState, tuple[Deed, ...]] = {
    "planned": ("change", "order", "expect", "short", "withdraw"),
    "ordered": ("change", "order", "expect", "receive", "correct", "short", "withdraw"),
    "received": ("change", "receive", "correct"),
    "short": ("correct",),
    "withdrawn": (),
}
"""What may be done with a line, as far as there is something to correct."""


def follows(known: Material) -> tuple[Deed, ...]:
    return tuple(deed for deed in FOLLOWS[known.state] if deed != "correct" or known.receipts)


class MaterialElsewhere(Conflict):
    """This does not follow on where the line is; `follows` is what may."""

    slug = "material-elsewhere"
    title = Both("The material line is at another point", "该物料行不在此状态")


def need(
    plan: Plan, asked: Sequence[NeededMaterial], *, ids: Sequence[UUID], customer: str, suppliers: Collection[str], there: int, today: date
) -> list[Material]:
    """The lines of an order that has so many `there`. Invalid names each that cannot be."""
    if there + len(asked) > MOST_LINES:
        raise Invalid(words.too_many(plan.number, there, MOST_LINES), field="materials")
    require_none([error for at, one in enumerate(asked) for error in _wrong(plan, one, suppliers, f"materials.{at}.", today)])
    return [_made(plan, one, material_id, customer) for material_id, one in zip(ids, asked, strict=True)]


def _made(plan: Plan, one: NeededMaterial, material_id: UUID, customer: str) -> Material:
    said = {name: getattr(one, name) for name in NeededMaterial.model_fields if name != "need_by"}
    about: dict[str, Any] = {"order_id": plan.order_id, "order": plan.number, "customer_id": plan.customer_id, "customer": customer}
    state: MaterialState = "planned" if one.ordered_on is None else "ordered"
    made = Material(material_id=material_id, **about, **said, stated=one.need_by, need_by=date.max, state=state)
    return replace(made, need_by=needed_by(plan, made))


def _wrong(plan: Plan, terms: MaterialTerms, suppliers: Collection[str], where: str, today: date) -> Iterator[FieldError]:
    if terms.supplier is not None and terms.supplier not in suppliers:
        yield FieldError(f"{where}supplier", no_supplier(terms.supplier))
    if terms.line is not None and terms.line not in {line.line for line in plan.lines}:
        yield FieldError(f"{where}line", unknown_line(plan.number, terms.line))
    if terms.milestone == ORDERED:
        yield FieldError(f"{where}milestone", words.met_by_ordering(terms.milestone))
    elif terms.milestone == plan.delivery_point:
        yield FieldError(f"{where}milestone", words.met_by_delivering(terms.milestone))
    else:
        yield from unplanned(plan, f"{where}milestone", terms.milestone)
    if isinstance(terms, NeededMaterial):
        if terms.ordered_on is not None and (why := to_come(terms.ordered_on, today)):
            yield FieldError(f"{where}ordered_on", why)
        if terms.eta is not None and (why := not_soon(terms.eta, today)):
            yield FieldError(f"{where}eta", why)


def change(known: Material, plan: Plan, terms: MaterialTerms, suppliers: Collection[str], today: date) -> tuple[Material, MaterialChanged]:
    """Say it anew. With another quantity it may be all there, or not any more."""
    _require(known, "change")
    require_none(list(_wrong(plan, terms, suppliers, "", today)))
    said = {name: getattr(terms, name) for name in MaterialTerms.model_fields if name != "need_by"}
    now = _next(known, **said, stated=terms.need_by)
    if known.received > now.most:
        raise Invalid(words.come_already(known.received, known.uom), field="quantity")
    now = replace(now, need_by=needed_by(plan, now))
    return now, MaterialChanged(material=now.told())


def order(known: Material, body: Purchase, suppliers: Collection[str], today: date) -> tuple[Material, MaterialOrdered]:
    _require(known, "order")
    require_come(body.date, today, "date")
    if body.supplier is not None and body.supplier not in suppliers:
        raise Invalid(no_supplier(body.supplier), field="supplier")
    if body.eta is not None:
        require_soon(body.eta, today, "eta")
    if (first := min((receipt.date for receipt in known.came), default=body.date)) < body.date:
        raise Invalid(words.came_first(first), field="date")
    supplier, eta = body.supplier or known.supplier, body.eta or known.eta
    now = _next(known, po_number=body.po_number, ordered_on=body.date, supplier=supplier, eta=eta)
    return now, MaterialOrdered(material=now.told())


def expect(known: Material, eta: date | None, today: date) -> tuple[Material, MaterialEtaChanged] | None:
    """Expected on another day, or on none that is known; None where that was said already."""
    _require(known, "expect")
    if eta == known.eta:
        return None
    if eta is not None:
        require_soon(eta, today, "eta")
    now = _next(known, eta=eta)
    return now, MaterialEtaChanged(material=now.told(), before=known.eta)


def receive(known: Material, body: NewReceipt, by: str, today: date) -> tuple[Material, MaterialReceived]:
    """Some of it has come. With its tolerance it is all there a little before, and a little more may come."""
    _require(known, "receive")
    made = Receipt(len(known.standing) + 1, body.quantity, body.date, by)
    _check_receipt(known, made, known.received, today)
    now = _next(known, receipts=(*known.receipts, made))
    return now, MaterialReceived(material=now.told(), quantity=made.quantity, on=made.date, receipt=made.number)


def correct_receipt(known: Material, number: int, body: CorrectReceipt, by: str, today: date) -> tuple[Material, MaterialReceiptCorrected]:
    """It was another quantity, another day, or nothing. A line that is all there with it is not short any more."""
    _require(known, "correct")
    before = next((one for one in known.standing if one.number == number), None)
    if before is None:
        raise NotFound(words.no_receipt(number))
    quantity = before.quantity if body.quantity is None else body.quantity
    made = Receipt(number, quantity, body.date or before.date, by, before.revision + 1, body.reason)
    if (made.quantity, made.date) == (before.quantity, before.date):
        raise Invalid(words.SAME, field="quantity")
    _check_receipt(known, made, known.received - before.quantity, today)
    receipts = sorted((*known.receipts, made), key=lambda one: (one.number, one.revision))
    now = _next(known, receipts=tuple(receipts))
    last = max((one.date for one in now.came), default=None)
    said = {"before": before.quantity, "before_on": before.date, "quantity": made.quantity, "on": made.date, "last_on": last}
    return now, MaterialReceiptCorrected(material=now.told(), receipt=number, reason=body.reason, **said)


def _check_receipt(known: Material, made: Receipt, others: Decimal, today: date) -> None:
    """Invalid for what cannot have come beside the `others`."""
    require_come(made.date, today, "date")
    if known.ordered_on is not None and made.date < known.ordered_on:
        raise Invalid(words.ordered_first(known.ordered_on), field="date")
    left = known.most - others
    if made.quantity > left:
        raise Invalid(words.at_most(known.quantity, known.uom, known.tolerance_percent, others, left), field="quantity")
    if len(known.receipts) == MOST_RECEIPTS:
        raise Invalid(words.too_many_receipts(MOST_RECEIPTS))


def close_short(
    known: Material, body: Shortage, *, exception_id: UUID, by: str, now: datetime
) -> tuple[Material, MaterialShort, OrderException]:
    """The rest will not come, and the exception in which that is seen to."""
    _require(known, "short")
    require_come(body.date, now.date(), "date")
    last = max((day for day in (known.ordered_on, *(receipt.date for receipt in known.came)) if day is not None), default=body.date)
    if body.date < last:
        raise Invalid(words.done_later(last), field="date")
    closed = _next(known, closed_on=body.date, reason=body.reason, exception_id=exception_id)
    place = Place(known.order_id, None, None, (_concerned(known),), {})
    described = f"{known.material} {known.received:f}/{known.quantity:f} {known.uom}: {body.reason}"[:2000]
    cause = {"code": "MAT-SHORT", "party": "supplier" if known.po_number else "purchasing"}
    said = {"kind": "shortage", "severity": body.severity, "detected_on": body.date, "causes": [cause], "description": described}
    opened = open_exception(place, OpenException.model_validate(said), exception_id=exception_id, by=by, now=now)
    return closed, MaterialShort(material=closed.told(), exception_id=exception_id), opened


def withdraw(known: Material, reason: str) -> tuple[Material, MaterialWithdrawn]:
    _require(known, "withdraw")
    if known.came:
        raise Invalid(words.not_withdrawn(known.received, known.uom))
    return end(known, reason)


def end(known: Material, reason: str) -> tuple[Material, MaterialWithdrawn]:
    """Nobody waits for it any more, whatever of it has come."""
    now = replace(_next(known, reason=reason), state="withdrawn")
    return now, MaterialWithdrawn(material=now.told())


def _concerned(known: Material) -> ConcernedOrder:
    return ConcernedOrder(order_id=known.order_id, number=known.order, customer_id=known.customer_id)


def _require(known: Material, deed: Deed) -> None:
    if deed not in (there := follows(known)):
        raise MaterialElsewhere(words.elsewhere(known.state, deed), state=known.state, follows=list(there))


def _next(known: Material, **changes: Any) -> Material:
    """The line with what was said, at the point that its purchase and receipts put it to. What is all there is not short."""
    now = replace(known, version=known.version + 1, **changes)
    if now.came and now.received >= now.least:
        return replace(now, state="received", closed_on=None, reason=None, exception_id=None)
    state: MaterialState = "short" if now.exception_id is not None else "planned" if now.ordered_on is None else "ordered"
    return replace(now, state=state)
