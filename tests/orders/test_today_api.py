"""Today in the plan, through the service: what did not happen is expected no earlier, stored and told so once a day, and overdue still."""

from datetime import UTC, datetime
from typing import Any

from services.orders.app import SERVICE
from services.orders.tasks.handlers import look as look_for_tasks
from shared.contracts.orders import OrderCreated, PlanReestimated, PromiseAtRisk
from shared.contracts.risks import MilestoneOverdue
from shared.contracts.tasks import TaskOpened
from tests.orders.calls import LI, MANAGER, Desk, confirmed, delay, event
from tests.orders.plans import line
from tests.orders.test_api_simulations import said


def on(desk: Desk, month: int, day: int) -> None:
    desk.clock.time = datetime(2026, month, day, 0, 1, tzinfo=UTC)


async def news(desk: Desk, since: int) -> list[Any]:
    """What was told since then of plans, promises and what is overdue, and the tasks to reach a milestone."""
    while await look_for_tasks(desk.database, desk.clock):
        pass
    told = [event(one) for one in (await desk.told())[since:]]
    return [
        one
        for one in told
        if isinstance(one, PlanReestimated | PromiseAtRisk | MilestoneOverdue)
        or (isinstance(one, TaskOpened) and one.task.kind == "milestone")
    ]


async def work(desk: Desk, part: str) -> list[dict[str, Any]]:
    return list((await desk.get(LI, "/api/orders/work")).body[part]["items"])


async def lateness(desk: Desk) -> list[tuple[str, str, int]]:
    """What moved the delivery, and by how many days; they sum to those of the leg."""
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/attribution")).body["legs"]
    assert leg["days"] == sum(one["days"] for one in leg["steps"])
    return [(one["kind"], one["milestone"], one["days"]) for one in leg["steps"] if one["days"]]


async def test_an_order_that_should_have_begun_is_entered_as_late_as_it_is(desk: Desk) -> None:
    answer = (await desk.get(MANAGER, f"/api/orders/{(await desk.entered())['number']}")).body
    assert [(one["estimated"], one["at_risk"], one["late"]) for one in answer["lines"]] == [("2026-06-04", True, False)]
    first = answer["plan"][0]
    assert (first["milestone"], first["planned"], first["estimated"], first["due"]) == (
        "ORD_CONF",
        "2026-02-26",
        "2026-03-01",
        "2026-02-26",
    )
    (created,) = [one for one in map(event, await desk.told()) if isinstance(one, OrderCreated)]
    assert (str(created.plan[0].estimated), str(created.plan[0].due)) == ("2026-03-01", "2026-02-26")
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    assert (leg["earliest_promise"], leg["feasible"], leg["slack_days"]) == ("2026-06-04", False, -3)
    # It was told as it stands: the day moves nothing that it did not know.
    assert await desk.pass_day() == 0
    assert [(one["milestone"], one["due"], one["expected"]) for one in await work(desk, "overdue")] == [
        ("ORD_CONF", "2026-02-26", "2026-03-01")
    ]


