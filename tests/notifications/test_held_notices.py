"""Notices of delays that a disruption logged: held until the owner's word, told by the dates as they stand then."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from services.notifications.channels.domain import Outcome
from services.notifications.messages.gathering import follow
from services.notifications.recovery.store import forget
from services.notifications.sending.domain import Attempt, Next
from services.notifications.sending.store import claim, settle
from shared.contracts.codes import CAUSES
from shared.contracts.disruptions import DisruptionReleased, HeldNotice
from shared.contracts.event import Event
from shared.contracts.joining import JoinedNode
from shared.contracts.legs import LineMove, LinesMoved, LineSplit, NewLeg, PromiseMade
from shared.contracts.orders import Because, Cause, DelayAttributed, DelayLogged, OrderCreated, PlanReestimated
from shared.contracts.shipments import ShipmentChanged
from shared.contracts.text import LocalText
from shared.ids import new_id
from shared.messaging.rewinding import Lost
from shared.rendering.words import in_words
from tests.notifications.calls import CHEN, LI, Api
from tests.notifications.cases import SEA, ident
from tests.notifications.world import DAYS, LATE, LATER, PROMISED, World, logged, moved, order, reason, retracted
from tests.shared.web.server import until

DELAY = "D1"


def held(made: OrderCreated, orders: int = 1, delay: str = DELAY) -> PlanReestimated:
    why = reason(delay, orders=orders).model_copy(update={"disruption_id": ident("disruption")})
    return moved(made, LATE, delay=why)


def released(customer: str = "M", *delays: str) -> DisruptionReleased:
    notices = tuple(HeldNotice(delay_id=ident(delay), customer_id=ident(customer)) for delay in delays or (DELAY,))
    return DisruptionReleased(disruption_id=ident("disruption"), notices=notices)


async def two_orders(world: World) -> tuple[OrderCreated, OrderCreated]:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M"), order("SC-2", "M")
    await world.feed(*made)
    return made


async def test_it_goes_out_with_the_word_and_once(world: World) -> None:
    one, two = await two_orders(world)
    await world.feed(logged(DELAY, one, two), held(one, 2), held(two, 2))
    assert await world.messages() == []
    await world.feed(released())
    [mail] = await world.messages()
    assert mail["status"] == "queued"
    assert "SC-1" in mail["body"]
    assert "SC-2" in mail["body"]
    assert await world.told("SC-1") == {"line": LATE["DELIVERED"], "DEPART": LATE["DEPART"], "ARRIVE": LATE["ARRIVE"]}
    await world.feed(released())
    assert len(await world.messages()) == 1


async def test_its_texts_are_read_before_the_word_by_the_dates_as_they_stand(world: World, api: Api) -> None:
    """His owner reads what would go out, in the words of the day and of what was told meanwhile nothing; afterwards that has been sent."""
    one, two = await two_orders(world)
    path = f"/api/notifications/disruptions/{ident('disruption')}/previews"
    await world.feed(logged(DELAY, one, two), held(one, 2), held(two, 2), moved(two, LATER, because="estimate_stated", revision=2))
    assert (await api.get(CHEN, path)) == {"items": [], "next": None}
    shown = await api.get(LI, path)
    (customer,), (notice,) = shown["items"], shown["items"][0]["notices"]
    assert (customer["customer"], customer["orders"], customer["awaits_release"], shown["next"]) == ("M", ["SC-1", "SC-2"], True, None)
    before = len(await world.messages())
    await world.feed(released())
    mail = [one for one in (await world.messages())[before:] if one["status"] == "queued"][-1]
    assert (mail["subject"], mail["body"]) == (notice["subject"], notice["body"])
    assert (await api.get(LI, path))["items"] == []


async def test_the_word_may_come_before_the_orders(world: World) -> None:
    one, two = await two_orders(world)
    for event in (held(one, 2), released(), held(two, 2)):
        assert await world.messages() == []
        await world.feed(event)
    assert await world.statuses() == [("queued", None)]


async def test_the_word_for_another_customer_lets_nothing_go(world: World) -> None:
    one, _ = await two_orders(world)
    await world.customer("N", await world.contact("N", "bert"))
    await world.feed(held(one), released("N"))
    assert await world.messages() == []


@pytest.mark.parametrize("because", ["day_passed", "production_progressed"])
async def test_what_moves_meanwhile_without_a_word_to_him_is_told_as_it_stands_then(world: World, because: Because) -> None:
    one, _ = await two_orders(world)
    await world.feed(held(one), moved(one, LATER, because=because, revision=2))
    assert [status for status, _ in await world.statuses() if status == "queued"] == []
    await world.feed(released())
    [mail] = [one for one in await world.messages() if one["status"] == "queued"]
    assert in_words(LATER["DELIVERED"], "en") in mail["body"]
    assert in_words(LATE["DELIVERED"], "en") not in mail["subject"] + mail["body"]
    assert await world.told("SC-1") == {"line": LATER["DELIVERED"], "DEPART": LATER["DEPART"], "ARRIVE": LATER["ARRIVE"]}
    # It is told once; what moves it on is told anew.
    await world.feed(moved(one, LATER, because="actual_recorded", revision=3))
    assert len([one for one in await world.messages() if one["status"] == "queued"]) == 1
    await world.feed(moved(one, {**LATER, "DELIVERED": date(2026, 5, 4)}, because="actual_recorded", revision=4))
    assert len([one for one in await world.messages() if one["status"] == "queued"]) == 2


async def test_it_is_told_in_the_words_that_were_said_last(world: World) -> None:
    one, two = await two_orders(world)
    await world.feed(held(one, 2), held(two, 2))
    words = {"disruption_id": ident("disruption"), "action": LocalText(en="a feeder takes them on Friday"), "causes": ("UNKNOWN",)}
    said = reason(DELAY, revision=2, orders=2).model_copy(update=words)
    await world.feed(*(moved(made, {}, because="delay_updated", delay=said) for made in (one, two)))
    assert await world.statuses() == [("suppressed", "date_already_told")], "no date moved by it"
    found = (Cause(code="LOG-PORT", party="carrier"),)
    await world.feed(DelayAttributed(delay_id=ident(DELAY), causes=found, under_investigation=False))
    await world.feed(released())
    [mail] = [one for one in await world.messages() if one["status"] == "queued"]
    assert "a feeder takes them on Friday" in mail["body"]
    assert CAUSES["LOG-PORT"].phrase.in_language("en")[1:] in mail["body"]
    assert (mail["delay_revision"], mail["because"]) == (1, "delay_logged")
    assert await world.rows("SELECT FROM gathered") == []


async def test_what_is_in_time_again_when_the_word_comes_is_not_told(world: World) -> None:
    one, _ = await two_orders(world)
    await world.feed(held(one), moved(one, DAYS, because="production_progressed", revision=2), released())
    assert {status for status, _ in await world.statuses()} == {"suppressed"}
    assert (await world.told("SC-1"))["line"] == PROMISED


async def test_what_he_heard_meanwhile_is_not_told_again(world: World) -> None:
    one, _ = await two_orders(world)
    await world.feed(held(one))
    news: Event = moved(one, LATER, because="actual_recorded", revision=2)
    await world.feed(news)
    await world.feed(released())
    assert await world.statuses() == [("queued", None), ("suppressed", "date_already_told")]
    assert (await world.told("SC-1"))["DEPART"] == LATER["DEPART"]


async def test_what_was_taken_back_before_is_never_told(world: World) -> None:
    one, _ = await two_orders(world)
    await world.feed(logged(DELAY, one), held(one))
    await world.feed(retracted(DELAY), moved(one, DAYS, because="delay_retracted", delay=reason(DELAY), revision=2))
    await world.feed(released())
    assert await world.statuses() == [("suppressed", "date_already_told")] * 2
    assert await world.told("SC-1") == {"line": PROMISED, "DEPART": DAYS["DEPART"], "ARRIVE": DAYS["ARRIVE"]}


@pytest.mark.parametrize("told", [False, True])
async def test_closed_days_that_are_taken_back_are_told_to_whom_they_were_told(world: World, *, told: bool) -> None:
    """The retraction moves nothing, as they are closed still; the calendar is changed after it."""
    one, _ = await two_orders(world)
    await world.feed(logged(DELAY, one), held(one), *[released()] * told)
    async with world.database.transaction() as tx:
        sent = [(Attempt(mail, Outcome("sent"), world.clock.now()), Next("sent", 1)) for mail in await claim(tx, 9, new_id(), 60, ())]
        if sent:
            await settle(tx, sent, world.clock.now())
    await world.feed(retracted(DELAY), moved(one, {}, because="delay_retracted", delay=reason(DELAY), revision=2))
    await world.feed(moved(one, DAYS, because="calendar_changed", revision=2))
    news = [mail for mail in await world.messages() if mail["status"] == "queued"]
    assert [f"{in_words(PROMISED, 'en')} (was {in_words(LATE['DELIVERED'], 'en')})" in mail["body"] for mail in news] == [True] * told
    assert not any("orrection" in mail["subject"] for mail in news)


async def test_an_update_says_it_at_once(world: World) -> None:
    one, _ = await two_orders(world)
    await world.feed(held(one))
    why = reason(DELAY, revision=2).model_copy(update={"disruption_id": ident("disruption")})
    await world.feed(moved(one, LATER, because="delay_updated", delay=why, revision=2))
    assert await world.statuses() == [("queued", None)]
    await world.feed(released())
    assert await world.statuses() == [("queued", None), ("suppressed", "date_already_told")]


async def test_of_what_came_later_nothing_is_told_by_itself(world: World, api: Api) -> None:
    """A leg that came to a late vessel is told with what brought it, entered or moved: its own delay waits for nobody."""
    one, _ = await two_orders(world)
    path = f"/api/notifications/delays/{ident(DELAY)}/outcome"
    facts = logged(DELAY, one).delay.model_copy(update={"order_id": None, "disruption_id": ident("disruption")})
    await world.feed(DelayLogged(delay=facts, joined=True), historical=True)
    outcome = await api.get(LI, path)
    assert (outcome["settled"], outcome["awaits_release"]) == (True, False)
    assert [(held["customer"], held["orders"], held["why"]) for held in outcome["held"]] == [("M", ["SC-1"], "date_already_told")]
    await world.feed(retracted(DELAY), moved(one, DAYS, because="delay_retracted", delay=reason(DELAY), revision=2))
    assert (await api.get(LI, f"{path}?retracted=true"))["settled"] is True


def moves(made: OrderCreated, before: str | None, after: str | None, *, whole: bool = True) -> LinesMoved:
    """The first line goes, alone or with its leg, into a shipment in which nothing of the order travels; or back into its leg."""
    back, about = after == made.lines[0].shipment and not whole, {"order_id": made.order_id, "number": made.number}
    legs = () if back else (NewLeg(shipment=after, like=before, plan=()),)
    lines = (LineMove(line="1", before=before, after=after),)
    ended = (before,) if whole or back else ()
    goes = {after: SEA.model_copy(update={"voyage": f"V-{after}"})} if after else {}
    return LinesMoved(**about, customer_id=made.customer_id, lines=lines, legs=legs, ended=ended, transports=goes, reason="booked")


def of_leg(event: PlanReestimated, shipment: str) -> PlanReestimated:
    nodes = tuple(node.model_copy(update={"shipment": shipment}) for node in event.nodes)
    lines = tuple(one.model_copy(update={"shipment": shipment}) for one in event.lines if one.line == "1")
    return event.model_copy(update={"nodes": nodes, "lines": lines, "transports": {}})


@pytest.mark.parametrize("path", [("SH-2",), ("SH-2", "SH-1"), (None, "SH-3")])
async def test_goods_that_travel_elsewhere_by_then_are_told_of_where_they_are(world: World, path: tuple[str | None, ...]) -> None:
    """In another shipment of the vessel, back from it, or booked at last: no date moved by that, and he has heard nothing yet."""
    one, _ = await two_orders(world)
    await world.feed(held(one), *(moves(one, *way) for way in pairwise(("SH-1", *path))))
    assert await world.messages() == []
    await world.feed(released())
    (mail,) = await world.messages()
    assert all(in_words(day, "en") in mail["body"] for day in LATE.values())
    assert f"Vessel MSC ANNA, voyage V-{path[-1]}" in mail["body"]
    assert "- Lamp 1 of SC-1: 100 pcs" in mail["body"]
    assert await world.told("SC-1") == {"line": LATE["DELIVERED"], "DEPART": LATE["DEPART"], "ARRIVE": LATE["ARRIVE"]}


def goes(shipment: str, vessel: str) -> ShipmentChanged:
    transport = SEA.model_copy(update={"vessel": vessel, "voyage": "9E"})
    return ShipmentChanged(shipment_id=ident(shipment), number=shipment, transport=transport)


async def test_goods_whose_shipment_goes_otherwise_by_then_are_told_of_the_vessel_that_they_sail_with(world: World, api: Api) -> None:
    """Rolled, or named anew, while it is held, before what is held of it came here, or before its goods came to it."""
    one, two = await two_orders(world)
    await world.feed(goes("SH-1", "MSC EMMA"), held(one, 2), held(two, 2), moves(two, "SH-1", "SH-2"))
    await world.feed(goes("SH-2", "MSC LARA"), goes("SH-2", "MSC OLGA"), goes("SH-9", "MSC ZOE"))
    shown = await api.get(LI, f"/api/notifications/disruptions/{ident('disruption')}/previews")
    await world.feed(released())
    (mail,) = await world.messages()
    assert [vessel for vessel in ("ANNA", "EMMA", "LARA", "OLGA", "ZOE") if f"MSC {vessel}, voyage 9E" in mail["body"]] == ["EMMA", "OLGA"]
    assert "MSC ANNA" not in mail["subject"] + mail["body"]
    assert shown["items"][0]["notices"][0]["body"] == mail["body"]


async def test_what_orders_lost_of_a_shipment_is_not_told(world: World) -> None:
    one, _ = await two_orders(world)
    await world.feed(goes("SH-1", "MSC EMMA"), goes("SH-2", "MSC OLGA"), held(one), moves(one, "SH-1", "SH-2"))
    async with world.database.transaction() as tx:
        await forget(tx, Lost("orders", {ident("SH-2"): 1}))
    await world.feed(released())
    (mail,) = await world.messages()
    assert "MSC ANNA, voyage V-SH-2" in mail["body"]


async def test_whoever_says_something_else_of_what_is_held_waits_for_whoever_decides_of_it(world: World) -> None:
    """Both take the gathering before what is in it: neither waits for the other in a circle."""
    one, two = await two_orders(world)
    await world.feed(logged(DELAY, one, two), held(one, 2), held(two, 2))
    said = reason(DELAY, revision=2).model_copy(update={"disruption_id": ident("disruption"), "action": LocalText(en="by a feeder")})
    found = DelayAttributed(delay_id=ident(DELAY), causes=(Cause(code="LOG-PORT", party="carrier"),), under_investigation=False)
    for event in (moved(one, {}, because="delay_updated", delay=said), found):
        async with world.database.transaction() as tx:
            await tx.execute("SELECT FROM gathering WHERE because = 'delay_logged' FOR UPDATE")
            feeding = asyncio.create_task(world.feed(event))
            await until(lambda: tx.fetchval("SELECT count(*) = 1 FROM pg_locks WHERE NOT granted"))
            await tx.execute("SELECT FROM gathered FOR UPDATE NOWAIT")
        await feeding
    (facts,) = {str(row["facts"]["delay"]) for row in await world.rows("SELECT facts FROM gathered WHERE because = 'delay_logged'")}
    assert "by a feeder" in facts
    assert "LOG-PORT" in facts


def part_of(made: OrderCreated) -> LineSplit:
    part = made.lines[0].model_copy(update={"line": "1-2", "quantity": Decimal(40)})
    return LineSplit(
        order_id=made.order_id, number="SC-1", customer_id=made.customer_id, line="1", quantity=Decimal(60), amount=None, part=part,
        promises=(PromiseMade(day=PROMISED, revision=0, made_on=date(2026, 2, 1)),), estimated=LATE["DELIVERED"], reason="the rest later",
    )  # fmt: skip


async def test_a_part_that_was_split_off_is_told_with_the_rest(world: World) -> None:
    one, _ = await two_orders(world)
    await world.feed(held(one), part_of(one), released())
    told = await world.rows("SELECT line, told FROM told_line WHERE order_id = $1 ORDER BY line", one.order_id)
    assert [(row["line"], row["told"]) for row in told] == [("1", LATE["DELIVERED"]), ("1-2", LATE["DELIVERED"])]


@pytest.mark.parametrize("whole", [True, False])
async def test_goods_that_come_back_to_a_late_leg_hear_it_as_of_any_lines_that_are_moved(world: World, *, whole: bool) -> None:
    """At once, of them alone; with the word of the rest, and nothing a second time."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M", lines=1 if whole else 2)
    free = of_leg(moved(made, DAYS, because="lines_moved", revision=2), "SH-9")
    again = of_leg(moved(made, LATE, because="lines_moved", revision=3), "SH-1")
    if not whole:
        joined = [JoinedNode(lines=("1",), **node.model_dump(include=set(JoinedNode.model_fields))) for node in again.nodes]
        again = again.model_copy(update={"nodes": (), "joined": tuple(joined)})
    await world.feed(made, held(made), moves(made, "SH-1", "SH-9", whole=whole), free)
    assert await world.statuses() == [("suppressed", "date_already_told")], "it is in time, as he was told"
    await world.feed(moves(made, "SH-9", "SH-1", whole=whole), again)
    assert await world.statuses() == [("queued", None), ("suppressed", "date_already_told")]
    (heard,) = [one for one in await world.messages() if one["status"] == "queued"]
    assert in_words(LATE["DEPART"], "en") in heard["body"]
    assert "Lamp 2" not in heard["body"], "of goods that wait for the word nothing is said"
    await world.feed(released())
    last = (await world.messages())[-1]
    assert (last["status"], last["why"]) == (("suppressed", "date_already_told") if whole else ("queued", None))
    if not whole:
        assert "Items affected:\n- Lamp 2 of SC-1: 100 pcs\n" in last["body"]
    told = await world.rows("SELECT told FROM told_node UNION ALL SELECT told FROM told_line")
    assert {row["told"] for row in told} == set(LATE.values())


