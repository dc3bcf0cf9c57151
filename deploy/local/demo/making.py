"""A made case: an order is followed through material, production and inspection, each day as it is reported.

The cloth is four days late, asked about first; the line is too slow and the suite says so before anything is late, until a second one
is set up; the final inspection fails, holds the goods, and is repeated.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from deploy.local.delaying.words import of_locale
from deploy.local.demo.figures import Figures
from deploy.local.demo.knowledge import morning
from deploy.local.demo.show import out, table, tell
from deploy.local.demo.waiting import until
from deploy.local.demo.world import Customer, World, add

ORDER, MISTYPED, MILL = "DEMO-F-1", "DEMO-F-11", "DEMO-LOOM"
_CUSTOMER = Customer("DEMO-HUA", "华锦服饰 (made up)", "CN", "Asia/Shanghai", "zhao.lei")
PIECES = 900
SPARE = 14
"""Days between the earliest day that could be promised and the promise."""
CLOTH_LATE = 4
EVENINGS = ((0, 25), (4, 50), (8, 75))
"""Days after the start, and the pieces made by then: too few for the promise."""
HURRIED = ((12, 500), (16, PIECES))
ACCEPTED, SEAMS = 5, 9
"""Major defects that the sample may have, and open seams in the first."""
SAMPLING = {"lot_size": PIECES, "sample_size": 80, "major": {"accept": ACCEPTED, "aql": "2.5"}, "minor": {"accept": 7, "aql": "4.0"}}


@dataclass(frozen=True, slots=True)
class Case:
    """What the services answered at each step."""

    cloth: dict[str, Any]
    asked: dict[str, Any]
    said: dict[str, Any]
    received: dict[str, Any]
    slow: dict[str, Any]
    missed: list[str]
    refused: dict[str, Any]
    warning: dict[str, Any]
    made: dict[str, Any]
    failed: dict[str, Any]
    held: str
    passed: dict[str, Any]
    advice: dict[str, Any]
    plan: dict[str, dict[str, Any]]


async def follow(world: World, today: date) -> Case:
    """From the order to goods that have passed. The clock is moved along."""
    manager = world.manager
    await _enter(world, today)
    advice = await _advise(world, today)
    cloth, asked, said = await _buy(world, today)
    came = date.fromisoformat(said["eta"])
    world.suite.clock.set(morning(came))
    received = await _receive(world, cloth["material_id"], "1850", came)
    begun = came + timedelta(days=1)
    evenings = [await _report(world, begun + timedelta(days=days), made) for days, made in EVENINGS]
    refused, slow = evenings[-1]["reports"][1], evenings[-1]["orders"][0]
    missed = [line for evening in evenings for line in evening["orders"][0]["at_risk"]]
    warning = await until(lambda: _warning(world), "the warning that the quantity is behind")
    made = [await _report(world, begun + timedelta(days=days), made) for days, made in HURRIED][-1]["orders"][0]
    done = begun + timedelta(days=HURRIED[-1][0])
    failed, held, passed = await _inspect(world, done + timedelta(days=1))
    (leg,) = (await manager.get(f"/api/orders/{ORDER}/plan")).expect(200)["legs"]
    return Case(
        cloth=cloth,
        asked=asked,
        said=said,
        received=received,
        slow=slow,
        missed=missed,
        refused=refused,
        warning=warning,
        made=made,
        failed=failed,
        held=held,
        passed=passed,
        advice=advice,
        plan={node["milestone"]: node for node in leg["nodes"]},
    )


def check(case: Case, figures: Figures) -> None:
    """Each report moves the plan by what it says, and nothing happens that is not reported."""
    why = "made order"
    plan = {code: node["actual"] for code, node in case.plan.items()}
    figures.check("making_asked", "what another ETA does is what was asked", case.said["plan"] == case.asked["plan"], True, why)
    met = [one["milestone"] for one in case.received["plan"]["met"]]
    figures.check("making_material", "milestones met by the last receipt", met, ["MAT_IN"], why)
    figures.check("making_refused", "the report on an order nobody knows", case.refused["outcome"], "refused", why)
    figures.check("making_slow", "lines that miss their promise at the rate so far", case.missed, ["1"], why)
    kinds = [reason["kind"] for reason in case.warning["reasons"]]
    figures.check("making_warned", "warned of before it is late", "quantity_behind" in kinds, True, why)
    recorded = [one["milestone"] for one in case.made["recorded"]]
    figures.check("making_made", "milestones met by the last piece", recorded, ["PRD_END"], why)
    figures.check("making_held", "the final inspection fails: its milestone", case.held, "inspection-failed", "409 until it is repeated")
    figures.check("making_complaint", "a failure opens an exception", case.failed["exception"] is not None, True, why)
    figures.check("making_passed", "the day it passes is the milestone's", plan["QC_FINAL"], case.passed["inspected_on"], why)
    figures.check("making_advice", "advice and what the customer said to it", case.advice["answer"], "accepted", why)


def show(case: Case) -> None:
    """Print the order's way."""
    tell("\n[bold]From the material to inspected goods[/bold], made up: {order}, {pieces} jackets", order=ORDER, pieces=PIECES)
    cloth = {name: case.said[name] for name in ("eta", "need_by")}
    tell("  the cloth comes {days} days later, on {eta}: needed by {need_by}", days=CLOTH_LATE, **cloth)
    (step,) = case.slow["steps"]
    made = {name: step[name] for name in ("done", "total", "finish")}
    made |= {"rate": f"{float(step['rate']):.0f}", "needed": f"{float(step['needed_rate']):.0f}"}
    tell("  {done} of {total} made, {rate} a day, {needed} needed: ends {finish}", **made)
    for reason in case.warning["reasons"]:
        tell("    in danger: {milestone}, {reason}", milestone=case.warning["milestone"], reason=reason["text"][of_locale()])
    tell("  a second line is set up: all {pieces} are made", pieces=PIECES)
    tell("  {seams} open seams in the sample, {accepted} accepted: failed, the goods are held", seams=SEAMS, accepted=ACCEPTED)
    tell("  inspected again and passed on {day}", day=case.passed["inspected_on"])
    days = table("What has happened", "", "planned", "happened")
    for code, node in case.plan.items():
        if node["actual"]:
            days.add_row(code, node["planned"], node["actual"])
    out.print(days)


