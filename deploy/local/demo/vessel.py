"""The made case beside the file: a vessel with orders of two customers is late. Each hears of his own orders, in one mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.local.demo.figures import Figures
from deploy.local.demo.mails import Mails
from deploy.local.demo.show import out, tell
from deploy.local.demo.world import Customer, World, add
from deploy.local.mailbox import Mail

SHIPMENT = "DEMO-VESSEL-1"
VESSEL, VOYAGE = "EVER DEMO", "042W"
DEADLINE = 30.0
_NORTH = Customer("DEMO-NORTH", "Nordlicht Handel (made up)", "DE", "Europe/Berlin", "li.na")
_SOUTH = Customer("DEMO-SOUTH", "Bahia Textil (made up)", "BR", "America/Sao_Paulo", "anna.berg")
_ORDERS = (("DEMO-N-1", "NORD-7001", _NORTH), ("DEMO-N-2", "NORD-7002", _NORTH), ("DEMO-S-1", "BAHIA-55", _SOUTH))


@dataclass(frozen=True, slots=True)
class Case:
    """The delay, and the mails that came of it."""

    delay: str
    mails: list[Mail]


async def sail(world: World, today: date) -> Case:
    """Make the customers, the shipment and its three orders, and log that the vessel arrives late."""
    for index, customer in enumerate((_NORTH, _SOUTH)):
        await add(world, customer, index)
    shipment = {"number": SHIPMENT, "mode": "sea", "vessel": VESSEL, "voyage": VOYAGE, "booking": "DEMO-BKG-1"}
    (await world.manager.post("/api/orders/shipments", shipment)).expect(201)
    promised = today + timedelta(days=60)
    for number, po, customer in _ORDERS:
        await _order(world, number, po, customer, promised)
    arrival = await _arrival(world)
    body = {
        "milestone": "ARRIVE",
        "new_date": (arrival + timedelta(days=9)).isoformat(),
        "causes": [{"code": "LOG-VSL"}],
        "action": {
            "en": "Space on the feeder after the new arrival is confirmed.",
            "zh-CN": "我司已确认新到港日之后的支线舱位。",
        },
        "ask": {"en": "Please tell us whether the new date works for you.", "zh-CN": "新日期能否接受，请告知。"},
        "ask_by": (today + timedelta(days=7)).isoformat(),
        "next_news_on": (today + timedelta(days=14)).isoformat(),
    }
    answer = await world.manager.post(f"/api/orders/shipments/{SHIPMENT}/delays", body)
    delay: str = answer.expect(201)["delay"]
    mails = await Mails(world.suite.mailbox).of(world.manager, delay, 4, DEADLINE)
    return Case(delay, mails)


def check(case: Case, all_mails: Sequence[Mail], figures: Figures) -> None:
    """Each contact has one mail, with all of his orders and none of the other customer's."""
    for customer, other in ((_NORTH, _SOUTH), (_SOUTH, _NORTH)):
        own = [po for _, po, owner in _ORDERS if owner is customer]
        others = [word for number, po, owner in _ORDERS if owner is other for word in (number, po)] + [other.name, other.code]
        received = [[mail for mail in all_mails if address in mail.recipients] for address in customer.addresses]
        texts = ["\n".join(f"{mail.subject}\n{mail.text}" for mail in mails) for mails in received]
        named = [sum(po in text for po in own) for text in texts]
        leaked = [word for text in texts for word in others if word in text]
        why, of, code = "vessel case, {own} of 3 orders", {"customer": customer.code, "own": len(own)}, f"vessel_{customer.code}"
        figures.check(f"{code}_mails", "{customer}: mails of each contact", [len(mails) for mails in received], [1, 1], why, **of)
        figures.check(f"{code}_own", "{customer}: own orders in each", named, [len(own)] * 2, why, **of)
        figures.check(f"{code}_others", "{customer}: words about the other", leaked, [], why, **of)


def show(case: Case) -> None:
    """Print who heard what."""
    what = f"{VESSEL} {VOYAGE}"
    tell("\n[bold]A made case[/bold], not in the figures: {vessel} with orders of two customers arrives late", vessel=what)
    for mail in case.mails:
        out.print(f"  {mail.to}\n    {mail.subject}", markup=False, soft_wrap=True)


async def _order(world: World, number: str, po: str, customer: Customer, promised: date) -> None:
    order = {
        "number": number,
        "customer": customer.code,
        "customer_po": po,
        "trade_type": "export",
        "incoterm": "DAP",
        "named_place": "Hamburg" if customer is _NORTH else "Salvador",
        "currency": "USD",
        "template": "export-sea",
        "lines": [
            {
                "line": "1",
                "item": f"Cotton shirts {po}",
                "quantity": "1200",
                "uom": "PCE",
                "shipment": SHIPMENT,
                "promised": promised.isoformat(),
            }
        ],
    }
    (await world.once_known(lambda: world.manager.post("/api/orders", order))).expect(201)


async def _arrival(world: World) -> date:
    """The day on which the vessel is expected now."""
    answer = (await world.manager.get(f"/api/orders/{_ORDERS[0][0]}")).expect(200)
    days = [date.fromisoformat(node["estimated"]) for node in answer["plan"] if node["milestone"] == "ARRIVE"]
    return days[0]
