"""A merchandiser with a customer and as many orders as a bench needs, entered over the API."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from benchmarks.ground import Ground
from benchmarks.load import closed_loop, prepared
from deploy.local.client import Client
from shared.ids import new_id

LOGIN = "mei"
CUSTOMER = "C-1"
PROMISED = date(2027, 6, 1)
HEARD_SECONDS = 30.0
CLIENTS = 16
ENTERED_SECONDS, EACH_SECONDS = 60.0, 0.05
"""In which orders are to be entered, and as many more for each of them."""
CONTACT = "anna@example.org"


@dataclass
class Desk:
    """What Mei does all day, as requests ready to be sent to orders."""

    token: str
    url: str

    async def orders(self, how_many: int) -> Sequence[str]:
        """Numbers of new orders, each with one line and nothing delayed."""
        numbers = [new_number() for _ in range(how_many)]
        requests = [prepared("POST", "/api/orders", self.token, new_order(number), {"Idempotency-Key": number}) for number in numbers]
        async with asyncio.timeout(ENTERED_SECONDS + how_many * EACH_SECONDS):
            # One that was refused for want of time is asked for again; those that were not are known by their keys.
            while set((await closed_loop(self.url, requests, CLIENTS)).statuses) != {201}:
                pass
        return numbers

    def delay(self, number: str) -> bytes:
        """The first delay of an order: three days on its delivery."""
        body = {
            "milestone": "DELIVERED",
            "new_date": str(PROMISED + timedelta(days=3)),
            "causes": [{"code": "UNKNOWN"}],
            "action": {"en": "we have asked for the next departure", "zh-CN": "我司已申请最近的班次"},
        }
        headers = {"Idempotency-Key": f"delay-{number}", "X-Correlation-ID": correlation(number)}
        return prepared("POST", f"/api/orders/{number}/delays", self.token, body, headers)


def correlation(number: str) -> str:
    """The correlation id of an order's delay: of the request, of its events, of its mail."""
    return f"delay-{number}"


async def settle(ground: Ground, *, contacts: int = 1) -> Desk:
    """Mei, her customer and his contacts, as far as they are not there yet, known to orders; it and customers must run."""
    suite = ground.suite
    admin, mei = suite.client(), suite.client(LOGIN, "merchandiser")
    person = {"name": "Mei Lin", "department": "sales", "language": "en", "time_zone": "Asia/Shanghai", "email": "mei@example.com"}
    (await admin.put(f"/api/customers/staff/{LOGIN}", {**person, "roles": ["merchandiser"]})).expect(200, 201)
    profile = {"code": CUSTOMER, "name": "Nordwind Trading", "country": "DE", "language": "en", "time_zone": "Europe/Berlin"}
    if (await mei.post("/api/customers", {**profile, "grade": "normal"})).status == 201:
        for number in range(contacts):
            (await mei.post(f"/api/customers/{CUSTOMER}/contacts", _contact(number))).expect(201)
    desk = Desk(suite.token(LOGIN, ["merchandiser"]), suite.service_url("orders"))
    await _heard(mei)
    return desk


async def _heard(mei: Client) -> None:
    """Until orders knows the customer."""
    async with asyncio.timeout(HEARD_SECONDS):
        while (await mei.post("/api/orders", new_order(new_number()))).status != 201:  # noqa: ASYNC110  orders knows, not this loop
            await asyncio.sleep(0.05)


def new_number() -> str:
    """A number that no order has."""
    return f"SO-{new_id().hex[-12:]}"


def new_order(number: str) -> dict[str, Any]:
    line = {"line": "1", "item": "Cotton shirt", "quantity": 100, "uom": "PCE", "promised": str(PROMISED)}
    return {
        "number": number, "customer": CUSTOMER, "customer_po": f"PO-{number}", "trade_type": "export", "template": "export-sea",
        "delivery_point": "DELIVERED", "lines": [line],
    }  # fmt: skip


def _contact(number: int) -> dict[str, Any]:
    name, _, domain = CONTACT.partition("@")
    return {
        "name": "Anna Schmidt", "salutation": "Dear Ms Schmidt", "roles": ["orders"], "email": f"{name}.{number}@{domain}",
        "language": "en", "time_zone": "Europe/Berlin", "country": "DE",
    }  # fmt: skip