def joins(made: OrderCreated, before: str, after: str, *ended: str) -> LinesMoved:
    """The first line joins a leg that is there."""
    return LinesMoved(
        order_id=made.order_id, number=made.number, customer_id=made.customer_id, lines=(LineMove(line="1", before=before, after=after),),
        legs=(), ended=ended, transports={after: SEA}, reason="one container",
    )  # fmt: skip


async def test_a_leg_that_held_goods_join_counts_its_own_estimates(world: World) -> None:
    """Of the goods that join it he hears with the word, of the others nothing; of both again when the carrier says another day."""
    await world.customer("M", await world.contact("M", "anna"))
    whole = order("SC-1", "M", lines=2)
    made = in_two_legs(whole)

    def said(days: dict[str, date], revision: int) -> PlanReestimated:
        event = of_leg(moved(whole, days, because="estimate_stated", revision=revision), "SH-2")
        return event.model_copy(update={"lines": (), "transports": {"SH-2": SEA}})

    waits = of_leg(held(whole), "SH-1")
    nodes = tuple(node.model_copy(update={"revision": 7}) for node in waits.nodes)
    await world.feed(made, said(LATE, 2), waits.model_copy(update={"nodes": nodes}))
    await world.feed(joins(made, "SH-1", "SH-2", "SH-1"), released())
    first, second = await world.messages()
    assert "Items affected:\n- Lamp 2 of SC-1: 100 pcs\n" in first["body"]
    assert "Items affected:\n- Lamp 1 of SC-1: 100 pcs\n" in second["body"]
    assert f"expected {in_words(LATE['DEPART'], 'en')} (was {in_words(DAYS['DEPART'], 'en')})" in second["body"]
    await world.feed(said(LATER, 3))
    *_, last = await world.messages()
    assert last["body"].count(f"expected {in_words(LATER['DEPART'], 'en')} (was {in_words(LATE['DEPART'], 'en')})") == 1
    assert all(f"- Lamp {n} of SC-1: 100 pcs\n" in last["body"] for n in (1, 2))
    assert await world.statuses() == [("queued", None)] * 3
    told = await world.rows("SELECT milestone, told FROM told_node")
    assert {(one["milestone"], one["told"]) for one in told} == {(code, LATER[code]) for code in ("DEPART", "ARRIVE")}


