"""One delay from its first word to the last: found, what if, the texts, yes, and who was told."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from deploy.local.client import Client
from deploy.local.delaying import show
from deploy.local.delaying.late import Document, Late, Logged, Standing
from deploy.local.delaying.words import Words

FOLLOW_SECONDS = 45.0
AT_ONCE = 8
"""Outcomes asked for side by side."""


async def walk(client: Client, late: Late, words: Words) -> AsyncIterator[str]:
    """What is to be asked on the way, by its words; it goes on where the answer is yes, and is left where it is no. `asks` comes before
    anything is written, `known_asks` where somebody has opened it already: what he said is shown then, as that is what goes out.

    Unexpected where the suite refuses; the message is its problem.
    """
    pages = [page async for page in late.simulations(client)]
    if (first := await late.standing(client)) is None:
        previews = await _foreseen(client, late, pages, words)
        yield "asks"
        first = await late.open(client)
    if first is not None:
        previews = await _first(client, late, first, words)
        yield "known_asks"
    _print([words("logging")])
    logged = await late.log(client)
    _print([words("logged", orders=logged.orders)])
    await _follow(client, logged, words, show.addresses(previews))


async def _foreseen(client: Client, late: Late, pages: Sequence[Document], words: Words) -> list[Document]:
    """Show what it would do; the answer is what would be told."""
    _print(show.found(words, late.name, pages))
    previews = [(await client.post("/api/notifications/previews", page)).expect(200) for page in pages if page["orders"]]
    if previews:
        _print(show.what_if(words, pages))
        _print(show.texts(words, previews))
    else:
        _print([words("nothing_found")])
    return previews


async def _first(client: Client, late: Late, first: Standing, words: Words) -> list[Document]:
    """Show what somebody has opened already, in his words, and how to say it otherwise; the answer is what would be told."""
    _print(show.standing(words, first.shown, first.link, late.body["to"]))
    if first.shown["status"] == "open":
        return await _foreseen(client, late, [page async for page in late.simulations(client)], words)
    orders, previews = await first.orders(client), [await first.texts(client)]
    _print(show.found(words, late.name, [{"orders": orders, "others": first.shown["others"]}]))
    _print(show.delayed(words, orders))
    _print(show.texts(words, previews))
    return previews


async def _follow(client: Client, logged: Logged, words: Words, addresses: dict[str, str]) -> None:
    """Say what became of the notices, as far as that is known before the time is over."""
    if logged.rest:
        _print([words("still_logging", link=logged.rest)])
        return
    until, turns = time.monotonic() + FOLLOW_SECONDS, asyncio.Semaphore(AT_ONCE)
    found = await asyncio.gather(*(_outcome(client, told, until, turns) for told in logged.delays))
    _print(show.outcomes(words, found, addresses))
    if logged.others:
        _print([words("awaits", owners=words("and").join(logged.others))])


async def _outcome(client: Client, told: str, until: float, turns: asyncio.Semaphore) -> Any:
    while True:
        async with turns:
            outcome = (await client.get(told)).expect(200)
        # A delay that was just released may still say that it waits.
        if outcome["settled"] or time.monotonic() > until:
            return outcome
        await asyncio.sleep(0.1)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)
