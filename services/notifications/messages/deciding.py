"""From occasions to stored messages and their events, within the transaction of the batch that brought them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.notifications.contacts import store as contacts
from services.notifications.contacts.domain import Customer
from services.notifications.dates import store as dates
from services.notifications.dates.domain import Order
from services.notifications.dates.store import Weighed
from services.notifications.messages import queries, store
from services.notifications.messages.anew import kept, occasion_of
from services.notifications.messages.domain import MAILS, MOST_REASONS, Decision, Notice, Occasion, Share, Text, as_it_stands, shares
from services.notifications.messages.drafting import draft
from services.notifications.messages.hearing import heard
from services.notifications.messages.store import Cancelled, Message
from services.notifications.messages.telling import event_of, facts_of
from services.notifications.recovery import store as recovery
from services.notifications.recovery.store import Same, SentBefore, same
from services.notifications.rules import store as rules
from services.notifications.rules.domain import Rule, rule_for
from services.notifications.sending import store as sending
from services.notifications.sending.store import Settled
from services.notifications.shipments import store as shipments
from shared.contracts.notifications import MessageCancelled, MessageSent
from shared.database.pool import Tx, leaves
from shared.ids import new_id
from shared.messaging.record import Facts, Stamp, append_all

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Case:
    """An occasion to decide, the type of the event that brought it, and whose command it was; `waited` for a word since its dates moved."""

    occasion: Occasion
    event: str
    stamp: Stamp
    waited: bool = False


async def decide_all(tx: Tx, cases: Sequence[Case], customers: Mapping[UUID, Customer], now: datetime) -> None:
    """Decide and store, oldest first. An order or delay that comes up twice is decided anew on what the first decision left."""
    if not cases:
        return
    known = await rules.rules(tx)
    cases = [case for case in cases if case.occasion.because != "day_passed" or _tells(rule_for(known, case.event, "day_passed"))]
    sent = await recovery.sent_before(tx, customers)
    unsent: list[Settled] = []
    for wave in _waves(cases):
        unsent += await _decide_wave(tx, wave, customers, known, sent, now)
    await decide_anew(tx, unsent, now)


async def decide_anew(tx: Tx, unsent: Iterable[Settled], now: datetime) -> None:
    """Decide for its contact anew, as the dates stand now, what waited behind a mail that did not leave: he reads "was" of no day that he
    has not read.
    """
    waited: dict[UUID, list[Case]] = {}
    for one in unsent:
        if one.contact_id and one.decided_from:
            case = Case(occasion_of(one.decided_from), one.decided_from["event"], one.stamp, waited=True)
            waited.setdefault(one.contact_id, []).append(case)
    if not waited:
        return
    customers = await contacts.customers(tx, {case.occasion.customer_id for cases in waited.values() for case in cases}, now)
    for contact, cases in waited.items():
        alone = {id: _only(customer, contact) for id, customer in customers.items()}
        await decide_all(tx, [case for case in cases if alone[case.occasion.customer_id].contacts], alone, now)


def _only(customer: Customer, contact: UUID) -> Customer:
    return replace(customer, contacts=tuple(one for one in customer.contacts if one.id == contact and one.active))


def _tells(rule: Rule | None) -> bool:
    """Of a day that has passed nothing is weighed where no rule tells it: a notice that is still held is none the older for it, and
    what was not told every day fills no log."""
    return rule is not None and rule.active


def _waves(cases: Sequence[Case]) -> Iterator[list[Case]]:
    wave: list[Case] = []
    taken: set[Any] = set()
    for case in cases:
        claims = {*case.occasion.orders, *case.occasion.pairs}
        if claims & taken:
            yield wave
            wave, taken = [], set()
        wave.append(case)
        taken |= claims
    if wave:
        yield wave


async def _decide_wave(
    tx: Tx, wave: Sequence[Case], customers: Mapping[UUID, Customer], known: Sequence[Rule], sent: dict[Same, SentBefore], now: datetime
) -> list[Settled]:
    """Answers what was taken back, and what is to be decided anew."""
    orders = await dates.lock(tx, {order for case in wave for order in case.occasion.orders})
    needless: list[Settled] = []
    if cancelled := await _cancel(tx, wave):
        needless = await sending.cancel_needless(tx, [one.id for one in cancelled], now)
        await sending.untell(tx, [*cancelled, *needless])
        orders = await dates.read(tx, orders)
    earlier = await heard(tx, [case.occasion for case in wave], orders, customers)
    goes = await shipments.transports(tx, {one for case in wave if case.waited for one in case.occasion.shipments})
    ahead = await queries.waiting(tx, {one.id for case in wave for one in customers[case.occasion.customer_id].contacts}, orders)
    messages: list[Message] = []
    weighed: list[Weighed] = []
    for case, before in zip(wave, earlier, strict=True):
        occasion = as_it_stands(case.occasion, orders, goes) if case.waited else case.occasion
        rule = rule_for(known, case.event, occasion.because)
        decision, texts = draft(occasion, orders, customers[occasion.customer_id], rule, before, now.date())
        told, sent_with = set(decision.told), dict[UUID, UUID]()
        for share in shares(occasion, decision):
            decided = new_id()
            weighed += [Weighed(move, decided if move in told else None) for move in share.moves]
            made = _messages(case, decision.rule, share, texts, decided, sent_with, orders, now)
            messages += [replace(one, decided_from=kept(case.occasion, case.event)) if _waits(one, case, ahead) else one for one in made]
    await keep(tx, messages, customers, sent)
    await dates.tell(tx, weighed, now)
    await _record_cancelled(tx, wave, cancelled, needless)
    return needless


def _waits(message: Message, case: Case, ahead: Collection[tuple[UUID, UUID]]) -> bool:
    """Whether it goes behind another mail of its contact, on which it builds. A correction is written anew by what it names."""
    return (
        message.status == "queued"
        and message.sent_with is None
        and message.because != "delay_retracted"
        and any((message.contact_id, order) in ahead for order in case.occasion.orders)
    )


async def keep(tx: Tx, messages: Sequence[Message], customers: Mapping[UUID, Customer], sent: dict[Same, SentBefore]) -> None:
    """Store decided messages and tell of them. What was sent before (`sent`, by a database that was lost) is not sent again."""
    again = {message.id: sent.pop(same(message)) for message in messages if message.status == "queued" and same(message) in sent}
    ids = {id: one.message_id for id, one in again.items()}
    messages = [
        replace(one, id=ids.get(one.id, one.id), sent_with=ids.get(one.sent_with, one.sent_with) if one.sent_with else None)
        for one in messages
    ]
    await store.save(tx, messages)
    if any(message.status == "queued" for message in messages):
        leaves(MAILS)
    await recovery.settle(tx, again.values())
    before = {one.message_id: one for one in again.values()}
    told: list[tuple[Stamp, Facts]] = []
    for message in messages:
        facts = facts_of(message)
        events = [event_of(message, facts, customers[message.customer_id].owner.login)]
        if one := before.get(message.id):
            events.append(MessageSent(message_id=message.id, delay_id=message.delay_id, at=one.at, attempts=one.attempts))
        told.append((message.stamp, Facts(message.id, 0, events)))
        log.info("message.decided", message=message.id, status=message.status, why=message.why, rule=message.rule, delay=message.delay_id)
    await append_all(tx, told)


async def _cancel(tx: Tx, wave: Sequence[Case]) -> list[Cancelled]:
    pairs = {pair for case in wave if case.occasion.because == "delay_retracted" for pair in case.occasion.pairs}
    return await store.cancel_unsent(tx, pairs) if pairs else []


def _messages(
    case: Case,
    rule: Rule | None,
    share: Share,
    texts: Mapping[UUID, Text | None],
    decided: UUID,
    sent_with: dict[UUID, UUID],
    orders: Mapping[UUID, Order],
    now: datetime,
) -> Iterator[Message]:
    """The messages of a delay. `sent_with` has the first of each contact that is sent: those after it go with that mail."""
    for notice in share.notices:
        id = new_id()
        first = sent_with.setdefault(notice.contact.id, id) if notice.contact and notice.status == "queued" else id
        yield Message(
            id=id,
            sent_with=first if first != id else None,
            decision=decided,
            rule=rule.name if rule else "none",
            because=case.occasion.because,
            customer_id=case.occasion.customer_id,
            contact_id=notice.contact.id if notice.contact else None,
            delay_id=share.delay.delay_id if share.delay else None,
            delay_revision=share.delay.revision if share.delay else None,
            orders=share.orders,
            language=notice.contact.language if notice.contact else None,
            status=notice.status,
            why=notice.why,
            reasons=reasons_of(rule, notice, orders),
            corrected=tuple(mail.message_id for mail in notice.corrects),
            text=texts.get(notice.contact.id) if notice.contact else None,
            dates=notice.due,
            decided_at=now,
            stamp=case.stamp,
        )


def reasons_of(rule: Rule | None, weighed: Notice | Decision, orders: Mapping[UUID, Order]) -> dict[str, Any]:
    """Why it was decided so: each date that was weighed, with its verdict; of those that are held no more than fit. All that are due are
    kept: of a delay they are told again to whom this does not reach.
    """
    dates = [(due.move, due.told, "due") for due in weighed.due]
    dates += [(held.move, held.told, held.why) for held in weighed.held[: max(0, MOST_REASONS - len(dates))]]
    return {
        "rule": rule.name if rule else None,
        "materiality_days": rule.condition.materiality_days if rule else None,
        "dates": [
            {
                "order": orders[move.order_id].number,
                "shipment": move.shipment,
                "milestone": move.milestone,
                "line": move.of_line,
                "before": move.before.isoformat(),
                "told": told.isoformat(),
                "now": move.to.isoformat(),
                "days": (move.to - told).days,
                "promised": move.promise.after.isoformat() if move.promise else None,
                "verdict": verdict,
            }
            for move, told, verdict in dates
        ],
    }


async def _record_cancelled(tx: Tx, wave: Sequence[Case], cancelled: Sequence[Cancelled], needless: Sequence[Settled]) -> None:
    stamps = {pair: case.stamp for case in wave for pair in case.occasion.pairs}
    facts = [(stamps[one.delay_id, one.customer_id], Facts(one.id, one.version, (_cancelled(one),))) for one in cancelled]
    facts += [(one.stamp, Facts(one.id, one.version - 1, (one.cancelled(),))) for one in needless]
    await append_all(tx, facts)


def _cancelled(one: Cancelled) -> MessageCancelled:
    return MessageCancelled(message_id=one.id, delay_id=one.delay_id, why="delay_retracted")
