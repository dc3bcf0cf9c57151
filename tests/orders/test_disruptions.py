"""Disruptions over HTTP: found, ranked, opened once, confirmed once, worked off however often it breaks off, released by owner."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import structlog

from services.orders.disruptions import handlers, inserts
from services.orders.disruptions.domain import listing
from shared.contracts.disruptions import DisruptionConfirmed, DisruptionReleased
from shared.contracts.orders import PlanReestimated
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, confirmed, delay, event, refusal, said
from tests.orders.plans import ACTION, line

PATH = "/api/orders/disruptions"
CLOSED = {"kind": "closed_day", "name": "office", "first": "2026-05-01", "last": "2026-05-02"}
VESSEL = {"kind": "vessel", "name": "ever  given", "voyage": "042w"}


def disruption(scope: dict[str, Any] = VESSEL, **changes: Any) -> dict[str, Any]:
    return {"scope": scope, "to": "2026-05-01", "causes": [{"code": "LOG-VSL"}], "action": ACTION, **changes}


async def opened(desk: Desk, who: str = LI, **changes: Any) -> Any:
    answer = await desk.post(who, PATH, disruption(**changes))
    assert answer.status == 201, answer.body
    return answer.body


async def logged(desk: Desk, who: str = LI, **changes: Any) -> Any:
    """Opened, confirmed and worked off."""
    known = await opened(desk, who, **changes)
    answer = await desk.post(who, f"{PATH}/{known['disruption']}/confirmation", {})
    assert (answer.status, answer.body["status"]) == (202, "running"), answer.body
    await worked_off(desk)
    return (await desk.get(who, f"{PATH}/{known['disruption']}")).body


async def worked_off(desk: Desk) -> int:
    batches = 0
    while await handlers.work_on(desk.database, desk.clock, asyncio.Event()):
        batches += 1
    return batches


async def listed(desk: Desk, known: Any, who: str = MANAGER) -> list[Any]:
    answer = await desk.get(who, f"{PATH}/{known['disruption']}/orders")
    assert answer.status == 200, answer.body
    return list(answer.body["items"])


@pytest.fixture
async def vessel(desk: Desk) -> Desk:
    """Two orders of Li's customer and one of Chen's on the Ever Given, in two shipments; one ashore."""
    await desk.entered(line(shipment="SH-1", amount="100"), currency="USD", actuals=confirmed("SH-1"))
    await desk.entered(line(shipment="SH-2", amount="900"), number="SO-2", currency="USD", actuals=confirmed("SH-2"))
    await desk.entered(line(shipment="SH-2", amount="500"), number="SO-3", customer="BOLT", currency="EUR", actuals=confirmed("SH-2"))
    await desk.entered(number="SO-4", actuals=confirmed())
    return desk


async def test_a_vessel_is_late_with_all_its_orders(vessel: Desk) -> None:
    known = await logged(vessel)
    assert (known["status"], known["milestone"], known["delayed"], known["skipped"]) == ("logged", "DEPART", 3, 0)
    orders = await listed(vessel, known)
    assert [(one["number"], one["before"], one["after"], one["at_risk"]) for one in orders] == [
        ("SO-2", "2026-04-27", "2026-05-01", True),
        ("SO-3", "2026-04-27", "2026-05-01", True),
        ("SO-1", "2026-04-27", "2026-05-01", True),
    ]
    for number in ("SO-1", "SO-2", "SO-3"):
        assert (await vessel.expected(number))["DEPART"] == "2026-05-01"
    assert (await vessel.expected("SO-4"))["DEPART"] == "2026-04-27"


async def test_each_customer_has_one_delay_and_each_order_one_new_plan(vessel: Desk) -> None:
    before = len(await vessel.told())
    known = await logged(vessel)
    told = (await vessel.told())[before:]
    assert sorted(await vessel.types(before)) == sorted(
        ["disruption.opened", "disruption.confirmed", "delay.logged", "delay.logged", "disruption.logged"]
        + ["plan.reestimated", "promise.at_risk"] * 3
    )
    reasons = [moved.delay for one in told if isinstance(moved := event(one), PlanReestimated)]
    assert sorted((str(reason.disruption_id), reason.customer_orders) for reason in reasons if reason) == sorted(
        [(known["disruption"], 1), (known["disruption"], 2), (known["disruption"], 2)]
    )
    of_disruption = [one for one in told if str(one.subject) == known["disruption"]]
    assert [one.sequence for one in of_disruption] == list(range(1, len(of_disruption) + 1))
    shown = (await vessel.get(MANAGER, "/api/orders/delays?order=SO-1")).body["items"]
    assert [(one["disruption"], len(one["orders"])) for one in shown] == [(known["disruption"], 2)]


async def test_what_is_simulated_is_what_is_then_logged(vessel: Desk) -> None:
    before = await vessel.told()
    answer = await vessel.post(MANAGER, f"{PATH}/simulations", disruption())
    assert answer.status == 200, answer.body
    assert await vessel.told() == before
    assert await vessel.count("disruption") == 0
    known = await logged(vessel)
    done = await listed(vessel, known)
    names = ("rank", "number", "customer", "shipment", "grade", "currency", "value", "before", "after")
    assert [{name: one[name] for name in names} for one in answer.body["orders"]] == [{name: one[name] for name in names} for one in done]
    assert [bool(one["at_risk"]) for one in answer.body["orders"]] == [one["at_risk"] for one in done]
    told = {
        str(moved.order_id): moved.model_dump(mode="json")
        for one in await vessel.told()
        if isinstance(moved := event(one), PlanReestimated)
    }
    for one in answer.body["orders"]:
        asked, told_of = one["reestimated"], told[one["reestimated"]["order_id"]]
        assert (asked["nodes"], asked["lines"]) == (told_of["nodes"], told_of["lines"])
        assert asked["delay"]["customer_orders"] == told_of["delay"]["customer_orders"]


async def test_others_orders_are_counted_and_not_shown(vessel: Desk) -> None:
    asked = (await vessel.post(LI, f"{PATH}/simulations", disruption())).body
    assert [one["number"] for one in asked["orders"]] == ["SO-2", "SO-1"]
    assert (asked["found"], asked["others"]) == (3, [{"owner": "chen.jie", "orders": 1, "customers": 1}])
    known = await opened(vessel)
    assert (known["found"], known["own"], known["others"]) == (3, 2, asked["others"])
    assert [one["number"] for one in await listed(vessel, known, CHEN)] == ["SO-3"]


async def test_the_second_who_opens_it_is_shown_the_first(vessel: Desk) -> None:
    answers = await asyncio.gather(*(vessel.post(who, PATH, disruption()) for who in (LI, CHEN)))
    first, second = sorted(answers, key=lambda answer: answer.status)
    assert (first.status, second.status, second.slug) == (201, 409, "disruption-open")
    assert second.body["link"] == f"{PATH}/{first.body['disruption']}"
    assert (await vessel.get(CHEN, second.body["link"])).body["disruption"] == first.body["disruption"]
    withdrawn = await vessel.post(LI, f"{second.body['link']}/withdrawal", {"reason": "she is on time"})
    assert withdrawn.body["status"] == "withdrawn"
    ship = await opened(vessel, CHEN)
    of_it: dict[str, Any] = {"scope": {"kind": "shipment", "name": "SH-1"}}
    asked = (await vessel.post(LI, f"{PATH}/simulations", disruption(**of_it))).body
    assert (ship["beside"], asked["standing"], asked["beside"]) == ([], None, [f"{PATH}/{ship['disruption']}"])
    one = await opened(vessel, **of_it)
    assert one["beside"] == asked["beside"], "a shipment of the vessel is opened by itself"
    await vessel.post(LI, f"{PATH}/{ship['disruption']}/withdrawal", {"reason": "of her shipments only one"})
    assert (await opened(vessel))["beside"] == [f"{PATH}/{one['disruption']}"]


async def test_two_who_confirm_at_once_confirm_once(vessel: Desk) -> None:
    known = await opened(vessel)
    path = f"{PATH}/{known['disruption']}/confirmation"
    answers = await asyncio.gather(*(vessel.post(who, path, {}) for who in (LI, CHEN, MANAGER)))
    assert {answer.status for answer in answers} == {202}
    await asyncio.gather(worked_off(vessel), worked_off(vessel))
    assert await vessel.count("delay") == 2
    assert (await vessel.types()).count("disruption.confirmed") == 1
    assert (await vessel.types()).count("plan.reestimated") == 3
    assert (await vessel.types()).count("disruption.logged") == 1


async def test_a_run_that_breaks_off_goes_on_behind_its_last_batch(vessel: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "AT_ONCE", 1)
    monkeypatch.setattr(handlers, "AT_A_LOOK", 2)
    known = await opened(vessel)
    await vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})
    assert await handlers.work_on(vessel.database, vessel.clock, asyncio.Event())
    told = await vessel.types()

    async def killed(*_: Any) -> None:
        raise ConnectionError("the process is gone")

    with monkeypatch.context() as broken:
        broken.setattr(inserts, "settle", killed)
        with pytest.raises(ConnectionError):
            await handlers.work_on(vessel.database, vessel.clock, asyncio.Event())
    assert await vessel.types() == told
    assert await worked_off(vessel) == 1
    states = {one["state"] for one in await listed(vessel, known)}
    assert states == {"delayed"}
    assert (await vessel.types()).count("plan.reestimated") == 3


async def test_no_delay_is_logged_of_half_of_its_orders(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two, one and two legs: what is read at once, four of them, ends within the last."""
    monkeypatch.setattr(listing, "ORDERS_OF_DELAY", 2)
    monkeypatch.setattr(handlers, "AT_ONCE", 2)
    monkeypatch.setattr(handlers, "AT_A_LOOK", 2)
    for number, customer in enumerate(("ACME", "ACME", "BOLT", "ACME", "ACME"), start=1):
        await desk.entered(line(shipment="SH-1", amount=str(9 - number)), number=f"SO-{number}", customer=customer, currency="USD")
    known = await logged(desk, MANAGER)
    assert (known["status"], known["delayed"]) == ("logged", 5)
    assert await desk.count("delay") == 3


