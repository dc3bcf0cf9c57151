"""What a template sees: plain values only, in the reader's language, of his own orders alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.notifications.contacts.domain import Signer
from services.notifications.dates.domain import Due, Line, Move, Order
from services.notifications.messages.domain import Notice, Occasion, Part
from services.notifications.messages.model import Earlier, ToldMail
from services.notifications.templates import vocabulary
from services.notifications.templates.legs import Row, Words, agreed, ahead, label, legs, row, stands, tells_of
from services.notifications.templates.parts import (
    MOST_ITEMS,
    MOST_ORDERS,
    MOST_SUBJECT_ORDERS,
    Values,
    day_in_words,
    purchase_order,
    salutation,
    signature,
)
from shared.contracts.codes import CAUSES, UNKNOWN, CauseCode
from shared.contracts.orders import PlanReestimated
from shared.contracts.text import Language, LocalText
from shared.rendering.words import han_punctuation, in_words, lines, one_line, quantity, shorter

ITEM_IN_SUBJECT = 60


@dataclass(frozen=True, slots=True)
class Writing:
    """Everything a message is written from. `orders` are as they were before it was told."""

    occasion: Occasion
    notice: Notice
    orders: Mapping[UUID, Order]
    due: Sequence[Due]
    earlier: Earlier
    signer: Signer
    language: Language
    today: date

    @property
    def reader(self) -> UUID | None:
        return self.notice.contact.id if self.notice.contact else None


def view(writing: Writing) -> Values:
    """The values of a message's templates."""
    touched = [part for part in writing.occasion.parts if any(due.move.order_id == part.order_id for due in writing.due)]
    orders = [_order(writing, part) for part in touched[:MOST_ORDERS]]
    delay = writing.occasion.delay
    later = [due.move.to > due.told for due in writing.due]
    since = writing.earlier.unread(writing.reader)
    ended = _ended(writing)
    values = {
        "subject": _subject(writing, [writing.orders[part.order_id] for part in touched]),
        "salutation": salutation(writing.notice.contact, writing.language),
        "orders": orders,
        "further_orders": len(touched) - len(orders),
        "several": len(touched) > 1,
        "delivery_moves": any(due.move.line is not None for due in writing.due),
        "later": any(later),
        "earlier": not all(later),
        "heard": any(mail.contact_id == writing.reader for mail in writing.earlier.mails),
        "reasons": _reasons(delay.causes, writing.language) if delay and _moves(writing.due) else [],
        "in_part": any(due.told < since.get(due.move.which, due.move.before) for due in writing.due),
        "investigating": delay is not None and delay.causes == (UNKNOWN,),
        "action": _text(delay.action if delay else None, writing.language),
        "ask": _text(delay.ask if delay else None, writing.language),
        "ask_by": day_in_words(delay.ask_by if delay else None, writing.language, since=writing.today),
        "next_news": day_in_words(delay.next_news_on if delay else None, writing.language, since=writing.today),
        "signed": signature(writing.signer),
        "ended": ended[:MOST_ITEMS],
        "further_ended": max(0, len(ended) - MOST_ITEMS),
    }
    return naming(values, [_mail(writing, mail) for mail in writing.notice.corrects])


def naming(values: Values, mails: Sequence[Values], *, anew: bool = False) -> Values:
    """The values of a letter that takes those mails back. Written `anew`, as another did not leave, it tells the dates in force alone: the
    day that he was told before may have been told by that one.
    """
    ended = {"ended": (), "further_ended": 0} if anew or "ended" not in values else {}
    return {**values, **ended, "corrected": mails, "partly": not all(mail["whole"] for mail in mails), "anew": anew}


def _mail(writing: Writing, mail: ToldMail) -> Values:
    """A mail that is taken back: as a `whole`, where all that it told is corrected."""
    sent_on, corrected = in_words(mail.sent_on, writing.language), {due.move.which for due in (*writing.due, *writing.notice.ended)}
    return {"id": str(mail.message_id), "subject": mail.subject, "date": sent_on, "whole": bool(mail.tells) and mail.tells <= corrected}


def _order(writing: Writing, part: Part) -> Values:
    dues = [due for due in writing.due if due.move.order_id == part.order_id]
    order = writing.earlier.as_read(writing.orders[part.order_id].as_of(writing.today, [due.move.line for due in dues]), writing.reader)
    words = Words(writing.language, _names(part))
    parts = legs(order, dues, part.transports if isinstance(part, PlanReestimated) else {}, words)
    affected = {line for leg in parts for line in leg["lines"]}
    unaffected = [line for line in order.lines if line.line not in affected and line.delivered is None and stands(line)]
    delay = writing.occasion.delay
    ordinal = writing.earlier.ordinal(order.id, part.delay.ordinal) if delay and isinstance(part, PlanReestimated) and part.delay else 1
    return {
        "po": purchase_order(order, writing.language),
        "number": order.number,
        "ordinal": ordinal,
        "ordinal_words": vocabulary.ordinal(ordinal, writing.language),
        "legs": parts,
        "unaffected": _unaffected(order, unaffected, words),
        "further_unaffected": max(0, len(unaffected) - MOST_ITEMS),
    }


