"""Previews over HTTP: the deciding and the texts of a delay that is not logged yet, and of what waits for its release."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.notifications.contacts import store as contacts
from services.notifications.contacts.domain import Customer
from services.notifications.dates import store as dates
from services.notifications.dates.domain import Order
from services.notifications.log.models import reasons
from services.notifications.messages import queries as messages
from services.notifications.messages.deciding import reasons_of
from services.notifications.messages.domain import Decision, Notice, Occasion, Text, as_it_stands, together
from services.notifications.messages.drafting import draft
from services.notifications.messages.gathering import is_held
from services.notifications.messages.hearing import heard
from services.notifications.messages.model import Earlier
from services.notifications.previews.domain import checked, foreseen, occasions
from services.notifications.previews.models import CustomerForeseen, NoticeForeseen, Preview, PreviewQuery, Simulated
from services.notifications.rules import store as rules
from services.notifications.rules.domain import Rule, rule_for
from services.notifications.shipments import store as shipments
from services.notifications.words import no_order
from shared.contracts.orders import DelayReason, PlanReestimated
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.directory import owners_seen
from shared.problems import NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.paging import Page, PageQuery, page
from shared.web.patience import Patience
from shared.web.routes import Routes

routes = Routes("previews")

MOST_BYTES = 16 * 1024 * 1024


@routes.post("/api/notifications/previews", roles=WRITERS, transaction=False, max_bytes=MOST_BYTES, problems=(NotFound,))
async def preview(call: Call, query: PreviewQuery, body: Simulated) -> Preview:
    """Show every text that a delay would send. Takes the answer of its simulation as it is; writes nothing.

    It is decided as logging the delay would be, on what each customer was told by now: who is written to and in which words, who need
    not hear and why, who cannot be reached. At once, or for a disruption when the customer's owner releases it. What was entered a moment
    ago may not be known here yet: it is waited for, up to `wait` seconds.
    """
    events = checked(order.reestimated for order in body.orders)
    told, patience = occasions(events), Patience(query.wait)
    while True:
        try:
            known = await _known(call, events, told)
        except NotFound:
            if not await patience.more():
                raise
        else:
            break
    return Preview(customers=tuple(await _texts(told, known, call.now.date())))


@routes.get("/api/notifications/disruptions/{disruption}/previews", roles=WRITERS, transaction=False)
async def preview_held(call: Call, disruption: UUID, query: PageQuery) -> Page[CustomerForeseen]:
    """Show every text that the caller's word on a disruption would release: of the customers in his sight, a page at a time.

    By the dates as they stand now, as releasing them would; writes nothing. What is released already is in the log of messages.
    """
    (behind,) = query.begins_after(UUID)
    async with call.database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        owners = await owners_seen(connection, call.principal, call.now)
        held = await messages.held(connection, disruption, owners, behind, query.limit + 1)
        shown = page(list(held), query.limit, lambda customer: (customer,))
        by_delay = [held[customer] for customer in shown.items]
        orders = await dates.read(connection, {part.order_id for delays in by_delay for parts in delays for part in parts})
        waiting = [together(delays) for delays in by_delay]
        goes = await shipments.transports(connection, {shipment for occasion in waiting for shipment in occasion.shipments})
        told = [as_it_stands(occasion, orders, goes) for occasion in waiting]
        customers = await contacts.customers(connection, shown.items, call.now)
        known = _Known(customers, orders, await rules.rules(connection), await heard(connection, told, orders, customers))
    return Page(items=await _texts(told, known, call.now.date()), next=shown.next)


@dataclass(frozen=True, slots=True)
class _Known:
    """What it is decided on; the orders as they would be when their customers are told."""

    customers: Mapping[UUID, Customer]
    orders: Mapping[UUID, Order]
    rules: Sequence[Rule]
    earlier: Sequence[Earlier]


async def _texts(told: Sequence[Occasion], known: _Known, today: date) -> list[CustomerForeseen]:
    """What each occasion would have its customer read, one after the other as they would be told."""
    answer, orders = [], dict(known.orders)
    for occasion, before in zip(told, known.earlier, strict=True):
        customer, rule = known.customers[occasion.customer_id], rule_for(known.rules, PlanReestimated.TYPE, occasion.because)
        decision, texts = draft(occasion, orders, customer, rule, before, today)
        answer.append(_foreseen(occasion, decision, texts, orders, customer))
        orders |= decision.orders
        await asyncio.sleep(0)  # others' requests are not to wait for a hundred letters
    return answer


async def _known(call: Call, events: Sequence[PlanReestimated], told: Sequence[Occasion]) -> _Known:
    async with call.database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        customers = await _customers(connection, call, events)
        orders = foreseen(await _orders(connection, events), events)
        return _Known(customers, orders, await rules.rules(connection), await heard(connection, told, orders, customers))


async def _customers(tx: Tx, call: Call, events: Sequence[PlanReestimated]) -> dict[UUID, Customer]:
    """The customers of the events; NotFound where one is not in the caller's sight."""
    owners = await owners_seen(tx, call.principal, call.now)
    found = await contacts.customers(tx, {event.customer_id for event in events}, call.now)
    for event in events:
        customer = found.get(event.customer_id)
        if customer is None or (owners is not None and customer.owner.login not in owners):
            raise NotFound(no_order(event.number))
    return found


async def _orders(tx: Tx, events: Sequence[PlanReestimated]) -> dict[UUID, Order]:
    """The orders of the events; NotFound where one is not known here, or is another customer's than the event says."""
    found = await dates.read(tx, {event.order_id for event in events})
    for event in events:
        order = found.get(event.order_id)
        if order is None or order.customer_id != event.customer_id:
            raise NotFound(no_order(event.number))
    return found


def _foreseen(
    occasion: Occasion, decision: Decision, texts: Mapping[UUID, Text | None], orders: Mapping[UUID, Order], customer: Customer
) -> CustomerForeseen:
    return CustomerForeseen(
        customer=customer.code,
        owner=customer.owner.login,
        orders=tuple(orders[order].number for order in occasion.orders),
        awaits_release=any(isinstance(part, PlanReestimated) and is_held(part) for part in occasion.parts),
        reasons=reasons(reasons_of(decision.rule, decision, orders)),
        notices=tuple(_notice(one, texts.get(one.contact.id) if one.contact else None, occasion.delay) for one in decision.notices),
    )


def _notice(notice: Notice, text: Text | None, delay: DelayReason | None) -> NoticeForeseen:
    language = notice.contact.language if notice.contact else None
    said: dict[Literal["action", "ask"], LocalText | None] = {"action": delay.action, "ask": delay.ask} if delay and text else {}
    shown: dict[str, Any] = {name: getattr(text, name, None) for name in ("to_name", "to", "subject", "body")}
    return NoticeForeseen(
        contact=notice.contact.id if notice.contact else None,
        status=notice.status,
        why=notice.why,
        language=language,
        cc=text.cc if text else (),
        reply_to=text.reply_to if text else (),
        untranslated=tuple(name for name, words in said.items() if words and language and words.lacks(language)),
        **shown,
    )