async def test_a_process_that_is_to_stop_begins_no_other_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "ORDERS_OF_DELAY", 1)
    monkeypatch.setattr(handlers, "AT_ONCE", 1)
    for number in range(1, 6):
        await desk.entered(line(shipment="SH-1"), number=f"SO-{number}")
    known = await opened(desk)
    await desk.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})
    stopping, settle = asyncio.Event(), inserts.settle

    async def then_stop(*args: Any) -> None:
        await settle(*args)
        stopping.set()

    with monkeypatch.context() as stopped:
        stopped.setattr(inserts, "settle", then_stop)
        assert await handlers.work_on(desk.database, desk.clock, stopping)
    assert 1 <= await desk.count("delay") <= handlers.SIDE_BY_SIDE, "those that were begun"
    await worked_off(desk)
    assert await desk.count("delay") == 5


async def test_a_batch_that_fails_leaves_none_behind_that_still_writes(vessel: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "AT_ONCE", 2)
    monkeypatch.setattr(handlers, "AT_A_LOOK", 2)
    known = await opened(vessel)
    await vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})
    settle, calls = inserts.settle, 0

    async def killed_first(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError("the database hung up")
        await settle(*args)

    monkeypatch.setattr(inserts, "settle", killed_first)
    with pytest.raises(ConnectionError):
        await handlers.work_on(vessel.database, vessel.clock, asyncio.Event())
    assert (calls, await vessel.count("delay")) == (2, 1)
    await worked_off(vessel)
    assert await vessel.count("delay") == 2


async def test_one_whose_run_fails_is_tried_later_and_holds_up_no_other(vessel: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = await opened(vessel), await opened(vessel, scope={"kind": "shipment", "name": "SH-1"}, milestone="ARRIVE", to="2026-06-20")
    for known in (bad, good):
        await vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})
    settle = inserts.settle

    async def stumbles(tx: Any, disruption_id: Any, *args: Any) -> None:
        if str(disruption_id) == bad["disruption"]:
            raise ValueError("what it never can write")
        await settle(tx, disruption_id, *args)

    async def again() -> None:
        async with vessel.database.transaction() as tx:
            await tx.execute("UPDATE disruption SET retry_at = clock_timestamp() WHERE tries > 0")

    with monkeypatch.context() as broken, structlog.testing.capture_logs() as logged:
        broken.setattr(inserts, "settle", stumbles)
        await worked_off(vessel)
        await again()
        await worked_off(vessel)
    said = [(line["disruption"], line["tries"]) for line in logged if line["event"] == "disruption.failed"]
    assert said == [(bad["disruption"], 1), (bad["disruption"], 2)]
    assert (await vessel.get(LI, f"{PATH}/{good['disruption']}")).body["status"] == "logged"
    [failing] = (await vessel.get(LI, f"{PATH}?failing=true")).body["items"]
    assert (failing["disruption"], failing["status"], failing["tries"], failing["delayed"]) == (bad["disruption"], "running", 2, 0)
    await again()
    await worked_off(vessel)
    done = (await vessel.get(LI, f"{PATH}/{bad['disruption']}")).body
    assert (done["status"], done["tries"], done["delayed"]) == ("logged", 0, 3)


