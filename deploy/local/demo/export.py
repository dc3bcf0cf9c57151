"""A made case: an order on the export template in its calendars, paid by a letter of credit.

Late material is absorbed by slack and nobody is told; late production breaks the promise and the credit, is asked about first and
then logged; in the end the days it is late are attributed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from deploy.local.demo.chinese import words
from deploy.local.demo.figures import Figures
from deploy.local.demo.knowledge import morning
from deploy.local.demo.mails import Mails, outcome_of
from deploy.local.demo.show import out, table, tell
from deploy.local.demo.world import Customer, World, add
from deploy.local.mailbox import Mail

ORDER, SUPPLIER, CREDIT = "DEMO-E-1", "DEMO-MILL", "DEMO-LC-1"
DEADLINE = 30.0
_CUSTOMER = Customer("DEMO-EAST", "Ostwind Mode (made up)", "DE", "Europe/Berlin", "li.na")
SPARE = 21
"""Days between the earliest day that could be promised and the promise."""
MILL_EARLY, MILL_LATE, LINE_LATE = 12, 6, 15
BY_LORRY = ("The mill sends the rest by lorry.", "剩余面料由面料厂改用汽运送达。")
SECOND_LINE = ("A second line is set up for your goods.", "我司已为贵司货物增开第二条生产线。")
_BREACHES = {
    "latest_shipment": "latest shipment under letter of credit",
    "presentation": "presentation under letter of credit",
    "expiry": "expiry of letter of credit",
}
POINT = "ON_BOARD"
"""Where an order under FOB delivers."""


@dataclass(frozen=True, slots=True)
class Case:
    """What the services answered at each step."""

    earliest: date
    promised: date
    absorbed: dict[str, Any]
    absorbed_outcome: dict[str, Any]
    asked: dict[str, Any]
    foreseen: list[dict[str, Any]]
    logged: dict[str, Any]
    mails: list[Mail]
    credit: dict[str, Any]
    lateness: dict[str, Any]

    @property
    def ended(self) -> date:
        """The day on which it delivered."""
        return date.fromisoformat(self.lateness["delivered"])


async def follow(world: World, today: date) -> Case:
    """The order's whole way, from the earliest promise to the attribution of its lateness. The clock is moved to its last day."""
    manager = world.manager
    earliest = await _enter(world, today)
    promised = earliest + timedelta(days=SPARE)
    await _credit(world, promised)
    planned = await _day(world, "MAT_IN")
    await _say(world, "MAT_IN", planned - timedelta(days=MILL_EARLY))
    late = _delay(
        "MAT_IN",
        planned - timedelta(days=MILL_EARLY - MILL_LATE),
        "SUP-LATE",
        *BY_LORRY,
    )
    absorbed = (await manager.post(f"/api/orders/{ORDER}/delays/simulations", late)).expect(200)
    quiet = (await manager.post(f"/api/orders/{ORDER}/delays", late)).expect(201)
    worse = _delay(
        "PRD_END",
        await _day(world, "PRD_END") + timedelta(days=LINE_LATE),
        "PRD-BRK",
        *SECOND_LINE,
    )
    asked = (await manager.post(f"/api/orders/{ORDER}/delays/simulations", worse)).expect(200)
    preview = (await manager.post("/api/notifications/previews", asked)).expect(200)
    foreseen = [notice for customer in preview["customers"] for notice in customer["notices"]]
    logged = (await manager.post(f"/api/orders/{ORDER}/delays", worse)).expect(201)
    mails = await Mails(world.suite.mailbox).of(manager, logged["delay"], len(_CUSTOMER.addresses), DEADLINE)
    return Case(
        earliest=earliest,
        promised=promised,
        absorbed=absorbed["orders"][0],
        absorbed_outcome=await outcome_of(manager, quiet["delay"], DEADLINE),
        asked=asked["orders"][0],
        foreseen=foreseen,
        logged=logged["orders"][0],
        mails=mails,
        credit=(await manager.get("/api/orders/credits", order=ORDER)).expect(200)["items"][0],
        lateness=await _ship(world),
    )


def check(case: Case, figures: Figures) -> None:
    """The first delay is nobody's news; the second is told as it was foreseen, and the credit is warned of."""
    why = "made export order"
    outcome, breaches = case.absorbed_outcome, {one["kind"] for one in case.asked["breaches"]}
    told = len(outcome["told"]) + len(outcome["pending"])
    figures.check("export_absorbed", "days of slack that the late material uses up", _used(case.absorbed), MILL_LATE, why)
    figures.check("export_quiet", "mails about it", told, 0, why)
    figures.check("export_simulated", "what was asked is what was logged", case.asked["nodes"] == case.logged["nodes"], True, why)
    figures.check("export_risk", "lines that miss their promise", case.asked["at_risk"], ["1"], why)
    figures.check("export_credit", "deadlines of the credit broken", "latest_shipment" in breaches, True, why)
    foreseen = sorted(notice["subject"] for notice in case.foreseen)
    figures.check("export_texts", "subjects sent are those foreseen", sorted(mail.subject for mail in case.mails), foreseen, why)
    late, steps = case.lateness["days"], case.lateness["steps"]
    figures.check("export_attributed", "days late that are attributed", sum(step["days"] for step in steps), late, why)
    causes = {step["milestone"]: step["days"] for step in steps if step["days"]}
    figures.check("export_causes", "where they come from", list(causes), ["PRD_END"], why)
    harmless = [step["days"] for step in steps if step["milestone"] == "MAT_IN"]
    figures.check("export_harmless", "of them by the material, late within its slack", sum(harmless), 0, why)


