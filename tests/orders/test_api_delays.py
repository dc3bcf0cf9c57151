"""Delays over HTTP on a real database: the way of each command, every refusal, who may, and what is told."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.holding import DelayFreed, DelayJoined
from shared.contracts.orders import DelayLogged, DelayNewsDue, DelayRetracted, PlanReestimated
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, confirmed, delay, event, kind, refusal, said
from tests.orders.plans import line


async def test_logging_answers_what_moved_and_where_to_ask_who_was_told(desk: Desk) -> None:
    await desk.entered(line(), line("2"), actuals=confirmed())
    answer = await desk.post(LI, "/api/orders/SO-1/delays", delay(next_news_on="2026-03-09"))
    assert answer.status == 201
    body = answer.body
    assert (body["revision"], body["status"], body["under_investigation"]) == (1, "open", False)
    assert body["told"] == f"/api/notifications/delays/{body['delay']}/outcome?wait=5&revision=1"
    [order] = body["orders"]
    assert (order["number"], order["before"], order["after"]) == ("SO-1", "2026-04-27", "2026-05-01")
    moved = {node["milestone"]: (node["before"], node["after"], node["driven_by"], node["slack_days"]) for node in order["nodes"]}
    assert moved == {
        "DEPART": ("2026-04-27", "2026-05-01", None, -4),
        "ARRIVE": ("2026-05-27", "2026-05-31", "DEPART", -4),
        "DELIVERED": ("2026-06-01", "2026-06-05", "ARRIVE", -4),
    }
    assert [(one["line"], one["before"], one["after"]) for one in order["lines"]] == [
        ("1", "2026-06-01", "2026-06-05"),
        ("2", "2026-06-01", "2026-06-05"),
    ]
    assert order["at_risk"] == ["1", "2"]
    assert await desk.expected() == {
        "ORD_CONF": "2026-02-26", "MAT_IN": "2026-03-26", "PRD_START": "2026-03-28", "PRD_END": "2026-04-17", "QC_FINAL": "2026-04-19",
        "DEPART": "2026-05-01", "ARRIVE": "2026-05-31", "DELIVERED": "2026-06-05",
    }  # fmt: skip


async def test_events_are_told_of_their_aggregates_without_a_gap(desk: Desk) -> None:
    await desk.entered(actuals=confirmed())
    first = await desk.delayed(delay())
    await desk.put(LI, f"/api/orders/delays/{first['delay']}", said("2026-05-04"), If_Match='"1"')
    await desk.post(LI, f"/api/orders/delays/{first['delay']}/retraction", {"reason": "space was found"})
    told = [one for one in await desk.told() if kind(one) not in ("shipment.created", "supplier.created")]
    assert [kind(one) for one in told] == [
        "order.created", "delay.logged", "plan.reestimated", "promise.at_risk", "delay.updated", "plan.reestimated", "delay.retracted",
        "plan.reestimated",
    ]  # fmt: skip
    assert len({one.subject for one in told}) == 1
    assert [one.sequence for one in told] == list(range(1, len(told) + 1))
    retracted, back = event(told[-2]), event(told[-1])
    assert isinstance(retracted, DelayRetracted)
    assert isinstance(back, PlanReestimated)
    assert (retracted.revision, retracted.reason, retracted.customers) == (2, "space was found", (back.customer_id,))
    assert [(node.milestone, str(node.after)) for node in back.nodes][-1] == ("DELIVERED", "2026-06-01")


async def test_a_retraction_restores_the_dates_and_frees_the_milestone(desk: Desk) -> None:
    await desk.entered()
    before = await desk.expected()
    first = await desk.delayed(delay())
    second = await desk.delayed(delay("2026-06-20", "DELIVERED"))
    for said_before in (first, second):
        answer = await desk.post(LI, f"/api/orders/delays/{said_before['delay']}/retraction", {"reason": "a mistake"})
        assert answer.status == 200, answer.body
        assert answer.body["status"] == "retracted"
    assert await desk.expected() == before
    again = await desk.delayed(delay())
    shown = await desk.get(LI, f"/api/orders/delays/{again['delay']}")
    assert shown.body["orders"][0]["ordinal"] == 1


async def test_a_promise_given_with_the_delay_moves_with_it(desk: Desk) -> None:
    await desk.entered()
    body = await desk.delayed(delay(promise={"to": "2026-06-10", "reason": "delay"}))
    assert body["orders"][0]["promises"] == [{"line": "1", "before": "2026-06-01", "after": "2026-06-10", "revision": 1}]
    assert body["orders"][0]["at_risk"] == []
    assert (await desk.types())[-2:] == ["plan.reestimated", "promise.changed"]
    ledger = await desk.get(LI, "/api/orders/SO-1/promises?kind=promised")
    assert [(one["day"], one["revision"], one["reason"]) for one in ledger.body["items"]] == [
        ("2026-06-01", 0, None),
        ("2026-06-10", 1, "delay"),
    ]
    assert ledger.body["items"][1]["delay"] == body["delay"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (delay("2026-04-27"), {"new_date"}),
        (delay("2026-03-01"), {"new_date"}),
        (delay(milestone="CST_REL"), {"milestone"}),
        (delay(milestone="x"), {"milestone"}),
        (delay(shipment="SH-9"), {"shipment"}),
        (delay(causes=[]), {"causes"}),
        (delay(causes=[{"code": "BAD-LUCK"}]), {"causes.0.code"}),
        (delay(causes=[{"code": "LOG-VSL", "party": "moon"}]), {"causes.0.party"}),
        (delay(causes=[{"code": "UNKNOWN"}, {"code": "LOG-VSL"}]), {"causes.0.code"}),
        (delay(causes=[{"code": "LOG-VSL", "party": "unknown"}]), {"causes.0.party"}),
        (delay(action={}), {"action"}),
        (delay("9999-12-31"), {"new_date"}),
        (delay(next_news_on="2026-02-01"), {"next_news_on"}),
        (delay(ask_by="2026-04-01"), {"ask_by"}),
        (delay(ask={"en": "tell us"}, ask_by="2026-02-01"), {"ask_by"}),
        (delay(promise={"to": "2026-06-02"}), {"promise.to"}),
        (delay(colour="red"), {"colour"}),
    ],
)
async def test_refusals_name_the_field_and_write_nothing(desk: Desk, body: dict[str, Any], fields: set[str]) -> None:
    await desk.entered()
    answer = await desk.post(LI, "/api/orders/SO-1/delays", body)
    assert answer.status == 422, answer.body
    assert set(answer.fields) == fields
    assert all(len(reason) > 10 for reason in answer.fields.values())
    assert await desk.count("delay") == 0
    assert (await desk.types())[-1] == "order.created"


async def test_a_date_before_its_predecessors_names_the_predecessor(desk: Desk) -> None:
    await desk.entered()
    await desk.delayed(delay("2026-05-10", "QC_FINAL"))
    answer = await desk.post(LI, "/api/orders/SO-1/delays", delay("2026-05-09"))
    assert answer.fields == {"new_date": "2026-05-09 is before QC_FINAL, which order SO-1 expects on 2026-05-10"}


async def test_a_second_delay_of_a_milestone_is_a_conflict_that_names_the_first(desk: Desk) -> None:
    await desk.entered()
    first = await desk.delayed(delay())
    answer = await desk.post(LI, "/api/orders/SO-1/delays", delay("2026-06-01"))
    assert (answer.status, answer.slug) == (409, "delay-open")
    assert answer.body["delay"] == first["delay"]
    assert set(answer.fields) == {"milestone"}
    assert answer.body["link"] == f"/api/orders/delays/{first['delay']}"
    assert (await desk.get(LI, answer.body["link"])).status == 200


async def test_a_milestone_that_happened_cannot_be_delayed(desk: Desk) -> None:
    await desk.entered()
    await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-02-27"})
    answer = await desk.post(LI, "/api/orders/SO-1/delays", delay("2026-05-01", "ORD_CONF"))
    assert refusal(answer) == (422, "invalid", {"milestone": "ORD_CONF happened on 2026-02-27: it cannot be delayed any more"})
    for day in ("2026-02-26", "2026-02-27"):
        answer = await desk.post(LI, "/api/orders/SO-1/delays", delay(day, "ORD_CONF"))
        why = "ORD_CONF happened on 2026-02-27: the new date must be later than what has happened"
        assert refusal(answer) == (422, "invalid", {"new_date": why})


async def test_a_foreign_order_is_not_there(desk: Desk) -> None:
    await desk.entered()
    known = await desk.delayed(delay())
    for method, path, body in (
        ("POST", "/api/orders/SO-1/delays", delay("2026-06-20", "DELIVERED")),
        ("POST", "/api/orders/SO-9/delays", delay()),
        ("GET", "/api/orders/SO-1/delays", None),
        ("GET", f"/api/orders/delays/{known['delay']}", None),
        ("GET", f"/api/orders/delays/{uuid4()}", None),
        ("POST", f"/api/orders/delays/{known['delay']}/retraction", {"reason": "not mine"}),
        ("POST", f"/api/orders/delays/{known['delay']}/attribution", {"causes": [{"code": "LOG-PORT"}]}),
    ):
        answer = await desk.call(CHEN, method, path, body)
        assert (answer.status, answer.slug) == (404, "not-found"), path
    answer = await desk.put(CHEN, f"/api/orders/delays/{known['delay']}", said(), If_Match='"1"')
    assert answer.status == 404
    assert (await desk.get(CHEN, "/api/orders/delays")).body["items"] == []


async def test_who_only_reads_logs_nothing(desk: Desk) -> None:
    await desk.entered()
    assert (await desk.post(FINANCE, "/api/orders/SO-1/delays", delay())).status == 403
    assert (await desk.get(FINANCE, "/api/orders/delays")).status == 200


async def test_the_same_key_is_the_same_delay(desk: Desk) -> None:
    await desk.entered()
    answers = [await desk.post(LI, "/api/orders/SO-1/delays", delay(), Idempotency_Key="key-0001") for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].body == answers[1].body
    assert (await desk.types()).count("delay.logged") == 1


async def test_of_two_at_once_one_is_logged(desk: Desk) -> None:
    await desk.entered()
    answers = await asyncio.gather(*(desk.post(LI, "/api/orders/SO-1/delays", delay()) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]


async def test_commands_that_waited_see_what_was_written_meanwhile(desk: Desk) -> None:
    """Different milestones at once: each command starts from the plan that the one before it left."""
    await desk.entered()
    milestones = {"MAT_IN": "2026-04-20", "PRD_END": "2026-05-25", "DEPART": "2026-07-01", "DELIVERED": "2026-09-01"}
    answers = await asyncio.gather(*(desk.post(LI, "/api/orders/SO-1/delays", delay(day, code)) for code, day in milestones.items()))
    assert [answer.status for answer in answers] == [201] * 4
    expected = await desk.expected()
    assert {code: expected[code] for code in milestones} == milestones
    told = [one for one in await desk.told() if str(one.subject) == str((await desk.told())[-1].subject)]
    assert [one.sequence for one in told] == list(range(1, len(told) + 1))
    ordinals = [(await desk.get(LI, f"/api/orders/delays/{one.body['delay']}")).body["orders"][0]["ordinal"] for one in answers]
    assert sorted(ordinals) == [1, 2, 3, 4]


async def test_an_update_needs_the_version_seen(desk: Desk) -> None:
    await desk.entered()
    known = await desk.delayed(delay())
    path = f"/api/orders/delays/{known['delay']}"
    assert (await desk.put(LI, path, said())).status == 428
    shown = await desk.get(LI, path)
    answer = await desk.put(LI, path, said("2026-05-09", causes=[{"code": "LOG-PORT"}, {"code": "FM-WEA"}]), If_Match=shown.headers["ETag"])
    assert answer.status == 200, answer.body
    assert (answer.body["revision"], answer.body["orders"][0]["before"], answer.body["orders"][0]["after"]) == (
        2,
        "2026-05-01",
        "2026-05-09",
    )
    assert (await desk.put(LI, path, said("2026-05-10"), If_Match=shown.headers["ETag"])).status == 412
    again = await desk.get(LI, path)
    assert [cause["code"] for cause in again.body["causes"]] == ["LOG-PORT", "FM-WEA"]


async def test_unknown_stays_listed_until_it_is_attributed(desk: Desk) -> None:
    await desk.entered()
    known = await desk.delayed(delay(causes=[{"code": "UNKNOWN"}]))
    assert known["under_investigation"] is True
    listed = await desk.get(LI, "/api/orders/delays?attributed=false&status=open")
    assert [one["delay"] for one in listed.body["items"]] == [known["delay"]]
    path = f"/api/orders/delays/{known['delay']}/attribution"
    refused = await desk.post(LI, path, {"causes": [{"code": "UNKNOWN"}]})
    assert set(refused.fields) == {"causes.0.code"}
    answer = await desk.post(LI, path, {"causes": [{"code": "SUP-LATE", "days": 3}, {"code": "LOG-VSL", "days": 1}]})
    assert answer.status == 200, answer.body
    assert (await desk.get(LI, "/api/orders/delays?attributed=false")).body["items"] == []
    assert (await desk.types())[-1] == "delay.attributed"
    shown = await desk.get(LI, f"/api/orders/delays/{known['delay']}")
    assert (shown.body["revision"], shown.body["version"], shown.body["under_investigation"]) == (1, 2, False)


async def test_lists_filter_and_page(desk: Desk) -> None:
    for index in range(3):
        await desk.entered(number=f"SO-{index}")
        await desk.delayed(delay(), f"/api/orders/SO-{index}")
    await desk.entered(number="BO-1", customer="BOLT")
    await desk.delayed(delay("2026-06-20", "DELIVERED", causes=[{"code": "CUS-PAY"}], next_news_on="2026-03-09"), "/api/orders/BO-1")

    async def found(query: str, who: str = MANAGER) -> list[str]:
        answer = await desk.get(who, f"/api/orders/delays?{query}")
        assert answer.status == 200, answer.body
        return [one["orders"][0]["number"] for one in answer.body["items"]]

    assert await found("") == ["BO-1", "SO-2", "SO-1", "SO-0"]
    assert await found("", LI) == ["SO-2", "SO-1", "SO-0"]
    assert await found("customer=BOLT") == ["BO-1"]
    assert await found("milestone=DELIVERED") == ["BO-1"]
    assert await found("cause=LOG-VSL&order=SO-1") == ["SO-1"]
    assert await found("party=customer") == ["BO-1"]
    assert await found("news_by=2026-03-09") == ["BO-1"]
    assert await found("status=closed") == []
    page = await desk.get(MANAGER, "/api/orders/delays?limit=3")
    rest = await desk.get(MANAGER, f"/api/orders/delays?limit=3&cursor={page.body['next']}")
    assert [one["orders"][0]["number"] for one in (*page.body["items"], *rest.body["items"])] == ["BO-1", "SO-2", "SO-1", "SO-0"]
    assert rest.body["next"] is None
    assert (await desk.get(MANAGER, "/api/orders/delays?status=sleeping")).status == 422


async def test_a_vessel_with_orders_of_two_customers_tells_each_of_his_own(desk: Desk) -> None:
    for number, who in (("AC-1", "ACME"), ("AC-2", "ACME"), ("BO-1", "BOLT")):
        await desk.entered(line(shipment="SH-1"), number=number, customer=who, actuals=confirmed("SH-1"))
    await desk.entered(line(shipment="SH-2"), number="AC-3", actuals=confirmed("SH-2"))
    before = len(await desk.told())
    body = await desk.delayed(delay(), "/api/orders/shipments/SH-1")
    assert [order["number"] for order in body["orders"]] == ["AC-1", "AC-2", "BO-1"]
    told = (await desk.told())[before:]
    logged = [event(one) for one in told if kind(one) == "delay.logged"]
    assert len(logged) == 1
    assert isinstance(logged[0], DelayLogged)
    assert logged[0].delay.order_id is None
    assert {touched.number for touched in logged[0].delay.orders} == {"AC-1", "AC-2", "BO-1"}
    counted = {}
    for one in told:
        data = event(one)
        if isinstance(data, PlanReestimated):
            assert data.delay is not None
            assert one.subject == data.order_id
            assert {number: how.vessel for number, how in data.transports.items()} == {"SH-1": "Ever Given"}
            counted[data.number] = data.delay.customer_orders
    assert counted == {"AC-1": 2, "AC-2": 2, "BO-1": 1}
    assert (await desk.expected("AC-3"))["DEPART"] == "2026-04-27"


async def test_who_does_not_see_all_of_a_shipment_cannot_delay_it(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), number="AC-1")
    await desk.entered(line(shipment="SH-1"), number="BO-1", customer="BOLT")
    answer = await desk.post(LI, "/api/orders/shipments/SH-1/delays", delay())
    assert (answer.status, answer.slug, answer.body["others"]) == (403, "not-all-yours", 1)
    assert "BO-1" not in str(answer.body)
    known = await desk.delayed(delay(), "/api/orders/shipments/SH-1")
    shown = await desk.get(LI, f"/api/orders/delays/{known['delay']}")
    assert ([order["number"] for order in shown.body["orders"]], shown.body["others"]) == (["AC-1"], 1)
    answer = await desk.post(LI, f"/api/orders/delays/{known['delay']}/retraction", {"reason": "mine too"})
    assert answer.slug == "not-all-yours"
    refused = await desk.post(LI, "/api/orders/AC-1/delays", delay("2026-06-20"))
    assert (refused.slug, refused.body["delay"]) == ("delay-open", known["delay"])


async def test_a_shipment_without_orders_has_nothing_to_delay(desk: Desk) -> None:
    answer = await desk.post(LI, "/api/orders/shipments/SH-2/delays", delay())
    assert refusal(answer) == (422, "invalid", {"shipment": "nothing travels in shipment SH-2"})
    assert (await desk.post(LI, "/api/orders/shipments/SH-9/delays", delay())).status == 404


async def test_an_order_that_joins_a_late_shipment_is_under_its_delay(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), number="AC-1", actuals=confirmed("SH-1"))
    known = await desk.delayed(delay(), "/api/orders/shipments/SH-1")
    await desk.entered(line(shipment="SH-1"), number="AC-2", actuals=confirmed("SH-1"))
    (told,) = [one for one in map(event, await desk.told()) if isinstance(one, DelayJoined)]
    (joined,) = told.orders
    assert (joined.number, str(joined.before), str(joined.after)) == ("AC-2", "2026-04-27", "2026-05-01"), "before it is said anew"
    assert (await desk.expected("AC-2"))["DEPART"] == "2026-05-01"
    answer = await desk.post(MANAGER, f"/api/orders/delays/{known['delay']}/retraction", {"reason": "on time after all"})
    assert [order["number"] for order in answer.body["orders"]] == ["AC-1", "AC-2"]
    assert (await desk.expected("AC-2"))["DEPART"] == "2026-04-27"


async def test_a_shipments_delay_is_updated_with_the_orders_that_joined_since(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), number="AC-1")
    known = await desk.delayed(delay(), "/api/orders/shipments/SH-1")
    await desk.entered(line(shipment="SH-1"), number="BO-1", customer="BOLT")
    answer = await desk.put(MANAGER, f"/api/orders/delays/{known['delay']}", said("2026-05-06"), If_Match='"1"')
    assert [order["number"] for order in answer.body["orders"]] == ["AC-1", "BO-1"]
    assert (await desk.expected("BO-1"))["DEPART"] == "2026-05-06"


async def freed(desk: Desk, known: str) -> dict[str, str | None]:
    """The orders on the page of a delay, each with the day since which it holds it no more."""
    shown = await desk.get(MANAGER, f"/api/orders/delays/{known}")
    assert shown.status == 200, shown.body
    return {order["number"]: order["freed_on"] for order in shown.body["orders"]}


async def test_an_order_that_a_shipments_delay_holds_no_more_is_shown_as_freed_and_when(desk: Desk) -> None:
    """Its goods travel otherwise, or it has happened to them; until they come back, or it has not after all."""
    for number in ("SO-1", "SO-2"):
        await desk.entered(line(shipment="SH-1"), number=number)
    known = (await desk.delayed(delay(), "/api/orders/shipments/SH-1"))["delay"]
    assert await freed(desk, known) == {"SO-1": None, "SO-2": None}
    before, at = len(await desk.told()), {"milestone": "DEPART", "shipment": "SH-1"}
    commands = [
        ("SO-1/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "booked"}, "SO-1", "2026-03-01"),
        ("SO-1/moves", {"lines": ["1"], "shipment": "SH-1", "reason": "space again"}, "SO-1", None),
        ("SO-1/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "no space"}, "SO-1", "2026-03-01"),
        ("SO-1/lines", {"lines": [line("2", shipment="SH-1")]}, "SO-1", None),
        ("SO-2/actuals", {**at, "date": "2026-02-27"}, "SO-2", "2026-02-27"),
        ("SO-2/actuals/corrections", {**at, "date": None, "reason": "of another ship"}, "SO-2", None),
        ("SO-2/cancellations", {"asked_by": "customer", "reason": "his shop closes"}, "SO-2", "2026-03-01"),
    ]
    for path, body, number, day in commands:
        answer = await desk.post(MANAGER, f"/api/orders/{path}", body)
        assert answer.status in (200, 201), answer.body
        assert await freed(desk, known) == {"SO-1": None, "SO-2": None, number: day}
    told = [one for one in map(event, (await desk.told())[before:]) if isinstance(one, DelayFreed | DelayJoined)]
    assert {one.delay_id for one in told} == {UUID(known)}
    assert [type(one) for one in told] == [DelayFreed, DelayJoined] * 3 + [DelayFreed]
    assert [[order.number for order in one.orders] for one in told if isinstance(one, DelayJoined)] == [["SO-1"], ["SO-1"], ["SO-2"]]
    assert [str(one.freed_on)[5:] for one in told if isinstance(one, DelayFreed)] == ["03-01", "03-01", "02-27", "03-01"]


async def test_the_last_order_that_is_freed_closes_the_delay(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2")
    known = (await desk.delayed(delay(), "/api/orders/shipments/SH-1"))["delay"]
    before = len(await desk.told())
    done = await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", {"milestone": "DEPART", "date": "2026-02-27"})
    assert done.status == 201, done.body
    assert [name for name in await desk.types(before) if name.startswith("delay.")] == ["delay.freed", "delay.closed"]
    assert await freed(desk, known) == {"SO-1": "2026-02-27", "SO-2": "2026-02-27"}


async def test_a_retraction_frees_those_that_it_held_and_says_so_of_no_other(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2")
    known = (await desk.delayed(delay(), "/api/orders/shipments/SH-1"))["delay"]
    moved = await desk.post(MANAGER, "/api/orders/SO-1/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "booked"})
    assert moved.status == 200, moved.body
    assert (await desk.post(MANAGER, f"/api/orders/delays/{known}/retraction", {"reason": "on time after all"})).status == 200
    assert await freed(desk, known) == {"SO-1": "2026-03-01", "SO-2": None}


async def test_news_are_due_on_their_day_and_only_while_the_delay_is_open(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), number="AC-1")
    await desk.entered(number="AC-2")
    one = await desk.delayed(delay(next_news_on="2026-03-09"), "/api/orders/AC-1")
    two = await desk.delayed(delay(next_news_on="2026-03-09"), "/api/orders/AC-2")
    timers = await desk.due()
    assert [(timer.kind, timer.subject, timer.due.isoformat()) for timer in timers] == [
        ("news_due", UUID(known["delay"]), "2026-03-09T00:00:00+00:00") for known in (one, two)
    ]
    await desk.post(MANAGER, f"/api/orders/delays/{two['delay']}/retraction", {"reason": "a mistake"})
    assert [timer.subject for timer in await desk.due()] == [UUID(one["delay"])]
    desk.clock.time = desk.clock.time.replace(day=9)
    await desk.ring(timers)
    told = (await desk.told())[-1]
    data = event(told)
    assert isinstance(data, DelayNewsDue)
    assert (str(data.delay_id), str(data.due_on)) == (one["delay"], "2026-03-09")
    answer = await desk.put(MANAGER, f"/api/orders/delays/{one['delay']}", said("2026-05-06", next_news_on="2026-03-20"), If_Match='"1"')
    assert answer.status == 200, answer.body
    assert [timer.due.day for timer in await desk.due()] == [20]
    await desk.put(MANAGER, f"/api/orders/delays/{one['delay']}", said("2026-05-07"), If_Match='"2"')
    assert await desk.due() == []


async def test_reaching_the_milestone_closes_the_delay_and_its_timer(desk: Desk) -> None:
    await desk.entered()
    known = await desk.delayed(delay("2026-03-10", "ORD_CONF", next_news_on="2026-03-09"))
    answer = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-03-01"})
    assert answer.status == 201, answer.body
    assert (await desk.types())[-3:] == ["milestone.achieved", "plan.reestimated", "delay.closed"]
    shown = await desk.get(LI, f"/api/orders/delays/{known['delay']}")
    assert shown.body["status"] == "closed"
    assert await desk.due() == []
    answer = await desk.post(LI, f"/api/orders/delays/{known['delay']}/retraction", {"reason": "too late"})
    assert (answer.status, answer.slug) == (409, "delay-over")
    attributed = await desk.post(LI, f"/api/orders/delays/{known['delay']}/attribution", {"causes": [{"code": "CUS-APPR"}]})
    assert attributed.status == 200


async def test_goods_that_join_a_late_shipment_which_others_of_their_order_left_are_held_there(desk: Desk) -> None:
    """What had happened to the first before they left it is over for them where they travel now, and still to come for the others."""
    await desk.entered(line(shipment="SH-1"), line("2"), number="SO-1")
    await desk.entered(line(shipment="SH-1"), number="SO-2")
    known = (await desk.delayed(delay("2026-05-12", "PRD_END"), "/api/orders/shipments/SH-1"))["delay"]
    for path, body in (
        ("actuals", {"milestone": "PRD_END", "shipment": "SH-1", "date": "2026-02-27"}),
        ("moves", {"lines": ["1"], "shipment": "SH-2", "reason": "no space"}),
        ("moves", {"lines": ["2"], "shipment": "SH-1", "reason": "space again"}),
    ):
        answer = await desk.post(MANAGER, f"/api/orders/SO-1/{path}", body)
        assert answer.status in (200, 201), answer.body
    assert (await freed(desk, known))["SO-1"] is None
    legs = (await desk.get(MANAGER, "/api/orders/SO-1/plan")).body["legs"]
    made = {leg["shipment"]: next(node for node in leg["nodes"] if node["milestone"] == "PRD_END") for leg in legs}
    assert {leg: node["estimated"] for leg, node in made.items()} == {"SH-1": "2026-05-12", "SH-2": "2026-02-27"}
