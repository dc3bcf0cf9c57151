"""Rules of letters of credit: their deadlines on a plan, what endangers them, and what is told when that changes. Pure.

UCP 600: documents are presented within the period after shipment and never after the expiry (art. 14 c, 6 e). Where either falls on a
day on which the bank is closed it is extended to the next banking day; the latest shipment never is (art. 29).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from services.orders.credits import words
from services.orders.credits.domain.conveying import SHIPPED, legs_of, shipped_in, transhipped, waiting
from services.orders.credits.model import Credit, CreditBody, Deadline, DeadlineKind, Risk
from services.orders.fields import too_far
from services.orders.planning.domain.deadlines import Breach
from services.orders.planning.domain.due import START, undue
from services.orders.planning.domain.forecasting import schedule_of_leg
from services.orders.planning.domain.schedule import latest_days
from services.orders.planning.model import Node, Plan
from services.orders.planning.words import over
from services.orders.words import closed
from shared.calendars import WorkCalendar
from shared.contracts.credits import CoveredOrder, CreditAtRisk, CreditRecovered, CreditRisk
from shared.contracts.event import Event
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, require_none

PRESENTED = "DOC_SENT"


class CreditOver(Conflict):
    """The credit was closed."""

    slug = "credit-over"
    title = Both("The letter of credit is closed", "信用证已关闭")


def check_orders(
    plans: Mapping[str, Plan], body: CreditBody, customer_id: UUID, currencies: Mapping[str, str], today: date
) -> tuple[CoveredOrder, ...]:
    """The orders that a credit pays; Invalid names each that is unknown, given twice, of another customer, not shipped in its plan, or in
    another of the `currencies`, as far as they are known: the invoice is made out in the currency of the credit (art. 18 a iii). It names
    each day of the credit, too, on which nothing of any of them can be due; one that has passed may be entered late.
    """
    errors, found = [], {}
    for index, number in enumerate(body.orders):
        plan, where = plans.get(number), f"orders.{index}"
        if plan is None or plan.customer_id != customer_id:
            errors.append(FieldError(where, words.not_his(number)))
        elif plan.status == "cancelled":
            errors.append(FieldError(where, over(number, plan.status)))
        elif number in found:
            errors.append(FieldError(where, words.twice(number)))
        elif not any(code in plan.network.index for code in SHIPPED):
            errors.append(FieldError(where, words.not_shipped(number, SHIPPED)))
        elif (currency := currencies.get(number, body.amount.currency)) != body.amount.currency:
            errors.append(FieldError(where, words.other_currency(number, currency, body.amount.currency)))
        else:
            found[number] = CoveredOrder(order_id=plan.order_id, number=number)
    require_none(errors + _day_errors([plans[number] for number in found], body, today))
    return tuple(found.values())


def _day_errors(plans: Sequence[Plan], body: CreditBody, today: date) -> list[FieldError]:
    errors = []
    for name, day in (("latest_shipment", body.latest_shipment), ("expires_on", body.expires_on)):
        if day is not None:
            reasons = [undue(plan, day, today) for plan in plans] or [too_far(day, today)]
            errors += [FieldError(name, reasons[0])] if reasons[0] and all(reasons) else []
    return errors


def amend(known: Credit, body: CreditBody, orders: tuple[CoveredOrder, ...], bank_calendar: str, bank_days: WorkCalendar) -> Credit:
    """The credit with its terms as the bank amended them, or for other orders; its applicant stays."""
    terms = {name: getattr(body, name) for name in CreditBody.model_fields if name != "orders"}
    return replace(_next(known), orders=orders, bank_calendar=bank_calendar, bank_days=bank_days, **terms)


def close(known: Credit, outcome: str, by: str, now: datetime) -> Credit:
    return replace(_next(known), status="closed", closed_by=by, closed_at=now, outcome=outcome)


def _next(known: Credit) -> Credit:
    if known.status != "open":
        raise CreditOver(closed(known.closed_by))
    return replace(known, version=known.version + 1)


def deadlines(credit: Credit, plan: Plan, today: date = START) -> tuple[Deadline, ...]:
    """The credit's days for each leg of an order, beside when each is expected. What has not happened when its day is over misses it."""
    return tuple(deadline for shipment, leg in plan.legs().items() for deadline in _of_leg(credit, plan, shipment, leg, today))


def _of_leg(credit: Credit, plan: Plan, shipment: str | None, leg: Sequence[Node], today: date) -> Iterator[Deadline]:
    shipped = shipped_in(leg)
    if shipped is None:
        return
    presented = plan.node((shipment, PRESENTED))
    loaded, is_loaded = shipped.estimated, plan.passed(shipped.key) is not None
    # Nobody presents what is not loaded; a plan without the milestone is as good as one that presents at once.
    handed_in = max(loaded, presented.estimated) if presented else loaded
    is_handed_in = is_loaded if presented is None else plan.passed(presented.key) is not None

    def deadline(kind: DeadlineKind, day: date, expected: date, done: bool, begun: bool = True) -> Deadline:
        late, over = expected > day, begun and not done and day < today
        missed = over or (done and late)
        return Deadline(kind, shipment, day, expected, done, missed, late and not missed, credit.amend_by(day))

    if credit.latest_shipment is not None:
        yield deadline("latest_shipment", credit.latest_shipment, loaded, is_loaded)
    # The period begins with the shipment: as long as that is to come, its last day cannot be over.
    by = _extended(credit, loaded + timedelta(days=credit.presentation_days))
    yield deadline("presentation", by, handed_in, is_handed_in, begun=is_loaded)
    yield deadline("expiry", _extended(credit, credit.expires_on), handed_in, is_handed_in)


