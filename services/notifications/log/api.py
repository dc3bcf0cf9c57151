"""The message log over HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.log import store
from services.notifications.log.models import (
    AttemptMade,
    CaseQuery,
    DelayOutcome,
    Detail,
    MessageQuery,
    OutcomeQuery,
    Summary,
    Unreached,
    reasons,
)
from services.notifications.messages.domain import replies
from shared.contracts.text import Both
from shared.directory import owners_seen
from shared.problems import NotFound
from shared.web.auth import WRITERS
from shared.web.call import Call
from shared.web.paging import Page, page
from shared.web.patience import Patience
from shared.web.routes import Routes

routes = Routes("messages")


@routes.get("/api/notifications/messages", roles=WRITERS)
async def list_messages(call: Call, query: MessageQuery) -> Page[Summary]:
    """Messages and decisions, newest first."""
    rows = await store.messages(call.tx, await _owners(call), query)
    return page(rows, query.limit, _behind).each(_summary)


@routes.get("/api/notifications/messages/{message}", roles=WRITERS)
async def read_message(call: Call, message: UUID) -> Detail:
    """One message. With its text, why it was decided so, and every attempt to send it."""
    row = await store.message(call.tx, await _owners(call), message)
    if row is None:
        raise NotFound(Both(f"there is no message {message}", f"没有消息 {message}"))
    envelope = row["envelope"] or {}
    return Detail(
        **_fields(row),
        to=envelope.get("to"),
        cc=envelope.get("cc", []),
        reply_to=list(replies(envelope)),
        body=row["body"],
        reasons=reasons(row["reasons"]),
        sending=[AttemptMade(**attempt) for attempt in await store.attempts(call.tx, message)],
    )


@routes.get("/api/notifications/unreachable", roles=WRITERS)
async def list_unreachable(call: Call, query: CaseQuery) -> Page[Unreached]:
    """Who should have been told and was not, for the owner. Without a contact, without an address, or with a mail that was given up.

    A case is over once the dates it names were told to him (to anybody of the customer's, where the case is of no contact or of one who
    has left), have happened, or were taken back before anybody heard of them.
    """
    rows = await store.unreached(call.tx, await _owners(call), query)
    return page(rows, query.limit, _behind).each(_unreached)


@routes.get("/api/notifications/delays/{delay}/outcome", roles=WRITERS, transaction=False)
async def delay_outcome(call: Call, delay: UUID, query: OutcomeQuery) -> DelayOutcome:
    """Who was told of a delay. Waits up to `wait` seconds until each customer is decided and each mail has come to its end.

    A delay that was just logged may not be known here yet: then `known` is false and nothing is settled. After an update or a retraction
    ask with its `revision` or with `retracted`, as the answer to the command links here; otherwise what is known of the delay counts.
    """
    patience = Patience(query.wait)
    while True:
        outcome = await _outcome(call, delay, query)
        if outcome.settled or outcome.awaits_release or not await patience.more():
            return outcome


async def _outcome(call: Call, delay: UUID, query: OutcomeQuery) -> DelayOutcome:
    async with call.database.connection() as tx:
        owners = await owners_seen(tx, call.principal, call.now)
        row = await store.delay(tx, owners, delay)
        if row is not None and row["seen"] == 0:
            raise NotFound(Both(f"there is no delay {delay}", f"没有延误 {delay}"))
        found = [_summary(one) for one in await store.of_delay(tx, owners, delay)] if row else []
    pending = [one for one in found if one.status in ("queued", "sending")]
    decided = (
        row is not None and row["revision"] >= query.revision and row["retracted"] >= query.retracted and row["decided"] >= row["seen"]
    )
    return DelayOutcome(
        delay=delay,
        known=row is not None,
        revision=row["revision"] if row else None,
        retracted=row["retracted"] if row else False,
        settled=decided and not pending,
        awaits_release=row["awaits_release"] if row else False,
        told=[one for one in found if one.status == "sent"],
        pending=pending,
        held=[one for one in found if one.status == "suppressed"],
        unreachable=[one for one in found if one.status in ("unreachable", "failed")],
        cancelled=[one for one in found if one.status == "cancelled"],
    )


async def _owners(call: Call) -> store.Owners:
    return await owners_seen(call.tx, call.principal, call.now)


def _behind(row: Any) -> tuple[datetime, UUID]:
    return row["decided_at"], row["id"]


def _unreached(row: Any) -> Unreached:
    return Unreached(
        **_fields(row),
        owner=row["owner"],
        customer_name=row["customer_name"],
        dates=[date for date in reasons(row["reasons"]).dates if date.verdict == "due"],
    )


def _summary(row: Any) -> Summary:
    return Summary(**_fields(row))


def _fields(row: Any) -> dict[str, Any]:
    values = {name: row[name] for name in Summary.model_fields if name not in ("contact", "delay")}
    return values | {"contact": row["contact_id"], "delay": row["delay_id"]}
