"""Chases through the service: asked, answered by the link without signing in, told further up by silence, ended."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.orders.chases import store
from services.orders.chases.domain import token_of
from services.orders.chases.handlers import silent
from services.orders.chases.store import SILENT
from shared.contracts.chases import ChaseAnswered, ChaseEnded, ChaseEscalated, ChaseLink, ChaseMoved, ChaseSent
from shared.contracts.estimates import MilestoneEstimated
from shared.messaging.keys import key_of
from tests.orders.calls import CHEN, LI, MANAGER, Desk, event, kind
from tests.orders.firm import employ, member
from tests.orders.plans import line
from tests.orders.test_api_work import paged
from tests.orders.test_shipments_api import put

CHASES, NOBODY = "/api/orders/chases", ""
ASK = {"milestone": "PRD_END", "login": "wu.gang", "question": "When is it <made>?", "answer_by": "2026-03-03"}


@pytest_asyncio.fixture(loop_scope="session")
async def firm(desk: Desk) -> AsyncIterator[Desk]:
    """Wu Gang of production answers to Zhao Min, and she to Wang Fang."""
    await employ(
        desk,
        member("wang.fang", None, "manager"),
        member("zhao.min", "wang.fang", "planner", "manager", department="production"),
        member("wu.gang", "zhao.min", "planner", department="production"),
    )
    await desk.entered()
    yield desk


async def asked(desk: Desk, who: str = LI, **changes: Any) -> dict[str, Any]:
    made = await desk.post(who, "/api/orders/SO-1/chases", {**ASK, **changes})
    assert made.status == 201, made.body
    body: dict[str, Any] = made.body
    return body


async def link(desk: Desk, chase: str, who: str = LI) -> str:
    """Its path, as JSON is read there."""
    given = await desk.post(who, f"{CHASES}/{chase}/link", {})
    assert given.status == 200, given.body
    path: str = given.body["link"].removeprefix("http://127.0.0.1:8080").removesuffix("/page")
    return path


async def days_pass(desk: Desk, days: int) -> None:
    """Until then, whatever timers of chases come due ring."""
    desk.clock.time += timedelta(days=days)
    due = [one for one in await desk.due() if one.kind == SILENT and one.due <= desk.clock.now()]
    async with desk.database.transaction() as tx:
        await tx.execute("DELETE FROM timer WHERE kind = $1 AND due_at <= $2", SILENT, desk.clock.now())
        await silent(tx, due, desk.clock.now())


async def test_the_asked_one_answers_by_his_link_and_the_day_becomes_the_estimate(firm: Desk) -> None:
    planned = (await firm.expected())["PRD_END"]
    chase = await asked(firm)
    assert (chase["asked"], chase["department"], chase["status"]) == ("wu.gang", None, "open")
    path = await link(firm, chase["chase"])
    seen = await firm.get(NOBODY, path)
    assert (seen.status, seen.body["question"], seen.body["order"]) == (200, ASK["question"], "SO-1")
    assert seen.headers["Cache-Control"] == "no-store"
    firm.clock.time += timedelta(hours=5)
    answered = await firm.post(NOBODY, path, {"day": "2026-04-20", "text": "the last lot is late"})
    assert (answered.status, answered.body["expected"], answered.body["status"]) == (200, "2026-04-20", "answered")
    assert (await firm.expected())["PRD_END"] == "2026-04-20"
    told = [one for one in await firm.told() if kind(one) == "chase.answered"]
    assert (await firm.post(NOBODY, path, {"day": "2026-04-20", "text": "the last lot is late"})).status == 200
    assert len([one for one in await firm.told() if kind(one) == "chase.answered"]) == len(told) == 1
    fact = event(told[0])
    assert isinstance(fact, ChaseAnswered)
    assert (fact.response_seconds, fact.level, told[0].actor) == (5 * 3600, 0, "link:wu.gang")
    shown = (await firm.get(LI, f"{CHASES}/{chase['chase']}")).body
    assert (fact.answered_by, shown["answered_by"], shown["on_behalf_of"]) == ("wu.gang", "wu.gang", None)
    again = await firm.post(NOBODY, path, {"done_on": "2026-03-01"})
    assert (again.body["done_on"], again.body["day"], again.body["expected"]) == ("2026-03-01", None, planned)
    assert (await firm.expected())["PRD_END"] == planned, "the day that he said holds no more"
    words = [one for envelope in await firm.told() if isinstance(one := event(envelope), MilestoneEstimated)]
    assert [(str(one.day), one.source) for one in words] == [("2026-04-20", "answer"), ("None", "answer")]


async def test_an_answer_without_a_day_takes_back_no_word_but_that_of_the_answer_before(firm: Desk) -> None:
    planned, day = (await firm.expected())["PRD_END"], "2026-04-20"
    path = await link(firm, (await asked(firm))["chase"])
    other = await link(firm, (await asked(firm, login="zhao.min"))["chase"])

    async def expected_after(path: str, body: dict[str, str], who: str = NOBODY) -> str:
        firm.clock.time += timedelta(minutes=1)
        assert (await firm.post(who, path, body)).status == 200
        return (await firm.expected())["PRD_END"]

    await expected_after(path, {"day": day})
    assert await expected_after(path, {"day": day, "text": "the last lot"}) == day
    assert await expected_after(path, {"text": "I cannot say"}) == planned
    await expected_after(path, {"day": day})
    await expected_after(other, {"day": day})
    assert await expected_after(path, {"text": "I cannot say"}) == day, "somebody else says it as well"
    await expected_after("/api/orders/SO-1/estimates", {"milestone": "PRD_END", "day": day, "source": "production"}, LI)
    assert await expected_after(other, {"text": "nor can I"}) == day


async def test_an_answer_that_is_taken_back_leaves_the_day_of_the_vessel(firm: Desk) -> None:
    await firm.entered(line(shipment="SH-1"), number="SO-2")
    assert (await put(firm, "schedule", {"etd": "2026-05-11", "eta": "2026-06-10"})).status == 200
    asked = await firm.post(LI, "/api/orders/SO-2/chases", {**ASK, "milestone": "DEPART"})
    path = await link(firm, asked.body["chase"])
    for answer, expected in (({"day": "2026-05-20"}, "2026-05-20"), ({"text": "I cannot say"}, "2026-05-11")):
        firm.clock.time += timedelta(minutes=1)
        assert (await firm.post(NOBODY, path, answer)).body["expected"] == expected


async def test_a_day_that_was_answered_is_to_be_recorded_until_it_is_or_the_question_is_closed(firm: Desk) -> None:
    async def answered(who: str = LI) -> list[Any]:
        return [(one["milestone"], one["done_on"]) for one in (await firm.get(who, "/api/orders/work")).body["answered"]["items"]]

    paths = {code: await link(firm, (await asked(firm, milestone=code))["chase"]) for code in ("PRD_START", "PRD_END")}
    for path in paths.values():
        assert (await firm.post(NOBODY, path, {"done_on": "2026-03-01"})).status == 200
    assert (await answered(), await answered(CHEN)) == ([("PRD_START", "2026-03-01"), ("PRD_END", "2026-03-01")], [])
    await firm.post(NOBODY, paths["PRD_END"], {"day": "2026-04-20"})
    assert await answered() == [("PRD_START", "2026-03-01")], "he says otherwise"
    await firm.post(NOBODY, paths["PRD_END"], {"done_on": "2026-03-01"})
    await firm.post(LI, "/api/orders/SO-1/actuals", {"milestone": "PRD_START", "date": "2026-03-01"})
    assert await answered() == [("PRD_END", "2026-03-01")]
    [left] = (await firm.get(LI, "/api/orders/work")).body["answered"]["items"]
    assert (await firm.post(LI, left["link"] + "/closing", {})).status == 200
    assert await answered() == []


async def test_what_has_happened_is_asked_no_more(firm: Desk) -> None:
    path = await link(firm, (await asked(firm))["chase"])
    assert "<form" in str((await firm.get(NOBODY, path + "/page")).body)
    assert (await firm.post(LI, "/api/orders/SO-1/actuals", {"milestone": "PRD_END", "date": "2026-03-01"})).status == 201
    page = str((await firm.get(NOBODY, path + "/page")).body)
    assert ("<form" in page, "no answer is needed any more" in page) == (False, True)
    assert (await firm.get(NOBODY, path)).body["over"]
    assert (await firm.post(NOBODY, path, {"done_on": "2026-03-01"})).slug == "milestone-reached"


async def test_a_link_opens_its_chase_alone_and_expires(firm: Desk) -> None:
    made = await asked(firm)
    path = await link(firm, made["chase"])
    other = await link(firm, (await asked(firm, milestone="QC_FINAL"))["chase"])
    token, stranger = path.rsplit("/", 1)[1], other.rsplit("/", 1)[1]
    mixed = stranger[:20] + token[20:]
    for wrong in (token[:-2], mixed, token[:-4] + "AAAA", "x", "AAAA" * 20):
        assert (await firm.get(NOBODY, f"/api/orders/answers/{wrong}")).slug == "link-refused"
    async with firm.database.transaction() as tx:
        chase = await store.lock(tx, UUID(made["chase"]))
        key = await key_of(tx, chase.chase_id)
    assert key is not None
    of_before = f"/api/orders/answers/{token_of(chase, '', key)}"
    assert (await firm.get(NOBODY, of_before)).status == 200, "it named nobody, and was sent to who was asked"
    firm.clock.time = datetime(2026, 3, 17, 0, 0, 1, tzinfo=UTC)
    assert (await firm.get(NOBODY, path)).slug == "link-refused"
    for day, why in (("2036-03-18", "check the year"), ("2026-03-16", "2026-03-16 has passed: today is 2026-03-17")):
        slip = await firm.post(LI, "/api/orders/SO-1/chases", {**ASK, "milestone": "PRD_START", "answer_by": day})
        assert (slip.status, list(slip.fields), why in slip.fields["answer_by"]) == (422, ["answer_by"], True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"day": "2026-04-20", "done_on": "2026-03-01"},
        {"done_on": "2026-03-09"},
        {"day": "2026-01-01"},
        {"day": "2036-04-20"},
        {"done_on": "2001-01-01"},
    ],
)
async def test_an_answer_that_cannot_be_is_refused_and_nothing_of_it_stays(firm: Desk, body: dict[str, Any]) -> None:
    chase = await asked(firm)
    path = await link(firm, chase["chase"])
    assert (await firm.post(NOBODY, path, body)).status == 422
    assert (await firm.get(LI, f"{CHASES}/{chase['chase']}")).body["answers"] == 0


async def test_silence_is_told_further_up_as_far_as_there_is_anybody(firm: Desk) -> None:
    chase = await asked(firm)
    await days_pass(firm, 1)
    assert "chase.escalated" not in await firm.types()
    await days_pass(firm, 2)
    await days_pass(firm, 1)
    await days_pass(firm, 1)
    facts = [event(one) for one in await firm.told() if kind(one) == "chase.escalated"]
    assert [(one.level, one.to) for one in facts if isinstance(one, ChaseEscalated)] == [(1, "zhao.min"), (2, "wang.fang")]
    assert (await firm.post(LI, f"{CHASES}/{chase['chase']}/reminder", {})).status == 200
    facts += [event(one) for one in await firm.told() if kind(one) == "chase.sent"]
    about = [(one.about.name.en, str(one.about.expected)) for one in facts if isinstance(one, ChaseSent | ChaseEscalated) and one.about]
    assert about == [("Production finished", (await firm.expected())["PRD_END"])] * 4, "each says what is asked about"
    wang = await link(firm, chase["chase"], "wang.fang:manager")
    assert wang != await link(firm, chase["chase"])
    *_, told = [one for one in await firm.told() if kind(one) == "chase.escalated"]
    last = event(told)
    assert isinstance(last, ChaseEscalated)
    assert wang in (await firm.opened(told, last.personal, ChaseLink)).link, "she is sent a link of her own"
    await firm.post(NOBODY, wang, {"text": "tomorrow"})
    shown = (await firm.get(LI, f"{CHASES}/{chase['chase']}")).body
    assert (shown["status"], shown["level"], shown["text"]) == ("answered", 2, "tomorrow")
    (told,) = [one for one in await firm.told() if kind(one) == "chase.answered"]
    said = event(told)
    assert isinstance(said, ChaseAnswered)
    assert (shown["answered_by"], said.answered_by, told.actor) == ("wang.fang", "wang.fang", "link:wang.fang"), "not by who was silent"
    await days_pass(firm, 3)
    assert len([one for one in await firm.types() if one == "chase.escalated"]) == 2


async def test_a_manager_who_is_not_there_any_more_is_passed_over(desk: Desk) -> None:
    gone = member("zhao.min", "wang.fang", department="production").model_copy(update={"active": False})
    await employ(desk, member("wang.fang", None, "manager"), gone, member("wu.gang", "zhao.min", department="production"))
    await desk.entered()
    await asked(desk)
    await days_pass(desk, 3)
    facts = [event(one) for one in await desk.told() if kind(one) == "chase.escalated"]
    assert [(one.level, one.to) for one in facts if isinstance(one, ChaseEscalated)] == [(1, "wang.fang")]


async def test_silence_about_what_has_happened_is_told_nobody_until_it_has_not(firm: Desk) -> None:
    chase = await asked(firm)
    await days_pass(firm, 2)
    assert (await firm.post(MANAGER, "/api/orders/SO-1/actuals", {"milestone": "PRD_END", "date": "2026-03-03"})).status == 201
    await days_pass(firm, 2)
    assert "chase.escalated" not in await firm.types()
    over = [await firm.post(LI, f"{CHASES}/{chase['chase']}/{way}", {}) for way in ("reminder", "link")]
    assert [(one.status, one.slug) for one in over] == [(409, "milestone-reached")] * 2, "nor is he reminded of it"
    wrong = {"milestone": "PRD_END", "date": None, "reason": "of another order"}
    assert (await firm.post(MANAGER, "/api/orders/SO-1/actuals/corrections", wrong)).status == 201
    await days_pass(firm, 0)
    assert "chase.escalated" not in await firm.types(), "not the moment in which he is asked again"
    await days_pass(firm, 1)
    assert (await firm.types()).count("chase.escalated") == 1


async def test_silence_is_told_once_there_is_somebody_further_up(desk: Desk) -> None:
    alone = member("wu.gang", None, "planner", department="production")
    await employ(desk, member("wang.fang", None, "manager"), alone)
    await desk.entered()
    await asked(desk)
    await days_pass(desk, 3)
    await employ(desk, alone.model_copy(update={"manager": "wang.fang"}))
    await days_pass(desk, 1)
    assert (await desk.types()).count("chase.escalated") == 1


async def test_what_is_asked_about_a_leg_goes_along_with_all_its_lines(firm: Desk) -> None:
    await firm.entered(line(), line("2"), number="SO-2")
    made = await firm.post(LI, "/api/orders/SO-2/chases", ASK)
    assert made.status == 201, made.body
    path, chase = await link(firm, made.body["chase"]), f"{CHASES}/{made.body['chase']}"

    async def moved(shipment: str | None, *lines: str) -> None:
        answer = await firm.post(MANAGER, "/api/orders/SO-2/moves", {"lines": lines, "shipment": shipment, "reason": "booked"})
        assert answer.status == 200, answer.body

    async def expected(shipment: str | None) -> str:
        plan = (await firm.get(LI, "/api/orders/SO-2")).body["plan"]
        (node,) = [one for one in plan if (one["shipment"], one["milestone"]) == (shipment, "PRD_END")]
        return str(node["estimated"])

    await moved("SH-1", "1")
    shown = (await firm.get(LI, chase)).body
    assert (shown["shipment"], shown["parts"]) == (None, ["SH-1"]), "it is asked of both"
    # The rest joins the part, both are taken out again, and booked anew: as new legs and as one that joins.
    for shipment, lines in (("SH-1", ["2"]), (None, ["1", "2"]), ("SH-2", ["1", "2"])):
        await moved(shipment, *lines)
        assert (await firm.get(NOBODY, path)).body["shipment"] == shipment
    told = [one for envelope in await firm.told() if isinstance(one := event(envelope), ChaseMoved)]
    assert [(one.before, one.chase.shipment, one.chase.parts) for one in told] == [
        (None, None, ("SH-1",)), (None, "SH-1", ()), ("SH-1", None, ()), (None, "SH-2", ()),
    ]  # fmt: skip
    assert [one["shipment"] for one in (await firm.get(LI, "/api/orders/work")).body["unanswered"]["items"]] == ["SH-2"]
    await days_pass(firm, 3)
    assert (await firm.types()).count("chase.escalated") == 1, "silence is told as before"
    assert (await firm.post(NOBODY, path, {"day": "2026-05-20"})).body["expected"] == "2026-05-20"
    await moved("SH-1", "1", "2")
    assert await expected("SH-1") == "2026-05-20", "his word went along"
    assert (await firm.post(NOBODY, path, {"text": "I cannot say"})).body["shipment"] == "SH-1"
    assert await expected("SH-1") < "2026-05-20", "and is taken back there"


async def test_what_is_asked_is_asked_of_every_part_of_its_goods(firm: Desk) -> None:
    """One answer moves both; the question is over once it has happened to both, and goes on where one of them is cancelled."""
    await firm.entered(line(), line("2"), line("3"), number="SO-2")
    made = await firm.post(LI, "/api/orders/SO-2/chases", ASK)
    path, chase = await link(firm, made.body["chase"]), f"{CHASES}/{made.body['chase']}"
    for shipment, lines in (("SH-1", ["2"]), ("SH-2", ["3"])):
        moved = await firm.post(MANAGER, "/api/orders/SO-2/moves", {"lines": lines, "shipment": shipment, "reason": "booked"})
        assert moved.status == 200, moved.body

    async def expected() -> dict[str | None, str]:
        plan = (await firm.get(LI, "/api/orders/SO-2")).body["plan"]
        return {one["shipment"]: one["estimated"] for one in plan if one["milestone"] == "PRD_END"}

    before = await expected()
    again = await firm.post(LI, "/api/orders/SO-2/chases", {**ASK, "shipment": "SH-2"})
    assert (again.status, again.slug) == (409, "chase-open"), "he is asked about these goods"
    assert (await firm.post(NOBODY, path, {"day": "2026-05-20"})).body["parts"] == ["SH-1", "SH-2"]
    assert set((await expected()).values()) == {"2026-05-20"}
    assert (await firm.post(NOBODY, path, {"text": "I cannot say"})).status == 200
    assert await expected() == before
    assert "SH-1, SH-2" in str((await firm.get(NOBODY, path + "/page")).body)
    gone = await firm.post(LI, "/api/orders/SO-2/cancellations", {"asked_by": "customer", "reason": "not needed", "lines": ["1", "3"]})
    assert gone.status == 201, gone.body
    shown = (await firm.get(LI, chase)).body
    assert (shown["status"], shown["shipment"], shown["parts"]) == ("answered", "SH-1", [])
    done = await firm.post(LI, "/api/orders/SO-2/actuals", {"milestone": "PRD_END", "date": "2026-03-01"})
    assert done.status == 201, done.body
    assert (await firm.get(NOBODY, path)).body["over"]


async def test_an_answer_holds_for_the_leg_that_its_goods_join_until_it_is_taken_back(firm: Desk) -> None:
    await firm.entered(line(shipment="SH-1", promised="2026-06-20"), line("2", shipment="SH-2", promised="2026-06-05"), number="SO-2")
    asked = await firm.post(LI, "/api/orders/SO-2/chases", {**ASK, "shipment": "SH-2"})
    path = await link(firm, asked.body["chase"])
    assert (await firm.post(NOBODY, path, {"day": "2026-05-01"})).body["expected"] == "2026-05-01"

    async def delivery() -> dict[str, str]:
        return {one["line"]: one["estimated"] for one in (await firm.get(LI, "/api/orders/SO-2")).body["lines"]}

    late = (await delivery())["2"]
    moved = await firm.post(LI, "/api/orders/SO-2/moves", {"lines": ["2"], "shipment": "SH-1", "reason": "one vessel"})
    assert (moved.status, [one["line"] for one in moved.body["orders"][0]["moved"]]) == (200, ["1"]), "nothing is told of the other"
    assert await delivery() == {"1": late, "2": late}
    told = ["order.lines_moved", "plan.rebaselined", "milestone.estimated", "plan.reestimated", "chase.moved"]
    assert (await firm.types())[-5:] == told
    assert (await firm.post(NOBODY, path, {"text": "I cannot say"})).body["shipment"] == "SH-1"
    assert max((await delivery()).values()) < late, "it was written, and is taken back"


async def test_of_two_questions_that_are_one_when_their_goods_are_the_second_ends(firm: Desk) -> None:
    await firm.entered(line(shipment="SH-1"), line("2", shipment="SH-2"), number="SO-2")
    asks = [(LI, "SH-2", "wu.gang"), (MANAGER, "SH-1", "wu.gang"), (LI, "SH-1", "zhao.min")]
    there, joins, other = [
        (await firm.post(who, "/api/orders/SO-2/chases", {**ASK, "shipment": shipment, "login": login})).body["chase"]
        for who, shipment, login in asks
    ]
    assert (await firm.post(MANAGER, "/api/orders/shipments/SH-1/merges", {"into": "SH-2", "reason": "one vessel"})).status == 200
    shown = [(await firm.get(LI, f"{CHASES}/{one}")).body for one in (there, joins, other)]
    assert [(one["status"], one["shipment"]) for one in shown] == [("open", "SH-2"), ("withdrawn", "SH-1"), ("open", "SH-2")]
    (ended,) = [one for envelope in await firm.told() if isinstance(one := event(envelope), ChaseEnded)]
    assert (str(ended.chase.chase_id), str(ended.same_as)) == (joins, there)
    assert (ended.chase.asked_by, ended.same_by) == ("wang.fang", "li.wei")
    assert ended.about is not None
    assert ended.about.name.en == "Production finished"


async def test_a_question_about_a_leg_that_is_no_more_is_over(firm: Desk) -> None:
    """As of what was asked before questions went along."""
    chase = await asked(firm)
    path = await link(firm, chase["chase"])
    async with firm.database.transaction() as tx:
        await tx.execute("UPDATE chase SET shipment = 'SH-9'")
    assert (await firm.get(NOBODY, path)).body["milestone"] == "PRD_END"
    assert (await firm.post(NOBODY, path, {"day": "2026-04-20"})).slug == "chase-over"
    async with firm._client.post(f"{path}/page", data={"day": "2026-04-20"}) as page:
        assert (page.status, "has been settled" in await page.text()) == (409, True)
    await days_pass(firm, 3)
    assert "chase.escalated" not in await firm.types()


async def test_a_link_that_is_answered_or_has_expired_is_given_out_no_more(firm: Desk) -> None:
    waits, done = await asked(firm), await asked(firm, milestone="QC_FINAL")
    assert (await firm.post(NOBODY, await link(firm, done["chase"]), {"text": "on Friday"})).status == 200

    async def refused(chase: dict[str, Any]) -> set[str]:
        ways = [await firm.post(LI, f"{CHASES}/{chase['chase']}/{way}", {}) for way in ("reminder", "link")]
        assert [(one.status, one.slug) for one in ways] == [(409, "chase-over")] * 2
        return {one.body["detail"] for one in ways}

    assert await refused(done) == {"wu.gang has answered: ask anew what the answer leaves open"}
    firm.clock.time = datetime(2026, 3, 17, 0, 0, 1, tzinfo=UTC)
    assert await refused(waits) == {"its link has expired: withdraw it and ask anew"}


async def test_the_link_of_who_has_left_opens_nothing(firm: Desk) -> None:
    chase = await asked(firm)
    path = await link(firm, chase["chase"])
    async with firm.database.transaction() as tx:
        await tx.execute("UPDATE known_staff SET active = false WHERE login = 'wu.gang'")
    assert (await firm.get(NOBODY, path)).slug == (await firm.post(NOBODY, path, {"text": "I left"})).slug == "link-refused"
    for way in ("reminder", "link"):
        refused = await firm.post(LI, f"{CHASES}/{chase['chase']}/{way}", {})
        assert (refused.slug, refused.body["detail"][:31]) == ("chase-over", "wu.gang is not active staff: wi")
    await days_pass(firm, 3)
    assert (await firm.post(NOBODY, await link(firm, chase["chase"], "zhao.min:planner"), {"text": "he left"})).status == 200


async def test_the_link_travels_sealed(firm: Desk) -> None:
    chase = await asked(firm)
    (told,) = [one for one in await firm.told() if kind(one) == "chase.sent"]
    fact = event(told)
    assert isinstance(fact, ChaseSent)
    opened = await firm.opened(told, fact.personal, ChaseLink)
    assert opened.link == f"http://127.0.0.1:8080{await link(firm, chase['chase'])}/page"
    assert opened.link not in told.model_dump_json()
    assert told.subject == UUID(chase["chase"])


async def test_who_is_asked_reads_the_name_of_who_asks_and_no_event_tells_it(firm: Desk) -> None:
    chase = await asked(firm, f"{LI}:Li <Wei>")
    path = await link(firm, chase["chase"])
    assert (chase["asked_by"], (await firm.get(NOBODY, path)).body["asked_by"]) == ("li.wei", "Li <Wei>")
    async with firm._client.get(f"{path}/page") as page:
        shown = await page.text()
    assert ("Li &lt;Wei&gt;" in shown, "li.wei" in shown) == (True, False)
    assert (await firm.post(NOBODY, path, {"text": "soon"})).body["asked_by"] == "Li <Wei>"
    assert not any("<Wei>" in one.model_dump_json() for one in await firm.told())
    nameless = await link(firm, (await asked(firm, milestone="QC_FINAL"))["chase"])
    assert (await firm.get(NOBODY, nameless)).body["asked_by"] == "li.wei"


async def test_one_is_asked_once_about_a_milestone_and_reminded(firm: Desk) -> None:
    chase = await asked(firm)
    path = await link(firm, chase["chase"])
    twice = await firm.post(LI, "/api/orders/SO-1/chases", ASK)
    assert (twice.status, twice.slug) == (409, "chase-open")
    assert (await firm.post(LI, f"{CHASES}/{chase['chase']}/reminder", {})).body["reminders"] == 1
    assert (await firm.post(LI, f"{CHASES}/{chase['chase']}/withdrawal", {})).body["status"] == "withdrawn"
    assert (await firm.post(LI, f"{CHASES}/{chase['chase']}/reminder", {})).slug == "chase-over"
    assert (await firm.post(NOBODY, path, {"text": "too late"})).slug == "chase-over"
    await asked(firm)


async def test_a_department_is_asked_by_its_head_and_chases_are_of_ones_own(firm: Desk) -> None:
    chase = await asked(firm, login=None)
    assert (chase["asked"], chase["department"]) == ("zhao.min", "production")
    assert (await firm.post(LI, "/api/orders/SO-1/chases", {**ASK, "login": "nobody"})).fields == {"login": "nobody is not active staff"}
    assert (await firm.post(CHEN, "/api/orders/SO-1/chases", ASK)).status == 404
    assert [one["chase"] for one in (await firm.get(LI, f"{CHASES}?order=SO-1&status=open")).body["items"]] == [chase["chase"]]
    assert (await firm.get(CHEN, CHASES)).body["items"] == []
    assert [one["asked"] for one in (await firm.get("zhao.min:planner", f"{CHASES}?asked=zhao.min")).body["items"]] == ["zhao.min"]


async def test_a_question_is_in_the_work_lists_of_who_is_asked_and_of_who_asked(firm: Desk) -> None:
    wu, planner = "wu.gang:clerk", "wu.gang:planner"
    his, theirs = (await asked(firm))["chase"], (await asked(firm, login=None, milestone="PRD_START"))["chase"]

    async def work(who: str, part: str) -> list[str]:
        return [one["chase"] for one in (await firm.get(who, "/api/orders/work")).body[part]["items"]]

    # As a clerk he sees no customer's orders, and yet what he is asked himself.
    assert (await work(wu, "to_answer"), await work(planner, "to_answer")) == ([his], [his, theirs])
    assert (await work("zhao.min:planner", "to_answer"), await work(LI, "unanswered")) == ([theirs], [his, theirs])
    assert [one["chase"] for one in await paged(firm, LI, "unanswered")] == [his, theirs]
    assert await work(MANAGER, "unanswered") == await work(CHEN, "to_answer") == []
    assert [(await firm.get(who, f"{CHASES}/{his}")).status for who in (wu, CHEN)] == [200, 404]
    assert (await firm.post(wu, f"{CHASES}/{his}/withdrawal", {})).status == 404
    given = await firm.post(wu, f"{CHASES}/{his}/link", {})
    assert (given.status, (await firm.post("zhao.min:planner", f"{CHASES}/{his}/link", {})).status) == (200, 403), "she reads it alone"
    await firm.post(NOBODY, await link(firm, his), {"text": "on Friday"})
    await firm.post(MANAGER, "/api/orders/SO-1/actuals", {"milestone": "PRD_START", "date": "2026-03-01"})
    assert await work(planner, "to_answer") == await work(LI, "unanswered") == []


async def test_the_page_asks_in_both_languages_and_takes_the_form(firm: Desk) -> None:
    path = f"{await link(firm, (await asked(firm))['chase'])}/page"
    for language, word in (("en", "Send the answer"), ("zh-CN", "提交回复")):
        async with firm._client.get(path, headers={"Accept-Language": language}) as page:
            text = await page.text()
            assert (page.status, page.content_type) == (200, "text/html")
            assert word in text
            assert "When is it &lt;made&gt;?" in text
            assert "sha256-" in page.headers["Content-Security-Policy"]
            assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")
    for form, status, word in (({}, 422, "not taken"), ({"day": "2026-04-20"}, 200, "Thank you"), ({"text": "x" * 3000}, 422, "not taken")):
        async with firm._client.post(path, data=form or {"day": ""}) as page:
            assert (page.status, word in await page.text()) == (status, True)
            assert "sha256-" in page.headers["Content-Security-Policy"]
    assert (await firm.expected())["PRD_END"] == "2026-04-20"
    forms: tuple[dict[str, str] | None, ...] = (None, {"day": "2026-04-20"}, {"day": "soon"})
    for sent in forms:
        async with firm._client.request("POST" if sent else "GET", "/api/orders/answers/AAAA/page", data=sent) as page:
            text = await page.text()
            assert (page.status, page.content_type) == (404, "text/html")
            assert ("does not open anything" in text, "ask for a new one" in text) == (True, True)


async def test_the_page_says_why_it_refuses_an_answer_and_keeps_what_was_typed(firm: Desk) -> None:
    chase = (await asked(firm))["chase"]
    path = f"{await link(firm, chase)}/page"

    async def sent(language: str = "en", status: int = 422, /, **form: str) -> str:
        async with firm._client.post(path, data=form, headers={"Accept-Language": language}) as page:
            assert (page.status, page.content_type) == (status, "text/html")
            return await page.text()

    slip = {"day": "2062-05-07", "done_on": "", "text": "the <last> lot\r\nis late"}
    for language, why in (("en", "It will happen on: 2062-05-07 is more than 730 days after"), ("zh-CN", "预计完成日期：2062-05-07 比 ")):
        text = await sent(language, **slip)
        assert why in text
        assert text.count("<li>") == text.count('aria-invalid="true"') == 1
        assert ('value="2062-05-07"' in text, "the &lt;last&gt; lot\nis late</textarea>" in text) == (True, True)
    both = await sent(day="2026-04-20", done_on="2026-03-01")
    assert both.count("<li>it either will happen or has happened</li>") == both.count("<li>") == 1, "though two fields are to blame"
    assert (both.count('aria-invalid="true"'), 'value="2026-04-20"' in both, 'value="2026-03-01"' in both) == (2, True, True)
    assert "<li>&lt;b&gt;: " in await sent(text="x", **{"<b>": "1"})
    unread = await sent("zh-CN", text="最后\x0b一批")
    assert ("<li>说明：含有控制字符</li>" in unread, "最后\x0b一批</textarea>" in unread) == (True, True)
    assert "Thank you" in await sent("en", 200, text="货" * 1_990 + "\r\n" * 9 + "."), "as long as the field lets him type"
    emptied = await sent(day="", done_on="", text="")
    assert ("say a day or a word" in emptied, "货" in emptied) == (True, False)
    assert (await firm.post(LI, f"{CHASES}/{chase}/closing", {})).status == 200
    over = await sent("zh-CN", 409, text="货")
    assert ("该询问已了结" in over, "催办已关闭" in over, "<form" in over) == (True, True, False)


@pytest.mark.parametrize("body", [b"&".join(b"f%d=1" % at for at in range(99)), b"text=\xff", b"text=%ff", b"text=a%00b"])
async def test_what_no_form_sends_is_not_taken(firm: Desk, body: bytes) -> None:
    path = f"{await link(firm, (await asked(firm))['chase'])}/page"
    async with firm._client.post(path, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}) as page:
        assert (page.status, "not taken" in await page.text()) == (422, True)