def test_what_joined_a_leg_is_told_by_itself_wherever_it_goes_from_there() -> None:
    """Also a part of it; and once, where it comes back to the leg that it had left."""
    whole = order("SC-1", "M", lines=2)
    waits = follow(held(whole), joins(whole, "SH-1", "SH-2"))
    assert {one.shipment for one in waits.nodes} == {"SH-1"}
    waits = follow(waits, part_of(whole))
    assert {(one.shipment, one.lines, one.revision) for one in waits.joined} == {("SH-2", (line,), 0) for line in ("1", "1-2")}
    waits = follow(waits, moves(whole, "SH-2", "SH-3"))
    assert {(one.shipment, one.lines) for one in waits.joined} == {("SH-3", ("1",)), ("SH-2", ("1-2",))}
    again = follow(follow(waits, joins(whole, "SH-3", "SH-1", "SH-3")), joins(whole, "SH-1", "SH-2"))
    assert sorted((one.milestone, *one.lines) for one in again.joined) == sorted((code, line) for code in LATE for line in ("1", "1-2"))
    assert {one.shipment for one in again.joined} == {"SH-2"}


def in_two_legs(made: OrderCreated) -> OrderCreated:
    """Its second line in a shipment of its own."""
    first, second = made.lines
    plan = (*made.plan, *(node.model_copy(update={"shipment": "SH-2"}) for node in made.plan))
    return made.model_copy(update={"lines": (first, second.model_copy(update={"shipment": "SH-2"})), "plan": plan})


