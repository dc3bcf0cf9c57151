"""orders' chases into mails: to those who are asked, with a link by which they answer without signing in; to who asked, where another
question takes the place of his.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from services.notifications.contacts import store as contacts
from services.notifications.contacts.domain import Customer, Member, Signer
from services.notifications.messages.deciding import keep
from services.notifications.messages.domain import Text
from services.notifications.messages.store import Message
from services.notifications.recovery import store as recovery
from services.notifications.templates import vocabulary
from services.notifications.templates.render import letter
from shared.contracts.chases import ChaseEnded, ChaseEscalated, ChaseLink, ChaseSent
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.keys import key_of
from shared.messaging.personal import unseal
from shared.messaging.received import Handlers, Received, ReferentUnknown
from shared.rendering.words import in_words

CHASE = "chase"
"""The name of the rule: chases are told to staff, whatever customers hear."""

Told = ChaseSent | ChaseEscalated | ChaseEnded


async def tell(tx: Tx, batch: Sequence[Received[Told]], now: datetime) -> None:
    """Write to each who is asked, or whose question was the second of two; one whom, or whose key, is not known yet waits until it is.

    What people end themselves is told nobody, nor who asked both questions, nor who asked and is in no directory of staff.
    """
    live = [received for received in batch if not received.historical and not _told_nobody(received.data)]
    logins = {login for one in live for login in (_to(one.data), one.data.chase.asked, one.data.chase.asked_by)}
    staff = await contacts.staff(tx, logins)
    live = [one for one in live if not isinstance(one.data, ChaseEnded) or _to(one.data) in staff]
    customers = await contacts.customers(tx, {one.data.chase.customer_id for one in live}, now)
    linked = [one for one in live if not isinstance(one.data, ChaseEnded)]
    keys = {one.data.chase.chase_id: await key_of(tx, one.data.chase.chase_id) for one in linked}
    for what, unknown in (
        ("member of staff", [one for one in live if _to(one.data) not in staff]),
        ("customer", [one for one in live if one.data.chase.customer_id not in customers]),
        ("key of the chase", [one for one in linked if keys[one.data.chase.chase_id] is None]),
    ):
        if unknown:
            raise ReferentUnknown(unknown, what)
    signers = await contacts.signers(tx, {one.data.chase.asked_by for one in live}, now)
    messages = []
    for one in live:
        chase, link = one.data.chase, None
        if not isinstance(one.data, ChaseEnded):
            key = keys[chase.chase_id]
            assert key is not None  # else it waited
            link = unseal(key, chase.chase_id, one.data.personal, ChaseLink).link
        messages.append(_message(one, customers[chase.customer_id], staff, signers.get(chase.asked_by), link, now))
    await keep(tx, messages, customers, await recovery.sent_before(tx, customers))


def _told_nobody(event: Told) -> bool:
    return isinstance(event, ChaseEnded) and (event.same_as is None or event.same_by == event.chase.asked_by)


def _to(event: Told) -> str:
    if isinstance(event, ChaseEnded):
        return event.chase.asked_by
    return event.to if isinstance(event, ChaseEscalated) else event.chase.asked


def _message(
    received: Received[Told], customer: Customer, staff: dict[str, Member], signer: Signer | None, link: str | None, now: datetime
) -> Message:
    event = received.data
    to, asker = staff[_to(event)], staff.get(event.chase.asked_by)
    text = _text(event, to, asker, staff.get(event.chase.asked), signer, link, now) if to.email else None
    return Message(
        id=new_id(),
        decision=new_id(),
        rule=CHASE,
        because=event.TYPE.removeprefix("orders.").removesuffix(".v1"),
        customer_id=customer.id,
        contact_id=to.id,
        delay_id=None,
        delay_revision=None,
        orders=(event.chase.order_id,),
        language=to.language,
        status="queued" if text else "unreachable",
        why=None if text else "no_address",
        reasons={"rule": CHASE, "materiality_days": None, "dates": []},
        text=text,
        dates=(),
        decided_at=now,
        stamp=received.stamp(now),
    )


def _text(
    event: Told, to: Member, asker: Member | None, asked: Member | None, signer: Signer | None, link: str | None, now: datetime
) -> Text:
    """In the name of who asked, also while he is away: then his deputy is answered, too."""
    chase, about = event.chase, event.about
    ended = isinstance(event, ChaseEnded)
    values = {
        "kind": _kind(event),
        "name": to.name or to.login,
        "order": chase.number,
        "step": about.name.in_language(to.language) if about else vocabulary.milestone(chase.milestone, None, to.language),
        "expected": in_words(about.expected, to.language) if about else None,
        "shipment": ", ".join(leg for leg in (chase.shipment, *chase.parts) if leg) or None,
        "question": chase.question,
        "answer_by": in_words(chase.answer_by, to.language),
        "over": isinstance(event, ChaseEscalated) or chase.answer_by < now.date(),
        "asked": (asked.name if asked else None) or chase.asked,
        "asker": (asker.name if asker else None) or chase.asked_by,
        "link": link,
    }
    written = letter("question", to.language, values)
    return Text(
        to_name=to.name or to.login,
        to=to.email or "",
        cc=(),
        reply_to=signer.replies if signer and not ended else (),
        from_name=asker.name if asker and not ended else None,
        subject=written.subject,
        body=written.body,
    )


def _kind(event: Told) -> Literal["asked", "reminded", "escalated", "ended"]:
    if isinstance(event, ChaseEnded):
        return "ended"
    if isinstance(event, ChaseEscalated):
        return "escalated"
    return "reminded" if event.reminder else "asked"


HANDLERS: Handlers = ((ChaseSent, tell), (ChaseEscalated, tell), (ChaseEnded, tell))
