"""Rules of documents and customs entries: what may follow on what, and that nothing overdue is told twice."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.customs import domain as customs
from services.orders.customs.model import Entry, Hold
from services.orders.documents.domain import FOLLOWS, DocumentTerm, OutOfOrder, change, look, missing, require, step
from services.orders.documents.model import Document, DocumentStep, DocumentTerms, NeededDocument
from services.orders.milestones.domain import Recorded
from services.orders.planning.domain.deadlines import broken
from services.orders.planning.model import Plan
from services.orders.risks.model import Limit, View
from shared.contracts.exceptions import ConcernedOrder
from shared.contracts.papers import DOCUMENTS
from shared.problems import Invalid
from tests.orders.plans import CUSTOMER, NOW, TODAY, after, day, delay_body, entered, line, log

AFTER_SHIPMENT: dict[str, Any] = {"department": "docs", "due_after": {"milestone": "DEPART", "days": 5}}
FIXED: dict[str, Any] = {"due_on": "2026-05-01", "due_after": None}
STATES = st.sampled_from(["issued", "sent", "accepted", "discrepant", "waived"])


def needed(plan: Plan, *asked: dict[str, Any]) -> list[Document]:
    bodies = [NeededDocument.model_validate({**AFTER_SHIPMENT, "code": "INVOICE", **one}) for one in asked or ({},)]
    return require(plan, bodies, [UUID(int=50 + at) for at in range(len(bodies))], None, TODAY)


def taken(state: str, on: Any = TODAY, **changes: Any) -> DocumentStep:
    return DocumentStep.model_validate({"state": state, "on": on, "note": "as the bank says", **changes})


@given(st.lists(st.tuples(STATES, st.integers(-2, 30))))
def test_whatever_is_tried_each_step_follows_on_the_last(tried: list[tuple[str, int]]) -> None:
    plan = replace(entered(), ordered_on=TODAY)
    (known,) = needed(plan)
    states, days = [known.state], [TODAY]
    for state, later in tried:
        on = TODAY + timedelta(days=later)
        try:
            known, event = step(known, plan, taken(state, on), "he.yan")
        except (OutOfOrder, Invalid):
            continue
        assert event.model_dump()["document"]["state"] == state
        states.append(known.state)
        days.append(on)
    assert all(new in FOLLOWS[old] for old, new in pairwise(states))
    assert days == sorted(days)
    assert known.version == len(states)
    assert (known.by is None) == (known.state == "missing")


def test_a_delay_names_the_documents_that_move_and_those_that_cannot_be_there_in_time() -> None:
    before = entered()
    moves, bill, origin = needed(before, {}, {"code": "BILL_OF_LADING", **FIXED}, {"code": "ORIGIN", **FIXED})
    later = after(log(before, delay_body(day("2026-05-04"))))
    found = broken(before, later, map(DocumentTerm, (moves, bill, origin)))
    assert [(one.kind, one.term, str(one.deadline), str(one.would_be)) for one in found] == [
        ("document", "INVOICE", "2026-05-02", "2026-05-09"),
        ("document", "BILL_OF_LADING", "2026-05-01", "2026-05-04"),
    ], "a certificate of origin needs no vessel"
    assert broken(before, before, map(DocumentTerm, (moves, bill))) == ()


@given(st.integers(-40, 40), st.integers(-90, 90), st.integers(0, 200))
def test_it_is_overdue_once_its_day_is_over(days: int, slip: int, passed: int) -> None:
    plan = entered()
    (known,) = needed(plan, {"due_after": {"milestone": "DEPART", "days": days}})
    today = TODAY + timedelta(days=passed)
    if slip > 0:
        plan = after(log(plan, delay_body(day("2026-04-27") + timedelta(days=slip))))
    found, told = look(known, plan, today)
    assert found.due == plan.at((None, "DEPART")).estimated + timedelta(days=days)
    assert found.overdue == (told is not None) == (found.due < today)
    assert look(found, plan, today) == (found, None)
    issued, _ = step(found, plan, taken("issued"), "he.yan")
    assert look(issued, plan, today)[1] is None
    assert not look(issued, plan, today)[0].overdue


def test_a_later_day_makes_it_overdue_again() -> None:
    plan = entered()
    (known,) = needed(plan)
    overdue, _ = look(known, plan, day("2026-06-01"))
    later, nothing = look(overdue, after(log(plan, delay_body(day("2026-06-10")))), day("2026-06-01"))
    assert (later.overdue, nothing) == (False, None)
    _, again = look(later, after(log(plan, delay_body(day("2026-06-10")))), day("2026-06-20"))
    assert again is not None
    changed = change(overdue, plan, DocumentTerms.model_validate({"department": "sales", "due_on": "2026-07-01"}), None, TODAY)
    assert (changed.department, changed.due, changed.overdue, changed.version) == ("sales", day("2026-07-01"), False, 3)


def test_of_one_shipment_it_hangs_on_that_leg() -> None:
    plan = entered(line("1", shipment="SH-1"), line("2", shipment="SH-2"))
    late = after(log(plan, delay_body(day("2026-06-10")), shipment="SH-2"))
    first, second, whole = needed(plan, {"shipment": "SH-1"}, {"shipment": "SH-2"}, {})
    dues = [look(one, late, TODAY)[0].due for one in (first, second, whole)]
    assert dues == [day("2026-05-02"), day("2026-06-15"), day("2026-06-15")]
    gone = replace(first, shipment="SH-9")
    assert look(gone, late, TODAY)[0].due == day("2026-06-15")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (({"due_after": {"milestone": "MOON", "days": 1}},), "documents.0.due_after.milestone"),
        (({}, {"code": "ORIGIN", "shipment": "SH-9"}), "documents.1.shipment"),
        (({}, {}), "documents.1.code"),
        (({**FIXED, "due_on": "2026-02-19"},), "documents.0.due_on"),
        (({**FIXED, "due_on": "2036-05-01"},), "documents.0.due_on"),
        (({"due_after": {"milestone": "DEPART", "days": -365}},), "documents.0.due_after.days"),
        (({"due_after": {"milestone": "DEPART", "days": 3650}},), "documents.0.due_after.days"),
    ],
)
def test_what_the_order_lacks_is_refused(asked: tuple[dict[str, Any], ...], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        needed(replace(entered(), ordered_on=day("2026-02-20")), *asked)
    assert [error.field for error in refused.value.errors] == [field]


def test_a_document_whose_shipment_lost_its_lines_still_endangers_the_order() -> None:
    plan = entered(line(shipment="SH-1"))
    (known,) = needed(plan, {"shipment": "SH-1"})
    parted = replace(plan, nodes=tuple(replace(node, shipment=None) for node in plan.nodes))
    for now, leg in ((plan, "SH-1"), (parted, None)):
        view = View(now, known.due, {"document_missing": Limit(days=0, margin=0)})
        assert [sign.key for sign in missing(known)(view)] == [(leg, "DEPART")]


@pytest.mark.parametrize(("department", "endangered"), [("sales", "ARRIVE"), ("docs", "DELIVERED")])
def test_what_is_lacking_after_the_delivery_endangers_what_is_next_of_its_department(department: str, endangered: str) -> None:
    plan = entered(incoterm="FOB")
    (known,) = needed(plan, {"department": department})
    (sold,) = plan.lines
    dated = (replace(node, actual=node.planned) if node.milestone == "DEPART" else node for node in plan.nodes)
    nodes = tuple(replace(node, department="docs") if node.milestone == "DELIVERED" else node for node in dated)
    gone = replace(plan, nodes=nodes, lines=(replace(sold, delivered=sold.promised),))
    view = View(gone, known.due, {"document_missing": Limit(days=0, margin=0)})
    assert [sign.key for sign in missing(known)(view)] == [(None, endangered)]


@pytest.mark.parametrize("state", ["discrepant", "waived"])
def test_a_discrepancy_and_a_waiver_give_their_reason(state: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        taken(state, note=None)


def test_every_document_has_its_name_in_both_languages() -> None:
    for meaning in DOCUMENTS.values():
        assert meaning.name.en
        assert meaning.name.zh_cn
    codes = [meaning.untdid for meaning in DOCUMENTS.values()]
    assert len(set(codes)) == len(codes)


ENTRY = Entry(
    UUID(int=1), UUID(int=5), None, None, (ConcernedOrder(order_id=UUID(int=5), number="SO-1", customer_id=CUSTOMER),),
    {UUID(int=5): ("1",)}, "2229", "0110", (), TODAY, "li.wei",
)  # fmt: skip
deeds = st.lists(st.tuples(st.sampled_from(["inspected", "held", "released"]), st.integers(-2, 9)))


def entered_at_customs(known: Entry, deed: str, days: int) -> Entry:
    on = TODAY + timedelta(days=days)
    match deed:
        case "inspected":
            return customs.inspect(known, on, "as declared")
        case "held":
            body = Hold.model_validate({"on": on, "reason": "the value is questioned"})
            return customs.hold(known, body, exception_id=UUID(int=9), by="li.wei", now=NOW + timedelta(days=10))[0]
        case _:
            return customs.release(known, on)


@given(deeds)
def test_an_entry_goes_only_forward_to_its_release(tried: list[tuple[str, int]]) -> None:
    known, steps = ENTRY, ["declared"]
    for deed, days in tried:
        try:
            known = entered_at_customs(known, deed, days)
        except (customs.EntryElsewhere, Invalid):
            continue
        steps.append(known.state)
    assert all(new in customs.FOLLOWS[old] for old, new in pairwise(steps))  # type: ignore[index]
    assert (known.held_on is None) == (known.exception_id is None)
    assert (known.released_on is not None) == (known.state == "released")
    assert known.version == len(steps)
    days_of = [one for one in (known.inspected_on, known.held_on, known.released_on) if one is not None]
    assert all(one >= known.declared_on for one in days_of)
    assert known.released_on is None or known.released_on == max(days_of)


def test_a_hold_opens_an_exception_that_customs_answers_for() -> None:
    body = Hold.model_validate({"on": TODAY, "reason": "the value is questioned", "severity": "critical"})
    held, opened = customs.hold(ENTRY, body, exception_id=UUID(int=9), by="li.wei", now=NOW)
    assert (held.state, held.exception_id) == ("held", opened.exception_id)
    assert (opened.kind, opened.severity, opened.causes[0].party, opened.description) == (
        "customs_hold", "critical", "customs", "2229: the value is questioned",
    )  # fmt: skip


def test_a_milestone_is_met_where_it_is_still_ahead() -> None:
    plan = entered(line(shipment="SH-1"), line("2", shipment="SH-2"), line("3"))
    declared = replace(ENTRY, lines={plan.order_id: ("1", "2")})

    def met(plan: Plan, milestone: str) -> list[Recorded]:
        return customs.meet([plan], declared, milestone, TODAY)

    (first,) = met(plan, "PRD_END")
    (second,) = met(first.settled.after, "PRD_END")
    assert [(one.achieved.shipment, one.achieved.actual) for one in (first, second)] == [("SH-1", TODAY), ("SH-2", TODAY)]
    after = second.settled.after
    assert after.at((None, "PRD_END")).actual is None
    assert met(after, "PRD_END") == met(after, "ORD_CONF") == met(plan, "CST_DECL") == []
    assert met(replace(plan, status="cancelled"), "PRD_END") == []
