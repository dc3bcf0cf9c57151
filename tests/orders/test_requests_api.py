"""The talk with the customer about a day, over HTTP: asked for, answered by a promise or by keeping it, readable in its order."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.orders.contacts import store as contacts
from shared.contracts.customers import ContactFacts
from shared.contracts.orders import PromiseChanged
from shared.contracts.requests import PromiseKept, PromiseRequested
from tests.orders.calls import CHEN, LI, MANAGER, Desk, confirmed, customer, delay, event, kind
from tests.orders.firm import PROMISES, ruled
from tests.orders.plans import line

PATH = "/api/orders/SO-1/requests"
CONTACT = "0192f0c0-0000-7000-8000-000000000003"
OTHER = "0192f0c0-0000-7000-8000-000000000004"
WHY = "our fair begins on 28 May"


async def asked(desk: Desk, day: str = "2026-05-25", **changes: Any) -> Any:
    answer = await desk.post(LI, PATH, {"day": day, "why": WHY, **changes})
    assert answer.status == 201, answer.body
    return answer.body


async def knows(desk: Desk, contact: str, code: str) -> None:
    facts = ContactFacts(
        contact_id=UUID(contact), customer_id=customer(code, "").customer_id, roles=("orders",), language="en", time_zone="Europe/Berlin",
        country="DE", has_email=True, personal="sealed",
    )  # fmt: skip
    async with desk.database.transaction() as tx:
        await contacts.save(tx, [facts, facts])


async def ledger(desk: Desk, number: str = "1") -> list[dict[str, Any]]:
    return list((await desk.get(LI, f"{PROMISES}?limit=200&line={number}")).body["items"])


async def waiting(desk: Desk, who: str = LI) -> list[str]:
    return [one["request"] for one in (await desk.get(who, "/api/orders/work")).body["requests"]["items"]]


async def test_what_was_asked_and_answered_reads_in_its_order(desk: Desk) -> None:
    await knows(desk, CONTACT, "ACME")
    await desk.entered(line(requested="2026-05-29"), line("2"), actuals=confirmed())
    await desk.delayed(delay())
    first = await asked(desk, lines=["1"], replies_to="estimate", contact=CONTACT, asked_on="2026-03-01")
    assert (first["waits"], first["recorded_by"], first["customer"]) == (True, "li.wei", "ACME")
    assert (await waiting(desk), await waiting(desk, CHEN)) == ([first["request"]], [])
    moved = await desk.post(
        LI, PROMISES, {"to": "2026-05-27", "reason": "customer_request", "note": "by rail", "replies_to": first["request"]}
    )
    assert [one["line"] for one in moved.body["lines"]] == ["1"], "what it answers says which lines it is of"
    second = await asked(desk, "2026-05-20", lines=["1"])
    kept = await desk.post(LI, f"{PATH}/{second['request']}/refusal", {"reason": "no train before"})
    assert (kept.status, kept.body["waits"], kept.body["lines"][0]["answer"]) == (200, False, "kept")
    assert await waiting(desk) == []
    again = await desk.post(LI, f"{PATH}/{second['request']}/refusal", {"reason": "no train before"})
    assert (again.status, again.slug) == (409, "request-over")
    delivered = {"milestone": "DELIVERED", "date": "2026-03-01"}
    assert (await desk.post(LI, "/api/orders/SO-1/actuals", delivered)).status == 201
    read = await ledger(desk)
    at = {one["id"]: place for place, one in enumerate(read)}
    assert sorted(at) == list(at)
    assert [(one["kind"], one["day"], one["revision"], one["note"], at.get(one["replies_to"])) for one in read] == [
        ("requested", "2026-05-29", 0, None, None),
        ("promised", "2026-06-01", 0, None, None),
        ("estimated", "2026-06-01", 0, None, None),
        ("estimated", "2026-06-05", 1, None, None),
        ("requested", "2026-05-25", 1, WHY, 3),
        ("promised", "2026-05-27", 1, "by rail", 4),
        ("requested", "2026-05-20", 2, WHY, 5),
        ("kept", "2026-05-27", 1, "no train before", 6),
        ("actual", "2026-03-01", 1, None, None),
    ]
    assert (read[4]["request"], read[4]["contact"], read[4]["asked_on"], read[4]["actor"]) == (
        first["request"],
        CONTACT,
        "2026-03-01",
        "li.wei",
    )
    shown = (await desk.get(LI, "/api/orders/SO-1")).body["lines"]
    assert [(one["requested"], one["first_requested"]) for one in shown] == [("2026-05-20", "2026-05-29"), (None, None)]
    newest = (await desk.get(LI, PATH + "?limit=1")).body
    rest = (await desk.get(LI, f"{PATH}?limit=1&cursor={newest['next']}")).body
    assert [one["request"] for one in newest["items"] + rest["items"]] == [second["request"], first["request"]]
    told = [event(one) for one in await desk.told() if "promise." in kind(one) and kind(one) != "promise.at_risk"]
    assert [type(one) for one in told] == [PromiseRequested, PromiseChanged, PromiseRequested, PromiseKept]
    assert isinstance(told[1], PromiseChanged)
    assert (str(told[1].request_id), told[1].note) == (first["request"], "by rail")


async def test_requests_and_their_answers_are_refused_by_field_and_sight(desk: Desk) -> None:
    await desk.entered(line(), line("2"))
    await desk.entered(line(), number="SO-2")
    await knows(desk, OTHER, "BOLT")
    for body, field in (
        ({"day": "2026-06-01"}, "day"),
        ({"day": "2026-01-01"}, "day"),
        ({"day": "2029-06-01"}, "day"),
        ({"asked_on": "2026-05-01"}, "asked_on"),
        ({"asked_on": "2026-01-04"}, "asked_on"),
        ({"contact": OTHER}, "contact"),
        ({"contact": CONTACT}, "contact"),
        ({"lines": ["1", "9"]}, "lines.1"),
        ({"why": " "}, "why"),
        ({"replies_to": "rumour"}, "replies_to"),
    ):
        refused = await desk.post(LI, PATH, {"day": "2026-05-25", "why": WHY, **body})
        assert (refused.status, set(refused.fields)) == (422, {field}), body
    request = (await asked(desk, lines=["1"]))["request"]
    answer = {"to": "2026-05-27", "reason": "customer_request", "replies_to": request}
    for path, more, field in (
        (PROMISES, {"lines": ["1", "2"]}, "lines.1"),
        ("/api/orders/SO-2/promises", {}, "replies_to"),
        (PROMISES, {"replies_to": CONTACT}, "replies_to"),
    ):
        refused = await desk.post(MANAGER, path, {**answer, **more})
        assert (refused.status, set(refused.fields)) == (422, {field}), more
    late = delay(promise={"to": "2026-06-20", "replies_to": request})
    for path in ("delays", "delays/simulations"):
        refused = await desk.post(MANAGER, f"/api/orders/SO-2/{path}", late)
        assert (refused.status, set(refused.fields)) == (422, {"promise.replies_to"}), path
    assert (await desk.post(CHEN, PATH, {"day": "2026-05-25", "why": WHY})).status == 404
    assert (await desk.get(CHEN, PATH)).status == 404
    assert (await desk.post(MANAGER, f"/api/orders/SO-2/requests/{request}/refusal", {"reason": "no"})).status == 404
    overtaking = await asked(desk, "2026-05-26")
    assert await waiting(desk) == [overtaking["request"]]
    gone = {"asked_by": "customer", "reason": "no more of these", "lines": ["2"]}
    assert (await desk.post(LI, "/api/orders/SO-1/cancellations", gone)).status == 201
    newest, first = (await desk.get(LI, PATH)).body["items"]
    assert [one["answer"] for one in newest["lines"]] == [None, "cancelled"]
    assert [one["answer"] for one in first["lines"]] == ["overtaken"]
    ids = {one["kind"]: one["id"] for number in ("1", "2") for one in await ledger(desk, number)}
    foreign = next(one["id"] for one in await ledger(desk, "1") if one["kind"] == "promised")
    async with desk.database.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("INSERT INTO promise_reply (entry, replies_to) VALUES ($1, $2)", ids["estimated"], foreign)
        for table in ("promise_reply", "promise_request"):
            for statement in (f"UPDATE {table} SET {'note' if table == 'promise_reply' else 'why'} = 'x'", f"DELETE FROM {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)


async def test_an_answer_comes_with_a_delay_or_waits_for_approval_with_its_request(desk: Desk) -> None:
    await ruled(desk)
    assert (await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("2")]})).status == 201
    request = (await asked(desk, "2026-06-03", lines=["1"]))["request"]
    promise = {"to": "2026-06-20", "note": "the vessel is late", "replies_to": request}
    logged = await desk.post(LI, "/api/orders/SO-1/delays", delay(promise=promise))
    assert (logged.status, await waiting(desk)) == (202, [request])
    approval = logged.body["approvals"][0]["approval"]
    refused = await desk.post(LI, f"{PATH}/{request}/refusal", {"reason": "no train"})
    assert (refused.status, refused.slug, refused.body["approvals"]) == (409, "answer-waits", [approval])
    granted = await desk.post(MANAGER, f"/api/orders/approvals/{approval}/approval", {"level": 1})
    assert (granted.status, granted.body["status"]) == (200, "granted"), granted.body
    last = (await ledger(desk))[-1]
    asks = next(one["id"] for one in await ledger(desk) if one["request"] == request)
    assert (last["kind"], last["note"], last["replies_to"], last["approval"]) == ("promised", "the vessel is late", asks, approval)
    other = (await ledger(desk, "2"))[-1]
    assert (other["kind"], other["note"], other["replies_to"]) == ("promised", "the vessel is late", None)
    assert await waiting(desk) == []
    second = (await asked(desk, "2026-06-10"))["request"]
    free = {"to": "2026-06-21", "replies_to": second}
    both = await desk.post(MANAGER, "/api/orders/SO-1/delays", delay("2026-06-10", "ARRIVE", promise=free))
    assert (both.status, await waiting(desk)) == (201, []), both.body
    promised = [one for one in await ledger(desk) if one["kind"] == "promised"]
    asks = next(one["id"] for one in await ledger(desk) if one["request"] == second)
    assert (promised[-1]["day"], promised[-1]["note"], promised[-1]["replies_to"]) == ("2026-06-21", None, asks)
    (told,) = [one for one in map(event, await desk.told()) if isinstance(one, PromiseChanged) and one.delay_id]
    assert str(told.request_id) == second
