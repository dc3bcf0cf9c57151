"""What a template sees: plain values only, in the reader's language, of his own orders alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.notifications.contacts.domain import Signer
from services.notifications.dates.domain import Due, Line, Move, Order
from services.notifications.messages.domain import Earlier, Notice, Occasion, Part
from services.notifications.templates import vocabulary
from services.notifications.templates.parts import (
    MOST_ITEMS,
    MOST_ORDERS,
    MOST_SUBJECT_ORDERS,
    Values,
    carriage,
    goods,
    purchase_order,
    salutation,
    signature,
)
from shared.contracts.codes import CAUSES, UNKNOWN, CauseCode
from shared.contracts.orders import PlanReestimated
from shared.contracts.shipments import Transport
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


def view(writing: Writing) -> Values:
    """The values of a message's templates."""
    touched = [part for part in writing.occasion.parts if any(due.move.order_id == part.order_id for due in writing.due)]
    orders = [_order(writing, part) for part in touched[:MOST_ORDERS]]
    delay = writing.occasion.delay
    later = [due.move.to > due.told for due in writing.due]
    return {
        "subject": _subject(writing, [writing.orders[part.order_id] for part in touched]),
        "salutation": salutation(writing.notice.contact, writing.language),
        "orders": orders,
        "further_orders": len(touched) - len(orders),
        "several": len(touched) > 1,
        "delivery_moves": any(due.move.line is not None for due in writing.due),
        "later": any(later),
        "earlier": not all(later),
        "heard": bool(writing.earlier.mails),
        "reasons": _reasons(delay.causes, writing.language) if delay else [],
        "investigating": delay is not None and delay.causes == (UNKNOWN,),
        "action": _text(delay.action if delay else None, writing.language),
        "ask": _text(delay.ask if delay else None, writing.language),
        "ask_by": _day(delay.ask_by if delay else None, writing.language, since=writing.today),
        "next_news": _day(delay.next_news_on if delay else None, writing.language, since=writing.today),
        "signed": signature(writing.signer),
        "corrected": [
            {"subject": mail.subject, "date": in_words(mail.sent_on, writing.language), "shared": mail.shared}
            for mail in writing.notice.corrects
        ],
    }


def _order(writing: Writing, part: Part) -> Values:
    dues = [due for due in writing.due if due.move.order_id == part.order_id]
    order = writing.orders[part.order_id].as_of(writing.today, [due.move.line for due in dues])
    transports = part.transports if isinstance(part, PlanReestimated) else {}
    legs: dict[str | None, list[Due]] = defaultdict(list)
    for due in dues:
        legs[due.move.shipment].append(due)
    words = _Words(writing.language, _names(part))
    parts = [_leg(order, shipment, legs[shipment], transports, words) for shipment in sorted(legs, key=lambda s: s or "")]
    affected = {line for leg in parts for line in leg["lines"]}
    unaffected = [line for line in order.lines if line.line not in affected and line.delivered is None and _stands(line)]
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


@dataclass(frozen=True, slots=True)
class _Words:
    """The reader's language, and what an order's template calls its milestones."""

    language: Language
    names: Mapping[str, LocalText]


def _names(part: Part) -> dict[str, LocalText]:
    nodes = part.nodes if isinstance(part, PlanReestimated) else ()
    return {node.milestone: node.name for node in nodes if node.name is not None}


def _leg(order: Order, shipment: str | None, dues: Sequence[Due], transports: Mapping[str, Transport], words: _Words) -> Values:
    """What travels together. When a milestone of it moved, all lines that it may delay are affected, also where their delivery did not."""
    transport = transports.get(shipment) if shipment else None
    nodes = [due for due in dues if due.move.line is None]
    moved = {due.move.line: due for due in dues if due.move.line is not None}
    affected = [line for line in _ahead(order, shipment) if nodes or line.line in moved]
    rows = [_row(order, due) for due in nodes]
    deliveries = {} if nodes and _left(order, shipment) else _deliveries(order, affected, moved)
    dayless = [line for line in affected if all(line not in lines for lines in deliveries.values())]
    apart = len(deliveries) > 1 or bool(deliveries and dayless)
    rows.extend(() if apart else deliveries)
    return {
        "transport": carriage(transport),
        "dates": [_date(row, transport, words) for row in sorted(rows, key=_Row.place)],
        "goods": goods(dayless if apart else affected, words.language) if dayless or not apart else None,
        "deliveries": [
            {**_date(row, transport, words), "goods": goods(lines, words.language)} for row, lines in deliveries.items() if apart
        ],
        "lines": [line.line for line in affected],
    }


def _ahead(order: Order, shipment: str | None) -> list[Line]:
    """The lines of a leg that are still to be delivered; once all are, or have left, all of them, which are still on their way."""
    own = [line for line in order.lines if line.shipment == shipment]
    return (not _left(order, shipment) and [line for line in own if line.delivered is None]) or own


def _left(order: Order, shipment: str | None) -> bool:
    """Whether something has happened to a leg that comes after its delivery, though not all of it was recorded as delivered."""
    after = vocabulary.after(order.delivery_point)
    return any(node.actual is not None and node.shipment == shipment and node.milestone in after for node in order.nodes)


