"""The people of the demo: staff, a customer for each country of the file, and two contacts with each. All are made up."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale

from deploy.local.client import Answer, Client
from deploy.local.demo.knowledge import MAPPING
from deploy.local.suite import Suite

MANAGER = "chen.wei"
MERCHANDISERS = ("li.na", "wang.fang", "zhao.lei", "anna.berg")
AT_A_TIME = 6
HEARD_SECONDS = 20.0

_STAFF: Sequence[tuple[str, str, str, str, tuple[str, ...]]] = (
    (MANAGER, "Chen Wei", "zh-CN", "+86 21 5555 0100", ("manager",)),
    ("li.na", "Li Na", "zh-CN", "+86 21 5555 0101", ("merchandiser",)),
    ("wang.fang", "Wang Fang", "zh-CN", "+86 21 5555 0102", ("merchandiser",)),
    ("zhao.lei", "Zhao Lei", "zh-CN", "+86 21 5555 0103", ("merchandiser",)),
    ("anna.berg", "Anna Berg", "en", "+86 21 5555 0104", ("merchandiser",)),
)
_ZONES = {
    "AF": "Asia/Kabul", "AO": "Africa/Luanda", "BZ": "America/Belize", "BJ": "Africa/Porto-Novo", "BW": "Africa/Gaborone",
    "BF": "Africa/Ouagadougou", "BI": "Africa/Bujumbura", "CM": "Africa/Douala", "CD": "Africa/Kinshasa", "CI": "Africa/Abidjan",
    "DO": "America/Santo_Domingo", "ET": "Africa/Addis_Ababa", "GH": "Africa/Accra", "GT": "America/Guatemala", "GN": "Africa/Conakry",
    "GY": "America/Guyana", "HT": "America/Port-au-Prince", "KZ": "Asia/Almaty", "KE": "Africa/Nairobi", "KG": "Asia/Bishkek",
    "LB": "Asia/Beirut", "LS": "Africa/Maseru", "LR": "Africa/Monrovia", "LY": "Africa/Tripoli", "MW": "Africa/Blantyre",
    "ML": "Africa/Bamako", "MZ": "Africa/Maputo", "NA": "Africa/Windhoek", "NG": "Africa/Lagos", "PK": "Asia/Karachi",
    "RW": "Africa/Kigali", "SN": "Africa/Dakar", "SL": "Africa/Freetown", "ZA": "Africa/Johannesburg", "SS": "Africa/Juba",
    "SD": "Africa/Khartoum", "SZ": "Africa/Mbabane", "TZ": "Africa/Dar_es_Salaam", "TG": "Africa/Lome", "UG": "Africa/Kampala",
    "VN": "Asia/Ho_Chi_Minh", "ZM": "Africa/Lusaka", "ZW": "Africa/Harare",
}  # fmt: skip
_NAMES_EN = ("Adams", "Banda", "Costa", "Diallo", "Evans", "Farah", "Gomes", "Hassan", "Ibrahim", "Joseph", "Kamau", "Lopez")
_NAMES_ZH = ("张", "王", "李", "刘", "陈", "杨", "黄", "周", "吴", "徐", "孙", "马")


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the demo; `name` is the country as the file writes it."""

    code: str
    name: str
    country: str
    time_zone: str
    owner: str
    grade: str = "normal"

    def address(self, language: str) -> str:
        """The e-mail address of the contact who reads `language`."""
        return f"orders.{'zh' if language == 'zh-CN' else 'en'}.{self.code.lower()}@example.org"

    @property
    def addresses(self) -> tuple[str, str]:
        return self.address("en"), self.address("zh-CN")


class World:
    """Who is who, and a client for each member of staff."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.admin = suite.client("demo.admin", ("admin",))
        self.manager = suite.client(MANAGER, ("manager",))
        self.merchandisers = {login: suite.client(login, ("merchandiser",)) for login in MERCHANDISERS}
        codes: dict[str, str] = json.loads(MAPPING.read_text(encoding="utf-8"))["columns"]["customer"]["values"]
        self.customers = {
            name: Customer(code, name, code, _ZONES[code], MERCHANDISERS[n % len(MERCHANDISERS)])
            for n, (name, code) in enumerate(sorted(codes.items()))
        }

    def owner(self, country: str) -> Client:
        """The client of the merchandiser who owns the customer."""
        return self.merchandisers[self.customers[country].owner]

    async def once_known(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to a request about a customer, asked again while the service has not heard of him yet."""
        end = time.monotonic() + HEARD_SECONDS
        while True:
            answer = await ask()
            unknown = answer.status == 422 and any(error["field"] == "customer" for error in answer.json.get("errors", ()))
            if not unknown or time.monotonic() > end:
                return answer
            await asyncio.sleep(0.05)


async def settle(world: World, advance: Callable[[int], None]) -> None:
    """Enter staff, then the customers with their contacts; `advance` is told how many customers there are."""
    done = 0
    for login, name, language, phone, roles in _STAFF:
        manager = None if login == MANAGER else MANAGER
        person = _person(login, name, language, phone, roles) | ({"manager": manager} if manager else {})
        (await world.admin.put(f"/api/customers/staff/{login}", person)).expect()
    slots = asyncio.Semaphore(AT_A_TIME)

    async def one(number: int, customer: Customer) -> None:
        nonlocal done
        async with slots:
            await add(world, customer, number)
        done += 1
        advance(done)

    async with asyncio.TaskGroup() as group:
        for number, customer in enumerate(world.customers.values()):
            group.create_task(one(number, customer))


async def add(world: World, customer: Customer, number: int) -> None:
    """Create a customer with a contact who reads English and one who reads Chinese."""
    created = {
        "code": customer.code,
        "name": customer.name,
        "country": customer.country,
        "language": "en",
        "time_zone": customer.time_zone,
        "owner": customer.owner,
        "grade": customer.grade,
    }
    (await world.manager.post("/api/customers", created)).expect(201)
    family, character = _NAMES_EN[number % len(_NAMES_EN)], _NAMES_ZH[number % len(_NAMES_ZH)]
    country_zh = Locale("zh").territories.get(customer.country, customer.name)
    for language, name, salutation in (
        ("en", f"Ms {family} ({customer.name})", f"Dear Ms {family}"),
        ("zh-CN", f"{character}先生（{country_zh}）", f"尊敬的{character}先生"),
    ):
        contact = {
            "name": name,
            "salutation": salutation,
            "roles": ["orders"],
            "email": customer.address(language),
            "language": language,
            "time_zone": customer.time_zone,
            "country": customer.country,
        }
        (await world.manager.post(f"/api/customers/{customer.code}/contacts", contact)).expect(201)


def _person(login: str, name: str, language: str, phone: str, roles: Sequence[str]) -> dict[str, Any]:
    return {
        "name": name,
        "department": "sales",
        "language": language,
        "time_zone": "Asia/Shanghai",
        "email": f"{login}@example.com",
        "phone": phone,
        "roles": list(roles),
    }