async def test_each_owner_releases_the_notices_of_his_own(vessel: Desk) -> None:
    known = await opened(vessel)
    path = f"{PATH}/{known['disruption']}/release"
    assert (await vessel.post(LI, path, {})).slug == "disruption-running"
    await vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})
    await worked_off(vessel)
    for who, code in ((LI, "CRABB"), (LI, "BOLT"), (MANAGER, "CRABB")):
        refused = await vessel.post(who, path, {"customers": ["ACME", code]})
        assert (refused.status, list(refused.fields)) == (422, ["customers.1"]), "what is not his is as what there is not"
    held = [(who, len((await vessel.get(who, f"{PATH}?to_release=true")).body["items"])) for who in (LI, CHEN)]
    mine = await vessel.post(LI, path, {})
    assert [(who, len((await vessel.get(who, f"{PATH}?to_release=true")).body["items"])) for who in (LI, CHEN)] == [(LI, 0), (CHEN, 1)]
    assert held == [(LI, 1), (CHEN, 1)]
    assert (mine.body["status"], mine.body["to_release"]) == ("logged", 0)
    again = await vessel.post(LI, path, {})
    assert again.body["version"] == mine.body["version"]
    last = await vessel.post(MANAGER, path, {"customers": ["BOLT"]})
    assert last.body["status"] == "released"
    released = [event(one) for one in await vessel.told() if one.type.endswith("disruption.released.v1")]
    assert [len(one.notices) for one in released if isinstance(one, DisruptionReleased)] == [1, 1]
    assert (await vessel.post(FINANCE, path, {})).status == 403


async def test_a_later_word_on_the_same_vessel_comes_on_top(vessel: Desk) -> None:
    first = await logged(vessel)
    await vessel.post(MANAGER, f"{PATH}/{first['disruption']}/release", {})
    later = await logged(vessel, to="2026-05-04")
    assert (later["delayed"], (await vessel.expected())["DEPART"]) == (3, "2026-05-04")
    [mine] = await listed(vessel, later, CHEN)
    taken = await vessel.post(CHEN, f"/api/orders/delays/{mine['delay']}/retraction", {"reason": "she caught up"})
    assert taken.status == 200, taken.body
    assert (await vessel.expected("SO-3"))["DEPART"] == "2026-05-01"
    assert (await vessel.expected("SO-1"))["DEPART"] == "2026-05-04"


