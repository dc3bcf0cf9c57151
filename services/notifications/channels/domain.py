"""What a channel is given and what it answers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

Result = Literal["sent", "refused", "deferred", "no_server", "unknown"]
"""`refused` for good; `deferred` for now; `no_server`: it never got that far; `unknown`: it may have been taken."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, as the message holds it. Sent again it is the same mail: id and date do not change."""

    id: UUID
    to_name: str = field(repr=False)
    to: str = field(repr=False)
    cc: tuple[str, ...] = field(repr=False)
    reply_to: tuple[str, ...]
    from_name: str | None
    subject: str = field(repr=False)
    body: str = field(repr=False)
    language: str
    date: datetime
    thread: UUID | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is a reply code with its enhanced status (`550 5.1.1`) or a stable word; never a server's own words."""

    result: Result
    code: str | None = None


class Channel(Protocol):
    """A way out. One message at a time; connections are kept between messages."""

    async def send(self, mail: Mail) -> Outcome:
        """Never raises for what the other side does."""
        ...

    async def close(self) -> None: ...
