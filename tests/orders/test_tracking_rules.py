"""Tracking events: both shapes read into one, which shipment and milestone they are about, and what counts of all that was said.

The payloads in `dcsa/` are the examples of DCSA's own documents of Track & Trace 2.2.0 and 3.0.0-Beta-1 (Apache 2.0).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.estimates.domain import Word, state_all
from services.orders.planning.domain import outdated, settle
from services.orders.planning.model import OpenDelay, Plan
from services.orders.planning.obstacles import Failed
from services.orders.shipments.domain import regroup
from services.orders.shipments.model import Sailing, Typed
from services.orders.templates.domain import compile_template
from services.orders.tracking.domain import (
    Counts,
    Tracked,
    about,
    follow,
    milestone_of,
    place,
    register,
    waits,
    weigh,
    why_none,
    with_departures,
)
from services.orders.tracking.model import Classifier, Recorded, Said, Statement, read_event
from services.orders.tracking.words import BEFORE_ORDERED, EMPTY_DELIVERY, NOT_LADEN, UNKNOWN
from shared.contracts.estimates import MilestoneEstimated
from shared.contracts.orders import PlanReestimated
from shared.contracts.shipments import Transport
from shared.problems import Invalid
from tests.orders.plans import KNOWN, TODAY, as_of, day, entered, line, step, template

DCSA = Path(__file__).parent / "dcsa"
AT = datetime(2026, 5, 1, tzinfo=UTC)
SEA = Transport(
    mode="sea", vessel="King of the Seas", vessel_imo="9321483", voyage="2103S", booking="ABC123059", transport_document="85943567",
    containers=("APZU4812090",), port_of_loading="NLRAM", port_of_discharge="SGSIN",
)  # fmt: skip


def examples(version: str) -> Iterator[Any]:
    for name, events in orjson.loads((DCSA / f"{version}.json").read_bytes()).items():
        for index, event in enumerate(events):
            yield pytest.param(event, id=f"{name}-{index}")


def flat(**changes: Any) -> dict[str, Any]:
    """An event in the shape of 2.2: the vessel is estimated to depart."""
    return {
        "eventID": "e-1",
        "eventType": "TRANSPORT",
        "eventCreatedDateTime": "2026-05-01T07:41:00Z",
        "eventClassifierCode": "EST",
        "eventDateTime": "2026-05-04T02:00:00+08:00",
        "transportEventTypeCode": "DEPA",
        "transportCall": {
            "transportCallID": "123e4567",
            "carrierVoyageNumber": "2103S",
            "UNLocationCode": "NLRAM",
            "modeOfTransport": "VESSEL",
            "vessel": {"vesselIMONumber": "9321483", "vesselName": "King of the Seas"},
        },
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "ABC123059"}],
        **changes,
    }


def newer(event: dict[str, Any]) -> dict[str, Any]:
    """The same in the shape of 3.0, with those names of 2.2 that both have."""
    about = ("eventID", "eventType", "eventCreatedDateTime")
    return {"metadata": {name: event[name] for name in about}, "payload": {name: event[name] for name in event if name not in about}}


def said(raw: dict[str, Any]) -> Said:
    event = read_event(raw)
    assert event.said is not None
    return event.said


def tracked(number: str = "SH-1", **changes: Any) -> Tracked:
    return Tracked(UUID(int=sum(map(ord, number))), number, SEA.model_copy(update=changes))


@pytest.mark.parametrize("raw", [*examples("2.2"), *examples("3.0")])
def test_the_examples_of_the_standard_are_read(raw: dict[str, Any]) -> None:
    event = read_event(raw)
    metadata = raw.get("metadata", raw)
    assert event.event_id == metadata["eventID"]
    assert event.created == datetime.fromisoformat(metadata["eventCreatedDateTime"])
    assert event.retracts == metadata.get("retractedEventID")
    assert (event.said is None) == (event.retracts is not None)


def test_both_shapes_say_the_same() -> None:
    old = flat()
    new = newer(old)
    payload = new["payload"]
    payload["relatedDocumentReferences"] = [{"type": "BKG", "value": "ABC123059"}]
    del payload["documentReferences"]
    call = {**payload["transportCall"], "location": {"UNLocationCode": "NLRAM"}, "carrierExportVoyageNumber": "2103S"}
    call["vessel"] = {"vesselIMONumber": "9321483", "name": "King of the Seas"}
    del call["UNLocationCode"], call["carrierVoyageNumber"]
    payload["transportCall"] = call
    assert read_event(new) == read_event(old)


def test_a_barge_is_the_vessel_of_its_transport() -> None:
    call = {**flat()["transportCall"], "modeOfTransport": "BARGE", "vessel": None}
    for names in ({"name": "Yangtze 8"}, {"bargeName": "Yangtze 8"}):
        event = said(newer(flat(transportCall={**call, "barge": names}, documentReferences=None)))
        (found,) = about(event, register([tracked(), tracked("SH-2", mode="barge", vessel="YANGTZE 8", vessel_imo=None)]))
        assert found.number == "SH-2"
    with pytest.raises(Invalid) as refused:
        said(newer(flat(transportCall={**call, "barge": {"name": 8}})))
    assert [error.field for error in refused.value.errors] == ["payload.transportCall.barge.name"]


def test_what_is_empty_says_nothing_and_a_container_may_be_at_a_place_of_its_own() -> None:
    """As carriers send it: what they do not know is null or empty. In 2.2 the place of what happens to a container is `eventLocation`."""
    call = {**flat()["transportCall"], "location": None, "carrierVoyageNumber": "", "exportVoyageNumber": "2103S ", "vessel": None}
    unknown = [{"referenceType": "FF", "referenceValue": None}]
    sparse = said(flat(transportCall=call, documentReferences=None, references=unknown, isTransshipmentMove=None, emptyIndicatorCode=""))
    assert (sparse.port, sorted(sparse.voyages), sparse.vessel, sparse.laden) == ("NLRAM", ["2103S"], None, None)
    at = {"transportCall": None, "eventLocation": {"locationName": "Port of Amsterdam", "UNLocationCode": "NLRAM"}}
    gate = said(flat(eventType="EQUIPMENT", equipmentEventTypeCode="GTIN", equipmentReference="APZU4812090", **at))
    assert milestone_of(gate, tracked()) == ("CY_CUT", None)


@pytest.mark.parametrize(
    ("port", "at", "on"),
    [
        ("CNSHA", "2026-05-04T04:00:00+08:00", "2026-05-04"),
        ("CNSHA", "2026-05-03T20:00:00Z", "2026-05-04"),
        ("NLRAM", "2026-05-04T04:00:00+08:00", "2026-05-03"),
        ("USLAX", "2026-05-04T05:00:00Z", "2026-05-03"),
        ("USXYZ", "2026-05-04T05:00:00Z", "2026-05-04"),
        (None, "2026-05-04T04:00:00+08:00", "2026-05-04"),
    ],
)
def test_the_day_is_that_of_the_place(port: str | None, at: str, on: str) -> None:
    """Whatever offset the sender writes it with; where the time of the place is not known, that of the offset."""
    assert said(flat(eventDateTime=at, transportCall={"UNLocationCode": port})).day == day(on)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "eventID"),
        (flat(eventID=None), "eventID"),
        (flat(eventType="OPERATIONS"), "eventType"),
        (flat(eventCreatedDateTime="2026-05-01T07:41:00"), "eventCreatedDateTime"),
        (flat(eventClassifierCode="REQ"), "eventClassifierCode"),
        (flat(eventClassifierCode=None), "eventClassifierCode"),
        (flat(eventDateTime="soon"), "eventDateTime"),
        (flat(eventDateTime="9999-12-31T23:00:00-08:00"), "eventDateTime"),
        (flat(eventCreatedDateTime="0001-01-01T00:00:00+08:00"), "eventCreatedDateTime"),
        (flat(transportEventTypeCode=None), "transportEventTypeCode"),
        (flat(transportCall="NLRAM"), "transportCall"),
        ({"metadata": {"eventID": "e", "eventType": "TRANSPORT", "eventCreatedDateTime": "2026-05-01T00:00:00Z"}}, "payload"),
    ],
)
def test_what_is_malformed_is_named(raw: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_event(raw)
    assert field in [error.field for error in refused.value.errors]
    assert "instance of" not in str(refused.value.errors), "senders know nothing of our classes"


def test_an_event_is_about_its_booking_then_its_container_then_its_vessel() -> None:
    other = tracked("SH-2", booking="X", transport_document=None)
    assert about(said(flat()), register([tracked(), other])) == [tracked()]
    by_vessel = said(flat(documentReferences=[]))
    assert about(by_vessel, register([tracked(), other, tracked("SH-3", voyage="9N")])) == [tracked(), other]
    box = said(flat(eventType="EQUIPMENT", equipmentEventTypeCode="LOAD", equipmentReference="APZU4812090", documentReferences=[]))
    assert about(box, register([tracked(), tracked("SH-4", containers=("B",))])) == [tracked()]


def test_containers_of_another_booking_and_of_a_split_are_told_apart() -> None:
    box = said(flat(eventType="EQUIPMENT", equipmentEventTypeCode="LOAD", equipmentReference="APZU4812090"))
    split = tracked("SH-2", containers=("MSCU1",))
    assert about(box, register([tracked(), split])) == [tracked()]
    assert about(box, register([tracked("SH-5", booking="OTHER", transport_document=None)])) == []


def box(code: str, port: str = "NLRAM", *, mode: str = "VESSEL", empty: str = "LADEN") -> dict[str, Any]:
    """What happens to a container."""
    call = {"UNLocationCode": port, "modeOfTransport": mode}
    return {"eventType": "EQUIPMENT", "equipmentEventTypeCode": code, "emptyIndicatorCode": empty, "transportCall": call}


def released(port: str | None) -> dict[str, Any]:
    """What customs let go."""
    return {
        "eventType": "SHIPMENT", "documentTypeCode": "CUC", "shipmentEventTypeCode": "RELS", "transportCall": {"UNLocationCode": port},
    }  # fmt: skip


def sails(**changes: Any) -> dict[str, Any]:
    """A departure of a vessel and voyage."""
    call = {**flat()["transportCall"], **changes}
    call["carrierVoyageNumber"] = changes.get("voyage", "2103S")
    return {"transportCall": call}


@pytest.mark.parametrize(
    ("changes", "milestone"),
    [
        ({}, "DEPART"),
        ({"transportEventTypeCode": "ARRI"}, None),
        ({"transportEventTypeCode": "ARRI", "transportCall": {"UNLocationCode": "SGSIN", "modeOfTransport": "VESSEL"}}, "ARRIVE"),
        ({"transportCall": {"UNLocationCode": "HKHKG", "modeOfTransport": "VESSEL"}}, None),
        ({"transportCall": {"modeOfTransport": "VESSEL"}}, None),
        ({"transportCall": {"UNLocationCode": "NLRAM", "modeOfTransport": "TRUCK"}}, None),
        ({"eventType": "EQUIPMENT", "equipmentEventTypeCode": "LOAD"}, "ON_BOARD"),
        ({"eventType": "EQUIPMENT", "equipmentEventTypeCode": "LOAD", "isTransshipmentMove": True}, None),
        ({"eventType": "EQUIPMENT", "equipmentEventTypeCode": "GTIN"}, "CY_CUT"),
        (box("LOAD", mode="TRUCK"), None),
        (box("LOAD", empty="EMPTY"), None),
        (box("GTIN", mode="TRUCK"), "CY_CUT"),
        (box("GTIN", mode="TRUCK", empty="EMPTY"), None),
        (box("GTOT", "SGSIN", mode="TRUCK"), "GATE_OUT"),
        (box("GTOT", "SGSIN", mode="TRUCK", empty="EMPTY"), None),
        (box("DISC", "SGSIN", mode="VESSEL"), "DISCHARGED"),
        (box("DISC", "SGSIN", mode="BARGE"), "DISCHARGED"),
        (box("DISC", "SGSIN", mode="TRUCK"), None),
        (box("DROP", "SGSIN", mode="TRUCK"), "DELIVERED"),
        (box("DROP", "MYJHB", mode="TRUCK"), "DELIVERED"),
        (box("DROP", "SGSIN", mode="TRUCK", empty="EMPTY"), None),
        (box("DROP", "NLRAM", mode="TRUCK"), None),
        (box("DROP", "LKCMB", mode="TRUCK"), None),
        ({**box("DROP", "DEHAM", mode="TRUCK"), "isTransshipmentMove": True}, None),
        (sails(voyage="2104S"), None),
        (sails(vessel={"vesselIMONumber": "9321495"}), None),
        (sails(vessel={"vesselName": "King  of the Seas"}), "DEPART"),
        (sails(vessel={"vesselName": "Queen"}), None),
        (sails(vessel={"vesselName": "king of the seas"}), "DEPART"),
        (sails(voyage=None), "DEPART"),
        (sails(vessel={}, voyage=None), "DEPART"),
        ({"eventType": "EQUIPMENT", "equipmentEventTypeCode": "STUF"}, None),
        ({"eventType": "SHIPMENT", "shipmentEventTypeCode": "CONF", "documentTypeCode": "BKG"}, "BKG_CONF"),
        ({"eventType": "SHIPMENT", "shipmentEventTypeCode": "RECE", "documentTypeCode": "BKG"}, None),
        (released("NLVLA"), "CST_REL"),
        (released(None), "CST_REL"),
        (released("SGSIN"), None),
    ],
)
def test_an_event_is_about_one_milestone_or_says_why_about_none(changes: dict[str, Any], milestone: str | None) -> None:
    found, why = milestone_of(said(flat(**changes)), tracked(transhipment_ports=("LKCMB",)))
    assert found == milestone
    assert (why is None) == (milestone is not None)


def test_a_container_of_which_nobody_says_that_it_is_laden_is_no_delivery() -> None:
    for empty, why in (("EMPTY", EMPTY_DELIVERY), (None, NOT_LADEN)):
        dropped = flat(**{**box("DROP", "SGSIN", mode="TRUCK"), "emptyIndicatorCode": empty})
        assert milestone_of(said(dropped), tracked()) == (None, why)


@pytest.mark.parametrize(("mode", "milestone"), [("sea", "BL_ISS"), ("rail", "TRD_ISS")])
def test_a_transport_document_is_the_one_of_its_mode(mode: str, milestone: str) -> None:
    issued = said(flat(eventType="SHIPMENT", documentTypeCode="TRD", shipmentEventTypeCode="ISSU", eventClassifierCode="ACT"))
    assert milestone_of(issued, tracked(mode=mode)) == (milestone, None)


@pytest.mark.parametrize(
    ("mode", "gates", "milestone"),
    [
        ("sea", set(), "CY_CUT"), ("sea", {"HANDED_OVER"}, "HANDED_OVER"), ("barge", {"CY_CUT", "HANDED_OVER"}, "CY_CUT"),
        ("rail", set(), "HANDED_OVER"), ("road", {"CY_CUT"}, "CY_CUT"), ("multimodal", {"CY_CUT", "HANDED_OVER"}, "HANDED_OVER"),
    ],
)  # fmt: skip
def test_the_gate_in_is_the_terminals_by_water_and_the_carriers_by_land(mode: str, gates: set[str], milestone: str) -> None:
    gated = said(flat(eventType="EQUIPMENT", equipmentEventTypeCode="GTIN", eventClassifierCode="ACT"))
    assert milestone_of(gated, replace(tracked(mode=mode), gates=frozenset(gates))) == (milestone, None)


def test_what_cannot_have_happened_to_any_of_its_goods_says_nothing_of_a_shipment() -> None:
    left, shipment = said(flat(eventClassifierCode="ACT")), tracked()
    assert place(AT, left, replace(shipment, placed=left.day + timedelta(days=1))) == (None, BEFORE_ORDERED)
    assert place(AT, left, replace(shipment, placed=left.day)) == ("DEPART", None)
    assert place(AT, said(flat()), replace(shipment, placed=date.max)) == ("DEPART", None), "what is expected is weighed by its own rules"


def test_an_event_of_a_container_that_its_shipment_does_not_list_is_refused_with_that() -> None:
    known = register([tracked()])
    for container, booking, why in (
        ("MSCU6639871", "ABC123059", "the shipment of this booking or transport document does not list the container MSCU6639871"),
        ("MSCU6639871", "OTHER", str(UNKNOWN)),
    ):
        references = [{"documentReferenceType": "BKG", "documentReferenceValue": booking}]
        event = said({**flat(**box("GTIN")), "equipmentReference": container, "documentReferences": references})
        assert (about(event, known), str(why_none(event, known))) == ([], why)


def test_another_vessel_arrives_only_where_the_goods_were_transhipped() -> None:
    call = {"UNLocationCode": "SGSIN", "modeOfTransport": "VESSEL", "vessel": {"vesselName": "Queen"}, "carrierVoyageNumber": "7N"}
    arrives = said(flat(transportEventTypeCode="ARRI", transportCall=call))
    assert milestone_of(arrives, tracked()) == (None, "it is about QUEEN 7N, and the shipment travels with King of the Seas 2103S")
    assert milestone_of(arrives, tracked(transhipment_ports=("LKCMB",))) == ("ARRIVE", None)
    gated = flat(**{**box("GTIN"), "transportCall": {**call, "UNLocationCode": "NLRAM"}})
    assert milestone_of(said({**gated, "eventClassifierCode": "ACT"}), tracked()) == ("CY_CUT", None), "it is in the terminal"
    assert milestone_of(said(gated), tracked())[0] is None


CALL = flat()["transportCall"]


@pytest.mark.parametrize(
    ("changes", "how", "again"),
    [
        ({}, {"port_of_loading": None}, True),
        ({}, {"mode": "rail"}, True),
        ({"transportCall": {**CALL, "UNLocationCode": "HKHKG"}}, {}, True),
        ({"transportCall": {**CALL, "vessel": {"vesselName": "Queen"}}}, {}, True),
        (box("DROP", "LKCMB"), {"transhipment_ports": ("LKCMB",)}, True),
        ({"transportCall": {**CALL, "UNLocationCode": None}}, {}, False),
        ({"transportEventTypeCode": "XXXX"}, {}, False),
        (box("LOAD") | {"isTransshipmentMove": True}, {}, False),
        (box("LOAD", empty="EMPTY"), {}, False),
    ],
)
def test_what_may_say_something_once_the_shipment_travels_otherwise_waits(changes: Any, how: Any, again: bool) -> None:
    told = said(flat(**changes))
    milestone, note = place(AT, told, tracked(**how))
    assert (milestone, waits(told, note)) == (None, again)


def statement(name: str, classifier: Classifier, on: str, created: int, container: str | None = None) -> Statement:
    at, made = datetime.fromisoformat(on).replace(tzinfo=UTC), AT + timedelta(hours=created)
    return Statement(name, UUID(int=1), made, made, "DEPA", classifier, at, at.date(), "NLRAM", container, "DEPART")


STATED = (
    statement("plan", "PLN", "2026-05-01", 9),
    statement("first", "EST", "2026-05-03", 1),
    statement("second", "EST", "2026-05-05", 2),
)


def test_the_newest_estimate_counts_in_whatever_order_they_come() -> None:
    for order in permutations(STATED):
        assert weigh(order, {}, ()).estimate == day("2026-05-05")
    assert weigh(STATED, {"second": AT}, ()).estimate == day("2026-05-03")
    assert weigh(STATED, {"second": AT, "first": AT}, ()).estimate == day("2026-05-01")
    assert weigh(STATED, dict.fromkeys(("plan", "first", "second"), AT), ()).estimate is None


def test_what_happened_counts_more_than_any_estimate() -> None:
    happened = statement("done", "ACT", "2026-05-04", 0)
    counts = weigh([*STATED, happened], {}, ())
    assert (counts.actual, counts.estimate) == (day("2026-05-04"), None)
    back = weigh([*STATED, happened], {"done": AT + timedelta(hours=20)}, ())
    assert (back.actual, back.estimate, back.retracted) == (None, day("2026-05-05"), frozenset({day("2026-05-04")}))
    assert back.newest == AT + timedelta(hours=20)


def test_it_has_happened_when_it_has_happened_to_every_container() -> None:
    first, second = statement("a", "ACT", "2026-05-04", 1, "A"), statement("b", "ACT", "2026-05-06", 2, "B")
    assert (weigh([first], {}, ("A", "B")).actual, weigh([first], {}, ("A", "B")).waits) == (None, ("B",))
    assert weigh([first, second], {}, ("A", "B")).actual == day("2026-05-06")
    assert weigh([first], {}, ()).actual == day("2026-05-04")


def test_a_container_that_travels_otherwise_decides_nothing() -> None:
    place = ("SH-1", "DEPART")
    late = [statement("a", "EST", "2026-05-04", 1, "A"), statement("b", "EST", "2026-05-06", 2, "B")]
    said = follow(entered(line(shipment="SH-1")), {place: weigh(late, {}, ("A", "B"))}).settled
    assert said is not None
    alone = follow(said.after, {place: weigh(late, {}, ("A",))}).settled
    assert alone is not None
    assert [one.after.at(place).estimated for one in (said, alone)] == [day("2026-05-06"), day("2026-05-04")]
    happened = [replace(one, classifier="ACT") for one in late]
    left = follow(alone.after, {place: weigh(happened, {}, ("A", "B"))}).settled
    assert left is not None
    corrected = follow(left.after, {place: weigh(happened, {}, ("A",))}, Recorded(nodes=frozenset({place}))).settled
    assert corrected is not None
    assert [one.after.at(place).actual for one in (left, corrected)] == [day("2026-05-06"), day("2026-05-04")]


def test_a_clock_that_is_ahead_says_nothing_newer_than_when_it_was_heard() -> None:
    ahead, since = replace(statement("ahead", "EST", "2026-05-09", 4), received=AT + timedelta(hours=1)), AT + timedelta(hours=2)
    by_hand = weigh([ahead], {}, (), Typed(day("2026-05-06"), since))
    assert (by_hand.estimate, by_hand.newest) == (day("2026-05-06"), since)
    beside = weigh([ahead, statement("older", "EST", "2026-05-03", 3)], {}, ())
    assert (beside.estimate, beside.newest) == (day("2026-05-09"), AT + timedelta(hours=3)), "by his own clock it is the newer one"
    assert weigh([replace(ahead, classifier="ACT")], {}, ()).happened == AT + timedelta(hours=1)


@given(st.permutations(STATED), st.sets(st.sampled_from([one.event for one in STATED])))
def test_what_counts_does_not_depend_on_the_order(order: list[Statement], back: set[str]) -> None:
    assert weigh(order, dict.fromkeys(back, AT), ()) == weigh(STATED, dict.fromkeys(back, AT), ())


def test_an_order_follows_what_is_said_of_its_leg_alone() -> None:
    plan = entered(line(shipment="SH-1"), line("2", shipment="SH-2"))
    counts = {("SH-1", "DEPART"): weigh(STATED, {}, ()), ("SH-9", "DEPART"): weigh(STATED, {}, ())}
    followed = follow(plan, counts)
    assert followed.settled is not None
    assert followed.moved == {("SH-1", "DEPART")}
    assert followed.settled.after.at(("SH-1", "DEPART")).estimated == day("2026-05-05")
    assert followed.settled.after.at(("SH-2", "DEPART")) == plan.at(("SH-2", "DEPART"))
    assert follow(replace(followed.settled.after), counts).settled is None


def test_a_day_by_hand_that_has_passed_is_late_again_when_what_was_told_is_taken_back() -> None:
    place, typed = ("SH-1", "DEPART"), Typed(day("2026-04-29"), AT - timedelta(days=9))
    word = Word(typed.day, "carrier", AT - timedelta(days=9))
    plan = entered(line(shipment="SH-1"))
    ready = tuple(replace(one, actual=one.planned) if one in plan.earlier(plan.at(place)) else one for one in plan.nodes)
    said = state_all(replace(plan, nodes=ready), {place: word})
    assert said is not None
    late = as_of(said.after, day("2026-05-02"))
    assert (late.at(place).estimated, late.at(place).due) == (day("2026-05-02"), typed.day)
    for classifier, told in (("ACT", "2026-05-01"), ("EST", "2026-05-12")):
        event = statement("false", classifier, told, 1)  # type: ignore[arg-type]
        moved = follow(late, {place: weigh([event], {}, (), typed)}).settled
        assert moved is not None
        assert moved.after.at(place).estimated == day(told)
        back = {place: weigh([event], {"false": AT + timedelta(hours=2)}, (), typed)}
        restored = follow(moved.after, back, Recorded(nodes=frozenset({place}))).settled
        assert restored is not None
        assert [(one.estimated, one.due) for one in restored.after.nodes] == [(one.estimated, one.due) for one in late.nodes]


def test_no_day_that_passes_moves_what_has_happened_and_could_not_be_recorded() -> None:
    """What comes after it is counted from its day. What that waits for is to be done yet, and expected as if nothing had been said."""
    left, there = ("SH-1", "DEPART"), ("SH-1", "ARRIVE")
    plan = replace(entered(line(shipment="SH-1")), today=day("2026-05-02"), failed=(Failed(UUID(int=7), "final", None, ("1",)),))
    told = {
        left: weigh([statement("left", "ACT", "2026-05-01", 1)], {}, ()),
        there: weigh([statement("due", "EST", "2026-05-28", 2)], {}, ()),
    }
    followed = follow(plan, with_departures([plan], told, day("2026-05-02")))
    assert followed.waits == {left}
    assert followed.settled is not None
    for today in ("2026-05-02", "2026-05-20"):
        waiting = as_of(followed.settled.after, day(today))
        assert (waiting.at(left).actual, waiting.at(left).estimated, waiting.at(left).due) == (None, day("2026-05-01"), None)
        assert waiting.at(there).estimated == day("2026-05-28")
        without = as_of(plan, day(today))
        assert [one.estimated for one in waiting.earlier(waiting.at(left))] == [one.estimated for one in without.earlier(without.at(left))]
        assert not outdated(waiting)
    assert as_of(waiting, day("2026-06-01")).at(there).estimated == day("2026-06-01")
    denied = settle(waiting.dated({left: None}))
    assert denied.at(left).estimated > day("2026-05-20"), "somebody says that it has not"


def test_a_word_on_one_order_counts_again_as_it_stood_where_the_event_over_it_is_taken_back() -> None:
    """Not an event that it had overruled. When the goods leave the carrier's sailing, too, and when he takes back his own by hand."""
    place, plan = ("SH-1", "DEPART"), entered(line(shipment="SH-1"), line("2", shipment="SH-2"))
    own = state_all(plan, {place: Word(day("2026-05-06"), "owner", AT + timedelta(minutes=90))})
    assert own is not None
    events = [statement("first", "EST", "2026-05-03", 1), statement("second", "EST", "2026-05-09", 2)]
    over = follow(own.after, {place: weigh(events, {}, ())}).settled
    assert over is not None
    assert (over.after.at(place).estimated, over.after.at(place).typed) == (day("2026-05-09"), own.after.at(place).stated)
    back = {"second": AT + timedelta(hours=3)}
    for gone, why in ((back, ["a newer word says 2026-05-06"]), ({**back, "first": AT}, [])):
        found = follow(over.after, {place: weigh(events, gone, ())})
        assert found.settled is not None
        assert found.settled.after.at(place).stated == own.after.at(place).stated
        assert found.settled.after.at(place).estimated == day("2026-05-06")
        (news,) = (one for one in found.settled.events if isinstance(one, MilestoneEstimated))
        assert (news.day, news.source) == (day("2026-05-06"), "owner")
        assert [said.split(" for ")[0] for said in found.refused.values()] == why
        assert follow(found.settled.after, {place: weigh(events, gone, ())}).settled is None
    moved = regroup(over.after, ["1"], None, Sailing(), "shut out")
    assert moved is not None
    ashore = moved.settled.after.at((None, "DEPART"))
    assert ashore.stated == ashore.typed == own.after.at(place).stated
    retold = state_all(over.after, {place: Word(None, "carrier", AT + timedelta(hours=4))})
    assert retold is not None
    (said,) = (one.stated for one in retold.after.nodes if one.key == place and one.stated is not None)
    assert (said.day, said.source, said.at) == (day("2026-05-06"), "owner", AT + timedelta(hours=4)), "it counts from then on"
    assert follow(retold.after, {place: weigh(events, {}, ())}).settled is None


