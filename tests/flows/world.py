"""People, customers and orders for the flows, each test with its own, so that all share one running suite."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any
from uuid import uuid4

from deploy.local.client import Client
from deploy.local.mailbox import Mail
from deploy.local.suite import Suite

ACTION = {"en": "we have asked for the next departure", "zh-CN": "我司已申请最近的班次"}
_numbers = count(1)


def unique(prefix: str) -> str:
    """A business number that no other test uses."""
    return f"{prefix}-{uuid4().hex[:8].upper()}"


@dataclass
class Customer:
    code: str
    id: str
    contacts: dict[str, str] = field(default_factory=dict)
    """Address by language."""


@dataclass
class World:
    """One merchandiser with his token, and what he enters."""

    suite: Suite
    login: str
    me: Client

    async def customer(self, *, languages: tuple[str, ...] = ("en", "zh-CN"), email: bool = True, grade: str = "normal") -> Customer:
        code = unique("C")
        made = (await self.me.post("/api/customers", profile(code, grade))).expect(201)
        customer = Customer(code, made["id"])
        for language in languages:
            address = f"{code.lower()}.{language[:2]}@example.org" if email else None
            (await self.me.post(f"/api/customers/{code}/contacts", contact(language, address))).expect(201)
            if address:
                customer.contacts[language] = address
        await self._known_to_notifications(customer, len(languages))
        return customer

    async def _known_to_notifications(self, customer: Customer, contacts: int, deadline: float = 60) -> None:
        """A contact whom notifications hears of after a delay is not told of that delay."""
        known = "SELECT count(*) FROM contact WHERE customer_id = $1"
        async with asyncio.timeout(deadline), self.suite.database("notifications") as database:
            while await database.fetchval(known, customer.id) < contacts:  # noqa: ASYNC110  the database knows, not this loop
                await asyncio.sleep(0.02)

    async def order(
        self, customer: Customer, *, shipment: str | None = None, promised: date, lines: int = 2, template: str = "export-sea"
    ) -> str:
        """A new order on the promised date, entered once orders has heard of the customer."""
        number = unique("SO")
        body = new_order(number, customer, shipment=shipment, promised=promised, lines=lines, template=template)
        (await until(self.me, "POST", "/api/orders", body, {201})).expect(201)
        return number

    async def vessel(self, vessel: str, voyage: str) -> str:
        number = unique("SH")
        body = {"number": number, "mode": "sea", "vessel": vessel, "voyage": voyage, "booking": unique("BK")}
        (await self.me.post("/api/orders/shipments", body)).expect(201)
        return number

    async def delay(self, path: str, milestone: str, day: date, **more: Any) -> dict[str, Any]:
        """Log a delay and give back the answer."""
        correlation = more.pop("correlation", None)
        body = {"milestone": milestone, "new_date": day.isoformat(), "causes": [{"code": "LOG-VSL"}], "action": ACTION, **more}
        answer: dict[str, Any] = (await self.me.post(f"{path}/delays", body, correlation=correlation)).expect(201)
        return answer

    async def outcome(self, delay: str) -> dict[str, Any]:
        """Who was told of a delay, once every message has its outcome."""
        told: dict[str, Any] = (await self.me.get(f"/api/notifications/delays/{delay}/outcome", wait=5)).expect(200)
        return told

    def mails(self, customer: Customer) -> list[Mail]:
        return [mail for address in customer.contacts.values() for mail in self.suite.mailbox.to(address)]


async def a_merchandiser(suite: Suite) -> World:
    login = unique("m").lower()
    admin = suite.client()
    person = {
        "name": f"Mei {login}", "department": "sales", "language": "en", "time_zone": "Asia/Shanghai",
        "email": f"{login}@example.com", "phone": "+86 21 5555 0100", "roles": ["merchandiser"],
    }  # fmt: skip
    (await admin.put(f"/api/customers/staff/{login}", person)).expect(200, 201)
    return World(suite, login, suite.client(login, "merchandiser"))


def new_order(
    number: str, customer: Customer, *, promised: date, lines: int = 2, shipment: str | None = None, template: str = "export-sea"
) -> dict[str, Any]:
    return {
        "number": number,
        "customer": customer.code,
        "customer_po": f"PO{next(_numbers)}-{customer.code}",
        "trade_type": "export",
        "template": template,
        "delivery_point": "DELIVERED",
        "lines": [
            {
                "line": str(n),
                "item": f"Cotton shirt {n}",
                "quantity": 100 * n,
                "uom": "PCE",
                "promised": str(promised),
                "shipment": shipment,
            }
            for n in range(1, lines + 1)
        ],
    }


def profile(code: str, grade: str = "normal") -> dict[str, Any]:
    return {"code": code, "name": f"{code} Trading", "country": "DE", "language": "en", "time_zone": "Europe/Berlin", "grade": grade}


def contact(language: str, address: str | None) -> dict[str, Any]:
    salutation = "尊敬的王经理" if language == "zh-CN" else "Dear Ms Schmidt"
    return {
        "name": "王伟" if language == "zh-CN" else "Anna Schmidt", "salutation": salutation, "roles": ["orders"], "email": address,
        "language": language, "time_zone": "Europe/Berlin", "country": "DE",
    }  # fmt: skip


async def until(client: Client, method: str, path: str, body: Any, statuses: set[int], deadline: float = 60) -> Any:
    """Ask until one of `statuses` is answered: what was just told to one service is known to the others a moment later."""
    async with asyncio.timeout(deadline):
        while True:
            answer = await client.request(method, path, json=body)
            if answer.status in statuses:
                return answer
            await asyncio.sleep(0.02)
