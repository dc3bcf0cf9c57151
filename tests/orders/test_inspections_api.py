"""Inspections over HTTP on a real database: planned, failed, repeated, waived; what they hold up, endanger and tell."""

from datetime import UTC, datetime
from typing import Any

from shared.contracts.inspections import InspectionFailed
from tests.orders.calls import CHEN, LI, MANAGER, Desk, event, kind, refusal
from tests.orders.firm import GM, employ, member
from tests.orders.plans import line
from tests.orders.test_risks_api import looked

PLAN, PATH = "/api/orders/SO-1/inspections", "/api/orders/inspections"
QIAN, WU = "qian.li:qc", "wu.gang:clerk"
SAMPLING = {"lot_size": 1200, "sample_size": 80, "major": {"accept": 5, "aql": "2.5"}, "minor": {"accept": 7, "aql": "4.0"}}
# QC_FINAL is expected on 2026-04-19, two days after PRD_END.
FINAL: dict[str, Any] = {"type": "final", "day": "2026-04-21", "inspector": "qian.li", "sampling": SAMPLING}
SEAMS = [{"severity": "major", "description": "open seam", "count": 9}]


def again(**changes: Any) -> dict[str, Any]:
    """An inspection as it is planned anew."""
    return {name: value for name, value in {**FINAL, **changes}.items() if name != "type"}


def found(outcome: str, on: str = "2026-04-21", **changes: Any) -> dict[str, Any]:
    return {"outcome": outcome, "date": on, "inspected": 80, "defects": SEAMS if outcome == "failed" else [], **changes}


async def planned(desk: Desk, who: str = QIAN, **changes: Any) -> str:
    """The path of an inspection of the order, on whose day it is then."""
    answer = await desk.post(who, PLAN, {**FINAL, **changes})
    assert answer.status == 201, answer.body
    desk.clock.time = datetime(2026, 4, 21, 8, tzinfo=UTC)
    return str(answer.headers["Location"])


async def staffed(desk: Desk, **changes: Any) -> None:
    """Inspectors, and an order that is made, unless `changes` say otherwise."""
    await employ(desk, member("qian.li", department="qc"), member("wang.fang"), member("hu.jun", department="qc"))
    made = {"milestone": "PRD_END", "date": "2026-02-28", "shipment": "SH-1"}
    await desk.entered(line(shipment="SH-1"), **{"actuals": [made], **changes})


async def test_goods_that_fail_wait_until_they_pass(desk: Desk) -> None:
    await staffed(desk)
    path = await planned(desk)
    expected = await desk.expected()
    assert (expected["QC_FINAL"], expected["DEPART"]) == ("2026-04-21", "2026-04-29")
    for who in (QIAN, LI, "hu.jun:qc"):
        assert [one["link"] for one in (await desk.get(who, "/api/orders/work")).body["inspections"]["items"]] == [path]
    assert (await desk.get(CHEN, "/api/orders/work")).body["inspections"]["items"] == []
    wrong = await desk.post(QIAN, path + "/result", found("passed", defects=SEAMS))
    assert refusal(wrong) == (422, "invalid", {"outcome": "major defects: 9 found, 5 accepted: it has failed"})
    await looked(desk)
    failed = await desk.post(QIAN, path + "/result", found("failed"))
    assert (failed.status, failed.body["state"], failed.body["open"], failed.body["reported_by"]) == (200, "failed", True, "qian.li")
    exception = (await desk.get(LI, failed.body["exception"])).body
    assert [exception[name] for name in ("kind", "severity", "under_investigation", "detected_on")] == [
        "quality",
        "major",
        True,
        "2026-04-21",
    ]
    assert [(one["line"], one["quantity"]) for one in exception["affected"]] == [("1", "1200")]
    assert exception["description"] == "最终验货 / final inspection: 9 × open seam (major)"
    # Neither what it is to meet nor what comes after happens, on whichever path.
    for at, milestone in (("SO-1", "QC_FINAL"), ("shipments/SH-1", "DEPART")):
        stopped = await desk.post(LI, f"/api/orders/{at}/actuals", {"milestone": milestone, "date": "2026-04-21"})
        assert (stopped.status, stopped.slug, stopped.body["inspection"]) == (409, "inspection-failed", path.rsplit("/", 1)[1])
    ((_, told),) = [one for one in await looked(desk) if one[0] == "at_risk"]
    assert ("QC_FINAL", "inspection_failed") in [(risk.milestone, reason.kind) for risk in told.risks for reason in risk.reasons]
    repeat = await desk.post("hu.jun:planner", path + "/repeats", again(day="2026-04-24"))
    assert (repeat.status, repeat.body["repeats"], repeat.body["lines"]) == (201, path.rsplit("/", 1)[1], ["1"])
    assert (await desk.post(QIAN, path + "/repeats", again())).slug == "inspection-elsewhere"
    assert (await desk.expected())["QC_FINAL"] == "2026-04-24"
    desk.clock.time = datetime(2026, 4, 24, 8, tzinfo=UTC)
    passed = await desk.post(QIAN, repeat.body["link"] + "/result", found("passed", "2026-04-24"))
    assert (passed.status, passed.body["state"], passed.body["open"]) == (200, "passed", False)
    assert passed.body["moved"]["recorded"] == [{"shipment": "SH-1", "milestone": "QC_FINAL", "day": "2026-04-24"}]
    plan = (await desk.get(LI, "/api/orders/SO-1")).body
    assert next(node["actual"] for node in plan["plan"] if node["milestone"] == "QC_FINAL") == "2026-04-24"
    assert (await desk.get(LI, path)).body["open"] is False
    assert [risk for deed, told in await looked(desk) for risk in told.risks if deed == "risk_cleared" and risk.milestone == "QC_FINAL"]
    envelopes = [one for one in await desk.told() if kind(one).startswith("inspection")]
    assert [kind(one).removeprefix("inspection.") for one in envelopes] == ["planned", "failed", "planned", "passed"]
    second = event(envelopes[1])
    assert isinstance(second, InspectionFailed)
    assert (str(second.inspection.exception_id), second.inspection.defects[0].count) == (exception["exception"], 9)
    mine = [one.sequence for one in await desk.told() if one.subject == envelopes[0].subject]
    assert mine == list(range(1, plan["version"] + 1))


