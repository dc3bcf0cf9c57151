"""The mails that came of a delay: notifications says which messages, the mailbox has them under their Message-ID."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from deploy.local.client import Client
from deploy.local.mailbox import Mail, Mailbox

POLL = 0.01


async def outcome_of(client: Client, delay: str, deadline: float, done: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
    """Who was told of a delay, when all is decided and `done`; TimeoutError when it does not come to that."""
    end = time.monotonic() + deadline
    while True:
        outcome: dict[str, Any] = (await client.get(f"/api/notifications/delays/{delay}/outcome", wait=5)).expect(200)
        if outcome["settled"] and done(outcome):
            return outcome
        if time.monotonic() > end:
            raise TimeoutError(f"delay {delay} has not come to its end: {outcome}")
        await asyncio.sleep(POLL)


class Mails:
    """Mails by the id of their message. Each mail is parsed once."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._by_message: dict[str, Mail] = {}
        self._seen = 0

    async def of(self, client: Client, delay: str, count: int, deadline: float) -> list[Mail]:
        """The `count` mails of a delay, each in the mailbox; TimeoutError when they do not come."""
        end = time.monotonic() + deadline
        outcome = await outcome_of(client, delay, deadline, lambda found: len(found["told"]) == count)
        messages = [message["id"] for message in outcome["told"]]
        return [await self._mail(message, end) for message in messages]

    async def _mail(self, message: str, end: float) -> Mail:
        while message not in self._by_message:
            if time.monotonic() > end:
                raise TimeoutError(f"message {message} is not in the mailbox")
            self._read()
            if message not in self._by_message:
                await asyncio.sleep(POLL)
        return self._by_message[message]

    def _read(self) -> None:
        mails = self._mailbox.all()
        for mail in mails[self._seen :]:
            self._by_message[(mail.header("Message-ID") or "").strip("<>").partition("@")[0]] = mail
        self._seen = len(mails)
