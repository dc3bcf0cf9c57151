"""What comes after the delivery, through the service: documents, the balance, the arrival and the visit are somebody's work until they are
recorded, and nobody's where the delivery was taken over from a file.
"""

from datetime import date, timedelta
from typing import Any

from services.orders.app import SERVICE
from shared.contracts.orders import OrderCreated
from shared.contracts.risks import MilestoneAtRisk, MilestoneOverdue
from shared.contracts.shipments import ShipmentArriving
from tests.orders.calls import FINANCE, LI, MANAGER, Desk, delay, event, order
from tests.orders.firm import employ, member
from tests.orders.intake.test_api import Desk as Clerk
from tests.orders.intake.test_imports import DOCUMENT, file
from tests.orders.plans import line
from tests.orders.test_advice_api import given, waiting
from tests.orders.test_api_work import named, work
from tests.orders.test_disruptions import logged
from tests.orders.test_shipments_api import put
from tests.orders.test_tasks import DOCS, settled, standing, tomorrow

REST = ("BL_ISS", "DOC_SENT", "PAY_BAL", "ARRIVE", "DELIVERED", "AFTER_VISIT")
"""What is to come when the goods are on board."""


async def sailed(desk: Desk) -> dict[str, date]:
    """A firm, and an order of Li Wei's customer that was delivered on board; when the rest is expected."""
    await employ(
        desk,
        member("li.wei", None, "merchandiser"),
        member("he.yan", None, "docs", department="docs"),
        member("zhou.min", None, "finance", department="finance"),
    )
    await desk.entered(line(shipment="SH-1", promised="2026-03-05"), template="export-make", incoterm="FOB")
    assert (await put(desk, "schedule", {"etd": "2026-03-02", "eta": "2026-04-02"})).status == 200
    for milestone, day in (("PAY_DEP", "2026-02-01"), ("PP_OK", "2026-02-05"), ("DEPART", "2026-03-01")):
        await recorded(desk, milestone, day)
    await settled(desk)
    found = (await desk.get(MANAGER, "/api/orders/SO-1")).body
    assert (found["status"], found["lines"][0]["shown_by"]) == ("completed", "DEPART")
    return {node["milestone"]: date.fromisoformat(node["estimated"]) for node in found["plan"] if node["milestone"] in REST}


async def recorded(desk: Desk, milestone: str, day: str) -> None:
    answer = await desk.post(MANAGER, "/api/orders/SO-1/actuals", {"milestone": milestone, "date": day})
    assert answer.status == 201, answer.body


async def until(desk: Desk, day: date) -> None:
    await tomorrow(desk, (day - desk.clock.now().date()).days)


async def tasks(desk: Desk) -> set[tuple[str, str | None]]:
    return {(task.kind, task.about) for task in await standing(desk)}


async def overdue(desk: Desk) -> list[str]:
    """The alarms so far."""
    alarms = [one for one in map(event, await desk.told()) if isinstance(one, MilestoneOverdue)]
    return [late.milestone for one in alarms for late in one.milestones if late.milestone in REST]


