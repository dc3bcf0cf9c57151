"""Events into decisions on a real database: who is told, once, and what he was told."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.notifications.channels.domain import Outcome
from services.notifications.dates import store
from services.notifications.sending import store as sending
from services.notifications.sending.domain import Attempt, Next
from shared.contracts.cancellations import OrderCancelled
from shared.contracts.corrections import CorrectedLine, MilestoneCorrected
from shared.contracts.event import Event
from shared.contracts.joining import JoinedNode
from shared.contracts.legs import LineJoined, LineMove, LinesMoved, LineSplit, NewLeg, PromiseMade
from shared.contracts.orders import DeliveredLine, MilestoneAchieved, OrderCreated, OrderLine, PlanReestimated, PromiseChanged, PromisedLine
from shared.contracts.plans import PlanRebaselined
from shared.contracts.shipments import ArrivingOrder, ShipmentArriving
from shared.ids import new_id
from shared.messaging.received import ReferentUnknown
from shared.rendering.words import in_words
from tests.notifications.cases import SEA, ident
from tests.notifications.world import DAYS, LATE, LATER, NOW, PROMISED, World, logged, moved, order, reason, retracted


async def test_a_delay_is_told_to_each_contact_in_his_language(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "wang", language="zh-CN"))
    made = order("SC-1", "M")
    await world.feed(made)
    await world.feed(logged("D1", made), moved(made, LATE, delay=reason("D1")))
    messages = await world.messages()
    assert {(m["status"], m["language"]) for m in messages} == {("queued", "en"), ("queued", "zh-CN")}
    assert all("45-SC-1" in m["subject"] for m in messages)
    assert messages[0]["envelope"]["reply_to"] == ["li.wei@gendan.example"]
    assert await world.told("SC-1") == {"line": LATE["DELIVERED"], "DEPART": LATE["DEPART"], "ARRIVE": LATE["ARRIVE"]}
    assert await world.events() == ["notifications.message.queued.v1"] * 2


async def test_one_mail_for_several_orders_in_one_delay_whatever_the_batches(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    await world.customer("N", await world.contact("N", "bert"))
    mine = [order("SC-1", "M"), order("SC-2", "M")]
    theirs = order("SC-3", "N")
    await world.feed(*mine, theirs)
    await world.feed(logged("D1", *mine, theirs, shipment=True), moved(mine[1], LATE, delay=reason("D1", orders=2)))
    assert await world.messages() == []
    await world.feed(moved(theirs, LATE, delay=reason("D1")))
    await world.feed(moved(mine[0], LATE, delay=reason("D1", orders=2)))
    by_address = {m["envelope"]["to"]: m for m in await world.messages()}
    assert set(by_address) == {"anna@example.org", "bert@example.org"}
    anna, bert = by_address["anna@example.org"], by_address["bert@example.org"]
    assert all(number in anna["body"] for number in ("SC-1", "SC-2"))
    assert "SC-3" not in anna["body"] + anna["subject"]
    assert "SC-1" not in bert["body"]
    assert "SC-2" not in bert["body"] + bert["subject"]
    assert "EVIDENCE" not in anna["body"]


async def test_what_was_told_is_not_told_again(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, moved(made, LATE, delay=reason("D1")))
    await world.feed(moved(made, LATE, because="delay_updated", delay=reason("D1", revision=2), revision=2))
    await world.feed(moved(made, {}, delay=reason("D2", ordinal=2)))
    assert await world.statuses() == [("queued", None), ("suppressed", "date_already_told"), ("suppressed", "date_already_told")]


async def test_small_moves_are_held_by_the_rule(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE rule SET condition = condition || '{\"materiality_days\": 5}' WHERE name = 'delay'")
    await world.feed(made, moved(made, LATE, delay=reason("D1")))
    assert await world.statuses() == [("suppressed", "below_materiality")]
    await world.feed(moved(made, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2))
    assert ("queued", None) in await world.statuses()


async def test_a_rule_that_is_off_tells_nothing_and_says_so(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE rule SET active = false WHERE name = 'delay'")
    await world.feed(made, moved(made, LATE, delay=reason("D1")))
    assert await world.statuses() == [("suppressed", "rule_off")]
    assert (await world.told("SC-1"))["line"] == PROMISED


async def test_a_day_that_passed_is_told_by_no_rule_that_ships(world: World) -> None:
    """It leaves no message behind, not even one that says why there is none. A firm may have its customers told."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, moved(made, LATE, because="day_passed"))
    assert await world.messages() == []
    assert (await world.told("SC-1"))["line"] == PROMISED
    await world.feed(moved(made, LATE, delay=reason("D1"), revision=2))
    [mail] = await world.messages()
    assert "16 March" in mail["body"], "whoever says what the days did tells it"
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE rule SET condition = jsonb_set(condition, '{because}', '[\"day_passed\"]') WHERE name = 'new-dates'")
    await world.feed(moved(made, LATER, because="day_passed", revision=3))
    assert await world.statuses() == [("queued", None), ("queued", None)]