async def test_an_owner_says_the_delay_of_his_customer_anew(vessel: Desk) -> None:
    known = await logged(vessel, scope={"kind": "shipment", "name": "SH-2"}, to=None, days=4)
    [mine] = await listed(vessel, known, CHEN)
    shown = (await vessel.get(CHEN, f"/api/orders/delays/{mine['delay']}")).body
    path, version = f"/api/orders/delays/{mine['delay']}", f'"{shown["version"]}"'
    answer = await vessel.put(CHEN, path, said("2026-05-10"), If_Match=version)
    assert answer.status == 200, answer.body
    assert [(one["number"], one["after"]) for one in answer.body["orders"]] == [("SO-3", "2026-05-10")]
    assert (await vessel.expected("SO-2"))["DEPART"] == "2026-05-01"


async def test_a_supplier_makes_each_leg_later_by_days(desk: Desk) -> None:
    await desk.entered(line("1", supplier="MILL", shipment="SH-1"), line("2", supplier="MILL", shipment="SH-2"))
    await desk.entered(line("1", supplier="MILL", promised="2026-07-01"), number="SO-2")
    await desk.entered(number="SO-3")
    known = await logged(desk, scope={"kind": "supplier", "name": "MILL"}, to=None, days=5)
    orders = await listed(desk, known)
    assert {(one["number"], one["shipment"], one["state"]) for one in orders} == {
        ("SO-1", "SH-1", "delayed"),
        ("SO-1", "SH-2", "delayed"),
        ("SO-2", None, "delayed"),
    }
    days = {(one["number"], one["shipment"]): (one["before"], one["after"]) for one in orders}
    assert days["SO-1", "SH-1"] == days["SO-1", "SH-2"]
    assert days["SO-1", "SH-1"] != days["SO-2", None]


async def test_material_is_late_in_every_order_that_waits_for_it(desk: Desk) -> None:
    await desk.entered(line("1", shipment="SH-1"), line("2", shipment="SH-2"), actuals=confirmed("SH-1", "SH-2"))
    await desk.entered(number="SO-2", customer="BOLT", actuals=confirmed())
    await desk.entered(number="SO-3", actuals=confirmed())
    await desk.entered(number="SO-4", actuals=confirmed())
    need = {"material": "FAB", "quantity": "10", "uom": "MTR"}
    bought = {"po_number": "P-1", "ordered_on": "2026-03-01"}
    for number, lines in [
        ("SO-1", [{**need, "line": "2"}, {**need, "line": "2", "milestone": "PRD_START"}]),
        ("SO-2", [{**need, "milestone": "PRD_START"}]),
        ("SO-3", [{**need, **bought}]),
        ("SO-4", [{**need, "material": "ZIP", "supplier": "MILL"}]),
    ]:
        made = await desk.post(MANAGER, f"/api/orders/{number}/materials", {"materials": lines})
        assert made.status == 201, made.body
    [there] = (await desk.get(MANAGER, "/api/orders/materials?order=SO-3")).body["items"]
    await desk.post(MANAGER, f"/api/orders/materials/{there['material_id']}/receipts", {"quantity": "10", "date": "2026-03-01"})
    known = await logged(desk, MANAGER, scope={"kind": "material", "name": "FAB"}, to=None, days=5)
    names = ("number", "shipment", "milestone", "state")
    assert [tuple(one[name] for name in names) for one in await listed(desk, known)] == [
        ("SO-1", "SH-2", "MAT_IN", "delayed"),
        ("SO-2", None, "PRD_START", "delayed"),
    ]
    assert await desk.count("delay") == 2
    assert (await desk.expected("SO-2"))["MAT_IN"] < (await desk.expected("SO-2"))["PRD_START"] == "2026-04-02"
    mill = await logged(desk, MANAGER, scope={"kind": "supplier", "name": "MILL"}, to=None, days=3)
    assert [(one["number"], one["milestone"]) for one in await listed(desk, mill)] == [("SO-4", "MAT_IN")], "he sends the zips"


