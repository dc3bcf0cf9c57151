"""Words on when a milestone will happen, over HTTP."""

from shared.contracts.estimates import MilestoneEstimated
from shared.contracts.orders import PlanReestimated
from tests.orders.calls import CHEN, LI, MANAGER, Desk, confirmed, delay, event, refusal
from tests.orders.plans import line


async def test_an_owner_says_when(desk: Desk) -> None:
    await desk.entered(line(promised="2026-06-01"), actuals=confirmed())
    body = {"milestone": "DEPART", "day": "2026-05-12"}
    answer = await desk.post(LI, "/api/orders/SO-1/estimates", body)
    assert answer.status == 200, answer.body
    assert (answer.body["after"], answer.body["at_risk"], answer.body["version"]) == ("2026-05-12", ["1"], 4)
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    node = next(node for node in leg["nodes"] if node["milestone"] == "DEPART")
    assert node["stated"] == {"day": "2026-05-12", "source": "owner", "at": "2026-03-01T08:00:00Z"}
    first, second, _ = [event(envelope) for envelope in (await desk.told())[-3:]]
    assert isinstance(first, MilestoneEstimated)
    assert isinstance(second, PlanReestimated)
    again = await desk.post(LI, "/api/orders/SO-1/estimates", body)
    assert (again.status, again.body["nodes"], again.body["version"]) == (200, [], 4)
    back = await desk.post(LI, "/api/orders/SO-1/estimates", {"milestone": "DEPART", "day": None})
    assert back.body["after"] == answer.body["before"]


async def test_a_carrier_says_when_for_all_orders_of_a_shipment(desk: Desk) -> None:
    await desk.entered(line(promised="2026-06-01", shipment="SH-1"), actuals=confirmed("SH-1"))
    await desk.entered(line(promised="2026-06-20", shipment="SH-1"), number="SO-2", actuals=confirmed("SH-1"))
    answer = await desk.post(LI, "/api/orders/shipments/SH-1/estimates", {"milestone": "ARRIVE", "day": "2026-06-10"})
    assert answer.status == 200, answer.body
    assert [(one["number"], one["after"], one["at_risk"]) for one in answer.body["orders"]] == [
        ("SO-1", "2026-06-10", ["1"]),
        ("SO-2", "2026-06-10", []),
    ]


async def test_a_carriers_word_on_a_sailing_is_its_schedule(desk: Desk) -> None:
    """For lines that join it later, too: the vessel that leaves later than he said arrives later for them as well. What holds her when he
    says it is no matter.
    """
    estimates, how = "/api/orders/shipments/SH-1/estimates", {"mode": "sea", "port_of_loading": "CNSHA"}
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", how, If_Match='"1"')).status == 200
    await desk.entered(line(shipment="SH-1"), actuals=confirmed("SH-1"))
    await desk.entered(line(), number="SO-2", actuals=confirmed())
    held = None
    for milestone, day in (("ARRIVE", "2026-06-10"), ("DEPART", "2026-05-04"), ("DEPART", "2026-05-06")):
        said = await desk.post(LI, estimates, {"milestone": milestone, "day": day})
        assert said.status == 200, said.body
        held = held or await desk.delayed(delay("2026-05-05"), path="/api/orders/shipments/SH-1")
    assert held is not None
    assert (await desk.post(MANAGER, f"/api/orders/delays/{held['delay']}/retraction", {"reason": "she is ready"})).status == 200
    assert (await desk.post(LI, "/api/orders/SO-2/moves", {"lines": ["1"], "shipment": "SH-1", "reason": "booked"})).status == 200
    await desk.entered(line(shipment="SH-1"), number="SO-3", actuals=confirmed("SH-1"))
    for number in ("SO-1", "SO-2", "SO-3"):
        expected = await desk.expected(number)
        assert (expected["DEPART"], expected["ARRIVE"]) == ("2026-05-06", "2026-06-12"), number
    own = {"milestone": "DEPART", "day": "2026-05-20", "source": "owner"}
    for path in ("/api/orders/SO-1/estimates", estimates):
        for word in (own, {**own, "day": None}, {**own, "day": None}):
            assert (await desk.post(LI, path, word)).status == 200
        assert (await desk.expected("SO-1"))["DEPART"] == "2026-05-06", "he took back his own word, not the carrier's"
    shown = (await desk.get(LI, "/api/orders/shipments/SH-1")).body
    assert (shown["etd"], shown["eta"]) == ("2026-05-06", "2026-06-12")
    cutoffs = (await desk.get(LI, "/api/orders/shipments/SH-1/cutoffs")).body["cutoffs"]
    assert cutoffs[0]["at"] == "2026-04-30T12:00:00+08:00", "reckoned back from the departure that he said first"
    assert (await desk.types()).count("shipment.scheduled") == 3
    early = await desk.post(LI, estimates, {"milestone": "ARRIVE", "day": "2026-05-05"})
    assert refusal(early)[2] == {"day": "2026-05-05 lies before the departure on 2026-05-06"}
    assert (await desk.post(LI, estimates, {"milestone": "DEPART", "day": None})).status == 200
    await desk.entered(line(shipment="SH-1"), number="SO-4", actuals=confirmed("SH-1"))
    assert [(await desk.expected(number))["DEPART"] for number in ("SO-1", "SO-4")] == ["2026-04-27"] * 2, "he has taken it back"


async def test_a_word_that_cannot_be_is_refused(desk: Desk) -> None:
    await desk.entered(line(promised="2026-06-01"), template="export-sea")
    early = await desk.post(LI, "/api/orders/SO-1/estimates", {"milestone": "ARRIVE", "day": "2026-03-05"})
    assert early.status == 422
    assert "before" in early.fields["day"]
    unknown = await desk.post(LI, "/api/orders/SO-1/estimates", {"milestone": "NONE", "day": "2026-05-05"})
    assert list(unknown.fields) == ["milestone"]
    hidden = await desk.post(CHEN, "/api/orders/SO-1/estimates", {"milestone": "ARRIVE", "day": "2026-06-05"})
    assert hidden.status == 404
    await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-03-01"})
    over = await desk.post(LI, "/api/orders/SO-1/estimates", {"milestone": "ORD_CONF", "day": "2026-05-05"})
    assert (over.status, over.slug) == (409, "milestone-reached")
