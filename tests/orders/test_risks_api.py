"""Early warnings through the service: looked at when something moves and when a day comes, told once, listed."""

from datetime import UTC, datetime
from typing import Any

from services.orders.risks.handlers import look
from tests.orders.calls import CHEN, LI, MANAGER, Desk, event, kind, order
from tests.orders.plans import line

RISKS, LIMITS = "/api/orders/risks", "/api/orders/risk-limits"
SEEN = {"If-Match": '"1"'}


async def looked(desk: Desk) -> list[tuple[str, Any]]:
    """Look until there is nothing left to look at; the events that it told."""
    before = len(await desk.told())
    while await look(desk.database, desk.clock):
        pass
    return [(kind(one).removeprefix("milestone."), event(one)) for one in (await desk.told())[before:]]


async def entered(desk: Desk, **changes: Any) -> None:
    made = await desk.post(LI, "/api/orders", order(template="urgent", urgent=True, **changes))
    assert made.status == 201, made.body


async def listed(desk: Desk, who: str = LI, query: str = "") -> list[dict[str, Any]]:
    answer = await desk.get(who, f"{RISKS}{query}")
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.body["items"]
    return items


async def test_an_order_with_days_to_spare_is_in_no_danger(desk: Desk) -> None:
    await entered(desk)
    assert await looked(desk) == []
    assert await listed(desk) == []
    assert await looked(desk) == []


async def test_a_day_that_comes_raises_a_risk_and_then_an_alarm_once(desk: Desk) -> None:
    # Promised for Monday 2026-06-01: confirmed, packed in three days, sent in one, delivered in four.
    await entered(desk)
    await looked(desk)
    desk.clock.time = datetime(2026, 5, 24, 8, tzinfo=UTC)
    ((deed, told),) = await looked(desk)
    assert deed == "at_risk"
    assert [(risk.milestone, [reason.kind for reason in risk.reasons]) for risk in told.risks] == [
        ("ORD_CONF", ["slack_used_up"]),
        ("PACKED", ["not_started"]),
    ]
    assert await looked(desk) == []
    risk = next(one for one in await listed(desk) if one["milestone"] == "ORD_CONF")
    assert (risk["order"], risk["milestone"], risk["level"], risk["raised_on"]) == ("SO-1", "ORD_CONF", "watch", "2026-05-24")
    assert risk["reasons"][0]["text"] == {"en": "no day to spare before the promise", "zh-CN": "距承诺交期尚余 0 天"}
    desk.clock.time = datetime(2026, 5, 25, 8, tzinfo=UTC)
    assert "overdue" in [deed for deed, _ in await looked(desk)]
    assert "overdue" not in [deed for deed, _ in await looked(desk)]


async def test_what_happens_clears_it_and_a_moved_promise_is_told_anew(desk: Desk) -> None:
    await entered(desk)
    desk.clock.time = datetime(2026, 5, 26, 8, tzinfo=UTC)
    assert [deed for deed, _ in await looked(desk)] == ["at_risk", "overdue"]
    promised = {"to": "2026-06-20", "reason": "customer_request"}
    moved = await desk.post(LI, "/api/orders/SO-1/promises", promised)
    assert moved.status < 300, moved.body
    assert [deed for deed, _ in await looked(desk)] == ["risk_cleared", "overdue"]
    done = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-05-26"})
    assert done.status < 300, done.body
    assert await looked(desk) == []
    assert await listed(desk) == []


async def test_a_missing_document_is_a_danger_until_it_is_there(desk: Desk) -> None:
    await entered(desk)
    needed = [{"code": "INVOICE", "department": "docs", "due_on": "2026-03-10"}]
    made = await desk.post(LI, "/api/orders/SO-1/documents", {"documents": needed})
    assert made.status == 201, made.body
    assert await looked(desk) == []
    desk.clock.time = datetime(2026, 3, 7, 8, tzinfo=UTC)
    ((deed, told),) = await looked(desk)
    assert (deed, told.risks[0].milestone, told.risks[0].reasons[0].by) == ("at_risk", "DELIVERED", "INVOICE")


async def test_risks_are_of_ones_own_customers_and_in_the_work_list(desk: Desk) -> None:
    await entered(desk)
    desk.clock.time = datetime(2026, 5, 27, 8, tzinfo=UTC)
    await looked(desk)
    assert {risk["milestone"] for risk in await listed(desk)} == {"ORD_CONF", "PACKED"}
    assert await listed(desk, CHEN) == []
    assert await listed(desk, query="?department=docs") == []
    first = await desk.get(LI, f"{RISKS}?limit=1")
    second = await desk.get(LI, f"{RISKS}?limit=1&cursor={first.body['next']}")
    assert [one["milestone"] for page in (first, second) for one in page.body["items"]] == ["PACKED", "ORD_CONF"]
    work = await desk.get(LI, "/api/orders/work")
    assert [risk["milestone"] for risk in work.body["warnings"]["items"]] == ["PACKED", "ORD_CONF"]


async def test_risks_of_a_leg_end_when_its_lines_travel_otherwise(desk: Desk) -> None:
    await entered(desk, lines=(line(shipment="SH-1"), line("2", shipment="SH-2")))
    desk.clock.time = datetime(2026, 5, 24, 8, tzinfo=UTC)
    await looked(desk)
    moved = await desk.post(MANAGER, "/api/orders/SO-1/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "one container"})
    assert moved.status == 200, moved.body
    assert {risk.shipment for deed, told in await looked(desk) if deed == "risk_cleared" for risk in told.risks} == {"SH-1"}
    assert {risk["shipment"] for risk in await listed(desk)} == {"SH-2"}


async def test_a_changed_limit_looks_at_every_order_again(desk: Desk) -> None:
    await entered(desk)
    await looked(desk)
    body = {"days": 60, "margin": 2}
    refused = await desk.put(LI, f"{LIMITS}/slack_used_up", body, **SEEN)
    assert refused.status == 403
    assert (await desk.put(MANAGER, f"{LIMITS}/luck", body, **SEEN)).status == 404
    changed = await desk.put(MANAGER, f"{LIMITS}/slack_used_up", body, **SEEN)
    assert (changed.status, changed.body["version"]) == (200, 2)
    assert (await desk.put(MANAGER, f"{LIMITS}/slack_used_up", body, **SEEN)).status == 412
    desk.clock.time = datetime(2026, 4, 1, 8, tzinfo=UTC)
    assert [deed for deed, _ in await looked(desk)] == ["at_risk"]
    assert {one["kind"]: one["days"] for one in (await desk.get(LI, LIMITS)).body["items"]}["slack_used_up"] == 60
