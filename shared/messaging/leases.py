"""Who does what only one process may do at a time: rows with an expiry, held through one connection per process."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import SecretStr


class Leases:
    """The leases of one process. `run` must be running for any to be held."""

    def __init__(self, url: SecretStr, application: str) -> None:
        raise NotImplementedError

    async def run(self, stopping: asyncio.Event) -> None:
        """Renew, take and release each second, until `stopping`; then release everything."""
        raise NotImplementedError

    async def lead(self, name: str, work: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> None:
        """Run `work` while this process holds the lease; cancelled when the lease is lost. An exception of the work ends `lead`."""
        raise NotImplementedError

    async def share(self, name: str, parts: int, work: Callable[[int], Awaitable[None]], stopping: asyncio.Event) -> None:
        """As `lead`, for this process's fair share of `parts` pieces of work, leases `name-0` .. `name-<parts - 1>`."""
        raise NotImplementedError