def show(case: Case) -> None:
    """Print the order's way."""
    made = "\n[bold]An export order in its calendars[/bold], made up: {order}, FOB, paid by letter of credit {credit}"
    tell(made, order=ORDER, credit=CREDIT)
    tell("  earliest promise {earliest}, promised {promised}", earliest=case.earliest, promised=case.promised)
    late = "  the mill is {days} days late: {used} days of slack used, {left} left; nobody is told"
    tell(late, days=MILL_LATE, used=_used(case.absorbed), left=case.absorbed["slack_after"])
    asked = {"moved": len(case.asked["nodes"]), "before": case.asked["slack_before"], "after": case.asked["slack_after"]}
    tell(
        "  a machine breaks down, asked about first: {moved} milestones move, slack {before} becomes {after}, line {lines} misses its"
        " promise",
        **asked,
        lines=", ".join(case.asked["at_risk"]),
    )
    for breach in case.asked["breaches"]:
        amend = words(", amend by {day}", day=breach["amend_by"]) if breach["amend_by"] else ""
        said = {name: breach[name] for name in ("term", "deadline", "would_be")}
        broken = words(
            "    {kind} {term}: {deadline} would be {would_be}", kind=words(_BREACHES.get(breach["kind"], breach["kind"])), **said
        )
        out.print(f"{broken}{amend}")
    for mail in case.mails:
        out.print(f"  {mail.to}\n    {mail.subject}", markup=False, soft_wrap=True)
    days = case.lateness["days"]
    steps = table("Where its {days} days of lateness came from", "", "by itself", "of the lateness", "cause", days=days)
    for step in case.lateness["steps"]:
        causes = ", ".join(f"{one['code']} ({one['party']})" for one in step["causes"])
        steps.add_row(step["milestone"], str(step["late_days"]), str(step["days"]), causes)
    out.print(steps)


async def _enter(world: World, today: date) -> date:
    """The customer, the mill and the order, promised some weeks after what was found to be the earliest day; that day."""
    manager = world.manager
    await add(world, _CUSTOMER, 3)
    (await manager.post("/api/orders/suppliers", {"code": SUPPLIER, "name": "Weberei Morgen (made up)"})).expect(201)
    asked = {"start": today.isoformat(), "incoterm": "FOB", "supplier": SUPPLIER, "country": _CUSTOMER.country}
    trial = (await manager.post("/api/orders/templates/export-make/trials", asked)).expect(200)
    earliest = date.fromisoformat(trial["earliest_promise"])
    line = {"line": "1", "item": "Wool coats", "quantity": "900", "uom": "PCE", "amount": "43200", "supplier": SUPPLIER}
    order = {
        "number": ORDER,
        "customer": _CUSTOMER.code,
        "customer_po": "OST-2201",
        "trade_type": "export",
        "incoterm": "FOB",
        "named_place": "Shanghai",
        "currency": "USD",
        "template": "export-make",
        "lines": [{**line, "promised": (earliest + timedelta(days=SPARE)).isoformat()}],
    }
    (await world.once_known(lambda: manager.post("/api/orders", order))).expect(201)
    return earliest


async def _credit(world: World, promised: date) -> None:
    credit = {
        "number": CREDIT,
        "customer": _CUSTOMER.code,
        "issuing_bank": "Hanse Bank (made up)",
        "amount": {"amount": "43200", "currency": "USD"},
        "latest_shipment": (promised + timedelta(days=5)).isoformat(),
        "expires_on": (promised + timedelta(days=26)).isoformat(),
        "expiry_place": "Hamburg",
        "expiry_country": "DE",
        "partial_shipments": False,
        "transhipment": True,
        "orders": [ORDER],
    }
    (await world.manager.post("/api/orders/credits", credit)).expect(201)


async def _say(world: World, milestone: str, day: date) -> None:
    word = {"milestone": milestone, "day": day.isoformat(), "source": "supplier"}
    (await world.manager.post(f"/api/orders/{ORDER}/estimates", word)).expect(200)


async def _ship(world: World) -> dict[str, Any]:
    """Everything happens as it is expected now; to whom the days belong that the order is late."""
    expected = await _expected(world)
    last = expected[POINT]
    world.suite.clock.set(morning(last))
    for milestone in (*(code for code, day in expected.items() if day < last), POINT):
        actual = {"milestone": milestone, "date": expected[milestone].isoformat()}
        (await world.manager.post(f"/api/orders/{ORDER}/actuals", actual)).expect(201)
    (leg,) = (await world.manager.get(f"/api/orders/{ORDER}/attribution")).expect(200)["legs"]
    return dict(leg)


async def _day(world: World, milestone: str) -> date:
    return (await _expected(world))[milestone]


async def _expected(world: World) -> dict[str, date]:
    """When each milestone is expected now, each after those that it waits for."""
    (leg,) = (await world.manager.get(f"/api/orders/{ORDER}/plan")).expect(200)["legs"]
    return {node["milestone"]: date.fromisoformat(node["estimated"]) for node in leg["nodes"]}


def _delay(milestone: str, day: date, cause: str, en: str, zh: str) -> dict[str, Any]:
    return {
        "milestone": milestone,
        "new_date": day.isoformat(),
        "causes": [{"code": cause}],
        "action": {"en": en, "zh-CN": zh},
    }


def _used(order: dict[str, Any]) -> int:
    return int(order["slack_before"] - order["slack_after"])
