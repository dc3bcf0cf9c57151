"""Which days a retraction ends, and which of them a contact holds wrong by what he was told himself: pure."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.dates.domain import Due, Move
from services.notifications.dates.model import Day
from services.notifications.messages.model import Earlier, ToldMail


def held_wrong(due: Sequence[Due], contact: UUID, earlier: Earlier) -> list[Due]:
    """What he was told of these dates and is wrong by now; to whom no mail told the delay, what the retraction ends, if a mail told any of
    it. Nor is corrected what no mail told him but as it came with the order.
    """
    if not earlier.mails_to(contact):
        ends = [one for one in due if _ends(one.move, one.days[0], earlier.mail_of(one.days[0], contact), earlier)]
        return ends if any(earlier.mail_of(one.days[0], contact) for one in ends) else []
    return [one for one in due if not earlier.telling or _is_wrong(one.move, one.days[0], earlier.mail_of(one.days[0], contact), earlier)]


def came_wrong(due: Sequence[Due], earlier: Earlier) -> list[Due]:
    """What came with the order, and no mail told anybody: the retraction ends it."""
    return [one for one in due if not earlier.readers(one.days) and any(_ends(one.move, day, None, earlier) for day in one.days)]


def _is_wrong(move: Move, day: Day, mail: ToldMail | None, earlier: Earlier) -> bool:
    return day.date != move.to if mail else _ends(move, day, mail, earlier)


def _ends(move: Move, day: Day, mail: ToldMail | None, earlier: Earlier) -> bool:
    """Whether the retraction ends a day that he was told (by no mail: it came with the order), though no mail of the delay told him: the
    day in force lies before it as it lies before the one that the delay made it, and it was told since that was logged, or of a delay that
    was retracted before. A day that others moved, and that he does not hear of, is no correction.
    """
    back = 0 if move.counter == "promise" else (move.before - move.to).days
    return (mail is not None or day.by is None) and (day.date - move.to).days * back > 0 and earlier.ends(day, mail)