def _ended(writing: Writing) -> list[Values]:
    """The days that he was told, and that hold no longer, though there is none to tell in their place."""
    parts = {part.order_id: part for part in writing.occasion.parts}
    found = {}
    for due in writing.notice.ended:
        part, move = parts[due.move.order_id], due.move
        transport = part.transports.get(move.shipment) if isinstance(part, PlanReestimated) and move.shipment else None
        named = label(move.milestone, transport, Words(writing.language, _names(part)))
        po, old = purchase_order(writing.orders[move.order_id], writing.language), in_words(due.told, writing.language)
        found[po, named, old] = {"po": po, "label": named, "old": old}
    return list(found.values())


def _names(part: Part) -> dict[str, LocalText]:
    if not isinstance(part, PlanReestimated):
        return {}
    named = [(node.milestone, node.name) for node in part.nodes] + [(node.milestone, node.name) for node in part.joined]
    return {milestone: name for milestone, name in named if name is not None}


def _unaffected(order: Order, found: Sequence[Line], words: Words) -> list[Values]:
    language, delivered = words.language, label(order.delivery_point, None, words)
    return [
        {
            "item": one_line(line.item),
            "quantity": f"{quantity(line.quantity, language)} {vocabulary.unit(line.uom, language)}",
            "label": delivered,
            "date": in_words(line.told.date, language),
            "agreed": agreed(line),
        }
        for line in found[:MOST_ITEMS]
    ]


def _subject(writing: Writing, orders: Sequence[Order]) -> Values:
    """The parts of the subject: a promise that moved by itself, else the date of the goods when it moved, else the first milestone that
    did. Goods that are delivered at different milestones have it by the word for all of them.
    """
    deliveries = [due for due in writing.due if due.move.line is not None]
    if writing.occasion.because == "promise_changed":
        deliveries = [due for due in deliveries if due.move.promise is not None] or deliveries
    nodes = [due for due in writing.due if due.move.line is None]
    first_node = min((Row(due.move.milestone, due.told, due.move.to) for due in nodes), key=Row.place, default=None)
    chosen = deliveries or [due for due in nodes if first_node and due.move.milestone == first_node.milestone]
    items = list(dict.fromkeys(one_line(line.item) for order in orders for line in order.lines if _is_affected(line, order, chosen)))
    several = len({due.move.milestone for due in chosen}) > 1
    rows = [row(writing.orders[due.move.order_id], due) for due in chosen]
    return {
        "pos": [purchase_order(order, writing.language) for order in orders[:MOST_SUBJECT_ORDERS]],
        "further_pos": max(0, len(orders) - MOST_SUBJECT_ORDERS),
        "item": shorter(items[0], ITEM_IN_SUBJECT) if items else "",
        "further_items": max(0, len(items) - 1),
        "label": vocabulary.delivery(writing.language) if several else _subject_label(writing, chosen[0].move),
        "new": _span([row.now for row in rows], writing.language),
        "old": _span([row.told for row in rows if row.told is not None], writing.language),
        "agreed": all(row.agreed for row in rows),
    }


def _subject_label(writing: Writing, move: Move) -> str:
    part = next(part for part in writing.occasion.parts if part.order_id == move.order_id)
    transport = part.transports.get(move.shipment) if isinstance(part, PlanReestimated) and move.shipment else None
    mode = transport.mode if transport else None
    return vocabulary.milestone(move.milestone, mode, writing.language, _names(part).get(move.milestone))


def _is_affected(line: Line, order: Order, chosen: Sequence[Due]) -> bool:
    moves = [due.move for due in chosen if due.move.order_id == order.id]
    return any(tells_of(order, move, line) and (move.line is not None or line in ahead(order, move.shipment)) for move in moves)


def _span(days: Sequence[date], language: Language) -> str:
    first, last = min(days), max(days)
    if first == last:
        return in_words(first, language)
    return f"{in_words(first, language)}{' to ' if language == 'en' else '至'}{in_words(last, language)}"


def _moves(due: Sequence[Due]) -> bool:
    """Whether the command moved anything of that itself: what days did before, and is told with it, has not its reason."""
    return any(one.move.to != one.move.before for one in due)


def _reasons(causes: Sequence[CauseCode], language: Language) -> list[str]:
    """Each different reason, fit for the customer; several codes may share one."""
    phrases = list(dict.fromkeys(CAUSES[code].phrase.in_language(language) for code in causes))
    return phrases if language == "en" else [han_punctuation(phrase) for phrase in phrases]


def _text(text: LocalText | None, language: Language) -> str:
    return lines(text.in_language(language)) if text else ""
