"""What people do with the suite, through its gateway: sign in, enter a customer and his orders, log delays, look who was told."""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from deploy.docker import ledger
from deploy.docker.stack import Failed, Stack
from deploy.local.client import Answer, Client

PATIENCE = 180.0
ATTEMPT_SECONDS = 15.0
PROMISED, LATER = "2027-06-01", "2027-06-04"
MERCHANDISER = "mei"
CUSTOMER = "NA"
ACTION = {"en": "we have asked for the next departure", "zh-CN": "我司已申请最近的班次"}


@dataclass
class Load:
    """Delays logged by people who insist until there is an answer; `longest` is the longest that one had to."""

    delays: list[str] = field(default_factory=list)
    again: int = 0
    longest: float = 0.0
    ended: bool = False


class Journey:
    def __init__(self, stack: Stack, trust: ssl.SSLContext) -> None:
        self._stack, self._trust = stack, trust
        self._clients: list[Client] = []
        self.me = self._client(None)

    async def close(self) -> None:
        for client in self._clients:
            await client.close()

    async def settle(self) -> None:
        """The first admin, made by compose, enters a merchandiser and gives her a password; she enters a customer and a contact."""
        admin = await self._sign_in("admin", await self._stack.secret("admin_password"))
        person = {
            "name": "Mei Lin", "department": "sales", "language": "zh-CN", "time_zone": "Asia/Shanghai",
            "email": "mei@example.com", "roles": ["merchandiser"],
        }  # fmt: skip
        (await admin.put(f"/api/customers/staff/{MERCHANDISER}", person)).expect(201)
        password = uuid4().hex
        (await admin.put(f"/api/customers/staff/{MERCHANDISER}/password", {"password": password})).expect(204)
        refused = await self._client(None).post("/api/customers/tokens", {"username": MERCHANDISER, "password": "not the password"})
        if refused.status != 401:
            raise Failed(f"a wrong password was answered {refused.status}")
        self.me = await self._sign_in(MERCHANDISER, password)
        customer = {"code": CUSTOMER, "name": "Namibia", "country": "NA", "language": "en", "time_zone": "Africa/Windhoek"}
        (await self.me.post("/api/customers", customer)).expect(201)
        contact = {
            "name": "Maria Nangolo", "salutation": "Dear Ms Nangolo", "roles": ["orders"], "email": "maria@example.org",
            "language": "en", "time_zone": "Africa/Windhoek", "country": "NA",
        }  # fmt: skip
        (await self.me.post(f"/api/customers/{CUSTOMER}/contacts", contact)).expect(201)

    async def one_delay(self) -> str:
        """The demo's path: order, delay, who was told, the row of the report, all under one correlation id. Gives the delay's id."""
        correlation = f"check-{uuid4().hex[:8].upper()}"
        number = await self._order(Load())
        # Notifications hears of contacts on its own: who is told of a delay must be known there first.
        await self._contact_known()
        logged = (await self.me.post(f"/api/orders/{number}/delays", _delay(), correlation=correlation)).expect(201)
        outcome = await self._outcome(logged["delay"])
        if [message["correlation_id"] for message in outcome["told"]] != [correlation]:
            raise Failed(f"nobody, or somebody else, was told: {outcome}")
        row = (await self.me.get(f"/api/reporting/delays/{logged['delay']}", wait=5)).expect(200)
        if row["correlation_id"] != correlation:
            raise Failed(f"the report says another correlation id: {row}")
        mail = await self._stack.execute("mail", "python", "-m", "deploy.local.mailbox", "/mail")
        if number not in mail or "Dear Ms Nangolo" not in mail or "4 June 2027" not in mail:
            raise Failed(f"the mail does not say it: {mail[-2000:]}")
        return str(logged["delay"])

    async def log_delays(self, load: Load) -> None:
        """Orders and their delays, one after the other, until `load.ended`."""
        while not load.ended:
            number = await self._order(load)
            load.delays.append((await self._insist(load, f"/api/orders/{number}/delays", _delay()))["delay"])

    async def _order(self, load: Load) -> str:
        number = f"SO-{uuid4().hex[:8].upper()}"
        line = {"line": "1", "item": "Cotton shirt", "quantity": 100, "uom": "PCE", "promised": PROMISED}
        order = {
            "number": number, "customer": CUSTOMER, "customer_po": f"PO-{number}", "trade_type": "export", "template": "export-sea",
            "delivery_point": "DELIVERED", "lines": [line],
        }  # fmt: skip
        await self._insist(load, "/api/orders", order)
        return number

    async def _insist(self, load: Load, path: str, body: object) -> dict[str, Any]:
        """As a careful client does: the same key until there is an answer."""
        key, began = uuid4().hex, asyncio.get_running_loop().time()
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self._asked(path, body, key)
                if answer is not None and not _later(answer):
                    load.longest = max(load.longest, asyncio.get_running_loop().time() - began)
                    said: dict[str, Any] = answer.expect(201)
                    return said
                load.again += 1
                await asyncio.sleep(0.1)

    async def _asked(self, path: str, body: object, key: str) -> Answer | None:
        headers = {"Idempotency-Key": key}
        try:
            return await self.me.request("POST", path, json=body, headers=headers, deadline=ATTEMPT_SECONDS)
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def _contact_known(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await ledger.contacts_known(self._stack):  # noqa: ASYNC110  the database knows
                await asyncio.sleep(0.2)

    async def _outcome(self, delay: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                outcome: dict[str, Any] = (await self.me.get(f"/api/notifications/delays/{delay}/outcome", wait=5)).expect(200)
                if outcome["settled"] and all(message["status"] == "sent" for message in outcome["told"]):
                    return outcome
                await asyncio.sleep(0.5)

    async def _sign_in(self, login: str, password: str) -> Client:
        answer = (await self._client(None).post("/api/customers/tokens", {"username": login, "password": password})).expect(200)
        return self._client(answer["access_token"])

    def _client(self, token: str | None) -> Client:
        client = Client(self._stack.base, token, tls=self._trust)
        self._clients.append(client)
        return client


def _delay() -> dict[str, Any]:
    return {"milestone": "DELIVERED", "new_date": LATER, "causes": [{"code": "LOG-VSL"}], "action": ACTION}


def _later(answer: Answer) -> bool:
    """Worth asking again: a server behind is away, the first try is still under way, or the customer is not known there yet."""
    if answer.status >= 500 or answer.status == 409:
        return True
    return answer.status == 422 and any(error["field"] == "customer" for error in answer.json.get("errors", ()))
