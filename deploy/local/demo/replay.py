"""The days after the first, as they really went: delays logged before their date, deliveries recorded on their day."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.local.client import Answer
from deploy.local.demo.knowledge import Day, Knowledge, Late, morning
from deploy.local.demo.mails import Mails
from deploy.local.demo.world import World
from deploy.local.mailbox import Mail

DELIVERIES_AT_A_TIME = 4
ATTRIBUTED_EVERY = 55
MAIL_DEADLINE = 30.0
CONTACTS = 2
MILESTONE = "DELIVERED"
CAUSES = ("LOG-SPACE", "CST-HOLD", "LOG-PORT", "DOC-MISS", "FM-WEA", "SUP-LATE", "LOG-CARR")
"""Causes of the demo, given to a few delays: the file has none."""


@dataclass(slots=True)
class Logged:
    """A delay as it went through, and how long it took from its POST to its row in the reports and to its last mail."""

    late: Late
    delay: str
    answer: Answer
    report_ms: float
    mail_ms: float
    mails: Sequence[Mail]
    cause: str | None = None


class Replay:
    """Moves the clock from one day on which something happens to the next.

    Delays are logged one after another, each when the one before is told and reported, so that what is measured is the wait of
    one merchandiser and not of a queue of ours. Deliveries are recorded by a few people at a time; the next day's delays come right
    behind them, and wait while the services work off their events.
    """

    def __init__(self, world: World, knowledge: Knowledge) -> None:
        self._world = world
        self._knowledge = knowledge
        self._mails = Mails(world.suite.mailbox)
        self._slots = asyncio.Semaphore(DELIVERIES_AT_A_TIME)
        self._open: dict[str, Logged] = {}
        self.logged: list[Logged] = []
        self.delivered = 0

    async def run(self, advance: Callable[[int], None]) -> None:
        """All days; `advance` is told how many delays and deliveries are through."""
        for day in self._knowledge.days:
            await self._live(day)
            advance(len(self.logged) + self.delivered)

    @property
    def steps(self) -> int:
        return len(self._knowledge.late) + self._knowledge.deliveries

    @property
    def attributed(self) -> list[Logged]:
        return [one for one in self.logged if one.cause is not None]

    async def _live(self, day: Day) -> None:
        self._world.suite.clock.set(morning(day.day))
        for late in day.late:
            one = await self._log(late)
            self.logged.append(one)
            self._open[late.shipment] = one
        await self._all(self._attribute(self._open[number]) for number, _ in day.delivered if self._to_attribute(number))
        await self._all(self._deliver(number, country, day.day) for number, country in day.delivered)

    async def _log(self, late: Late) -> Logged:
        client = self._world.owner(late.country)
        sent = time.time_ns()
        answer = await client.post(f"/api/orders/shipments/{late.shipment}/delays", delay_body(late))
        delay: str = answer.expect(201)["delay"]
        reported, mails = await asyncio.gather(self._reported(late, delay), self._mails.of(client, delay, CONTACTS, MAIL_DEADLINE))
        return Logged(
            late=late,
            delay=delay,
            answer=answer,
            report_ms=(reported - sent) / 1e6,
            mail_ms=(max(mail.received_ns for mail in mails) - sent) / 1e6,
            mails=mails,
        )

    async def _reported(self, late: Late, delay: str) -> int:
        """When the delay could be seen in the reports."""
        (await self._world.owner(late.country).get(f"/api/reporting/delays/{delay}", wait=5)).expect(200)
        return time.time_ns()

    def _to_attribute(self, shipment: str) -> bool:
        one = self._open.get(shipment)
        return one is not None and self.logged.index(one) % ATTRIBUTED_EVERY == 0

    async def _attribute(self, one: Logged) -> None:
        one.cause = CAUSES[len(self.attributed) % len(CAUSES)]
        body = {"causes": [{"code": one.cause}]}
        async with self._slots:
            (await self._world.owner(one.late.country).post(f"/api/orders/delays/{one.delay}/attribution", body)).expect()

    async def _deliver(self, shipment: str, country: str, day: date) -> None:
        body = {"milestone": MILESTONE, "date": day.isoformat()}
        async with self._slots:
            (await self._world.owner(country).post(f"/api/orders/shipments/{shipment}/actuals", body)).expect()
        self.delivered += 1

    async def _all(self, work: Iterable[Awaitable[Any]]) -> list[Any]:
        return await asyncio.gather(*work)


def delay_body(late: Late) -> dict[str, Any]:
    """What a merchandiser says of a shipment that will be late and why nobody knows yet."""
    return {
        "milestone": MILESTONE,
        "new_date": late.delivered.isoformat(),
        "causes": [{"code": "UNKNOWN"}],
        "action": {
            "en": "We are in touch with the carrier every day and have asked for the earliest delivery slot.",
            "zh-CN": "我司每日与承运人联系，已要求安排最早的送货时间。",
        },
        "next_news_on": late.next_news_on.isoformat(),
    }
