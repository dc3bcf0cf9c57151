"""Epochs: how a publisher's history after a restore is told from the one that was lost with it.

A publisher that is put back to an earlier state will use sequences again for other events. Its epoch rises, every telling carries it,
and an inbox takes only those of the epoch it is set to: older ones are passed over, newer ones wait until it is rewound.
"""

from collections.abc import Mapping, Sequence

import structlog

from shared.contracts.text import Both
from shared.database.pool import Database, Tx
from shared.messaging.reading import Message
from shared.problems import Unavailable

HEADER = "Gendan-Epoch"
"""Of a telling; there is none in the first epoch."""
FIRST = 1

_ALL = "SELECT publisher, number FROM epoch"
_RAISE = """
INSERT INTO epoch (publisher, number) VALUES ($1, $2 + 1)
ON CONFLICT (publisher) DO UPDATE SET number = greatest(epoch.number, $2) + 1
RETURNING number
"""
_SET = "INSERT INTO epoch (publisher, number) VALUES ($1, $2) ON CONFLICT (publisher) DO UPDATE SET number = excluded.number"

log = structlog.get_logger()


class Ahead(Unavailable):
    """A publisher was restored, and this inbox was not rewound to it yet."""


async def known(tx: Tx) -> dict[str, int]:
    """The epochs of this service and of those it listens to, where they are not the first."""
    return {row["publisher"]: row["number"] for row in await tx.fetch(_ALL)}


async def raised(tx: Tx, service: str, above: int = FIRST) -> int:
    """The service's next epoch, which is also above the one given."""
    number: int = await tx.fetchval(_RAISE, service, above)
    return number


async def follow(tx: Tx, publisher: str, number: int) -> None:
    """Take that publisher's tellings of that epoch from now on."""
    await tx.execute(_SET, publisher, number)


def told_in(headers: Mapping[str, str]) -> int:
    """The epoch of a telling."""
    return int(headers.get(HEADER, FIRST))


def marked(number: int) -> dict[str, str]:
    """The headers of tellings in that epoch."""
    return {} if number == FIRST else {HEADER: str(number)}


class Fence:
    """Before an inbox: lets the tellings of the known epochs pass."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, int] | None = None

    async def current(self, messages: Sequence[Message]) -> list[Message]:
        """Those of the epochs known; tellings of earlier ones are of a history that was left. Raises Ahead for one of a later epoch."""
        if self._known is None:
            async with self._database.connection() as tx:
                self._known = await known(tx)
        found = []
        for message in messages:
            epoch, wanted = told_in(message.headers), self._known.get(message.publisher, FIRST)
            if epoch > wanted:
                self._known = None
                said = f"{message.publisher} is in epoch {epoch}, the inbox in {wanted}"
                raise Ahead(Both(said, f"{message.publisher} 的纪元是 {epoch}，收件记录的纪元是 {wanted}"))
            if epoch == wanted:
                found.append(message)
        if len(found) < len(messages):
            log.warning("epoch.left", events=len(messages) - len(found))
        return found