async def test_goods_that_failed_do_not_leave_where_the_plan_inspects_nothing(desk: Desk) -> None:
    await staffed(desk, template="from-stock", actuals=[])
    path = await planned(desk)
    for milestone in ("PACKED", "PAY_BAL"):
        done = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": milestone, "date": "2026-04-21"})
        assert done.status == 201, done.body
    failed = await desk.post(QIAN, path + "/result", found("failed"))
    assert (failed.status, failed.body["milestone"]) == (200, None)
    sent = {"milestone": "DEPART", "date": "2026-04-21"}
    stopped = await desk.post(LI, "/api/orders/shipments/SH-1/actuals", sent)
    assert (stopped.status, stopped.slug, stopped.body["inspection"]) == (409, "inspection-failed", path.rsplit("/", 1)[1])
    assert (await desk.post(GM, path + "/waiver", {"date": "2026-04-21", "reason": "the buyer takes them"})).status == 200
    assert (await desk.post(LI, "/api/orders/shipments/SH-1/actuals", sent)).status == 201


async def test_a_manager_lets_them_go_but_not_his_own(desk: Desk) -> None:
    await staffed(desk)
    path = await planned(desk, inspector=None, third_party="SGS")
    assert (await desk.post(MANAGER, path + "/result", found("failed"))).status == 200
    first = (await desk.get(LI, path)).body["exception"]
    waiver = {"date": "2026-04-21", "reason": "the buyer takes them at 3 % less"}
    assert (await desk.post(LI, path + "/waiver", waiver)).status == 403
    own = await desk.post(MANAGER, path + "/waiver", waiver)
    assert (own.status, own.slug) == (403, "own-work")
    # What fails again is seen to in the same exception.
    repeat = (await desk.post(LI, path + "/repeats", again(inspector=None, third_party="SGS"))).body["link"]
    assert (await desk.post(LI, repeat + "/result", found("failed"))).body["exception"] == first
    assert (await desk.post(GM, repeat + "/waiver", {**waiver, "date": "2026-04-20"})).fields.keys() == {"date"}
    waived = await desk.post(GM, repeat + "/waiver", waiver)
    assert (waived.status, waived.body["state"], waived.body["waived_by"], waived.body["open"]) == (200, "waived", "gu.ming", False)
    done = await desk.post(LI, "/api/orders/shipments/SH-1/actuals", {"milestone": "DEPART", "date": "2026-04-21"})
    assert done.status == 201, done.body


