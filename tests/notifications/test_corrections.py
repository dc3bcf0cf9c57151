"""What is taken back, one delay after the other: each correction is true when it is sent, and names what its reader read last."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notifications.channels.domain import Outcome
from services.notifications.sending import store
from services.notifications.sending.domain import Attempt, Claimed, Next
from shared.contracts.event import Event
from shared.contracts.orders import DelayRetracted, PlanReestimated
from shared.ids import new_id
from shared.rendering.words import in_words
from tests.notifications.cases import ident
from tests.notifications.test_held_notices import released, two_legs
from tests.notifications.world import DAYS, LATE, LATER, NOW, PROMISED, World, logged, moved, order, reason, retracted

SENT = Outcome("sent"), Next("sent", 1)
REFUSED = Outcome("refused", "550"), Next("failed", 1, why="smtp 550")


def undone(event: PlanReestimated, delay: str, before: dict[str, Any], after: dict[str, Any], revision: int) -> list[Event]:
    """The retraction of a delay, and what it moves in the event's order."""
    nodes = tuple(
        one.model_copy(update={"before": before[one.milestone], "after": after[one.milestone], "revision": revision}) for one in event.nodes
    )
    lines = tuple(
        one.model_copy(update={"before": before["DELIVERED"], "after": after["DELIVERED"], "revision": revision}) for one in event.lines
    )
    why = {"because": "delay_retracted", "delay": reason(delay)}
    return [retracted(delay), event.model_copy(update={**why, "nodes": nodes, "lines": lines})]


async def sent(world: World, *ends: tuple[UUID, tuple[Outcome, Next]]) -> list[Claimed]:
    """Send what may go now: arrived, or as `ends` says of a message."""
    async with world.database.transaction() as tx:
        claimed = await store.claim(tx, 100, new_id(), 60, ())
        results = [(one, dict(ends).get(one.mail.id, SENT)) for one in claimed]
        await store.settle(tx, [(Attempt(one, outcome, NOW), then) for one, (outcome, then) in results], NOW)
    return claimed