async def test_closed_days_move_each_order_once_and_are_then_in_the_calendar(desk: Desk) -> None:
    """Production is counted in the factory's calendar: BO-1 is in the middle of it then, and DO-1 counts every day."""
    for number, customer, promised in [("SO-1", "ACME", "2026-06-01"), ("BO-1", "BOLT", "2026-06-20"), ("LATER", "ACME", "2026-12-01")]:
        await desk.entered(line(promised=promised), number=number, customer=customer, template="export-make", incoterm="FOB")
    await desk.entered(number="DO-1")
    calendar, days = "/api/orders/calendars/factory", {"first": "2026-05-06", "last": "2026-05-08"}
    facts = (await desk.get(MANAGER, calendar)).body["calendar"]
    body = {name: facts[name] for name in ("name", "week", "country", "closures")}
    body["closures"] = [*body["closures"], {**days, "name": {"en": "flood"}}]
    tried = (await desk.post(MANAGER, f"{calendar}/trials", body)).body["items"]
    moved = {one["number"]: {node["milestone"]: node["after"] for node in one["nodes"]} for one in tried}
    assert set(moved) >= {"SO-1", "BO-1"}
    scope = {"kind": "closed_day", "name": "factory", **days}
    before = len(await desk.told())
    causes = [{"code": "FM-WEA", "days": 3}]
    asked = (await desk.post(MANAGER, f"{PATH}/simulations", disruption(scope, to=None, causes=causes))).body
    refused = await desk.post(MANAGER, PATH, disruption(scope, to=None, causes=[{"code": "FM-WEA", "days": 30}]))
    assert (refused.status, list(refused.fields)) == (422, ["causes.0.days"])
    known = await opened(desk, scope=scope, to=None, causes=causes)
    assert (known["found"], {one["number"] for one in asked["orders"]}) == (len(moved), set(moved))
    path = f"{PATH}/{known['disruption']}/confirmation"
    assert (await desk.post(LI, path, {})).status == 403, "the calendar is a manager's"
    for _ in range(2):
        assert (await desk.post(MANAGER, path, {})).status == 202
    await worked_off(desk)
    done = await listed(desk, known)
    assert {one["number"]: (one["state"], one["after"]) for one in done} == {
        number: ("delayed", nodes[next(one["milestone"] for one in done if one["number"] == number)]) for number, nodes in moved.items()
    }
    assert [(await desk.get(MANAGER, f"/api/orders/delays/{one['delay']}")).body["causes"][0]["days"] for one in done] == [3] * len(done)
    simulated = {one["number"]: (one["milestone"], one["after"]) for one in asked["orders"]}
    assert {one["number"]: (one["milestone"], one["after"]) for one in done} == simulated
    expected = {number: await desk.expected(number) for number in moved}
    assert all(expected[number][milestone] == day for number, nodes in moved.items() for milestone, day in nodes.items())
    assert await desk.recount() == 1, "what is not under the disruption"
    assert {number: await desk.expected(number) for number in moved} == expected
    told = [one for one in map(event, (await desk.told())[before:]) if isinstance(one, PlanReestimated)]
    assert sorted(one.number for one in told) == sorted(moved), "each order is told once"
    assert {one.because for one in told} == {"delay_logged"}
    closed = (await desk.get(LI, calendar)).body
    assert closed["calendar"]["closures"][-1] == {**days, "name": {"en": "weather", "zh-CN": "天气"}}
    skipped = (await desk.get(LI, f"{calendar}/days?first=2026-05-06&last=2026-05-08")).body["skipped"]
    assert [one["why"] for one in skipped] == ["closure"] * 3
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/attribution")).body["legs"]
    assert [(one["kind"], one["milestone"], one["days"]) for one in leg["steps"] if one["days"]] == [("delay", "PRD_END", leg["days"])]
    (link,) = {one["delay"] for one in done if one["number"] == "SO-1"}
    assert {one["delay_id"] for one in leg["steps"]} == {link.rpartition("/")[2]}
    answers = [
        await desk.post(LI, f"/api/orders/delays/{link.rpartition('/')[2]}/attribution", {"causes": [{"code": "FM-WEA", "days": of}]})
        for of in (leg["steps"][0]["late_days"], 30)
    ]
    assert ([one.status for one in answers], list(answers[1].fields)) == ([200, 422], ["causes.0.days"]), "it has the days that were closed"


async def test_closed_days_answer_for_every_leg_of_an_order_that_they_move(desk: Desk) -> None:
    """Under the one delay of the order each leg has the days of its own."""
    lines = [line("1", shipment="SH-1", promised="2026-05-20"), line("2", shipment="SH-2", promised="2026-06-03")]
    await desk.entered(*lines, template="export-make", incoterm="FOB")
    calendar, planned = "/api/orders/calendars/factory", await desk.expected("SO-1")
    worked = (await desk.get(MANAGER, calendar)).body["calendar"]
    scope = {"kind": "closed_day", "name": "factory", "first": "2026-04-20", "last": "2026-04-24"}
    known = await logged(desk, MANAGER, scope=scope, to=None, causes=[{"code": "FM-GOV"}])
    ((one, shown),) = [(one, (await desk.get(MANAGER, f"/api/orders/delays/{one['delay']}")).body) for one in await listed(desk, known)]
    assert [of["number"] for of in shown["orders"]] == ["SO-1"]
    legs = (await desk.get(LI, "/api/orders/SO-1/attribution")).body["legs"]
    assert {leg["shipment"] for leg in legs if leg["days"]} == {"SH-1", "SH-2"}
    for leg in legs:
        late = [step for step in leg["steps"] if step["days"]]
        assert {(step["kind"], step["delay_id"]) for step in late} == {("delay", one["delay"])}
        causes = [cause for step in late for cause in step["causes"]]
        assert ({cause["code"] for cause in causes}, sum(cause["days"] for cause in causes)) == ({"FM-GOV"}, leg["days"])
    moved, before = await desk.expected("SO-1"), len(await desk.told())
    assert moved != planned
    assert (await desk.post(LI, f"/api/orders/delays/{one['delay']}/retraction", {"reason": "they worked"})).status == 200
    assert await desk.expected("SO-1") == moved, "the days are closed still"
    legs = (await desk.get(LI, "/api/orders/SO-1/attribution")).body["legs"]
    assert {step["kind"] for leg in legs for step in leg["steps"] if step["days"]} == {"plan"}
    body = {name: worked[name] for name in ("name", "week", "country", "closures")}
    assert (await desk.put(MANAGER, calendar, body, If_Match=f'"{(await desk.get(MANAGER, calendar)).body["version"]}"')).status == 200
    await desk.recount()
    assert await desk.expected("SO-1") == planned
    told = [one for one in map(event, (await desk.told())[before:]) if isinstance(one, PlanReestimated)]
    assert [(one.because, bool(one.nodes or one.lines)) for one in told] == [("delay_retracted", False), ("calendar_changed", True)]


