"""What an order's lateness came from, asked for and told."""

from datetime import UTC, datetime
from typing import Any

from services.orders.app import SERVICE
from services.orders.lateness.store import COMPLETED
from shared.contracts.lateness import LatenessAttributed
from tests.orders.calls import CHEN, LI, Desk, delay, event
from tests.orders.plans import line

ATTRIBUTION = "/api/orders/SO-1/attribution"


async def steps(desk: Desk) -> list[tuple[Any, ...]]:
    answer = await desk.get(LI, ATTRIBUTION)
    assert answer.status == 200, answer.body
    (leg,) = answer.body["legs"]
    assert leg["days"] == sum(step["days"] for step in leg["steps"])
    return [(step["kind"], step["milestone"], step["late_days"], step["days"]) for step in leg["steps"]]


async def reached(desk: Desk, *days: tuple[str, str]) -> None:
    for milestone, day in days:
        desk.clock.time = desk.clock.time.fromisoformat(f"{day}T18:00:00+00:00")
        answer = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": milestone, "date": day})
        assert answer.status == 201, answer.body


async def looked(desk: Desk) -> list[LatenessAttributed]:
    """What the timers tell that are due."""
    due = [timer for timer in await desk.due() if timer.kind == COMPLETED]
    async with desk.database.transaction() as tx:
        await SERVICE.timers[COMPLETED](tx, due, desk.clock.now())
        await tx.execute("DELETE FROM timer WHERE kind = $1", COMPLETED)
    told = [event(envelope) for envelope in await desk.told()]
    return [one for one in told if isinstance(one, LatenessAttributed)]


async def test_an_open_order_shows_what_its_expected_lateness_comes_from(desk: Desk) -> None:
    await desk.entered()
    await reached(desk, ("ORD_CONF", "2026-02-26"))
    assert await steps(desk) == []
    made = (await desk.delayed(delay("2026-05-01", causes=[{"code": "LOG-VSL", "days": 3}, {"code": "LOG-PORT"}])))["delay"]
    assert await steps(desk) == [("delay", "DEPART", 4, 4)]
    (leg,) = (await desk.get(LI, ATTRIBUTION)).body["legs"]
    assert (leg["promised"], leg["delivered"], leg["days"]) == ("2026-06-01", "2026-06-05", 4)
    assert [(cause["code"], cause["days"]) for cause in leg["steps"][0]["causes"]] == [("LOG-VSL", 3), ("LOG-PORT", 1)]
    assert (await desk.get(CHEN, ATTRIBUTION)).status == 404
    await desk.post(LI, f"/api/orders/delays/{made}/retraction", {"reason": "a mistake"})
    assert await steps(desk) == []


async def test_nothing_is_attributed_of_an_order_that_is_cancelled(desk: Desk) -> None:
    """It is not in time either, though its delay holds it no more."""
    await desk.entered()
    await desk.delayed(delay("2026-05-01"))
    cancelled = await desk.post(LI, "/api/orders/SO-1/cancellations", {"reason": "too late for the season", "asked_by": "customer"})
    assert cancelled.status == 201, cancelled.body
    assert (await desk.get(LI, ATTRIBUTION)).body == {"number": "SO-1", "status": "cancelled", "legs": []}


