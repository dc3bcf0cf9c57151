"""Who is told what of an occasion, each by what he was told himself: pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any, TypeAlias
from uuid import UUID

from services.notifications.contacts.domain import Customer
from services.notifications.dates.domain import Due, Held, Order, moved_dates, promised_dates, tell, weigh
from services.notifications.messages.correcting import came_wrong, held_wrong
from services.notifications.messages.domain import RANKED, Decision, Notice, Occasion, notice_to, silence
from services.notifications.messages.model import Earlier, ToldMail
from services.notifications.messages.repeating import again
from services.notifications.rules.domain import Rule
from shared.contracts.orders import PlanReestimated

Weighed: TypeAlias = tuple[Sequence[Due], Sequence[Held]]
Weigh: TypeAlias = Callable[[UUID | None], Weighed]
"""The dates of an occasion by what this contact was told, or the customer as a whole (None)."""


def decide(
    occasion: Occasion, orders: Mapping[UUID, Order], customer: Customer, rule: Rule | None, earlier: Earlier, today: date
) -> Decision:
    """Weigh the occasion's dates for each contact of the rule's audience against what he was told, as of `today`."""
    materiality = rule.condition.materiality_days if rule else 1
    # Whom no mail reaches is listed with what he missed already.
    reached = {contact.id for contact in customer.contacts if contact.address}
    moved = [
        (order, moved_dates(order, part) if isinstance(part, PlanReestimated) else promised_dates(order, part))
        for order, part in ((orders[part.order_id], part) for part in occasion.parts)
    ]

    def weighed(contact: UUID | None) -> Weighed:
        due: list[Due] = []
        held: list[Held] = []
        unread = earlier.unread(contact) if contact in reached else {}
        for order, moves in moved:
            known = earlier.as_read(order, contact)
            for some, stands in ((moves, occasion.stands), (again(order, moves, unread), True)):
                is_due, is_held = weigh(known, some, materiality, today, stands=stands)
                due += is_due
                held += is_held
        return due, held

    if rule is None or not rule.active:
        due, held = weighed(None)
        notices: Sequence[Notice] = (silence([*held, *(Held(one.move, one.told, "rule_off") for one in due)]),)
    elif occasion.because == "delay_retracted":
        notices = _corrections(customer, rule, earlier, weighed, today)
    else:
        notices = _to_all(customer, rule, weighed)
    return _decided(occasion, orders, rule, notices)


def _decided(occasion: Occasion, orders: Mapping[UUID, Order], rule: Rule | None, notices: Sequence[Notice]) -> Decision:
    """Those who hear of something, and what the customer has heard then: of each date what told it to whoever could be reached."""
    hear = tuple(one for one in notices if one.due)
    reached = {one.move.place for notice in hear if notice.status == "queued" for one in notice.due}
    due: dict[Any, Due] = {}
    for one in chain.from_iterable(notice.due for notice in hear):
        due.setdefault(one.move.place, one)
    held: dict[Any, Held] = {}
    for other in sorted(chain.from_iterable(notice.held for notice in notices), key=lambda other: RANKED.index(other.why)):
        if other.move.place not in due:
            held.setdefault(other.move.place, other)
    told = tuple(one.move for place, one in due.items() if place in reached)
    weighed = (*(one.move for one in due.values()), *(one.move for one in held.values()))
    after = {order: tell(orders[order], told, weighed) for order in occasion.orders}
    silent = tuple(held.values())
    return Decision(rule, tuple(due.values()), silent, hear or (silence(silent),), after, told)


def _to_all(customer: Customer, rule: Rule, weighed: Weigh) -> tuple[Notice, ...]:
    to_each = tuple(notice_to(contact, *weighed(contact.id)) for contact in customer.audience(rule.audience))
    return to_each or (_to_nobody(*weighed(None)),)


def _to_nobody(due: Iterable[Due], held: Iterable[Held], corrects: Iterable[ToldMail] = ()) -> Notice:
    once = {one.move.place: one for one in due}
    rest = {one.move.place: one for one in held if one.move.place not in once}
    return Notice(None, "unreachable", "no_contact", tuple(once.values()), tuple(rest.values()), tuple(corrects))


def _corrections(customer: Customer, rule: Rule, earlier: Earlier, weighed: Weigh, today: date) -> tuple[Notice, ...]:
    """Only those who were really told are corrected, also when they no longer hear of orders; one who has left cannot be. What no mail of
    ours told is corrected to all who hear of orders.
    """
    readers = sorted({mail.contact_id for mail in chain(earlier.mails, *earlier.telling.values())})
    found: dict[UUID, Weighed] = {}
    ended: dict[UUID, tuple[Due, ...]] = {}
    for contact in readers:
        due, held = weighed(contact)
        found[contact] = _only(held_wrong(due, contact, earlier), due, held)
        over = [Due(one.move, one.told, one.days) for one in held if one.why == "day_over" and one.told >= today]
        ended[contact] = tuple(held_wrong(over, contact, earlier))
    wrong = {contact: (due, held, earlier.that_told(contact, [*due, *ended[contact]])) for contact, (due, held) in found.items() if due}
    if not wrong and not earlier.mails:
        due, held = weighed(None)
        came = _only(came_wrong(due, earlier), due, held)
        return _to_all(customer, rule, lambda _: came)
    if not wrong:
        return (silence([*chain.from_iterable(held for _, held in found.values())]),)
    active = {contact.id: contact for contact in customer.contacts if contact.active}
    reached = tuple(replace(notice_to(active[contact], *one), ended=ended[contact]) for contact, one in wrong.items() if contact in active)
    return reached or (_to_nobody(*map(chain.from_iterable, zip(*wrong.values(), strict=True))),)


def _only(wrong: Sequence[Due], due: Sequence[Due], held: Sequence[Held]) -> Weighed:
    """Of the dates that differ from what was told, those that are wrong by the retraction."""
    kept = {one.move.place for one in wrong}
    return wrong, [*held, *(Held(one.move, one.told, "date_already_told") for one in due if one.move.place not in kept)]
