"""The message log, the rules and the dates told, over HTTP."""

import asyncio

from shared.contracts.orders import MilestoneAchieved
from shared.contracts.shipments import ArrivingOrder, ShipmentArriving
from tests.notifications.calls import BOSS, CHEN, LI, Api
from tests.notifications.cases import SEA, ident
from tests.notifications.sink import Sink
from tests.notifications.test_sender import sending_with, settings
from tests.notifications.world import DAYS, LATE, LATER, World, logged, moved, order, reason, retracted


async def _delayed(world: World) -> None:
    """Two customers of two merchandisers in one delay of a shipment; one of them has nobody to tell."""
    await world.staff("chen.jie", "Chen Jie")
    await world.customer("M", await world.contact("M", "anna"))
    await world.customer("N", owner="chen.jie")
    mine, theirs = order("SC-1", "M"), order("SC-2", "N")
    await world.feed(mine, theirs, logged("D1", mine, theirs, shipment=True))
    await world.feed(moved(mine, LATE, delay=reason("D1")), moved(theirs, LATE, delay=reason("D1")))


async def test_the_log_shows_a_merchandiser_his_own_customers(world: World, api: Api) -> None:
    await _delayed(world)
    (mine,) = (await api.get(LI, "/api/notifications/messages"))["items"]
    assert (mine["customer"], mine["orders"], mine["status"]) == ("M", ["SC-1"], "queued")
    assert len((await api.get(BOSS, "/api/notifications/messages"))["items"]) == 2
    for query, found in (
        ("order=SC-1", 1),
        ("order=SC-2", 0),
        ("order=none", 0),
        ("customer=M", 1),
        ("status=sent", 0),
        (f"delay={ident('D1')}", 1),
        (f"contact={ident('anna')}", 1),
        ("since=2026-03-01T08:00:00Z", 1),
        ("since=2026-03-02T08:00:00Z", 0),
    ):
        assert len((await api.get(LI, f"/api/notifications/messages?{query}"))["items"]) == found, query
    assert await api.status(CHEN, f"/api/notifications/messages/{mine['id']}") == 404


async def test_a_message_is_read_with_its_text_and_reasons(world: World, api: Api) -> None:
    await _delayed(world)
    (listed,) = (await api.get(LI, "/api/notifications/messages"))["items"]
    read = await api.get(LI, f"/api/notifications/messages/{listed['id']}")
    assert read["to"] == "anna@example.org"
    assert "Dear Anna" in read["body"]
    assert {date["verdict"] for date in read["reasons"]["dates"]} == {"due"}
    assert {date["milestone"]: date["days"] for date in read["reasons"]["dates"]} == {"DELIVERED": 4, "DEPART": 4, "ARRIVE": 4}


async def test_pages_go_on_where_they_ended(world: World, api: Api) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    orders = [order(f"SC-{n}", "M") for n in range(5)]
    await world.feed(*orders, *[moved(one, LATE, delay=reason(one.number)) for one in orders])
    seen: list[str] = []
    path = "/api/notifications/messages?limit=2"
    for _ in range(3):
        page = await api.get(LI, path)
        seen += [item["id"] for item in page["items"]]
        path = f"/api/notifications/messages?limit=2&cursor={page.get('next')}"
    assert len(seen) == len(set(seen)) == 5
    assert page.get("next") is None


async def test_the_outcome_waits_until_everybody_is_told(world: World, api: Api, sink: Sink) -> None:
    path = f"/api/notifications/delays/{ident('D1')}/outcome"
    unknown = await api.get(LI, f"{path}?wait=0.1")
    assert (unknown["known"], unknown["settled"]) == (False, False)
    await _delayed(world)
    assert (await api.get(LI, path))["settled"] is False
    async with sending_with(world, settings(sink)):
        outcome = await api.get(LI, f"{path}?wait=5")
    assert outcome["settled"] is True
    assert [(one["customer"], one["status"]) for one in outcome["told"]] == [("M", "sent")]
    assert outcome["unreachable"] == []
    assert outcome["told"][0]["took_ms"] > 0
    everything = await api.get(BOSS, path)
    assert [(one["customer"], one["why"]) for one in everything["unreachable"]] == [("N", "no_contact")]
    assert await api.status("somebody:merchandiser", path) == 404
    assert await api.status(LI, f"{path}?wait=6") == 422