async def corrections(world: World) -> dict[UUID, list[dict[str, Any]]]:
    """By delay, in the order of the readers' languages."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for one in await world.messages():
        if one["because"] == "delay_retracted" and one["contact_id"]:
            found.setdefault(one["delay_id"], []).append(one)
    return {delay: sorted(own, key=lambda one: one["language"]) for delay, own in found.items()}


@pytest.mark.parametrize("order_of", [("D1", "D2"), ("D2", "D1")])
@pytest.mark.parametrize("at_once", [False, True])
async def test_two_legs_of_one_mail_are_taken_back_one_by_one(world: World, order_of: tuple[str, str], *, at_once: bool) -> None:
    """No correction says of the other goods that they are late still: of these it says nothing."""
    moves = dict(zip(("D1", "D2"), await two_legs(world), strict=True))
    await world.feed(released("M", "D1", "D2"))
    notices = {one.mail.language: one.mail for one in await sent(world)}
    back = [undone(moves[delay], delay, LATE, DAYS, 2) for delay in order_of]
    for events in [[*back[0], *back[1]]] if at_once else back:
        await world.feed(*events)
    for delay, (english, chinese) in (await corrections(world)).items():
        goods, other = ("Lamp 1", "Lamp 2") if delay == ident("D1") else ("Lamp 2", "Lamp 1")
        for one in (english, chinese):
            notice = notices[one["language"]]
            assert one["corrected"] == [notice.id]
            assert (goods in one["body"], other in one["body"].replace(notice.subject, "")) == (True, False)
            assert in_words(DAYS["DELIVERED"], one["language"]) in one["body"]
            assert in_words(LATE["DELIVERED"], one["language"]) in one["body"]
        assert "Part of our message" in english["body"]
        assert "; this message corrects no others." in english["body"]
        assert "部分内容因相关延期已撤销" in chinese["body"]
        assert "本邮件仅更正这些日期" in chinese["body"]
    assert [len(own) for own in (await corrections(world)).values()] == [2, 2]
    assert [len(await sent(world)) for _ in range(2)] == [2, 2], "mails about one order, one after the other"
    told = await world.rows("SELECT told FROM told_line")
    assert [one["told"] for one in told] == [DAYS["DELIVERED"]] * 2


async def three_delays(world: World) -> tuple[dict[str, Claimed], list[list[Event]]]:
    """Of a first delay one order was told, of a second that one and another, of the other's own delay nobody: the mails by delay, and what
    takes the delays back, the second first. The second was told to a contact who came later, too."""
    await world.customer("M", await world.contact("M", "anna"))
    one, two = order("SC-1", "M"), order("SC-2", "M")
    first, own = moved(one, LATE, delay=reason("D1")), moved(two, LATE, delay=reason("D3"))
    await world.feed(one, two, logged("D1", one), first)
    mails = {"D1": (await sent(world))[0]}
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE rule SET active = false WHERE name = 'delay'")
    await world.feed(logged("D3", two), own)
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE rule SET active = true WHERE name = 'delay'")
    await world.feed(await world.contact("M", "bert"))
    both = [moved(made, LATER, delay=reason("D2", orders=2), revision=2) for made in (one, two)]
    await world.feed(logged("D2", one, two), *both)
    second = [*undone(both[0], "D2", LATER, LATE, 3), *undone(both[1], "D2", LATER, LATE, 3)[1:]]
    second[1:] = [event.model_copy(update={"delay": reason("D2", orders=2)}) for event in second[1:] if isinstance(event, PlanReestimated)]
    return mails, [second, undone(first, "D1", LATE, DAYS, 4), undone(own, "D3", LATE, DAYS, 4)]


async def test_what_waits_behind_a_mail_that_is_taken_back_is_decided_anew(world: World) -> None:
    """Of another cause, and written as if the mail had been read: now it tells what stands without the delay."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    first = moved(made, {"DEPART": LATE["DEPART"]}, delay=reason("D1"))
    await world.feed(made, logged("D1", made), first, moved(made, LATER, because="estimate_stated", revision=2))
    await world.feed(*undone(first, "D1", LATER, {**LATE, "DEPART": DAYS["DEPART"]}, 3))
    [mail] = await sent(world)
    assert f"{in_words(LATER['ARRIVE'], 'en')} (was {in_words(DAYS['ARRIVE'], 'en')})" in mail.mail.body
    assert in_words(LATE["DEPART"], "en") not in mail.mail.body
    assert in_words(LATER["DEPART"], "en") not in mail.mail.body
    assert sorted(await world.statuses())[:2] == [("cancelled", "decided_anew"), ("cancelled", "delay_retracted")]


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_correction_names_what_its_reader_read_last(world: World, *, at_once: bool) -> None:
    """Also where that was a correction, of which a part is taken back in its turn; to each contact what he has read himself."""
    mails, backs = await three_delays(world)
    second = {one.mail.to: one.mail for one in await sent(world)}
    for events in [[event for back in backs for event in back]] if at_once else backs:
        await world.feed(*events)
    found = {delay: {one["envelope"]["to"]: one for one in own} for delay, own in (await corrections(world)).items()}
    anna, bert = "anna@example.org", "bert@example.org"
    for to in (anna, bert):
        a, b, c = (found[ident(delay)][to] for delay in ("D2", "D1", "D3"))
        assert a["corrected"] == [second[to].id]
        assert f'Please disregard our message of Sun 1 March 2026, "{second[to].subject}".' in a["body"]
        assert b["corrected"] == ([mails["D1"].mail.id, a["id"]] if to == anna else [a["id"]])
        assert c["corrected"] == [a["id"]]
        for one in (b, c):
            assert "Part of" in one["body"]
            assert f'"{a["subject"]}"' in one["body"]
            assert "disregard" not in one["body"]
            assert "stands" not in one["body"]
            assert f"not {in_words(LATE['DELIVERED'], 'en')}" in one["subject"]
        assert b["envelope"]["thread"] == c["envelope"]["thread"] == str(a["id"])
    for number in ("SC-1", "SC-2"):
        assert await world.told(number) == {"line": PROMISED, "DEPART": DAYS["DEPART"], "ARRIVE": DAYS["ARRIVE"]}
    arrived = [{one.mail.id for one in await sent(world)} for _ in range(2)]
    assert arrived == [{one["id"] for delay in delays for one in found[ident(delay)].values()} for delays in (("D2",), ("D1", "D3"))]


