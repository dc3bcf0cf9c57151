"""What a customer heard before, as far as what he hears now builds on it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from services.notifications.dates.domain import Due, Order
from services.notifications.dates.model import Day, Told, Which


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

    def unread(self, contact: UUID | None) -> dict[Which, date]:
        """What the delay moved since the last of it that this contact, or anybody, has read or may: on which day that stood before."""
        last = max((mail.revision for mail in self.mails if contact in (None, mail.contact_id)), default=0)
        return {one.which: one.before for one in reversed(self.moved) if one.revision > last}

    def mail_of(self, day: Day, contact: UUID) -> ToldMail | None:
        """The mail that told this contact the day."""
        return next((mail for mail in self.telling.get(day.by, ()) if mail.contact_id == contact), None) if day.by else None

    def readers(self, days: Sequence[Day]) -> set[UUID]:
        """Whom a mail told one of the days."""
        return {mail.contact_id for day in days if day.by for mail in self.telling.get(day.by, ())}

    def as_read(self, order: Order, contact: UUID | None) -> Order:
        """The order with the days that this contact was told himself, by a mail that he has read or may, or as they came with it: not all
        have read the same. Where that is not known any more, as with the customer as a whole, it is what was told last.
        """
        if contact is None or not self.telling:
            return order
        lines = tuple(replace(line, told=self._own(line.told, contact)) for line in order.lines)
        return replace(order, lines=lines, nodes=tuple(replace(node, told=self._own(node.told, contact)) for node in order.nodes))

    def _own(self, told: Told, contact: UUID) -> Told:
        own = [day for day in told.days if self.mail_of(day, contact)] + [day for day in told.days if day.by is None]
        return replace(told, date=own[0].date, by=own[0].by, at=own[0].at, before=tuple(own[1:])) if own else told

    def ends(self, day: Day, mail: ToldMail | None) -> bool:
        """Whether the day was told since the delay was logged: before that, the delay had told him nothing. One that was told of a delay
        which is retracted already had outlived that by this one.
        """
        return self.logged_at is None or day.at is None or day.at >= self.logged_at or (mail is not None and mail.withdrawn)

    def that_told(self, contact: UUID, due: Iterable[Due]) -> tuple[ToldMail, ...]:
        """The mails of this delay to the contact, and those that told him the dates last, whatever they were of; oldest first."""
        last = (mail for one in due if (mail := self.mail_of(one.days[0], contact)))
        once = {mail.message_id: mail for mail in (*last, *self.mails_to(contact))}
        return tuple(sorted(once.values(), key=lambda mail: (mail.sent_on, mail.message_id)))