@pytest.mark.parametrize("by_hand", [day("2026-05-06"), None])
def test_what_was_said_or_taken_back_by_hand_stands_against_what_had_been_said_before(by_hand: date | None) -> None:
    """Also where one of the events is taken back that had been overruled, by it or by another of them."""
    place, plan = ("SH-1", "DEPART"), entered(line(shipment="SH-1"))
    events = [statement("a", "EST", "2026-05-09", 1), statement("b", "EST", "2026-05-12", 2)]
    told = follow(plan, {place: weigh(events, {}, ())}).settled
    assert told is not None
    hand = state_all(told.after, {place: Word(by_hand, "carrier", AT + timedelta(hours=3))})
    assert hand is not None
    assert hand.after.at(place).estimated == (by_hand or plan.at(place).estimated)
    for back in ("a", "b"), ("a",), ("b",), ():
        again = follow(hand.after, {place: weigh(events, dict.fromkeys(back, AT + timedelta(hours=4)), ())})
        assert (again.settled, bool(again.refused)) == (None, len(back) < 2)
    newer = follow(hand.after, {place: weigh([*events, statement("c", "EST", "2026-05-16", 5)], {}, ())}).settled
    assert newer is not None
    assert newer.after.at(place).estimated == day("2026-05-16")


@pytest.mark.parametrize(("expected", "lines"), [("2026-05-04", []), ("2026-05-09", ["1"])])
def test_what_is_taken_back_and_expected_instead_is_one_move(expected: str, lines: list[str]) -> None:
    place, done = ("SH-1", "DEPART"), statement("done", "ACT", "2026-05-04", 1)
    left = follow(entered(line(shipment="SH-1")), {place: weigh([done], {}, ())}).settled
    assert left is not None
    counts = {place: weigh([done, statement("instead", "EST", expected, 2)], {"done": AT + timedelta(hours=3)}, ())}
    back = follow(left.after, counts, Recorded(nodes=frozenset({place}))).settled
    assert back is not None
    assert [type(one).__name__ for one in back.events][:2] == ["MilestoneCorrected", "MilestoneEstimated"]
    (moved,) = (one for one in back.events if isinstance(one, PlanReestimated))
    assert (moved.because, [one.line for one in moved.lines]) == ("actual_corrected", lines)
    before, after = left.after, back.after
    (departs,) = (one for one in moved.nodes if one.milestone == "DEPART")
    assert (departs.before, departs.after) == (day("2026-05-04"), day(expected))
    assert (moved.nodes, moved.lines) == (back.moves.nodes, back.moves.lines)
    assert after.lines[0].estimate_revision > before.lines[0].estimate_revision if lines else after.lines == before.lines