async def test_what_happened_is_not_told_as_expected(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    delivered = MilestoneAchieved(
        order_id=made.order_id,
        shipment="SH-1",
        milestone="DELIVERED",
        actual=PROMISED,
        lines=(DeliveredLine(line="1", delivered=PROMISED),),
    )
    sailed = MilestoneAchieved(order_id=made.order_id, shipment="SH-1", milestone="DEPART", actual=DAYS["DEPART"])
    await world.feed(made, delivered, sailed)
    await world.feed(moved(made, {"DEPART": LATE["DEPART"], "DELIVERED": LATE["DELIVERED"]}, delay=reason("D1")))
    assert await world.statuses() == [("suppressed", "already_achieved")]


async def test_what_has_not_happened_after_all_is_told_again(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    delivered = MilestoneAchieved(
        order_id=made.order_id,
        shipment="SH-1",
        milestone="DELIVERED",
        actual=PROMISED,
        lines=(DeliveredLine(line="1", delivered=PROMISED),),
    )
    wrong = CorrectedLine(line="1", before=PROMISED, delivered=None, estimated=LATE["DELIVERED"], revision=1)
    corrected = MilestoneCorrected(
        order_id=made.order_id, number="SC-1", customer_id=made.customer_id, shipment="SH-1", milestone="DELIVERED", before=PROMISED,
        actual=None, estimated=LATE["DELIVERED"], revision=1, lines=(wrong,), reason="signed for another order",
    )  # fmt: skip
    await world.feed(made, delivered)
    await world.feed(corrected, moved(made, {"DELIVERED": LATE["DELIVERED"]}, because="actual_corrected"))
    assert await world.statuses() == [("queued", None)]
    assert (await world.told("SC-1"))["line"] == LATE["DELIVERED"]


async def test_of_what_is_cancelled_nobody_hears_any_more(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    mine, other = order("SC-1", "M"), order("SC-2", "M")
    gone = OrderCancelled(
        order_id=mine.order_id, number="SC-1", customer_id=mine.customer_id, lines=("1",), asked_by="customer", reason="his shop closes"
    )
    await world.feed(mine, other, moved(mine, LATE, delay=reason("D1")))
    await world.feed(moved(mine, LATER, delay=reason("D2", orders=2), revision=2), moved(other, LATE, delay=reason("D2", orders=2)))
    assert await world.statuses() == [("queued", None)] * 2
    await world.feed(gone)
    assert await world.statuses() == [("cancelled", "order_cancelled"), ("queued", None)], "the second tells of another order, too"
    await world.feed(moved(mine, LATE, delay=reason("D3"), revision=3))
    assert (await world.statuses())[-1] == ("suppressed", "order_cancelled")
    assert await world.events() == ["notifications.message.queued.v1"] * 2 + [
        "notifications.message.cancelled.v1",
        "notifications.message.suppressed.v1",
    ]


async def test_a_milestone_with_lines_still_open_has_no_actual_yet(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    sailed = MilestoneAchieved(order_id=made.order_id, shipment="SH-1", milestone="DEPART", actual=DAYS["DEPART"], complete=False)
    await world.feed(made, sailed)
    await world.feed(moved(made, {"DEPART": LATE["DEPART"]}, delay=reason("D1")))
    assert await world.statuses() == [("queued", None)]
    assert (await world.told("SC-1"))["DEPART"] == LATE["DEPART"]


async def test_nobody_to_tell_is_recorded_and_the_date_stays_untold(world: World) -> None:
    await world.customer("M")
    await world.customer("N", await world.contact("N", "bert", email=None), await world.contact("N", "carl", email="no address"))
    first, second = order("SC-1", "M"), order("SC-2", "N")
    await world.feed(first, second, moved(first, LATE, delay=reason("D1")), moved(second, LATE, delay=reason("D2")))
    assert await world.statuses() == [("unreachable", "no_address"), ("unreachable", "no_address"), ("unreachable", "no_contact")]
    assert (await world.told("SC-1"))["line"] == PROMISED
    await world.feed(await world.contact("M", "anna"))
    await world.feed(moved(first, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2))
    (queued,) = [m for m in await world.messages() if m["status"] == "queued"]
    assert "was Mon 20 April 2026" in queued["subject"]


async def test_a_retraction_corrects_those_who_were_told(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "bert"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    await _mark(world, "anna@example.org", "sent")
    await world.feed(retracted("D1"), moved(made, DAYS, because="delay_retracted", delay=reason("D1"), revision=2))
    messages = await world.messages()
    assert await world.statuses() == [("cancelled", "delay_retracted"), ("queued", None), ("sent", None)]
    (correction,) = [m for m in messages if m["status"] == "queued"]
    (notice,) = [m for m in messages if m["status"] == "sent"]
    assert correction["corrects"] == notice["id"]
    assert correction["contact_id"] == notice["contact_id"]
    assert notice["subject"] in correction["body"]
    assert correction["envelope"]["thread"] == str(notice["id"])
    assert (await world.told("SC-1"))["line"] == PROMISED


async def test_a_retraction_before_anything_was_sent_needs_no_correction(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    await world.feed(retracted("D1"), moved(made, DAYS, because="delay_retracted", delay=reason("D1"), revision=2))
    assert [status for status, _ in await world.statuses()] == ["cancelled", "suppressed"]
    assert await world.told("SC-1") == {"line": PROMISED, "DEPART": DAYS["DEPART"], "ARRIVE": DAYS["ARRIVE"]}
    assert "notifications.message.cancelled.v1" in await world.events()


async def test_of_two_mails_that_nobody_has_read_nothing_was_told(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    update = moved(made, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2)
    await world.feed(logged("D1", made, revision=2), update)
    await world.feed(retracted("D1"), moved(made, DAYS, because="delay_retracted", delay=reason("D1", revision=2), revision=3))
    assert [status for status, _ in await world.statuses()] == ["cancelled", "cancelled", "suppressed"]
    assert await world.told("SC-1") == {"line": PROMISED, "DEPART": DAYS["DEPART"], "ARRIVE": DAYS["ARRIVE"]}


@pytest.mark.parametrize("given_up", [False, True])
async def test_a_mail_that_may_have_arrived_is_corrected(world: World, *, given_up: bool) -> None:
    """Its sending was in doubt once, before it was cancelled or given up: whoever it was for may have read it."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE message SET possible_duplicates = 1")
        for one in await sending.claim(tx, 1, new_id(), 60, ()) if given_up else ():
            await sending.settle(tx, [(Attempt(one, Outcome("refused", "550"), NOW), Next("failed", 1, why="smtp 550"))], NOW)
    assert (await world.told("SC-1"))["line"] == LATE["DELIVERED"]
    await world.feed(retracted("D1"), moved(made, DAYS, because="delay_retracted", delay=reason("D1"), revision=2))
    assert [status for status, _ in await world.statuses()] == ["failed" if given_up else "cancelled", "queued"]
    assert "Please disregard our message" in (await world.messages())[-1]["body"], "of which nothing holds any more"


async def test_the_second_delay_counts_only_those_he_heard_of(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    await world.feed(logged("D2", made), moved(made, LATER, delay=reason("D2", ordinal=2), revision=2))
    assert "second delay" in (await world.messages())[-1]["body"]
    unheard = order("SC-2", "M")
    await world.feed(unheard, moved(unheard, LATE, delay=reason("D3", ordinal=2)))
    assert "second" not in (await world.messages())[-1]["body"]


async def test_a_promise_moved_by_itself_is_told(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, _promise("SC-1", revision=1, days=9))
    (message,) = await world.messages()
    assert (message["rule"], message["status"]) == ("new-promise", "queued")
    assert (await world.told("SC-1"))["line"] == PROMISED + timedelta(days=9)


async def test_an_earlier_promise_is_told_as_agreed_with_what_it_moved(world: World) -> None:
    """One mail, by the rule of promises: the agreed day, and the milestones he sees."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    promise = _promise("SC-1", revision=1, days=-9)
    days = {code: day - timedelta(days=9) for code, day in DAYS.items()}
    plan = moved(made, days, because="promise_changed", promised=promise.lines[0].after)
    plan = plan.model_copy(update={"promises": promise.lines})
    await world.feed(made, plan, promise.model_copy(update={"replanned": True}))
    (message,) = await world.messages()
    assert (message["rule"], message["status"]) == ("new-promise", "queued")
    assert "agreed" in message["body"]
    assert "expected" not in message["subject"]
    assert await world.told("SC-1") == {"line": PROMISED - timedelta(days=9), "DEPART": days["DEPART"], "ARRIVE": days["ARRIVE"]}
    # What is expected by then anyway moves nothing of the plan: the promise is told by itself.
    await world.feed(
        _promise("SC-1", revision=2, days=-12).model_copy(
            update={"lines": (PromisedLine(line="1", before=promise.lines[0].after, after=PROMISED - timedelta(days=7), revision=2),)}
        )
    )
    assert [one["rule"] for one in await world.messages()] == ["new-promise", "new-promise"]


async def test_a_promise_that_moves_is_told_whatever_day_he_heard_before(world: World) -> None:
    """He knows that the goods are expected on 24 April: we agree to that day, and then to one that the delay does not let us keep."""
    await world.customer("M", await world.contact("M", "anna"))
    made, days = order("SC-1", "M"), (LATE["DELIVERED"] - PROMISED).days
    await world.feed(made, moved(made, LATE, delay=reason("D1")), _promise("SC-1", revision=1, days=days))
    _, agreed = _queued(await world.messages())
    assert "agreed by Fri 24 April 2026 (was Mon 20 April 2026)" in agreed["body"]
    assert "at present" not in agreed["body"]
    # Of two in a row he hears the one that holds, once.
    await world.feed(_promise("SC-1", revision=2, days=-12), _promise("SC-1", revision=3, days=-7))
    _, _, sooner = _queued(await world.messages())
    assert "agreed by Mon 13 April 2026 (was Mon 20 April 2026); at present expected Fri 24 April 2026" in sooner["body"]
    assert sooner["subject"].endswith("agreed by Mon 13 April 2026 (was Mon 20 April 2026)")
    assert (await world.told("SC-1"))["line"] == LATE["DELIVERED"]
    told = sooner["reasons"]["dates"][0]
    assert (told["told"], told["now"], told["promised"], told["verdict"]) == ("2026-04-24", "2026-04-24", "2026-04-13", "due")


@pytest.mark.parametrize("orders", [1, 2])
async def test_a_promise_given_with_a_delay_is_told_with_it(world: World, orders: int) -> None:
    """One mail, with the later of promise and expected date."""
    await world.customer("M", await world.contact("M", "anna"))
    made = [order(f"SC-{n}", "M") for n in range(orders)]
    promised = PROMISED + timedelta(days=9)
    await world.feed(*made)
    for one in made:
        await world.feed(
            moved(one, LATE, delay=reason("D1", orders=orders), promised=promised), _promise(one.number, revision=1, days=9, delay="D1")
        )
    assert await world.statuses() == [("queued", None)]
    assert (await world.told("SC-0"))["line"] == promised


async def test_imports_and_history_are_told_to_nobody(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    many = [order(f"SC-{n}", "M", lines=2) for n in range(500)]
    await world.feed(*many, historical=True)
    await world.feed(moved(many[0], LATE, because="actual_recorded"), historical=True)
    assert await world.messages() == []
    assert len(await world.rows("SELECT 1 FROM told_line")) == 1000
    await world.feed(moved(many[0], LATE, because="actual_recorded", revision=2))
    assert [m["rule"] for m in await world.messages()] == ["new-dates"]


async def test_what_is_not_known_yet_is_waited_for(world: World) -> None:
    made = order("SC-1", "M")
    with pytest.raises(ReferentUnknown, match="order"):
        await world.feed(moved(made, LATE, delay=reason("D1")))
    await world.feed(made)
    with pytest.raises(ReferentUnknown, match="customer"):
        await world.feed(moved(made, LATE, delay=reason("D1")))
    early = await world.contact("M", "anna")
    async with world.database.transaction() as tx:
        await tx.execute("DELETE FROM personal_key WHERE aggregate = $1", ident("M"))
    with pytest.raises(ReferentUnknown, match="key"):
        await world.feed(early)


async def test_two_commands_in_one_batch_are_decided_one_after_the_other(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(
        made,
        moved(made, LATE, delay=reason("D1")),
        moved(made, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2),
        moved(made, LATER, delay=reason("D2"), revision=3),
    )
    subjects = [m["subject"] for m in await world.messages() if m["subject"]]
    assert "was Mon 20 April" in subjects[0]
    assert "was Fri 24 April" in subjects[1]
    assert len(subjects) == 2


async def test_an_older_estimate_that_comes_late_is_not_told(world: World) -> None:
    """An order waits for another one of its delay while a later command moves it on."""
    await world.customer("M", await world.contact("M", "anna"))
    first, second = order("SC-1", "M"), order("SC-2", "M")
    await world.feed(first, second, moved(first, LATE, delay=reason("D1", orders=2)))
    await world.feed(moved(first, LATER, because="actual_recorded", revision=2))
    await world.feed(moved(second, LATE, delay=reason("D1", orders=2)))
    assert (await world.told("SC-1"))["line"] == LATER["DELIVERED"]
    last = (await world.messages())[-1]
    assert "SC-1" not in last["body"]


def _queued(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages if one["status"] == "queued"]


async def _mark(world: World, address: str, status: str) -> None:
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE message SET status = $2, sent_at = decided_at WHERE envelope->>'to' = $1", address, status)


def _promise(number: str, *, revision: int, days: int, delay: str | None = None) -> PromiseChanged:
    return PromiseChanged(
        order_id=ident(number),
        number=number,
        customer_id=ident("M"),
        lines=(PromisedLine(line="1", before=PROMISED, after=PROMISED + timedelta(days=days), revision=revision),),
        reason="delay" if delay else "customer_request",
        delay_id=ident(delay) if delay else None,
    )


async def test_what_was_told_of_a_leg_goes_along_with_its_lines(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    source = made.lines[0].shipment
    moves = LineMove(line=made.lines[0].line, before=source, after="SH-9")
    legs = (NewLeg(shipment="SH-9", like=source, plan=()),)
    away = LinesMoved(
        order_id=made.order_id, number="SC-1", customer_id=made.customer_id, lines=(moves,), legs=legs, ended=(source,), reason="rolled"
    )
    await world.feed(made, away)
    assert await world.told("SC-1") == {"line": PROMISED, "DEPART": DAYS["DEPART"], "ARRIVE": DAYS["ARRIVE"]}
    event = moved(made, LATE, because="lines_moved")
    nodes = tuple(node.model_copy(update={"shipment": "SH-9"}) for node in event.nodes)
    await world.feed(event.model_copy(update={"nodes": nodes}))
    assert await world.statuses() == [("queued", None)]
    assert (await world.told("SC-1"))["DEPART"] == LATE["DEPART"]


async def test_what_a_revision_of_the_plan_lets_him_see_he_hears_of_when_it_moves(world: World) -> None:
    """He hears of no milestone because it is new to him, and no more of one that he does not see any longer."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    kept, hidden = ([node for node in made.plan if node.milestone == code] for code in ("DEPART", "ARRIVE"))
    new = kept[0].model_copy(update={"milestone": "BL_ISS", "estimated": kept[0].planned + timedelta(days=4)})
    rest = [node for node in made.plan if node.milestone not in ("DEPART", "ARRIVE")]
    event = PlanRebaselined(
        order_id=made.order_id, number="SC-1", customer_id=made.customer_id, template="export-sea", before=1, revision=2, added=("BL_ISS",),
        gone=(), plan=(*kept, new, *(node.model_copy(update={"visible": False}) for node in hidden), *rest), reason="as agreed",
    )  # fmt: skip
    await world.feed(made, moved(made, {"DEPART": LATE["DEPART"]}, delay=reason("D1")), event)
    assert await world.statuses() == [("queued", None)]
    assert await world.told("SC-1") == {"line": PROMISED, "DEPART": LATE["DEPART"], "BL_ISS": new.estimated}
    late = moved(made, {"DEPART": LATER["DEPART"]}, because="plan_rebaselined", revision=2)
    await world.feed(late.model_copy(update={"nodes": tuple(one.model_copy(update={"milestone": "BL_ISS"}) for one in late.nodes)}))
    assert await world.statuses() == [("queued", None), ("queued", None)]
    assert await world.told("SC-1") == {"line": PROMISED, "DEPART": LATE["DEPART"], "BL_ISS": LATER["DEPART"]}


async def test_a_part_of_a_line_was_told_what_the_line_was(world: World) -> None:
    """Told of by its own quantity as soon as it moves alone; of the rest he hears that it stands."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    (whole,) = made.lines
    part = whole.model_copy(update={"line": "1-2", "quantity": Decimal(40)})
    first = PromiseMade(day=PROMISED, revision=0, made_on=date(2026, 2, 1))
    event = LineSplit(
        order_id=made.order_id, number="SC-1", customer_id=made.customer_id, line="1", quantity=whole.quantity - 40, amount=None, part=part,
        promises=(first,), estimated=PROMISED, reason="the rest later",
    )  # fmt: skip
    await world.feed(made, moved(made, LATE, delay=reason("D1")), event)
    assert await world.statuses() == [("queued", None)]
    late = moved(made, LATER, because="lines_moved", revision=2)
    (line,) = late.lines
    await world.feed(
        late.model_copy(update={"nodes": (), "lines": (line.model_copy(update={"line": "1-2", "before": LATE["DELIVERED"]}),)})
    )
    body = (await world.messages())[-1]["body"]
    assert f"Items affected:\n- {whole.item}: 40 pcs\n" in body
    assert f"Unchanged:\n- {whole.item}: 60 pcs, delivery still expected {in_words(LATE['DELIVERED'], 'en')}" in body
    about = {"order_id": made.order_id, "number": "SC-1", "customer_id": made.customer_id}
    joined = LineJoined(**about, line="1", quantity=whole.quantity, amount=None, part="1-2", reason="all at once after all")
    await world.feed(joined, late.model_copy(update={"nodes": ()}))
    body = (await world.messages())[-1]["body"]
    assert f"- {whole.item}: {whole.quantity} pcs" in body
    assert "Unchanged" not in body


def _apart() -> OrderCreated:
    """An order with lines 1 and 3 in SH-1, and line 2 in SH-2, of which the days of LATE were told."""
    made = order("SC-1", "M", lines=3)
    late = [node.model_copy(update={"shipment": "SH-2", "planned": LATE[node.milestone]}) for node in made.plan]
    first, second, third = made.lines
    return made.model_copy(update={"lines": (first, second.model_copy(update={"shipment": "SH-2"}), third), "plan": (*made.plan, *late)})


def _joins(made: OrderCreated, line: str, before: str, after: str, days: tuple[dict[str, date], dict[str, date]]) -> tuple[Event, Event]:
    """A line joins a leg that is there, and its milestones are expected on the days of that; its delivery stands."""
    moves = LinesMoved(
        order_id=made.order_id, number=made.number, customer_id=made.customer_id, lines=(LineMove(line=line, before=before, after=after),),
        legs=(), ended=(), reason="one container",
    )  # fmt: skip
    joined = tuple(
        JoinedNode(shipment=after, milestone=code, lines=(line,), visible=True, before=days[0][code], after=days[1][code], revision=0)
        for code in ("DEPART", "ARRIVE")
    )
    told = moved(made, {}, because="lines_moved")
    return moves, told.model_copy(update={"joined": joined, "transports": {after: SEA}})


def _departs(now: date, was: date) -> str:
    return f"- Departure from Shanghai: expected {in_words(now, 'en')} (was {in_words(was, 'en')})"


async def test_of_a_line_that_joins_a_leg_he_hears_the_days_there_and_of_the_others_nothing(world: World) -> None:
    """As often as it joins one, though nothing was estimated anew in that."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "wang", language="zh-CN"))
    made = _apart()
    await world.feed(made, *_joins(made, "1", "SH-1", "SH-2", (DAYS, LATE)))
    english, chinese = sorted(await world.messages(), key=lambda one: one["language"])
    assert _departs(LATE["DEPART"], DAYS["DEPART"]) in english["body"]
    assert f"(was {in_words(DAYS['ARRIVE'], 'en')})" in english["body"]
    assert "Vessel MSC ANNA, voyage FE612W" in english["body"]
    assert "Items affected:\n- Lamp 1 of SC-1: 100 pcs\n" in english["body"]
    assert "Unchanged:\n- Lamp 2 of SC-1: 100 pcs, delivery still expected" in english["body"]
    assert "Lamp 1" in english["subject"]
    assert all(in_words(days["DEPART"], "zh-CN") in chinese["body"] for days in (DAYS, LATE))
    assert chinese["body"].count("Lamp 1 of SC-1") == 1
    await world.feed(*_joins(made, "1", "SH-2", "SH-1", (LATE, DAYS)))
    assert _departs(DAYS["DEPART"], LATE["DEPART"]) in _english(await world.messages())[-1]
    await world.feed(*_joins(made, "1", "SH-1", "SH-2", (DAYS, LATE)))
    assert len(_english(await world.messages())) == 3
    late = moved(made, LATER, delay=reason("D1"))
    nodes = tuple(node.model_copy(update={"shipment": "SH-2"}) for node in late.nodes)
    await world.feed(late.model_copy(update={"nodes": nodes, "lines": (), "transports": {"SH-2": SEA}}))
    body = _english(await world.messages())[-1]
    assert body.count(_departs(LATER["DEPART"], LATE["DEPART"])) == 1, "what is told the same is told once"
    assert "- Lamp 1 of SC-1: 100 pcs\n- Lamp 2 of SC-1: 100 pcs\n" in body
    assert "Unchanged:\n- Lamp 3 of SC-1: 100 pcs" in body


async def test_what_was_told_of_a_line_before_it_joined_a_leg_is_what_moves(world: World) -> None:
    """Where he heard nothing of that, and where it is split from then on."""
    await world.customer("M", await world.contact("M", "anna"))
    made = _apart()
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE rule SET active = false WHERE name = 'new-dates'")
    part = made.lines[0].model_copy(update={"line": "1-2", "quantity": Decimal(40)})
    split = LineSplit(
        order_id=made.order_id, number="SC-1", customer_id=made.customer_id, line="1", quantity=Decimal(60), amount=None, part=part,
        promises=(PromiseMade(day=PROMISED, revision=0, made_on=date(2026, 2, 1)),), estimated=PROMISED, reason="the rest later",
    )  # fmt: skip
    await world.feed(made, *_joins(made, "1", "SH-1", "SH-2", (DAYS, LATE)), split)
    assert await world.statuses() == [("suppressed", "rule_off")]
    late = moved(made, LATER, delay=reason("D1"))
    nodes = tuple(node.model_copy(update={"shipment": "SH-2"}) for node in late.nodes)
    await world.feed(late.model_copy(update={"nodes": nodes, "lines": (), "transports": {"SH-2": SEA}}))
    (body,) = _english(await world.messages())
    ours, theirs = body.index(_departs(LATER["DEPART"], DAYS["DEPART"])), body.index(_departs(LATER["DEPART"], LATE["DEPART"]))
    assert ours < body.index("- Lamp 1 of SC-1: 100 pcs") < theirs < body.index("- Lamp 2 of SC-1: 100 pcs")
    told = await world.rows("SELECT line, told FROM told_node WHERE shipment = 'SH-2' AND milestone = 'DEPART' ORDER BY line NULLS FIRST")
    assert [(one["line"], one["told"]) for one in told] == [(line, LATER["DEPART"]) for line in (None, "1", "1-2")]
    async with world.database.transaction() as tx:
        decisions = [one["decision"] for one in await world.messages() if one["status"] == "queued"]
        await store.untell(tx, decisions)
    told = await world.rows("SELECT line, told FROM told_node WHERE shipment = 'SH-2' AND milestone = 'DEPART' ORDER BY line NULLS FIRST")
    assert [one["told"] for one in told] == [LATE["DEPART"], DAYS["DEPART"], DAYS["DEPART"]], "each is what it was, where nobody heard it"


def _away(made: OrderCreated) -> LinesMoved:
    """The order's only line goes from SH-1 to SH-2."""
    return LinesMoved(
        order_id=made.order_id, number=made.number, customer_id=made.customer_id, lines=(LineMove(line="1", before="SH-1", after="SH-2"),),
        ended=("SH-1",), reason="one container", legs=(NewLeg(shipment="SH-2", like="SH-1", plan=()),),
    )  # fmt: skip


def _there(event: PlanReestimated, before: dict[str, date]) -> PlanReestimated:
    """The event as one of SH-2, where these days were expected before."""
    nodes = tuple(node.model_copy(update={"shipment": "SH-2", "before": before[node.milestone]}) for node in event.nodes)
    lines = tuple(line.model_copy(update={"shipment": "SH-2", "before": before["DELIVERED"]}) for line in event.lines)
    return event.model_copy(update={"nodes": nodes, "lines": lines, "transports": {"SH-2": SEA}})


@pytest.mark.parametrize("updated", [False, True])
@pytest.mark.parametrize("read", [False, True])
async def test_a_retraction_corrects_him_who_learned_the_late_day_by_joining(world: World, *, updated: bool, read: bool) -> None:
    """By the mail that told it, though it is none of the delay's; an update of the delay has told nothing to those who have not read it."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "wang", language="zh-CN"))
    made = order("SC-1", "M")
    await world.feed(made, _away(made), _there(moved(made, LATE, because="lines_moved"), DAYS))
    named = {one["language"]: one for one in await world.messages()}
    await _mark(world, "anna@example.org", "sent")
    if updated:
        update = moved(made, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2)
        await world.feed(logged("D1", made, revision=2), _there(update, LATE))
        if read:
            named["en"] = next(one for one in await world.messages() if (one["because"], one["language"]) == ("delay_updated", "en"))
            await _mark(world, "anna@example.org", "sent")
    back = moved(made, DAYS, because="delay_retracted", delay=reason("D1", revision=2), revision=3)
    await world.feed(retracted("D1"), _there(back, LATER if updated else LATE))
    dropped = updated * (1 if read else 2)
    sent = 1 + (updated and read)
    assert await world.statuses() == [("cancelled", "delay_retracted")] * dropped + [("queued", None)] * 3 + [("sent", None)] * sent
    corrections = {one["language"]: one for one in await world.messages() if one["because"] == "delay_retracted"}
    for language, quoted in (("en", '"{}"'), ("zh-CN", "“{}”")):
        assert corrections[language]["corrects"] == named[language]["id"]
        assert quoted.format(named[language]["subject"]) in corrections[language]["body"]
        assert in_words(DAYS["DEPART"], language) in corrections[language]["body"]
    assert ("Please disregard" in corrections["en"]["body"], "请作废" in corrections["zh-CN"]["body"]) == (True, True)
    assert (in_words(LATER["DEPART"], "en") in corrections["en"]["body"]) == (updated and read)
    assert in_words(LATE["DEPART"], "zh-CN") in corrections["zh-CN"]["body"], "each reads the day that he was told himself"
    assert await world.told("SC-1") == {"line": PROMISED, "DEPART": DAYS["DEPART"], "ARRIVE": DAYS["ARRIVE"]}


async def test_of_a_mail_that_nobody_has_read_nothing_was_told_wherever_the_goods_are(world: World) -> None:
    """They travel elsewhere, and a part by itself, while the mail waits: who told what before it goes along."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    part = OrderLine(line="1-2", item="Lamp", quantity=Decimal(40), uom="PCS", shipment="SH-2", promised=PROMISED)
    split = LineSplit(
        order_id=made.order_id, number="SC-1", customer_id=made.customer_id, line="1", quantity=Decimal(60), amount=None, part=part,
        promises=(PromiseMade(day=PROMISED, revision=0, made_on=date(2026, 2, 1)),), estimated=LATE["DELIVERED"], reason="the rest later",
    )  # fmt: skip
    await world.feed(made)
    before = await world.rows(f"{_TOLD} ORDER BY 1")
    await world.feed(logged("D1", made), moved(made, LATE, delay=reason("D1")))
    await world.feed(_away(made))
    await world.feed(split)
    assert {row["told"] for row in await world.rows(_TOLD)} == set(LATE.values())
    back = _there(moved(made, DAYS, because="delay_retracted", delay=reason("D1"), revision=2), LATE)
    await world.feed(retracted("D1"), back.model_copy(update={"lines": (*back.lines, back.lines[0].model_copy(update={"line": "1-2"}))}))
    assert await world.statuses() == [("cancelled", "delay_retracted"), ("suppressed", "date_already_told")]
    assert await world.rows(f"{_TOLD} ORDER BY 1") == [*before, before[-1]], "each day as it came, with how it came"


_TOLD = """
SELECT told, told_by, told_source, told_at FROM told_line
UNION ALL SELECT told, told_by, told_source, told_at FROM told_node
"""


def _english(messages: list[dict[str, Any]]) -> list[str]:
    return [one["body"] for one in messages if one["language"] == "en"]


def arriving(*orders: OrderCreated, eta: date = date(2026, 4, 14)) -> ShipmentArriving:
    coming = tuple(ArrivingOrder(order_id=one.order_id, number=one.number, customer_id=one.customer_id, eta=eta) for one in orders)
    return ShipmentArriving(shipment_id=ident("SH"), number="SH-2026-088", eta=eta, transport=SEA, orders=coming)


async def test_each_customer_hears_once_that_his_goods_arrive(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "wang", language="zh-CN"))
    await world.customer("N")
    mine, theirs = [order("SC-1", "M"), order("SC-2", "M")], order("SC-3", "N")
    await world.feed(*mine, theirs, arriving(*mine, theirs))
    messages = await world.messages()
    assert sorted((m["status"], m["language"] or "", m["why"] or "") for m in messages) == [
        ("queued", "en", ""),
        ("queued", "zh-CN", ""),
        ("unreachable", "", "no_contact"),
    ]
    english, chinese = (next(m for m in messages if m["language"] == language) for language in ("en", "zh-CN"))
    assert english["subject"] == "PO 45-SC-1 and PO 45-SC-2: expected in Hamburg on Tue 14 April 2026"
    assert "Please get ready to receive them." in english["body"]
    assert "请提前做好收货准备" in chinese["body"]
    for text in (english["body"], chinese["body"]):
        assert "MSC ANNA" in text
        assert not any(word in text for word in ("SH-2026-088", "SC-3"))


async def test_goods_that_were_delivered_on_board_arrive_with_their_vessel(world: World) -> None:
    """Only those that are in it."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M", shipment="SH-2026-088", lines=2)
    first, second = made.lines
    made = made.model_copy(update={"lines": (first, second.model_copy(update={"shipment": None}))})
    loaded = MilestoneAchieved(
        order_id=made.order_id, shipment="SH-2026-088", milestone="ON_BOARD", actual=PROMISED,
        lines=(DeliveredLine(line="1", delivered=PROMISED),),
    )  # fmt: skip
    await world.feed(made, loaded, arriving(made))
    [mail] = await world.messages()
    assert "- Lamp 1 of SC-1: 100 pcs" in mail["body"]
    assert "Lamp 2" not in mail["body"]


async def test_a_firm_may_let_arrivals_pass_in_silence(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE rule SET active = false WHERE name = 'arriving'")
    made = order("SC-1", "M")
    await world.feed(made, arriving(made))
    assert await world.statuses() == [("suppressed", "rule_off")]


async def test_an_arrival_waits_for_the_order_it_is_about(world: World) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    with pytest.raises(ReferentUnknown):
        await world.feed(arriving(order("SC-1", "M")))
