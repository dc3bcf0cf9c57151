"""Tracking events over HTTP on a real database: taken, matched, answered one by one, and followed by the plans."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

from services.orders.app import SERVICE
from services.orders.arrivals import store as arrivals
from services.orders.cutoffs.store import MOVED
from services.orders.risks import handlers as risks
from services.orders.shipments import store as shipments
from services.orders.tracking.store import AGAIN, KEPT, forget
from shared.timers import Timers
from tests.orders.calls import CHEN, LI, MANAGER, Desk, confirmed, order, refusal
from tests.orders.plans import line
from tests.orders.test_cancelling import SAID
from tests.orders.test_disruptions import logged
from tests.orders.test_shipments_api import move, put, shown
from tests.orders.test_tracking_rules import flat, newer

PATH = "/api/orders/events"
HOW = {
    "mode": "sea", "vessel": "King of the Seas", "vessel_imo": "9321483", "voyage": "2103S", "booking": "ABC123059",
    "containers": ["APZU4812090"], "port_of_loading": "NLRAM", "port_of_discharge": "SGSIN",
}  # fmt: skip
MADE = "eventCreatedDateTime"


def departs(name: str, on: str, made: str = "2026-02-20T00:00:00Z", classifier: str = "EST", **changes: Any) -> dict[str, Any]:
    return flat(eventID=name, eventDateTime=f"{on}T12:00:00+02:00", **{MADE: made, "eventClassifierCode": classifier}, **changes)


def arrives(name: str, on: str, **changes: Any) -> dict[str, Any]:
    call = {**flat()["transportCall"], "UNLocationCode": "SGSIN"}
    return departs(name, on, transportEventTypeCode="ARRI", transportCall=call, **changes)


def retraction(name: str, of: str, made: str = "2026-02-25T00:00:00Z") -> dict[str, Any]:
    return {"metadata": {"eventID": name, MADE: made, "eventType": "TRANSPORT", "retractedEventID": of}}


async def tracked(desk: Desk, **changes: Any) -> None:
    answer = await desk.put(MANAGER, "/api/orders/shipments/SH-1", {**HOW, **changes}, If_Match='"1"')
    assert answer.status == 200, answer.body
    await desk.entered(line(shipment="SH-1"), actuals=confirmed("SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2", customer="BOLT", actuals=confirmed("SH-1"))


async def send(desk: Desk, *events: Any) -> list[dict[str, Any]]:
    answer = await desk.post(MANAGER, PATH, list(events))
    assert answer.status == 200, answer.body
    taken: list[dict[str, Any]] = answer.body["events"]
    return taken


async def why(desk: Desk, name: str, who: str = MANAGER, language: str = "en") -> str | None:
    """What keeps the orders from the milestone of an event, as our people read it."""
    listed = await desk.call(who, "GET", "/api/orders/shipments/SH-1/events", Accept_Language=language)
    (said,) = [one["why"] for one in listed.body["items"] if one["event"] == name]
    return str(said) if said is not None else None


async def on_their_way(desk: Desk) -> list[str]:
    """The orders of which a notice of arrival would tell."""
    async with desk.database.transaction() as tx:
        shipment = await shipments.read(tx, "SH-1")
        return [one.number for one in (await arrivals.coming(tx, shipment.id, shipment.number)).orders]


async def outcomes(desk: Desk, *events: Any) -> list[str]:
    return [one["outcome"] for one in await send(desk, *events)]


async def test_an_estimate_moves_every_order_of_the_shipment(desk: Desk) -> None:
    await tracked(desk)
    (done,) = await send(desk, departs("e-1", "2026-05-04"))
    assert (done["outcome"], done["shipments"], done["milestones"], done["orders"]) == ("applied", ["SH-1"], ["DEPART"], 2)
    for number in ("SO-1", "SO-2"):
        assert (await desk.expected(number))["DEPART"] == "2026-05-04"
    assert (await shown(desk))["etd"] == "2026-05-04"
    types = await desk.types()
    assert types.count("plan.reestimated") == types.count("milestone.estimated") == 2
    assert types.count("shipment.scheduled") == 1


async def test_one_event_needs_no_list(desk: Desk) -> None:
    await tracked(desk)
    answer = await desk.post(MANAGER, PATH, departs("e-1", "2026-05-04"))
    assert (answer.status, answer.body["applied"]) == (200, 1)


async def test_nothing_is_followed_of_what_was_cancelled(desk: Desk) -> None:
    await tracked(desk)
    for number in ("SO-1", "SO-2"):
        assert await outcomes(desk, departs(number, "2026-05-04")) != ["refused"]
        gone = await desk.post(MANAGER, f"/api/orders/{number}/cancellations", SAID)
        assert gone.status == 201, gone.body
    before = await shown(desk)
    (done,) = await send(desk, departs("late", "2026-05-08"))
    assert (done["outcome"], done["reason"][:21], await shown(desk)) == ("refused", "no shipment under way", before)


async def test_what_was_taken_changes_nothing_the_second_time(desk: Desk) -> None:
    await tracked(desk)
    first = departs("e-1", "2026-05-04")
    assert await outcomes(desk, first, first) == ["applied", "duplicate"]
    told = await desk.types()
    assert await outcomes(desk, first) == ["duplicate"]
    assert await desk.types() == told


async def test_the_order_in_which_they_come_does_not_matter(desk: Desk) -> None:
    await tracked(desk)
    for turn, events in enumerate(permutations(range(3))):
        days = [departs(f"{turn}-{index}", f"2026-05-0{4 + index}", f"2026-02-{10 + turn:02}T0{index}:00:00Z") for index in range(3)]
        for index in events:
            await send(desk, days[index])
        assert (await desk.expected())["DEPART"] == "2026-05-06", turn


async def test_an_older_event_does_not_undo_a_newer_one(desk: Desk) -> None:
    await tracked(desk)
    await send(desk, departs("new", "2026-05-06", "2026-02-22T00:00:00Z"))
    told = await desk.types()
    assert await outcomes(desk, departs("old", "2026-05-04", "2026-02-21T00:00:00Z")) == ["kept"]
    assert (await desk.expected())["DEPART"] == "2026-05-06"
    assert await desk.types() == told


async def test_an_older_event_does_not_undo_a_schedule_that_was_typed_since(desk: Desk) -> None:
    await tracked(desk)
    assert (await put(desk, "schedule", {"etd": "2026-05-08"})).status == 200
    told = await desk.types()
    assert await outcomes(desk, departs("old", "2026-05-04")) == ["kept"]
    assert await desk.types() == told
    assert (await desk.expected())["DEPART"] == "2026-05-08"


async def test_lines_that_join_later_follow_what_was_said_since_and_sent_later(desk: Desk) -> None:
    await tracked(desk)
    await send(desk, departs("a", "2026-05-04"))
    await desk.entered(number="SO-3")
    assert (await move(desk, "SH-1", number="SO-3")).status == 200
    await send(desk, departs("b", "2026-05-06", "2026-02-22T00:00:00Z"))
    assert {number: (await desk.expected(number))["DEPART"] for number in ("SO-1", "SO-3")} == {"SO-1": "2026-05-06", "SO-3": "2026-05-06"}


async def test_lines_that_come_to_a_shipment_follow_all_that_is_expected_of_it(desk: Desk) -> None:
    """Entered, added or moved: its loading as he tells it, its gate-in as somebody says it for him; of what has happened nothing."""
    await tracked(desk)
    load = {"eventType": "EQUIPMENT", "equipmentEventTypeCode": "LOAD"}
    gate = {"eventType": "EQUIPMENT", "equipmentEventTypeCode": "GTIN"}
    booked = {"eventType": "SHIPMENT", "shipmentEventTypeCode": "CONF", "documentTypeCode": "BKG", "classifier": "ACT"}

    async def made(number: str, *lines: Any) -> None:
        body = order(*lines, number=number, template="export-make", incoterm="FOB")
        assert (await desk.post(MANAGER, "/api/orders", body)).status == 201

    await made("SO-3", line(shipment="SH-1"))
    told = (departs("load", "2026-06-05", **load), departs("gate", "2026-06-01", **gate), departs("booked", "2026-02-20", **booked))
    assert await outcomes(desk, *told) == ["applied"] * 3
    desk.clock.time += timedelta(minutes=1)
    by_hand = {"milestone": "CY_CUT", "day": "2026-06-03", "source": "carrier"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/estimates", by_hand)).status == 200
    await made("SO-4", line(shipment="SH-1"))
    await made("SO-5", line())
    assert (await desk.post(MANAGER, "/api/orders/SO-5/lines", {"lines": [line("2", shipment="SH-1")]})).status == 201
    await made("SO-6", line())
    assert (await move(desk, "SH-1", number="SO-6")).status == 200
    for number in ("SO-3", "SO-4", "SO-5", "SO-6"):
        plan = (await desk.get(MANAGER, f"/api/orders/{number}")).body["plan"]
        leg = {one["milestone"]: one for one in plan if one["shipment"] == "SH-1"}
        assert {code: leg[code]["estimated"] for code in ("ON_BOARD", "CY_CUT")} == {"ON_BOARD": "2026-06-05", "CY_CUT": "2026-06-03"}
        assert (leg["BKG_CONF"]["actual"] is not None) == (number == "SO-3")


async def test_what_was_said_of_another_port_or_vessel_counts_once_it_is_the_shipments(desk: Desk) -> None:
    """As if it came then: what is about another port, or another vessel than is known by now, says nothing."""
    await tracked(desk, **dict.fromkeys(("vessel", "vessel_imo", "voyage", "port_of_loading", "port_of_discharge")))
    there = {**flat()["transportCall"], "UNLocationCode": "HKHKG"}
    queen = {**flat()["transportCall"], "carrierVoyageNumber": "9N", "vessel": {"vesselName": "QUEEN"}}
    told = [departs("d", "2026-05-04"), arrives("a", "2026-06-01"), departs("t", "2026-05-05", "2026-02-22T00:00:00Z", transportCall=there)]
    kept = await send(desk, *told, departs("q", "2026-05-06", "2026-02-21T00:00:00Z", transportCall=queen))
    unknown = [f"the port of {port} is not known" for port in ("loading", "discharge", "loading", "loading")]
    assert [(one["outcome"], one["reason"]) for one in kept] == [("kept", why) for why in unknown]

    async def known(**how: Any) -> tuple[str, str]:
        path = "/api/orders/shipments/SH-1"
        answer = await desk.put(MANAGER, path, {**HOW, **how}, If_Match=(await desk.get(MANAGER, path)).headers["ETag"])
        assert answer.status == 200, answer.body
        expected = await desk.expected("SO-2")
        return expected["DEPART"], expected["ARRIVE"]

    departed, arrived = await known(port_of_loading=None, port_of_discharge=None)
    assert departed != "2026-05-04"
    assert await known(port_of_loading=None) == (departed, "2026-06-01") != (departed, arrived)
    assert await known() == ("2026-05-04", "2026-06-01")

    async def listed() -> dict[str, str]:
        items = (await desk.get(MANAGER, "/api/orders/shipments/SH-1/events")).body["items"]
        return {one["event"]: one["milestone"] or one["note"] for one in items}

    assert await listed() == {
        "d": "DEPART", "a": "ARRIVE", "t": "it is about HKHKG, and the port of loading is NLRAM",
        "q": "it is about QUEEN 9N, and the shipment travels with King of the Seas 2103S",
    }  # fmt: skip
    named = {"vessel": "Queen", "vessel_imo": None, "voyage": "9S"}
    assert (await known(**named))[0] == "2026-05-04"
    assert (await listed())["q"] == "it is about QUEEN 9N, and the shipment travels with Queen 9S", "as it travels now"
    assert (await known(**named | {"voyage": "9N"}))[0] == "2026-05-06", "the voyage was mistyped"
    assert (await known(port_of_loading="HKHKG"))[0] == "2026-05-05"
    assert set((await listed()).values()) == {"DEPART", "ARRIVE"}


async def test_one_vessel_arrives_on_one_day_for_all_its_orders(desk: Desk) -> None:
    await tracked(desk)
    await desk.entered(line(shipment="SH-1", promised="2026-06-06"), number="SO-3", actuals=confirmed("SH-1"))

    async def arrive() -> set[str]:
        return {(await desk.expected(number))["ARRIVE"] for number in ("SO-1", "SO-2", "SO-3")}

    assert (await put(desk, "schedule", {"etd": "2026-04-22", "eta": "2026-05-22"})).status == 200
    assert await arrive() == {"2026-05-22", "2026-06-01"}, "the third is not ready for it"
    desk.clock.time += timedelta(hours=3)
    assert await outcomes(desk, departs("a", "2026-05-08", "2026-03-01T09:00:00Z")) == ["applied"]
    assert await arrive() == {"2026-06-07"}, "sixteen days later than said"
    await desk.entered(line(shipment="SH-1"), number="SO-4", actuals=confirmed("SH-1"))
    assert (await desk.expected("SO-4"))["ARRIVE"] == "2026-06-07", "for who joins it later as well"
    assert await outcomes(desk, arrives("b", "2026-06-03", made="2026-03-01T10:00:00Z")) == ["applied"]
    assert (await arrive(), (await desk.expected("SO-4"))["ARRIVE"]) == ({"2026-06-03"}, "2026-06-03")
    desk.clock.time += timedelta(days=70)
    left = {"milestone": "DEPART", "date": "2026-05-09"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", left)).status == 201
    assert await arrive() == {"2026-06-04"}, "a day later than said with the departure that he said last"


async def test_an_arrival_that_was_said_before_the_departure_counts_from_it(desk: Desk) -> None:
    await tracked(desk)

    async def arrive(*entered: tuple[str, str]) -> list[str]:
        for number, promised in entered:
            await desk.entered(line(shipment="SH-1", promised=promised), number=number, actuals=confirmed("SH-1"))
        return [(await desk.expected(number))["ARRIVE"] for number in ("SO-1", entered[-1][0])]

    together = ["2026-05-22", "2026-06-01"]
    await arrive(("SO-3", "2026-06-06"))
    assert await outcomes(desk, arrives("a", "2026-05-22")) == ["applied"]
    assert (await desk.expected("SO-3"))["ARRIVE"] == "2026-05-22", "of the last of them, as long as he says no departure"
    assert await outcomes(desk, departs("d", "2026-04-22")) == ["applied"]
    assert [await arrive(("SO-4", "2026-06-06")), (await desk.expected("SO-3"))["ARRIVE"]] == [together, together[1]]
    assert (await put(desk, "schedule", {"eta": "2026-05-22"})).status == 200
    desk.clock.time += timedelta(hours=3)
    assert await outcomes(desk, departs("e", "2026-04-22", desk.clock.now().isoformat())) == ["applied"]
    assert await arrive(("SO-5", "2026-06-06")) == together, "nor does it matter who said it"
    desk.clock.time += timedelta(hours=3)
    assert await outcomes(desk, departs("f", "2026-05-06", desk.clock.now().isoformat())) == ["applied"]
    assert await arrive(("SO-6", "2026-06-06")) == ["2026-06-05"] * 2, "a vessel that slips from then on arrives later"


async def test_an_arrival_that_lies_before_the_departure_silences_no_other(desk: Desk) -> None:
    await tracked(desk)
    await send(desk, departs("left", "2026-02-27", classifier="ACT"))
    (false,) = await send(desk, arrives("false", "2026-02-26", classifier="ACT"))
    assert (false["outcome"], false["reason"]) == ("kept", "2026-02-26 lies before the departure on 2026-02-27")
    assert await outcomes(desk, arrives("due", "2026-03-28")) == ["applied"]
    plan = {node["milestone"]: node for node in (await desk.get(LI, "/api/orders/SO-1")).body["plan"]}
    assert (plan["ARRIVE"]["estimated"], plan["ARRIVE"]["actual"]) == ("2026-03-28", None)


async def test_what_was_said_is_kept_while_the_shipment_is_under_way(desk: Desk) -> None:
    await tracked(desk)
    newer = departs("b", "2026-05-09", "2026-02-22T00:00:00Z")
    await send(desk, departs("a", "2026-05-04"), newer, retraction("back", "b"), retraction("of nothing", "never came"))

    async def left() -> list[int]:
        async with desk.database.transaction() as tx:
            await forget(tx, desk.clock.now())
        return [await desk.count("tracking_event"), await desk.count("tracking_statement")]

    assert await left() == [4, 2]
    desk.clock.time += KEPT + timedelta(days=1)
    assert await left() == [3, 2], "what is needed to weigh what comes"
    for number in ("SO-1", "SO-2"):
        done = {"milestone": "DELIVERED", "date": str(desk.clock.now().date())}
        assert (await desk.post(MANAGER, f"/api/orders/{number}/actuals", done)).status == 201
    assert await left() == [0, 0]


async def test_what_is_taken_back_falls_back_to_what_was_said_before(desk: Desk) -> None:
    await tracked(desk)
    await send(desk, departs("a", "2026-05-04"), departs("b", "2026-05-09", "2026-02-22T00:00:00Z"))
    assert await outcomes(desk, retraction("r-1", "b")) == ["applied"]
    assert (await desk.expected())["DEPART"] == "2026-05-04"
    assert await outcomes(desk, retraction("r-2", "a"), retraction("r-1", "b")) == ["applied", "duplicate"]
    assert (await desk.expected())["DEPART"] == "2026-04-27"
    (again,) = await send(desk, retraction("r-3", "r-2"))
    assert (again["outcome"], again["reason"]) == ("kept", "what takes back is not taken back: say anew what holds")
    assert (await shown(desk))["etd"] == "2026-04-27"
    await desk.entered(line(shipment="SH-1"), number="SO-3", actuals=confirmed("SH-1"))
    assert (await desk.expected("SO-3"))["DEPART"] == "2026-04-27", "nor of lines that join"


async def test_what_was_said_by_hand_counts_again_when_all_events_are_taken_back(desk: Desk) -> None:
    await tracked(desk)

    async def expected(number: str = "SO-1") -> tuple[str, str]:
        days = await desk.expected(number)
        return days["DEPART"], days["ARRIVE"]

    async def later(name: str, *told: Any) -> None:
        desk.clock.time += timedelta(hours=3)
        made = desk.clock.now().isoformat()
        assert await outcomes(desk, *(build(f"{name}{at}", of, made=made) for at, (build, of) in enumerate(told))) == ["applied"] * len(
            told
        )

    assert (await put(desk, "schedule", {"etd": "2026-05-04", "eta": "2026-06-02"})).status == 200
    await later("w", (departs, "2026-05-07"), (arrives, "2026-06-10"))
    await desk.entered(line(shipment="SH-1"), number="SO-3", actuals=confirmed("SH-1"))
    await later("r", (retraction, "w1"))
    assert (await expected(), await expected("SO-3")) == (("2026-05-07", "2026-06-05"),) * 2, "its days from the departure said with it"
    await later("s", (retraction, "w0"))
    assert (await expected(), await expected("SO-3")) == (("2026-05-04", "2026-06-02"),) * 2
    assert ((await shown(desk))["etd"], (await shown(desk))["eta"]) == ("2026-05-04", "2026-06-02")
    rolled = {"vessel": "X", "voyage": "1", "etd": "2026-05-20", "reason": "overbooked"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", rolled)).status == 200
    named = {**flat()["transportCall"], "vessel": {"vesselName": "X"}, "carrierVoyageNumber": "1"}
    desk.clock.time += timedelta(hours=3)
    made = desk.clock.now().isoformat()
    assert await outcomes(desk, departs("x", "2026-05-24", made, transportCall=named)) == ["applied"]
    assert await outcomes(desk, retraction("y", "x", made)) == ["applied"]
    assert (await expected())[0] == "2026-05-20"


async def test_what_is_taken_back_uncovers_the_newest_word_by_hand(desk: Desk) -> None:
    """Not an event that had been overruled by it; a carrier's word on the whole shipment is one as well."""
    await tracked(desk)

    async def after(*events: tuple[Any, str, str]) -> tuple[str, str]:
        desk.clock.time += timedelta(hours=3)
        made = desk.clock.now().isoformat()
        assert set(await outcomes(desk, *(build(name, of, made=made) for build, name, of in events))) == {"applied"}
        days = await desk.expected()
        return days["DEPART"], days["ARRIVE"]

    await after((departs, "a", "2026-05-06"))
    assert await after((departs, "b", "2026-05-08"), (arrives, "c", "2026-06-12")) == ("2026-05-08", "2026-06-12")
    assert (await put(desk, "schedule", {"etd": "2026-05-10", "eta": "2026-06-09"})).status == 200
    (old,) = await send(desk, departs("old", "2026-05-09"))
    assert (old["outcome"], old["reason"]) == ("kept", "what somebody said of DEPART by hand is newer")
    assert await after((departs, "d", "2026-05-12"), (arrives, "e", "2026-06-20")) == ("2026-05-12", "2026-06-20")
    assert await after((retraction, "r1", "d"), (retraction, "r2", "e")) == ("2026-05-10", "2026-06-09")
    assert ((await shown(desk))["etd"], (await shown(desk))["eta"]) == ("2026-05-10", "2026-06-09")
    by_hand = {"milestone": "DEPART", "day": "2026-05-07", "source": "carrier"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/estimates", by_hand)).status == 200
    assert (await after((departs, "f", "2026-05-09")))[0] == "2026-05-09"
    assert await after((retraction, "r3", "f")) == ("2026-05-07", "2026-06-09")
    assert (await put(desk, "schedule", {"eta": "2026-06-09"})).status == 200
    assert await after((arrives, "g", "2026-06-21")) == ("2026-04-27", "2026-06-21"), "what it leaves out is taken back for good"


async def test_what_is_taken_back_uncovers_the_word_on_one_order(desk: Desk) -> None:
    """It is kept with the milestone, also where the goods leave the sailing, and before it is told to anybody."""
    await tracked(desk)
    own = {"milestone": "DEPART", "day": "2026-05-11", "source": "owner"}
    assert (await desk.post(LI, "/api/orders/SO-1/estimates", own)).status == 200

    async def after(build: Any, name: str, of: str) -> list[str]:
        desk.clock.time += timedelta(hours=3)
        assert await outcomes(desk, build(name, of, made=desk.clock.now().isoformat())) == ["applied"]
        return [(await desk.expected(number))["DEPART"] for number in ("SO-1", "SO-2")]

    assert await after(departs, "a", "2026-05-14") == ["2026-05-14"] * 2
    assert await after(retraction, "r", "a") == ["2026-05-11", "2026-04-27"]
    assert await after(departs, "b", "2026-05-16") == ["2026-05-16"] * 2
    late = {**own, "day": "2026-05-20"}
    for word in (late, {**own, "day": None}):
        said = await desk.post(MANAGER, "/api/orders/SO-2/estimates", word)
        assert (said.status, said.body["after"]) == (200, word["day"] or "2026-05-16"), "he takes back only his own"
    assert await after(departs, "c", "2026-05-17") == ["2026-05-17"] * 2
    assert await after(retraction, "r2", "c") == ["2026-05-16"] * 2
    nothing = {"milestone": "DEPART", "day": None, "source": "carrier"}
    assert (await desk.post(MANAGER, "/api/orders/SO-2/estimates", nothing)).status == 200
    (older,) = await send(desk, departs("older", "2026-05-18"))
    assert (older["outcome"], older["reason"]) == ("kept", "for DEPART of some of the goods something else counts here")
    assert await why(desk, "older") == "what was said of DEPART of order SO-2 was taken back by hand since"
    assert (await desk.expected("SO-2"))["DEPART"] == "2026-04-27", "until the carrier says it anew"
    assert (await move(desk, "SH-2")).status == 200
    assert (await desk.expected())["DEPART"] == "2026-05-11"
    asked = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    assert [one["stated"]["source"] for leg in asked for one in leg["nodes"] if one["stated"]] == ["owner"]


async def test_each_takes_back_only_his_own_word_on_whatever_the_carrier_reports(desk: Desk) -> None:
    """Of a sailing and of the loading alike, by events and by hand for the whole shipment: who is uncovered counts again."""
    await tracked(desk)
    body = order(line(shipment="SH-1"), number="SO-3", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    before, path = await desk.expected("SO-3"), {"owner": "/api/orders/SO-3/estimates", "carrier": "/api/orders/shipments/SH-1/estimates"}
    told: dict[str, dict[str, Any]] = {"ON_BOARD": {"eventType": "EQUIPMENT", "equipmentEventTypeCode": "LOAD"}, "DEPART": {}}
    for milestone, changes in told.items():

        async def tell(name: str, on: str, milestone: str = milestone, changes: dict[str, Any] = changes) -> str:
            desk.clock.time += timedelta(minutes=1)
            await send(desk, departs(f"{milestone} {name}", on, desk.clock.now().isoformat(), **changes))
            return (await desk.expected("SO-3"))[milestone]

        async def back(name: str, milestone: str = milestone) -> str:
            desk.clock.time += timedelta(minutes=1)
            await send(desk, retraction(f"{milestone} back {name}", f"{milestone} {name}", desk.clock.now().isoformat()))
            return (await desk.expected("SO-3"))[milestone]

        async def say(source: str, on: str | None, milestone: str = milestone) -> str:
            desk.clock.time += timedelta(minutes=1)
            said = await desk.post(MANAGER, path[source], {"milestone": milestone, "day": on, "source": source})
            assert said.status == 200, said.body
            return (await desk.expected("SO-3"))[milestone]

        assert await tell("a", "2026-06-08") == "2026-06-08"
        assert [await say("owner", on) for on in ("2026-06-11", None, None)] == ["2026-06-11", "2026-06-08", "2026-06-08"]
        assert [await say("owner", "2026-06-11"), await back("a"), await say("owner", None)] == ["2026-06-11"] * 2 + [before[milestone]]
        assert await say("owner", "2026-06-11") == "2026-06-11"
        assert [await say("carrier", "2026-06-10"), await say("owner", "2026-06-12")] == ["2026-06-10", "2026-06-12"]
        assert [await say("owner", None), await say("owner", "2026-06-11")] == ["2026-06-10", "2026-06-11"], "said by hand it is kept, too"
        assert [await tell("b", "2026-06-09"), await back("b")] == ["2026-06-09", "2026-06-11"], "what was said last without it"
        assert [await say("carrier", None), await say("owner", None)] == ["2026-06-11", before[milestone]]
        assert [await tell("c", "2026-06-09"), await say("carrier", None), await say("owner", "2026-06-12")] == [
            "2026-06-09", before[milestone], "2026-06-12",
        ]  # fmt: skip
        assert [await say("carrier", None), await say("owner", None)] == ["2026-06-12", before[milestone]]


async def test_a_retraction_may_come_before_what_it_takes_back(desk: Desk) -> None:
    await tracked(desk)
    (early,) = await send(desk, retraction("r-1", "a"))
    assert (early["outcome"], early["reason"]) == ("kept", "no event a is known yet: it will say nothing when it comes")
    (late,) = await send(desk, departs("a", "2026-05-04"))
    assert (late["outcome"], late["reason"]) == ("kept", "it was taken back: it says nothing")
    assert (await desk.expected())["DEPART"] == "2026-04-27"


async def test_what_happened_is_recorded_and_closes_the_shipments_delay(desk: Desk) -> None:
    await tracked(desk)
    known = await desk.delayed({"milestone": "DEPART", "new_date": "2026-05-01", "causes": [{"code": "LOG-VSL"}],
                                "action": {"en": "we wait"}}, "/api/orders/shipments/SH-1")  # fmt: skip
    events = [departs("d", "2026-02-28", "2026-02-28T11:00:00Z", "ACT"), arrives("a", "2026-03-30", made="2026-02-28T11:00:00Z")]
    assert await outcomes(desk, *events) == ["applied", "applied"]
    found = await shown(desk)
    assert (found["atd"], found["eta"], found["ata"]) == ("2026-02-28", "2026-03-30", None)
    assert (await desk.get(MANAGER, f"/api/orders/delays/{known['delay']}")).body["status"] == "closed"
    (newer,) = await send(desk, departs("d2", "2026-02-27", "2026-02-28T12:00:00Z", "ACT"))
    assert (newer["outcome"], newer["reason"], (await shown(desk))["atd"]) == ("applied", None, "2026-02-27")
    assert "milestone.corrected" in (await desk.types())[-6:]
    older = departs("d0", "2026-02-26", "2026-02-28T10:00:00Z", "ACT")
    assert await outcomes(desk, older, retraction("r", "d")) == ["kept", "kept"]
    assert (await shown(desk))["atd"] == "2026-02-27"
    assert await outcomes(desk, retraction("r0", "d0")) == ["kept"]
    stated = {"stated": [{"kind": "customs", "at": "2026-02-26T10:00:00"}]}
    assert (await put(desk, "cutoffs", stated)).status == 200
    async with desk.database.transaction() as tx:
        await tx.execute("DELETE FROM timer WHERE kind = $1", MOVED)
    assert await outcomes(desk, retraction("r2", "d2")) == ["applied"]
    assert (await shown(desk))["atd"] is None
    assert MOVED in {one.kind for one in await desk.due()}, "its cut-offs are looked at at once"
    assert (await desk.get(MANAGER, f"/api/orders/delays/{known['delay']}")).body["status"] == "open"


async def test_what_somebody_recorded_or_corrected_stands_against_older_events(desk: Desk) -> None:
    await tracked(desk)
    wrong = {"milestone": "DEPART", "date": None, "reason": "it has not sailed"}
    await send(desk, departs("d", "2026-02-28", "2026-02-28T11:00:00Z", "ACT"))
    assert (await desk.post(LI, "/api/orders/SO-1/actuals/corrections", {**wrong, "date": "2026-02-26"})).status == 201
    (back,) = await send(desk, retraction("r", "d"))
    assert (back["outcome"], back["orders"]) == ("applied", 1), "of the other order alone"
    assert (await desk.get(LI, "/api/orders/SO-1")).body["plan"][5]["actual"] == "2026-02-26"
    await send(desk, departs("e", "2026-02-27", "2026-02-27T11:00:00Z", "ACT"))
    assert (await desk.post(CHEN, "/api/orders/SO-2/actuals/corrections", wrong)).status == 201
    (old,) = await send(desk, departs("f", "2026-02-25", "2026-02-27T12:00:00Z", "ACT"))
    assert (old["outcome"], "SO-2" in old["reason"], "said not to have happened" in str(await why(desk, "f"))) == ("kept", False, True)
    assert await outcomes(desk, departs("g", "2026-02-28", "2026-03-01T08:30:00Z", "ACT")) == ["kept"], "no clock is ahead of ours"
    desk.clock.time += timedelta(hours=1)
    assert await outcomes(desk, departs("h", "2026-02-28", "2026-03-01T08:40:00Z", "ACT")) == ["applied"]


async def test_each_event_is_answered_by_itself(desk: Desk) -> None:
    await tracked(desk)
    stranger = departs("x", "2026-05-04", documentReferences=[{"documentReferenceType": "BKG", "documentReferenceValue": "NONE"}],
                       transportCall={"UNLocationCode": "NLRAM"})  # fmt: skip
    elsewhere = departs("t", "2026-05-04", transportCall={"UNLocationCode": "HKHKG", "modeOfTransport": "VESSEL"})
    future = departs("f", "2026-06-04", classifier="ACT")
    events = [17, {"eventID": "m"}, stranger, elsewhere, future, departs("good", "2026-05-04")]
    taken = await send(desk, *events)
    assert [one["outcome"] for one in taken] == ["refused", "refused", "refused", "kept", "refused", "applied"]
    assert [one["event"] for one in taken] == [None, "m", "x", "t", "f", "good"]
    assert all(one["reason"] for one in taken[:5])
    assert [error["field"] for error in taken[1]["errors"]] == ["eventCreatedDateTime", "eventType"]
    assert "HKHKG" in taken[3]["reason"]
    impossible = await send(
        desk,
        departs("old", "2020-02-20", classifier="ACT"),
        departs("over", "2026-02-20", "2026-02-28T00:00:00Z"),
        arrives("soon", "2026-05-03"),
    )
    assert [(one["outcome"], one["reason"]) for one in impossible] == [
        ("kept", "it lies before the day on which the goods were ordered"),
        ("kept", "2026-02-20 has passed: today is 2026-03-01"),
        ("kept", "for ARRIVE of some of the goods something else counts here"),
    ]
    early = [f"2026-05-03 is before DEPART, which order {number} expects on 2026-05-04" for number in ("SO-1", "SO-2")]
    assert (await why(desk, "soon"), await why(desk, "soon", LI)) == ("; ".join(early), early[0]), "of the orders that he sees"
    async with desk.database.transaction() as tx:
        (sailing,) = await tx.fetch("SELECT etd::text, eta FROM shipment WHERE number = 'SH-1'")
    assert tuple(sailing) == ("2026-05-04", None), "nor is it said of lines that join"
    await desk.put(MANAGER, "/api/orders/shipments/SH-2", {**HOW, "booking": "NONE", "containers": []}, If_Match='"1"')
    assert await outcomes(desk, stranger) == ["kept"], "what was refused may be sent again"


async def test_what_has_not_come_is_refused_by_the_names_of_its_shape_and_in_both_languages(desk: Desk) -> None:
    made = departs("m", "2026-05-20", "2026-03-01T12:00:00Z")
    future = {**departs("f", "2026-03-01", classifier="ACT"), "eventDateTime": "2026-03-01T17:01:00+08:00"}
    sent = [made, future, newer(made), newer(future), newer({**made, MADE: None}), newer({**future, "eventDateTime": None})]
    of_created, of_day = "metadata.eventCreatedDateTime", "payload.eventDateTime"
    for language, late, missing in (("en", "has not come yet", " is missing"), ("zh-CN", "尚未到来", "缺少 ")):
        answer = await desk.post(MANAGER, PATH, sent, Accept_Language=language)
        errors = [(one["reason"], *error.values()) for one in answer.body["events"] for error in one["errors"]]
        assert [field for _, field, _ in errors] == [MADE, "eventDateTime", of_created, of_day, of_created, of_day]
        assert [late in reason and late in whole for whole, _, reason in errors] == [True] * 4 + [False] * 2
        assert (missing in errors[5][0], missing in errors[5][2]) == (True, True)
    (in_time,) = await send(desk, {**future, "eventDateTime": "2026-03-01T17:00:00+08:00"})
    assert in_time["errors"] == [], "so far a clock may be ahead of ours"


async def test_why_events_move_nothing_is_said_in_both_languages(desk: Desk) -> None:
    """Of refused ones in either shape, and of kept ones, of which it is told with the shipment later, too."""
    await tracked(desk)
    await send(desk, departs("d", "2026-05-04"))
    stranger: dict[str, Any] = {"references": [], "documentReferences": [], "transportCall": {"UNLocationCode": "NLRAM"}}
    there = {"UNLocationCode": "HKHKG", "modeOfTransport": "VESSEL"}

    both = (
        (
            ("en", "; ", "eventCreatedDateTime: is required"),
            "no shipment under way has its booking, transport document, container, or vessel and voyage",
            "it is about HKHKG, and the port of loading is NLRAM",
            "for ARRIVE of some of the goods something else counts here",
            "2026-05-03 is before DEPART, which order {} expects on 2026-05-04",
        ),
        (
            ("zh-CN", "；", "字段 eventCreatedDateTime：必填"),
            "没有进行中的出运批次与其订舱号、运输单据、箱号或船名航次相符",
            "该事件的地点是 HKHKG，而装货港是 NLRAM",
            "部分货物的 ARRIVE 以其他信息为准",
            "2026-05-03 早于前置节点 DEPART，订单 {} 的该节点预计 2026-05-04 完成",
        ),
    )
    for (language, apart, missing), unknown, elsewhere, otherwise, early in both:
        events = [departs("s", "2026-05-04", **stranger), newer(departs("n", "2026-05-04", **stranger)), {"eventID": "m"}]
        events += [departs(f"t {language}", "2026-05-05", transportCall=there), arrives(f"a {language}", "2026-05-03")]
        answer = await desk.post(MANAGER, PATH, events, Accept_Language=language)
        refused = [("refused", unknown), ("refused", unknown), ("refused", missing)]
        kept = [("kept", elsewhere), ("kept", otherwise)]
        assert [(one["outcome"], one["reason"]) for one in answer.body["events"]] == [*refused, *kept]
        listed = await desk.call(MANAGER, "GET", "/api/orders/shipments/SH-1/events", Accept_Language=language)
        assert {one["note"] for one in listed.body["items"] if one["milestone"] is None} == {elsewhere}
        assert await why(desk, f"a {language}", language=language) == apart.join(map(early.format, ("SO-1", "SO-2")))


async def test_a_clock_that_runs_ahead_shuts_nobody_out(desk: Desk) -> None:
    await tracked(desk)
    (ahead,) = await send(desk, departs("e-1", "2026-05-20", "2030-01-01T00:00:00Z"))
    assert (ahead["outcome"], [error["field"] for error in ahead["errors"]]) == ("refused", ["eventCreatedDateTime"])
    assert await outcomes(desk, departs("e-2", "2026-05-20", "2026-03-01T08:50:00Z")) == ["applied"]
    word = {"milestone": "DEPART", "day": "2026-05-06", "source": "carrier"}
    said = await desk.post(MANAGER, "/api/orders/shipments/SH-1/estimates", word)
    assert [one["after"] for one in said.body["orders"]] == ["2026-05-06", "2026-05-06"]
    desk.clock.time += timedelta(minutes=30)
    assert await outcomes(desk, departs("e-0", "2026-05-18")) == ["kept"]
    assert (await desk.expected())["DEPART"] == "2026-05-06", "what was said since counts, though the event is dated later"
    desk.clock.time += timedelta(hours=2)
    async with desk.database.transaction() as tx:
        await tx.execute("UPDATE milestone SET stated_at = '2030-01-01' WHERE stated_at IS NOT NULL")
    (older,) = await send(desk, departs("e-3", "2026-05-08", "2026-03-01T09:30:00Z"))
    newest = "a newer word says 2026-05-06 for DEPART of order SO-1, said by carrier at 2030"
    assert (older["outcome"], newest in str(await why(desk, "e-3"))) == ("kept", True)
    assert (await put(desk, "schedule", {"etd": "2026-05-11"})).status == 200
    assert (await desk.expected())["DEPART"] == "2026-05-11", "what is said by hand is never dropped"


async def test_a_shipment_is_loaded_when_its_last_container_is(desk: Desk) -> None:
    await tracked(desk, containers=["APZU4812090", "APZU4812104"])
    body = order(line(shipment="SH-1"), number="SO-3", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201

    def gated(name: str, container: str, on: str) -> dict[str, Any]:
        return departs(name, on, classifier="ACT", eventType="EQUIPMENT", equipmentEventTypeCode="GTIN", equipmentReference=container)

    for gate in ("PAY_DEP", "PP_OK"):
        done = await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": gate, "date": "2026-02-20"})
        assert done.status == 201, done.body
    load = {"eventType": "EQUIPMENT", "equipmentEventTypeCode": "LOAD"}
    for container, on in (("APZU4812090", "2026-06-05"), ("APZU4812104", "2026-06-09")):
        assert await outcomes(desk, departs(on, on, **load, equipmentReference=container)) == ["applied"]
    assert (await desk.expected("SO-3"))["ON_BOARD"] == "2026-06-09"
    (first,) = await send(desk, gated("g-1", "APZU4812090", "2026-02-27"))
    assert (first["outcome"], first["reason"]) == ("kept", "it has not happened yet to APZU4812104")

    async def gated_in() -> str | None:
        plan = (await desk.get(MANAGER, "/api/orders/SO-3")).body["plan"]
        found: dict[str, str | None] = {node["milestone"]: node["actual"] for node in plan}
        return found["CY_CUT"]

    (last,) = await send(desk, gated("g-2", "APZU4812104", "2026-02-26"))
    assert (last["outcome"], last["orders"], await gated_in()) == ("applied", 1, "2026-02-27")
    assert await outcomes(desk, retraction("r-1", "g-1"), retraction("r-2", "g-2")) == ["applied", "applied"]
    assert await outcomes(desk, gated("g-3", "APZU4812090", "2026-02-27")) == ["kept"]
    assert await gated_in() is None
    version = (await shown(desk))["version"]
    without = {**HOW, "containers": ["APZU4812090"]}
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", without, If_Match=f'"{version}"')).status == 200
    assert await gated_in() == "2026-02-27", "the other one is not its any more"
    assert (await desk.expected("SO-3"))["ON_BOARD"] == "2026-06-05"


async def test_a_box_that_is_gated_in_by_rail_is_handed_over(desk: Desk) -> None:
    await tracked(desk, mode="rail", containers=[])
    body = order(line(shipment="SH-1"), number="SO-3", template="export-make-land", incoterm="FCA")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    for gate in ("PAY_DEP", "PP_OK", "PAY_BAL"):
        met = await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": gate, "date": "2026-02-20"})
        assert met.status == 201, met.body
    gated = {"eventType": "EQUIPMENT", "equipmentEventTypeCode": "GTIN", "equipmentReference": "APZU4812090"}
    (done,) = await send(desk, departs("g-1", "2026-02-27", classifier="ACT", **gated))
    assert (done["outcome"], done["milestones"], done["orders"]) == ("applied", ["HANDED_OVER"], 1), done
    plan = (await desk.get(MANAGER, "/api/orders/SO-3")).body["plan"]
    assert {node["milestone"]: node["actual"] for node in plan}["HANDED_OVER"] == "2026-02-27"


async def test_what_was_said_of_the_first_sailing_ends_with_the_roll(desk: Desk) -> None:
    await tracked(desk)
    body = order(line(shipment="SH-1"), number="SO-3", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    before = await desk.expected("SO-3")
    load = {"eventType": "EQUIPMENT", "equipmentEventTypeCode": "LOAD"}
    assert await outcomes(desk, departs("old", "2026-06-04"), departs("load", "2026-06-05", **load)) == ["applied", "applied"]
    assert (await desk.expected("SO-3"))["ON_BOARD"] == "2026-06-05"
    other = {**flat()["transportCall"], "carrierVoyageNumber": "7N", "vessel": {"vesselName": "QUEEN"}}
    assert await outcomes(desk, departs("early", "2026-06-10", transportCall=other)) == ["kept"]
    roll = {"vessel": "Queen", "voyage": "7N", "reason": "overbooked"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", roll)).status == 200
    assert await desk.expected("SO-3") == before
    (late,) = await send(desk, departs("late", "2026-06-05", "2026-03-01T00:00:00Z"))
    why = "it is about KING OF THE SEAS 2103S, and the shipment travels with Queen 7N"
    assert (late["outcome"], late["reason"]) == ("kept", why)
    port = {"UNLocationCode": "NLRAM", "modeOfTransport": "VESSEL"}
    assert await outcomes(desk, departs("unnamed", "2026-06-05", "2026-03-01T07:00:00Z", transportCall=port)) == ["kept"]
    call = {"UNLocationCode": "NLRAM", "modeOfTransport": "VESSEL", "exportVoyageNumber": "7N", "vessel": {"vesselName": "QUEEN"}}
    assert await outcomes(desk, departs("new", "2026-06-11", "2026-02-21T00:00:00Z", transportCall=call)) == ["applied"]
    assert (await shown(desk))["etd"] == "2026-06-11"
    assert await outcomes(desk, retraction("back", "new"), retraction("nothing", "old")) == ["applied", "kept"]
    assert ((await desk.expected())["DEPART"], await desk.expected("SO-3")) == ("2026-04-27", before)
    for language, ended in (("en", "it was said before the shipment was rolled"), ("zh-CN", "该事件早于甩柜")):
        listed = await desk.call(MANAGER, "GET", "/api/orders/shipments/SH-1/events", Accept_Language=language)
        assert {one["event"] for one in listed.body["items"] if one["note"] == ended} == {"old", "load", "early", "unnamed"}


async def test_what_has_sailed_was_delivered_on_board_until_its_loading_is_known(desk: Desk) -> None:
    await tracked(desk)
    body = order(line(shipment="SH-1", promised="2026-02-28"), number="SO-3", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    for gate in ("PAY_DEP", "PP_OK"):
        assert (await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": gate, "date": "2026-02-20"})).status == 201

    async def delivered() -> tuple[Any, ...]:
        found = (await desk.get(MANAGER, "/api/orders/SO-3")).body
        (one,) = found["lines"]
        loaded = {node["milestone"]: node["actual"] for node in found["plan"]}["ON_BOARD"]
        ledger = (await desk.get(MANAGER, "/api/orders/SO-3/promises?line=1")).body["items"]
        reasons = [entry["reason"] for entry in ledger if entry["line"] is not None and entry["kind"] == "actual"]
        return one["delivered"], one["shown_by"], one["late"], found["status"], loaded, reasons

    sailed = departs("d", "2026-02-27", "2026-02-28T11:00:00Z", "ACT")
    assert await outcomes(desk, sailed) == ["applied"]
    assert await delivered() == ("2026-02-27", "DEPART", False, "completed", "2026-02-27", ["shown"])
    for number in ("SO-1", "SO-2"):
        there = {"milestone": "DELIVERED", "date": "2026-02-28"}
        assert (await desk.post(MANAGER, f"/api/orders/{number}/actuals", there)).status == 201, "nothing else is under way"
    load = {"eventType": "EQUIPMENT", "equipmentEventTypeCode": "LOAD"}
    (loaded,) = await send(desk, departs("l", "2026-02-26", "2026-02-28T12:00:00Z", "ACT", **load))
    assert (loaded["outcome"], loaded["milestones"], loaded["orders"]) == ("applied", ["ON_BOARD"], 1)
    assert await delivered() == ("2026-02-26", None, False, "completed", "2026-02-26", ["shown", "tracked"])
    assert await outcomes(desk, retraction("r", "l", "2026-02-28T13:00:00Z")) == ["applied"]
    assert (await delivered())[:5] == ("2026-02-27", "DEPART", False, "completed", "2026-02-27")
    hand = {"milestone": "ON_BOARD", "date": "2026-02-25"}
    done = await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", hand)
    assert (done.status, done.body["orders"][0]["delivered"]) == (201, [{"line": "1", "delivered": "2026-02-25"}])
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", hand)).status == 409
    assert await outcomes(desk, retraction("r2", "d", "2026-02-28T14:00:00Z")) == ["applied"]
    assert (await delivered())[:5] == ("2026-02-25", None, False, "completed", "2026-02-25")
    assert (await desk.post(MANAGER, "/api/orders/SO-3/actuals/corrections", {**hand, "date": None, "reason": "no"})).status == 201
    assert (await delivered())[:4] == (None, None, True, "open")
    # By hand it is the same; papers alone leave the delivery to be recorded.
    assert (await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": "BL_ISS", "date": "2026-02-28"})).status == 201
    assert (await delivered())[:4] == (None, None, True, "open")
    due = (await desk.get(LI, "/api/orders/work")).body["overdue"]["items"]
    assert [one["milestone"] for one in due if one["order"] == "SO-3" and one["milestone"] == "ON_BOARD"] == ["ON_BOARD"]
    done = await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": "DEPART", "date": "2026-02-27"})
    assert (done.status, done.body["delivered"], done.body["status"]) == (201, [{"line": "1", "delivered": "2026-02-27"}], "completed")
    # It is on its way: the carrier says when it arrives, until it should long be there.
    (told,) = await send(desk, arrives("a", "2026-04-03"))
    assert (told["outcome"], told["milestones"], told["orders"]) == ("applied", ["ARRIVE"], 1)
    due = date.fromisoformat((await desk.expected("SO-3"))["DELIVERED"])
    for days, outcome in ((31, "refused"), (30, "applied")):
        day = due + timedelta(days=days)
        desk.clock.time = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        assert await outcomes(desk, arrives(f"a{days}", str(day), made=f"{day}T00:00:00Z")) == [outcome], days


async def test_an_unmet_gate_holds_only_its_own_order(desk: Desk) -> None:
    await tracked(desk)
    body = order(line(shipment="SH-1"), number="SO-3", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    (done,) = await send(desk, departs("d", "2026-02-28", classifier="ACT"))
    assert (done["outcome"], done["orders"]) == ("applied", 3), "the third expects it"
    waits = "DEPART on 2026-02-28 is taken, and is recorded by itself once nothing stands in its way"
    assert waits in done["reason"]
    (later,) = await send(desk, departs("late", "2026-03-09", "2026-02-27T00:00:00Z"))
    assert (later["outcome"], later["orders"]) == ("kept", 0)
    assert "DEPART has happened on 2026-02-28, as another event says" in later["reason"]
    assert (waits in later["reason"], "SO-3" in done["reason"] + later["reason"]) == (True, False), "the sender hears of no order of ours"
    said = "DEPART on 2026-02-28 is recorded by itself once nothing stands in its way: DEPART of order SO-3 waits for"
    ours = str(await why(desk, "d"))
    assert (said in ours, "SO-3 waits for PAY_DEP, which finance has not met yet" in ours) == (True, True)
    assert await why(desk, "d", CHEN) is None, "nor does who follows the others"
    assert await on_their_way(desk) == ["SO-1", "SO-2", "SO-3"], "the carrier says so: the gate is ours"
    assert await outcomes(desk, retraction("r", "d", "2026-02-28T20:00:00Z")) == ["applied"]
    assert await on_their_way(desk) == []


async def test_what_happened_behind_a_gate_is_recorded_when_it_is_met(desk: Desk) -> None:
    await tracked(desk)
    body = order(line(shipment="SH-1"), number="SO-3", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    arrived = arrives("a", "2026-03-01", made="2026-03-01T08:00:00Z", classifier="ACT")
    arrived["eventDateTime"] = "2026-03-01T15:00:00+08:00"
    await send(desk, departs("d", "2026-02-28", classifier="ACT"), arrived)

    async def followed() -> dict[str, str | None]:
        timers = Timers(desk.database, desk.clock, {AGAIN: SERVICE.timers[AGAIN]}, asyncio.Event())
        while await timers.run_due():
            pass
        plan = (await desk.get(MANAGER, "/api/orders/SO-3")).body["plan"]
        return {node["milestone"]: node["actual"] for node in plan if node["milestone"] in ("DEPART", "ARRIVE")}

    said: list[dict[str, str]] = []

    async def warned() -> list[str]:
        await risks.look(desk.database, desk.clock)
        listed = (await desk.get(MANAGER, "/api/orders/risks?order=SO-3")).body["items"]
        reasons = [(one["milestone"], reason) for one in listed for reason in one["reasons"]]
        gates = [(milestone, reason["text"]) for milestone, reason in reasons if (reason["kind"], reason["by"]) == ("gate_unmet", "DEPART")]
        said[:] = [text for _, text in gates]
        return sorted(milestone for milestone, _ in gates)

    assert await warned() == ["PAY_DEP", "PP_OK"]
    (texts,) = {tuple(text.items()) for text in said}
    assert dict(texts) == {
        "en": "it is not met, and the carrier says that Departure happens or has happened",
        "zh-CN": "放行条件未满足，而承运人已报 离港 即将发生或已发生",
    }  # fmt: skip
    for gate in ("PAY_DEP", "PP_OK"):
        assert await followed() == {"DEPART": None, "ARRIVE": None}
        met = await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": gate, "date": "2026-02-20"})
        assert met.status == 201, met.body
    assert await followed() == {"DEPART": "2026-02-28", "ARRIVE": "2026-03-01"}
    assert await warned() == []
    assert await desk.count("order_watch WHERE kind = 'tracking_again'") == 0
    assert [one["outcome"] for one in await send(desk, retraction("r", "a", "2026-03-01T09:00:00Z"))] == ["applied"]
    assert await followed() == {"DEPART": "2026-02-28", "ARRIVE": None}


async def test_what_waits_for_customs_is_recorded_with_the_release_though_the_milestone_was_before(desk: Desk) -> None:
    await tracked(desk)
    body = order(line(shipment="SH-1"), number="SO-3", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    for milestone in ("PAY_DEP", "PP_OK", "CST_REL"):
        done = await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": milestone, "date": "2026-02-20"})
        assert done.status == 201, done.body
    entry = {"number": "222920260000000001", "regime_code": "0110", "on": "2026-02-19"}
    path = (await desk.post(MANAGER, "/api/orders/SO-3/customs", entry)).headers["Location"]
    assert (await desk.post(MANAGER, path + "/hold", {"on": "2026-02-26", "reason": "the value"})).status == 200
    await send(desk, departs("d", "2026-02-28", classifier="ACT"))

    async def departed() -> list[str | None]:
        return [node["actual"] for node in (await desk.get(MANAGER, "/api/orders/SO-3")).body["plan"] if node["milestone"] == "DEPART"]

    assert await departed() == [None]
    assert (await desk.post(MANAGER, path + "/release", {"on": "2026-03-01"})).status == 200
    assert await departed() == ["2026-02-28"]


async def test_what_waited_for_a_gate_is_told_with_it_as_one_move(desk: Desk) -> None:
    """The day on which the order would be without what the carrier said is told nobody."""
    await tracked(desk)
    body = order(line(shipment="SH-1"), number="SO-3", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    await send(desk, departs("d", "2026-02-28", classifier="ACT"))
    assert (await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": "PP_OK", "date": "2026-02-27"})).status == 201
    before = await desk.types()
    met = await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": "PAY_DEP", "date": "2026-02-28"})
    assert met.status == 201, met.body
    told = (await desk.types())[len(before) :]
    assert (told.count("milestone.achieved"), told.count("plan.reestimated")) == (3, 0), "the gate, the departure, and the goods with it"
    shown = (await desk.get(MANAGER, "/api/orders/SO-3")).body
    assert (shown["version"], shown["status"]) == (met.body["version"], met.body["status"])
    happened = {node["milestone"]: node["actual"] for node in shown["plan"] if node["actual"]}
    assert happened == {"PP_OK": "2026-02-27", **dict.fromkeys(("PAY_DEP", "ON_BOARD", "DEPART"), "2026-02-28")}
    timers = Timers(desk.database, desk.clock, {AGAIN: SERVICE.timers[AGAIN]}, asyncio.Event())
    while await timers.run_due():
        pass
    assert (await desk.types())[len(before) + len(told) :] == []
    assert await desk.count("order_watch WHERE kind = 'tracking_again'") == 0
    assert await outcomes(desk, retraction("r", "d", "2026-02-28T20:00:00Z")) == ["applied"], "it is the carrier's word all the same"
    plan = (await desk.get(MANAGER, "/api/orders/SO-3")).body["plan"]
    assert {node["milestone"]: node["actual"] for node in plan if node["actual"]} == {"PP_OK": "2026-02-27", "PAY_DEP": "2026-02-28"}


async def test_only_managers_and_machines_send_events_and_others_read_them(desk: Desk) -> None:
    await tracked(desk)
    assert (await desk.post(LI, PATH, [])).status == 403
    none = "is neither an event, which is an object, nor a list of events"
    for body, reason in (([{}] * 1001, "holds more than 1000 events: send the others by themselves"), ("text", none), (7, none)):
        assert refusal(await desk.post(MANAGER, PATH, body)) == (422, "invalid", {"body": reason})
    why: dict[str, Any] = {"delayReasonCodes": ["CGS", "WEA"], "changeRemark": "no berth"}
    await send(desk, departs("a", "2026-05-04", delayReasonCode="ENG"), departs("b", "2026-05-09", **why), retraction("r", "a"))
    page = (await desk.get(LI, "/api/orders/shipments/SH-1/events?limit=1")).body
    (newer,) = page["items"]
    assert (newer["event"], newer["retracted"], newer["reasons"], newer["remark"]) == ("b", False, ["CGS", "WEA"], "no berth")
    rest = (await desk.get(LI, f"/api/orders/shipments/SH-1/events?cursor={page['next']}")).body
    (old,) = rest["items"]
    assert (old["event"], old["retracted"], old["milestone"], old["reasons"]) == ("a", True, "DEPART", ["ENG"])


async def test_an_earlier_day_that_a_delay_holds_is_said_to_be_held(desk: Desk) -> None:
    """By a disruption's delay: where the schedule is typed, where an estimate is stated and where the carrier's system tells it."""
    await tracked(desk)
    await logged(desk, MANAGER, scope={"kind": "vessel", "name": "King of the Seas", "voyage": "2103S"}, to="2026-05-09")
    (mine,) = (await desk.get(MANAGER, "/api/orders/SO-1")).body["open_delays"]
    (theirs,) = (await desk.get(MANAGER, "/api/orders/SO-2")).body["open_delays"]

    def held(delay: str) -> dict[str, str]:
        return {"milestone": "DEPART", "until": "2026-05-09", "delay": delay}

    assert (await shown(desk))["held"] == [], "nobody says another day"
    typed = (await put(desk, "schedule", {"etd": "2026-05-02"})).body
    assert (typed["etd"], sorted(typed["open_delays"])) == ("2026-05-09", sorted([mine, theirs]))
    assert typed["held"] == [min(held(mine), held(theirs), key=lambda one: one["delay"])]
    seen = (await desk.get(LI, "/api/orders/shipments/SH-1")).body
    assert (seen["open_delays"], seen["held"]) == ([mine], [held(mine)]), "of an order that he sees"
    stated = (await desk.post(LI, "/api/orders/SO-1/estimates", {"milestone": "DEPART", "day": "2026-05-03"})).body
    assert (stated["nodes"], stated["after"], stated["held_by"]) == ([], "2026-05-09", held(mine))
    desk.clock.time += timedelta(hours=2)
    (told,) = await send(desk, departs("e-1", "2026-05-04", "2026-03-01T09:00:00Z"))
    assert (told["outcome"], told["orders"]) == ("kept", 0)
    for number, delay in (("SO-1", mine), ("SO-2", theirs)):
        assert f"DEPART of order {number} is held to 2026-05-09 by an open delay: {delay}" in str(await why(desk, "e-1"))
    (older,) = await send(desk, departs("e-2", "2026-05-05", "2026-03-01T07:00:00Z"))
    assert (older["outcome"], "SO-" in told["reason"] + older["reason"]) == ("kept", False)
    later = (await desk.post(LI, "/api/orders/SO-1/estimates", {"milestone": "DEPART", "day": "2026-05-12"})).body
    assert (later["after"], later["held_by"]) == ("2026-05-12", None)
