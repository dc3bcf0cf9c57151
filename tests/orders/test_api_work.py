"""The work list over HTTP on a real database: what is whose, and how urgent."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

from services.orders.work.api import WorkList
from services.orders.work.model import PartName
from tests.orders.calls import CHEN, LI, MANAGER, Desk, action, confirmed, delay, exception
from tests.orders.firm import LATER, PROMISES, employ, member, ruled
from tests.orders.plans import line

QC = "hu.bin:planner"


def test_every_part_has_a_name_to_go_on_by() -> None:
    assert set(get_args(PartName)) == WorkList.model_fields.keys() - {"today"}


async def work(desk: Desk, who: str, query: str = "") -> dict[str, Any]:
    answer = await desk.get(who, f"/api/orders/work{query}")
    assert answer.status == 200, answer.body
    return dict(answer.body)


async def paged(desk: Desk, who: str, part: str) -> list[Any]:
    """A part of somebody's list, read one by one."""
    found, path = list[Any](), f"?limit=1&part={part}"
    shown = await work(desk, who, path)
    assert {name for name, value in shown.items() if value is not None} == {"today", part}
    while True:
        found += shown[part]["items"]
        if shown[part]["next"] is None:
            return found
        shown = await work(desk, who, f"{path}&cursor={shown[part]['next']}")


def named(part: dict[str, Any], *names: str) -> list[Any]:
    return [tuple(item[name] for name in names) if len(names) > 1 else item[names[0]] for item in part["items"]]


async def test_what_may_be_late_is_due_until_it_is_later_than_that(desk: Desk) -> None:
    stored = (await desk.get(MANAGER, "/api/orders/templates/export-sea")).body
    steps = [{**one, "tolerance_days": 10} if one["code"] == "MAT_IN" else one for one in stored["template"]["milestones"]]
    revised = {**stored["template"], "milestones": steps}
    written = await desk.put(MANAGER, "/api/orders/templates/export-sea", revised, If_Match=f'"{stored["version"]}"')
    assert written.status == 200, written.body
    await desk.entered(actuals=confirmed())
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    planned = date.fromisoformat(next(one["planned"] for one in leg["nodes"] if one["milestone"] == "MAT_IN"))
    found = {}
    for days in (2, 10, 11):
        desk.clock.time = datetime(planned.year, planned.month, planned.day, 8, tzinfo=UTC) + timedelta(days=days)
        mine = await work(desk, LI)
        (leg,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
        late = next(one["late"] for one in leg["nodes"] if one["milestone"] == "MAT_IN")
        found[days] = ("MAT_IN" in named(mine["due"], "milestone"), "MAT_IN" in named(mine["overdue"], "milestone"), late)
    assert found == {2: (True, False, False), 10: (True, False, False), 11: (False, True, True)}


async def test_milestones_are_due_or_overdue_until_they_are_passed(desk: Desk) -> None:
    """Planned for 2026-06-01: QC_FINAL 2026-04-19, DEPART 2026-04-27."""
    await desk.entered()
    await desk.entered(number="BO-1", customer="BOLT")
    desk.clock.time = datetime(2026, 4, 27, 8, tzinfo=UTC)
    mine = await work(desk, LI)
    assert (mine["today"], named(mine["due"], "order", "customer", "milestone")) == ("2026-04-27", [("SO-1", "ACME", "DEPART")])
    assert named(mine["overdue"], "milestone") == ["ORD_CONF", "MAT_IN", "PRD_START", "PRD_END", "QC_FINAL"]
    assert mine["due"]["items"][0]["link"] == "/api/orders/SO-1"
    assert named((await work(desk, CHEN))["due"], "order") == ["BO-1"]
    short = await work(desk, LI, "?limit=2")
    assert (named(short["overdue"], "milestone"), short["due"]["next"]) == (["ORD_CONF", "MAT_IN"], None)
    rest = await work(desk, LI, f"?part=overdue&cursor={short['overdue']['next']}")
    assert (named(rest["overdue"], "milestone"), rest["due"]) == (["PRD_START", "PRD_END", "QC_FINAL"], None)
    for query, field in ((f"?cursor={short['overdue']['next']}", "part"), ("?part=due&cursor=x", "cursor"), ("?part=lunch", "part")):
        refused = await desk.get(LI, f"/api/orders/work{query}")
        assert (refused.status, list(refused.fields)) == (422, [field])
    other = await desk.get(LI, f"/api/orders/work?part=actions&cursor={short['overdue']['next']}")
    assert (other.status, list(other.fields)) == (422, ["cursor"])
    await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "PRD_END", "date": "2026-04-17"})
    assert named((await work(desk, LI))["overdue"], "milestone") == ["QC_FINAL"]


