"""What publishers tell one service alone, of one shard: rare, so it is looked for now and then and pulled only while there is any."""

import asyncio

import structlog

from shared.contracts.envelope import SHARDS
from shared.messaging.bus import AWAY, Bus
from shared.messaging.provision import REPLAY_STREAM, Refused, replay_durable
from shared.messaging.pull import Pull, Taken

LOOK_SECONDS = 5.0

log = structlog.get_logger()


class Refill:
    """Beside the pull of a shard; the same owner applies both, so that one inbox sees them in turn."""

    def __init__(self, bus: Bus, service: str, shard: int) -> None:
        self._bus = bus
        self._durable = replay_durable(service, shard)
        self._pull: Pull | None = None
        # The shards of a process do not all ask at once.
        self._look_at = asyncio.get_running_loop().time() + LOOK_SECONDS * shard / SHARDS
        self.suspects = 0
        """Messages that were with an owner who did not come back, when the pull began."""

    @property
    def busy(self) -> bool:
        return self._pull is not None

    async def wanted(self) -> Pull | None:
        """The pull to take from, while there is anything."""
        now = asyncio.get_running_loop().time()
        if self._pull is None and now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            pull = Pull(self._bus, REPLAY_STREAM, self._durable)
            if await self._behind(pull):
                self._pull = pull
                log.info("refill.begun", consumer=self._durable)
        return self._pull

    async def took(self, taken: Taken | None) -> None:
        """What came of it: when nothing did and nothing is left, the pull ends."""
        if taken is None and self._pull is not None and not await self._behind(self._pull):
            await self.close()
            log.info("refill.ended", consumer=self._durable)

    async def close(self) -> None:
        pull, self._pull = self._pull, None
        if pull is not None:
            await pull.close()

    async def _behind(self, pull: Pull) -> bool:
        """False also where the broker does not know of refills yet, or is away."""
        try:
            found = await pull.behind()
            if found and self._pull is None:
                self.suspects = await pull.unacknowledged()
        except (*AWAY, Refused):
            return False
        return found > 0
