"""Texts shown before a delay is logged: the same that are written after it, and nothing kept of them."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.customers import Deputy
from shared.contracts.event import Event
from shared.contracts.orders import DeliveredLine, MilestoneAchieved, OrderCreated, PlanReestimated, PromiseChanged, PromisedLine
from shared.contracts.text import Language, LocalText
from tests.notifications.calls import BOSS, CHEN, LI, Api
from tests.notifications.world import LATE, LATER, NOW, PROMISED, World, logged, moved, order, reason

PATH = "/api/notifications/previews"
LANGUAGES: tuple[Language, ...] = ("en", "zh-CN")


def simulated(*events: PlanReestimated, **more: Any) -> dict[str, Any]:
    """What a simulation answers, as far as it matters here, and things beside it that do not."""
    return {
        "milestone": "DEPART",
        "shipment": None,
        "orders": [
            {"number": event.number, "slack_after": -4, "reestimated": event.model_dump(mode="json", by_alias=True)} for event in events
        ],
        **more,
    }


async def previewed(api: Api, *events: PlanReestimated) -> list[dict[str, Any]]:
    status, body, _ = await api.call(BOSS, "POST", PATH, simulated(*events))
    assert status == 200, body
    return list(body["customers"])


def texts(customers: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            one["status"],
            one["why"] or "",
            one["contact"] or "",
            one["language"],
            one["to"],
            one["subject"],
            one["body"],
            tuple(one["cc"]),
            tuple(one["reply_to"]),
        )
        for customer in customers
        for one in customer["notices"]
    )


async def written(world: World, before: int) -> list[tuple[Any, ...]]:
    """The messages that were decided since there were `before` of them."""
    found = []
    for m in (await world.messages())[before:]:
        envelope = m["envelope"] or {}
        contact, to, copies = str(m["contact_id"] or ""), envelope.get("to"), tuple(envelope.get("cc", ()))
        replies = tuple(envelope.get("reply_to", ()))
        found.append((m["status"], m["why"] or "", contact, m["language"], to, m["subject"], m["body"], copies, replies))
    return sorted(found)


async def kept(world: World) -> list[Any]:
    tables = ("message", "told_line", "told_node", "told_date", "record", "gathering")
    return [await world.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


async def test_a_preview_shows_each_contact_his_text_and_writes_nothing(world: World, api: Api) -> None:
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "wang", language="zh-CN"))
    await world.customer("N")
    mine, theirs = order("SC-1", "M"), order("SC-2", "N")
    await world.feed(mine, theirs)
    before = await kept(world)
    m, n = await previewed(api, moved(theirs, LATE, delay=reason("D1")), moved(mine, LATE, delay=reason("D1")))
    assert await kept(world) == before
    assert (m["customer"], m["orders"], m["reasons"]["rule"]) == ("M", ["SC-1"], "delay")
    assert {(one["status"], one["language"], one["to"]) for one in m["notices"]} == {
        ("queued", "en", "anna@example.org"),
        ("queued", "zh-CN", "wang@example.org"),
    }
    assert all("45-SC-1" in one["subject"] and "SC-2" not in one["body"] for one in m["notices"])
    assert [one["untranslated"] for one in m["notices"]] == [[], []]
    event = moved(mine, LATE, delay=reason("D1").model_copy(update={"action": LocalText(zh_cn="加班赶货。")}))
    (foreign,) = await previewed(api, event)
    assert {one["language"]: one["untranslated"] for one in foreign["notices"]} == {"en": ["action"], "zh-CN": []}
    assert (n["customer"], [(one["status"], one["why"]) for one in n["notices"]]) == ("N", [("unreachable", "no_contact")])


async def test_while_the_owner_is_away_his_deputy_signs_and_is_answered(world: World, api: Api) -> None:
    """By the day on which it is written, where the owner lives; the deputy who is away himself does not."""
    today = NOW.date()
    away = Deputy(login="wu.gang", first=today, last=today)
    await world.staff("ma.lin", "Ma Lin", deputies=(away,))
    await world.staff("wu.gang", "Wu Gang")
    await world.staff(deputies=(away.model_copy(update={"login": "ma.lin"}), away))
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "wang", language="zh-CN"))
    first, second = order("SC-1", "M"), order("SC-2", "M")
    await world.feed(first, second)
    event = moved(first, LATE, delay=reason("D1"))

    (shown,) = await previewed(api, event)

    bodies = {one["language"]: one["body"] for one in shown["notices"]}
    assert "Kind regards,\n\nWu Gang\nfor Li Wei\nPhone: +86 21 5555 0142\nE-mail: wu.gang@gendan.example\n" in bodies["en"]
    assert "\nWu Gang（代Li Wei）\n" in bodies["zh-CN"]
    assert [one["reply_to"] for one in shown["notices"]] == [["wu.gang@gendan.example", "li.wei@gendan.example"]] * 2
    await world.feed(logged("D1", first), event)
    assert texts([shown]) == await written(world, 0)
    world.clock.time = NOW.replace(hour=16)  # the next day in Shanghai
    (shown,) = await previewed(api, moved(second, LATE, delay=reason("D2")))
    assert [one["reply_to"] for one in shown["notices"]] == [["li.wei@gendan.example"]] * 2
    assert not any("Wu Gang" in one["body"] for one in shown["notices"])


async def test_who_need_not_hear_is_shown_with_the_reason(world: World, api: Api) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    (customer,) = await previewed(api, moved(made, LATE, delay=reason("D2", ordinal=2), revision=2))
    assert [(one["status"], one["why"], one["subject"]) for one in customer["notices"]] == [("suppressed", "date_already_told", None)]
    assert {date["verdict"] for date in customer["reasons"]["dates"]} == {"date_already_told"}


async def test_only_orders_in_sight_are_previewed(world: World, api: Api) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    event = moved(made, LATE, delay=reason("D1"))
    assert (await api.call(LI, "POST", PATH + "?wait=0", simulated(event)))[0] == 404
    asked = asyncio.create_task(api.call(LI, "POST", PATH + "?wait=5", simulated(event)))
    await asyncio.sleep(0.1)
    assert not asked.done(), "an order that was just entered is waited for"
    await world.feed(made)
    assert (await asked)[0] == 200
    assert (await api.call(CHEN, "POST", PATH + "?wait=0", simulated(event)))[0] == 404
    # The order of somebody in sight does not open the contacts of another customer.
    await world.customer("N", await world.contact("N", "bert"), owner="chen.jie")
    foreign = event.model_copy(update={"customer_id": (order("SC-2", "N")).customer_id})
    assert (await api.call(CHEN, "POST", PATH + "?wait=0", simulated(foreign)))[0] == 404


async def test_what_no_simulation_answers_is_refused(world: World, api: Api) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made)
    event = moved(made, LATE, delay=reason("D1"))
    for body, field in (
        (simulated(), "orders"),
        ({"orders": [{"number": "SC-1"}]}, "orders.0.reestimated"),
        (simulated(event, event), "orders.1.reestimated"),
        (simulated(moved(made, LATE, because="actual_recorded")), "orders.0.reestimated"),
        (simulated(moved(made, LATE, delay=reason("D1", orders=2))), "orders"),
    ):
        status, problem, _ = await api.call(LI, "POST", PATH, body)
        assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])


@pytest.mark.parametrize("seed", range(12))
async def test_what_is_previewed_is_what_is_then_written(world: World, api: Api, seed: int) -> None:
    """Whatever the customers, contacts, languages, orders, promises and earlier delays, and in whatever batches the events come."""
    chance = random.Random(seed)
    made = await _some_orders(world, chance)
    async with world.database.transaction() as tx:
        days = chance.choice((1, 1, 3, 6))
        await tx.execute("UPDATE rule SET condition = condition || jsonb_build_object('materiality_days', $1::int)", days)
    heard = [one for one in made if chance.random() < 0.4]
    for one in heard:
        await world.feed(logged(f"old {one.number}", one), moved(one, LATE, delay=reason(f"old {one.number}")))
    for one in made:
        if chance.random() < 0.2:
            delivered = (DeliveredLine(line="1", delivered=PROMISED),)
            await world.feed(
                MilestoneAchieved(
                    order_id=one.order_id, shipment="SH-1", milestone="DELIVERED", actual=PROMISED, lines=delivered, complete=False
                )
            )
    events = [_moved(one, made, chance, again=one in heard) for one in made]
    before = len(await world.messages())
    customers = await previewed(api, *events)
    await world.feed(logged("D", *made, shipment=True))
    for event in chance.sample(events, len(events)):
        told: list[Event] = [event, *_promise_told(event)]
        for batch in [told] if chance.random() < 0.5 else [[one] for one in told]:
            await world.feed(*batch)
    assert texts(customers) == await written(world, before)
    assert before < len(await world.messages())


async def _some_orders(world: World, chance: random.Random) -> list[OrderCreated]:
    made = []
    for customer in ("M", "N", "O")[: chance.randint(1, 3)]:
        contacts = [
            await world.contact(
                customer,
                f"{customer}{n}".lower(),
                language=chance.choice(LANGUAGES),
                email=chance.choice(("", "", None, "no address")),
                active=chance.random() < 0.8,
                cc=("copy@example.org",) if chance.random() < 0.3 else (),
            )
            for n in range(chance.randint(0, 3))
        ]
        await world.customer(customer, *contacts)
        made += [order(f"SC-{customer}{n}", customer, lines=chance.randint(1, 3)) for n in range(chance.randint(1, 3))]
    await world.feed(*made)
    return made


def _delivered(one: OrderCreated) -> MilestoneAchieved:
    """Its first line; the others are still to come."""
    lines = (DeliveredLine(line="1", delivered=PROMISED),)
    return MilestoneAchieved(
        order_id=one.order_id, shipment="SH-1", milestone="DELIVERED", actual=PROMISED, lines=lines, complete=len(one.lines) == 1
    )


def _moved(one: OrderCreated, made: Sequence[OrderCreated], chance: random.Random, *, again: bool) -> PlanReestimated:
    orders = sum(other.customer_id == one.customer_id for other in made)
    days = chance.choice((LATE, LATER, {}, {"DEPART": LATER["DEPART"]}))
    event = moved(one, days, delay=reason("D", orders=orders, ordinal=2 if again else 1), revision=2)
    if chance.random() < 0.6:
        return event
    promised = PROMISED + timedelta(days=chance.choice((2, 15)))
    given = tuple(PromisedLine(line=line.line, before=PROMISED, after=promised, revision=1) for line in one.lines[: chance.randint(1, 3)])
    held = {line.line for line in given}
    lines = tuple(line.model_copy(update={"promised": promised}) if line.line in held else line for line in event.lines)
    return event.model_copy(update={"promises": given, "lines": lines})


def _promise_told(event: PlanReestimated) -> list[PromiseChanged]:
    if not event.promises or event.delay is None:
        return []
    return [
        PromiseChanged(
            order_id=event.order_id,
            number=event.number,
            customer_id=event.customer_id,
            lines=event.promises,
            reason="delay",
            delay_id=event.delay.delay_id,
        )
    ]


async def test_a_disruption_s_texts_wait_for_the_owner_s_word(world: World, api: Api) -> None:
    """An order may stand in two delays of one disruption: one mail would tell of both, and of a date once."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made)
    events = [moved(made, LATE, delay=reason(name)) for name in ("D1", "D2")]
    held = [
        event.model_copy(update={"delay": event.delay.model_copy(update={"disruption_id": made.order_id})})
        for event in events
        if event.delay
    ]
    (both,) = await previewed(api, *held)
    assert both["awaits_release"] is True
    (notice,) = both["notices"]
    assert notice["status"] == "queued"
    assert notice["body"].count("Departure") == 1
    (at_once,) = await previewed(api, events[0])
    assert at_once["awaits_release"] is False