async def test_what_happens_beside_it_takes_nothing_off_a_list(desk: Desk) -> None:
    """Material is ordered and space is booked: the deposit and the sample are awaited as before."""
    await desk.entered(line(promised="2026-06-30", supplier="MILL"), template="export-make", incoterm="FOB")
    for milestone in ("ORD_REVIEW", "ORD_CONF", "MAT_PO", "BKG_CONF"):
        assert (await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": milestone, "date": "2026-03-01"})).status == 201
    await employ(desk, member("hu.bin", department="qc"))
    asked = {"milestone": "PP_SENT", "login": "hu.bin", "question": "when?", "answer_by": "2026-03-04"}
    assert (await desk.post(LI, "/api/orders/SO-1/chases", asked)).status == 201
    desk.clock.time = datetime(2026, 6, 20, 8, tzinfo=UTC)
    mine = await work(desk, LI)
    assert set(named(mine["overdue"], "milestone")) >= {"PAY_DEP", "PP_SENT", "PP_OK", "MAT_IN"}
    assert {"ORD_CONF", "MAT_PO", "BKG_CONF"}.isdisjoint(named(mine["overdue"], "milestone"))
    assert named(mine["unanswered"], "milestone") == ["PP_SENT"]


async def test_a_department_sees_its_own_milestones_of_every_customer(desk: Desk) -> None:
    await desk.entered()
    await desk.entered(number="BO-1", customer="BOLT")
    await employ(desk, member("hu.bin", department="qc"))
    desk.clock.time = datetime(2026, 4, 19, 8, tzinfo=UTC)
    shown = await work(desk, QC)
    assert named(shown["due"], "order", "department") == [("BO-1", "qc"), ("SO-1", "qc")]
    assert shown["at_risk"]["items"] == []


async def test_small_urgent_orders_have_a_queue_of_their_own(desk: Desk) -> None:
    await desk.entered()
    await desk.entered(number="UR-1", template="urgent", urgent=True)
    await desk.entered(number="UR-2", template="urgent", urgent=True, customer="BOLT")
    await desk.entered(line(promised="2026-05-30"), number="UR-3", template="urgent", urgent=True)
    await employ(desk, member("hu.bin", department="logistics"))
    mine = await work(desk, LI)
    assert named(mine["urgent"], "order", "promised", "milestone", "department") == [
        ("UR-3", "2026-05-30", "ORD_CONF", "sales"),
        ("UR-1", "2026-06-01", "ORD_CONF", "sales"),
    ]
    assert await paged(desk, LI, "urgent") == mine["urgent"]["items"]
    assert (await work(desk, QC))["urgent"]["items"] == []
    await desk.post(MANAGER, "/api/orders/UR-2/actuals", {"milestone": "ORD_CONF", "date": "2026-03-01"})
    assert named((await work(desk, QC))["urgent"], "order", "milestone") == [("UR-2", "PACKED")]
    desk.clock.time = datetime(2026, 5, 29, 8, tzinfo=UTC)
    assert set(named((await work(desk, LI))["overdue"], "order", "urgent")) >= {("SO-1", False), ("UR-1", True)}


async def test_a_sellers_department_shows_him_no_other_sellers_orders(desk: Desk) -> None:
    await desk.entered(number="BO-1", customer="BOLT")
    await employ(desk, member("li.wei"))
    desk.clock.time = datetime(2026, 2, 26, 8, tzinfo=UTC)
    assert (await work(desk, LI))["due"]["items"] == []
    assert named((await work(desk, CHEN))["due"], "milestone") == ["ORD_CONF"]


async def test_delays_that_want_news_or_an_answer_and_orders_at_risk(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), number="AC-1", actuals=confirmed("SH-1"))
    await desk.entered(line(shipment="SH-1"), number="BO-1", customer="BOLT", actuals=confirmed("SH-1"))
    body = delay(next_news_on="2026-03-09", ask={"en": "is the new date fine"}, ask_by="2026-03-05")
    await desk.delayed(body, "/api/orders/shipments/SH-1")
    before = await work(desk, LI)
    assert before["news"]["items"] == []
    assert named(before["awaited"], "orders", "on") == [(["AC-1"], "2026-03-05")]
    assert named(before["at_risk"], "order", "promised", "expected", "lines") == [("AC-1", "2026-06-01", "2026-06-05", 1)]
    await desk.entered(number="AC-2", actuals=confirmed())
    desk.clock.time = datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert named((await work(desk, LI))["news"], "orders", "on") == [(["AC-1"], "2026-03-09")]
    assert named((await work(desk, LI))["at_risk"], "order") == ["AC-1"]
    desk.clock.time = datetime(2026, 6, 10, 8, tzinfo=UTC)
    await desk.pass_day()
    past = (await work(desk, LI))["at_risk"]
    assert named(past, "order", "expected") == [("AC-1", "2026-08-16"), ("AC-2", "2026-08-16")], "nothing of them has begun"
    desk.clock.time = datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert (await work(desk, MANAGER))["news"]["items"] == []
    await desk.entered(number="AC-3")
    for number in ("AC-2", "AC-3"):
        await desk.delayed(delay(ask={"en": "is it fine"}), f"/api/orders/{number}")
    waits = (await work(desk, LI))["awaited"]["items"]
    assert [one["on"] for one in waits] == ["2026-03-05", None, None], "without a day by which he is to answer it comes last"
    assert await paged(desk, LI, "awaited") == waits