async def test_the_outcome_of_a_retraction_is_its_own(world: World, api: Api) -> None:
    await _delayed(world)
    path = f"/api/notifications/delays/{ident('D1')}/outcome"
    await world.feed(retracted("D1").model_copy(update={"customers": (ident("M"),)}))
    outcome = await api.get(LI, path)
    assert (outcome["retracted"], outcome["settled"]) == (True, False)
    assert (await api.get(CHEN, path))["settled"] is True, "the order of his customer had left it: nothing is taken back"
    mine = order("SC-1", "M")
    await world.feed(moved(mine, DAYS, because="delay_retracted", delay=reason("D1"), revision=2))
    outcome = await api.get(LI, path)
    assert outcome["settled"] is True
    assert [one["customer"] for one in outcome["cancelled"]] == ["M"]
    assert (await api.get(BOSS, path))["settled"] is True


async def test_the_outcome_of_a_command_is_not_that_of_the_one_before(world: World, api: Api, sink: Sink) -> None:
    await _delayed(world)
    path = f"/api/notifications/delays/{ident('D1')}/outcome"
    async with sending_with(world, settings(sink)):
        assert (await api.get(LI, f"{path}?wait=5&revision=1"))["settled"] is True
    assert (await api.get(LI, f"{path}?revision=2"))["settled"] is False
    assert (await api.get(LI, f"{path}?retracted=true"))["settled"] is False
    mine, theirs = order("SC-1", "M"), order("SC-2", "N")
    await world.feed(logged("D1", mine, theirs, revision=2, shipment=True))
    await world.feed(moved(mine, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2))
    async with sending_with(world, settings(sink)):
        outcome = await api.get(LI, f"{path}?wait=5&revision=2")
    assert (outcome["settled"], len(outcome["told"])) == (True, 2)
    assert await api.status(LI, f"{path}?revision=0") == 422


async def test_the_owner_sees_whom_nobody_told(world: World, api: Api) -> None:
    await _delayed(world)
    (case,) = (await api.get(CHEN, "/api/notifications/unreachable"))["items"]
    assert (case["customer"], case["owner"], case["why"], case["orders"]) == ("N", "chen.jie", "no_contact", ["SC-2"])
    assert {date["now"] for date in case["dates"]} == {day.isoformat() for day in LATE.values()}
    assert (await api.get(LI, "/api/notifications/unreachable"))["items"] == []


async def test_a_case_is_over_when_its_dates_were_told_later(world: World, api: Api, sink: Sink) -> None:
    await _delayed(world)
    theirs = order("SC-2", "N")
    await world.feed(await world.contact("N", "bert"))
    (case,) = (await api.get(CHEN, "/api/notifications/unreachable"))["items"]
    assert case["why"] == "no_contact"
    half = {"DEPART": LATER["DEPART"]}
    async with sending_with(world, settings(sink)):
        await world.feed(moved(theirs, half, because="delay_updated", delay=reason("D1", revision=2), revision=2))
        await _until_sent(world, 2)
    assert (await api.get(CHEN, "/api/notifications/unreachable"))["items"] == []


async def test_a_case_of_one_contact_is_over_when_he_was_told_or_has_left(world: World, api: Api, sink: Sink) -> None:
    made = order("SC-1", "M")
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "bert", email=None))
    async with sending_with(world, settings(sink)):
        await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
        await _until_sent(world, 1)
    (case,) = (await api.get(LI, "/api/notifications/unreachable"))["items"]
    assert (case["why"], case["contact"]) == ("no_address", str(ident("bert")))
    await world.feed(await world.contact("M", "bert", email=None, active=False))
    assert (await api.get(LI, "/api/notifications/unreachable"))["items"] == []


