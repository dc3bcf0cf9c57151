"""The events of a decided message."""

from services.notifications.dates.domain import Due
from services.notifications.messages.store import Message
from shared.contracts.event import Event
from shared.contracts.notifications import MessageFacts, MessageQueued, MessageSuppressed, MessageUnreachable, ToldDate


def facts_of(message: Message) -> MessageFacts:
    return MessageFacts(
        message_id=message.id,
        rule=message.rule,
        customer_id=message.customer_id,
        contact_id=message.contact_id,
        delay_id=message.delay_id,
        delay_revision=message.delay_revision,
        orders=message.orders,
    )


def event_of(message: Message, facts: MessageFacts, owner: str) -> Event:
    """The first event of the message, by its status."""
    dates = tuple(_told(due) for due in message.dates)
    if message.status == "queued":
        return MessageQueued(message=facts, channel="email", language=message.language, corrects=message.corrects, dates=dates)
    if message.status == "unreachable":
        return MessageUnreachable(message=facts, why=message.why, owner=owner, dates=dates)
    return MessageSuppressed(message=facts, why=message.why)


def _told(due: Due) -> ToldDate:
    move = due.move
    return ToldDate(
        order_id=move.order_id,
        shipment=move.shipment,
        milestone=move.milestone,
        line=move.of_line,
        before=due.told,
        after=move.to,
        revision=move.revision,
        promised=move.promise.after if move.promise else None,
    )
