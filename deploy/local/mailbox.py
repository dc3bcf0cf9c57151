"""Reads what the local mail server received. `python -m deploy.local.mailbox FOLDER` prints every mail."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

from deploy.local.mailsink import ANSWER, INDEX

POLL = 0.02


@dataclass(frozen=True)
class Mail:
    """One mail: the envelope and time as the server saw them, the content parsed when asked for."""

    number: int
    received_ns: int
    sender: str
    recipients: tuple[str, ...]
    path: Path

    @property
    def received(self) -> datetime:
        return datetime.fromtimestamp(self.received_ns / 1e9, UTC)

    @cached_property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.path.read_bytes(), policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def to(self) -> str:
        return str(self.message["To"] or "")

    def header(self, name: str) -> str | None:
        found = self.message[name]
        return None if found is None else str(found)

    @property
    def text(self) -> str:
        """The plain text; the HTML source of a mail that has none."""
        part = self.message.get_body(preferencelist=("plain", "html"))
        return "" if part is None else str(part.get_content())


class Mailbox:
    """All mails so far. Reads the index on from where it stopped, so that asking often is cheap."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offset = 0
        self._mails: list[Mail] = []

    def all(self) -> Sequence[Mail]:
        """Oldest first."""
        self._read()
        return tuple(self._mails)

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.all() if address in mail.recipients]

    def get(self, number: int) -> Mail | None:
        return next((mail for mail in self.all() if mail.number == number), None)

    async def wait_for(self, wanted: Callable[[Mail], bool], deadline: float = 10.0, count: int = 1) -> list[Mail]:
        """The first `count` mails that are wanted, also those already here; TimeoutError after `deadline` seconds."""
        found: list[Mail] = []
        seen = 0
        async with asyncio.timeout(deadline):
            while True:
                self._read()
                for mail in self._mails[seen:]:
                    seen += 1
                    if wanted(mail):
                        found.append(mail)
                        if len(found) == count:
                            return found
                await asyncio.sleep(POLL)

    async def wait_until_quiet(self, quiet: float = 0.5, deadline: float = 60.0) -> Sequence[Mail]:
        """All mails, once none came for `quiet` seconds; to show that no further one comes."""
        async with asyncio.timeout(deadline):
            count = -1
            while count != len(self.all()):
                count = len(self._mails)
                await asyncio.sleep(quiet)
        return tuple(self._mails)

    def refuse(self, answer: str | None) -> None:
        """From now on every mail is answered with this (`451 4.3.0 try later`); None takes mails again."""
        file = self._folder / ANSWER
        if answer is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(answer)

    def _read(self) -> None:
        try:
            with (self._folder / INDEX).open("rb") as file:
                file.seek(self._offset)
                new = file.read()
        except FileNotFoundError:
            return
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            if (mail := self._mail(line)) is not None:
                self._mails.append(mail)

    def _mail(self, line: bytes) -> Mail | None:
        try:
            entry = json.loads(line)
        except ValueError:  # cut short by a crash
            return None
        number = int(entry["number"])
        path = self._folder / f"{number}.eml"
        return Mail(number, int(entry["received_ns"]), str(entry["sender"]), tuple(entry["recipients"]), path)


def main() -> None:
    for mail in Mailbox(Path(sys.argv[1])).all():
        print(f"--- {mail.number}  {mail.received:%Y-%m-%d %H:%M:%S}  to {', '.join(mail.recipients)}\n{mail.subject}\n\n{mail.text}")


if __name__ == "__main__":
    main()
