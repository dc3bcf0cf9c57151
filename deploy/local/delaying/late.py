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


class Late(Protocol):
    @property
    def name(self) -> str: ...
    def simulations(self, client: Client) -> AsyncIterator[Document]:
        """What it would do, page by page."""
        ...

    async def open(self, client: Client) -> Document | None:
        """Begin; the answer is what somebody has opened of it already, which is then gone on with."""
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

    async def open(self, client: Client) -> Document | None:
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
    _key: str = field(default_factory=lambda: str(uuid4()))

    async def simulations(self, client: Client) -> AsyncIterator[Document]:
        cursor: str | None = ""
        for _ in range(MOST_PAGES):
            path = f"/api/orders/disruptions/simulations?limit={PAGE}" + (f"&cursor={cursor}" if cursor else "")
            page = (await client.post(path, self.body)).expect(200)
            yield page
            if (cursor := page["next"]) is None:
                return

    async def open(self, client: Client) -> Document | None:
        answer = await client.post("/api/orders/disruptions", self.body, key=self._key)
        if answer.status == 409 and (link := answer.json.get("link")):
            known: Document = (await client.get(link)).expect(200)
            self._known = known
            return known
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
        delays = [told async for told in self._delays(client, link)]
        others = tuple(one["owner"] for one in released["others"]) if released["status"] != "released" else ()
        return Logged(released["delayed"], tuple(dict.fromkeys(delays)), others=others)

    async def _run(self, client: Client, link: str) -> Document:
        until = time.monotonic() + RUN_SECONDS
        while True:
            shown: Document = (await client.get(link)).expect(200)
            if shown["status"] != "running" or time.monotonic() > until:
                return shown
            await asyncio.sleep(POLL)

    async def _delays(self, client: Client, link: str) -> AsyncIterator[str]:
        cursor = None
        for _ in range(MOST_PAGES):
            page = (await client.get(f"{link}/orders", state="delayed", limit=PAGE, cursor=cursor)).expect(200)
            for one in page["items"]:
                yield f"/api/notifications/delays/{one['delay']}/outcome?wait=5"
            if (cursor := page["next"]) is None:
                return
