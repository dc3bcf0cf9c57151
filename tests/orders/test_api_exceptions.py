"""Exceptions over HTTP on a real database: opened, worked on, verified by others, closed; who may, and what is told."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.orders.app import SERVICE
from services.orders.exceptions.store import ACTION_DUE
from shared.contracts.exceptions import ExceptionChanged, ExceptionClosed, ExceptionOpened
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, action, delay, event, exception, exception_said, kind
from tests.orders.firm import employ, member
from tests.orders.plans import line

WU = "wu.gang:planner"
PATH = "/api/orders/SO-1/exceptions"


async def opened(desk: Desk, body: dict[str, Any] | None = None, path: str = PATH, who: str = LI) -> str:
    answer = await desk.post(who, path, body or exception())
    assert answer.status == 201, answer.body
    assert answer.headers["Location"] == f"/api/orders/exceptions/{answer.body['exception']}"
    return str(answer.headers["Location"])


async def acting(desk: Desk, **changes: Any) -> tuple[str, str]:
    """An exception with one action; their paths."""
    await employ(desk, member("wu.gang"), member("li.wei"))
    await desk.entered()
    path = await opened(desk)
    answer = await desk.post(LI, path + "/actions", action(**changes))
    assert answer.status == 201, answer.body
    return path, f"{path}/actions/{answer.body['actions'][0]['action_id']}"


async def test_from_opened_to_closed(desk: Desk) -> None:
    path, work = await acting(desk)
    refused = await desk.post(LI, path + "/closing", {"resolution": "replaced"})
    assert (refused.status, refused.slug, refused.body["actions"]) == (409, "exception-still-open", [work.rsplit("/", 1)[1]])
    done = await desk.post(WU, work + "/completion", {"result": "480 pieces packed"})
    assert (done.status, done.body["actions"][0]["status"], done.body["actions"][0]["done_by"]) == (200, "done", "wu.gang")
    own = await desk.post(WU, work + "/verification", {"effective": True, "note": "fine"})
    assert (own.status, own.slug) == (403, "own-work")
    verified = await desk.post(LI, work + "/verification", {"effective": True, "note": "counted at the warehouse"})
    assert verified.body["actions"][0]["judged_by"] == "li.wei"
    closed = await desk.post(LI, path + "/closing", {"resolution": "replaced at the carrier's cost"})
    assert (closed.status, closed.body["status"], closed.body["closed_by"], closed.body["version"]) == (200, "closed", "li.wei", 5)
    again = await desk.post(LI, path + "/closing", {"resolution": "twice"})
    assert (again.status, again.slug) == (409, "exception-over")
    told = [one for one in await desk.told() if kind(one).startswith("exception")]
    assert [kind(one) for one in told] == ["exception.opened", *["exception.changed"] * 3, "exception.closed"]
    assert [one.sequence for one in told] == [1, 2, 3, 4, 5]
    first, *_, last = [event(one) for one in told]
    assert isinstance(first, ExceptionOpened)
    assert isinstance(last, ExceptionClosed)
    assert (first.exception.orders[0].number, first.exception.causes[0].party) == ("SO-1", "carrier")
    assert (last.exception.status, last.exception.actions[0].status) == ("closed", "verified")


async def test_every_kind_is_opened_with_its_cause_and_party(desk: Desk) -> None:
    await desk.entered()
    causes = {
        "delay": "PRD-CAP", "damage": "DMG", "loss": "LOST", "shortage": "STK-SHORT", "quality": "QC-FAIL", "customs_hold": "CST-HOLD",
    }  # fmt: skip
    for what, code in causes.items():
        await opened(desk, exception(kind=what, causes=[{"code": code}], amount={"amount": "12.50", "currency": "EUR"}))
    listed = (await desk.get(LI, "/api/orders/exceptions")).body["items"]
    assert [one["causes"][0]["party"] for one in listed] == ["customs", "qc", "warehouse", "carrier", "carrier", "production"]
    assert listed[0]["amount"] == {"amount": "12.50", "currency": "EUR"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (exception(kind="bad luck"), "kind"),
        (exception(causes=[]), "causes"),
        (exception(causes=[{"code": "BAD-LUCK"}]), "causes.0.code"),
        (exception(causes=[{"code": "DMG", "party": "unknown"}]), "causes.0.party"),
        (exception(affected=[{"line": "7", "quantity": "1"}]), "affected.0.line"),
        (exception(affected=[{"line": "1", "quantity": "1201"}]), "affected.0.quantity"),
        (exception(affected=[{"line": "1", "quantity": "0"}]), "affected.0.quantity"),
        (exception(amount={"amount": "-1", "currency": "EUR"}), "amount.amount"),
        (exception(amount={"amount": "640.005", "currency": "USD"}), "amount"),
        (exception(delay=str(uuid4())), "delay"),
        (exception(detected_on="2026-03-09"), "detected_on"),
        (exception(description=" "), "description"),
        (exception(colour="red"), "colour"),
    ],
)
async def test_refusals_name_the_field_and_write_nothing(desk: Desk, body: dict[str, Any], field: str) -> None:
    await desk.entered()
    answer = await desk.post(LI, PATH, body)
    assert answer.status == 422, answer.body
    assert field in answer.fields
    assert await desk.count("order_exception") == 0


async def test_a_delay_of_the_same_order_may_be_named(desk: Desk) -> None:
    await desk.entered()
    await desk.entered(number="SO-2")
    own, other = [(await desk.delayed(delay(), f"/api/orders/{number}"))["delay"] for number in ("SO-1", "SO-2")]
    path = await opened(desk, exception(kind="delay", delay=own))
    assert (await desk.get(LI, path)).body["delay"] == own
    refused = await desk.post(LI, PATH, exception(delay=other))
    assert refused.fields == {"delay": "it is a delay of other orders"}


async def test_what_others_follow_is_not_there(desk: Desk) -> None:
    path, work = await acting(desk)
    assert (await desk.post(CHEN, PATH, exception())).status == 404
    assert (await desk.get(CHEN, path)).status == 404
    assert (await desk.post(CHEN, work + "/completion", {"result": "done"})).status == 404
    assert (await desk.get(CHEN, "/api/orders/exceptions")).body["items"] == []
    assert (await desk.get(FINANCE, path)).status == 200
    assert (await desk.post(FINANCE, path + "/actions", action())).status == 403, "what is done is said by those who follow the order"
    foreign = await desk.post(FINANCE, work + "/completion", {"result": "done"})
    assert (foreign.status, foreign.slug) == (403, "forbidden")


async def test_who_owns_an_action_sees_its_exception_but_no_order(desk: Desk) -> None:
    await employ(desk, member("chen.jie"))
    path, _ = await acting(desk, owner="chen.jie")
    shown = await desk.get(CHEN, path)
    assert (shown.status, shown.body["orders"], shown.body["affected"], shown.body["others"]) == (200, [], [], 1)
    refused = await desk.post(CHEN, path + "/closing", {"resolution": "done"})
    assert (refused.status, refused.slug) == (403, "not-all-yours")
    other = await desk.post(LI, path + "/actions", action("wu.gang"))
    foreign = f"{path}/actions/{other.body['actions'][-1]['action_id']}/completion"
    assert (await desk.post(CHEN, foreign, {"result": "done"})).slug == "not-all-yours"
    listed = await desk.get(CHEN, "/api/orders/exceptions?action_owner=chen.jie")
    assert len(listed.body["items"]) == 1


async def test_an_action_belongs_to_somebody_at_work(desk: Desk) -> None:
    path, work = await acting(desk)
    assert (await desk.post(LI, path + "/actions", action("nobody"))).fields == {"owner": "nobody is not active staff"}
    assert (await desk.post(LI, path + "/actions", action(due_on="2026-02-01"))).fields.keys() == {"due_on"}
    assert (await desk.put(LI, work, action("li.wei"))).status == 428
    assert (await desk.put(LI, work, action("li.wei"), If_Match='"1"')).status == 412
    changed = await desk.put(LI, work, action("li.wei", due_on="2026-03-08"), If_Match='"2"')
    assert (changed.body["actions"][0]["owner"], changed.headers["ETag"]) == ("li.wei", '"3"')
    assert (await desk.post(LI, f"{path}/actions/{uuid4()}/waiver", {"reason": "no"})).status == 404
    own = await desk.post(LI, work + "/waiver", {"reason": "no need"})
    assert (own.status, own.slug) == (403, "own-work")
    waived = await desk.post(MANAGER, work + "/waiver", {"reason": "the customer keeps the goods at a discount"})
    assert waived.body["actions"][0]["status"] == "waived"
    over = await desk.post(LI, work + "/completion", {"result": "done"})
    assert (over.status, over.slug, over.body["state"]) == (409, "action-over", "waived")
    assert (await desk.post(LI, path + "/closing", {"resolution": "discount given"})).status == 200


async def test_it_is_edited_by_the_version_seen(desk: Desk) -> None:
    await desk.entered()
    path = await opened(desk, exception(causes=[{"code": "UNKNOWN"}]))
    assert (await desk.get(LI, "/api/orders/exceptions?attributed=false")).body["items"] != []
    early = await desk.post(LI, path + "/closing", {"resolution": "done"})
    assert (early.status, list(early.fields)) == (409, ["causes", "actions"])
    assert (await desk.put(LI, path, exception_said())).status == 428
    edited = await desk.put(LI, path, exception_said(severity="critical", affected=[]), If_Match='"1"')
    assert (edited.body["severity"], edited.body["affected"], edited.body["under_investigation"]) == ("critical", [], False)
    untreated = await desk.post(LI, path + "/closing", {"resolution": "done"})
    assert (untreated.status, untreated.slug, untreated.body["lacking"]) == (409, "exception-still-open", ["corrective", "preventive"])
    assert untreated.fields.keys() == {"actions"}
    assert (await desk.put(LI, path, exception_said(), If_Match='"1"')).status == 412
    told = event((await desk.told())[-1])
    assert isinstance(told, ExceptionChanged)
    assert told.because == "edited"


async def test_the_day_of_an_action_passes(desk: Desk) -> None:
    path, work = await acting(desk)
    [timer] = [one for one in await desk.due() if one.kind == ACTION_DUE]
    assert timer.due.isoformat() == "2026-03-06T00:00:00+00:00"
    desk.clock.time = timer.due
    async with desk.database.transaction() as tx:
        await SERVICE.timers[ACTION_DUE](tx, [timer], desk.clock.time)
    assert (await desk.get(LI, path)).body["actions"][0]["overdue"] is True
    told = event((await desk.told())[-1])
    assert isinstance(told, ExceptionChanged)
    assert (told.because, str(told.action_id)) == ("action_overdue", work.rsplit("/", 1)[1])
    assert len((await desk.get(LI, "/api/orders/exceptions?overdue=true")).body["items"]) == 1
    async with desk.database.transaction() as tx:
        await SERVICE.timers[ACTION_DUE](tx, [timer], desk.clock.time + timedelta(days=1))
    assert len([one for one in await desk.told() if kind(one) == "exception.changed"]) == 2
    await desk.post(WU, work + "/completion", {"result": "late but done"})
    assert (await desk.get(LI, "/api/orders/exceptions?overdue=true")).body["items"] == []


async def test_of_a_shipment_each_sees_his_own_orders(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), line("2"), number="AC-1")
    await desk.entered(line(shipment="SH-1"), number="BO-1", customer="BOLT")
    path, of_shipment = (
        "/api/orders/shipments/SH-1/exceptions",
        [{"order": "AC-1", "line": "1", "quantity": "10"}, {"order": "BO-1", "line": "1", "quantity": "20"}],
    )
    refused = await desk.post(LI, path, exception(affected=of_shipment))
    assert (refused.status, refused.slug) == (403, "not-all-yours")
    one = await opened(desk, exception(affected=of_shipment), path, MANAGER)
    shown = (await desk.get(LI, one)).body
    assert ([order["number"] for order in shown["orders"]], shown["others"], shown["shipment"]) == (["AC-1"], 1, "SH-1")
    assert [item["order"] for item in shown["affected"]] == ["AC-1"]
    assert len((await desk.get(LI, "/api/orders/exceptions?shipment=SH-1&customer=ACME&order=AC-1")).body["items"]) == 1
    assert (await desk.get(LI, "/api/orders/exceptions?customer=BOLT")).body["items"] == []
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-2/exceptions", exception())).status == 422
    moved = await desk.post(LI, "/api/orders/AC-1/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "what is dry goes on"})
    assert moved.status == 200, moved.body
    said = exception_said(affected=of_shipment)
    assert (await desk.put(MANAGER, one, said, If_Match='"1"')).status == 200, "goods that went on are affected still"
    said["affected"] = [{**of_shipment[0], "line": "2"}]
    assert (await desk.put(MANAGER, one, said, If_Match='"2"')).fields == {"affected.0.line": "order AC-1 has no line 2 here"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-9/exceptions", exception())).status == 404


async def test_lists_filter_and_page(desk: Desk) -> None:
    await desk.entered()
    for severity, code in (("minor", "DMG"), ("major", "LOST"), ("critical", "QC-FAIL")):
        await opened(desk, exception(severity=severity, causes=[{"code": code}]))

    async def listed(query: str) -> list[str]:
        answer = await desk.get(LI, f"/api/orders/exceptions?{query}")
        assert answer.status == 200, answer.body
        return [one["severity"] for one in answer.body["items"]]

    assert await listed("") == ["critical", "major", "minor"]
    assert await listed("severity=major") == await listed("cause=LOST") == ["major"]
    assert await listed("party=qc&status=open&kind=damage&order=SO-1") == ["critical"]
    assert await listed("status=closed") == await listed("overdue=true") == []
    page = await desk.get(LI, "/api/orders/exceptions?limit=2")
    rest = await desk.get(LI, f"/api/orders/exceptions?limit=2&cursor={page.body['next']}")
    assert [one["severity"] for one in (*page.body["items"], *rest.body["items"])] == ["critical", "major", "minor"]


async def test_the_same_key_opens_one_and_of_two_at_once_one_closes(desk: Desk) -> None:
    await desk.entered()
    body = exception(severity="minor")
    answers = [await desk.post(LI, PATH, body, Idempotency_Key="key-0001") for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert await desk.count("order_exception") == 1
    path = f"/api/orders/exceptions/{answers[0].body['exception']}"
    closing = await asyncio.gather(*(desk.post(LI, path + "/closing", {"resolution": "done"}) for _ in range(3)))
    assert sorted(answer.status for answer in closing) == [200, 409, 409]