async def test_goods_on_their_way_are_entered_as_delivered(desk: Desk) -> None:
    """On board, as if their departure had been recorded then; whoever knows the day itself records it."""
    gates = [{"milestone": gate, "shipment": "SH-1", "date": "2026-02-20"} for gate in ("PAY_DEP", "PP_OK")]
    actuals = [*gates, {"milestone": "DEPART", "shipment": "SH-1", "date": "2026-02-26"}]
    body = order(line(shipment="SH-1", promised="2026-03-05"), template="export-make", incoterm="FOB", actuals=actuals)

    async def delivered() -> tuple[Any, ...]:
        found = (await desk.get(MANAGER, "/api/orders/SO-1")).body
        ledger = (await desk.get(MANAGER, "/api/orders/SO-1/promises?line=1")).body["items"]
        reasons = [entry["reason"] for entry in ledger if entry["line"] is not None and entry["kind"] == "actual"]
        return found["status"], found["lines"][0]["delivered"], found["lines"][0]["shown_by"], reasons

    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    assert await delivered() == ("completed", "2026-02-26", "DEPART", ["shown"])
    (made,) = [one for one in map(event, await desk.told()) if isinstance(one, OrderCreated)]
    assert (made.lines[0].delivered, made.lines[0].shown_by) == (date(2026, 2, 26), "DEPART")
    earlier = {"milestone": "DEPART", "date": "2026-02-25", "reason": "she sailed the evening before"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals/corrections", earlier)).status == 201
    assert await delivered() == ("completed", "2026-02-25", "DEPART", ["shown", "shown"])
    await recorded(desk, "ON_BOARD", "2026-02-24")
    assert (await delivered())[:3] == ("completed", "2026-02-24", None)


async def test_what_comes_after_the_delivery_is_due_overdue_and_done(desk: Desk) -> None:
    expected = await sailed(desk)
    assert [late for late in await overdue(desk) if late in REST] == []
    assert {about for kind, about in await tasks(desk) if kind == "milestone"} <= set(REST)
    first, second = await given(desk, topic="documents"), await given(desk, topic="payment")
    await settled(desk)
    assert {about for kind, about in await tasks(desk) if kind == "advice"} == {"documents", "payment"}
    assert (await desk.post(LI, first + "/answer", {"answer": "accepted", "on": "2026-03-01"})).status == 200
    assert await waiting(desk) == [second], "it goes on after the delivery, until nothing is to come"
    needed = {"code": "INVOICE", "department": "docs", "due_after": {"milestone": "DOC_SENT", "days": 0}}
    assert (await desk.post(MANAGER, "/api/orders/SO-1/documents", {"documents": [needed]})).status == 201
    await recorded(desk, "BL_ISS", "2026-03-01")
    await until(desk, expected["DOC_SENT"])
    assert named((await work(desk, DOCS))["due"], "order", "milestone") == [("SO-1", "DOC_SENT")]
    assert named((await work(desk, DOCS))["warnings"], "milestone") == ["DOC_SENT"], "the invoice that it takes is missing"
    assert {("milestone", "DOC_SENT"), ("milestone_at_risk", "DOC_SENT"), ("document", "INVOICE")} <= await tasks(desk)
    asked = {"milestone": "DOC_SENT", "question": "sent?", "answer_by": str(expected["DOC_SENT"]), "login": "he.yan"}
    assert (await desk.post(LI, "/api/orders/SO-1/chases", asked)).status == 201
    assert named((await work(desk, DOCS))["to_answer"], "milestone") == ["DOC_SENT"]
    await tomorrow(desk)
    assert named((await work(desk, DOCS))["overdue"], "order", "milestone") == [("SO-1", "DOC_SENT")]
    (warning,) = (await work(desk, LI))["warnings"]["items"]
    assert {reason["kind"] for reason in warning["reasons"]} == {"document_missing", "unanswered"}
    await until(desk, expected["PAY_BAL"] + timedelta(days=1))
    assert named((await work(desk, FINANCE))["overdue"], "milestone") == ["PAY_BAL"]
    assert await overdue(desk) == ["DOC_SENT", "PAY_BAL"]
    await until(desk, expected["AFTER_VISIT"] + timedelta(days=1))
    in_turn = [name for name in sorted(expected, key=expected.__getitem__) if name != "BL_ISS"]
    assert named((await work(desk, LI))["overdue"], "milestone") == in_turn
    assert sorted(await overdue(desk)) == sorted(REST[1:]), "each once"
    plan = await desk.expected()
    assert {name: date.fromisoformat(plan[name]) for name in REST[1:]} == {name: expected[name] for name in REST[1:]}, "no day moves them"
    dangers = [risk for one in map(event, await desk.told()) if isinstance(one, MilestoneAtRisk) for risk in one.risks]
    after = [reason.kind for risk in dangers if risk.milestone in REST for reason in risk.reasons]
    assert set(after) == {"document_missing", "unanswered"}
    today = str(desk.clock.now().date())
    for milestone in REST[1:]:
        await recorded(desk, milestone, today)
    (paper,) = (await desk.get(MANAGER, "/api/orders/documents?order=SO-1")).body["items"]
    assert (await desk.post(DOCS, f"/api/orders/documents/{paper['document']}/steps", {"state": "issued", "on": today})).status == 200
    await settled(desk)
    mine = await work(desk, LI)
    assert {name for name, part in mine.items() if name != "today" and part["items"]} == set()
    assert await tasks(desk) == set()
    assert (await desk.count("milestone_overdue"), await desk.count("milestone_risk")) == (0, 0)
    assert await desk.count("order_warning WHERE look_on IS NOT NULL") == 0


async def test_a_delay_closed_days_and_a_late_vessel_reach_what_was_delivered_when_it_left(desk: Desk) -> None:
    await sailed(desk)
    days = ["2026-04-02", "2026-04-04", "2026-04-07"]
    assert (await desk.expected())["ARRIVE"] == days[0]
    (order,) = (await desk.delayed(delay(days[1], "ARRIVE"), "/api/orders/shipments/SH-1"))["orders"]
    assert (order["number"], (await desk.expected())["ARRIVE"]) == ("SO-1", days[1])
    office = (await desk.get(MANAGER, "/api/orders/calendars/office")).body["calendar"]
    sent = (await desk.expected())["DOC_SENT"]
    closed = {"first": sent, "last": sent, "name": {"en": "Stocktaking"}}
    week = {name: office[name] for name in ("name", "week", "country")} | {"closures": [*office["closures"], closed]}
    assert (await desk.put(MANAGER, "/api/orders/calendars/office", week, If_Match='"0"')).status == 200
    assert await desk.recount() == 1
    assert (await desk.expected())["DOC_SENT"] > sent
    scope = {"kind": "vessel", "name": "Ever Given", "voyage": "042W"}
    known = await logged(desk, MANAGER, scope=scope, milestone="ARRIVE", to=days[2])
    assert (known["delayed"], (await desk.expected())["ARRIVE"]) == (1, days[2])
    await until(desk, date(2026, 4, 1))
    assert [one for one in map(event, await desk.told()) if isinstance(one, ShipmentArriving)] == []
    await until(desk, date(2026, 4, 2))
    (told,) = [one for one in map(event, await desk.told()) if isinstance(one, ShipmentArriving)]
    assert (str(told.eta), [one.number for one in told.orders]) == (days[2], ["SO-1"])


async def taken_over(desk: Desk) -> None:
    """A file of an order that was delivered on board, and of one that will be."""
    clerk = Clerk(desk._client, desk.database, desk.clock)
    document = DOCUMENT.model_dump(mode="json", exclude_defaults=True)
    document["constants"] |= {"template": "export-make", "incoterm": "FOB"}
    assert (await desk.put(LI, "/api/orders/mappings/test", document, If_Match='"0"')).status == 200
    rows = file("OLD,1,ACME,Tea,5,2025-06-01,2025-06-03,SH-9,,N/A", "NEW,1,ACME,Tea,5,2026-03-01,,SH-8,,N/A")
    assert (await clerk.send(LI, rows))[0] == 202
    await clerk.work()


async def test_what_was_delivered_when_it_was_taken_over_is_nobodys_work(desk: Desk) -> None:
    await sailed(desk)
    await taken_over(desk)
    await until(desk, date(2026, 6, 1))
    assert {task.order for task in await standing(desk)} == {"SO-1", "NEW"}
    late = (await work(desk, LI, "?part=overdue&limit=50"))["overdue"]["items"]
    assert {one["order"] for one in late} == {"SO-1", "NEW"}
    async with desk.database.connection() as connection:
        rows = await connection.fetch("SELECT o.number FROM order_warning w JOIN customer_order o ON o.id = w.order_id ORDER BY 1")
    assert [row["number"] for row in rows] == ["NEW", "SO-1"], "nobody looks at the other, not even once"
    # A file brings what is still to be delivered, too: that is followed as any.
    for milestone in ("PAY_DEP", "PP_OK", "DEPART"):
        assert (await desk.post(MANAGER, "/api/orders/NEW/actuals", {"milestone": milestone, "date": "2026-05-30"})).status == 201
    await until(desk, date(2026, 8, 1))
    late = (await work(desk, LI, "?part=overdue&limit=50"))["overdue"]["items"]
    assert {one["milestone"] for one in late if one["order"] == "NEW"} == set(REST)
    # Where the file was wrong it is one of these.
    wrong = {"milestone": "ON_BOARD", "date": None, "reason": "the goods of another order"}
    assert (await desk.post(MANAGER, "/api/orders/OLD/actuals/corrections", wrong)).status == 201
    await settled(desk)
    assert {task.about for task in await standing(desk) if task.order == "OLD" and task.kind == "milestone"} >= set(REST)


async def test_what_was_delivered_before_the_upgrade_is_nobodys_work(desk: Desk) -> None:
    """By the migration, which leaves what is passed and what is open as it is."""
    await sailed(desk)
    await desk.entered(number="SO-2")
    async with desk.database.connection() as connection:
        before = await connection.fetchval("SELECT count(*) FROM milestone WHERE NOT followed")
        (mark,) = [part for part in (SERVICE.migrations / "0140_after_delivery.sql").read_text().split(";") if "UPDATE milestone" in part]
        await connection.execute(mark)
        rows = await connection.fetch(
            "SELECT o.number, m.code FROM milestone m JOIN customer_order o ON o.id = m.order_id WHERE NOT m.followed"
        )
    assert (before, {(row["number"], row["code"]) for row in rows}) == (0, {("SO-1", name) for name in REST})