async def _enter(world: World, today: date) -> None:
    """The customer, the mill and the order, with its deposit paid."""
    manager = world.manager
    await add(world, _CUSTOMER, 8)
    (await manager.post("/api/orders/suppliers", {"code": MILL, "name": "晨光织造 (made up)"})).expect(201)
    trial = (await manager.post("/api/orders/templates/domestic-make/trials", {"start": today.isoformat(), "supplier": MILL})).expect(200)
    promised = date.fromisoformat(trial["earliest_promise"]) + timedelta(days=SPARE)
    line = {"line": "1", "item": "Work jackets", "quantity": str(PIECES), "uom": "PCE", "supplier": MILL}
    order = {
        "number": ORDER,
        "customer": _CUSTOMER.code,
        "customer_po": "HUA-0317",
        "trade_type": "domestic",
        "template": "domestic-make",
        "lines": [{**line, "promised": promised.isoformat()}],
    }
    (await world.once_known(lambda: manager.post("/api/orders", order))).expect(201)
    for milestone in ("ORD_REVIEW", "ORD_CONF", "PAY_DEP"):
        (await manager.post(f"/api/orders/{ORDER}/actuals", {"milestone": milestone, "date": today.isoformat()})).expect(201)


async def _advise(world: World, today: date) -> dict[str, Any]:
    """What the customer is advised to have otherwise, and his answer; the advice as it stands then."""
    advice = {
        "topic": "goods",
        "suggestion": {"en": "A cloth of the same weight is in stock.", "zh-CN": "同克重面料有现货，建议改用。"},
        "way": "phone",
        "given_on": today.isoformat(),
    }
    given = (await world.manager.post(f"/api/orders/{ORDER}/advice", advice)).expect(201)
    answer = {"answer": "accepted", "on": today.isoformat(), "text": "同意"}
    return dict((await world.manager.post(f"{given['link']}/answer", answer)).expect(200))


async def _buy(world: World, today: date) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The cloth as it is ordered, what its new ETA would do, and what it does."""
    ordered = {"po_number": "4500-118", "ordered_on": today.isoformat()}
    cloth = {"material": "FAB-2231", "name": "Twill 3/1 navy", "supplier": MILL, "quantity": "1850", "uom": "MTR", **ordered}
    (needed,) = (await world.manager.post(f"/api/orders/{ORDER}/materials", {"materials": [cloth]})).expect(201)["materials"]
    path = f"/api/orders/materials/{needed['material_id']}/eta"
    first = date.fromisoformat(needed["need_by"]) - timedelta(days=SPARE)
    (await world.manager.post(path, {"eta": first.isoformat()})).expect(200)
    later = {"eta": (first + timedelta(days=CLOTH_LATE)).isoformat()}
    asked = (await world.manager.post(f"{path}/simulations", later)).expect(200)
    return needed, asked, (await world.manager.post(path, later)).expect(200)


async def _receive(world: World, material: str, quantity: str, day: date) -> dict[str, Any]:
    receipt = {"quantity": quantity, "date": day.isoformat()}
    return dict((await world.manager.post(f"/api/orders/materials/{material}/receipts", receipt)).expect(200))


async def _report(world: World, day: date, made: int) -> dict[str, Any]:
    """What the workshop sends in the evening: this order, and one whose number was mistyped."""
    world.suite.clock.set(morning(day))
    reports = [{"order": order, "stage": "making", "day": day.isoformat(), "done": str(made)} for order in (ORDER, MISTYPED)]
    return dict((await world.manager.post("/api/orders/production", {"reports": reports})).expect(200))


async def _warning(world: World) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = (await world.manager.get("/api/orders/risks", order=ORDER)).expect(200)["items"]
    behind = (one for one in found if any(reason["kind"] == "quantity_behind" for reason in one["reasons"]))
    return next(behind, None)


async def _inspect(world: World, day: date) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The inspection that fails, why its milestone cannot be recorded then, and the one that passes two days later."""
    manager = world.manager
    plan = {"day": day.isoformat(), "third_party": "Prüf AG (made up)", "sampling": SAMPLING}
    world.suite.clock.set(morning(day))
    planned = (await manager.post(f"/api/orders/{ORDER}/inspections", {"type": "final", **plan})).expect(201)
    seams = [{"severity": "major", "description": "open seam", "count": SEAMS}]
    found = {"outcome": "failed", "date": day.isoformat(), "inspected": 80, "defects": seams}
    failed = (await manager.post(f"{planned['link']}/result", found)).expect(200)
    refused = await manager.post(f"/api/orders/{ORDER}/actuals", {"milestone": "QC_FINAL", "date": day.isoformat()})
    held = str(refused.expect(409)["type"]).rpartition(":")[2]
    again = day + timedelta(days=2)
    world.suite.clock.set(morning(again))
    repeat = (await manager.post(f"{failed['link']}/repeats", {**plan, "day": again.isoformat()})).expect(201)
    clean = {"outcome": "passed", "date": again.isoformat(), "inspected": 80, "defects": []}
    return failed, held, (await manager.post(f"{repeat['link']}/result", clean)).expect(200)
