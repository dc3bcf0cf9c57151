"""What names somebody who is away is his deputy's for those days: questions, actions and inspections, each with who did it for whom."""

from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.chases import ChaseAnswered
from shared.contracts.customers import Deputy
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.inspections import InspectionPassed
from tests.orders.calls import CHEN, LI, Desk, action, event, exception
from tests.orders.firm import ZHAO, employ, member
from tests.orders.plans import line
from tests.orders.test_api_work import named, work
from tests.orders.test_chases_api import ASK
from tests.orders.test_inspections_api import FINAL, found

WU, QIAN = "wu.gang:clerk", "qian.li:qc"
AWAY = [Deputy(login=login, first=date(2026, 3, 1), last=date(2026, 4, 21)) for login in ("zhao.lei", "qian.li")]
"""Zhao Lei sees other customers' orders, Qian Li everybody's."""


async def away(desk: Desk) -> tuple[str, str, str]:
    """An order of Li Wei's customer. Chen Jie, who is away, is asked about it, has an action to do, and is to inspect it: their paths."""
    await employ(
        desk,
        member("li.wei", None, "merchandiser"),
        member("chen.jie", None, "merchandiser", deputies=AWAY),
        member("zhao.lei", None, "merchandiser"),
        member("qian.li", None, "qc", department="qc"),
        member("wu.gang", None, "planner", department="production"),
    )
    made = {"milestone": "PRD_END", "date": "2026-02-28", "shipment": "SH-1"}
    await desk.entered(line(shipment="SH-1"), actuals=[made])
    asked = await desk.post(LI, "/api/orders/SO-1/chases", {**ASK, "milestone": "DEPART", "login": "chen.jie"})
    claim = await desk.post(LI, "/api/orders/SO-1/exceptions", exception())
    trouble = claim.headers["Location"]
    acted = await desk.post(LI, trouble + "/actions", action("chen.jie"))
    planned = await desk.post(LI, "/api/orders/SO-1/inspections", {**FINAL, "inspector": "chen.jie"})
    assert (asked.status, claim.status, acted.status, planned.status) == (201, 201, 201, 201), (asked.body, acted.body, planned.body)
    return asked.headers["Location"], f"{trouble}/actions/{acted.body['actions'][0]['action_id']}", planned.headers["Location"]


async def mine(desk: Desk, who: str) -> list[Any]:
    """What of it is on somebody's list, each with the absent one whose it is."""
    parts = await work(desk, who)
    return [named(parts[part], "link", "absent") for part in ("to_answer", "actions", "inspections")]


async def told(desk: Desk, kind: type[Any]) -> tuple[str, Any]:
    """Who did it, as the envelope says, and the last event of that kind."""
    *_, last = [one for one in await desk.told() if isinstance(event(one), kind)]
    return last.actor, event(last)


