"""Advice on an order over HTTP: given, answered, taken back; it waits in the work list, and moves nothing."""

from typing import Any

from shared.contracts.advice import AdviceAnswered
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, event, kind

GIVE, PATH = "/api/orders/SO-1/advice", "/api/orders/advice"
BODY: dict[str, Any] = {
    "topic": "transport",
    "suggestion": {"en": "Two of the four containers by rail would be with you 12 days earlier."},
    "way": "phone",
    "given_on": "2026-02-27",
}
YES = {"answer": "accepted", "on": "2026-03-01", "text": "please go ahead"}


async def given(desk: Desk, **changes: Any) -> str:
    answer = await desk.post(LI, GIVE, {**BODY, **changes})
    assert answer.status == 201, answer.body
    assert answer.headers["Location"] == answer.body["link"]
    return str(answer.body["link"])


async def waiting(desk: Desk, who: str = LI) -> list[str]:
    return [one["link"] for one in (await desk.get(who, "/api/orders/work")).body["advice"]["items"]]


async def test_an_advice_waits_for_its_answer_and_moves_nothing(desk: Desk) -> None:
    await desk.entered()
    before = (await desk.get(LI, "/api/orders/SO-1")).body
    first, second = await given(desk), await given(desk, topic="dates", given_on="2026-02-26")
    assert (await waiting(desk), await waiting(desk, CHEN)) == ([second, first], [])
    shown = await desk.post(LI, first + "/answer", YES)
    assert (shown.status, shown.body["answer"], shown.body["recorded_by"], shown.body["customer"]) == (200, "accepted", "li.wei", "ACME")
    assert shown.body["name"] == {"en": "transport", "zh-CN": "运输"}
    changed = await desk.post(MANAGER, first + "/answer", {"answer": "declined", "on": "2026-03-01"})
    assert (changed.body["answer"], changed.body["answer_text"], changed.body["recorded_by"]) == ("declined", None, "wang.fang")
    assert await waiting(desk) == [second]
    gone = await desk.post(LI, second + "/withdrawal", {"reason": "the train is fully booked"})
    assert (gone.status, gone.body["withdrawn"]) == (200, "the train is fully booked")
    assert await waiting(desk) == []
    for path, deed, body in ((second, "answer", YES), (second, "withdrawal", {"reason": "x"}), (first, "withdrawal", {"reason": "x"})):
        over = await desk.post(LI, f"{path}/{deed}", body)
        assert (over.status, over.slug) == (409, "advice-over")
    after = (await desk.get(LI, "/api/orders/SO-1")).body
    assert (after["plan"], after["lines"]) == (before["plan"], before["lines"])
    told = [one for one in await desk.told() if "advice" in kind(one)]
    deeds = ["given", "given", "answered", "answered", "withdrawn"]
    assert [(kind(one), one.sequence) for one in told] == [(f"order.advice_{deed}", 2 + at) for at, deed in enumerate(deeds)]
    assert after["version"] == told[-1].sequence
    last = event(told[3])
    assert isinstance(last, AdviceAnswered)
    assert (last.advice.answer, last.advice.order) == ("declined", "SO-1")


async def test_advice_is_listed_and_refused_by_field_and_sight(desk: Desk) -> None:
    await desk.entered()
    first, second = await given(desk), await given(desk, topic="dates", suggestion={"en": "two lots", "zh-CN": "建议分两批交货"})
    await desk.post(LI, first + "/answer", YES)
    queries = {
        "": [second, first],
        "?order=SO-1&customer=ACME&given_by=li.wei": [second, first],
        "?answered=false": [second],
        "?answered=true": [first],
        "?answer=declined": [],
        "?topic=dates": [second],
    }
    for query, paths in queries.items():
        assert [one["link"] for one in (await desk.get(FINANCE, PATH + query)).body["items"]] == paths, query
    page = (await desk.get(LI, PATH + "?limit=1")).body
    assert [one["link"] for one in (await desk.get(LI, f"{PATH}?limit=1&cursor={page['next']}")).body["items"]] == [first]
    wrong: dict[str, dict[str, Any]] = {
        "topic": {"topic": "weather"},
        "suggestion.zh-CN": {"suggestion": {"en": "two lots", "zh-CN": " "}},
        "suggestion.en": {"suggestion": {"zh-CN": "建议分两批交货"}},
        "given_on": {"given_on": "2026-03-09"},
        "way": {"way": "pigeon"},
        "colour": {"colour": "red"},
    }
    for field, changes in wrong.items():
        refused = await desk.post(LI, GIVE, {**BODY, **changes})
        assert (refused.status, list(refused.fields)) == (422, [field])
    early = await desk.post(LI, GIVE, {**BODY, "given_on": "2026-01-04"})
    assert early.fields == {"given_on": "order SO-1 was placed on 2026-01-05: advice on it cannot have been given on 2026-01-04"}
    for on in ("2026-03-09", "2026-02-20"):
        assert list((await desk.post(LI, second + "/answer", {"answer": "accepted", "on": on})).fields) == ["on"]
    assert (await desk.post(CHEN, GIVE, BODY)).status == 404
    assert (await desk.post(CHEN, second + "/answer", YES)).status == 404
    assert (await desk.get(CHEN, second)).status == 404
    assert (await desk.get(CHEN, PATH)).body["items"] == []
    assert (await desk.post(FINANCE, GIVE, BODY)).status == 403
    assert await desk.count("advice") == 2
