"""Production through the service: reported by one and by many, corrected, listed, in danger, in the work list."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.orders.production.handlers import order_moved
from services.orders.production.store import MOVED
from services.orders.risks.handlers import look
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk
from tests.orders.firm import employ, member
from tests.orders.plans import line

PATH, OF = "/api/orders/production", "/api/orders/SO-1/production"
PLANNER = "qian.hong:planner"
FIRST = datetime(2026, 3, 30, 8, tzinfo=UTC)


async def made(desk: Desk, days: int, done: int, who: str = PLANNER, status: int = 201, **more: Any) -> Any:
    """A report on so many days after the first."""
    desk.clock.time = FIRST + timedelta(days=days)
    answer = await desk.post(who, OF, {"day": desk.clock.time.date().isoformat(), "done": done, **more})
    assert answer.status == status, answer.body
    return answer.body


async def test_progress_starts_a_milestone_moves_the_next_and_ends_it(desk: Desk) -> None:
    """Planned for 2026-06-01: PRD_END 2026-04-17, every day counted."""
    await desk.entered()
    first = await made(desk, 0, 100)
    assert (first["recorded"], first["not_recorded"]) == ([{"shipment": None, "milestone": "PRD_START", "day": "2026-03-30"}], [])
    second = await made(desk, 2, 300)
    (step,) = second["steps"]
    assert (step["rate"], step["finish"], step["bottleneck"], step["name"]["zh-CN"]) == ("100.00", "2026-04-10", True, "整体生产")
    assert second["expected"] == [
        {"shipment": None, "milestone": "PRD_END", "finish": "2026-04-10", "bottleneck_line": "1", "bottleneck_stage": "making"}
    ]
    node = next(one for one in (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"][0]["nodes"] if one["milestone"] == "PRD_END")
    assert (node["stated"]["day"], node["stated"]["source"]) == ("2026-04-10", "production")
    assert (await made(desk, 2, 300, status=200))["version"] == second["version"]
    assert (await desk.post(PLANNER, OF, {"day": "2026-04-01", "done": 299})).fields.keys() == {"done"}
    last = await made(desk, 9, 1200)
    assert last["recorded"] == [{"shipment": None, "milestone": "PRD_END", "day": "2026-04-08"}]
    types = [one for one in await desk.types() if one.startswith("production")]
    assert types == ["production.started", *["production.progressed"] * 3, "production.completed"]
    read = (await desk.get(LI, OF)).body
    assert (read["steps"][0]["done"], read["expected"][0]["finish"]) == ("1200", "2026-04-08")


async def test_a_workshop_reports_many_orders_and_each_is_answered_by_itself(desk: Desk) -> None:
    await desk.entered(line("1"), line("2", shipment="SH-1"))
    await desk.entered(number="BO-1", customer="BOLT")
    report = {"day": "2026-03-01", "done": 10}
    body = {
        "reports": [
            {"order": "SO-1", "line": "1", "stage": "sewing", **report},
            {"order": "SO-1", **report},
            {"order": "NONE", **report},
            {"order": "BO-1", **report, "done": 5000},
            {"order": "BO-1", **report},
            {"order": "BO-1", **report},
        ]
    }
    answer = await desk.post(PLANNER, PATH, body, Idempotency_Key="evening-1")
    assert answer.status == 200, answer.body
    assert [one["outcome"] for one in answer.body["reports"]] == ["taken", "refused", "refused", "refused", "taken", "unchanged"]
    assert [[error["field"] for error in one["errors"]] for one in answer.body["reports"][1:4]] == [["line"], ["order"], ["done"]]
    assert (answer.body["taken"], answer.body["unchanged"], answer.body["refused"]) == (2, 1, 3)
    assert [one["order"] for one in answer.body["orders"]] == ["SO-1", "BO-1"]
    again = await desk.post(PLANNER, PATH, body, Idempotency_Key="evening-1")
    assert again.body == answer.body
    others = await desk.post(CHEN, PATH, body)
    assert others.body["reports"][0]["reason"] == "there is no order SO-1"
    chinese = (await desk.post(CHEN, PATH, body, Accept_Language="zh-CN")).body["reports"][0]
    assert (chinese["reason"], chinese["errors"]) == ("没有订单 SO-1", [{"field": "order", "reason": "没有订单 SO-1"}])
    listed = (await desk.get(LI, PATH)).body["items"]
    assert [(one["order"], one["line"], one["stage"], one["done"]) for one in listed] == [("SO-1", "1", "sewing", "10")]
    assert len((await desk.get(MANAGER, PATH + "?limit=1")).body["items"]) == 1
    for query, found in (
        ("?order=BO-1", 1), ("?customer=ACME", 1), ("?stage=sewing", 1), ("?since=2026-03-02", 0), ("?behind=true", 0), ("?behind=false", 2)
    ):  # fmt: skip
        assert len((await desk.get(MANAGER, PATH + query)).body["items"]) == found, query
    first = (await desk.get(MANAGER, PATH + "?limit=1")).body
    assert (await desk.get(MANAGER, f"{PATH}?limit=1&cursor={first['next']}")).body["items"][0]["order"] == "SO-1"


async def test_a_report_is_corrected_with_its_reason_and_stays_on_record(desk: Desk) -> None:
    await desk.entered()
    await made(desk, 0, 100)
    await made(desk, 2, 900)
    wrong, _ = (await desk.get(LI, OF + "/reports")).body["items"]
    body = {"done": 300, "reason": "600 were of another order"}
    path = f"{PATH}/{wrong['report']}/correction"
    assert (await desk.post(CHEN, path, body)).status == 404
    assert (await desk.post(LI, path, {"done": 99, "reason": "no"})).fields.keys() == {"done"}
    assert (await desk.post(LI, path, {"done": 300})).fields.keys() == {"reason"}
    corrected = await desk.post(LI, path, body)
    assert (corrected.status, corrected.body["steps"][0]["done"], corrected.body["expected"][0]["finish"]) == (200, "300", "2026-04-10")
    again = await desk.post(LI, path, body)
    assert (again.status, again.slug) == (409, "report-corrected")
    reports = (await desk.get(LI, OF + "/reports?limit=2")).body
    assert [(one["done"], one["revision"], one["stands"], one["by"]) for one in reports["items"]] == [
        ("300", 1, True, "li.wei"), ("900", 0, False, "qian.hong"),
    ]  # fmt: skip
    assert (await desk.get(CHEN, OF + "/reports")).status == 404


async def test_a_wrong_report_takes_back_what_it_recorded(desk: Desk) -> None:
    await desk.entered()
    await made(desk, 0, 1200)
    (wrong,) = (await desk.get(LI, OF + "/reports")).body["items"]
    body = {"done": 0, "reason": "of another order"}
    told = len(await desk.told())
    right = (await desk.post(LI, f"{PATH}/{wrong['report']}/correction", body)).body
    assert right["corrected"] == [
        {"shipment": None, "milestone": one, "before": "2026-03-30", "actual": None} for one in ("PRD_END", "PRD_START")
    ]
    order = (await desk.get(LI, "/api/orders/SO-1")).body
    assert [one["milestone"] for one in order["plan"] if one["actual"]] == []
    assert right["version"] == order["version"]
    assert (await desk.types(told)).count("plan.reestimated") == 1, "in one move"
    assert (await made(desk, 0, 300))["recorded"] == [{"shipment": None, "milestone": "PRD_START", "day": "2026-03-30"}]


async def test_what_a_gate_keeps_from_being_recorded_is_when_it_is_met(desk: Desk) -> None:
    await desk.entered(template="export-make", incoterm="FOB")
    (missing,) = (await made(desk, 0, 100))["not_recorded"]
    assert (missing["milestone"], "waits for" in missing["reason"]) == ("PRD_START", True)
    desk.clock.time = FIRST + timedelta(days=3)
    for milestone in ("PP_OK", "PAY_DEP"):
        assert (await desk.get(LI, OF)).body["not_recorded"] != []
        before = len(await desk.told())
        met = await desk.post(MANAGER, "/api/orders/SO-1/actuals", {"milestone": milestone, "date": "2026-04-02"})
        assert met.status == 201, met.body
        told = await desk.types(before)
        due = [one for one in await desk.due() if one.kind == MOVED]
        assert due != []
        async with desk.database.transaction() as tx:
            await order_moved(tx, due, desk.clock.now())
        assert await desk.types(before) == told
    assert (told.count("milestone.achieved"), told.count("plan.reestimated")) == (2, 1), "the gate and the start, in one move"
    assert (await desk.get(LI, OF)).body["not_recorded"] == []
    plan = (await desk.get(LI, "/api/orders/SO-1")).body["plan"]
    assert next(one["actual"] for one in plan if one["milestone"] == "PRD_START") == "2026-04-02"
    async with desk.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM order_watch WHERE kind = $1", MOVED) == 0


async def test_who_may_report(desk: Desk) -> None:
    await desk.entered()
    await employ(desk, member("zhou.min", department="production"), member("he.yan", department="docs"))
    assert (await made(desk, 0, 10, FINANCE))["steps"][0]["done"] == "10"
    assert (await made(desk, 0, 20, FINANCE, 403, stage="packing"))["detail"].endswith("the department production")
    await made(desk, 0, 20, "he.yan:docs", 403)
    await made(desk, 0, 20, "nobody:docs", 403)
    await made(desk, 0, 20, CHEN, 404)


async def test_what_is_behind_is_in_danger_and_in_the_work_list(desk: Desk) -> None:
    await desk.entered()
    await employ(desk, member("zhou.min", department="production"))
    await made(desk, 0, 0)
    await made(desk, 2, 100)
    while await look(desk.database, desk.clock):
        pass
    (risk,) = (await desk.get(LI, "/api/orders/risks?milestone=PRD_END")).body["items"]
    reason = next(one for one in risk["reasons"] if one["kind"] == "quantity_behind")
    assert (reason["days"], reason["by"]) == (-6, "making")
    assert reason["text"] == {
        "en": "the quantity of production as a whole is behind the rate that is needed",
        "zh-CN": "整体生产 产量落后于所需进度",
    }
    (step,) = (await desk.get(LI, PATH + "?behind=true")).body["items"]
    assert (step["rate"], step["needed"], step["finish"]) == ("50.00", "2026-04-17", "2026-04-23")
    for who in (LI, FINANCE):
        (work,) = (await desk.get(who, "/api/orders/work")).body["production"]["items"]
        assert (work["order"], work["by"], work["days"], work["link"]) == ("SO-1", "making", -6, OF)


async def test_the_steps_of_the_firm(desk: Desk) -> None:
    stages = (await desk.get(LI, PATH + "/stages")).body["items"]
    assert [one["code"] for one in stages] == ["making", "cutting", "sewing", "finishing", "packing"]
    body = {"name": {"en": "washing", "zh-CN": "水洗"}, "last": False, "position": 25}
    assert (await desk.put(LI, PATH + "/stages/washing", body, If_Match='"0"')).status == 403
    made_new = await desk.put(MANAGER, PATH + "/stages/washing", body, If_Match='"0"')
    assert (made_new.status, made_new.body["version"], made_new.body["milestone"]) == (200, 1, "PRD_END")
    assert (await desk.put(MANAGER, PATH + "/stages/washing", body, If_Match='"0"')).status == 412
    assert [one["code"] for one in (await desk.get(LI, PATH + "/stages")).body["items"]][2:4] == ["sewing", "washing"]
    assert (await desk.put(MANAGER, PATH + "/stages/Washing", body, If_Match='"0"')).status == 422
