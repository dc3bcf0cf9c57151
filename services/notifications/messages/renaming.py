"""Corrections that wait, written anew where a mail that they name does not leave: nobody is asked to disregard what he never read."""

from collections.abc import Collection
from uuid import UUID

from services.notifications.messages import queries, store
from services.notifications.templates.render import letter
from services.notifications.templates.view import naming
from shared.database.pool import Tx


async def rename(tx: Tx, unread: Collection[UUID]) -> None:
    """Let the corrections that wait name none of those mails, but such as were in doubt, and may have been read all the same."""
    for one in await queries.corrections_of(tx, unread):
        named = one.values["corrected"]
        mails = [mail for mail in named if UUID(mail["id"]) in one.read]
        if len(mails) < len(named):
            written = letter("correction", one.language, naming(one.values, mails, anew=True))
            await store.rename(tx, one.id, written.subject, written.body, mails[-1]["id"] if mails else None)
