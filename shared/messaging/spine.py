"""All that a service keeps going between its database and the broker, as one thing to start, ask and stop."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from shared.clock import Clock
from shared.database.pool import Database
from shared.messaging.leases import Leases
from shared.messaging.received import Handlers
from shared.timers import TimerHandlers

OnParked = Literal["hold", "proceed"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a spine is made of. `database_url` is needed beside the pool for the connection that holds the leases."""

    service: str
    database: Database
    database_url: SecretStr
    nats_url: str
    nats_user: str | None
    nats_password: SecretStr | None
    clock: Clock
    handlers: Handlers = ()
    timers: TimerHandlers | None = None
    on_parked: OnParked = "hold"


class Spine:
    """Relay, consumers, keys, timers and housekeeping of one service process."""

    def __init__(self, parts: Parts) -> None:
        self.leases: Leases

    async def run(self, stopping: asyncio.Event) -> None:
        """Connects, works until `stopping`, finishes the batch in hand, and returns. Raises when a part died: the process must end then."""
        raise NotImplementedError

    def nudge(self) -> None:
        """Wake the relay. Not needed after `Database.transaction()`, which does it at each commit."""

    def unready(self) -> list[str]:
        """What keeps the service from its work, in stable words (`nats: disconnected`); empty when nothing does."""
        return []