async def test_a_case_is_over_when_its_delay_is_taken_back_or_its_dates_have_come(world: World, api: Api) -> None:
    await world.customer("M")
    first, second, third = order("SC-1", "M"), order("SC-2", "M"), order("SC-3", "M")
    departs = {"DEPART": LATE["DEPART"]}
    await world.feed(first, second, third, logged("D1", first), logged("D2", second), logged("D3", third))
    await world.feed(
        moved(first, LATE, delay=reason("D1")), moved(second, departs, delay=reason("D2")), moved(third, departs, delay=reason("D3"))
    )
    assert len((await api.get(LI, "/api/notifications/unreachable"))["items"]) == 3
    await world.feed(MilestoneAchieved(order_id=second.order_id, shipment="SH-1", milestone="DEPART", actual=LATE["DEPART"]))
    again, back = reason("D3", revision=2), {"DEPART": DAYS["DEPART"]}
    await world.feed(logged("D3", third, revision=2), moved(third, back, because="delay_updated", delay=again, revision=2))
    await world.feed(retracted("D1"), moved(first, DAYS, because="delay_retracted", delay=reason("D1"), revision=2))
    assert (await api.get(LI, "/api/notifications/unreachable"))["items"] == []


async def _until_sent(world: World, mails: int) -> None:
    async with asyncio.timeout(10):
        while len(await world.rows("SELECT FROM message WHERE status = 'sent'")) < mails:  # noqa: ASYNC110  the database knows
            await asyncio.sleep(0.02)


async def test_the_dates_told_are_read_by_order(world: World, api: Api) -> None:
    await _delayed(world)
    told = await api.get(LI, "/api/notifications/orders/SC-1/told")
    assert (told["customer"], told["customer_po"]) == ("M", "45-SC-1")
    line = next(item for item in told["items"] if item["line"])
    assert (line["told"], line["now"], line["source"]) == ("2026-04-24", "2026-04-24", "notice")
    assert len(line["messages"]) == 1
    assert await api.status(LI, "/api/notifications/orders/SC-2/told") == 404
    untold = await api.get(BOSS, "/api/notifications/orders/SC-2/told")
    assert {item["source"] for item in untold["items"]} == {"order"}


async def test_a_manager_changes_a_rule_that_he_has_seen(world: World, api: Api) -> None:
    rules = {rule["name"]: rule for rule in (await api.get(LI, "/api/notifications/rules"))["items"]}
    assert set(rules) == {"arriving", "delay", "delay-retracted", "new-dates", "new-promise"}
    path = "/api/notifications/rules/new-dates"
    body = {"condition": {"because": ["actual_recorded"], "materiality_days": 3}, "active": False}
    assert (await api.call(LI, "PUT", path, body, If_Match='"1"'))[0] == 403
    assert (await api.call(BOSS, "PUT", path, body))[0] == 428
    status, changed, headers = await api.call(BOSS, "PUT", path, body, If_Match='"1"')
    assert (status, changed["version"], changed["active"], headers["ETag"]) == (200, 2, False, '"2"')
    assert (await api.call(BOSS, "PUT", path, body, If_Match='"1"'))[0] == 412
    wrong = {"condition": {"because": ["weather"], "materiality_days": 0}, "active": True}
    status, problem, _ = await api.call(BOSS, "PUT", path, wrong, If_Match='"2"')
    assert status == 422
    assert {error["field"] for error in problem["errors"]} >= {"condition.because.0", "condition.materiality_days"}


async def test_who_did_not_hear_of_an_arrival_is_listed_until_the_goods_are_there(world: World, api: Api) -> None:
    await world.customer("N", owner="chen.jie")
    made = order("SC-2", "N")
    coming = ArrivingOrder(order_id=made.order_id, number=made.number, customer_id=made.customer_id, eta=DAYS["ARRIVE"])
    shipment = made.lines[0].shipment or ""
    await world.feed(
        made,
        ShipmentArriving(shipment_id=ident("SH"), number=shipment, eta=DAYS["ARRIVE"], transport=SEA, orders=(coming,)),
    )
    (case,) = (await api.get(CHEN, "/api/notifications/unreachable"))["items"]
    assert (case["why"], case["orders"]) == ("no_contact", ["SC-2"])
    await world.feed(MilestoneAchieved(order_id=made.order_id, shipment=made.lines[0].shipment, milestone="ARRIVE", actual=DAYS["ARRIVE"]))
    assert (await api.get(CHEN, "/api/notifications/unreachable"))["items"] == []