async def test_lists_changes_and_sight(desk: Desk) -> None:
    await staffed(desk)
    path = await planned(desk)
    lab = await planned(desk, LI, type="lab", day="2026-03-05", inspector=None, third_party="SGS", lines=["1"])
    queries = {
        "": [lab, path],
        "?order=SO-1&customer=ACME&open=true": [lab, path],
        "?type=lab&state=planned": [lab],
        "?inspector=SGS": [lab],
        "?inspector=qian.li": [path],
        "?planned_from=2026-04-01": [path],
        "?planned_to=2026-04-01": [lab],
        "?open=false": [],
    }
    for query, paths in queries.items():
        assert [one["link"] for one in (await desk.get(QIAN, PATH + query)).body["items"]] == paths, query
    first = (await desk.get(LI, PATH + "?limit=1")).body
    assert [one["link"] for one in (await desk.get(LI, f"{PATH}?limit=1&cursor={first['next']}")).body["items"]] == [path]
    assert (await desk.put(LI, path, again(), If_Match='"7"')).slug == "stale"
    moved = await desk.put(LI, path, again(day="2026-04-23"), If_Match='"1"')
    assert (moved.status, moved.body["day"], moved.body["version"]) == (200, "2026-04-23", 2)
    assert (await desk.expected())["QC_FINAL"] == "2026-04-23"
    gone = await desk.post(LI, path + "/withdrawal", {"reason": "the buyer inspects"})
    assert (gone.body["state"], gone.body["reason"], (await desk.expected())["QC_FINAL"]) == (
        "withdrawn",
        "the buyer inspects",
        "2026-04-21",
    )
    assert (await desk.post(LI, path + "/result", found("passed"))).slug == "inspection-elsewhere"
    # Out of sight is not there, and who inspects nothing may not say so.
    assert (await desk.get(CHEN, path)).status == 404
    assert (await desk.get(CHEN, PATH)).body["items"] == []
    assert (await desk.post(CHEN, PLAN, FINAL)).status == 404
    assert (await desk.post(CHEN, lab + "/result", found("passed"))).status == 404
    assert (await desk.post("zhou.min:finance", PLAN, FINAL)).status == 403


async def test_who_makes_it_sees_it_and_reports_what_is_made(desk: Desk) -> None:
    """Wu Gang of the warehouse sees no order of the customer."""
    await staffed(desk)
    await employ(desk, member("wu.gang", department="warehouse"))
    path = await planned(desk, LI, inspector="wu.gang")
    assert (await desk.get(WU, "/api/orders/SO-1")).status == 404
    assert [one["link"] for one in (await desk.get(WU, "/api/orders/work")).body["inspections"]["items"]] == [path]
    assert [(one["link"], one["customer"]) for one in (await desk.get(WU, PATH)).body["items"]] == [(path, "ACME")]
    assert (await desk.get(WU, path)).status == 200
    assert (await desk.post(WU, path + "/withdrawal", {"reason": "no"})).status == 404
    made = {"day": "2026-04-21", "done": "300"}
    assert (await desk.post(LI, "/api/orders/SO-1/production", made)).status == 201
    early = await desk.post(WU, path + "/result", found("failed"))
    assert (early.status, "300 of 1200 PCE of line 1 made so far" in early.fields["date"]) == (422, True)
    assert (await desk.post(LI, "/api/orders/SO-1/production", {**made, "done": "1200"})).status == 201
    failed = await desk.post(WU, path + "/result", found("failed"))
    assert (failed.status, failed.body["reported_by"]) == (200, "wu.gang"), failed.body
    assert (await desk.get(LI, failed.body["exception"])).body["kind"] == "quality"
    assert (await desk.get(CHEN, path)).status == 404


async def test_a_plan_that_cannot_be_names_the_field(desk: Desk) -> None:
    await staffed(desk, actuals=[])
    wrong: dict[str, dict[str, Any]] = {
        "type": {"type": "fqc"},
        "inspector": {"inspector": "nobody"},
        "inspector third_party": {"inspector": None},
        "lines.0": {"lines": ["9"]},
        "shipment": {"shipment": "SH-2"},
        "day": {"day": "2026-03-02"},
        "sampling": {"sampling": {**SAMPLING, "sample_size": 1300}},
        "sampling.major.accept": {"sampling": {**SAMPLING, "major": {"accept": -1}}},
        "colour": {"colour": "red"},
    }
    for field, changes in wrong.items():
        answer = await desk.post(LI, PLAN, {**FINAL, **changes})
        assert answer.status == 422, answer.body
        assert list(answer.fields) == field.split()
    assert await desk.count("inspection") == 0