@pytest.mark.parametrize("arrived", [False, True])
async def test_of_a_correction_that_did_not_arrive_what_it_took_back_is_corrected_still(world: World, *, arrived: bool) -> None:
    """Where the mail before it was read; where that did not arrive either, nothing that builds on it is sent."""
    mails, backs = await three_delays(world)
    async with world.database.transaction() as tx:
        claimed = await store.claim(tx, 100, new_id(), 60, ())
    for events in backs:
        await world.feed(*events)
    async with world.database.transaction() as tx:
        outcome, then = SENT if arrived else REFUSED
        await store.settle(tx, [(Attempt(one, outcome, NOW), then) for one in claimed], NOW)
    found = await corrections(world)
    if arrived:
        await sent(world, *((one["id"], REFUSED) for one in found[ident("D2")]))
    statuses = {delay: sorted(one["status"] for one in own) for delay, own in (await corrections(world)).items()}
    assert statuses[ident("D2")] == ["failed" if arrived else "cancelled"] * 2
    assert statuses[ident("D1")] == (["queued"] * 2 if arrived else ["cancelled", "queued"])
    assert statuses[ident("D3")] == ["queued" if arrived else "cancelled"] * 2
    [wrong] = {one["subject"] for one in found[ident("D2")]}
    waiting = [one for one in await world.messages() if one["because"] == "delay_retracted" and one["status"] == "queued"]
    named, read = {one["id"]: one["envelope"]["thread"] for one in waiting}, mails["D1"].mail
    for one in waiting:
        assert wrong not in one["body"], "it did not leave"
        assert ("Please disregard our message" in one["body"]) == (read.subject in one["body"]) == (named[one["id"]] == str(read.id))
        assert ("that you were told for it" in one["body"]) == (named[one["id"]] is None)
        assert "we had written" not in one["body"]
        assert f"expected {in_words(DAYS['DELIVERED'], 'en')}\n" in one["body"], "which day he was told before, that one would have said"
    assert list(named.values()).count(str(read.id)) == 1, "of who has read it"


async def test_a_correction_of_mails_that_are_withdrawn_before_they_left_is_not_sent(world: World) -> None:
    """Who came later has read nothing yet; the other is corrected of what he has read."""
    _, backs = await three_delays(world)
    for events in (backs[1], backs[0]):
        await world.feed(*events)
    statuses = [(m["envelope"]["to"][:4], m["because"], m["status"]) for m in await world.messages() if m["envelope"]]
    assert [one for one in statuses if one[0] == "bert"] == [
        ("bert", "delay_logged", "cancelled"),
        ("bert", "delay_retracted", "cancelled"),
    ]
    assert [one[2] for one in statuses if one[0] == "anna"][:3] == ["sent", "cancelled", "queued"]
    assert (await world.events()).count("notifications.message.cancelled.v1") == 3


async def test_of_what_a_contact_knows_already_he_reads_nothing(world: World) -> None:
    """He has read the first mail and not the second, which told more: taken back, it is corrected to whoever read it."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "bert"))
    one, two = order("SC-1", "M"), order("SC-2", "M")
    first = moved(one, LATE, delay=reason("D1"))
    await world.feed(one, two, logged("D1", one), first)
    await sent(world)
    both = [moved(made, LATER, delay=reason("D2", orders=2), revision=2) for made in (one, two)]
    await world.feed(logged("D2", one, two), *both)
    unread = next(m["id"] for m in await world.messages() if m["delay_id"] == ident("D2") and m["envelope"]["to"] == "bert@example.org")
    await sent(world, (unread, REFUSED))
    events = [*undone(both[0], "D2", LATER, LATE, 3), *undone(both[1], "D2", LATER, DAYS, 3)[1:]]
    await world.feed(*(e if isinstance(e, DelayRetracted) else e.model_copy(update={"delay": reason("D2", orders=2)}) for e in events))
    [correction] = (await corrections(world))[ident("D2")]
    assert correction["envelope"]["to"] == "anna@example.org"


async def test_a_mail_of_which_something_holds_is_taken_back_in_part(world: World) -> None:
    """One of its two orders is late still by something else: that day is not disregarded."""
    await world.customer("M", await world.contact("M", "anna"))
    one, two = order("SC-1", "M"), order("SC-2", "M")
    both = [moved(made, LATE, delay=reason("D1", orders=2)) for made in (one, two)]
    await world.feed(one, two, logged("D1", one, two), *both)
    await sent(world)
    await world.feed(*undone(both[0], "D1", LATE, DAYS, 2))
    [correction] = (await corrections(world))[ident("D1")]
    assert "Part of our message" in correction["body"]
    assert "; this message corrects no others." in correction["body"]
    (notice,) = {m["subject"] for m in await world.messages() if m["because"] == "delay_logged"}
    assert "SC-2" not in correction["body"].replace(notice, "")


async def test_a_correction_tells_nobody_that_a_day_stands_which_he_was_not_told(world: World) -> None:
    """Another delay was told to one of them alone: of its day the other reads nothing. Both are corrected when that is withdrawn, too, each
    from the day that he knows."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "bert"))
    made = order("SC-1", "M")
    first = moved(made, LATE, delay=reason("D1"))
    await world.feed(made, logged("D1", made), first)
    await sent(world)
    world.clock.time += timedelta(hours=1)
    second = moved(made, {"DELIVERED": LATER["DELIVERED"]}, delay=reason("D2", ordinal=2), revision=2)
    await world.feed(logged("D2", made), second)
    unread = next(m["id"] for m in await world.messages() if m["delay_id"] == ident("D2") and m["envelope"]["to"] == "bert@example.org")
    await sent(world, (unread, REFUSED))
    sailing = first.model_copy(update={"lines": ()})
    await world.feed(*undone(sailing, "D1", LATE, DAYS, 3))
    anna, bert = sorted((await corrections(world))[ident("D1")], key=lambda one: str(one["envelope"]["to"]))
    still = f"- Delivery: still expected {in_words(LATER['DELIVERED'], 'en')}"
    assert (still in anna["body"], still in bert["body"], in_words(LATER["DELIVERED"], "en") in bert["body"]) == (True, False, False)
    await sent(world)
    await world.feed(*undone(second, "D2", LATER, DAYS, 4))
    found = {one["envelope"]["to"]: one["subject"] for one in (await corrections(world))[ident("D2")]}
    days = {"anna@example.org": LATER, "bert@example.org": LATE}
    for to, told in days.items():
        assert found[to].endswith(f"expected {in_words(PROMISED, 'en')} (not {in_words(told['DELIVERED'], 'en')})")


