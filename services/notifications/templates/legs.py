"""What of an order travels together, as a letter tells it: its dates, how it goes, its goods."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.notifications.dates.domain import Due, Line, Move, Order
from services.notifications.templates import vocabulary
from services.notifications.templates.parts import Values, carriage, day_in_words, goods
from shared.contracts.shipments import Transport
from shared.contracts.text import Language, LocalText
from shared.rendering.words import in_words


@dataclass(frozen=True, slots=True)
class Words:
    """The reader's language, and what an order's template calls its milestones."""

    language: Language
    names: Mapping[str, LocalText]


@dataclass(frozen=True, slots=True)
class Row:
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


def legs(order: Order, dues: Sequence[Due], transports: Mapping[str, Transport], words: Words) -> list[Values]:
    """What travels together and is told the same: of lines that joined a leg other days were told than of those that were there."""
    moved = {due.move.line: due for due in dues if due.move.line is not None}
    found = []
    for shipment in sorted({due.move.shipment for due in dues}, key=lambda leg: leg or ""):
        alike: dict[tuple[Row, ...], list[Line]] = defaultdict(list)
        for line in ahead(order, shipment):
            alike[tuple(row(order, due) for due in dues if due.move.line is None and tells_of(order, due.move, line))].append(line)
        for rows, lines in alike.items():
            # When a milestone moved, all lines that it may delay are affected, also where their delivery did not.
            if affected := [line for line in lines if rows or line.line in moved]:
                found.append(_leg(order, rows, affected, moved, transports.get(shipment) if shipment else None, words))
    return found


def _leg(
    order: Order, milestones: Sequence[Row], affected: Sequence[Line], moved: Mapping[str, Due], transport: Transport | None, words: Words
) -> Values:
    deliveries = {} if milestones and _left(order, affected[0].shipment) else _deliveries(order, affected, moved)
    dayless = [line for line in affected if all(line not in lines for lines in deliveries.values())]
    apart = len(deliveries) > 1 or bool(deliveries and dayless)
    rows = [*milestones, *(() if apart else deliveries)]
    return {
        "transport": carriage(transport),
        "dates": [_date(row, transport, words) for row in sorted(rows, key=Row.place)],
        "goods": goods(dayless if apart else affected, words.language) if dayless or not apart else None,
        "deliveries": [
            {**_date(row, transport, words), "goods": goods(lines, words.language)} for row, lines in deliveries.items() if apart
        ],
        "lines": [line.line for line in affected],
    }


def tells_of(order: Order, move: Move, line: Line) -> bool:
    """Whether the date is one of the line: its delivery, or a milestone that is told of its leg, or of the line by itself."""
    if move.of_line is not None:
        return move.of_line == line.line
    return move.shipment == line.shipment and order.node(move.shipment, move.milestone, line.line) is None


def ahead(order: Order, shipment: str | None) -> list[Line]:
    """The lines of a leg that are still to be delivered; once all are, or have left, all of them, which are still on their way."""
    own = [line for line in order.lines if line.shipment == shipment]
    return (not _left(order, shipment) and [line for line in own if line.delivered is None]) or own


def _left(order: Order, shipment: str | None) -> bool:
    """Whether something has happened to a leg that comes after its delivery, though not all of it was recorded as delivered."""
    after = vocabulary.after(order.delivery_point)
    return any(node.actual is not None and node.shipment == shipment and node.milestone in after for node in order.nodes)


def row(order: Order, due: Due) -> Row:
    """A promise that is given stands beside the one before it, where it is not just a later word on what he was told."""
    move, promise = due.move, due.move.promise
    if promise is not None and promise.after < move.to:
        return Row(move.milestone, promise.before, promise.after, agreed=True, expected=move.to)
    before = promise.before if promise is not None and due.told == move.to else due.told
    line = order.line(move.line) if move.line is not None else None
    return Row(move.milestone, before, move.to, line is not None and agreed(line, given=promise is not None))


def _deliveries(order: Order, affected: Sequence[Line], moved: Mapping[str, Due]) -> dict[Row, list[Line]]:
    """The lines by their delivery's date, those that moved first. A delivered line has none, though its goods may be late at sea, nor
    has one that is not told what moved it: the day he knows is not the day to tell.
    """
    found: dict[Row, list[Line]] = defaultdict(list)
    for line in affected:
        due = moved.get(line.line)
        if due is not None:
            found[row(order, due)].append(line)
        elif line.delivered is None and stands(line):
            found[Row(order.delivery_point, None, line.told.date, agreed(line))].append(line)
    return dict(sorted(found.items(), key=lambda group: (group[0].told is None, group[0].now)))


def agreed(line: Line, *, given: bool = False) -> bool:
    """A promise that is given now is told as one also where the goods are expected on its very day."""
    return line.promised > line.said or (given and line.promised == line.said)


def stands(line: Line) -> bool:
    """Whether the day he was told is the one to tell and the one that we expect: of no other does he read that it is still so."""
    return line.told.date == line.to_tell == max(line.promised, line.expected)


def _date(row: Row, transport: Transport | None, words: Words) -> Values:
    new, old = in_words(row.now, words.language), day_in_words(row.told, words.language)
    expected = day_in_words(row.expected, words.language)
    return {"label": label(row.milestone, transport, words), "new": new, "old": old, "agreed": row.agreed, "expected": expected}


def label(milestone: str, transport: Transport | None, words: Words) -> str:
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