SAILED = (
    ("DEPART", statement("sailed", "ACT", "2026-02-21", 1)),
    ("DEPART", statement("later", "ACT", "2026-02-23", 3)),
    ("DEPART", statement("after all", "ACT", "2026-02-22", 4)),
    ("ARRIVE", statement("first box", "ACT", "2026-02-22", 1, "A")),
    ("ARRIVE", statement("last box", "ACT", "2026-02-25", 2, "B")),
)


@given(st.permutations(SAILED), st.sampled_from(["ON_BOARD", "DEPART", "DELIVERED"]))
def test_what_has_happened_does_not_depend_on_the_order_either(order: list[tuple[str, Statement]], point: str) -> None:
    """What tracking recorded follows the newer event and the last container, to and fro, also where it is the delivery or shows that."""
    steps = (step("ON_BOARD", 20), step("DEPART", 0, "ON_BOARD"), step("ARRIVE", 30, "DEPART"), step("DELIVERED", 5, "ARRIVE"))
    known = replace(KNOWN, templates={"test": compile_template(template(*steps, delivery_point=point), 1)})
    plan, heard = entered(line(shipment="SH-1"), known=known), dict[tuple[str, str], list[Statement]]()
    for milestone, one in order:
        heard.setdefault(("SH-1", milestone), []).append(one)
        own = frozenset(node.key for node in plan.nodes if node.actual is not None)
        lines = frozenset(line.line for line in plan.lines if line.delivered is not None and line.shown_by is None)
        found = follow(plan, {place: weigh(told, {}, ()) for place, told in heard.items()}, Recorded(nodes=own, lines=lines))
        plan = found.settled.after if found.settled is not None else plan
    assert [plan.at(("SH-1", milestone)).actual for milestone in ("DEPART", "ARRIVE")] == [day("2026-02-22"), day("2026-02-25")]
    assert plan.lines[0].delivered == (None if point == "DELIVERED" else day("2026-02-22"))
    assert not found.refused