async def test_closed_days_hold_goods_that_change_their_shipment_before_the_run(desk: Desk) -> None:
    """Where they are then, though the command that moved them has counted in the closed calendar already."""
    await desk.entered(line(shipment="SH-1", promised="2026-05-20"), template="export-make", incoterm="FOB")
    scope = {"kind": "closed_day", "name": "factory", "first": "2026-04-20", "last": "2026-04-24"}
    known = await opened(desk, MANAGER, scope=scope, to=None, causes=[{"code": "FM-GOV"}])
    assert (await desk.post(MANAGER, f"{PATH}/{known['disruption']}/confirmation", {})).status == 202
    moved = {"lines": ["1"], "shipment": "SH-2", "reason": "booked"}
    assert (await desk.post(MANAGER, "/api/orders/SO-1/moves", moved)).status == 200
    await worked_off(desk)
    (one,) = await listed(desk, known)
    assert (one["shipment"], one["state"]) == ("SH-2", "delayed")
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/attribution")).body["legs"]
    assert leg["days"] > 0
    assert {(step["kind"], step["delay_id"]) for step in leg["steps"] if step["days"]} == {("delay", one["delay"])}


async def test_what_is_not_touched_is_listed_with_its_reason(vessel: Desk) -> None:
    known = await opened(vessel)
    done = {"milestone": "DEPART", "date": "2026-02-28", "shipment": "SH-1"}
    await vessel.post(MANAGER, "/api/orders/SO-1/actuals", done)
    await vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})
    await worked_off(vessel)
    assert {one["number"]: (one["state"], one["why"]) for one in await listed(vessel, known)} == {
        "SO-1": ("skipped", "happened"),
        "SO-2": ("delayed", None),
        "SO-3": ("delayed", None),
    }


async def test_it_is_looked_for_again_when_it_is_confirmed(vessel: Desk) -> None:
    """SO-1 is split between two of her shipments, SO-2 goes with the other of them, SO-3 with another vessel; SO-5 is new."""
    known = await opened(vessel)
    path = f"{PATH}/{known['disruption']}"
    first = await listed(vessel, known)
    part = {"line": "1", "part": "1a", "quantity": "400", "shipment": "SH-2", "reason": "two lots"}
    for number, deed, body in [
        ("SO-1", "splits", part),
        ("SO-2", "moves", {"lines": ["1"], "shipment": "SH-1", "reason": "booked"}),
        ("SO-3", "moves", {"lines": ["1"], "shipment": None, "reason": "shut out"}),
    ]:
        regrouped = await vessel.post(MANAGER, f"/api/orders/{number}/{deed}", body)
        assert regrouped.status == 200, regrouped.body
    await vessel.entered(line(shipment="SH-2", amount="900"), number="SO-5", customer="BOLT", currency="USD", actuals=confirmed("SH-2"))
    assert await listed(vessel, known) == first
    asked = (await vessel.post(MANAGER, f"{PATH}/simulations", disruption())).body["orders"]
    answers = [await vessel.post(LI, f"{path}/confirmation", {}) for _ in range(2)]
    assert [(one.status, one.body["found"], one.body["skipped"]) for one in answers] == [(202, 5, 1)] * 2
    told = [event(one) for one in await vessel.told() if one.type.endswith("disruption.confirmed.v1")]
    assert [one.orders for one in told if isinstance(one, DisruptionConfirmed)] == [4]
    await worked_off(vessel)
    done = await listed(vessel, known)
    assert [(one["rank"], one["number"], one["shipment"], one["state"], one["why"]) for one in done] == [
        (1, "SO-2", "SH-1", "delayed", None),
        (2, "SO-5", "SH-2", "delayed", None),
        (3, "SO-1", "SH-1", "delayed", None),
        (4, "SO-1", "SH-2", "delayed", None),
        (5, "SO-3", "SH-2", "skipped", "moved_away"),
    ]
    assert [(one["rank"], one["number"], one["shipment"], one["after"]) for one in asked] == [
        (one["rank"], one["number"], one["shipment"], one["after"]) for one in done[:4]
    ]
    assert len({one["delay"] for one in done}) == 4, "ACME has two, as SO-1 has two legs"
    plan = (await vessel.get(MANAGER, "/api/orders/SO-1")).body["plan"]
    assert {one["estimated"] for one in plan if one["milestone"] == "DEPART"} == {"2026-05-01"}


