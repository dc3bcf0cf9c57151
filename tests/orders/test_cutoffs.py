"""Cut-offs of shipments and notices of arrival: reckoned back from the departure, stated, met; told once when they are at risk or near."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.orders.arrivals.domain import MOST_DAYS, arrival
from services.orders.arrivals.handlers import arriving
from services.orders.arrivals.store import ARRIVING
from services.orders.cutoffs.domain import RULES, StateCutoffs, plan, require_restated, state, zone_of
from services.orders.cutoffs.handlers import look
from services.orders.cutoffs.store import LOOK, MOVED
from services.orders.risks import handlers as risks
from shared.contracts.shipments import ShipmentArriving, ShipmentCutoffAtRisk
from shared.problems import Invalid
from tests.orders.calls import CHEN, LI, MANAGER, Desk, delay, event, order, refusal
from tests.orders.plans import day, line
from tests.orders.test_shipments_api import move, put, shown
from tests.support.calls import Answer

SHANGHAI = "Asia/Shanghai"
days = st.dates(day("2026-01-01"), day("2027-12-31"))


@given(days, st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]))
def test_cutoffs_are_reckoned_back_in_the_time_of_the_port(etd: Any, zone: str) -> None:
    found = plan(etd, zone)
    assert [one.kind for one in found] == list(RULES)
    for one in found:
        local = one.at.astimezone(ZoneInfo(zone))
        assert (etd - local.date()).days == RULES[one.kind].days
        assert (local.hour, local.minute) == (12, 0)
        assert not one.stated


@given(days, days)
def test_a_vessel_that_slips_takes_no_cutoff_along(one: Any, other: Any) -> None:
    known = plan(min(one, other), SHANGHAI)
    assert plan(max(one, other), SHANGHAI, known) == known
    assert state(StateCutoffs(), known, max(one, other), SHANGHAI) == known


@given(days, st.integers(1, 60))
def test_one_that_leaves_earlier_brings_forward_what_was_only_reckoned(etd: Any, sooner: int) -> None:
    stated = {"kind": "customs", "at": f"{etd}T08:00:00"}
    known = state(StateCutoffs.model_validate({"stated": [stated]}), plan(etd, SHANGHAI), etd, SHANGHAI)
    met = tuple(one.model_copy(update={"met_at": one.at}) if one.kind == "container_yard" else one for one in known)
    earlier = etd - timedelta(days=sooner)
    found, reckoned = plan(earlier, SHANGHAI, met), plan(earlier, SHANGHAI)
    for was, now, new in zip(met, found, reckoned, strict=True):
        assert now == (was if was.stated or was.met_at else new.model_copy(update={"revision": was.revision + 1}))
    with pytest.raises(Invalid) as refused:
        require_restated(found, earlier)
    (error,) = refused.value.errors
    assert (f"customs clearance on {etd}" in error.reason, f"：海关放行（{etd}）；" in error.reason.zh) == (True, True)
    require_restated(found, etd)


def test_the_carrier_moves_a_cutoff_and_takes_it_back() -> None:
    known = plan(day("2026-05-04"), SHANGHAI)
    stated = {"kind": "container_yard", "at": "2026-05-01T17:00:00"}
    moved = state(StateCutoffs.model_validate({"stated": [stated]}), known, day("2026-05-04"), SHANGHAI)
    yard = next(one for one in moved if one.kind == "container_yard")
    assert (yard.at, yard.stated, yard.revision) == (datetime(2026, 5, 1, 9, tzinfo=UTC), True, 2)
    assert state(StateCutoffs.model_validate({"stated": [stated]}), moved, day("2026-05-09"), SHANGHAI) == moved
    back = state(StateCutoffs(), moved, day("2026-05-09"), SHANGHAI)
    yard = next(one for one in back if one.kind == "container_yard")
    assert (yard.at.astimezone(ZoneInfo(SHANGHAI)).date(), yard.stated, yard.revision) == (day("2026-05-07"), False, 3)
    other = state(StateCutoffs.model_validate({"stated": [stated]}), known, day("2026-05-09"), "Asia/Urumqi")
    assert {(one.zone, one.stated, one.revision) for one in other if one.kind != "container_yard"} == {("Asia/Urumqi", False, 2)}
    assert [one.at.astimezone(ZoneInfo(one.zone)).isoformat()[:13] for one in other] == [
        "2026-04-30T12", "2026-05-01T12", "2026-05-01T17", "2026-05-03T12",
    ], "those that stand are of the port as well, on their days"  # fmt: skip
    with pytest.raises(Invalid, match="twice"):
        state(StateCutoffs.model_validate({"stated": [stated, stated]}), (), None, SHANGHAI)
    with pytest.raises(ValidationError, match="is not between 1970-01-01 and 2199-12-31"):
        StateCutoffs.model_validate({"stated": [{**stated, "at": "9999-12-31T23:00:00"}]})


def test_zones_are_known_and_real() -> None:
    assert (zone_of("CNSHA"), zone_of("USLAX"), zone_of("USXYZ"), zone_of(None)) == (SHANGHAI, "America/Los_Angeles", None, None)


@given(days, st.integers(0, MOST_DAYS), st.integers(-90, 30))
def test_an_arrival_is_told_once_of_each_day_from_the_notice_on(eta: Any, notice: int, ahead: int) -> None:
    today, near = eta + timedelta(days=ahead), eta - timedelta(days=notice)
    tomorrow = today + timedelta(days=1)
    tell, again = arrival([eta, eta - timedelta(days=9)], None, eta, notice, today)
    assert tell == (eta if near <= today <= eta else None)
    assert again == max(near, tomorrow) if today < near else again == tomorrow
    if tell is not None:
        assert arrival([eta], eta, eta, notice, today) == (None, tomorrow)
        later = eta + timedelta(days=1)
        assert arrival([later], eta, eta, notice, today)[0] == (later if today >= near + timedelta(days=1) else None)
    assert arrival([], None, eta, notice, today) == (None, max(near, tomorrow)), "none is on its way: the carrier's word"


async def ring(desk: Desk, *kinds: str) -> list[Any]:
    """Run what is due of these kinds, as the leader does; what it told."""
    before = len(await desk.told())
    for due in [one for one in await desk.due() if one.kind in kinds and one.due <= desk.clock.now()]:
        async with desk.database.transaction() as tx:
            await tx.execute("DELETE FROM timer WHERE kind = $1 AND subject = $2", due.kind, due.subject)
            await (arriving if due.kind == ARRIVING else look)(tx, [due], desk.clock.now())
    return [event(one) for one in (await desk.told())[before:]]


async def sailing(desk: Desk, **said: str) -> None:
    """An order planned through the terminal; the carrier says when its shipment sails from Shanghai."""
    answer = await desk.put(MANAGER, "/api/orders/shipments/SH-1", {"mode": "sea", "port_of_loading": "CNSHA"}, If_Match='"1"')
    assert answer.status == 200, answer.body
    body = order(line(shipment="SH-1", promised="2026-09-01"), template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    assert (await put(desk, "schedule", said)).status == 200


async def cutoffs(desk: Desk, who: str = MANAGER) -> dict[str, Any]:
    answer = await desk.get(who, "/api/orders/shipments/SH-1/cutoffs")
    return {one["kind"]: one for one in answer.body["cutoffs"]}


async def met(desk: Desk, kind: str) -> Answer:
    return await desk.post(MANAGER, f"/api/orders/shipments/SH-1/cutoffs/{kind}/met", {})


async def test_the_schedule_brings_the_cutoffs_and_later_ones_do_not_move_them(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")
    assert {kind: one["at"] for kind, one in (await cutoffs(desk)).items()} == {
        "shipping_instructions": "2026-08-28T12:00:00+08:00",
        "verified_gross_mass": "2026-08-29T12:00:00+08:00",
        "container_yard": "2026-08-30T12:00:00+08:00",
        "customs": "2026-08-31T12:00:00+08:00",
    }
    before = await cutoffs(desk)
    assert (await put(desk, "schedule", {"etd": "2026-09-08"})).status == 200
    assert await cutoffs(desk) == before
    types = await desk.types()
    assert types.count("shipment.cutoffs_changed") == 1
    assert (await put(desk, "cutoffs", {"stated": [{"kind": "customs", "at": "2026-09-02T10:00:00"}]}, who=LI)).status == 200
    found = await cutoffs(desk)
    assert (found["customs"]["at"], found["customs"]["revision"], found["customs"]["stated"]) == ("2026-09-02T10:00:00+08:00", 2, True)


async def test_a_departure_before_what_the_carrier_has_stated_is_said_with_what_he_states_now(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-08")
    yard = {"kind": "container_yard", "at": "2026-09-06T18:00:00"}
    assert (await put(desk, "cutoffs", {"stated": [yard, {"kind": "customs", "at": "2026-09-07T09:00:00"}]})).status == 200
    before, told = await cutoffs(desk), await desk.types()
    assert refusal(await put(desk, "schedule", {"etd": "2026-09-05"})) == (
        422,
        "invalid",
        {
            "etd": "2026-09-05 lies before cut-offs that the carrier has stated: the container yard on 2026-09-06, "
            "customs clearance on 2026-09-07; say what he states now under cutoffs of the schedule"
        },
    )
    word = {"milestone": "DEPART", "day": "2026-09-05"}
    assert set((await desk.post(MANAGER, "/api/orders/shipments/SH-1/estimates", word)).fields) == {"day"}
    late = {"etd": "2026-09-05", "cutoffs": {"stated": [{**yard, "at": "2026-09-06T12:00:00"}]}}
    why = "2026-09-06 lies after the departure, which is expected on 2026-09-05"
    assert refusal(await put(desk, "schedule", late))[2] == {"cutoffs.stated.0.at": why}
    assert (await cutoffs(desk), await desk.types()) == (before, told)
    assert (await met(desk, "customs")).status == 200, "nothing hangs on it any more"
    anew = {"etd": "2026-09-05", "cutoffs": {"stated": [{**yard, "at": "2026-09-03T18:00:00"}]}}
    assert (await put(desk, "schedule", anew)).status == 200
    found = await cutoffs(desk)
    assert (found["container_yard"]["at"], found["container_yard"]["stated"]) == ("2026-09-03T18:00:00+08:00", True)
    assert found["shipping_instructions"]["at"] == "2026-09-01T12:00:00+08:00", "what was only reckoned is brought forward"
    assert (found["customs"]["stated"], found["customs"]["met"]) == (False, True), "what is done is done, whatever he states since"
    assert (await shown(desk))["etd"] == "2026-09-05"
    assert (await put(desk, "schedule", {"etd": "2026-09-05", "eta": "2026-10-09"})).status == 200, "what stands is no contradiction"


async def test_a_cutoff_that_tracking_overtakes_is_somebodys_work(desk: Desk) -> None:
    """The carrier's event is newer than what he stated: the departure moves, and whoever follows the goods asks him."""
    await sailing(desk, etd="2026-09-08")
    how = {"mode": "sea", "port_of_loading": "CNSHA", "booking": "B-1"}
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", how, If_Match=f'"{(await shown(desk))["version"]}"')).status == 200
    assert (await put(desk, "cutoffs", {"stated": [{"kind": "customs", "at": "2026-09-07T09:00:00"}]})).status == 200
    said = {
        "eventID": "e-1", "eventType": "TRANSPORT", "eventCreatedDateTime": "2026-03-01T08:30:00Z", "eventClassifierCode": "EST",
        "eventDateTime": "2026-09-06T12:00:00+08:00", "transportEventTypeCode": "DEPA", "transportCall": {"UNLocationCode": "CNSHA"},
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "B-1"}],
    }  # fmt: skip
    desk.clock.time += timedelta(hours=1)
    (done,) = (await desk.post(MANAGER, "/api/orders/events", [said])).body["events"]
    assert (done["outcome"], done["reason"]) == (
        "applied",
        "the cut-off for customs clearance on 2026-09-07 lies after the departure: have the carrier state it anew",
    )
    assert (await shown(desk))["etd"] == "2026-09-06"
    assert {kind: one["overtaken"] for kind, one in (await cutoffs(desk)).items() if one["overtaken"]} == {"customs": True}
    (told,) = await ring(desk, LOOK, MOVED)
    assert isinstance(told, ShipmentCutoffAtRisk)
    assert (told.cutoff.kind, told.overtaken, told.missed, told.orders) == ("customs", True, False, ())
    (item,) = (await desk.get(LI, "/api/orders/work")).body["cutoffs"]["items"]
    assert (item["kind"], item["overtaken"], item["missed"]) == ("customs", True, False)
    assert (await put(desk, "cutoffs", {"stated": [{"kind": "customs", "at": "2026-09-05T09:00:00"}]})).status == 200
    assert await ring(desk, LOOK, MOVED) == []
    assert (await desk.get(LI, "/api/orders/work")).body["cutoffs"]["items"] == []
    late = {"milestone": "PACKED", "new_date": "2026-09-20", "causes": [{"code": "PRD-CAP"}], "action": {"en": "overtime"}}
    await desk.delayed(late)
    said_late = await put(desk, "cutoffs", {"stated": [{"kind": "customs", "at": "2026-09-08T09:00:00"}]})
    why = "2026-09-08 lies after the departure, which is expected on 2026-09-06"
    assert refusal(said_late)[2] == {"stated.0.at": why}, "the vessel does not wait for goods that are not ready"
    sooner = {**said, "eventID": "e-2", "eventCreatedDateTime": "2026-03-01T08:45:00Z", "eventDateTime": "2026-09-04T12:00:00+08:00"}
    (done,) = (await desk.post(MANAGER, "/api/orders/events", [sooner])).body["events"]
    why = "the cut-off for customs clearance on 2026-09-05 lies after the departure"
    assert why in done["reason"], "the goods miss that vessel, and it leaves then"
    assert (await cutoffs(desk))["customs"]["overtaken"]
    yards = [(await cutoffs(desk))["container_yard"]]

    async def tells(number: int, **what: str) -> str:
        event = {**(said if "eventDateTime" in what else {}), "eventType": "TRANSPORT", **what}
        created = {"eventID": f"e-{number}", "eventCreatedDateTime": f"2026-03-01T08:5{number}:00Z"}
        (done,) = (await desk.post(MANAGER, "/api/orders/events", [{**event, **created}])).body["events"]
        yards.append((await cutoffs(desk))["container_yard"])
        return str(done["outcome"])

    assert [await tells(number, retractedEventID=back) for number, back in ((3, "e-2"), (4, "e-1"))] == ["applied"] * 2
    assert [(one["at"][:10], one["revision"]) for one in yards] == [("2026-09-02", 3), ("2026-09-04", 4), ("2026-09-06", 5)]
    assert (await cutoffs(desk))["customs"]["at"][:10] == "2026-09-05", "stated, it stands"
    # One that brought them forward is taken back while a later one stands, and what somebody typed before that.
    for number, etd in ((5, "2026-09-03"), (6, "2026-09-12")):
        await tells(number, eventDateTime=f"{etd}T12:00:00+08:00")
    assert await tells(7, retractedEventID="e-5") == "kept"
    assert [one["at"][:10] for one in yards[3:]] == ["2026-09-01", "2026-09-01", "2026-09-06"], "it slipped from the eighth"