async def test_of_two_orders_each_is_corrected_to_him_who_was_told_of_it(world: World) -> None:
    """The one was told with another delay, before the second contact came, who heard of both at once; the other to him alone. Each mail
    that told one is named."""
    await world.customer("M", await world.contact("M", "anna"))
    one, two = order("SC-1", "M"), order("SC-2", "M")
    await world.feed(one, two, logged("D1", one), logged("D2", one, two), moved(one, LATER, delay=reason("D1")))
    await sent(world)
    await world.feed(await world.contact("M", "bert"))
    both = [moved(made, LATER, delay=reason("D2", orders=2), revision=2) for made in (one, two)]
    await world.feed(*both)
    unread = next(m["id"] for m in await world.messages() if m["delay_id"] == ident("D2") and m["envelope"]["to"] == "anna@example.org")
    await sent(world, (unread, REFUSED))
    events = [*undone(both[0], "D2", LATER, LATE, 3), *undone(both[1], "D2", LATER, DAYS, 3)[1:]]
    await world.feed(*(e if isinstance(e, DelayRetracted) else e.model_copy(update={"delay": reason("D2", orders=2)}) for e in events))
    anna, bert = sorted((await corrections(world))[ident("D2")], key=lambda one: str(one["envelope"]["to"]))
    first, second = [m for m in await world.messages() if m["status"] == "sent"]
    for correction, notice, own in ((anna, first, {"SC-1"}), (bert, second, {"SC-1", "SC-2"})):
        assert correction["corrected"] == [notice["id"]]
        told = await world.rows("SELECT DISTINCT order_id FROM told_date WHERE message_id = $1", correction["id"])
        assert {row["order_id"] for row in told} == set(map(ident, own))
        assert {number for number in ("SC-1", "SC-2") if number in correction["body"]} == own
        assert f"we had written {in_words(LATER['DELIVERED'], 'en')}" in correction["body"]
    assert "Part of our message" in anna["body"], "the other delay stands"
    assert "Please disregard our message" in bert["body"]


def since(event: PlanReestimated, days: dict[str, Any]) -> PlanReestimated:
    """The event, with its milestones moved from these days."""
    nodes = tuple(one.model_copy(update={"before": days[one.milestone]}) for one in event.nodes)
    return event.model_copy(update={"nodes": nodes})


