"""notifications' events into notices, with the orders and the dates they tell of."""

from uuid import UUID

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.notifications import (
    MessageCancelled,
    MessageFacts,
    MessageFailed,
    MessageQueued,
    MessageSent,
    MessageSuppressed,
    MessageUnreachable,
    ToldDate,
)

FOLDS = Folds()


@FOLDS.on(MessageQueued)
def queued(changes: Changes, fact: Fact) -> None:
    of: MessageQueued = fact.data
    _notice(changes, fact, of.message, "queued", language=of.language, corrects=of.corrects)
    _dates(changes, of.message.message_id, of.dates)


@FOLDS.on(MessageSuppressed)
def suppressed(changes: Changes, fact: Fact) -> None:
    _notice(changes, fact, fact.data.message, "suppressed", why=fact.data.why)


@FOLDS.on(MessageUnreachable)
def unreachable(changes: Changes, fact: Fact) -> None:
    _notice(changes, fact, fact.data.message, "unreachable", why=fact.data.why)
    _dates(changes, fact.data.message.message_id, fact.data.dates)


def _notice(
    changes: Changes,
    fact: Fact,
    of: MessageFacts,
    status: str,
    *,
    why: str | None = None,
    language: str | None = None,
    corrects: UUID | None = None,
) -> None:
    changes.notice.put(
        (of.message_id,),
        {
            "rule": of.rule,
            "status": status,
            "why": why,
            "customer_id": of.customer_id,
            "contact_id": of.contact_id,
            "delay_id": of.delay_id,
            "delay_revision": of.delay_revision,
            "language": language,
            "corrects": corrects,
            "decided_at": fact.time,
            "decided_event": fact.id,
            "sent_at": None,
            "sent_event": None,
            "attempts": None,
            "correlation_id": fact.correlation_id,
        },
    )
    for order_id in of.orders:
        changes.notice_order.put((of.message_id, order_id), {})


def _dates(changes: Changes, message_id: UUID, dates: tuple[ToldDate, ...]) -> None:
    for ordinal, told in enumerate(dates):
        changes.notice_date.put(
            (message_id, ordinal),
            {
                "order_id": told.order_id,
                "leg": told.shipment or "",
                "milestone": told.milestone,
                "line": told.line or "",
                "before": told.before,
                "after": told.after,
            },
        )


@FOLDS.on(MessageSent)
def sent(changes: Changes, fact: Fact) -> None:
    of: MessageSent = fact.data
    changes.notice.change((of.message_id,), {"status": "sent", "sent_at": of.at, "sent_event": fact.id, "attempts": of.attempts})


@FOLDS.on(MessageFailed)
def failed(changes: Changes, fact: Fact) -> None:
    of: MessageFailed = fact.data
    changes.notice.change((of.message_id,), {"status": "failed", "why": of.why, "attempts": of.attempts})


@FOLDS.on(MessageCancelled)
def cancelled(changes: Changes, fact: Fact) -> None:
    changes.notice.change((fact.data.message_id,), {"status": "cancelled", "why": fact.data.why})
