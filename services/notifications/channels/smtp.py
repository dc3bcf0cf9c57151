"""Mail over SMTP, on a connection that is kept."""

import re
import ssl

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notifications.channels.domain import Mail, Outcome
from services.notifications.channels.email import compose
from services.notifications.settings import NotificationSettings

_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_AWAY = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError, ssl.SSLError)
_NOT_LET_IN = frozenset({421, 454, 530, 534, 535, 538})
"""Codes that speak of us or of the server, not of the mail: nothing is spent."""


class _NoServer(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Smtp:
    """One connection to the mail server, opened at the first mail and again when it was lost."""

    def __init__(self, settings: NotificationSettings) -> None:
        self._settings = settings
        self._client: SMTP | None = None

    async def send(self, mail: Mail) -> Outcome:
        try:
            content = compose(mail, *self._settings.sender)
        except ValueError:
            return Outcome("refused", "unwritable_address")
        kept = self._client is not None
        outcome = await self._attempt(mail, content)
        if outcome.result == "no_server" and kept:
            # A kept connection that the server has closed in the meantime says nothing about the server.
            outcome = await self._attempt(mail, content)
        return outcome

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.quit(timeout=2)
            except (SMTPException, OSError):
                client.close()

    async def _attempt(self, mail: Mail, content: bytes) -> Outcome:
        try:
            client = await self._connected()
            refused = await self._address(client, mail)
        except _NoServer as error:
            return await self._dropped(Outcome("no_server", error.code))
        except SMTPResponseException as error:
            return await self._answered(error)
        except _AWAY as error:
            return await self._dropped(Outcome("no_server", type(error).__name__))
        if refused is not None:
            return await self._answered(refused)
        try:
            await client.data(content)
        except SMTPResponseException as error:
            return await self._answered(error)
        except _AWAY as error:
            # The server may have taken it and lost the way to say so.
            return await self._dropped(Outcome("unknown", type(error).__name__))
        return Outcome("sent")

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        given = self._settings
        client = SMTP(
            hostname=given.smtp_host,
            port=given.smtp_port,
            username=given.smtp_username,
            password=given.smtp_password.get_secret_value() if given.smtp_password else None,
            use_tls=given.smtp_tls == "tls",
            start_tls=given.smtp_tls == "starttls",
            timeout=given.smtp_timeout,
        )
        try:
            await client.connect()
        except SMTPResponseException as error:
            raise _NoServer(_code(error)) from error
        except (SMTPException, OSError, ValueError) as error:
            raise _NoServer(type(error).__name__) from error
        self._client = client
        return client

    async def _address(self, client: SMTP, mail: Mail) -> SMTPResponseException | None:
        """The envelope. The refusal of the contact himself, if there is one; a refused copy does not stop the mail."""
        await client.mail(self._settings.sender[1])
        try:
            await client.rcpt(mail.to)
        except SMTPResponseException as error:
            return error
        for copy in mail.cc:
            try:
                await client.rcpt(copy)
            except aiosmtplib.SMTPRecipientRefused:
                continue
        return None

    async def _answered(self, error: SMTPResponseException) -> Outcome:
        """What a reply code means; the connection is made ready for the next mail."""
        if error.code in _NOT_LET_IN or not 400 <= error.code < 600:
            return await self._dropped(Outcome("no_server", _code(error)))
        outcome = Outcome("refused" if error.code >= 500 else "deferred", _code(error))
        try:
            if self._client is not None:
                await self._client.rset()
        except (SMTPException, OSError):
            return await self._dropped(outcome)
        return outcome

    async def _dropped(self, outcome: Outcome) -> Outcome:
        client, self._client = self._client, None
        if client is not None:
            client.close()
        return outcome


def _code(error: SMTPResponseException) -> str:
    enhanced = _ENHANCED.search(str(error.message))
    return f"{error.code} {enhanced[0]}" if enhanced else str(error.code)
