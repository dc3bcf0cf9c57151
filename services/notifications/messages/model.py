"""What a customer heard before, as far as what he hears now builds on it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.notifications.dates.model import Day, Which


@dataclass(frozen=True, slots=True)
class ToldMail:
    """A mail of this delay, or that told the same days, which a contact has, or may have, received; `revision` is that of its
    delay. Where the delay is retracted, `tells` has all the dates that the mail told, but of one that tells a delay which stands;
    `withdrawn`: of one which does not.
    """

    message_id: UUID
    contact_id: UUID
    subject: str
    sent_on: date
    tells: frozenset[Which] = frozenset()
    withdrawn: bool = False
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """A date that a revision of a delay moved, and the day on which it stood `before`."""

    revision: int
    which: Which
    before: date


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the customer heard before. `other_delays` counts, by order, the other standing delays that he was told of. `telling` has, by
    decision, the mails that told the days of his orders. Of a delay that is retracted it is known when that was `logged_at`, of
    one that is updated what its revisions `moved`, the first before the others.
    """

    mails: tuple[ToldMail, ...] = ()
    other_delays: Mapping[UUID, int] | None = None
    telling: Mapping[UUID, tuple[ToldMail, ...]] = field(default_factory=dict)
    logged_at: datetime | None = None
    moved: Sequence[Moved] = ()

    def ordinal(self, order: UUID, ordinal: int) -> int:
        """Which delay of the order this is in the customer's eyes: he does not count those he never heard of."""
        return min(ordinal, 1 + (self.other_delays or {}).get(order, 0))

    def mails_to(self, contact: UUID) -> tuple[ToldMail, ...]:
        return tuple(mail for mail in self.mails if mail.contact_id == contact)

    def unread(self, contact: UUID | None = None) -> dict[Which, date]:
        """What the delay moved since the last of it that this contact, or anybody, has read or may: on which day that stood before."""
        last = max((mail.revision for mail in self.mails if contact in (None, mail.contact_id)), default=0)
        return {one.which: one.before for one in reversed(self.moved) if one.revision > last}

    def last_read(self, days: Sequence[Day]) -> dict[UUID, tuple[Day, ToldMail]]:
        """Of the days told of one date, newest first, by contact the last that he has read or may, with its mail."""
        last: dict[UUID, tuple[Day, ToldMail]] = {}
        for day in days:
            for mail in self.telling.get(day.by, ()) if day.by else ():
                last.setdefault(mail.contact_id, (day, mail))
        return last

    def known(self, days: Sequence[Day]) -> list[tuple[Day, ToldMail | None]]:
        """The last that each contact has read or may. What nobody could read was not told: then it is the day that came with the order,
        in no mail.
        """
        return [*self.last_read(days).values()] or _as_it_came(days)

    def known_to(self, contact: UUID, days: Sequence[Day]) -> tuple[Day, ToldMail | None] | None:
        """The last that this contact has read or may, else the day that came with the order; None where that is not known any more."""
        return self.last_read(days).get(contact) or next(iter(_as_it_came(days)), None)

    def ends(self, day: Day, mail: ToldMail | None) -> bool:
        """Whether the day was told since the delay was logged: before that, the delay had told him nothing. One that was told of a delay
        which is retracted already had outlived that by this one.
        """
        return self.logged_at is None or day.at is None or day.at >= self.logged_at or (mail is not None and mail.withdrawn)

    def that_told(self, contact: UUID, dates: Iterable[Sequence[Day]]) -> tuple[ToldMail, ...]:
        """The mails of this delay to the contact, and the last of each date that he has read or may, whatever it was of; oldest first."""
        last = (read[1] for days in dates if (read := self.last_read(days).get(contact)))
        once = {mail.message_id: mail for mail in (*last, *self.mails_to(contact))}
        return tuple(sorted(once.values(), key=lambda mail: (mail.sent_on, mail.message_id)))


def _as_it_came(days: Iterable[Day]) -> list[tuple[Day, ToldMail | None]]:
    """The day that came with the order, in no mail; none where that is not known any more."""
    return [(day, None) for day in days if day.by is None]
