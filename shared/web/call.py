"""What a handler is given and what it may give back."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote

from shared.clock import Clock
from shared.config import Settings
from shared.contracts.text import Both, Language
from shared.database.pool import Database, Tx
from shared.messaging.record import Stamp
from shared.problems import Stale
from shared.web.auth import Principal

T = TypeVar("T")


def address(path: str, **names: str) -> str:
    """A path of ours with its names filled in: numbers hold slashes, blanks and Chinese, so they are percent-encoded."""
    return path.format_map({name: quote(value, safe="") for name, value in names.items()})


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """An answer with a status or headers of its own; the route's status if none is given."""

    model: T
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Download:
    """A file streamed to the caller. Its chunks may read from `call.tx`, which stays open until the last is sent.

    One that is not `attached` is a page that the browser shows; `headers` come beside those of every answer, `status` in place of 200.
    """

    name: str
    content_type: str
    chunks: AsyncIterable[bytes]
    attached: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A request body taken as it is."""

    content: bytes = field(repr=False)
    content_type: str


@dataclass(slots=True)
class Call:
    """One request of one principal. `now` is business time, the same for the whole request."""

    principal: Principal
    now: datetime
    clock: Clock
    correlation_id: str
    traceparent: str
    language: Language
    database: Database
    settings: Settings
    _expected_version: int | None = None
    _tx: Tx | None = None

    @property
    def tx(self) -> Tx:
        """The command's transaction; for GET a connection to read with. A route with `transaction=False` has none."""
        if self._tx is None:
            raise RuntimeError("this route has no transaction: take one from call.database")
        return self._tx

    @property
    def expected_version(self) -> int:
        """The version the caller has seen, from If-Match; only on routes with `if_match=True`."""
        if self._expected_version is None:
            raise RuntimeError("this route does not take If-Match")
        return self._expected_version

    def require_version(self, actual: int) -> None:
        """`Stale` unless the caller has seen the version there is."""
        if self.expected_version != actual:
            seen = self.expected_version
            raise Stale(Both(f"you have seen version {seen}, it is version {actual} now", f"您所读到的是版本 {seen}，现为版本 {actual}"))

    def heed_version(self, actual: int) -> None:
        """`Stale` where the caller says which version he has seen, and it is another; on routes with `heeds_version=True`."""
        if self._expected_version is not None:
            self.require_version(actual)

    def stamp(self, historical: bool = False) -> Stamp:
        """Who, when and under which correlation id: for the events of this request."""
        return Stamp(
            time=self.now,
            correlation_id=self.correlation_id,
            actor=self.principal.login,
            traceparent=self.traceparent,
            historical=historical,
        )
