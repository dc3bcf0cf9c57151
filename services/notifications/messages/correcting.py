"""Which days a retraction ends, and what each contact is to be told by what he was told himself: pure."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.notifications.dates.domain import Due, Move, Order
from services.notifications.dates.model import Day
from services.notifications.messages.model import Earlier, ToldMail
from shared.contracts.orders import Because


def ended(due: Due, earlier: Earlier) -> list[ToldMail | None]:
    """By which mails he was told of a day that a retraction ends (none: it came with the order), though no mail of the delay told him: the
    day in force lies before it as it lies before the one that the delay made it, and it was told since that was logged, or of a delay that
    was retracted before. A day that others moved, and that he does not hear of, is no correction.
    """
    return [mail for day, mail in earlier.known(due.days) if _ends(due.move, day, mail, earlier)]


def _ends(move: Move, day: Day, mail: ToldMail | None, earlier: Earlier) -> bool:
    back = 0 if move.counter == "promise" else (move.before - move.to).days
    return (day.date - move.to).days * back > 0 and earlier.ends(day, mail)


def as_known(because: Because, due: Sequence[Due], contact: UUID, earlier: Earlier) -> tuple[Due, ...]:
    """What this contact is to hear, with the days that he was told last: not all have read the same mails. Nothing that he knows; nor is
    corrected what no mail told him but as it came with the order.
    """
    if not earlier.telling:
        return tuple(due)
    known = ((one, earlier.known_to(contact, one.days)) for one in due)
    if because == "delay_retracted":
        return tuple(replace(one, told=told[0].date) for one, told in known if told and _is_wrong(one.move, *told, earlier))
    heard = (replace(one, told=told[0].date) if told else one for one, told in known)
    return tuple(one for one in heard if one.told != one.move.to or one.move.promise is not None)


def _is_wrong(move: Move, day: Day, mail: ToldMail | None, earlier: Earlier) -> bool:
    return day.date != move.to if mail else _ends(move, day, mail, earlier)


def as_read(order: Order, contact: UUID | None, earlier: Earlier) -> Order:
    """The order with the days of its lines that this contact was told last: that another stands he does not know."""
    if contact is None or not earlier.telling:
        return order
    known = ((line, earlier.known_to(contact, line.told.days)) for line in order.lines)
    lines = tuple(replace(line, told=replace(line.told, date=told[0].date)) if told else line for line, told in known)
    return replace(order, lines=lines)