async def test_what_is_overdue_makes_an_order_late_that_nobody_touched(desk: Desk) -> None:
    """By its day, not by what was recorded; nothing of it is told or written."""
    await desk.entered()
    desk.clock.time = datetime(2026, 3, 28, 8, tzinfo=UTC)
    # The order was to be confirmed on 26 February; the material follows it, and nobody is late beside.
    assert await steps(desk) == [("unlogged", "ORD_CONF", 30, 30)]
    await reached(desk, ("MAT_IN", "2026-03-28"))
    assert await steps(desk) == [("unlogged", "MAT_IN", 2, 2)]
    told, kept = await desk.types(), await desk.expected()
    desk.clock.time = datetime(2026, 6, 11, 8, tzinfo=UTC)
    found = await steps(desk)
    (leg,) = (await desk.get(LI, ATTRIBUTION)).body["legs"]
    (planned,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    last = planned["nodes"][-1]
    assert [(kind, milestone) for kind, milestone, *_ in found] == [("unlogged", "MAT_IN"), ("unlogged", "PRD_START")]
    assert (leg["delivered"], last["late"], last["slack_days"]) == (last["estimated"], True, -leg["days"])
    assert leg["delivered"] > "2026-06-11"
    assert (await desk.types(), await desk.expected()) == (told, kept)


async def test_a_promise_that_moved_forgives_nothing(desk: Desk) -> None:
    """Lateness counts from the first promise, as on-time delivery does."""
    await desk.entered()
    await reached(desk, ("ORD_CONF", "2026-02-26"))
    await desk.delayed(delay("2026-05-01", promise={"to": "2026-06-20"}))
    assert await steps(desk) == [("delay", "DEPART", 4, 4)]


async def test_lateness_goes_along_with_goods_whose_shipment_is_known_later(desk: Desk) -> None:
    await desk.entered()
    await desk.delayed(delay("2026-05-06", "PRD_END"))
    await reached(desk, ("PRD_END", "2026-05-06"))
    before = await steps(desk)
    assert [(kind, milestone) for kind, milestone, *_ in before] == [("delay", "PRD_END")]
    moved = await desk.post(LI, "/api/orders/SO-1/moves", {"lines": ["1"], "shipment": "SH-1", "reason": "booked"})
    assert moved.status == 200, moved.body
    assert await steps(desk) == before


async def test_a_part_that_leaves_its_leg_is_late_by_what_the_leg_was_late_by(desk: Desk) -> None:
    await desk.entered(line(), line("2"))
    await desk.delayed(delay("2026-05-06", "PRD_END"))
    await reached(desk, ("PRD_END", "2026-05-06"))
    before = await steps(desk)
    for shipment in ("SH-1", "SH-2"):
        moved = await desk.post(LI, "/api/orders/SO-1/moves", {"lines": ["2"], "shipment": shipment, "reason": "booked"})
        assert moved.status == 200, moved.body
        legs = (await desk.get(LI, ATTRIBUTION)).body["legs"]
        found = [[(step["kind"], step["milestone"], step["late_days"], step["days"]) for step in leg["steps"]] for leg in legs]
        assert [leg["shipment"] for leg in legs] == [None, shipment]
        assert found == [before, before]


async def test_a_completed_order_tells_it_once_and_again_when_a_cause_is_found(desk: Desk) -> None:
    await desk.entered()
    made = (await desk.delayed(delay("2026-05-01", causes=[{"code": "UNKNOWN"}])))["delay"]
    await reached(desk, ("DEPART", "2026-05-03"), ("ARRIVE", "2026-05-30"))
    assert await looked(desk) == []
    await reached(desk, ("DELIVERED", "2026-06-04"))
    (told,) = await looked(desk)
    (leg,) = told.legs
    assert leg.days == 3
    # Two days later than the delay had announced; three days on the way were made up, and the first lateness gains by it.
    assert [(step.kind, step.milestone, step.late_days, step.days) for step in leg.steps] == [
        ("delay", "DEPART", 4, 1),
        ("unlogged", "DEPART", 2, 2),
    ]
    assert [(cause.code, cause.party, cause.days) for cause in leg.steps[0].causes] == [("UNKNOWN", "unknown", 1)]
    assert await looked(desk) == [told]
    answer = await desk.post(LI, f"/api/orders/delays/{made}/attribution", {"causes": [{"code": "LOG-VSL"}]})
    assert answer.status == 200, answer.body
    first, second = await looked(desk)
    assert first == told
    assert [(cause.code, cause.party, cause.days) for cause in second.legs[0].steps[0].causes] == [("LOG-VSL", "carrier", 1)]
    versions = [envelope.sequence for envelope in await desk.told() if envelope.subject == told.order_id]
    assert versions == list(range(1, len(versions) + 1))
