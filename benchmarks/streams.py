"""What a stream says of its own filling: the broker's times tell how fast it was filled, whoever did it."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import nats
from nats.aio.client import Client
from pydantic import SecretStr

from benchmarks.ground import Ground
from deploy.local import parts
from shared.messaging.bus import Bus

SKIPPED = 0.1
"""The part of a filling that is not timed: who fills it is just starting."""
POLL = 0.1
DEADLINE = 300.0


class Stream:
    """One stream, asked as a user who may."""

    def __init__(self, client: Client, name: str) -> None:
        self._client, self.name = client, name

    async def last(self) -> int:
        """The sequence of its last message."""
        return int((await self._ask(f"$JS.API.STREAM.INFO.{self.name}"))["state"]["last_seq"])

    async def filled(self, first: int, count: int) -> float:
        """Waits until `count` messages from sequence `first` on are there; how many of them came a second."""
        last = first + count - 1
        async with asyncio.timeout(DEADLINE):
            while await self.last() < last:  # noqa: ASYNC110  the broker knows, not this loop
                await asyncio.sleep(POLL)
        begin = first + round(count * SKIPPED)
        seconds = await self.time(last) - await self.time(begin)
        return (last - begin) / seconds if seconds else float(count)

    async def time(self, sequence: int) -> float:
        """When the broker stored that message, in seconds since 1970."""
        answer = await self._ask(f"$JS.API.STREAM.MSG.GET.{self.name}", {"seq": sequence})
        return parsed_time(answer["message"]["time"])

    async def stored(self, subjects: str, first: int, count: int) -> dict[str, float]:
        """When the next `count` messages of these subjects from sequence `first` on were stored, by their correlation ids."""
        found, sequence = {}, first
        for _ in range(count):
            wanted = {"seq": sequence, "next_by_subj": subjects}
            message = (await self._ask(f"$JS.API.STREAM.MSG.GET.{self.name}", wanted))["message"]
            found[json.loads(base64.b64decode(message["data"]))["correlationid"]] = parsed_time(message["time"])
            sequence = message["seq"] + 1
        return found

    async def _ask(self, subject: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await self._client.request(subject, json.dumps(body).encode() if body else b"", timeout=10)
        found: dict[str, Any] = json.loads(answer.data)
        if "error" in found:
            raise RuntimeError(f"{subject}: {found['error']}")
        return found


def parsed_time(text: str) -> float:
    """The broker's time with its nanoseconds, of which a datetime keeps microseconds."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")


def operating(ground: Ground) -> AbstractAsyncContextManager[Bus]:
    """The ground's broker, as who may do everything there."""
    state = ground.suite.state
    return Bus(parts.nats_address(state).url, "operator", SecretStr(state.nats["operator"]), "bench").up(DEADLINE)


@asynccontextmanager
async def made(url: str, name: str, subjects: str) -> AsyncIterator[Stream]:
    """A new file stream with the broker's own defaults."""
    client = await nats.connect(url)
    try:
        await client.jetstream().add_stream(name=name, subjects=[subjects])
        yield Stream(client, name)
    finally:
        await client.close()