async def test_goods_that_change_their_shipment_before_the_run_are_followed(vessel: Desk) -> None:
    """As long as they go with the vessel: SO-1 in the other of its shipments, part of SO-2 and of SO-5 as well; the rest of SO-2 and SO-3
    do not, and the rest of SO-5 stays where it is."""
    await vessel.entered(line(shipment="SH-2", amount="90"), number="SO-5", currency="USD", actuals=confirmed("SH-2"))
    known = await opened(vessel)
    assert (await vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})).status == 202
    part = {"line": "1", "part": "1a", "quantity": "400", "shipment": "SH-1", "reason": "two lots"}
    for number in ("SO-2", "SO-5"):
        assert (await vessel.post(MANAGER, f"/api/orders/{number}/splits", part)).status == 200
    for number, shipment in (("SO-1", "SH-2"), ("SO-2", None), ("SO-3", None)):
        moved = await vessel.post(MANAGER, f"/api/orders/{number}/moves", {"lines": ["1"], "shipment": shipment, "reason": "shut out"})
        assert moved.status == 200, moved.body
    await worked_off(vessel)
    done = await listed(vessel, known)
    assert [(one["rank"], one["number"], one["shipment"], one["state"], one["why"]) for one in done] == [
        (1, "SO-2", "SH-1", "delayed", None),
        (2, "SO-3", "SH-2", "skipped", "moved_away"),
        (3, "SO-1", "SH-2", "delayed", None),
        (4, "SO-5", "SH-2", "delayed", None),
        (5, "SO-5", "SH-1", "delayed", None),
    ]
    assert done[0]["delay"] == done[2]["delay"] == done[3]["delay"] != done[4]["delay"], "of one customer, an order once in each"
    plan = (await vessel.get(MANAGER, "/api/orders/SO-5")).body["plan"]
    assert {one["estimated"] for one in plan if one["milestone"] == "DEPART"} == {"2026-05-01"}
    assert (await vessel.expected())["DEPART"] == "2026-05-01"
    assert (await vessel.get(LI, f"{PATH}/{known['disruption']}")).body["status"] == "logged"


async def test_each_leg_that_was_listed_is_found_or_left_out(vessel: Desk) -> None:
    """Part of SO-6 goes with no vessel, part of SO-7 is cancelled, SO-8 is delivered with the vessel that left: which is not cancelled."""
    both = [line(shipment="SH-1"), line("2", shipment="SH-2")]
    for number in ("SO-6", "SO-7"):
        await vessel.entered(*both, number=number, actuals=[*confirmed("SH-1"), *confirmed("SH-2")])
    await vessel.entered(line(shipment="SH-1"), number="SO-8", incoterm="FOB", actuals=confirmed("SH-1"))
    known = await opened(vessel)
    away = {"lines": ["2"], "shipment": None, "reason": "shut out"}
    less = {"asked_by": "customer", "reason": "less", "lines": ["2"]}
    left = {"milestone": "DEPART", "date": "2026-02-28"}
    for path, body in (("SO-6/moves", away), ("SO-7/cancellations", less), ("SO-8/actuals", left)):
        done = await vessel.post(LI, f"/api/orders/{path}", body)
        assert done.status < 300, done.body
    assert (await vessel.get(LI, "/api/orders/SO-8")).body["status"] == "completed"
    confirmed_now = await vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})
    assert (confirmed_now.status, confirmed_now.body["skipped"]) == (202, 3)
    assert [(one["number"], one["shipment"], one["why"]) for one in await listed(vessel, known) if one["why"]] == [
        ("SO-6", "SH-2", "moved_away"),
        ("SO-7", "SH-2", "order_over"),
        ("SO-8", "SH-1", "happened"),
    ]


async def test_no_more_days_are_given_for_causes_than_there_are(desk: Desk) -> None:
    """BO-1 is in time for nine days; SO-1 waits for the mill already, and is later by fifteen."""
    await desk.entered(line(supplier="MILL"), actuals=confirmed())
    await desk.entered(line(supplier="MILL"), number="BO-1", customer="BOLT", actuals=confirmed())
    before = (await desk.expected())["MAT_IN"]
    await desk.delayed(delay(str(date.fromisoformat(before) + timedelta(days=6)), "MAT_IN"))
    late: dict[str, Any] = {"scope": {"kind": "supplier", "name": "MILL"}, "to": None, "days": 9}
    for path in (PATH, f"{PATH}/simulations"):
        refused = await desk.post(
            MANAGER, path, disruption(**late, causes=[{"code": "SUP-LATE", "days": 9}, {"code": "SUP-QUAL", "days": 7}])
        )
        assert (refused.status, list(refused.fields)) == (422, ["causes.1.days"]), refused.body
    known = await logged(desk, MANAGER, **late, causes=[{"code": "SUP-LATE", "days": 12}])
    delays = {one["number"]: f"/api/orders/delays/{one['delay']}" for one in await listed(desk, known)}
    shown = {number: (await desk.get(MANAGER, path)).body for number, path in delays.items()}
    assert {number: one["causes"][0]["days"] for number, one in shown.items()} == {"SO-1": 12, "BO-1": None}, "it has nine"
    for number, one in shown.items():
        body = said(one["new_date"], causes=[{name: cause[name] for name in ("code", "days")} for cause in one["causes"]])
        again = await desk.put(MANAGER, delays[number], body, If_Match=f'"{one["version"]}"')
        assert again.status == 200, again.body


async def test_what_waited_too_long_is_opened_again(vessel: Desk) -> None:
    asks: dict[str, Any] = {"ask": ACTION, "ask_by": "2026-03-10", "next_news_on": "2026-03-06"}
    known = await opened(vessel, to="2026-05-01", **asks)
    path = f"{PATH}/{known['disruption']}"
    vessel.clock.time = datetime(2026, 5, 9, 8, tzinfo=UTC)
    refused = await vessel.post(LI, f"{path}/confirmation", {})
    assert (refused.status, list(refused.fields)) == (422, ["to", "ask_by", "next_news_on"])
    assert all("2026-05-09" in why and "open it again" in why for why in refused.fields.values())
    assert (await vessel.get(LI, path)).body["status"] == "open"
    assert (await vessel.post(LI, f"{path}/withdrawal", {"reason": "it is out of date"})).status == 200
    assert (await logged(vessel, to="2026-06-01"))["delayed"] == 3