async def test_each_day_that_passes_is_told_once(desk: Desk) -> None:
    await desk.entered(actuals=confirmed())
    await desk.entered(line(promised="2026-09-01"), number="SO-2")
    await desk.entered(number="SO-3", actuals=confirmed())
    assert (await desk.post(LI, "/api/orders/SO-3/actuals", {"milestone": "DELIVERED", "date": "2026-03-01"})).status == 201
    assert await desk.pass_day() == 0
    on(desk, 3, 26)
    assert await desk.pass_day() == 0, "it may still happen today"
    since = len(await desk.told())
    on(desk, 3, 27)
    assert await desk.pass_day() == 1
    late, moved, risk, opened = sorted(await news(desk, since), key=lambda one: type(one).__name__)
    assert [(one.milestone, str(one.expected)) for one in late.milestones] == [("MAT_IN", "2026-03-26")]
    assert (moved.number, moved.because, moved.delay) == ("SO-1", "day_passed", None)
    assert [(one.milestone, str(one.before), str(one.after), str(one.due)) for one in moved.nodes][:2] == [
        ("MAT_IN", "2026-03-26", "2026-03-27", "2026-03-26"),
        ("PRD_START", "2026-03-28", "2026-03-29", "2026-03-28"),
    ]
    assert [(one.line, str(one.after)) for one in risk.lines] == [("1", "2026-06-02")]
    assert (opened.task.about, str(opened.task.due)) == ("MAT_IN", "2026-03-26")
    shown = (await desk.get(MANAGER, "/api/orders?at_risk=true")).body["items"]
    assert [(one["number"], one["expected"]) for one in shown] == [("SO-1", "2026-06-02")]
    since = len(await desk.told())
    assert await desk.pass_day() == 0
    assert await news(desk, since) == []
    # The next day moves it again, and it is at risk and overdue as it was told.
    on(desk, 3, 28)
    assert await desk.pass_day() == 1
    again, due = sorted(await news(desk, since), key=lambda one: type(one).__name__)
    assert (again.because, str(again.lines[0].after)) == ("day_passed", "2026-06-03")
    assert (due.task.about, str(due.task.due)) == ("PRD_START", "2026-03-28")
    assert [(one["milestone"], one["due"]) for one in await work(desk, "overdue")] == [("MAT_IN", "2026-03-26")]
    ledger = (await desk.get(LI, "/api/orders/SO-1/promises?line=1")).body["items"]
    assert [(one["kind"], one["day"], one["reason"], one["actor"]) for one in ledger[-2:]] == [
        ("estimated", "2026-06-02", "day_passed", "timer"),
        ("estimated", "2026-06-03", "day_passed", "timer"),
    ]
    # What is said of it is news again, also where it says no more than the days did.
    known = await desk.delayed(delay("2026-03-28", "MAT_IN"))
    (order,) = known["orders"]
    assert (order["nodes"][0]["milestone"], order["nodes"][0]["after"]) == ("MAT_IN", "2026-03-28")
    assert await work(desk, "overdue") == []
    assert await lateness(desk) == [("delay", "MAT_IN", 2)]
    on(desk, 3, 30)
    assert await lateness(desk) == [("delay", "MAT_IN", 2), ("unlogged", "MAT_IN", 2)]


async def test_the_first_command_of_a_day_needs_no_clock(desk: Desk) -> None:
    """What is simulated is what is done; the plan reads the same before the clock has come, and it has nothing left to tell."""
    await desk.entered(actuals=confirmed())
    await desk.pass_day()
    on(desk, 3, 29)
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    read = [(node["milestone"], node["estimated"]) for node in leg["nodes"]]
    assert read[1:3] == [("MAT_IN", "2026-03-29"), ("PRD_START", "2026-03-31")]
    body = delay("2026-05-05")
    simulated = (await desk.post(LI, "/api/orders/SO-1/delays/simulations", body)).body
    done = await desk.delayed(body)
    assert said(simulated) == said(done)
    (order,) = done["orders"]
    assert (order["nodes"][0]["milestone"], order["nodes"][0]["after"], order["at_risk"]) == ("MAT_IN", "2026-03-29", ["1"])
    assert await desk.pass_day() == 0


async def test_an_update_that_reckons_otherwise_has_each_open_order_estimated_once(desk: Desk) -> None:
    """By its migration: of an order that was estimated by an earlier version, what that moves is told, and of another nothing."""
    for number in ("SO-1", "SO-2", "SO-3"):
        await desk.entered(number=number, actuals=confirmed())
    assert (await desk.post(LI, "/api/orders/SO-3/actuals", {"milestone": "DELIVERED", "date": "2026-03-01"})).status == 201
    expected, since = await desk.expected(), len(await desk.told())
    async with desk.database.transaction() as tx:
        earlier = "UPDATE milestone SET estimated = estimated - 7 WHERE code = 'DEPART' AND order_id IN (SELECT id FROM customer_order"
        await tx.execute(f"{earlier} WHERE number = 'SO-1')")
        for _ in range(2):
            await tx.execute((SERVICE.migrations / "0102_settle_open_plans.sql").read_text())
    assert await desk.settle() == 2, "what is delivered is not open"
    (moved,) = map(event, (await desk.told())[since:])
    assert isinstance(moved, PlanReestimated)
    assert (moved.number, moved.because) == ("SO-1", "day_passed")
    assert [(node.milestone, str(node.before), str(node.after)) for node in moved.nodes] == [("DEPART", "2026-04-20", "2026-04-27")]
    assert await desk.expected() == expected
    assert await desk.pass_day() == 0