@dataclass(frozen=True, slots=True)
class _Row:
    """One date: `told` is None where it stays as it is. `agreed`: it is the promise, not the day the goods are expected, which
    is `expected` where a promise is given that is earlier.
    """

    milestone: str
    told: date | None
    now: date
    agreed: bool = False
    expected: date | None = None

    def place(self) -> tuple[int, date]:
        return (vocabulary.CHAIN.index(self.milestone) if self.milestone in vocabulary.CHAIN else len(vocabulary.CHAIN), self.now)


def _row(order: Order, due: Due) -> _Row:
    """A promise that is given stands beside the one before it, where it is not just a later word on what he was told."""
    move, promise = due.move, due.move.promise
    if promise is not None and promise.after < move.to:
        return _Row(move.milestone, promise.before, promise.after, agreed=True, expected=move.to)
    before = promise.before if promise is not None and due.told == move.to else due.told
    line = order.line(move.line) if move.line is not None else None
    return _Row(move.milestone, before, move.to, line is not None and _agreed(line, given=promise is not None))


def _deliveries(order: Order, affected: Sequence[Line], moved: Mapping[str, Due]) -> dict[_Row, list[Line]]:
    """The lines by their delivery's date, those that moved first. A delivered line has none, though its goods may be late at sea, nor
    has one that is not told what moved it: the day he knows is not the day to tell.
    """
    found: dict[_Row, list[Line]] = defaultdict(list)
    for line in affected:
        due = moved.get(line.line)
        if due is not None:
            found[_row(order, due)].append(line)
        elif line.delivered is None and _stands(line):
            found[_Row(order.delivery_point, None, line.told.date, _agreed(line))].append(line)
    return dict(sorted(found.items(), key=lambda group: (group[0].told is None, group[0].now)))


def _agreed(line: Line, *, given: bool = False) -> bool:
    """A promise that is given now is told as one also where the goods are expected on its very day."""
    return line.promised > line.said or (given and line.promised == line.said)


def _stands(line: Line) -> bool:
    """Whether the day he was told is the one to tell: of no other does he read that it is still so."""
    return line.told.date == line.to_tell


def _date(row: _Row, transport: Transport | None, words: _Words) -> Values:
    new, old = in_words(row.now, words.language), _day(row.told, words.language)
    expected = _day(row.expected, words.language)
    return {"label": _label(row.milestone, transport, words), "new": new, "old": old, "agreed": row.agreed, "expected": expected}


def _label(milestone: str, transport: Transport | None, words: _Words) -> str:
    language = words.language
    name = vocabulary.milestone(milestone, transport.mode if transport else None, language, words.names.get(milestone))
    place = _place(milestone, transport)
    if place is None:
        return name
    if language == "zh-CN":
        return f"{name}({vocabulary.port(place, language)})"
    return f"{name} {'from' if milestone == 'DEPART' else 'at'} {vocabulary.port(place, language)}"


def _place(milestone: str, transport: Transport | None) -> str | None:
    if transport is None:
        return None
    return {"DEPART": transport.port_of_loading, "ARRIVE": transport.port_of_discharge}.get(milestone)


def _unaffected(order: Order, found: Sequence[Line], words: _Words) -> list[Values]:
    language, label = words.language, _label(order.delivery_point, None, words)
    return [
        {
            "item": one_line(line.item),
            "quantity": f"{quantity(line.quantity, language)} {vocabulary.unit(line.uom, language)}",
            "label": label,
            "date": in_words(line.told.date, language),
            "agreed": _agreed(line),
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
    first_node = min((_Row(due.move.milestone, due.told, due.move.to) for due in nodes), key=_Row.place, default=None)
    chosen = deliveries or [due for due in nodes if first_node and due.move.milestone == first_node.milestone]
    items = list(dict.fromkeys(one_line(line.item) for order in orders for line in order.lines if _is_affected(line, order, chosen)))
    label = _subject_label(writing, chosen[0].move)
    if len({due.move.milestone for due in chosen}) > 1:
        label = vocabulary.delivery(writing.language)
    rows = [_row(writing.orders[due.move.order_id], due) for due in chosen]
    return {
        "pos": [purchase_order(order, writing.language) for order in orders[:MOST_SUBJECT_ORDERS]],
        "further_pos": max(0, len(orders) - MOST_SUBJECT_ORDERS),
        "item": shorter(items[0], ITEM_IN_SUBJECT) if items else "",
        "further_items": max(0, len(items) - 1),
        "label": label,
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
    return any(move.line == line.line if move.line is not None else line in _ahead(order, move.shipment) for move in moves)


def _span(days: Sequence[date], language: Language) -> str:
    first, last = min(days), max(days)
    if first == last:
        return in_words(first, language)
    return f"{in_words(first, language)}{' to ' if language == 'en' else '至'}{in_words(last, language)}"


def _reasons(causes: Sequence[CauseCode], language: Language) -> list[str]:
    """One sentence for each different reason, fit for the customer; several codes may share one."""
    phrases = list(dict.fromkeys(CAUSES[code].phrase.in_language(language) for code in causes))
    if language == "zh-CN":
        return [han_punctuation(phrase) for phrase in phrases]
    return [phrase[0].upper() + phrase[1:] + "." for phrase in phrases]


def _text(text: LocalText | None, language: Language) -> str:
    return lines(text.in_language(language)) if text else ""


def _day(day: date | None, language: Language, *, since: date = date.min) -> str:
    """Nothing where there is no day, or it is over."""
    return in_words(day, language) if day and day >= since else ""
