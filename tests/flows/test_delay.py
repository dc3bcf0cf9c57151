"""One delay's whole way: the HTTP answer, the events, the mail in the customer's language, the report; all under one correlation id."""

import asyncio
from datetime import date, timedelta

import orjson
import pytest

from deploy.local.suite import Suite
from tests.flows.world import World, a_merchandiser, unique

PROMISED = date(2027, 3, 12)


@pytest.fixture
async def world(suite: Suite) -> World:
    return await a_merchandiser(suite)


async def test_a_delay_reaches_the_mailbox_in_both_languages_and_the_report(world: World) -> None:
    customer = await world.customer()
    order = await world.order(customer, promised=PROMISED)
    correlation = unique("flow")

    answer = await world.delay(
        f"/api/orders/{order}", "DELIVERED", PROMISED + timedelta(days=4), next_news_on="2027-03-09", correlation=correlation
    )

    [touched] = answer["orders"]
    assert touched["number"] == order
    assert {(line["before"], line["after"]) for line in touched["lines"]} == {("2027-03-12", "2027-03-16")}
    told = (await world.me.get(answer["told"])).expect(200)
    assert told["settled"] is True
    mails = {mail.recipients[0]: mail for mail in world.mails(customer)}
    assert set(mails) == set(customer.contacts.values())
    english, chinese = mails[customer.contacts["en"]], mails[customer.contacts["zh-CN"]]
    assert "Tue 16 March 2027" in english.text
    assert "2027年3月16日(周二)" in chinese.text
    for mail in (english, chinese):
        assert order in mail.text
        assert mail.header("X-Correlation-ID") == correlation
        assert mail.header("Reply-To") is not None
        assert world.login in str(mail.header("Reply-To"))
    row = (await world.me.get(f"/api/reporting/delays/{answer['delay']}", wait=5)).expect(200)
    assert row["delay"] == answer["delay"]
    async with world.suite.database("reporting") as reporting:
        bodies = await reporting.fetch("SELECT body FROM archive")
    events = [event for row in bodies if (event := orjson.loads(row["body"]))["correlationid"] == correlation]
    assert {event["type"].removeprefix("gendan.") for event in events} >= {
        "orders.delay.logged.v1",
        "orders.plan.reestimated.v1",
        "notifications.message.queued.v1",
        "notifications.message.sent.v1",
    }


async def test_customers_on_one_vessel_hear_of_their_own_orders_in_one_mail(world: World) -> None:
    one, two = await world.customer(languages=("en",)), await world.customer(languages=("zh-CN",))
    voyage = unique("V")
    shipment = await world.vessel("EVER GIVEN", voyage)
    first, second = [await world.order(one, shipment=shipment, promised=PROMISED) for _ in range(2)]
    other = await world.order(two, shipment=shipment, promised=PROMISED)
    found = (await world.me.get("/api/orders/shipments", vessel="EVER GIVEN", voyage=voyage)).expect(200)
    assert [item["number"] for item in found["items"]] == [shipment]

    answer = await world.delay(f"/api/orders/shipments/{shipment}", "ARRIVE", PROMISED + timedelta(days=2))

    assert {touched["number"] for touched in answer["orders"]} == {first, second, other}
    (await world.me.get(answer["told"])).expect(200)
    [mail] = world.mails(one)
    assert first in mail.text
    assert second in mail.text
    assert other not in mail.text
    [mail] = world.mails(two)
    assert other in mail.text
    assert first not in mail.text
    assert second not in mail.text


