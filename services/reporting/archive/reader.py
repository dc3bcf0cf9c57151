"""A process of its own that reads events: what takes a core by itself goes on beside the fetching and the writing."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeAlias
from uuid import UUID

from shared.contracts.event import EVENTS
from shared.messaging.reading import Message, Unreadable, read
from shared.process import settled

Place: TypeAlias = tuple[UUID, int]
"""An event's aggregate, and its sequence there."""
_END_SECONDS = 5.0


class Reader:
    """The other end of that process; asked for one thing after the other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def places(self, messages: Sequence[Message]) -> list[Place | None]:
        """Of each message its place, None if it cannot be read. EOFError when the process has died."""
        await asyncio.to_thread(self._connection.send, [(message.type, message.body) for message in messages])
        found: list[tuple[bytes, int] | None] = await asyncio.to_thread(self._connection.recv)
        return [None if place is None else (UUID(bytes=place[0]), place[1]) for place in found]


@asynccontextmanager
async def reading() -> AsyncIterator[Reader]:
    """The process lives until the block is left, or this one is gone."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_read, args=(theirs, {event.__module__ for event in EVENTS.values()}), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Reader(ours)
    finally:
        ours.close()
        process.join(_END_SECONDS)
        process.kill()


def _read(asked: Connection, contracts: Collection[str]) -> None:
    """Answers until nobody asks any more. It knows the events of those modules."""
    for name in contracts:
        import_module(name)
    settled()
    with suppress(EOFError):
        while True:
            asked.send([_place(Message(type, body, {}, 0)) for type, body in asked.recv()])


def _place(message: Message) -> tuple[bytes, int] | None:
    try:
        event = read(message, with_data=True)
    except Unreadable:
        return None
    return event.aggregate.bytes, event.sequence
