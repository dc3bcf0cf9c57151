"""What is late: one order, a shipment, or a vessel with all that is on it. Each is asked what if, logged, and followed in its own way."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from deploy.local.client import Client
from shared.web.call import address

PAGE = 200
MOST_PAGES = 5
"""Of a disruption this many orders are shown, the greatest first; all are delayed."""
POLL = 0.3
RUN_SECONDS = 40.0

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Logged:
    """What was done: `delays` are links to what becomes of their notices, `rest` to a run that still goes on in the background, `others`
    the owners who have notices of their own to release.
    """

    orders: int
    delays: tuple[str, ...]
    rest: str | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has opened already, and is gone on with in his words: one thing has one day for the firm."""

    shown: Document

    @property
    def link(self) -> str:
        return f"/api/orders/disruptions/{self.shown['disruption']}"

    @property
    def said(self) -> Document:
        """What opened it."""
        names = ("scope", "milestone", "to", "days", "causes", "action", "ask", "ask_by", "next_news_on")
        return {name: self.shown[name] for name in names}

    async def orders(self, client: Client) -> list[Document]:
        """What became of the orders in sight, by rank."""
        return [one async for one in _all(client, f"{self.link}/orders")]

    async def texts(self, client: Client) -> Document:
        """What the caller's word would release, as a preview shows it."""
        path = f"/api/notifications/disruptions/{self.shown['disruption']}/previews"
        return {"customers": [one async for one in _all(client, path)]}


async def _all(client: Client, path: str, **query: Any) -> AsyncIterator[Document]:
    async for page in _pages(client, path, **query):
        for one in page["items"]:
            yield one


async def _pages(client: Client, path: str, asked: Document | None = None, **query: Any) -> AsyncIterator[Document]:
    """The pages of a list or, where something is `asked` of it, of the answer to that."""
    cursor = None
    for _ in range(MOST_PAGES):
        method = "GET" if asked is None else "POST"
        page = (await client.request(method, path, json=asked, query={"limit": PAGE, "cursor": cursor, **query})).expect(200)
        yield page
        if (cursor := page["next"]) is None:
            return


class Late(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def body(self) -> Document:
        """What is said of it."""
        ...

    def simulations(self, client: Client) -> AsyncIterator[Document]:
        """What it would do, page by page."""
        ...

    async def standing(self, client: Client) -> Standing | None:
        """What somebody has opened of it already. To be asked after a simulation."""
        ...

    async def open(self, client: Client) -> Standing | None:
        """Begin; the answer is what somebody has opened meanwhile."""
        ...

    async def log(self, client: Client) -> Logged: ...


@dataclass(frozen=True, slots=True)
class OneLate:
    """An order or a shipment: a delay that is told at once."""

    name: str
    path: str
    body: Document
    _key: str = field(default_factory=lambda: str(uuid4()))

    async def simulations(self, client: Client) -> AsyncIterator[Document]:
        yield (await client.post(f"{self.path}/delays/simulations", self.body)).expect(200)

    async def standing(self, client: Client) -> Standing | None:
        return None

    async def open(self, client: Client) -> Standing | None:
        return None

    async def log(self, client: Client) -> Logged:
        said = (await client.post(f"{self.path}/delays", self.body, key=self._key)).expect(201, 202)
        return Logged(len(said["orders"]), (said["told"],))


def order(number: str, body: Document, part: str | None = None) -> OneLate:
    """`part` is what the part of it is called that the body names."""
    return OneLate(part or number, address("/api/orders/{number}", number=number), body)


def shipment(number: str, body: Document) -> OneLate:
    return OneLate(number, address("/api/orders/shipments/{number}", number=number), body)


@dataclass(slots=True)
class VesselLate:
    """A vessel on a voyage: a disruption, whose notices are released by the owner of each customer."""

    name: str
    body: Document
    _known: Document | None = None
    _link: str | None = None
    _key: str = field(default_factory=lambda: str(uuid4()))

    async def simulations(self, client: Client) -> AsyncIterator[Document]:
        """What it would do, or where somebody has opened it already what that would, page by page."""
        said = Standing(self._known).said if self._known else self.body
        async for page in _pages(client, "/api/orders/disruptions/simulations", said):
            self._link = page["standing"]
            yield page

    async def standing(self, client: Client) -> Standing | None:
        """Once its delays are logged, so far as that takes no longer than a walk."""
        if self._link is None:
            return None
        self._known = await self._run(client, self._link)
        return Standing(self._known)

    async def open(self, client: Client) -> Standing | None:
        answer = await client.post("/api/orders/disruptions", self.body, key=self._key)
        if answer.status == 409 and (link := answer.json.get("link")):
            self._link = link
            return await self.standing(client)
        self._known = answer.expect(201)
        return None

    async def log(self, client: Client) -> Logged:
        """Confirm what is open, wait for its run, and release the notices to one's own customers."""
        assert self._known is not None  # it was opened before it is logged
        link = f"/api/orders/disruptions/{self._known['disruption']}"
        if self._known["status"] == "open":
            (await client.post(f"{link}/confirmation", key=f"{self._key}-confirmed")).expect(202)
        shown = await self._run(client, link)
        if shown["status"] == "running":
            return Logged(shown["delayed"], (), rest=link)
        released = (await client.post(f"{link}/release", {}, key=f"{self._key}-released")).expect(200)
        logged = [one["delay"] async for one in _all(client, f"{link}/orders", state="delayed")]
        delays = [f"/api/notifications/delays/{delay}/outcome?wait=5" for delay in logged]
        others = tuple(one["owner"] for one in released["others"]) if released["status"] != "released" else ()
        return Logged(released["delayed"], tuple(dict.fromkeys(delays)), others=others)

    async def _run(self, client: Client, link: str) -> Document:
        until = time.monotonic() + RUN_SECONDS
        while True:
            shown: Document = (await client.get(link)).expect(200)
            if shown["status"] != "running" or time.monotonic() > until:
                return shown
            await asyncio.sleep(POLL)