def test_a_day_that_somebody_recorded_stands_against_newer_events() -> None:
    place = ("SH-1", "DEPART")
    left = follow(entered(line(shipment="SH-1")), {place: weigh([SAILED[0][1]], {}, ())}).settled
    assert left is not None
    counts = {place: weigh([SAILED[0][1], SAILED[1][1]], {}, ())}
    assert dict(follow(left.after, counts).refused) == {place: "DEPART of order SO-1 happened on 2026-02-21"}
    found = follow(left.after, counts, Recorded(nodes=frozenset({place})))
    assert found.settled is not None
    assert (found.settled.after.at(place).actual, found.moved, found.refused) == (day("2026-02-23"), frozenset({place}), {})
    back = {place: weigh([SAILED[0][1]], {SAILED[0][1].event: AT + timedelta(hours=3)}, ())}
    kept = follow(left.after, back)
    assert (kept.settled, dict(kept.refused)) == (
        None,
        {place: "DEPART of order SO-1 on 2026-02-21 was recorded by somebody else: correct the actual date"},
    )


def test_what_cannot_be_is_kept_with_the_reason() -> None:
    plan = replace(entered(line(shipment="SH-1")), ordered_on=day("2026-02-20"))

    def refused(milestone: str, classifier: Classifier, on: str, plan: Plan = plan) -> tuple[str, bool]:
        found = follow(plan, {("SH-1", milestone): weigh([statement("x", classifier, on, 1)], {}, ())})
        assert found.settled is None
        return found.refused["SH-1", milestone], bool(found.waits)

    assert refused("DEPART", "EST", "2026-02-27") == ("2026-02-27 has passed: today is 2026-03-01", False)
    before = "2026-04-26 is before DEPART, which order SO-1 expects on 2026-04-27"
    assert refused("ARRIVE", "EST", "2026-04-26") == (before, False)
    placed = "order SO-1 was placed on 2026-02-20: ORD_CONF cannot have happened on 2020-11-28"
    assert refused("ORD_CONF", "ACT", "2020-11-28") == (placed, False)
    # A departure of the same telling counts first; what was said before it was over stands, and is no news.
    both = {
        ("SH-1", code): weigh([statement(code, "EST", on, 1)], {}, ()) for code, on in (("ARRIVE", "2026-04-26"), ("DEPART", "2026-04-22"))
    }
    said = follow(plan, both)
    assert said.settled is not None
    assert (said.moved, dict(said.refused)) == (frozenset(both), {})
    later = as_of(said.settled.after, day("2026-05-02"))
    assert (follow(later, both).settled, dict(follow(later, both).refused)) == (None, {})