async def test_a_retraction_is_told_only_to_those_who_were_told(world: World) -> None:
    customer = await world.customer(languages=("en",))
    order = await world.order(customer, promised=PROMISED)
    answer = await world.delay(f"/api/orders/{order}", "DELIVERED", PROMISED + timedelta(days=4))
    await world.outcome(answer["delay"])
    # A contact who came later was not told and so hears no correction.
    late = f"late.{customer.code.lower()}@example.org"
    entry = {"name": "Late", "roles": ["orders"], "email": late, "language": "en", "time_zone": "UTC", "country": "DE"}
    (await world.me.post(f"/api/customers/{customer.code}/contacts", entry)).expect(201)

    path = f"/api/orders/delays/{answer['delay']}/retraction"
    taken_back = (await world.me.post(path, {"reason": "space was found after all"})).expect(200)

    outcome = (await world.me.get(taken_back["told"])).expect(200)
    assert (outcome["settled"], outcome["retracted"], len(outcome["told"])) == (True, True, 2)

    [notice, correction] = await world.suite.mailbox.wait_for(lambda mail: customer.contacts["en"] in mail.recipients, count=2)
    assert notice.subject in correction.text
    assert "12 March 2027" in correction.text
    assert world.suite.mailbox.to(late) == []
    plan = (await world.me.get(f"/api/orders/{order}")).expect(200)
    assert {line["estimated"] for line in plan["lines"]} == {"2027-03-12"}


async def test_a_customer_nobody_can_write_to_is_listed_for_his_owner(world: World) -> None:
    silent = await world.customer(languages=())
    order = await world.order(silent, promised=PROMISED)
    answer = await world.delay(f"/api/orders/{order}", "DELIVERED", PROMISED + timedelta(days=4))

    await world.outcome(answer["delay"])

    listed = (await world.me.get("/api/notifications/unreachable")).expect(200)
    assert [item["why"] for item in listed["items"]] == ["no_contact"]


async def test_another_merchandiser_sees_nothing_of_it(world: World, suite: Suite) -> None:
    customer = await world.customer()
    order = await world.order(customer, promised=PROMISED)
    answer = await world.delay(f"/api/orders/{order}", "DELIVERED", PROMISED + timedelta(days=4))
    await world.outcome(answer["delay"])
    stranger = (await a_merchandiser(suite)).me

    for path in (f"/api/customers/{customer.code}", f"/api/orders/{order}", f"/api/orders/delays/{answer['delay']}",
                 f"/api/reporting/delays/{answer['delay']}", f"/api/notifications/delays/{answer['delay']}/outcome"):  # fmt: skip
        assert (await stranger.get(path)).status == 404, path
    for path in ("/api/customers", "/api/orders", "/api/orders/delays", "/api/notifications/messages"):
        assert (await stranger.get(path)).expect(200)["items"] == [], path


async def test_the_same_command_twice_is_one_delay_and_one_mail(world: World) -> None:
    customer = await world.customer(languages=("en",))
    order = await world.order(customer, promised=PROMISED)
    body = {"milestone": "DELIVERED", "new_date": "2027-03-16", "causes": [{"code": "UNKNOWN"}], "action": {"en": "we are finding out"}}
    key = unique("key")

    answers = await asyncio.gather(*(world.me.post(f"/api/orders/{order}/delays", body, key=key) for _ in range(4)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["delay"] for answer in answers}) == 1
    await world.outcome(answers[0].json["delay"])
    assert len(world.mails(customer)) == 1


async def test_every_event_delivered_again_changes_nothing(world: World) -> None:
    customer = await world.customer()
    order = await world.order(customer, promised=PROMISED)
    answer = await world.delay(f"/api/orders/{order}", "DELIVERED", PROMISED + timedelta(days=4))
    await world.outcome(answer["delay"])
    row = (await world.me.get(f"/api/reporting/delays/{answer['delay']}", wait=5)).expect(200)
    async with world.suite.database("orders") as orders, world.suite.broker() as broker:
        told = await orders.fetch("SELECT type, subject, body FROM record ORDER BY position")
        # Without Nats-Msg-Id the broker takes them as new messages.
        for event in told:
            await broker.request(event["subject"], event["body"], timeout=5)

    # What is told after the copies is handled after them: each shard keeps its order.
    other = await world.delay(f"/api/orders/{await world.order(customer, promised=PROMISED)}", "DELIVERED", PROMISED + timedelta(days=1))
    await world.outcome(other["delay"])
    await world.suite.mailbox.wait_until_quiet()
    assert len([mail for mail in world.mails(customer) if order in mail.text]) == 2
    assert (await world.me.get(f"/api/reporting/delays/{answer['delay']}", wait=5)).expect(200) == row
