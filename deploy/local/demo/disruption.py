"""A made case: one vessel with the orders of several customers and owners is late, and is dealt with once for the firm."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from deploy.local.demo.chinese import words
from deploy.local.demo.figures import Figures
from deploy.local.demo.mails import Mails
from deploy.local.demo.show import out, table, tell
from deploy.local.demo.waiting import until
from deploy.local.demo.world import Customer, World, add
from deploy.local.mailbox import Mail

VESSEL, VOYAGE = "MARE DEMO", "017E"
DEADLINE = 30.0
_CUSTOMERS = (
    Customer("DEMO-LAGO", "Lago Sport (made up)", "IT", "Europe/Rome", "li.na", "key"),
    Customer("DEMO-FJORD", "Fjord Outdoor (made up)", "NO", "Europe/Oslo", "wang.fang"),
    Customer("DEMO-ATLAS", "Atlas Retail (made up)", "MA", "Africa/Casablanca", "anna.berg", "small"),
)
SHIPMENTS = ("DEMO-MARE-1", "DEMO-MARE-2", "DEMO-MARE-3", "DEMO-MARE-4")
LATE = 11


@dataclass(frozen=True, slots=True)
class Case:
    """What the owner of one customer saw, what was logged for all, and the mails when every owner had released his own."""

    seen: dict[str, Any]
    logged: dict[str, Any]
    told_before: int
    orders: list[dict[str, Any]]
    mails: dict[str, list[Mail]]


async def sail(world: World, today: date) -> Case:
    """Orders of each customer in each shipment; the vessel slips, one merchandiser opens it, every owner releases his notices."""
    await _enter(world, today + timedelta(days=60))
    opener = world.merchandisers[_CUSTOMERS[0].owner]
    body = {
        "scope": {"kind": "vessel", "name": VESSEL, "voyage": VOYAGE},
        "days": LATE,
        "causes": [{"code": "LOG-VSL"}],
        "action": {"en": "We press the line for the next feeder.", "zh-CN": "我司正催促船公司安排下一班支线船。"},
    }
    disruptions = "/api/orders/disruptions"
    seen = (await opener.post(f"{disruptions}/simulations", body)).expect(200)
    link = f"{disruptions}/{(await opener.post(disruptions, body)).expect(201)['disruption']}"
    (await opener.post(f"{link}/confirmation")).expect(202)
    logged = await _logged(world, link)
    orders: list[dict[str, Any]] = (await world.manager.get(f"{link}/orders")).expect(200)["items"]
    held = sum(len(world.suite.mailbox.to(address)) for customer in _CUSTOMERS for address in customer.addresses)
    mails = {}
    for customer in _CUSTOMERS:
        (await world.merchandisers[customer.owner].post(f"{link}/release", {})).expect(200)
        delay = next(order["delay"] for order in orders if order["customer"] == customer.code)
        mails[customer.code] = await Mails(world.suite.mailbox).of(world.manager, delay, len(customer.addresses), DEADLINE)
    return Case(seen, logged, held, orders, mails)


def check(case: Case, figures: Figures) -> None:
    """Every order is late once, the key customer's first; nobody hears of it before its owner says so, and then in one mail."""
    why = words("{customers} customers, {shipments} shipments", customers=len(_CUSTOMERS), shipments=len(SHIPMENTS))
    total, own = len(_CUSTOMERS) * len(SHIPMENTS), len(SHIPMENTS)
    figures.check("disruption_found", "orders a late vessel touches", case.seen["found"], total, why)
    figures.check("disruption_own", "of them shown to one owner", len(case.seen["orders"]), own, why)
    figures.check("disruption_delayed", "orders delayed in one run", case.logged["delayed"], total, why)
    figures.check("disruption_ranked", "the first of the list", case.orders[0]["customer"], _CUSTOMERS[0].code, "the key customer")
    figures.check("disruption_held", "mails before the owners release them", case.told_before, 0, why)
    mails = sum(len(found) for found in case.mails.values())
    figures.check("disruption_mails", "mails after", mails, sum(len(one.addresses) for one in _CUSTOMERS), "one for each contact")


def show(case: Case) -> None:
    """Print the list as it was worked off."""
    what = {"found": case.seen["found"], "vessel": f"{VESSEL} {VOYAGE}", "days": LATE}
    tell("\n[bold]One vessel, {found} orders[/bold], made up: {vessel} is {days} days late", **what)
    others = ", ".join(f"{one['owner']} {one['orders']}" for one in case.seen["others"])
    own = len(case.seen["orders"])
    tell("  opened once for the firm: who opens it sees his {own} orders; of others: {others}", own=own, others=others)
    ranked = table("In the order of customer grade and value", "order", "customer", "owner", "before", "after", "promise")
    for one in case.orders:
        promise = words("breaks" if one["at_risk"] else "kept")
        ranked.add_row(*(one[name] for name in ("number", "customer", "owner", "before", "after")), promise)
    out.print(ranked)


async def _enter(world: World, promised: date) -> None:
    """The customers, the vessel's shipments, and an order of each customer in each."""
    for index, customer in enumerate(_CUSTOMERS):
        await add(world, customer, index + 5)
    for number in SHIPMENTS:
        body: dict[str, Any] = {"number": number, "mode": "sea", "vessel": VESSEL, "voyage": VOYAGE, "port_of_loading": "CNSHA"}
        (await world.manager.post("/api/orders/shipments", body)).expect(201)
    for customer in _CUSTOMERS:
        for index, shipment in enumerate(SHIPMENTS, start=1):
            line = {"line": "1", "item": "Rain jackets", "quantity": "400", "uom": "PCE", "amount": str(4000 * index)}
            order: dict[str, Any] = {
                "number": f"{customer.code}-{index}",
                "customer": customer.code,
                "customer_po": f"{customer.code[5:]}-{index}",
                "trade_type": "export",
                "incoterm": "CIF",
                "named_place": customer.country,
                "currency": "USD",
                "template": "export-sea",
                "lines": [{**line, "shipment": shipment, "promised": promised.isoformat()}],
            }
            (await world.once_known(partial(world.manager.post, "/api/orders", order))).expect(201)


async def _logged(world: World, link: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        shown: dict[str, Any] = (await world.manager.get(link)).expect(200)
        return shown if shown["status"] == "logged" else None

    return await until(look, "the end of the disruption's run")