async def test_what_was_asked_and_what_is_to_approve(desk: Desk) -> None:
    await ruled(desk)
    assert (await desk.post(LI, PROMISES, LATER)).status == 202
    assert named((await work(desk, LI))["asked"], "subject", "mine") == [("SO-1", False)]
    shown = await work(desk, MANAGER)
    assert named(shown["to_approve"], "subject", "mine") == [("SO-1", True)]
    path = f"/api/orders/approvals/{shown['to_approve']['items'][0]['approval']}"
    await desk.post(MANAGER, path + "/approval", {"level": 1})
    assert (await work(desk, MANAGER))["to_approve"]["items"] == (await work(desk, LI))["asked"]["items"] == []


async def test_actions_are_their_owners(desk: Desk) -> None:
    await employ(desk, member("chen.jie"))
    await desk.entered()
    opened = await desk.post(LI, "/api/orders/SO-1/exceptions", exception())
    await desk.post(LI, opened.headers["Location"] + "/actions", action("chen.jie"))
    [mine] = (await work(desk, CHEN))["actions"]["items"]
    assert (mine["due_on"], mine["link"]) == ("2026-03-05", opened.headers["Location"])
    assert (await work(desk, LI))["actions"]["items"] == []


async def test_an_exception_is_somebodys_until_it_is_closed(desk: Desk) -> None:
    """Its follower says what is to be done, the owner does it, and another person sees whether it helped: a manager, where he did it."""
    await employ(desk, member("chen.jie"), member("li.wei"))
    await desk.entered()
    path = str((await desk.post(LI, "/api/orders/SO-1/exceptions", exception())).headers["Location"])

    async def whose() -> dict[str, list[str]]:
        lists = {who: await work(desk, who) for who in (LI, CHEN, MANAGER)}
        return {
            who: [part for part in ("actions", "verifications", "exceptions") if named(one[part], "link")] for who, one in lists.items()
        }

    async def done(who: str, owner: str) -> str:
        made = (await desk.post(LI, path + "/actions", action(owner))).body["actions"][-1]["action_id"]
        assert (await desk.post(who, f"{path}/actions/{made}/completion", {"result": "made anew"})).status == 200
        return f"{path}/actions/{made}/verification"

    assert await whose() == {LI: ["exceptions"], CHEN: [], MANAGER: []}
    theirs = await done(CHEN, "chen.jie")
    assert await whose() == {LI: ["verifications"], CHEN: [], MANAGER: []}
    (item,) = (await work(desk, LI))["verifications"]["items"]
    assert (item["owner"], item["done_by"], item["result"], item["status"]) == ("chen.jie", "chen.jie", "made anew", "done")
    assert (await desk.post(LI, theirs, {"effective": True, "note": "seen"})).status == 200
    for owner in ("li.wei", "chen.jie"):
        own = await done(LI, owner)
        assert await whose() == {LI: [], CHEN: [], MANAGER: ["verifications"]}, "done by who follows the order"
        assert (await desk.post(LI, own, {"effective": True, "note": "seen"})).slug == "own-work"
        assert (await desk.post(MANAGER, own, {"effective": True, "note": "seen"})).status == 200
    (resting,) = (await work(desk, LI))["exceptions"]["items"]
    assert (resting["orders"], resting["kind"], resting["severity"], resting["actions"]) == (["SO-1"], "damage", "major", 3)
    assert (await desk.post(LI, path + "/closing", {"resolution": "made anew"})).status == 200
    assert await whose() == {LI: [], CHEN: [], MANAGER: []}
