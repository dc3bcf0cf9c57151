"""Plans, templates and calendars over HTTP."""

from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from services.orders.calendars import store as calendars
from shared.contracts.orders import CalendarChanged, PlanReestimated
from shared.messaging.record import Stamp
from tests.orders.calls import LI, MANAGER, Desk, event, order, refusal
from tests.orders.firm import employ, member
from tests.orders.plans import line, step


async def export(desk: Desk, promised: str = "2026-09-30", **changes: Any) -> Any:
    return await desk.entered(line(promised=promised, supplier="MILL"), template="export-make", incoterm="FOB", **changes)


async def plan(desk: Desk, number: str = "SO-1") -> dict[str, Any]:
    """Nodes of the only leg by milestone."""
    (leg,) = (await desk.get(LI, f"/api/orders/{number}/plan")).body["legs"]
    return {node["milestone"]: node for node in leg["nodes"]}


async def test_an_export_order_is_planned_in_its_calendars(desk: Desk) -> None:
    """FOB 30 September: on board that day; the factory works no Sunday but the one that is moved, the customer approves in German days."""
    await export(desk)
    nodes = await plan(desk)
    assert nodes["ON_BOARD"]["planned"] == "2026-09-30"
    assert (nodes["PP_OK"]["calendar"], nodes["QC_FINAL"]["calendar"], nodes["ARRIVE"]["calendar"]) == (
        "country-de",
        "factory",
        "every-day",
    )
    assert nodes["QC_FINAL"]["planned"] == "2026-09-20", "a Sunday that is worked in exchange for the National Day"
    assert all(date.fromisoformat(nodes[code]["planned"]).weekday() < 6 for code in ("PRD_START", "PRD_END", "PACKED"))
    assert all(node["slack_days"] >= 0 for node in nodes.values())
    critical = [code for code, node in nodes.items() if node["critical"]]
    assert critical[0] == "ORD_REVIEW"
    assert critical[-1] == "ON_BOARD"
    weekend = next(one for one in nodes["PRD_END"]["skipped"] if one["why"] == "week")
    assert weekend["name"] == {"en": "Sunday", "zh-CN": "周日"}


async def test_a_country_has_its_calendar_when_it_is_first_asked_for(desk: Desk) -> None:
    await export(desk)
    await export(desk, number="SO-2")
    told = [event(envelope) for envelope in await desk.told() if envelope.type.endswith("calendar.changed.v1")]
    assert [(one.calendar.code, one.calendar.name.zh_cn) for one in told if isinstance(one, CalendarChanged)] == [("country-de", "德国")]


async def test_a_delay_with_slack_moves_no_promise_and_says_what_drives(desk: Desk) -> None:
    await export(desk)
    free = await plan(desk)
    slack = {code: node["float_days"] for code, node in free.items()}
    assert slack["PP_OK"] > 0
    answer = await desk.delayed(
        {"milestone": "MAT_IN", "new_date": "2026-08-31", "causes": [{"code": "SUP-LATE"}], "action": {"en": "pressing the mill"}}
    )
    moved = {node["milestone"]: node for node in answer["orders"][0]["nodes"]}
    assert moved["PRD_START"]["driven_by"] == "MAT_IN"
    assert moved["PRD_START"]["name"] == {"en": "Production starts", "zh-CN": "生产启动"}
    now = await plan(desk)
    assert now["MAT_IN"]["held_to"] == "2026-08-31"
    assert now["ON_BOARD"]["slack_days"] < 0
    assert next(code for code, node in now.items() if node["critical"]) == "MAT_IN"


