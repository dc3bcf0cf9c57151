"""Approvals over HTTP on a real database: a later promise that waits, who decides it, and everything that can happen meanwhile."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer

from services.orders.app import SERVICE
from services.orders.promises.words import OVER
from shared.approvals.desk import APPROVAL_DUE
from shared.contracts.approvals import ApprovalEscalated, ApprovalGranted, ApprovalRefused, ApprovalRequested, Days
from shared.contracts.orders import PromiseChanged
from shared.directory.store import save_customers
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, application, confirmed, customer, delay, event, kind, said
from tests.orders.firm import GM, LATER, ONE, PROMISES, RULE, ZHAO, hire, ruled
from tests.orders.plans import line

TWO = {"when": [{"over": {"days": 30}}], "decider": {"by": "person", "login": "gu.ming"}, "hours": 48}
TWO_LEVELS = {**RULE, "levels": [ONE, TWO]}


async def asked(desk: Desk, body: dict[str, Any] = LATER) -> str:
    answer = await desk.post(LI, PROMISES, body)
    assert answer.status == 202, answer.body
    return f"/api/orders/approvals/{answer.body['approval']['approval']}"


async def promised(desk: Desk) -> list[str]:
    return [one["promised"] for one in (await desk.get(MANAGER, "/api/orders/SO-1")).body["lines"]]


async def overdue(desk: Desk, hours: int = 24) -> None:
    """The clock goes on, and the timers that are due are run."""
    desk.clock.time += timedelta(hours=hours)
    due = [timer for timer in await desk.due() if timer.kind == APPROVAL_DUE and timer.due <= desk.clock.time]
    async with desk.database.transaction() as tx:
        await SERVICE.timers[APPROVAL_DUE](tx, due, desk.clock.time)
        await tx.executemany(
            "DELETE FROM timer WHERE kind = $1 AND subject = $2 AND due_at = $3", [(t.kind, t.subject, t.due) for t in due]
        )


async def views(desk: Desk, who: str, query: str = "view=to_decide") -> list[str]:
    answer = await desk.get(who, f"/api/orders/approvals?{query}")
    assert answer.status == 200, answer.body
    return [f"/api/orders/approvals/{one['approval']}" for one in answer.body["items"]]


async def test_the_rule_ships_switched_off(desk: Desk) -> None:
    await hire(desk)
    await desk.entered()
    shown = await desk.get(LI, "/api/orders/approval-rules/promise-later")
    assert (shown.body["rule"]["active"], shown.headers["ETag"]) == (False, '"1"')
    assert [one["kind"] for one in (await desk.get(LI, "/api/orders/approval-rules")).body["items"]] == ["promise-later"]
    assert (await desk.post(LI, PROMISES, {"to": "2026-12-01", "reason": "other"})).status == 201


async def test_a_later_promise_waits_and_moves_when_it_is_approved(desk: Desk) -> None:
    await ruled(desk)
    answer = await desk.post(LI, PROMISES, LATER)
    assert answer.status == 202
    waits = answer.body["approval"]
    assert answer.body["lines"] == []
    assert (waits["deciders"], waits["roles"], waits["due_at"]) == (["wang.fang"], [], "2026-03-02T08:00:00Z")
    assert await promised(desk) == ["2026-06-01"]
    told = (await desk.told())[-1]
    requested = event(told)
    assert isinstance(requested, ApprovalRequested)
    assert (kind(told), told.subject, told.sequence) == ("approval.requested", requested.approval.approval_id, 1)
    assert (requested.approval.subject, requested.approval.amount, requested.turn.deciders) == ("SO-1", Days(days=19), ("wang.fang",))
    path = f"/api/orders/approvals/{waits['approval']}"
    assert await views(desk, MANAGER) == [path]

    granted = await desk.post(MANAGER, path + "/approval", {"level": 1, "reason": "the customer agreed on the phone"})
    assert granted.status == 200, granted.body
    assert (granted.body["status"], granted.body["due_at"], granted.body["deciders"]) == ("granted", None, [])
    assert [(one["deed"], one["actor"], one["reason"]) for one in granted.body["entries"]] == [
        ("asked", "li.wei", None),
        ("approved", "wang.fang", "the customer agreed on the phone"),
    ]
    assert await promised(desk) == ["2026-06-20"]
    *_, grant, moved = [event(one) for one in await desk.told()]
    assert isinstance(grant, ApprovalGranted)
    assert isinstance(moved, PromiseChanged)
    assert (grant.verdict.by, moved.approval_id, moved.delay_id) == ("wang.fang", grant.approval.approval_id, None)
    entry = (await desk.get(LI, f"{PROMISES}?kind=promised")).body["items"][-1]
    assert (entry["day"], entry["actor"], entry["asked_by"], entry["reason"]) == ("2026-06-20", "wang.fang", "li.wei", "other")
    assert entry["approval"] == waits["approval"]
    assert await views(desk, MANAGER) == []
    assert [timer.kind for timer in await desk.due()] == []


@pytest.mark.parametrize(
    ("to", "grade", "who", "status"),
    [
        ("2026-06-08", "normal", LI, 201),
        ("2026-06-09", "normal", LI, 202),
        ("2026-06-04", "key", LI, 202),
        ("2026-05-20", "key", LI, 201),
        ("2026-06-20", "key", "li.wei:merchandiser,admin", 201),
    ],
)
async def test_what_waits_is_the_rules_to_say(desk: Desk, to: str, grade: Any, who: str, status: int) -> None:
    async with desk.database.transaction() as tx:
        await save_customers(tx, [customer("ACME", "li.wei").model_copy(update={"grade": grade})])
    await ruled(desk)
    assert (await desk.post(who, PROMISES, {"to": to, "reason": "other"})).status == status


async def test_a_refusal_needs_a_reason_and_moves_nothing(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    for body in ({}, {"reason": " "}):
        assert (await desk.post(MANAGER, path + "/refusal", body)).fields.keys() == {"reason"}
    answer = await desk.post(MANAGER, path + "/refusal", {"reason": "air freight first"})
    assert (answer.status, answer.body["status"], answer.body["mine"]) == (200, "refused", False)
    told = event((await desk.told())[-1])
    assert isinstance(told, ApprovalRefused)
    assert (told.approval.requester, told.verdict.by, told.verdict.reason) == ("li.wei", "wang.fang", "air freight first")
    assert await promised(desk) == ["2026-06-01"]
    again = await desk.post(MANAGER, path + "/approval", {"level": 1})
    assert (again.status, again.slug, again.body["state"]) == (409, "approval-over", "refused")


async def test_nobody_decides_his_own_request(desk: Desk) -> None:
    await ruled(desk)
    answer = await desk.post(MANAGER, PROMISES, LATER)
    path = f"/api/orders/approvals/{answer.body['approval']['approval']}"
    assert answer.body["approval"]["deciders"] == ["gu.ming"]
    for deed, body in (("approval", {"level": 1}), ("refusal", {"reason": "no"})):
        own = await desk.post(MANAGER, f"{path}/{deed}", body)
        assert (own.status, own.slug) == (403, "own-request")
    assert await views(desk, MANAGER) == []
    assert (await desk.post(GM, path + "/approval", {"level": 1})).body["status"] == "granted"


async def test_who_may_not_decide_is_told_who_may(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    answer = await desk.post(GM, path + "/approval", {"level": 1})
    assert (answer.status, answer.slug, answer.body["deciders"]) == (403, "not-the-decider", ["wang.fang"])
    for deed in ("approval", "refusal", "withdrawal"):
        unseen = await desk.post(CHEN, f"{path}/{deed}", {"level": 1} if deed == "approval" else {"reason": "no"})
        assert (unseen.status, unseen.slug) == (404, "not-found")
    assert (await desk.get(CHEN, path)).status == 404
    assert (await desk.get(FINANCE, path)).status == 200
    assert (await desk.get(LI, f"/api/orders/approvals/{uuid4()}")).status == 404


async def test_a_deputy_decides_while_he_stands_in(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    assert await views(desk, ZHAO) == [path]
    answer = await desk.post(ZHAO, path + "/approval", {"level": 1})
    assert (answer.status, answer.body["status"]) == (200, "granted")
    assert [(one["actor"], one["on_behalf_of"]) for one in answer.body["entries"]][-1] == ("zhao.lei", "wang.fang")
    other = await asked(desk, {"to": "2026-07-10", "reason": "other"})
    desk.clock.time += timedelta(days=3)
    assert await views(desk, ZHAO) == []
    assert (await desk.post(ZHAO, other + "/approval", {"level": 1})).status == 404


async def test_two_levels_are_asked_one_after_the_other(desk: Desk) -> None:
    await ruled(desk, TWO_LEVELS)
    path = await asked(desk, {"to": "2026-08-01", "reason": "other"})
    first = await desk.post(MANAGER, path + "/approval", {"level": 1})
    assert (first.body["status"], first.body["level"], first.body["deciders"]) == ("pending", 2, ["gu.ming"])
    assert first.body["due_at"] == "2026-03-03T08:00:00Z"
    assert await promised(desk) == ["2026-06-01"]
    assert (await desk.types())[-1] == "approval.requested"
    late = await desk.post(MANAGER, path + "/approval", {"level": 1})
    assert (late.status, late.slug, late.body["title"]) == (409, "approval-over", "It does not wait for this decision")
    last = await desk.post(GM, path + "/approval", {"level": 2})
    assert last.body["status"] == "granted"
    assert await promised(desk) == ["2026-08-01"]
    assert [(one["level"], one["deed"]) for one in last.body["entries"]] == [(1, "asked"), (1, "approved"), (2, "approved")]
    sequences = [one.sequence for one in await desk.told() if kind(one).startswith("approval")]
    assert sequences == [1, 2, 3]


async def test_silence_escalates_to_the_next_manager_then_to_all_and_ends(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    await overdue(desk)
    shown = (await desk.get(LI, path)).body
    assert (shown["deciders"], shown["roles"], shown["due_at"]) == (["gu.ming", "wang.fang"], [], "2026-03-03T08:00:00Z")
    told = event((await desk.told())[-1])
    assert isinstance(told, ApprovalEscalated)
    assert told.turn.deciders == ("gu.ming", "wang.fang")
    await overdue(desk)
    assert (await desk.get(LI, path)).body["roles"] == ["manager"]
    assert await views(desk, "someone.else:manager") == [path]
    await overdue(desk)
    assert (await desk.get(LI, path)).body["status"] == "expired"
    assert (await desk.types())[-1] == "approval.expired"
    assert await desk.due() == []
    assert await promised(desk) == ["2026-06-01"]
    assert (await desk.post(MANAGER, path + "/approval", {"level": 1})).status == 409


async def test_a_decision_in_time_stops_the_clock(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    await overdue(desk, hours=23)
    assert len((await desk.get(LI, path)).body["entries"]) == 1
    timers = await desk.due()
    await desk.post(MANAGER, path + "/refusal", {"reason": "no"})
    async with desk.database.transaction() as tx:
        await SERVICE.timers[APPROVAL_DUE](tx, timers, desk.clock.time + timedelta(days=9))
    assert (await desk.get(LI, path)).body["status"] == "refused"


async def test_the_requester_withdraws(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    foreign = await desk.post(MANAGER, path + "/withdrawal", {})
    assert (foreign.status, foreign.slug) == (403, "not-the-decider")
    answer = await desk.post(LI, path + "/withdrawal", {"reason": "the supplier found stock"})
    assert (answer.status, answer.body["status"]) == (200, "withdrawn")
    assert (await desk.types())[-1] == "approval.withdrawn"
    assert (await desk.post(MANAGER, path + "/approval", {"level": 1})).status == 409


async def test_what_changed_meanwhile_is_not_approved(desk: Desk) -> None:
    await ruled(desk, TWO_LEVELS)
    assert (await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("2")]})).status == 201
    path = await asked(desk)
    one_of_two = await desk.post(LI, PROMISES, {"to": "2026-06-04", "reason": "other", "lines": ["1"]})
    assert (one_of_two.status, one_of_two.body["withdrawn"]) == (201, [])
    answer = await desk.post(MANAGER, path + "/approval", {"level": 1})
    assert (answer.status, answer.slug) == (409, "subject-changed")
    assert await promised(desk) == ["2026-06-04", "2026-06-01"]
    assert (await desk.get(LI, path)).body["status"] == "pending"
    fresh = await asked(desk)
    assert fresh != path
    assert (await desk.post(MANAGER, fresh + "/approval", {"level": 1})).status == 200
    broken = await asked(desk, {"to": "2026-07-25", "reason": "other"})
    await desk.delayed(delay("2026-06-30"))
    answer = await desk.post(MANAGER, broken + "/approval", {"level": 1})
    assert (answer.status, answer.slug) == (409, "subject-changed"), "at the first of two levels already"
    assert "a promise of 2026-07-25 would be broken at once" in answer.body["detail"]
    assert (await desk.post(LI, broken + "/withdrawal", {})).body["status"] == "withdrawn"


async def test_what_was_delivered_meanwhile_is_not_promised_anew(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    desk.clock.time += timedelta(days=100)
    reached = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "DELIVERED", "date": "2026-06-01"})
    assert reached.status == 201
    answer = await desk.post(MANAGER, path + "/approval", {"level": 1})
    assert (answer.status, answer.slug) == (409, "subject-changed")
    assert "delivered on 2026-06-01" in answer.body["detail"]
    assert (await desk.get(LI, path)).body["status"] == "pending"


async def test_other_work_on_the_order_does_not_stop_an_approval(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-02-27"})
    await desk.delayed(delay())
    assert (await desk.post(MANAGER, path + "/approval", {"level": 1})).body["status"] == "granted"
    told = [one for one in await desk.told() if kind(one).split(".")[0] not in ("shipment", "supplier", "approval")]
    assert [one.sequence for one in told] == list(range(1, len(told) + 1))


async def test_asked_twice_is_asked_once(desk: Desk) -> None:
    await ruled(desk)
    answers = await asyncio.gather(*(desk.post(LI, PROMISES, LATER) for _ in range(3)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body["approval"]["approval"] for answer in answers}) == 1
    assert await desk.count("approval_request") == 1


async def test_a_newer_promise_takes_the_place_of_one_that_waits(desk: Desk) -> None:
    """Of the same lines, whether it waits, too, or moves at once."""
    await ruled(desk)
    first = await asked(desk)
    newer = await desk.post(LI, PROMISES, {"to": "2026-06-25", "reason": "other", "note": "the mill said so"})
    assert (newer.status, [f"/api/orders/approvals/{one}" for one in newer.body["withdrawn"]]) == (202, [first])
    (last,) = await views(desk, MANAGER)
    assert last.endswith(newer.body["approval"]["approval"])
    shown = (await desk.get(LI, first)).body
    assert (shown["status"], shown["entries"][-1]["actor"], shown["entries"][-1]["reason"]) == ("withdrawn", "li.wei", "the mill said so")
    assert (await desk.post(MANAGER, first + "/approval", {"level": 1})).slug == "approval-over"
    at_once = await desk.post(LI, PROMISES, {"to": "2026-06-04", "reason": "other"})
    assert (at_once.status, [f"/api/orders/approvals/{one}" for one in at_once.body["withdrawn"]]) == (201, [last])
    assert (await views(desk, MANAGER), await promised(desk)) == ([], ["2026-06-04"])
    assert [one for one in await desk.types() if one.startswith(("approval", "promise"))] == [
        "approval.requested", "approval.requested", "approval.withdrawn", "approval.withdrawn", "promise.changed",
    ]  # fmt: skip


async def test_the_same_key_is_the_same_decision(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    answers = [await desk.post(MANAGER, path + "/approval", {"level": 1}, Idempotency_Key="key-0001") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert (await desk.types()).count("promise.changed") == 1


async def test_of_two_who_decide_at_once_one_is_told_that_it_is_over(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    answers = await asyncio.gather(
        desk.post(MANAGER, path + "/approval", {"level": 1}),
        desk.post(ZHAO, path + "/refusal", {"reason": "no"}),
        desk.post(MANAGER, path + "/approval", {"level": 1}),
        desk.post(LI, path + "/withdrawal", {}),
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert (await desk.types()).count("promise.changed") == (await desk.get(LI, path)).body["status"].count("granted")


async def test_a_request_outlives_the_process_that_took_it(desk: Desk) -> None:
    await ruled(desk)
    path = await asked(desk)
    async with TestClient(TestServer(application(desk.database, desk.clock))) as client:
        restarted = Desk(client, desk.database, desk.clock)
        await overdue(restarted)
        answer = await restarted.post(GM, path + "/approval", {"level": 1})
    assert answer.body["status"] == "granted"
    assert await promised(desk) == ["2026-06-20"]


async def test_a_delay_is_logged_while_its_promise_waits(desk: Desk) -> None:
    await ruled(desk)
    await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-02-26"})
    answer = await desk.post(LI, "/api/orders/SO-1/delays", delay(promise={"to": "2026-06-15", "reason": "delay"}))
    assert answer.status == 202
    assert answer.body["orders"][0]["promises"] == []
    assert answer.body["orders"][0]["at_risk"] == ["1"]
    [waits] = answer.body["approvals"]
    assert (waits["subject"], waits["deciders"]) == ("SO-1", ["wang.fang"])
    assert await promised(desk) == ["2026-06-01"]
    again = said("2026-05-02", promise={"to": "2026-06-15"})
    updated = await desk.put(LI, f"/api/orders/delays/{answer.body['delay']}", again, If_Match='"1"')
    assert (updated.status, updated.body["approvals"][0]["approval"]) == (202, waits["approval"])
    granted = await desk.post(MANAGER, f"/api/orders/approvals/{waits['approval']}/approval", {"level": 1})
    assert granted.status == 200, granted.body
    assert await promised(desk) == ["2026-06-15"]
    entry = (await desk.get(LI, f"{PROMISES}?kind=promised")).body["items"][-1]
    assert (entry["delay"], entry["approval"]) == (answer.body["delay"], waits["approval"])


async def test_a_retracted_delay_takes_its_promise_along_that_waits(desk: Desk) -> None:
    await ruled(desk)
    await desk.entered(line(), line("2"), number="SO-2")
    other = await desk.post(LI, "/api/orders/SO-2/promises", LATER)
    answer = await desk.post(LI, "/api/orders/SO-1/delays", delay(promise={"to": "2026-06-15", "reason": "delay"}))
    [waits] = answer.body["approvals"]
    path = f"/api/orders/approvals/{waits['approval']}"
    gone = await desk.post(MANAGER, f"/api/orders/delays/{answer.body['delay']}/retraction", {"reason": "logged on the wrong order"})
    assert (gone.status, gone.body["withdrawn"]) == (200, [waits["approval"]])
    shown = (await desk.get(LI, path)).body
    assert (shown["status"], shown["deciders"]) == ("withdrawn", [])
    last = shown["entries"][-1]
    assert (last["deed"], last["actor"], last["reason"]) == ("withdrawn", "wang.fang", "logged on the wrong order")
    assert (await desk.types()).count("approval.withdrawn") == 1
    assert (await desk.post(MANAGER, path + "/approval", {"level": 1})).slug == "approval-over"
    assert await views(desk, MANAGER) == [f"/api/orders/approvals/{other.body['approval']['approval']}"], "of another order"


async def test_a_promise_that_waits_ends_with_its_delay_where_nothing_is_late_any_more(desk: Desk) -> None:
    """When the milestone has happened, or the goods left the delayed shipment. What is late all the same waits on."""
    await ruled(desk)
    await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-02-26"})
    await desk.entered(number="SO-2", actuals=confirmed())
    await desk.entered(line(shipment="SH-1"), number="SO-3", actuals=confirmed("SH-1"))
    late = delay(promise={"to": "2026-06-15"})
    answers = [await desk.post(LI, f"/api/orders/{of}/delays", late) for of in ("SO-1", "SO-2", "shipments/SH-1")]
    in_time, still_late, moved = (f"/api/orders/approvals/{one.body['approvals'][0]['approval']}" for one in answers)
    other = {"lines": ["1"], "shipment": "SH-2", "reason": "another vessel"}
    assert (await desk.post(LI, "/api/orders/SO-3/moves", other)).status == 200
    desk.clock.time += timedelta(days=58)
    for number, left in (("SO-1", "2026-04-27"), ("SO-2", "2026-04-28")):
        reached = await desk.post(LI, f"/api/orders/{number}/actuals", {"milestone": "DEPART", "date": left})
        assert reached.status == 201, reached.body
    assert await views(desk, MANAGER) == [still_late]
    for path in (in_time, moved):
        shown = (await desk.get(LI, path)).body
        assert (shown["status"], shown["entries"][-1]["actor"], shown["entries"][-1]["reason"]) == ("withdrawn", "li.wei", OVER)
        chinese = (await desk.call(LI, "GET", path, Accept_Language="zh-CN")).body
        assert chinese["entries"][-1]["reason"] == OVER.zh
    assert (await desk.types()).count("approval.withdrawn") == 2
    assert (await desk.post(MANAGER, still_late + "/approval", {"level": 1})).body["status"] == "granted"


async def test_a_promise_given_with_a_delay_takes_the_place_of_one_that_waits(desk: Desk) -> None:
    """Whether it waits, too, or moves at once, with a delay that is logged or said anew. What is of other lines, too, waits on."""
    await ruled(desk)
    await desk.entered(line(shipment="SH-1"), line("2", shipment="SH-2"), number="SO-2")
    path = "/api/orders/SO-2/promises"
    both = (await desk.post(LI, path, LATER)).body["approval"]["approval"]
    first = (await desk.post(LI, path, {**LATER, "to": "2026-06-21", "lines": ["1"]})).body["approval"]["approval"]
    late = delay("2026-05-05", shipment="SH-1", promise={"to": "2026-06-30", "note": "the mill said so"})
    asked = await desk.post(LI, "/api/orders/SO-2/delays", late)
    assert (asked.status, asked.body["withdrawn"]) == (202, [first]), asked.body
    last = (await desk.get(LI, f"/api/orders/approvals/{first}")).body["entries"][-1]
    assert (last["deed"], last["actor"], last["reason"]) == ("withdrawn", "li.wei", "the mill said so")
    [second] = [one["approval"] for one in asked.body["approvals"]]
    assert (await desk.post(MANAGER, f"/api/orders/approvals/{first}/approval", {"level": 1})).slug == "approval-over"
    third = (await desk.post(LI, path, {**LATER, "to": "2026-07-01", "lines": ["1"]})).body
    assert third["withdrawn"] == [second]
    at_once = said("2026-05-01", promise={"to": "2026-06-06"})
    anew = await desk.put(LI, f"/api/orders/delays/{asked.body['delay']}", at_once, If_Match='"1"')
    assert (anew.status, anew.body["withdrawn"]) == (200, [third["approval"]["approval"]]), anew.body
    assert await views(desk, MANAGER) == [f"/api/orders/approvals/{both}"]
    assert (await desk.types()).count("approval.withdrawn") == 3


async def test_a_newer_word_on_a_delay_takes_the_place_of_its_promise_that_waits(desk: Desk) -> None:
    await ruled(desk)
    await desk.entered(number="SO-2")
    other = await desk.post(LI, "/api/orders/SO-2/promises", LATER)
    made = await desk.post(LI, "/api/orders/SO-1/delays", delay(promise={"to": "2026-06-15"}))
    path = f"/api/orders/delays/{made.body['delay']}"
    [first] = made.body["approvals"]

    async def again(version: int, **promise: Any) -> Any:
        answer = await desk.put(LI, path, said("2026-05-01", **promise), If_Match=f'"{version}"')
        return answer.status, [one["approval"] for one in answer.body["approvals"]], answer.body["withdrawn"]

    assert await again(1, promise={"to": "2026-06-15"}) == (202, [first["approval"]], [])
    status, [second], withdrawn = await again(2, promise={"to": "2026-06-16", "note": "a day more"})
    assert (status, withdrawn) == (202, [first["approval"]])
    last = (await desk.get(LI, f"/api/orders/approvals/{first['approval']}")).body["entries"][-1]
    assert (last["deed"], last["actor"], last["reason"]) == ("withdrawn", "li.wei", "a day more")
    to_decide = [other.body["approval"]["approval"], second]
    assert sorted(await views(desk, MANAGER)) == sorted(f"/api/orders/approvals/{one}" for one in to_decide)
    assert await again(3) == (200, [], [second])
    assert await views(desk, MANAGER) == [f"/api/orders/approvals/{to_decide[0]}"]


async def test_of_a_shipment_only_the_orders_that_need_it_wait(desk: Desk) -> None:
    await ruled(desk)
    async with desk.database.transaction() as tx:
        await save_customers(tx, [customer("BOLT", "chen.jie").model_copy(update={"grade": "key"})])
    await desk.entered(line(shipment="SH-1"), number="AC-1")
    await desk.entered(line(shipment="SH-1"), number="BO-1", customer="BOLT")
    body = delay("2026-04-29", promise={"to": "2026-06-04", "reason": "delay"})
    answer = await desk.post(MANAGER, "/api/orders/shipments/SH-1/delays", body)
    assert answer.status == 202, answer.body
    assert [one["subject"] for one in answer.body["approvals"]] == ["BO-1"]
    assert {one["number"]: len(one["promises"]) for one in answer.body["orders"]} == {"AC-1": 1, "BO-1": 0}


async def test_lists_are_within_sight_and_filter_and_page(desk: Desk) -> None:
    await ruled(desk)
    await desk.entered(number="SO-2")
    await desk.entered(number="BO-1", customer="BOLT")
    one = await asked(desk)
    two = f"/api/orders/approvals/{(await desk.post(LI, '/api/orders/SO-2/promises', LATER)).body['approval']['approval']}"
    other = f"/api/orders/approvals/{(await desk.post(CHEN, '/api/orders/BO-1/promises', LATER)).body['approval']['approval']}"
    assert await views(desk, MANAGER) == [other, two, one]
    assert await views(desk, LI, "view=asked") == await views(desk, LI, "") == [two, one]
    assert await views(desk, LI) == []
    assert await views(desk, CHEN, "view=all") == [other]
    assert await views(desk, MANAGER, "subject=SO-2") == await views(desk, MANAGER, "customer=ACME&limit=1") == [two]
    assert await views(desk, MANAGER, "kind=promise-later&status=granted") == []
    page = await desk.get(MANAGER, "/api/orders/approvals?limit=2")
    rest = await desk.get(MANAGER, f"/api/orders/approvals?limit=2&cursor={page.body['next']}")
    assert [item["subject"] for item in (*page.body["items"], *rest.body["items"])] == ["BO-1", "SO-2", "SO-1"]
    assert rest.body["next"] is None
    assert (await desk.get(MANAGER, "/api/orders/approvals?view=some")).status == 422


async def test_a_rule_is_written_by_managers_in_revisions(desk: Desk) -> None:
    path = "/api/orders/approval-rules/promise-later"
    await hire(desk)
    assert (await desk.put(LI, path, RULE, If_Match='"1"')).status == 403
    assert (await desk.put(MANAGER, path, RULE)).status == 428
    written = await desk.put(MANAGER, path, RULE, If_Match='"1"')
    assert (written.status, written.headers["ETag"], written.body["changed_by"]) == (200, '"2"', "wang.fang")
    assert (await desk.put(MANAGER, path, TWO_LEVELS, If_Match='"1"')).status == 412
    assert (await desk.put(MANAGER, path, RULE, If_Match='"2"')).body["version"] == 2
    assert (await desk.put(MANAGER, "/api/orders/approval-rules/moon", RULE, If_Match='"1"')).status == 404
    money = {**RULE, "levels": [{**ONE, "when": [{"over": {"amount": "5", "currency": "EUR"}}]}]}
    for wrong, fields in (
        (money, {"levels.0.when.0.over"}),
        ({**RULE, "levels": []}, {"levels"}),
        ({**RULE, "levels": [ONE, {**TWO, "decider": {"by": "person", "login": "nobody"}}]}, {"levels.1.decider.login"}),
        ({**RULE, "levels": [ONE, {**TWO, "decider": {"by": "department", "department": "salse"}}]}, {"levels.1.decider.department"}),
        ({**RULE, "levels": [{**ONE, "decider": {"by": "moon"}}]}, {"levels.0.decider"}),
        ({**RULE, "colour": "red"}, {"colour"}),
    ):
        assert (await desk.put(MANAGER, path, wrong, If_Match='"2"')).fields.keys() >= fields
    assert await desk.count("approval_rule") == 2


async def test_what_waits_goes_on_by_the_rule_it_was_asked_under(desk: Desk) -> None:
    await ruled(desk, TWO_LEVELS)
    path = await asked(desk, {"to": "2026-08-01", "reason": "other"})
    await desk.put(MANAGER, "/api/orders/approval-rules/promise-later", {**RULE, "active": False}, If_Match='"2"')
    assert (await desk.post(MANAGER, path + "/approval", {"level": 1})).body["level"] == 2


async def test_the_history_of_a_request_cannot_be_rewritten(desk: Desk) -> None:
    await ruled(desk)
    await asked(desk)
    for table in ("approval_entry", "approval_rule", "promise_approval"):
        with pytest.raises(Exception, match="permission denied"):
            async with desk.database.transaction() as tx:
                await tx.execute(f"DELETE FROM {table}")
