"""Rules of letters of credit, on made-up plans: their days, what endangers them, and that it is told once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.credits.domain import (
    CreditTerm,
    backward,
    check_orders,
    deadlines,
    news,
    parted,
    present_by,
    risks,
)
from services.orders.credits.model import Credit, CreditBody, Deadline
from services.orders.planning.domain import plan_leg, settle
from services.orders.planning.model import Line, OpenDelay, Plan
from services.orders.templates.domain import Network, compile_template
from shared.calendars import NO_DAY_OFF, WorkCalendar
from shared.contracts.approvals import Money
from shared.contracts.calendars import EVERY_DAY
from shared.contracts.credits import CoveredOrder, CreditAtRisk, CreditRecovered
from shared.contracts.shipments import Transport
from shared.problems import Invalid
from tests.orders.networks import calendar, made_calendars
from tests.orders.plans import CUSTOMER, NOW, day, step, template

BANK = calendar("country-cn", "five_days", country="CN")
TODAY = NOW.date()


@cache
def network(loaded: str) -> Network:
    steps = (step("PRD_END", 10), step(loaded, 5, "PRD_END"), step("DEPART", 0, loaded), step("DOC_SENT", 5, loaded))
    return compile_template(template(*steps, step("ARRIVE", 30, "DEPART"), delivery_point=loaded), 1)


def shipping(
    on_board: date,
    *shipments: str | None,
    number: str = "SO-1",
    transports: Mapping[str, Transport] | None = None,
    loaded: str = "ON_BOARD",
) -> Plan:
    """A plan loaded on that day, its documents sent five days after."""
    legs = shipments or ("SH-1",)
    nodes = [
        node
        for shipment in legs
        for node in plan_leg(network(loaded), [EVERY_DAY] * 5, {EVERY_DAY: NO_DAY_OFF}, point=loaded, shipment=shipment, promise=on_board)
    ]
    lines = tuple(Line(str(at), shipment, on_board, on_board) for at, shipment in enumerate(legs))
    order_id, travel = UUID(int=sum(map(ord, number))), {shipment: Transport() for shipment in legs if shipment}
    days = {EVERY_DAY: NO_DAY_OFF}
    found = Plan(order_id, number, CUSTOMER, loaded, "open", 1, lines, tuple(nodes), network(loaded), days)
    return settle(replace(found, transports={**travel, **(transports or {})}))


def credit(*plans: Plan, bank_days: WorkCalendar = BANK, **changes: Any) -> Credit:
    orders = tuple(CoveredOrder(order_id=plan.order_id, number=plan.number) for plan in plans)
    said: dict[str, Any] = {
        "latest_shipment": day("2026-04-30"), "expires_on": day("2026-05-21"), "presentation_days": 21, "partial_shipments": True,
        "transhipment": True, "amount": Money(amount=Decimal(1000), currency="USD"), "tolerance_over": Decimal(5),
    }  # fmt: skip
    return Credit(
        credit_id=UUID(int=41), number="LC-1", customer_id=CUSTOMER, issuing_bank="Commerzbank", tolerance_under=Decimal(0),
        expiry_place="Shanghai", expiry_country="CN", orders=orders, status="open", opened_by="li.wei", opened_at=NOW, closed_by=None,
        closed_at=None, outcome=None, version=1, bank_calendar="country-cn", bank_days=bank_days, **{**said, **changes},
    )  # fmt: skip


def typed(**changes: Any) -> CreditBody:
    return CreditBody.model_validate({
        "number": "LC-1", "issuing_bank": "Commerzbank", "amount": {"amount": "100", "currency": "USD"}, "expires_on": "2026-05-21",
        "expiry_place": "Shanghai", "expiry_country": "CN", "transhipment": True, **changes,
    })  # fmt: skip


def test_a_credit_pays_orders_in_its_currency() -> None:
    """UCP 600, art. 18 a iii. An order whose currency nobody has said may be paid."""
    plans = {number: shipping(day("2026-04-27"), number=number) for number in ("SO-1", "SO-2", "SO-3")}
    body = typed(orders=list(plans))
    with pytest.raises(Invalid) as refused:
        check_orders(plans, body, CUSTOMER, {"SO-1": "USD", "SO-2": "EUR"}, TODAY)
    (error,) = refused.value.errors
    assert (error.field, error.reason) == ("orders.1", "order SO-2 is in EUR: a credit in USD does not pay it")
    assert [one.number for one in check_orders(plans, body, CUSTOMER, {"SO-1": "USD"}, TODAY)] == list(plans)


@pytest.mark.parametrize(
    ("days", "fields"),
    [
        ({"latest_shipment": "2025-11-01"}, ["latest_shipment"]),
        ({"latest_shipment": "2025-11-01", "expires_on": "2025-11-22"}, ["latest_shipment", "expires_on"]),
        ({"expires_on": "2036-05-21"}, ["expires_on"]),
        ({"expires_on": "2036-05-21", "orders": []}, ["expires_on"]),
        ({"expires_on": "2026-02-20"}, []),
        ({"expires_on": "2025-11-22", "orders": []}, []),
    ],
)
def test_a_credit_may_be_entered_when_it_is_over_but_is_none_of_other_years(days: dict[str, Any], fields: list[str]) -> None:
    first, second = (shipping(day("2026-04-27"), number=number) for number in ("SO-1", "SO-2"))
    plans = {"SO-1": replace(first, ordered_on=day("2026-02-20")), "SO-2": replace(second, ordered_on=day("2026-02-25"))}
    body = typed(**{"orders": list(plans), **days})
    asked = {number: plans[number] for number in body.orders}
    if not fields:
        assert len(check_orders(asked, body, CUSTOMER, {}, TODAY)) == len(asked)
        return
    with pytest.raises(Invalid) as refused:
        check_orders(asked, body, CUSTOMER, {}, TODAY)
    assert [error.field for error in refused.value.errors] == fields


def later(plan: Plan, milestone: str, to: date) -> Plan:
    shipment = plan.nodes[0].shipment
    return settle(replace(plan, delays=(OpenDelay(UUID(int=9), shipment, milestone, to),)))


def days_of(plan: Plan, terms: Credit, today: date = date.min) -> dict[str, Deadline]:
    return {one.kind: one for one in deadlines(terms, plan, today)}


def told(terms: Credit, *plans: Plan, value: int = 0, today: date = TODAY) -> list[tuple[Any, ...]]:
    found = risks(terms, plans, Decimal(value), today)
    return [(one.kind, one.order.number if one.order else None, one.shipment, one.would_be) for one in found]


some_days = st.integers(0, 60)


@given(st.integers(-40, 40), some_days, st.integers(-30, 60), some_days, st.sampled_from(made_calendars()))
def test_documents_in_time_are_in_the_period_and_before_the_expiry(
    slip: int, period: int, expiry: int, documents: int, bank_days: WorkCalendar
) -> None:
    plan = shipping(day("2026-04-20") + timedelta(days=slip))
    plan = later(plan, "DOC_SENT", plan.at(("SH-1", "ON_BOARD")).estimated + timedelta(days=documents))
    terms = credit(
        plan, bank_days=bank_days, latest_shipment=None, presentation_days=period, expires_on=day("2026-05-10") + timedelta(days=expiry)
    )
    found = days_of(plan, terms)
    last = present_by(found.values())
    in_time = not (found["presentation"].broken or found["expiry"].broken)
    assert in_time == (plan.at(("SH-1", "DOC_SENT")).estimated <= last)
    assert bank_days.is_open(last.toordinal())
    assert last >= min(plan.at(("SH-1", "ON_BOARD")).estimated + timedelta(days=period), terms.expires_on)
    for one in found.values():
        assert one.amend_by <= one.day
        assert bank_days.is_open(one.amend_by.toordinal())


@given(st.integers(0, 60), st.integers(0, 40))
def test_a_later_shipment_keeps_no_more_than_an_earlier_one(slip: int, more: int) -> None:
    plan = shipping(day("2026-04-01"))
    terms = credit(plan)
    earlier, after = (later(plan, "ON_BOARD", day("2026-04-01") + timedelta(days=days)) for days in (slip, slip + more))
    broken = [{one.kind for one in deadlines(terms, moved) if one.broken} for moved in (earlier, after)]
    assert broken[0] <= broken[1]


@given(st.integers(-20, 20), some_days, st.sampled_from(made_calendars()))
def test_what_is_counted_backward_keeps_the_credit_when_it_is_kept(slip: int, expiry: int, bank_days: WorkCalendar) -> None:
    plan = shipping(day("2026-04-20"))
    terms = credit(
        plan, bank_days=bank_days, latest_shipment=day("2026-04-20") + timedelta(days=slip), presentation_days=60,
        expires_on=day("2026-04-20") + timedelta(days=slip + expiry),
    )  # fmt: skip
    for code, last in backward(terms, plan, "SH-1", deadlines(terms, plan)).items():
        if last >= plan.at(("SH-1", code)).estimated:
            kept = days_of(later(plan, code, last), terms)
            assert not any(one.broken for one in kept.values())
            broken = days_of(later(plan, code, last + timedelta(days=1)), terms)
            assert any(one.broken for one in broken.values()) or bank_days is not NO_DAY_OFF


def test_a_closed_day_extends_the_expiry_and_the_period_but_never_the_shipment() -> None:
    """30 April 2026 is a Thursday, 1 to 5 May are holidays in China, 9 May is worked instead."""
    plan = shipping(day("2026-04-10"))
    found = days_of(plan, credit(plan, latest_shipment=day("2026-05-01"), expires_on=day("2026-05-02")))
    assert (found["latest_shipment"].day, found["latest_shipment"].amend_by) == (day("2026-05-01"), day("2026-04-30"))
    # 21 days after the 10th is 1 May, a holiday.
    assert found["presentation"].day == day("2026-05-06")
    assert found["expiry"].day == day("2026-05-06")
    assert days_of(later(plan, "ON_BOARD", day("2026-05-02")), credit(plan, latest_shipment=day("2026-05-01")))["latest_shipment"].at_risk
    saturday = days_of(plan, credit(plan, expires_on=day("2026-05-09")))["expiry"]
    assert saturday.day == day("2026-05-09")


def test_what_no_vessel_loads_is_shipped_when_the_carrier_takes_it_over() -> None:
    """The period for the documents runs from there, however much later the truck or the aeroplane leaves."""
    plan = later(shipping(day("2026-04-10"), loaded="HANDED_OVER"), "DEPART", day("2026-05-02"))
    found = days_of(plan, credit(plan))
    assert (found["latest_shipment"].expected, found["latest_shipment"].at_risk) == (day("2026-04-10"), False)
    assert found["presentation"].day == day("2026-05-06")


def test_only_what_is_over_or_happened_later_is_missed() -> None:
    """A day that is still to come is at risk, however late the goods are expected."""
    plan = later(shipping(day("2026-04-20")), "ON_BOARD", day("2026-05-02"))
    terms = credit(plan)
    loaded = {node.milestone: node for node in plan.nodes}["ON_BOARD"]
    shipped = settle(replace(plan, nodes=tuple(replace(one, actual=one.estimated) if one is loaded else one for one in plan.nodes)))
    cases = [(plan, "2026-04-30", (False, True)), (plan, "2026-05-01", (True, False)), (shipped, "2026-05-02", (True, False))]
    for known, today, said in cases:
        (found,) = (one for one in deadlines(terms, known, day(today)) if one.kind == "latest_shipment")
        assert (found.missed, found.at_risk) == said


def test_a_day_that_is_over_is_missed_without_any_delay() -> None:
    plan = shipping(day("2026-04-20"))
    terms = credit(plan)
    assert told(terms, plan, today=day("2026-04-30")) == []
    assert told(terms, plan, today=day("2026-05-01")) == [("latest_shipment", "SO-1", "SH-1", None)]
    nodes = tuple(replace(node, actual=day("2026-04-20")) if node.milestone == "ON_BOARD" else node for node in plan.nodes)
    shipped = settle(replace(plan, nodes=nodes))
    assert told(terms, shipped, today=day("2026-05-01")) == []
    # Shipped on the 20th: until 11 May.
    assert told(terms, shipped, today=day("2026-05-11")) == []
    assert told(terms, shipped, today=day("2026-05-12")) == [("presentation", "SO-1", "SH-1", None)]


def test_a_risk_is_told_once_for_each_day_it_comes_to_and_taken_back() -> None:
    plan = shipping(day("2026-04-20"))
    terms = credit(plan)

    def look(known: Any, moved: Plan) -> Any:
        return news(terms, known, risks(terms, [moved], Decimal(0), TODAY))

    late = later(plan, "ON_BOARD", day("2026-05-02"))
    kept, events = look((), late)
    (told_now,) = events
    assert isinstance(told_now, CreditAtRisk)
    assert [(one.kind, one.revision, str(one.amend_by)) for one in told_now.risks] == [("latest_shipment", 1, "2026-04-30")]
    assert look(kept, late) == (kept, ())
    again, (moved,) = look(kept, later(plan, "ON_BOARD", day("2026-05-03")))
    assert isinstance(moved, CreditAtRisk)
    assert [one.revision for one in moved.risks] == [2]
    none, (back,) = look(again, plan)
    assert none == ()
    assert isinstance(back, CreditRecovered)
    assert back.risks == again


def test_goods_travel_apart_only_on_one_vessel() -> None:
    ship = Transport(vessel="Ever Given", voyage="042W")
    together = shipping(day("2026-04-20"), "SH-1", "SH-2", transports={"SH-1": ship, "SH-2": Transport(vessel="EVER GIVEN", voyage="042w")})
    apart = shipping(day("2026-04-20"), "SH-1", "SH-2", transports={"SH-1": ship})
    other = shipping(day("2026-04-22"), "SH-3", number="SO-2")
    for plans, expected in [
        ([together], []),
        ([apart], [("partial_shipment", "SO-1", "SH-2", None)]),
        ([together, other], [("partial_shipment", "SO-2", "SH-3", None)]),
    ]:
        assert told(credit(*plans, partial_shipments=False), *plans) == expected
        assert told(credit(*plans), *plans) == []


KING = Transport(vessel="King", voyage="1")


def departed(plan: Plan, shipment: str | None, on: str) -> Plan:
    happened = {(shipment, milestone) for milestone in ("PRD_END", "ON_BOARD", "DEPART")}
    return settle(replace(plan, nodes=tuple(replace(node, actual=day(on)) if node.key in happened else node for node in plan.nodes)))


def test_goods_that_wait_in_no_shipment_are_warned_of_until_they_are_in_the_others() -> None:
    """Of one order at once; a whole order where it leaves later, or once one of both has left: on one day they may have left together."""
    part = shipping(day("2026-04-20"), None, "SH-1")
    booked, waits = shipping(day("2026-04-20"), "SH-1"), shipping(day("2026-04-20"), None, number="SO-2")
    sailed, alone = departed(booked, "SH-1", "2026-04-18"), departed(waits, None, "2026-04-19")
    for plans, expected in [
        ([part], [("SO-1", None)]),
        ([booked, waits], []),
        ([booked, shipping(day("2026-04-21"), None, number="SO-2")], [("SO-2", None)]),
        ([sailed, waits], [("SO-2", None)]),
        ([sailed, alone], [("SO-2", None)]),
        ([booked, alone], [("SO-2", None)]),
        ([sailed, departed(waits, None, "2026-04-18")], []),
        ([alone, shipping(day("2026-04-20"), None)], []),
    ]:
        terms = credit(*plans, partial_shipments=False, latest_shipment=day("2026-05-31"), expires_on=day("2026-06-30"))
        found = risks(terms, plans, Decimal(0), TODAY)
        assert [(one.kind, one.order and one.order.number, one.shipment) for one in found] == [
            ("partial_shipment", *one) for one in expected
        ]
        assert all(one.amend_by <= day("2026-04-20") for one in found if one.amend_by), "before the vessel leaves"
        assert told(replace(terms, partial_shipments=True), *plans) == []
    whole, strict = shipping(day("2026-04-20"), "SH-1"), credit(part, partial_shipments=False)
    (breach,) = set(CreditTerm(strict).breaches(part)) - set(CreditTerm(strict).breaches(whole))
    assert (breach.kind, breach.shipment, str(breach.deadline)) == ("partial_shipment", None, "2026-04-20")


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (("SH-1", "SH-1"), ("SH-1", None), True),
        (("SH-1", "SH-2"), ("SH-1", None), True),
        (("SH-1", None), ("SH-1", "SH-3"), True),
        (("SH-1", None), ("SH-1", "SH-2"), False),
        (("SH-1", None), ("SH-1", None), False),
    ],
)
def test_what_is_left_behind_parts_against_a_credit(
    before: tuple[str | None, str | None], after: tuple[str | None, str | None], worse: bool
) -> None:
    """SO-1 has left in SH-1; SH-2 travels with the same vessel."""
    how = {"SH-1": KING, "SH-2": KING, "SH-3": Transport()}

    def plans(legs: tuple[str | None, str | None], *, sailed: bool) -> dict[UUID, Plan]:
        one, two = (shipping(day("2026-04-20"), leg, number=f"SO-{at}", transports=how) for at, leg in enumerate(legs))
        return {plan.order_id: plan for plan in (departed(one, legs[0], "2026-04-18") if sailed else one, two)}

    for sailed in (True, False):
        was, now = plans(before, sailed=sailed), plans(after, sailed=sailed)
        strict = credit(*was.values(), partial_shipments=False)
        assert parted([strict], was, now) == [strict] * (worse and (sailed or after[1] is not None))


def test_transhipment_counts_by_sea_without_containers() -> None:
    for transport, forbidden in [
        (Transport(mode="sea", transhipment_ports=("SGSIN",)), True),
        (Transport(mode="sea", transhipment_ports=("SGSIN",), containers=("MSKU1234565",)), False),
        (Transport(mode="air", transhipment_ports=("SGSIN",)), False),
        (Transport(mode="sea"), False),
    ]:
        plan = shipping(day("2026-04-20"), transports={"SH-1": transport})
        assert [kind for kind, *_ in told(credit(plan, transhipment=False), plan)] == ["transhipment"] * forbidden
        assert told(credit(plan), plan) == []


@pytest.mark.parametrize(("value", "over"), [(1000, False), (1050, False), (1051, True)])
def test_orders_may_be_worth_the_amount_with_its_tolerance(value: int, over: bool) -> None:
    plan = shipping(day("2026-04-20"))
    assert told(credit(plan), plan, value=value) == [("amount", None, None, None)] * over


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (("SH-1", "SH-1"), ("SH-1", "SH-2"), False),
        (("SH-1", "SH-1"), ("SH-1", "SH-3"), True),
        (("SH-1", "SH-2"), ("SH-1", "SH-3"), True),
        (("SH-1", "SH-3"), ("SH-2", "SH-4"), False),
        (("SH-1", "SH-3"), ("SH-1", "SH-2"), False),
        ((None, None), (None, "SH-3"), False),
        ((None, "SH-1"), ("SH-3", "SH-1"), True),
        (("SH-1", "SH-1"), ("SH-3", "SH-3"), False),
    ],
)
def test_goods_part_against_a_credit_that_forbids_it(
    before: tuple[str | None, str | None], after: tuple[str | None, str | None], worse: bool
) -> None:
    """SH-1 and SH-2 travel with one vessel, the others by themselves: of one order, and of two."""

    def plans(legs: tuple[str | None, str | None], together: bool) -> dict[UUID, Plan]:
        how = {"SH-1": KING, "SH-2": KING, "SH-3": Transport(), "SH-4": Transport()}
        one, two = legs
        made = [(one, two)] if together else [(one,), (two,)]
        found = [shipping(day("2026-04-20"), *dict.fromkeys(own), number=f"SO-{at}", transports=how) for at, own in enumerate(made)]
        return {plan.order_id: plan for plan in found}

    for together in (True, False):
        was, now = plans(before, together), plans(after, together)
        free, strict = credit(*was.values()), credit(*was.values(), partial_shipments=False)
        assert parted([free, strict], was, now) == [strict] * worse


def test_a_closed_credit_endangers_nothing() -> None:
    plan = later(shipping(day("2026-04-20")), "ON_BOARD", day("2026-07-01"))
    assert told(replace(credit(plan), status="closed"), plan, value=9999) == []


def test_as_a_term_it_answers_the_days_a_plan_misses() -> None:
    plan = shipping(day("2026-04-20"))
    term = CreditTerm(credit(plan))
    assert list(term.breaches(plan)) == []
    (found,) = term.breaches(later(plan, "ON_BOARD", day("2026-05-02")))
    assert (found.kind, found.term, str(found.deadline), str(found.would_be)) == ("latest_shipment", "LC-1", "2026-04-30", "2026-05-02")