async def test_a_plan_can_be_seen(desk: Desk) -> None:
    """The date of a bar stands at its end, or before it where a mark follows close behind: not at the planned day of what came early."""
    await export(desk)
    for code in ("ORD_REVIEW", "ORD_CONF"):
        assert (await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": code, "date": "2026-03-01"})).status == 201
    for language, title in (("en", "Plan of order SO-1"), ("zh-CN", "订单 SO-1 进度计划")):
        answer = await desk.call(LI, "GET", "/api/orders/SO-1/plan.svg", Accept_Language=language)
        assert (answer.headers["Vary"], answer.headers["Cache-Control"]) == ("Accept-Language", "private, no-cache")
        drawing = ElementTree.fromstring(answer.body)
        texts = ["".join(text.itertext()) for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
        assert title in texts
        rows = list(drawing.iter("{http://www.w3.org/2000/svg}g"))
        assert len(rows) == 24
        for row in rows:
            bar, at = row.find("{http://www.w3.org/2000/svg}rect"), float(row[-1].attrib["x"])
            assert bar is not None
            begin, long = float(bar.attrib["x"]), float(bar.attrib["width"])
            assert abs(at - begin - long) < 9 or (row[-1].attrib["text-anchor"], begin - at) == ("end", 8)


async def test_the_earliest_promise_is_said_before_the_order_is_entered(desk: Desk) -> None:
    body = {"start": "2026-03-02", "incoterm": "FOB", "country": "DE", "requested": "2026-04-30"}
    tried = (await desk.post(LI, "/api/orders/templates/export-make/trials", body)).body
    assert tried["delivery_point"] == "ON_BOARD"
    assert tried["slack_days"] == (date(2026, 4, 30) - date.fromisoformat(tried["earliest_promise"])).days < 0
    # Nobody packs on a Sunday: it is to be done on the Saturday before.
    sunday = {**body, "incoterm": "EXW", "requested": "2026-08-30"}
    spare = (await desk.post(LI, "/api/orders/templates/export-make/trials", sunday)).body
    packed = date.fromisoformat(spare["earliest_promise"])
    made = await desk.entered(
        line(promised="2026-08-30", supplier="MILL"), template="export-make", incoterm="EXW", ordered_on="2026-03-01", number="SO-9"
    )
    assert spare["slack_days"] == made["legs"][0]["slack_days"] == (date(2026, 8, 29) - packed).days
    made = await export(desk, promised=tried["earliest_promise"])
    keeps = {"shipment": None, "earliest_promise": tried["earliest_promise"], "provisional": False, "slack_days": 0, "feasible": True}
    assert made["legs"] == [keeps]
    nodes = await plan(desk)
    assert nodes["ORD_REVIEW"]["planned"] == "2026-03-02"
    assert {one["milestone"] for one in tried["milestones"] if one["critical"]} >= {"ORD_REVIEW", "MAT_IN", "PRD_END", "ON_BOARD"}
    assert await desk.count("customer_order") == 2
    # Entered all the same, with what is wrong with it: each leg by its own promise.
    made = await export(desk, promised="2026-04-30", number="SO-2")
    breaks = {**keeps, "slack_days": tried["slack_days"], "feasible": False}
    assert made["legs"] == [breaks]
    await desk.post(LI, "/api/orders/shipments", {"number": "SH-7", "mode": "sea"})
    lines = [line("2", shipment="SH-7", promised="2026-12-31"), line("3", shipment="SH-1", promised="2026-02-01", delivered="2026-02-01")]
    added = (await desk.post(LI, "/api/orders/SO-2/lines", {"lines": lines})).body["legs"]
    over = {"shipment": "SH-1", "earliest_promise": None, "provisional": None, "slack_days": None, "feasible": None}
    can = {leg["shipment"]: leg for leg in added}
    assert (can[None], can["SH-1"], can["SH-7"]["feasible"]) == (breaks, over, True)
    read = (await desk.get(LI, "/api/orders/SO-2/plan")).body["legs"]
    assert [{name: leg[name] for name in keeps} for leg in read] == added


async def test_what_is_reckoned_beyond_the_published_list_is_provisional(desk: Desk) -> None:
    """With all that waits for it; what lies before stays as it is."""
    path = "/api/orders/templates/export-make/trials"
    tried = (await desk.post(LI, path, {"start": "2026-12-15", "incoterm": "FOB"})).body
    unsure = {one["milestone"] for one in tried["milestones"] if one["provisional"]}
    assert unsure == {one["milestone"] for one in tried["milestones"] if one["earliest"] >= "2027-01-01"} >= {"ON_BOARD", "PRD_START"}
    assert tried["provisional"] is True
    made = await export(desk, promised="2027-02-10")
    nodes = await plan(desk)
    assert {one["milestone"] for one in nodes.values() if one["provisional"]} == {
        one["milestone"] for one in nodes.values() if one["estimated"] >= "2027-01-01"
    }
    assert made["legs"][0]["provisional"] is False
    for language, word in (("en", "provisional"), ("zh-CN", "暂定")):
        drawing = ElementTree.fromstring((await desk.call(LI, "GET", "/api/orders/SO-1/plan.svg", Accept_Language=language)).body)
        rows = [["".join(text.itertext()) for text in row] for row in drawing.iter("{http://www.w3.org/2000/svg}g")]
        assert {(word in told, date[:2] == "≈ ") for told, _, *_, date in rows} == {(True, True), (False, False)}
        assert sum(word in told for told, *_ in rows) == sum(one["provisional"] for one in nodes.values())
    for body, field in (({"start": "2020-12-15"}, "start"), ({"start": "2026-03-02", "supplier": "NO"}, "supplier")):
        assert (await desk.post(LI, path, body)).fields.keys() == {field}


async def test_a_template_is_revised_and_orders_keep_theirs(desk: Desk) -> None:
    await export(desk)
    stored = (await desk.get(MANAGER, "/api/orders/templates/export-make")).body
    version = stored["version"]
    steps = [one for one in stored["template"]["milestones"] if one["code"] != "AFTER_VISIT"]
    steps.append({**step("LABELS", 2, "PRD_START", calendar="factory"), "name": {"en": "Labels", "zh-CN": "贴标"}})
    revised = {**stored["template"], "milestones": steps}
    answer = await desk.put(MANAGER, "/api/orders/templates/export-make", revised, If_Match=f'"{version}"')
    assert (answer.status, answer.body["version"]) == (200, version + 1)
    assert (await desk.put(MANAGER, "/api/orders/templates/export-make", revised, If_Match=f'"{version}"')).slug == "stale"
    await export(desk, number="SO-2")
    assert "AFTER_VISIT" in await plan(desk)
    assert "LABELS" in await plan(desk, "SO-2")
    kept = await desk.get(LI, f"/api/orders/templates/export-make?revision={version}")
    assert kept.body["template"] == stored["template"]


async def test_a_wrong_template_is_refused_with_its_reasons(desk: Desk) -> None:
    def template(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return {"code": "own", "name": {"en": "own"}, "delivery_point": steps[-1]["code"], "milestones": steps, **changes}

    circle = template(step("AA", 1, "BB"), step("BB", 1, "AA"))
    answer = await desk.post(MANAGER, "/api/orders/templates", circle)
    assert refusal(answer) == (422, "invalid", {"milestones": "the milestones wait for each other in a circle: AA -> BB -> AA"})
    answer = await desk.post(MANAGER, "/api/orders/templates", template(step("AA", 1, calendar="moon")))
    assert refusal(answer) == (422, "invalid", {"milestones.0.calendar": "there is no calendar moon"})
    assert (await desk.post(LI, "/api/orders/templates", template(step("AA", 1)))).status == 403
    assert (await desk.post(MANAGER, "/api/orders/templates", template(step("AA", 1)))).status == 201
    assert (await desk.post(MANAGER, "/api/orders/templates", template(step("AA", 1)))).slug == "template-exists"


async def test_calendars_say_which_days_do_not_count(desk: Desk) -> None:
    days = (await desk.get(LI, "/api/orders/calendars/office/days?first=2026-02-12&last=2026-02-24")).body
    why = {one["day"]: (one["why"], one["name"]["zh-CN"]) for one in days["skipped"]}
    assert "2026-02-14" not in why, "a Saturday that is worked in exchange for the festival"
    assert why["2026-02-15"] == why["2026-02-17"] == ("holiday", "春节"), "a Sunday of the break"
    assert days["provisional_from"] == "2027-01-01"
    later = (await desk.get(LI, "/api/orders/calendars/office/days?first=2027-02-06&last=2027-02-06")).body
    assert [one["provisional"] for one in later["skipped"]] == [True]
    alone = (await desk.get(LI, "/api/orders/calendars/office/days?first=2026-02-17&last=2026-02-17")).body
    assert (alone["worked"], [one["day"] for one in alone["skipped"]]) == (0, ["2026-02-17"])


async def test_calendars_are_written_with_their_version(desk: Desk) -> None:
    week = {"name": {"en": "Mill", "zh-CN": "棉纺厂"}, "week": "alternating", "anchor": "2026-03-02", "country": "CN"}
    made = await desk.post(MANAGER, "/api/orders/calendars", {**week, "code": "mill", "owner_kind": "supplier", "owner": "MILL"})
    assert (made.status, made.body["version"]) == (201, 1)
    await export(desk)
    assert (await plan(desk))["MAT_IN"]["calendar"] == "mill"
    again = {**week, "code": "mill-2", "owner_kind": "supplier", "owner": "MILL"}
    owned, named = [await desk.post(MANAGER, "/api/orders/calendars", body) for body in (again, {**week, "code": "mill"})]
    assert (owned.slug, owned.fields) == ("calendar-exists", {"owner": "MILL has the calendar mill: change that one"})
    assert (named.slug, list(named.fields)) == ("calendar-exists", ["code"])
    assert (await desk.put(MANAGER, "/api/orders/calendars/mill", week, If_Match='"7"')).slug == "stale"
    unanchored = await desk.put(MANAGER, "/api/orders/calendars/mill", {**week, "anchor": None}, If_Match='"1"')
    assert (unanchored.status, list(unanchored.fields)) == (422, ["anchor"])
    assert (await desk.put(MANAGER, "/api/orders/calendars/every-day", week, If_Match='"0"')).status == 422
    assert (await desk.put(MANAGER, "/api/orders/calendars/mill", week, If_Match='"1"')).body["version"] == 2


async def test_a_calendar_is_somebodys_who_is_known(desk: Desk) -> None:
    """A department that no one works in yet is known by the templates; of carriers there is no list."""
    week = {"name": {"en": "Own days"}, "week": "six_days"}

    async def made(code: str, kind: str, owner: str) -> tuple[int, list[str]]:
        answer = await desk.post(MANAGER, "/api/orders/calendars", {**week, "code": code, "owner_kind": kind, "owner": owner})
        return answer.status, list(answer.fields) if answer.status == 422 else []

    for kind, owner in (("supplier", "MIL"), ("supplier", "mill"), ("department", "kitchen"), ("customer_country", "XX")):
        assert await made("nobodys", kind, owner) == (422, ["owner"]), owner
    assert (await desk.get(MANAGER, "/api/orders/calendars/nobodys")).status == 404
    assert await made("qc-days", "department", "qc") == (201, [])
    await employ(desk, member("hu.bin", department="kitchen"))
    assert await made("kitchen-days", "department", "kitchen") == (201, [])
    assert await made("cosco-days", "carrier", "COSCO") == (201, [])


async def test_a_changed_calendar_moves_the_plans_that_count_in_it(desk: Desk) -> None:
    """Tried first, which writes nothing; then changed, which tells each order once."""
    await export(desk)
    await export(desk, number="SO-2", promised="2026-12-31")
    await desk.entered(line(promised="2026-09-30"), number="SO-3", template="export-sea")
    stored = (await desk.get(MANAGER, "/api/orders/calendars/factory")).body["calendar"]
    repairs = {"first": "2026-09-01", "last": "2026-09-12", "name": {"en": "repairs", "zh-CN": "检修"}}
    changed = {name: stored[name] for name in ("name", "week", "country")} | {"closures": [*stored["closures"], repairs]}
    before = await desk.told()
    tried = (await desk.post(MANAGER, "/api/orders/calendars/factory/trials", changed)).body["items"]
    assert [one["number"] for one in tried] == ["SO-1"]
    assert tried[0]["at_risk"] == ["1"]
    assert await desk.told() == before
    assert (await desk.put(MANAGER, "/api/orders/calendars/factory", changed, If_Match='"0"')).status == 200
    await desk.recount()
    told = [event(envelope) for envelope in (await desk.told())[len(before) :]]
    assert [type(one).__name__ for one in told] == ["CalendarChanged", "PlanReestimated", "PromiseAtRisk"]
    moved = told[1]
    assert isinstance(moved, PlanReestimated)
    assert (moved.number, moved.because) == ("SO-1", "calendar_changed")
    assert [one.model_dump(mode="json", by_alias=True) for one in moved.nodes] == tried[0]["nodes"]
    closed = [one for one in (await plan(desk))["PRD_END"]["skipped"] if one["why"] == "closure"]
    assert [(one["first"], one["last"], one["name"]["zh-CN"]) for one in closed] == [("2026-09-01", "2026-09-12", "检修")]
    assert await desk.due() == []


async def test_plans_are_recounted_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.orders.calendars.handlers.AT_ONCE", 2)
    for number in range(1, 6):
        await export(desk, number=f"SO-{number}")
    stored = (await desk.get(MANAGER, "/api/orders/calendars/factory")).body["calendar"]
    changed = {name: stored[name] for name in ("name", "country", "closures")} | {"week": "five_days"}
    assert (await desk.put(MANAGER, "/api/orders/calendars/factory", changed, If_Match='"0"')).status == 200
    batches = await desk.recount()
    assert batches == 3
    told = [event(envelope) for envelope in await desk.told()]
    assert sorted(one.number for one in told if isinstance(one, PlanReestimated)) == [f"SO-{number}" for number in range(1, 6)]


async def test_a_new_official_list_has_the_plans_recounted(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        stamp = Stamp(time=desk.clock.now(), correlation_id="1", actor="official list")
        assert await calendars.take_lists(tx, stamp) == []
        assert await calendars.take_lists(tx, stamp) == []
        await tx.execute("INSERT INTO public_list (digest, country, document) VALUES ('of last year', 'CN', '{}')")
        await tx.execute("UPDATE calendar SET public_days = 'of last year' WHERE code = 'factory'")
        assert await calendars.take_lists(tx, stamp) == ["factory"]
    assert [one.payload["code"] for one in await desk.due()] == ["factory"]


async def test_a_gate_is_met_before_what_comes_after_it(desk: Desk) -> None:
    await export(desk, promised="2026-06-30")
    happened = {"milestone": "PRD_START", "date": "2026-03-01"}
    answer = await desk.post(LI, "/api/orders/SO-1/actuals", happened)
    assert (answer.status, answer.slug, answer.body["gate"]) == (409, "gate-closed", "PAY_DEP")
    for gate in ("PAY_DEP", "PP_OK"):
        assert (await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": gate, "date": "2026-03-01"})).status == 201
    assert (await desk.post(LI, "/api/orders/SO-1/actuals", happened)).status == 201
    ledger = (await desk.get(LI, "/api/orders/SO-1/promises?milestone=PP_OK&kind=actual")).body["items"]
    assert [one["actor"] for one in ledger] == ["li.wei"]


async def test_a_booking_leaves_the_material_to_come(desk: Desk) -> None:
    """It waits for the start of production, not for what is before that: it is no gate's matter, and the material can still be late."""
    await export(desk)
    before = await desk.expected()
    assert (await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "BKG_CONF", "date": "2026-03-01"})).status == 201
    assert {code for code, day in (await desk.expected()).items() if day != before[code]} == {"BKG_CONF"}
    assert [code for code, node in (await plan(desk)).items() if node["passed"]] == ["BKG_CONF"]
    late = {"milestone": "MAT_IN", "new_date": "2026-09-20", "causes": [{"code": "MAT-SHORT"}], "action": {"en": "air freight"}}
    assert (await desk.delayed(late))["delay"]


async def test_the_template_is_chosen_by_what_the_order_is(desk: Desk) -> None:
    wanted: dict[str, tuple[dict[str, Any], str, str]] = {
        "SO-1": ({"trade_type": "export"}, "export-make", "ON_BOARD"),
        "SO-2": ({"trade_type": "export", "mode": "air"}, "export-make-air", "HANDED_OVER"),
        "SO-3": ({"trade_type": "domestic", "mode": "road"}, "domestic-make", "DEPART"),
        "SO-4": ({"trade_type": "export", "mode": "courier", "urgent": True}, "urgent", "DEPART"),
    }
    for number, (said, template, point) in wanted.items():
        made = await desk.entered(line(promised="2026-12-31"), number=number, template=None, incoterm="FOB", **said)
        assert (made["template"], made["delivery_point"], made["urgent"]) == (template, point, said.get("urgent", False))


async def test_a_template_that_is_named_must_be_for_such_orders(desk: Desk) -> None:
    answer = await desk.post(LI, "/api/orders", order(template="bonded-make"))
    assert refusal(answer) == (422, "invalid", {"template": "template bonded-make is for bonded orders"})


async def test_urgent_orders_have_a_queue_of_their_own(desk: Desk) -> None:
    await desk.entered()
    await desk.entered(number="SO-2", template=None, urgent=True)
    queue = (await desk.get(LI, "/api/orders?urgent=true")).body["items"]
    assert [one["number"] for one in queue] == ["SO-2"]