async def test_a_delay_that_is_asked_about_names_the_cutoffs_it_would_miss(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-20")
    assert (await met(desk, "verified_gross_mass")).status == 200
    asked = await desk.post(LI, "/api/orders/SO-1/delays/simulations", delay("2026-09-17", "PACKED"))
    (simulated,) = asked.body["orders"]
    missed = {one["term"]: (one["deadline"], one["would_be"]) for one in simulated["breaches"] if one["kind"] == "cutoff"}
    assert missed["shipping_instructions"] == ("2026-09-16", "2026-09-17")
    assert missed["customs"] == ("2026-09-19", "2026-09-22")
    assert "verified_gross_mass" not in missed, "it is met"


async def test_a_rolled_shipment_has_the_cutoffs_of_its_new_vessel(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")
    body = {"vessel": "Ever Gifted", "voyage": "043W", "etd": "2026-09-08", "reason": "overbooked"}
    early = await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls/simulations", {**body, "etd": "2026-06-01"})
    (order,) = early.body["rolled"]
    assert ("customs", "2026-05-31") in [(one["term"], one["deadline"]) for one in order["breaches"]]
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", body)).status == 200
    assert (await cutoffs(desk))["customs"]["at"] == "2026-09-07T12:00:00+08:00"
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", {**body, "voyage": "044W"})).status == 200
    assert (await cutoffs(desk))["customs"]["at"] == "2026-09-07T12:00:00+08:00", "also where it sails on the same day"


async def test_goods_that_join_a_shipment_too_late_for_a_cutoff_are_told_at_once(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")
    await ring(desk, LOOK, MOVED)
    body = order(line(promised="2026-12-01"), number="SO-2", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", body)).status == 201
    (joined,) = (await move(desk, "SH-1", number="SO-2")).body["orders"]
    assert joined["planned_for"] == []
    told = [one for one in await ring(desk, MOVED) if isinstance(one, ShipmentCutoffAtRisk)]
    assert {late.number for one in told for late in one.orders} == {"SO-2"}
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-2", {"mode": "air"}, If_Match='"1"')).status == 200
    (flown,) = (await move(desk, "SH-2", number="SO-2")).body["orders"]
    assert (flown["planned_for"], flown["nodes"]) == (["sea", "barge"], []), "it keeps the plan by sea, and that is said"


async def test_goods_that_are_entered_into_a_shipment_too_late_for_a_cutoff_are_told_at_once(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")
    await ring(desk, LOOK, MOVED)
    await desk.entered(line(promised="2026-12-01", shipment="SH-1"), number="SO-2", template="export-make", incoterm="FOB")
    told = [one for one in await ring(desk, MOVED) if isinstance(one, ShipmentCutoffAtRisk)]
    assert {late.number for one in told for late in one.orders} == {"SO-2"}


async def test_goods_that_are_late_for_a_cutoff_are_told_once_of_each_revision(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")
    assert [one for one in await ring(desk, LOOK, MOVED) if isinstance(one, ShipmentCutoffAtRisk)] == []
    await desk.delayed({"milestone": "PACKED", "new_date": "2026-08-29", "causes": [{"code": "PRD-CAP"}], "action": {"en": "overtime"}})
    risk, customs = await ring(desk, LOOK, MOVED)
    assert [(one.cutoff.kind, one.missed) for one in (risk, customs)] == [("shipping_instructions", False), ("customs", False)]
    assert [(late.number, late.milestone, str(late.expected)) for late in risk.orders] == [("SO-1", "PACKED", "2026-08-29")]
    assert (await cutoffs(desk))["shipping_instructions"]["late"] == ["SO-1"]
    await desk.delayed({"milestone": "DEPART", "new_date": "2026-09-20", "causes": [{"code": "LOG-VSL"}], "action": {"en": "we wait"}})
    assert await ring(desk, LOOK, MOVED) == [], "told already"
    assert (await put(desk, "cutoffs", {"stated": [{"kind": "shipping_instructions", "at": "2026-08-27T12:00:00"}]})).status == 200
    (again,) = await ring(desk, LOOK, MOVED)
    assert (again.cutoff.kind, again.cutoff.revision) == ("shipping_instructions", 2)


async def test_a_cutoff_that_passed_is_missed_unless_it_was_met(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")
    assert (await met(desk, "verified_gross_mass")).status == 200
    told = await desk.types()
    assert (await met(desk, "verified_gross_mass")).status == 200
    assert await desk.types() == told
    assert (await met(desk, "lunch")).status == 404
    desk.clock.time = datetime(2026, 8, 29, 20, tzinfo=UTC)
    missed = await ring(desk, LOOK, MOVED)
    assert [(one.cutoff.kind, one.missed) for one in missed if isinstance(one, ShipmentCutoffAtRisk) and one.missed] == [
        ("shipping_instructions", True)
    ]
    found = await cutoffs(desk)
    assert {kind: (one["met"], one["missed"]) for kind, one in found.items()} == {
        "shipping_instructions": (False, True),
        "verified_gross_mass": (True, False),
        "container_yard": (False, False),
        "customs": (False, False),
    }
    assert (await move(desk, "SH-2")).status == 200
    desk.clock.time = datetime(2026, 8, 31, 20, tzinfo=UTC)
    assert await ring(desk, LOOK, MOVED) == [], "nothing travels in it that could miss one"
    assert not any(one["missed"] for one in (await cutoffs(desk)).values())


async def test_the_zone_is_asked_for_where_it_is_not_known(desk: Desk) -> None:
    stated = {"stated": [{"kind": "customs", "at": "2026-09-02T10:00:00"}]}
    assert set((await put(desk, "cutoffs", stated)).fields) == {"zone"}
    assert set((await put(desk, "cutoffs", {"zone": "Asia/Atlantis", **stated})).fields) == {"zone"}
    assert (await put(desk, "cutoffs", {"zone": "America/Los_Angeles", **stated})).status == 200
    assert (await cutoffs(desk))["customs"]["at"] == "2026-09-02T10:00:00-07:00"


async def test_cutoffs_of_a_port_in_one_of_several_zones_are_reckoned_or_its_zone_is_asked_for(desk: Desk) -> None:
    async def loading(port: str) -> None:
        how = {"mode": "sea", "port_of_loading": port, "booking": "B-1"}
        version = (await shown(desk))["version"]
        assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", how, If_Match=f'"{version}"')).status == 200

    await loading("USXYZ")
    asked = {"zone": "the zone of USXYZ is not known: name it, as in Asia/Shanghai"}
    assert refusal(await put(desk, "schedule", {"etd": "2026-09-08"}))[2] == {"cutoffs.zone": asked["zone"]}
    rolled = {"vessel": "X", "voyage": "1", "etd": "2026-09-08", "reason": "x"}
    for path in ("rolls", "rolls/simulations"):
        assert refusal(await desk.post(MANAGER, f"/api/orders/shipments/SH-1/{path}", rolled))[2] == asked
    event = {
        "eventID": "e-1", "eventType": "TRANSPORT", "eventCreatedDateTime": "2026-03-01T07:30:00Z", "eventClassifierCode": "EST",
        "eventDateTime": "2026-09-06T12:00:00-07:00", "transportEventTypeCode": "DEPA", "transportCall": {"UNLocationCode": "USXYZ"},
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "B-1"}],
    }  # fmt: skip
    await desk.entered(line(shipment="SH-1"))
    (done,) = (await desk.post(MANAGER, "/api/orders/events", [event])).body["events"]
    assert (done["outcome"], done["orders"], await cutoffs(desk)) == ("applied", 1, {})
    assert done["reason"] == "it has no cut-offs, because the zone of USXYZ is not known: state them, or say the schedule, with it"
    desk.clock.time = datetime(2026, 8, 20, tzinfo=UTC)

    async def unknown() -> list[tuple[str, str]]:
        await risks.look(desk.database, desk.clock)
        listed = (await desk.get(LI, "/api/orders/risks?order=SO-1")).body["items"]
        reasons = [(one["milestone"], reason) for one in listed for reason in one["reasons"]]
        return [(milestone, reason["text"]["en"]) for milestone, reason in reasons if reason["kind"] == "cutoffs_unknown"]

    assert await unknown() == [("DEPART", "the zone of USXYZ is not known, so it has no cut-offs: state them")]
    assert (await put(desk, "cutoffs", {"zone": "America/Denver", "stated": []})).status == 200
    assert await unknown() == []
    assert (await put(desk, "schedule", {"etd": "2026-09-07"})).status == 200
    assert (await cutoffs(desk))["customs"]["at"] == "2026-09-05T12:00:00-06:00", "of the departure that was tracked"
    assert (await put(desk, "schedule", {"etd": "2026-09-05"})).status == 200, "it was named"
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", rolled)).status == 200, "also for another vessel"
    assert (await cutoffs(desk))["customs"]["at"] == "2026-09-07T12:00:00-06:00"
    await loading("USLAX")
    assert refusal(await put(desk, "cutoffs", {"zone": "America/New_York"}))[2] == {
        "zone": "USLAX is not in America/New_York: it is in America/Los_Angeles"
    }
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", {**rolled, "voyage": "2"})).status == 200
    assert (await cutoffs(desk))["customs"]["at"] == "2026-09-07T12:00:00-07:00"
    desk.clock.time = datetime(2026, 9, 25, tzinfo=UTC)
    assert await unknown() == []
    await loading("USXYZ")
    assert await unknown() == [("DEPART", "the zone of USXYZ is not known, so it has no cut-offs: state them")]
    departed = {"milestone": "DEPART", "date": "2026-09-24"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", departed)).status == 201
    assert (await put(desk, "schedule", {"etd": "2026-09-08", "eta": "2026-10-20"})).status == 200, "it has left"
    assert await cutoffs(desk) == {}


async def test_another_port_of_loading_has_cutoffs_of_its_own(desk: Desk) -> None:
    async def loading(port: str | None, mode: str | None = "sea") -> dict[str, Any]:
        how, version = {"mode": mode, "port_of_loading": port}, (await shown(desk))["version"]
        assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", how, If_Match=f'"{version}"')).status == 200
        return {kind: (one["at"], one["stated"], one["revision"]) for kind, one in (await cutoffs(desk)).items()}

    await desk.entered(line(shipment="SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2")
    assert (await put(desk, "schedule", {"etd": "2026-09-08"})).status == 200
    assert await loading("CNSHA", None) == {}
    assert (await loading("CNSHA"))["customs"] == ("2026-09-07T12:00:00+08:00", False, 1), "the departure was said before the port was"
    assert (await put(desk, "cutoffs", {"stated": [{"kind": "customs", "at": "2026-09-06T10:00:00"}]})).status == 200
    found = await loading("USLAX")
    assert found["customs"] == ("2026-09-07T12:00:00-07:00", False, 3), "nobody has stated it of this port"
    assert found["container_yard"] == ("2026-09-06T12:00:00-07:00", False, 2)
    types = await desk.types()
    assert await loading("USLAX") == found
    assert (await desk.types())[len(types) :] == ["shipment.changed"]
    assert await loading("USDUT") == {}
    assert (await put(desk, "cutoffs", {"zone": "America/Anchorage"})).status == 200
    assert (await cutoffs(desk))["customs"]["at"] == "2026-09-07T12:00:00-08:00"
    assert await loading("USBUF") == {}
    assert set((await put(desk, "schedule", {"etd": "2026-09-08"})).fields) == {"cutoffs.zone"}, "the zone was said of the other port"
    assert await loading(None) == {}
    assert (await put(desk, "cutoffs", {"zone": "America/New_York"})).status == 200
    rolled = {"vessel": "X", "voyage": "1", "etd": "2026-09-08", "reason": "overbooked"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", rolled)).status == 200
    assert (await cutoffs(desk))["customs"]["at"] == "2026-09-07T12:00:00-04:00", "another vessel leaves from there as well"
    assert (await loading("USBUF"))["customs"][0] == "2026-09-07T12:00:00-04:00", "it was said of the port that is named now"
    departed = {"milestone": "DEPART", "date": "2026-03-01"}
    assert (await desk.post(MANAGER, "/api/orders/SO-1/actuals", departed)).status == 201
    assert (await loading("CNSHA"))["customs"][0] == "2026-09-07T12:00:00-04:00", "it has left"


async def test_a_cutoff_is_in_the_time_of_the_port_before_the_departure_and_ahead(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")

    async def said(at: str, **more: str) -> Any:
        return await put(desk, "cutoffs", {**more, "stated": [{"kind": "customs", "at": at}]})

    assert refusal(await said("2026-08-30T10:00:00", zone="Europe/Berlin"))[2] == {
        "zone": "CNSHA is not in Europe/Berlin: it is in Asia/Shanghai"
    }
    for at in ("2026-09-02T10:00:00", "2026-09-01T20:00:00+00:00"):
        assert refusal(await said(at))[2] == {"stated.0.at": "2026-09-02 lies after the departure, which is expected on 2026-09-01"}
    assert refusal(await said("2025-09-01T10:00:00"))[2] == {"stated.0.at": "2025-09-01 has passed: today is 2026-03-01"}
    desk.clock.time = datetime(2026, 8, 20, 17, tzinfo=UTC)
    assert refusal(await said("2026-08-20T23:00:00"))[2] == {"stated.0.at": "2026-08-20 has passed: today is 2026-08-21"}, "there it is"
    assert (await said("2026-09-01T10:00:00", zone=SHANGHAI)).status == 200
    desk.clock.time = datetime(2026, 9, 20, tzinfo=UTC)
    assert (await said("2026-09-01T10:00:00")).status == 200, "it stands"
    assert (await said("2026-08-31T10:00:00")).status == 200, "what has passed is corrected"
    assert (await cutoffs(desk))["customs"]["revision"] == 3


async def test_late_goods_are_in_the_work_list_of_whom_they_concern(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")
    await desk.delayed({"milestone": "PACKED", "new_date": "2026-08-29", "causes": [{"code": "PRD-CAP"}], "action": {"en": "overtime"}})
    assert (await desk.get(LI, "/api/orders/work")).body["cutoffs"]["items"] == []
    assert (await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "BKG_CONF", "date": "2026-03-01"})).status == 201
    await ring(desk, LOOK, MOVED)
    assert {kind: (one["met"], one["late"]) for kind, one in (await cutoffs(desk)).items() if one["late"]} == {
        "shipping_instructions": (False, ["SO-1"]),
        "customs": (False, ["SO-1"]),
    }, "goods that are not packed are late for them, though their space is booked"
    items = (await desk.get(LI, "/api/orders/work")).body["cutoffs"]["items"]
    assert [(one["shipment"], one["kind"], one["missed"]) for one in items] == [
        ("SH-1", "shipping_instructions", False),
        ("SH-1", "customs", False),
    ]
    assert (await desk.get(CHEN, "/api/orders/work")).body["cutoffs"]["items"] == []
    assert (await met(desk, "shipping_instructions")).status == 200
    assert [one["kind"] for one in (await desk.get(LI, "/api/orders/work")).body["cutoffs"]["items"]] == ["customs"]


async def test_nobody_is_warned_of_the_cutoffs_of_a_vessel_that_has_left(desk: Desk) -> None:
    await sailing(desk, etd="2026-09-01")
    await desk.entered(line(shipment="SH-1"), number="SO-2")
    late = delay("2026-08-29", "PACKED")

    async def about_cutoffs() -> tuple[set[str], set[str]]:
        """What SO-1 is warned of, and what it would miss."""
        while await risks.look(desk.database, desk.clock):
            pass
        warned = (await desk.get(LI, "/api/orders/risks?order=SO-1")).body["items"]
        kinds = {reason["kind"] for one in warned for reason in one["reasons"]} & {"cutoff_near"}
        (asked,) = (await desk.post(LI, "/api/orders/SO-1/delays/simulations", late)).body["orders"]
        return kinds, {one["kind"] for one in asked["breaches"]} & {"cutoff"}

    assert await about_cutoffs() == (set(), {"cutoff"})
    await desk.delayed(delay("2026-08-28", "PACKED"))
    late = delay("2026-09-06", "CY_CUT")
    assert await about_cutoffs() == ({"cutoff_near"}, {"cutoff"})
    await ring(desk, LOOK, MOVED)
    await desk.entered(line(shipment="SH-1", promised="2026-09-01"), number="SO-3", template="export-make", incoterm="CIF")
    for milestone in ("PAY_DEP", "PP_OK", "ON_BOARD"):
        happened = {"milestone": milestone, "date": "2026-03-01"}
        assert (await desk.post(MANAGER, "/api/orders/SO-3/actuals", happened)).status == 201
    await ring(desk, LOOK, MOVED)
    assert await about_cutoffs() == ({"cutoff_near"}, {"cutoff"}), "other goods are on board, these can still be handed in"
    departed = {"milestone": "DEPART", "date": "2026-03-01"}
    assert (await desk.post(MANAGER, "/api/orders/SO-2/actuals", departed)).status == 201
    await ring(desk, LOOK, MOVED)
    assert await about_cutoffs() == (set(), set()), "at once, though nothing of SO-1 has moved"


async def test_nobody_is_warned_that_a_vessel_whose_goods_have_left_has_no_cutoffs(desk: Desk) -> None:
    how = {"mode": "sea", "port_of_loading": "CNSHA"}
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", how, If_Match='"1"')).status == 200
    await desk.entered(line(shipment="SH-1", promised="2026-09-01"), template="export-make", incoterm="CIF")
    for milestone in ("PAY_DEP", "PP_OK", "ON_BOARD"):
        happened = {"milestone": milestone, "date": "2026-03-01"}
        assert (await desk.post(MANAGER, "/api/orders/SO-1/actuals", happened)).status == 201
    assert (await put(desk, "schedule", {"etd": "2026-03-03"})).status == 200
    await risks.look(desk.database, desk.clock)
    listed = (await desk.get(LI, "/api/orders/risks?order=SO-1")).body["items"]
    assert (await cutoffs(desk), [one["milestone"] for one in listed if one["milestone"] == "DEPART"]) == ({}, [])


async def test_customers_are_told_that_their_goods_arrive(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2", customer="BOLT")
    assert (await put(desk, "schedule", {"etd": "2026-04-27", "eta": "2026-05-27"})).status == 200
    assert await ring(desk, ARRIVING) == []
    desk.clock.time = datetime(2026, 5, 22, 1, tzinfo=UTC)
    departed = {"milestone": "DEPART", "date": "2026-04-27"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", departed)).status == 201
    (told,) = await ring(desk, ARRIVING)
    assert isinstance(told, ShipmentArriving)
    assert (str(told.eta), [(one.number, str(one.eta)) for one in told.orders]) == (
        "2026-05-27",
        [("SO-1", "2026-05-27"), ("SO-2", "2026-05-27")],
    )
    desk.clock.time += timedelta(days=1)
    assert await ring(desk, ARRIVING) == [], "the same day is told once"
    await desk.delayed({"milestone": "ARRIVE", "new_date": "2026-05-29", "causes": [{"code": "LOG-PORT"}], "action": {"en": "we wait"}},
                       "/api/orders/shipments/SH-1")  # fmt: skip
    desk.clock.time += timedelta(days=1)
    (later,) = await ring(desk, ARRIVING)
    assert str(later.eta) == "2026-05-29"
    arrived = {"milestone": "ARRIVE", "date": "2026-05-24"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", arrived)).status == 201
    desk.clock.time += timedelta(days=1)
    assert await ring(desk, ARRIVING) == []
    assert (await shown(desk))["ata"] == "2026-05-24"


async def test_the_firm_and_the_shipment_say_how_long_before(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    assert (await put(desk, "schedule", {"etd": "2026-04-27", "eta": "2026-05-27"})).status == 200
    notices = {one["mode"]: one for one in (await desk.get(LI, "/api/orders/arrival-notices")).body["items"]}
    assert (len(notices), notices["sea"]["days"], notices["air"]["days"]) == (7, 5, 1)
    path, said = "/api/orders/arrival-notices/sea", {"days": 9}
    assert (await desk.put(LI, path, said, If_Match='"1"')).status == 403
    assert (await desk.put(MANAGER, "/api/orders/arrival-notices/swim", said, If_Match='"1"')).status == 404
    assert set((await desk.put(MANAGER, path, {"days": 61}, If_Match='"1"')).fields) == {"days"}
    assert (await desk.put(MANAGER, path, said, If_Match='"1"')).body == {"mode": "sea", "days": 9, "version": 2}
    assert (await desk.put(MANAGER, path, said, If_Match='"1"')).slug == "stale"
    desk.clock.time = datetime(2026, 5, 17, 1, tzinfo=UTC)
    assert await ring(desk, ARRIVING) == []
    assert (await put(desk, "delivery", {"notice_days": 10})).status == 200
    assert await ring(desk, ARRIVING) == [], "it was only due to leave: nobody knows that it did"
    departed = {"milestone": "DEPART", "date": "2026-04-27"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", departed)).status == 201
    desk.clock.time += timedelta(days=1)
    (told,) = await ring(desk, ARRIVING)
    assert str(told.eta) == "2026-05-27"
    desk.clock.time = datetime(2026, 5, 29, 1, tzinfo=UTC)
    assert (await desk.pass_day(), (await desk.expected())["ARRIVE"]) == (1, "2026-05-29")
    assert await ring(desk, ARRIVING) == [], "days that pass tell no other day"
    assert set((await put(desk, "delivery", {"notice_days": -1})).fields) == {"notice_days"}