def present_by(found: Iterable[Deadline]) -> date:
    """The last day on which the documents of a leg may be presented, of its deadlines."""
    return min(one.day for one in found if one.kind != "latest_shipment")


def backward(credit: Credit, plan: Plan, shipment: str | None, found: Sequence[Deadline]) -> dict[str, date]:
    """The last day of each milestone of a leg, still ahead, that keeps the credit: counted backward from the last day of shipment.

    That is the latest shipment, and no later than leaves the documents the days to the expiry that they are planned to take.
    """
    leg = plan.legs()[shipment]
    at = next(at for code in SHIPPED if (at := plan.network.index.get(code)) is not None)
    expiry = next(one for one in found if one.kind == "expiry")
    takes = expiry.expected - leg[at].estimated
    ship_by = expiry.day - max(takes, timedelta())
    if credit.latest_shipment is not None:
        ship_by = min(ship_by, credit.latest_shipment)
    days = latest_days(schedule_of_leg(plan, leg), at, ship_by.toordinal())
    ahead = [node for node in leg if plan.network.leading[at] >> node.position & 1 and plan.passed(node.key) is None]
    return {node.milestone: date.fromordinal(days[node.position]) for node in ahead}


def _extended(credit: Credit, day: date) -> date:
    return date.fromordinal(credit.bank_days.next_open(day.toordinal()))


@dataclass(frozen=True, slots=True)
class CreditTerm:
    """A credit as a term of its orders: the days of it that a plan misses, and the part that waits while its vessel leaves."""

    credit: Credit

    def breaches(self, plan: Plan) -> Iterator[Breach]:
        for one in deadlines(self.credit, plan):
            if one.broken:
                yield Breach(
                    kind=one.kind,
                    term=self.credit.number,
                    shipment=one.shipment,
                    deadline=one.day,
                    would_be=one.expected,
                    amend_by=one.amend_by,
                )
        for leg, vessel in waiting(self.credit, legs_of([plan])):
            yield Breach(
                kind="partial_shipment",
                term=self.credit.number,
                shipment=None,
                deadline=vessel.departs,
                would_be=leg.departs,
                amend_by=self.credit.amend_by(vessel.departs),
            )


def risks(credit: Credit, plans: Sequence[Plan], value: Decimal, today: date) -> tuple[Risk, ...]:
    """Everything that endangers an open credit today. `value` is what its orders are worth in its currency, as far as that is known."""
    if credit.status != "open":
        return ()
    orders = {one.order_id: one for one in credit.orders}
    found = [
        Risk(one.kind, orders[plan.order_id], one.shipment, one.day, one.expected if one.expected > one.day else None, one.amend_by)
        for plan in plans
        for one in deadlines(credit, plan, today)
        if one.broken
    ]
    if value > credit.amount.amount * (100 + credit.tolerance_over) / 100:
        found.append(Risk("amount", None, None, None, None, None))
    return (*found, *_conditions(credit, plans))


def _conditions(credit: Credit, plans: Sequence[Plan]) -> Iterator[Risk]:
    """Goods that travel apart, or may, or are transhipped against the credit; amended before they are shipped."""
    orders, legs = {one.order_id: one for one in credit.orders}, legs_of(plans)
    first = next((leg for leg in legs if leg.shipment is not None), None)
    for leg in legs:
        order = orders[leg.plan.order_id]
        if not credit.partial_shipments and first is not None and leg.shipment is not None and leg.conveyance != first.conveyance:
            yield Risk("partial_shipment", order, leg.shipment, None, None, credit.amend_by(leg.loaded))
        if not credit.transhipment and transhipped(leg):
            yield Risk("transhipment", order, leg.shipment, None, None, credit.amend_by(leg.loaded))
    for leg, vessel in waiting(credit, legs):
        yield Risk("partial_shipment", orders[leg.plan.order_id], None, None, None, credit.amend_by(vessel.departs))


def news(credit: Credit, told: Sequence[CreditRisk], now: Sequence[Risk]) -> tuple[tuple[CreditRisk, ...], tuple[Event, ...]]:
    """The risks as they are to be kept, and the events that tell how they differ from those told last."""
    known = {(one.kind, one.order_id, one.shipment): one for one in told}
    kept = [_revised(known.get(risk.key), risk) for risk in now]
    fresh = tuple(one for one in kept if one not in told)
    current = {risk.key for risk in now}
    gone = tuple(one for key, one in known.items() if key not in current)
    same = {"credit_id": credit.credit_id, "number": credit.number, "customer_id": credit.customer_id}
    events: list[Event] = []
    if fresh:
        events.append(CreditAtRisk(**same, risks=fresh))
    if gone:
        events.append(CreditRecovered(**same, risks=gone))
    return tuple(kept), tuple(events)


def _revised(was: CreditRisk | None, risk: Risk) -> CreditRisk:
    days = {"deadline": risk.deadline, "would_be": risk.would_be, "amend_by": risk.amend_by}
    if was is not None and all(getattr(was, name) == day for name, day in days.items()):
        return was
    order = {"order_id": risk.order.order_id if risk.order else None, "order": risk.order.number if risk.order else None}
    return CreditRisk(kind=risk.kind, **order, shipment=risk.shipment, **days, revision=was.revision + 1 if was else 1)