async def test_who_came_later_reads_of_no_day_that_it_stands_which_he_was_not_told(world: World) -> None:
    """Nor is it corrected to him. What one delay did he hears of with the next, from the day that he knows, as due to that in part."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    first = moved(made, LATE, delay=reason("D1"))
    await world.feed(made, logged("D1", made), first)
    await sent(world)
    await world.feed(await world.contact("M", "bert", language="zh-CN"))
    world.clock.time += timedelta(hours=1)
    second = since(moved(made, {"ARRIVE": LATER["ARRIVE"]}, delay=reason("D2", ordinal=2), revision=2), LATE)
    await world.feed(logged("D2", made), second)
    anna, bert = (one["body"] for one in sorted((await world.messages())[1:], key=lambda one: str(one["language"])))
    assert f"Delivery: still expected {in_words(LATE['DELIVERED'], 'en')}" in anna
    assert f"(was {in_words(LATE['ARRIVE'], 'en')})" in anna
    assert f"{in_words(LATER['ARRIVE'], 'zh-CN')}，原为{in_words(DAYS['ARRIVE'], 'zh-CN')}" in bert
    assert ("due in part" in anna, "部分原因" in bert, "仍" in bert, "Lamp 1" in bert) == (False, True, False, True)
    assert in_words(LATE["DELIVERED"], "zh-CN") not in bert
    await sent(world)
    late = first.model_copy(update={"nodes": tuple(one for one in first.nodes if one.milestone != "ARRIVE")})
    await world.feed(*undone(late, "D1", LATE, DAYS, 3))
    [correction] = (await corrections(world))[ident("D1")]
    assert correction["envelope"]["to"] == "anna@example.org"
    await sent(world)
    await world.feed(*undone(second, "D2", LATER, DAYS, 4))
    for one in (await corrections(world))[ident("D2")]:
        assert in_words(LATER["ARRIVE"], one["language"]) in one["body"]
        assert in_words(LATE["DELIVERED"], one["language"]) not in one["body"]


async def test_what_a_contact_knows_already_is_not_told_to_him_as_new(world: World) -> None:
    """He did not read that it moved, and it moves back."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "bert"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    unread = next(m["id"] for m in await world.messages() if m["envelope"]["to"] == "bert@example.org")
    await sent(world, (unread, REFUSED))
    back = moved(made, DAYS, because="delay_updated", delay=reason("D1", revision=2), revision=2)
    await world.feed(logged("D1", made, revision=2), since(back, LATE))
    assert [m["envelope"]["to"] for m in await world.messages() if m["because"] == "delay_updated"] == ["anna@example.org"]


async def test_after_a_mail_that_was_given_up_its_delay_s_update_tells_all_that_it_moved(world: World) -> None:
    """Also what the update leaves where it is, and the delay is the whole reason; to who has read the mail, what the update moves."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "bert"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    unread = next(m["id"] for m in await world.messages() if m["envelope"]["to"] == "anna@example.org")
    await sent(world, (unread, REFUSED))
    update = moved(made, {"DEPART": LATER["DEPART"]}, because="delay_updated", delay=reason("D1", revision=2), revision=2)
    await world.feed(logged("D1", made, revision=2), since(update, LATE))
    mails = {m["envelope"]["to"]: m for m in await world.messages() if m["delay_revision"] == 2}
    read, body = mails["bert@example.org"]["body"], mails["anna@example.org"]["body"]
    assert ("have changed again" in read, "Arrival" in read, f"(was {in_words(LATE['DEPART'], 'en')})" in read) == (True, False, True)
    verdicts = [{one["milestone"] for one in m["reasons"]["dates"] if one["verdict"] == "due"} for m in mails.values()]
    assert sorted(map(len, verdicts)) == [1, 3], "each message has the reasons of its own reader"
    days = {**LATE, "DEPART": LATER["DEPART"]}
    for milestone, day in days.items():
        assert f"expected {in_words(day, 'en')} (was {in_words(DAYS[milestone], 'en')})" in body
    assert "(our order SC-1) is delayed. The delay is due to a change" in body
    assert await world.told("SC-1") == {"line": days["DELIVERED"], "DEPART": days["DEPART"], "ARRIVE": days["ARRIVE"]}
    await sent(world)
    again = moved(made, {"DEPART": LATE["DEPART"]}, because="delay_updated", delay=reason("D1", revision=3), revision=3)
    await world.feed(logged("D1", made, revision=3), since(again, LATER))
    body = (await world.messages())[-1]["body"]
    assert ("have improved" in body, f"(was {in_words(LATER['DEPART'], 'en')})" in body, "Arrival" in body) == (True, True, False)