async def test_nothing_is_said_of_days_that_pass_before_the_run(vessel: Desk) -> None:
    known = await opened(vessel, to="2026-05-01", ask=ACTION, ask_by="2026-05-10", next_news_on="2026-03-06")
    assert (await vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {})).status == 202
    vessel.clock.time = datetime(2026, 4, 30, 8, tzinfo=UTC)
    await worked_off(vessel)
    done = await listed(vessel, known)
    shown = (await vessel.get(MANAGER, f"/api/orders/delays/{done[0]['delay']}")).body
    assert (shown["ask_by"], shown["next_news_on"]) == ("2026-05-10", None)
    assert [one for one in await vessel.due() if one.kind == "news_due"] == []


async def test_the_delay_closes_with_the_last_of_its_orders(vessel: Desk) -> None:
    known = await logged(vessel)
    for number, shipment in (("SO-1", "SH-1"), ("SO-2", "SH-2")):
        body = {"milestone": "DEPART", "date": "2026-03-01", "shipment": shipment}
        assert (await vessel.post(MANAGER, f"/api/orders/{number}/actuals", body)).status == 201
    ended = [one for one in await vessel.told() if one.type.endswith(("delay.freed.v1", "delay.closed.v1"))]
    assert {str(one.subject) for one in ended} == {known["disruption"]}
    assert [(one.type.split(".")[-2], one.sequence - known["version"]) for one in ended] == [("freed", 1), ("freed", 2), ("closed", 3)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": {"kind": "vessel", "name": "EVER GIVEN"}}, "scope.voyage"),
        ({"scope": {"kind": "port", "name": "DEHAM"}}, "scope.at"),
        ({"scope": {"kind": "port", "name": "Hamburg", "at": "discharge"}}, "scope.name"),
        ({"scope": {"kind": "moon", "name": "x"}}, "scope.kind"),
        ({"scope": {"kind": "vessel", "name": "EVER GREEN", "voyage": "1"}}, "scope.name"),
        ({"scope": {"kind": "supplier", "name": "NOBODY"}}, "scope.name"),
        ({"scope": {"kind": "port", "name": "DEHAM", "at": "loading"}}, "scope"),
        ({"days": 3}, "to days"),
        ({"to": None}, "to days"),
        ({"to": None, "days": 0}, "days"),
        ({"causes": []}, "causes"),
        ({"causes": [{"code": "LOG-VSL", "party": "unknown"}]}, "causes.0.party"),
        ({"next_news_on": "2026-02-01"}, "next_news_on"),
        ({"milestone": "BOARDED"}, "milestone"),
        ({"scope": {"kind": "material", "name": "FAB"}}, "scope.name"),
        ({"scope": CLOSED}, "to"),
        ({"scope": {"kind": "factory", "name": "factory", "last": "2026-05-02"}}, "scope.last"),
        ({"scope": {**CLOSED, "last": "2026-04-30"}, "to": None}, "scope.last"),
        ({"scope": {**CLOSED, "first": "2026-02-01", "last": "2026-02-02"}, "to": None}, "scope.last"),
        ({"scope": {**CLOSED, "name": "moon"}, "to": None}, "scope.name"),
        ({"scope": {**CLOSED, "name": "every-day"}, "to": None}, "scope.name"),
        ({"scope": CLOSED, "to": None}, "scope"),
    ],
)
async def test_what_makes_no_sense_is_refused(vessel: Desk, changes: dict[str, Any], field: str) -> None:
    for path in (PATH, f"{PATH}/simulations"):
        status, slug, fields = refusal(await vessel.post(LI, path, disruption(**changes)))
        assert (status, slug, list(fields)) == (422, "invalid", field.split())
    assert await vessel.count("disruption") == 0


async def test_what_is_over_stays_over(vessel: Desk) -> None:
    known = await logged(vessel)
    path = f"{PATH}/{known['disruption']}"
    assert (await vessel.post(LI, f"{path}/withdrawal", {"reason": "a mistake"})).slug == "disruption-over"
    other = await opened(vessel, scope={"kind": "shipment", "name": "SH-1"}, milestone="ARRIVE", to="2026-06-20")
    gone = f"{PATH}/{other['disruption']}"
    for deed, body in (("confirmation", {}), ("withdrawal", {"reason": "not ours"})):
        strange = await vessel.post(CHEN, f"{gone}/{deed}", body)
        assert (strange.status, strange.slug) == (403, "forbidden"), "he has no orders in it"
    await vessel.post(LI, f"{gone}/withdrawal", {"reason": "a mistake"})
    again = await vessel.post(LI, f"{gone}/withdrawal", {"reason": "again"})
    assert again.body["detail"] == "it was withdrawn"
    for deed, body in (("confirmation", {}), ("release", {}), ("withdrawal", {"reason": "again"})):
        assert (await vessel.post(LI, f"{gone}/{deed}", body)).slug == "disruption-over"
    assert (await vessel.get(LI, f"{PATH}/{'0' * 8}-0000-0000-0000-{'0' * 12}")).status == 404
    assert [one["status"] for one in (await vessel.get(LI, PATH)).body["items"]] == ["withdrawn", "logged"]
