"""Contract clauses over HTTP on a real database: agreed, watched, changed, closed, supervised; who may, and what is told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.orders.clauses.handlers import look_at
from services.orders.clauses.store import MOVED, OVER
from shared.contracts.clauses import ClauseAgreed, ClauseBreached, ClauseRecovered
from tests.orders.calls import CHEN, FINANCE, LI, Desk, confirmed, delay, event, kind
from tests.orders.plans import line

ENTER = "/api/orders/SO-1/clauses"
PATH = "/api/orders/clauses"
BODY: dict[str, Any] = {
    "reference": "8.2", "text": "0.5 % of the price for each week", "milestone": "DELIVERED", "due_on": "2026-06-01", "grace_days": 3,
    "penalty": {"percent": "0.5", "per": "week", "cap_percent": "5"},
}  # fmt: skip


async def agreed(desk: Desk, **changes: Any) -> str:
    answer = await desk.post(LI, ENTER, {**BODY, **changes})
    assert answer.status == 201, answer.body
    return str(answer.headers["Location"])


async def worth(desk: Desk) -> None:
    await desk.entered(line(amount="48000"), currency="USD", actuals=confirmed())


async def looked(desk: Desk) -> list[Any]:
    """Run what is due of the clauses, as the leader does; what they told then."""
    before = len(await desk.told())
    due = [one for one in await desk.due() if one.kind == MOVED or (one.kind == OVER and one.due <= desk.clock.now())]
    async with desk.database.transaction() as tx:
        await tx.execute("DELETE FROM timer WHERE kind = $1", MOVED)
        await look_at(tx, due, desk.clock.now())
    return [event(one) for one in (await desk.told())[before:]]


async def test_a_clause_stands_by_the_plan(desk: Desk) -> None:
    await worth(desk)
    path = await agreed(desk)
    shown = (await desk.get(FINANCE, path)).body
    assert (shown["state"], shown["keep_by"], shown["expected"], shown["value"]) == (
        "pending", "2026-06-04", "2026-06-01", {"amount": "48000.00", "currency": "USD"},
    )  # fmt: skip
    assert await looked(desk) == []
    await desk.delayed(delay("2026-06-12", milestone="DELIVERED"))
    late = (await desk.get(LI, path)).body
    assert (late["state"], late["days_late"], late["penalty_expected"]["amount"], late["penalty_so_far"]["amount"]) == (
        "at_risk", 8, "480.00", "0.00",
    )  # fmt: skip
    assert await looked(desk) == []
    assert [one["clause"] for one in (await desk.get(LI, PATH + "?state=at_risk")).body["items"]] == [shown["clause"]]
    first = event(next(one for one in await desk.told() if kind(one) == "clause.agreed"))
    assert isinstance(first, ClauseAgreed)
    assert first.clause.order == "SO-1"


async def test_a_breach_is_found_by_the_clock_told_once_and_taken_back(desk: Desk) -> None:
    await worth(desk)
    path = await agreed(desk)
    await looked(desk)
    desk.clock.time = datetime(2026, 6, 5, tzinfo=UTC)
    (told,) = await looked(desk)
    assert isinstance(told, ClauseBreached)
    assert told.penalty is not None
    assert (str(told.due), told.happened, str(told.penalty.amount)) == ("2026-06-01", None, "240.00")
    assert await looked(desk) == []
    shown = (await desk.get(LI, path)).body
    assert (shown["state"], shown["version"]) == ("breached", 2)
    done = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "DELIVERED", "date": "2026-06-04"})
    assert done.status == 201, done.body
    (back,) = await looked(desk)
    assert isinstance(back, ClauseRecovered), "it was kept, and recorded late"
    assert (await desk.get(LI, path)).body["state"] == "kept"


async def test_what_will_not_be_kept_is_in_the_work_list_of_who_follows_the_customer(desk: Desk) -> None:
    await worth(desk)
    path = await agreed(desk)
    await desk.delayed(delay("2026-06-12", milestone="DELIVERED"))
    await looked(desk)
    (work,) = (await desk.get(LI, "/api/orders/work")).body["clauses"]["items"]
    assert (work["reference"], work["state"], work["keep_by"], work["link"]) == ("8.2", "at_risk", "2026-06-04", path)
    assert (await desk.get(CHEN, "/api/orders/work")).body["clauses"]["items"] == []


async def test_a_late_delivery_breaches_it_at_once(desk: Desk) -> None:
    await worth(desk)
    await agreed(desk)
    await looked(desk)
    desk.clock.time = datetime(2026, 6, 20, tzinfo=UTC)
    done = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "DELIVERED", "date": "2026-06-20"})
    assert done.status == 201, done.body
    (told,) = await looked(desk)
    assert isinstance(told, ClauseBreached)
    assert str(told.happened) == "2026-06-20"


async def test_the_plan_and_the_question_before_a_delay_show_it(desk: Desk) -> None:
    await worth(desk)
    await agreed(desk)
    (clause,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["clauses"]
    assert (clause["reference"], clause["state"]) == ("8.2", "pending")
    simulated = await desk.post(LI, "/api/orders/SO-1/delays/simulations", delay("2026-06-12", milestone="DELIVERED"))
    (breach,) = simulated.body["orders"][0]["breaches"]
    assert (breach["kind"], breach["term"], breach["deadline"], breach["amount"], breach["currency"]) == (
        "clause", "8.2", "2026-06-04", "480.00", "USD",
    )  # fmt: skip


async def test_it_is_changed_and_closed(desk: Desk) -> None:
    await worth(desk)
    path = await agreed(desk)
    stale = await desk.put(LI, path, BODY, If_Match='"7"')
    assert stale.slug == "stale"
    changed = await desk.put(LI, path, {**BODY, "penalty": {"fixed": {"amount": "900", "currency": "USD"}}}, If_Match='"1"')
    costs = changed.body["penalty"]["fixed"]["amount"], changed.body["penalty_expected"]["amount"]
    assert (changed.status, changed.body["version"], costs) == (200, 2, ("900.00", "0.00"))
    closed = await desk.post(LI, path + "/closing", {"outcome": "waived by the customer"})
    assert (closed.status, closed.body["status"]) == (200, "closed")
    assert (await desk.post(LI, path + "/closing", {"outcome": "twice"})).slug == "clause-over"
    desk.clock.time = datetime(2026, 7, 1, tzinfo=UTC)
    assert await looked(desk) == []
    assert (await desk.get(LI, "/api/orders/SO-1/plan")).body["clauses"] == []


async def test_a_closed_clause_stands_still(desk: Desk) -> None:
    await worth(desk)
    path = await agreed(desk)
    desk.clock.time = datetime(2026, 6, 5, tzinfo=UTC)
    closed = (await desk.post(LI, path + "/closing", {"outcome": "settled"})).body
    assert (closed["state"], closed["days_late"], closed["penalty_so_far"]["amount"]) == ("breached", 1, "240.00")
    await desk.delayed(delay("2026-06-12", milestone="DELIVERED"))
    desk.clock.time = datetime(2026, 7, 1, tzinfo=UTC)
    assert (await desk.get(LI, path)).body == closed
    assert (await desk.get(LI, PATH + "?status=closed&state=breached")).body["items"] == [closed]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"milestone": "MOON"}, "milestone"),
        ({"line": "9"}, "line"),
        ({"due_on": None, "due_after": {"milestone": "MOON", "days": 3}}, "due_after.milestone"),
        ({"grace_days": -1}, "grace_days"),
        ({"penalty": {"percent": "0.5"}}, "penalty.per"),
        ({"penalty": {"percent": "0", "per": "day"}}, "penalty.percent"),
        ({"text": " "}, "text"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_refusals_name_the_field_and_write_nothing(desk: Desk, changes: dict[str, Any], field: str) -> None:
    await worth(desk)
    answer = await desk.post(LI, ENTER, {**BODY, **changes})
    assert answer.status == 422, answer.body
    assert field in answer.fields
    assert await desk.count("clause") == 0


async def test_a_percentage_is_of_something(desk: Desk) -> None:
    await desk.entered()
    refused = await desk.post(LI, ENTER, BODY)
    assert "value" in refused.fields
    given = await desk.post(LI, ENTER, {**BODY, "value": {"amount": "1000", "currency": "EUR"}})
    assert given.status == 201, given.body
    assert (await desk.post(LI, ENTER, {**BODY, "value": {"amount": "1", "currency": "EUR"}})).slug == "clause-exists"


async def test_what_others_follow_is_not_there(desk: Desk) -> None:
    await worth(desk)
    path = await agreed(desk)
    assert (await desk.post(CHEN, ENTER, BODY)).status == 404
    assert (await desk.get(CHEN, path)).status == 404
    assert (await desk.get(CHEN, PATH)).body["items"] == []
    assert (await desk.put(CHEN, path, BODY, If_Match='"1"')).status == 404
    assert (await desk.post(CHEN, path + "/closing", {"outcome": "mine"})).status == 404
    assert (await desk.post(FINANCE, ENTER, BODY)).status == 403


async def test_contracts_are_supervised_by_what_is_to_be_kept_first(desk: Desk) -> None:
    await worth(desk)
    for reference, due in (("8.3", "2026-07-01"), ("8.2", "2026-06-01"), ("8.1", "2026-08-01")):
        await agreed(desk, reference=reference, due_on=due)
    for query, references in [
        ("", ["8.2", "8.3", "8.1"]),
        ("?keep_by=2026-07-04", ["8.2", "8.3"]),
        ("?order=SO-2", []),
        ("?customer=ACME&status=open&state=pending", ["8.2", "8.3", "8.1"]),
    ]:
        assert [one["reference"] for one in (await desk.get(LI, PATH + query)).body["items"]] == references
    first = (await desk.get(LI, PATH + "?limit=2")).body
    assert [one["reference"] for one in (await desk.get(LI, f"{PATH}?limit=2&cursor={first['next']}")).body["items"]] == ["8.1"]
