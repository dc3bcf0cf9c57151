"""Password hashes: argon2id in threads of its own, a few at a time, so that guessing cannot take the machine."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.contracts.text import Both
from shared.web.problems import Overloaded

T = TypeVar("T")

AT_ONCE = 2
MOST_WAITING = 32

# RFC 9106, second recommended option: 64 MiB, three passes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4, hash_len=32, salt_len=16)
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$ORUbmSHjmQhXK6RpkcpKZw$2nlAdG3/6ANZwWlDtxNgW8OA74BT7mCwHNb5po2ksv4"
"""The hash of a password that nobody knows: who has none is checked against it, and takes as long."""


class Hashing:
    """`Overloaded` when too many wait."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._under_way = 0

    async def hash(self, password: str) -> str:
        return await self._run(lambda: _HASHER.hash(password))

    async def fits(self, hash: str | None, password: str) -> bool:
        """Whether it is the password; takes as long when there is no hash."""
        right = await self._run(lambda: _verify(hash or NOBODYS, password))
        return right and hash is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= AT_ONCE + MOST_WAITING:
            raise Overloaded(Both("too many sign in at the moment; try again", "当前登录人数过多，请重试"))
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1


def outdated(hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(hash)


def _verify(hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(hash, password)
    except (VerificationError, InvalidHashError):
        return False


HASHING = Hashing()
