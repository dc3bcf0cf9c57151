"""Those who are asked in a chase get a mail with their link, in their language; who cannot be written to is listed."""

from datetime import date

import pytest

from shared.contracts.chases import AskedAbout, ChaseEnded, ChaseEscalated, ChaseFacts, ChaseLink, ChaseSent
from shared.contracts.text import LocalText
from shared.messaging.personal import seal
from shared.messaging.received import ReferentUnknown
from tests.notifications.cases import ident
from tests.notifications.world import World

ABOUT = AskedAbout(name=LocalText(en="Production finished", zh_cn="生产完成"), expected=date(2026, 4, 2))
LINK = "https://orders.example/api/orders/answers/AbCd/page"


def chase() -> ChaseFacts:
    return ChaseFacts(
        chase_id=ident("chase"), order_id=ident("SO-1"), number="SO-1", customer_id=ident("ACME"), shipment=None, milestone="PRD_END",
        asked="wu.gang", department=None, question="When is it made?", answer_by=date(2026, 3, 3), asked_by="li.wei",
    )  # fmt: skip


async def sealed(world: World) -> str:
    return seal(await world.key(ident("chase")), ident("chase"), ChaseLink(link=LINK))


async def test_the_asked_one_gets_his_link_and_his_manager_after_him(world: World) -> None:
    await world.staff()
    await world.staff("wu.gang", "Wu Gang")
    await world.staff("zhao.min", "Zhao Min")
    await world.customer("ACME")
    personal = await sealed(world)
    asked = chase().model_copy(update={"shipment": "SH-7"})
    await world.feed(ChaseSent(chase=asked, about=ABOUT, reminder=0, personal=personal))
    await world.feed(ChaseSent(chase=asked, about=ABOUT, reminder=1, personal=personal))
    await world.feed(ChaseEscalated(chase=asked, about=ABOUT, level=1, to="zhao.min", personal=personal))
    first, reminder, manager = await world.messages()
    assert (first["envelope"]["to"], first["envelope"]["reply_to"]) == ("wu.gang@gendan.example", ["li.wei@gendan.example"])
    assert LINK in first["body"]
    assert "When is it made?" in first["body"]
    assert reminder["subject"].startswith("提醒：")
    assert (manager["envelope"]["to"], manager["subject"][:5]) == ("zhao.min@gendan.example", "逾期未复：")
    assert ("请于" in first["body"], "请于" in manager["subject"] + manager["body"]) == (True, False), "that day is over"
    for letter in (first, reminder, manager):
        assert "“生产完成”" in letter["subject"], "the step is named"
        assert "- 节点：生产完成\n- 出运批次：SH-7\n- 目前预计：2026年4月2日(周四)\n" in letter["body"]
    assert await world.statuses() == [("queued", None)] * 3


async def test_an_english_reader_is_told_the_step_and_an_earlier_question_by_its_code(world: World) -> None:
    await world.staff()
    await world.staff("wu.gang", "Wu Gang", language="en")
    await world.customer("ACME")
    personal = await sealed(world)
    await world.feed(ChaseSent(chase=chase(), about=ABOUT, reminder=0, personal=personal))
    await world.feed(ChaseSent(chase=chase(), reminder=1, personal=personal))
    await world.feed(ChaseSent(chase=chase().model_copy(update={"answer_by": date(2026, 2, 20)}), reminder=2, personal=personal))
    first, earlier, late = await world.messages()
    assert late["subject"] == "Reminder: Order SO-1, end of production: an answer was asked for by Fri 20 February 2026"
    assert ("\nAn answer was asked for by Fri 20 February 2026. " in late["body"], "answer by" in late["body"]) == (True, False)
    assert first["subject"] == "Order SO-1, Production finished: please answer by Tue 3 March 2026"
    assert "When is it made?\n\n- Step: Production finished\n- Expected so far: Thu 2 April 2026\n\nPlease" in first["body"]
    assert ("- Step: end of production\n\nPlease" in earlier["body"], "Shipment" in earlier["body"]) == (True, False)


async def test_a_chase_waits_for_its_key(world: World) -> None:
    await world.staff()
    await world.staff("wu.gang", "Wu Gang")
    await world.customer("ACME")
    with pytest.raises(ReferentUnknown):
        await world.feed(ChaseSent(chase=chase(), reminder=0, personal="sealed"))
    assert await world.messages() == []


async def test_nobody_is_written_to_about_the_past(world: World) -> None:
    await world.feed(ChaseSent(chase=chase(), reminder=0, personal="sealed"), historical=True)
    assert await world.messages() == []


async def test_who_asked_hears_that_another_question_takes_the_place_of_his(world: World) -> None:
    await world.staff()
    await world.staff("wu.gang", "Wu Gang")
    await world.staff("wang.fang", "Wang Fang", language="en")
    await world.customer("ACME")
    chase_of = {who: chase().model_copy(update={"asked_by": who, "shipment": "SH-1"}) for who in ("li.wei", "wang.fang", "nobody")}
    for ended in chase_of.values():
        await world.feed(ChaseEnded(chase=ended, how="withdrawn", same_as=ident("other"), same_by="chen.jie", about=ABOUT))
        await world.feed(ChaseEnded(chase=ended, how="withdrawn", same_as=ident("other"), same_by=ended.asked_by, about=ABOUT))
        await world.feed(ChaseEnded(chase=ended, how="closed"))
    chinese, english = await world.messages()
    assert (chinese["envelope"]["to"], english["envelope"]["to"]) == ("li.wei@gendan.example", "wang.fang@gendan.example")
    assert english["envelope"]["reply_to"] == []
    assert english["subject"] == "Order SO-1, Production finished: Wu Gang is asked already"
    assert ("When is it made?" in english["body"], "SH-1" in english["body"], "link" in english["body"]) == (True, True, False)
    assert "Wu Gang is asked about this already." in english["body"]
    assert chinese["subject"].endswith("：已在询问 Wu Gang")
    assert "就同一节点已在询问 Wu Gang。" in chinese["body"]
    assert ("When is it made?" in chinese["body"], "链接" in chinese["body"]) == (True, False)