async def two_legs(world: World) -> list[PlanReestimated]:
    """An order in two shipments of a late vessel, each leg under a delay of its own, of which the customer hears in two languages."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "wang", language="zh-CN"))
    made = order("SC-1", "M", lines=2)
    parts = in_two_legs(made).lines
    await world.feed(in_two_legs(made))
    events = []
    for delay, line in (("D1", parts[0]), ("D2", parts[1])):
        event = held(made, delay=delay)
        nodes = tuple(node.model_copy(update={"shipment": line.shipment}) for node in event.nodes)
        lines = tuple(one.model_copy(update={"shipment": line.shipment}) for one in event.lines if one.line == line.line)
        events.append(event.model_copy(update={"nodes": nodes, "lines": lines}))
    await world.feed(logged("D1", made), logged("D2", made), *events)
    return events


async def test_one_mail_tells_of_all_that_one_word_lets_go(world: World) -> None:
    """Each delay has its own outcome and correction; of the two that are kept for a contact one is sent."""
    await two_legs(world)
    await world.feed(released("M", "D1", "D2"))
    messages = await world.messages()
    assert {(m["language"], m["delay_id"]) for m in messages} == {(one, ident(delay)) for one in ("en", "zh-CN") for delay in ("D1", "D2")}
    for language in ("en", "zh-CN"):
        first, second = sorted((m for m in messages if m["language"] == language), key=lambda m: m["sent_with"] is not None)
        assert (second["sent_with"], second["body"]) == (first["id"], first["body"])
        assert all(f"Lamp {n} of SC-1" in first["body"] for n in (1, 2))
        assert first["body"].count(in_words(LATE["DELIVERED"], language)) == 2
        assert first["body"].count("SC-1") == first["body"].count("Lamp") + 2, "the order is named once, with our number and his"
    assert len(await world.rows("SELECT FROM told_date")) == 2 * 2 * 3
    async with world.database.transaction() as tx:
        claimed = await claim(tx, 10, new_id(), 60, ())
        assert {one.mail.id for one in claimed} == {m["id"] for m in messages if m["sent_with"] is None}
        results = [(Attempt(one, Outcome("sent"), world.clock.now()), Next("sent", 1)) for one in claimed]
        ended = await settle(tx, results, world.clock.now())
    assert sorted((one.status, str(one.delay_id)) for one in ended) == sorted(
        ("sent", str(ident(d))) for d in ("D1", "D2") for _ in range(2)
    )
    assert await world.statuses() == [("sent", None)] * 4


async def test_what_is_told_with_another_is_taken_back_by_itself(world: World) -> None:
    """Also while the mail waits: it tells of the other, too, so it goes out as it was written, and the correction follows."""
    _, second = await two_legs(world)
    await world.feed(released("M", "D1", "D2"))
    back = {"because": "delay_retracted", "delay": reason("D2")}
    nodes = tuple(node.model_copy(update={"after": DAYS[node.milestone], "revision": 2}) for node in second.nodes)
    lines = tuple(line.model_copy(update={"after": PROMISED, "revision": 2}) for line in second.lines)
    await world.feed(retracted("D2"), second.model_copy(update={**back, "nodes": nodes, "lines": lines}))
    english, chinese = sorted((m for m in await world.messages() if m["because"] == "delay_retracted"), key=lambda m: m["language"])
    assert "Part of our message of" in english["body"]
    assert "中，部分内容因相关延期已撤销，不再适用" in chinese["body"]
    async with world.database.transaction() as tx:
        claimed = await claim(tx, 10, new_id(), 60, ())
        assert {one.mail.id for one in claimed} == {english["corrects"], chinese["corrects"]}
        later = Next("queued", 1, 60)
        await settle(tx, [(Attempt(one, Outcome("deferred", "451"), world.clock.now()), later) for one in claimed], world.clock.now())
    assert await world.statuses() == [("queued", None)] * 6, "sent later, and corrected then"
    told = await world.rows("SELECT line, told FROM told_line ORDER BY line")
    assert [(one["line"], one["told"]) for one in told] == [("1", LATE["DELIVERED"]), ("2", PROMISED)]


async def test_a_day_that_comes_sooner_corrects_no_delay_that_he_never_heard_of(world: World) -> None:
    """What made it sooner came while the notice was held, and shows when the delay is retracted: he was told the old day before that."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made)
    world.clock.time += timedelta(hours=1)
    await world.feed(logged(DELAY, made), held(made))
    back = moved(made, {**DAYS, "DEPART": date(2026, 3, 9)}, because="delay_retracted", delay=reason(DELAY), revision=2)
    nodes = tuple(node.model_copy(update={"before": LATE[node.milestone]}) for node in back.nodes)
    await world.feed(retracted(DELAY), back.model_copy(update={"nodes": nodes}))
    assert await world.statuses() == [("suppressed", "date_already_told")]
    assert (await world.told("SC-1"))["DEPART"] == DAYS["DEPART"]
