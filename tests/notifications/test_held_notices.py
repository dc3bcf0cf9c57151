"""Notices of delays that a disruption logged: held until the owner's word, told by the dates as they stand then."""

from shared.contracts.disruptions import DisruptionReleased, HeldNotice
from shared.contracts.event import Event
from shared.contracts.orders import OrderCreated, PlanReestimated
from tests.notifications.cases import ident
from tests.notifications.world import DAYS, LATE, LATER, PROMISED, World, logged, moved, order, reason, retracted

DELAY = "D1"


def held(made: OrderCreated, orders: int = 1) -> PlanReestimated:
    why = reason(DELAY, orders=orders).model_copy(update={"disruption_id": ident("disruption")})
    return moved(made, LATE, delay=why)


def released(customer: str = "M") -> DisruptionReleased:
    return DisruptionReleased(disruption_id=ident("disruption"), notices=(HeldNotice(delay_id=ident(DELAY), customer_id=ident(customer)),))


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


async def test_days_that_pass_meanwhile_take_nothing_from_it(world: World) -> None:
    one, _ = await two_orders(world)
    await world.feed(held(one), moved(one, LATER, because="day_passed", revision=2), released())
    assert await world.statuses() == [("queued", None)]
    assert (await world.told("SC-1"))["line"] == LATE["DELIVERED"]


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


async def test_an_update_says_it_at_once(world: World) -> None:
    one, _ = await two_orders(world)
    await world.feed(held(one))
    why = reason(DELAY, revision=2).model_copy(update={"disruption_id": ident("disruption")})
    await world.feed(moved(one, LATER, because="delay_updated", delay=why, revision=2))
    assert await world.statuses() == [("queued", None)]
    await world.feed(released())
    assert await world.statuses() == [("queued", None), ("suppressed", "date_already_told")]