def test_the_first_departure_that_is_told_is_that_of_the_arrival_before_it_whatever_holds_the_vessel() -> None:
    plan, arrival = entered(line(shipment="SH-1")), {("SH-1", "ARRIVE"): weigh([statement("a", "EST", "2026-06-10", 1)], {}, ())}
    there = follow(plan, with_departures([plan], arrival, TODAY)).settled
    assert there is not None
    held = settle(replace(there.after, delays=(OpenDelay(UUID(int=7), "SH-1", "DEPART", day("2026-05-05"), shared=True),)))
    both = {**arrival, ("SH-1", "DEPART"): weigh([statement("d", "EST", "2026-05-04", 2)], {}, ())}
    told = follow(held, with_departures([held], both, TODAY)).settled
    assert told is not None
    assert told.after.at(("SH-1", "ARRIVE")).estimated == day("2026-06-11"), "she leaves a day later than he says"


def test_a_container_that_was_dropped_is_a_delivery_once_the_goods_have_left() -> None:
    plan = entered(line(shipment="SH-1"))
    plan = replace(plan, transports={"SH-1": SEA.model_copy(update={"port_of_discharge": "SGSIN"})})

    def dropped(port: str) -> Counts:
        return weigh([replace(statement("x", "ACT", "2026-02-28", 1), port=port)], {}, ())

    left, arrived = weigh([statement("d", "ACT", "2026-02-20", 1)], {}, ()), weigh([statement("a", "ACT", "2026-02-27", 1)], {}, ())
    place = ("SH-1", "DELIVERED")
    for port, first in (("SGSIN", "DEPART"), ("MYJHB", "ARRIVE")):
        early = follow(plan, {place: dropped(port)})
        why = f"DELIVERED on 2026-02-28 is recorded by itself once {first} of order SO-1 is: nothing is delivered before"
        assert (early.settled, early.refused[place], set(early.waits)) == (None, why, {place})
    assert place in follow(plan, {place: dropped("SGSIN"), ("SH-1", "DEPART"): left}).moved
    assert place in follow(plan, {place: dropped("MYJHB"), ("SH-1", "DEPART"): left}).refused
    assert place in follow(plan, {place: dropped("MYJHB"), ("SH-1", "DEPART"): left, ("SH-1", "ARRIVE"): arrived}).moved


def test_what_happened_is_recorded_in_the_order_of_the_plan() -> None:
    plan = entered(line(shipment="SH-1"))
    happened = {
        ("SH-1", code): weigh([statement(code, "ACT", on, 1)], {}, ()) for code, on in (("ARRIVE", "2026-05-30"), ("DEPART", "2026-05-04"))
    }
    followed = follow(plan, happened)
    assert followed.settled is not None
    assert (followed.moved, dict(followed.refused)) == (frozenset(happened), {})
    other = {("SH-1", "DEPART"): weigh([statement("x", "ACT", "2026-05-06", 1)], {}, ())}
    again = follow(followed.settled.after, other)
    assert (again.settled, list(again.refused)) == (None, [("SH-1", "DEPART")])
