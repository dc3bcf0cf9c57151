"""Rules of material: what is there is counted, and what lines say of the milestone that waits for them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.corrections.domain import correct
from services.orders.delays.domain import retract_delay
from services.orders.materials import domain
from services.orders.materials.domain import FOLLOWS, MaterialElsewhere, anew, feed, late, needed_by
from services.orders.materials.model import CorrectReceipt, Material, MaterialTerms, NeededMaterial, NewReceipt, Purchase, Shortage
from services.orders.milestones.domain import record
from services.orders.planning.domain import latest
from services.orders.planning.model import Key, Plan, Stated
from services.orders.planning.obstacles import Failed
from services.orders.risks.model import Limit, View
from services.orders.templates.domain import compile_template
from shared.contracts.estimates import EstimateSource, MilestoneEstimated
from shared.contracts.orders import MilestoneAchieved
from shared.problems import Invalid, NotFound
from tests.orders.plans import KNOWN, NOW, TODAY, day, delay_body, entered, line, log, step, template
from tests.orders.plans import after as delayed

NETWORK = compile_template(
    template(
        step("ORD_CONF", 0),
        step("MAT_PO", 3, "ORD_CONF"),
        step("MAT_IN", 18, "MAT_PO"),
        step("PRD_START", 0, "MAT_IN"),
        step("PRD_END", 20, "PRD_START", early=True),
        step("DEPART", 0, "PRD_END"),
        step("DELIVERED", 30, "DEPART", early=True),
    ),
    1,
)
"""Promised for 2026-06-01: MAT_PO 2026-03-25, MAT_IN 2026-04-12, PRD_END 2026-05-02."""
KEY: Key = (None, "MAT_IN")
eta_days = st.integers(0, 90)


def plan(*lines: dict[str, Any]) -> Plan:
    return entered(*lines, known=replace(KNOWN, templates={"test": NETWORK}))


def needed(of: Plan, *asked: dict[str, Any]) -> list[Material]:
    bodies = [NeededMaterial.model_validate({"material": "FAB", "quantity": "1000", "uom": "MTR", **one}) for one in asked or ({},)]
    ids = [UUID(int=70 + at) for at in range(len(bodies))]
    return domain.need(of, bodies, ids=ids, customer="ACME", suppliers={"MILL"}, there=0, today=TODAY)


def bought(of: Plan, *etas: str | None) -> list[Material]:
    return needed(of, *({"po_number": "P-1", "ordered_on": TODAY, "eta": eta} for eta in etas))


def came(known: Material, quantity: str | Decimal, days: int = 0) -> Material:
    body = NewReceipt.model_validate({"quantity": quantity, "date": TODAY + timedelta(days=days)})
    return domain.receive(known, body, "zhu.lin", TODAY + timedelta(days=100))[0]


def short(known: Material) -> Material:
    body = Shortage.model_validate({"reason": "no more yarn", "date": TODAY})
    return domain.close_short(known, body, exception_id=UUID(int=9), by="zhu.lin", now=NOW)[0]


def fed(of: Plan, before: list[Material], after: list[Material]) -> Plan:
    return feed(of, before, after, NOW).settled.after


def corrected(known: Material, number: int, **said: Any) -> Material:
    body = CorrectReceipt.model_validate({"reason": "counted twice", **said})
    return domain.correct_receipt(known, number, body, "zhu.lin", TODAY + timedelta(days=100))[0]


@given(st.lists(st.one_of(st.none(), eta_days), min_size=1, max_size=5))
def test_the_milestone_is_expected_with_the_last_of_what_comes(days: list[int | None]) -> None:
    of = plan()
    etas = [None if one is None else TODAY + timedelta(days=one) for one in days]
    after = fed(of, [], bought(of, *(str(eta) if eta else None for eta in etas)))
    known = [eta for eta in etas if eta is not None]
    if None in etas:
        # what nobody knows of counts as coming when it is planned
        known.append(of.at(KEY).planned)
    earliest = after.at((None, "MAT_PO")).estimated
    assert after.at(KEY).estimated == max(*known, earliest)
    assert [one.promised for one in after.lines] == [one.promised for one in of.lines]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_it_has_happened_when_the_last_is_there_in_whatever_order_they_come(ends: list[tuple[bool, int]], order: Any) -> None:
    of = plan()
    lines = bought(of, *["2026-04-01"] * len(ends))
    now = fed(of, [], lines)
    assert now.at((None, "MAT_PO")).actual == TODAY, "the last was ordered then"
    turns = list(range(len(ends)))
    order.shuffle(turns)
    for turn in turns:
        assert now.at(KEY).actual is None
        comes, days = ends[turn]
        done = came(lines[turn], "1000", days) if comes else short(lines[turn])
        after = [done if at == turn else one for at, one in enumerate(lines)]
        now, lines = fed(now, lines, after), after
    if any(comes for comes, _ in ends):
        assert now.at(KEY).actual == max(TODAY + timedelta(days=days if comes else 0) for comes, days in ends)
    else:
        assert now.at(KEY).actual is None, "nothing came"


def test_what_somebody_took_back_is_met_again_with_another_day_of_the_purchase() -> None:
    of, key, before = plan(), (None, "MAT_PO"), TODAY - timedelta(days=1)
    lines = bought(of, None)
    back = correct(fed(of, [], lines), (), key[1], None, None, "not signed", by_hand=NOW).settled.after
    assert [anew(back, lines, NOW).after.at(key).actual, fed(back, lines, lines).at(key).actual] == [None, None]
    again, _ = domain.order(lines[0], Purchase(po_number="P-1", date=before), set(), TODAY)
    assert fed(back, lines, [again]).at(key).actual == before


@given(st.decimals("0", "50", places=3), st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_never_more_comes_than_may_and_all_is_there_within_the_tolerance(percent: Decimal, parts: list[int]) -> None:
    (known,) = needed(plan(), {"po_number": "P-1", "ordered_on": TODAY, "tolerance_percent": percent})
    for part in parts:
        if known.received + part > known.quantity * (1 + percent / 100):
            with pytest.raises(Invalid, match="at most, or change the quantity first"):
                came(known, str(part))
        else:
            known = came(known, str(part))
        assert known.received <= known.most
        assert (known.state == "received") == (known.received >= known.quantity * (1 - percent / 100))
    more = MaterialTerms.model_validate({"material": "FAB", "quantity": known.quantity * 3, "uom": "MTR"})
    again, _ = domain.change(known, plan(), more, set(), TODAY)
    assert (again.state, again.version) == ("ordered", known.version + 1)


@given(st.lists(st.sampled_from(["order", "expect", "receive", "short", "withdraw", "change"]), max_size=8))
def test_whatever_is_tried_each_deed_follows_on_the_last(deeds: list[str]) -> None:
    of = plan()
    (known,) = needed(of)
    for at, deed in enumerate(deeds):
        before = known
        try:
            match deed:
                case "order":
                    known, _ = domain.order(known, Purchase(po_number=f"P-{at}", date=TODAY), set(), TODAY)
                case "expect":
                    known = (domain.expect(known, TODAY + timedelta(days=at), TODAY) or (known, None))[0]
                case "receive":
                    known = came(known, "400")
                case "short":
                    known = short(known)
                case "withdraw":
                    known, _ = domain.withdraw(known, "not needed")
                case _:
                    body = MaterialTerms.model_validate({"material": "FAB", "quantity": "1000", "uom": "MTR"})
                    known, _ = domain.change(known, of, body, set(), TODAY)
        except MaterialElsewhere:
            assert deed not in FOLLOWS[before.state]
        except Invalid:
            assert deed in FOLLOWS[before.state]
        else:
            assert deed in FOLLOWS[before.state]
            assert known.version - before.version <= 1
    assert (known.state == "planned") <= (known.ordered_on is None)
    assert (known.done_on is not None) == (known.state in ("received", "short"))
    assert known.open == (known.state in ("planned", "ordered"))


def test_a_word_of_somebody_else_stands_until_material_says_another_day() -> None:
    of = plan()
    lines = bought(of, "2026-04-20", "2026-04-18")
    said = fed(of, [], lines)
    owner = Stated(day("2026-04-30"), None, "owner", NOW)
    other = replace(said, nodes=tuple(replace(node, stated=owner) if node.key == KEY else node for node in said.nodes))
    first = [lines[0], came(lines[1], "1000")]
    assert feed(other, lines, first, NOW).settled.events == ()
    later, _ = domain.expect(first[0], day("2026-05-05"), TODAY) or (None, None)
    assert later is not None
    assert fed(other, first, [later, first[1]]).at(KEY).estimated == day("2026-05-05")
    silent = replace(other, nodes=tuple(replace(node, stated=None) for node in other.nodes))
    settled = feed(silent, lines, lines, NOW).settled
    assert isinstance(settled.events[0], MilestoneEstimated)
    assert (settled.events[0].day, settled.events[0].source) == (day("2026-04-20"), "material"), "nobody else says anything"


def test_an_open_delay_holds_and_is_over_when_it_is_there() -> None:
    of = plan()
    lines = bought(of, "2026-04-02")
    held = delayed(log(fed(of, [], lines), delay_body(day("2026-04-25"), "MAT_IN")))
    earlier, _ = domain.expect(lines[0], day("2026-03-20"), TODAY) or (lines[0], None)
    assert fed(held, lines, [earlier]).at(KEY).estimated == day("2026-04-25")
    settled = feed(held, lines, [came(lines[0], "1000", 3)], NOW).settled
    assert settled.after.passed(KEY) is not None
    assert [type(event).__name__ for event in settled.events][:1] == ["MilestoneAchieved"]
    assert "DelayClosed" in [type(event).__name__ for event in settled.events]
    taken_back = retract_delay(log(of, delay_body(day("2026-04-25"), "MAT_IN")).delay, [held], "by mistake")
    assert delayed(taken_back).at(KEY).estimated == day("2026-04-02")


def test_what_has_happened_is_neither_said_nor_recorded_again() -> None:
    of = record(plan(), "MAT_IN", None, TODAY).settled.after
    lines = bought(of, "2026-04-02")
    assert feed(of, [], lines, NOW).settled.events == ()
    assert feed(of, lines, [came(lines[0], "1000")], NOW).settled.events == ()
    over = replace(plan(), status="cancelled")
    assert feed(over, [], bought(over, "2026-04-02"), NOW).settled.events == ()


def test_a_line_feeds_the_leg_in_which_its_goods_travel() -> None:
    of = plan(line("1", shipment="SH-1"), line("2", shipment="SH-2"))
    (one,) = needed(of, {"line": "2", "po_number": "P-1", "ordered_on": TODAY, "eta": "2026-05-01"})
    after = fed(of, [], [one])
    assert after.at(("SH-2", "MAT_IN")).estimated == day("2026-05-01")
    assert after.at(("SH-1", "MAT_IN")).estimated == of.at(("SH-1", "MAT_IN")).estimated
    (whole,) = needed(of)
    assert needed_by(of, whole) == min(latest(of)[leg, "MAT_IN"] for leg in ("SH-1", "SH-2"))
    achieved = feed(after, [one], [came(one, "1000")], NOW).settled
    happened = [event for event in achieved.events if isinstance(event, MilestoneAchieved)]
    assert [(event.shipment, event.milestone) for event in happened] == [("SH-2", "MAT_IN")]


@pytest.mark.parametrize(
    ("eta", "today", "found"),
    [
        ("2026-04-12", "2026-03-01", []),
        ("2026-04-13", "2026-03-01", [("material_late", -1)]),
        (None, "2026-04-01", []),
        (None, "2026-04-02", [("material_eta_missing", 10)]),
        ("2026-04-04", "2026-04-05", [("material_eta_missing", 7)]),
    ],
)
def test_what_comes_too_late_or_on_no_known_day_endangers_what_waits(eta: str | None, today: str, found: list[Any]) -> None:
    of = plan()
    (known,) = bought(of, eta)
    assert known.need_by == day("2026-04-12")
    limits: Any = {"material_late": Limit(days=-1, margin=0), "material_eta_missing": Limit(days=10, margin=0)}
    signs = list(late(known)(View(of, day(today), limits)))
    assert [(sign.reason.kind, sign.reason.days) for sign in signs] == found
    assert all(sign.key == KEY and sign.reason.by == "FAB" for sign in signs)


def test_what_is_still_to_come_endangers_what_is_ahead_when_production_has_begun_without_it() -> None:
    of = plan(line(shipment="SH-1"))
    (known,) = needed(of)
    limits: Any = {"material_late": Limit(days=-1, margin=0), "material_eta_missing": Limit(days=10, margin=0)}

    def endangered(now: Plan) -> list[Any]:
        return [(sign.key[1], sign.reason.kind) for sign in late(known)(View(now, day("2026-04-20"), limits))]

    assert endangered(of) == [("MAT_IN", "material_eta_missing")]
    begun = record(of, "PRD_START", "SH-1", day("2026-04-01")).settled.after
    assert endangered(begun) == [("PRD_END", "material_eta_missing")]
    gone = record(begun, "DEPART", "SH-1", day("2026-04-15")).settled.after
    assert endangered(gone) == [], "goods that have left wait for nothing"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"supplier": "NOBODY"}, "materials.1.supplier"),
        ({"line": "9"}, "materials.1.line"),
        ({"milestone": "MOON"}, "materials.1.milestone"),
        ({"milestone": "MAT_PO"}, "materials.1.milestone"),
        ({"milestone": "DELIVERED"}, "materials.1.milestone"),
        ({"po_number": "P-1", "ordered_on": "2026-03-09"}, "materials.1.ordered_on"),
        ({"eta": "2026-02-01"}, "materials.1.eta"),
        ({"eta": "2036-03-27"}, "materials.1.eta"),
    ],
)
def test_each_line_that_cannot_be_is_named(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        needed(plan(), {}, asked)
    assert [error.field for error in refused.value.errors] == [field]


def test_a_slip_of_the_year_is_no_day_on_which_material_is_expected() -> None:
    (known,) = bought(plan(), "2026-03-27")
    slip = day("2036-03-27")
    with pytest.raises(Invalid, match="check the year"):
        domain.expect(known, slip, TODAY)
    with pytest.raises(Invalid, match="check the year"):
        domain.order(known, Purchase(po_number="P-1", date=TODAY, eta=slip), set(), TODAY)


def test_a_receipt_that_was_wrong_counts_as_it_was_after_all() -> None:
    known = came(came(bought(plan(), "2026-04-02")[0], "400"), "600", 2)
    less = corrected(known, 2, quantity="500")
    assert (less.state, less.received, less.done_on) == ("ordered", Decimal(900), None)
    none = corrected(less, 2, quantity="0")
    assert [one.number for one in none.came] == [1]
    assert [(one.number, one.revision) for one in none.receipts] == [(1, 0), (2, 0), (2, 1), (2, 2)]
    again = came(corrected(none, 2, quantity="100"), "500", 1)
    assert (again.state, again.standing[-1].number, again.done_on) == ("received", 3, TODAY + timedelta(days=2))
    assert corrected(again, 2, date=TODAY).done_on == TODAY + timedelta(days=1)
    for wrong, field in (
        ({}, "quantity"),
        ({"quantity": "101"}, "quantity"),
        ({"date": "2026-02-01"}, "date"),
        ({"date": "2027-01-01"}, "date"),
    ):
        with pytest.raises(Invalid) as refused:
            corrected(again, 2, **wrong)
        assert [error.field for error in refused.value.errors] == [field]
    with pytest.raises(NotFound):
        corrected(again, 4, quantity="1")
    # What is short is not any more where all of it had come.
    closed = short(came(bought(plan(), "2026-04-02")[0], "900"))
    assert [(one.state, one.exception_id) for one in (corrected(closed, 1, quantity="800"), corrected(closed, 1, quantity="1000"))] == [
        ("short", UUID(int=9)), ("received", None),
    ]  # fmt: skip


def test_what_failed_its_inspection_is_there_and_its_milestone_waits() -> None:
    of = plan()
    lines = bought(of, "2026-04-02")
    failed = replace(fed(of, [], lines), failed=(Failed(UUID(int=8), "iqc", "MAT_IN", ("1",)),))
    held = feed(failed, lines, [came(lines[0], "1000")], NOW)
    assert ([one.milestone for one in held.unmoved], held.settled.after.at(KEY)) == (["MAT_IN"], failed.at(KEY))
    there = [came(lines[0], "1000")]
    assert anew(failed, there, NOW).after.at(KEY) == failed.at(KEY), "it keeps the day on which it was expected"
    assert anew(replace(failed, failed=()), there, NOW).after.at(KEY).actual == TODAY
    gone = anew(failed, [replace(there[0], eta=day("2026-03-30"))], NOW).after
    assert gone.at(KEY).stated is None, "the day was that of material which is for other goods now"


@pytest.mark.parametrize("source", ["material", "owner"])
def test_what_is_for_goods_that_are_gone_says_nothing_any_more(source: EstimateSource) -> None:
    of = plan(line("1"), line("2"))
    first, last = needed(of, *({"line": one, "po_number": "P-1", "ordered_on": TODAY, "eta": "2026-05-20"} for one in ("1", "2")))
    said = fed(of, [], [first, last])
    word = replace(said.at(KEY).stated or Stated(TODAY, None, source, NOW), source=source)
    said = said.saying({KEY: word})
    gone = domain.end(last, "his shop closes")[0]
    alone = anew(said, [gone], NOW).after.at(KEY)
    assert (alone.stated, alone.estimated) == ((None, of.at(KEY).estimated) if source == "material" else (word, day("2026-05-20")))
    assert anew(said, [came(first, "1000"), gone], NOW).after.at(KEY).actual == TODAY


def test_a_shortage_opens_an_exception_that_says_how_much_came() -> None:
    known = came(bought(plan(), "2026-04-02")[0], "400")
    body = Shortage.model_validate({"reason": "no more yarn", "date": date(2026, 3, 1)})
    closed, event, opened = domain.close_short(known, body, exception_id=UUID(int=9), by="zhu.lin", now=NOW)
    assert (closed.state, closed.done_on, event.exception_id) == ("short", TODAY, opened.exception_id)
    assert (opened.kind, opened.description, opened.causes[0].party) == ("shortage", "FAB 400/1000 MTR: no more yarn", "supplier")
    with pytest.raises(Invalid, match="have come"):
        domain.withdraw(known, "not needed")