async def test_a_deputy_answers_does_and_inspects_what_names_the_absent_one(desk: Desk) -> None:
    chase, act, inspection = await away(desk)
    trouble = act.partition("/actions/")[0]
    desk.clock.time = datetime(2026, 4, 21, 8, tzinfo=UTC)
    for who, absent in ((CHEN, None), (ZHAO, "chen.jie"), (QIAN, "chen.jie")):
        assert await mine(desk, who) == [[(chase, absent)], [(trouble, absent)], [(inspection, absent)]], who
        assert [(await desk.get(who, path)).status for path in (chase, trouble, inspection)] == [200] * 3
        for register in ("chases", "exceptions", "inspections"):
            assert len((await desk.get(who, f"/api/orders/{register}")).body["items"]) == 1
    assert await mine(desk, WU) == [[], [], []]
    assert (await desk.get(ZHAO, "/api/orders/SO-1")).status == 404, "the rest of it is not his"

    assert (await desk.post(WU, chase + "/answer", {"text": "no"})).status == 404
    assert (await desk.post(LI, chase + "/answer", {"text": "no"})).slug == "forbidden", "he asks"
    assert (await desk.post(ZHAO, chase + "/link", {})).status == 403, "whoever answers in his place signs in"
    answered = await desk.post(ZHAO, chase + "/answer", {"day": "2026-05-06", "text": "the feeder is late"})
    assert (answered.status, answered.body["answered_by"], answered.body["on_behalf_of"]) == (200, "zhao.lei", "chen.jie")
    who, answer = await told(desk, ChaseAnswered)
    assert (who, answer.answered_by, answer.on_behalf_of, answer.chase.asked) == ("zhao.lei", "zhao.lei", "chen.jie", "chen.jie")
    assert (await desk.expected())["DEPART"] == "2026-05-06"
    own = await desk.post(CHEN, chase + "/answer", {"day": "2026-05-07"})
    assert (own.body["answered_by"], own.body["on_behalf_of"]) == ("chen.jie", None)

    assert (await desk.post(WU, act + "/completion", {"result": "made"})).status == 404
    done = await desk.post(ZHAO, act + "/completion", {"result": "480 pieces packed"})
    (step,) = done.body["actions"]
    assert (done.status, step["done_by"], step["on_behalf_of"]) == (200, "zhao.lei", "chen.jie")
    who, changed = await told(desk, ExceptionChanged)
    assert (who, changed.exception.actions[0].on_behalf_of) == ("zhao.lei", "chen.jie")
    for judge, slug in ((CHEN, "own-work"), (ZHAO, "not-found")):
        assert (await desk.post(judge, act + "/verification", {"effective": True, "note": "good"})).slug == slug, (
            "in the owner's place he sees it, and judges nothing"
        )
    back = await desk.post(LI, act + "/verification", {"effective": False, "note": "of the wrong colour"})
    assert back.body["actions"][0]["status"] == "open"
    again = await desk.post(LI, act + "/completion", {"result": "dyed"})
    assert (again.body["actions"][0]["done_by"], again.body["actions"][0]["on_behalf_of"]) == ("li.wei", None)

    passed = await desk.post(ZHAO, inspection + "/result", found("passed"))
    assert (passed.status, passed.body["reported_by"], passed.body["on_behalf_of"]) == (200, "zhao.lei", "chen.jie"), passed.body
    who, event_ = await told(desk, InspectionPassed)
    assert (who, event_.inspection.inspector, event_.inspection.on_behalf_of) == ("zhao.lei", "chen.jie", "chen.jie")


async def test_who_is_back_has_it_alone_and_a_department_answers_for_itself(desk: Desk) -> None:
    chase, act, inspection = await away(desk)
    desk.clock.time = datetime(2026, 4, 22, 8, tzinfo=UTC)
    assert await mine(desk, ZHAO) == [[], [], []]
    assert [len(part) for part in await mine(desk, CHEN)] == [1, 1, 1]
    for path in (chase, act.partition("/actions/")[0], inspection):
        assert (await desk.get(ZHAO, path)).status == 404
    for path, body in (
        (chase + "/answer", {"text": "no"}),
        (act + "/completion", {"result": "no"}),
        (inspection + "/result", found("passed")),
    ):
        assert (await desk.post(ZHAO, path, body)).status == 404
    asked = await desk.post(
        LI, "/api/orders/SO-1/chases", {**ASK, "milestone": "ARRIVE", "department": "qc", "login": None, "answer_by": "2026-04-30"}
    )
    await employ(desk, member("hu.jun", None, "qc", department="qc"))
    path = asked.headers["Location"]
    assert (await desk.post("wu.gang:planner", path + "/answer", {"text": "no"})).slug == "forbidden"
    answered = await desk.post("hu.jun:qc", path + "/answer", {"text": "not before May"})
    assert (answered.body["asked"], answered.body["answered_by"], answered.body["on_behalf_of"]) == ("qian.li", "hu.jun", None)
