"""What a customer heard before, as far as what he hears now builds on it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.notifications.dates.model import Day


@dataclass(frozen=True, slots=True)
class ToldMail:
    """A mail of this delay, or that told the same days, which a contact has, or may have, received; `shared`: it tells of others, too."""

    message_id: UUID
    contact_id: UUID
    subject: str
    sent_on: date
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the customer heard before. `other_delays` counts, by order, the other standing delays that he was told of. `telling` has, where
    a delay is retracted, by decision the mails that told the days of its orders; then it is known when that was `logged_at`, too.
    """

    mails: tuple[ToldMail, ...] = ()
    other_delays: Mapping[UUID, int] | None = None
    telling: Mapping[UUID, tuple[ToldMail, ...]] = field(default_factory=dict)
    logged_at: datetime | None = None

    def ordinal(self, order: UUID, ordinal: int) -> int:
        """Which delay of the order this is in the customer's eyes: he does not count those he never heard of."""
        return min(ordinal, 1 + (self.other_delays or {}).get(order, 0))

    def mails_to(self, contact: UUID) -> tuple[ToldMail, ...]:
        return tuple(mail for mail in self.mails if mail.contact_id == contact)

    def known(self, days: Sequence[Day]) -> list[tuple[Day, ToldMail | None]]:
        """Of the days told of one date, newest first, the last one that each contact has read or may, with its mail. What nobody could read
        was not told: then it is the day that came with the order, in no mail.
        """
        last: dict[UUID, tuple[Day, ToldMail | None]] = {}
        for day in days:
            for mail in self.telling.get(day.by, ()) if day.by else ():
                last.setdefault(mail.contact_id, (day, mail))
        return list(last.values()) or [(day, None) for day in days if day.by is None]

    def is_since(self, day: Day) -> bool:
        """Whether the day was told since the delay was logged: before that, the delay had told him nothing."""
        return self.logged_at is None or day.at is None or day.at >= self.logged_at

    def that_told(self, otherwise: Iterable[ToldMail]) -> dict[UUID, tuple[ToldMail, ...]]:
        """By contact, the mails of this delay; of one who read none of them, those others that told him the same days."""
        found = {mail.contact_id: self.mails_to(mail.contact_id) for mail in self.mails}
        once = {mail.message_id: mail for mail in otherwise}
        for mail in sorted(once.values(), key=lambda mail: (mail.sent_on, mail.message_id)):
            if not self.mails_to(mail.contact_id):
                found[mail.contact_id] = (*found.get(mail.contact_id, ()), mail)
        return found
