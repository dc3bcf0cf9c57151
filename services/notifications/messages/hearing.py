"""What customers heard before, as far as an occasion builds on it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.contacts.domain import Customer
from services.notifications.dates.domain import Order
from services.notifications.dates.model import Told, Which
from services.notifications.messages import queries
from services.notifications.messages.domain import Occasion
from services.notifications.messages.model import Earlier, Moved, ToldMail
from services.notifications.messages.queries import SentMail
from shared.contracts.orders import PlanReestimated
from shared.database.pool import Tx


async def heard(tx: Tx, occasions: Sequence[Occasion], orders: Mapping[UUID, Order], customers: Mapping[UUID, Customer]) -> list[Earlier]:
    """What each customer heard before. Of a delay that was just logged he has heard nothing, of an order's first delay no other either.
    Of dates of his `orders` he may have heard by any mail that told one.
    """
    again = {pair for one in occasions for pair in one.pairs if one.because != "delay_logged"}
    further = {part.order_id for one in occasions for part in one.parts if isinstance(part, PlanReestimated) and _is_further(part)}
    mails = await queries.mails(tx, again) if again else {}
    delays = await queries.delays_told(tx, further) if further else {}
    by = [_told_by(one, orders) for one in occasions]
    telling = await queries.mails_of(tx, set().union(*by)) if any(by) else {}
    undone = {pair for one in occasions if one.because == "delay_retracted" for pair in one.pairs}
    logged = await queries.logged_at(tx, {delay for delay, _ in undone}) if undone else {}
    found = chain(*(mails.get(pair, ()) for pair in undone), *telling.values())
    wrong = {mail.id for mail in found if mail.withdrawn is not False}
    dates = await queries.dates_told(tx, wrong) if undone and wrong else {}
    updated = {pair for one in occasions if one.because == "delay_updated" for pair in one.pairs}
    moved = await queries.moved_by(tx, updated) if updated else {}
    own = [{decision: telling[decision] for decision in decisions & telling.keys()} for decisions in by]
    return [
        _earlier(one, mails, delays, told, dates, logged, moved, customers[one.customer_id])
        for one, told in zip(occasions, own, strict=True)
    ]


def _told_by(occasion: Occasion, orders: Mapping[UUID, Order]) -> set[UUID]:
    """The decisions that told the days of its orders."""
    days = (day for order in occasion.orders for told in _told(orders[order]) for day in told.days)
    return {day.by for day in days if day.by is not None}


def _told(order: Order) -> Iterator[Told]:
    yield from (line.told for line in order.lines)
    yield from (node.told for node in order.nodes)


def _is_further(part: PlanReestimated) -> bool:
    return part.delay is not None and part.delay.ordinal > 1


def _earlier(
    occasion: Occasion,
    mails: Mapping[tuple[UUID, UUID], list[SentMail]],
    delays: Mapping[UUID, set[UUID]],
    telling: Mapping[UUID, list[SentMail]],
    dates: Mapping[UUID, frozenset[Which]],
    logged: Mapping[UUID, datetime | None],
    moved: Mapping[tuple[UUID, UUID], list[Moved]],
    customer: Customer,
) -> Earlier:
    own = {delay for delay, _ in occasion.pairs}
    zone = ZoneInfo(customer.time_zone)

    def told(mail: SentMail) -> ToldMail:
        sent_on, tells = mail.sent_at.astimezone(zone).date(), dates.get(mail.id, frozenset())
        return ToldMail(mail.id, mail.contact_id, mail.subject, sent_on, tells, bool(mail.withdrawn), mail.revision)

    return Earlier(
        tuple(told(mail) for pair in occasion.pairs for mail in mails.get(pair, ())),
        {order: len(delays.get(order, set()) - own) for order in occasion.orders},
        {decision: tuple(map(told, sent)) for decision, sent in telling.items()},
        next((logged.get(delay) for delay in own), None),
        [one for pair in occasion.pairs for one in moved.get(pair, ())],
    )
