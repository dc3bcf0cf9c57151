"""Questions and documents of goods that change their shipments: nobody is asked twice, and nothing is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.cancelling.model import Gone
from services.orders.chases.domain import go_along
from services.orders.chases.model import Chase
from services.orders.documents import domain as documents
from services.orders.documents.model import Document, NeededDocument, Waiting
from services.orders.planning.model import Plan
from services.orders.shipments.domain import Regrouped, regroup
from services.orders.shipments.model import Sailing
from shared.contracts.chases import ChaseEnded
from tests.orders.plans import CUSTOMER, NOW, TODAY, entered, line

LINES = ("1", "2", "3", "4")
SHIPMENTS = (None, "SH-1", "SH-2", "SH-3")
Moves: TypeAlias = list[tuple[set[str], str | None]]


def wanderings(shipments: Sequence[str | None] = SHIPMENTS) -> st.SearchStrategy[Moves]:
    return st.lists(st.tuples(st.sets(st.sampled_from(LINES), min_size=1), st.sampled_from(shipments)), max_size=6)


def asked(plan: Plan, leg: str | None, at: int) -> Chase:
    about = (plan.order_id, plan.number, CUSTOMER, leg, "PRD_END", "wu.gang", None, "when?", date(2026, 3, 3), "li.wei", NOW)
    return Chase(UUID(int=900 + at), *about)


def wandered(plan: Plan, moves: Moves) -> list[Regrouped]:
    """The order after each of the moves that moved anything."""
    found = []
    for lines, to in moves:
        if (done := regroup(plan, sorted(lines), to, Sailing(), "booked")) is not None:
            found.append(done)
            plan = done.settled.after
    return found


def left(done: Regrouped) -> set[str | None]:
    return {move.before for move in done.moves}


@given(wanderings(), wanderings())
def test_goods_that_were_asked_about_are_asked_about_once_wherever_they_go(before: Moves, moves: Moves) -> None:
    plan = entered(*map(line, LINES))
    for done in wandered(plan, before):
        plan = done.settled.after
    open_ones = {one.chase_id: one for one in (asked(plan, leg, at) for at, leg in enumerate(plan.legs()))}
    for done in wandered(plan, moves):
        plan = done.settled.after
        for later, event in go_along(list(open_ones.values()), plan, left(done), done.ended, done.moves[0].after):
            if isinstance(event, ChaseEnded):
                del open_ones[later.chase_id]
            else:
                open_ones[later.chase_id] = later
        legs = [leg for one in open_ones.values() for leg in one.legs]
        assert sorted(legs, key=str) == sorted(plan.legs(), key=str)


def papers(plan: Plan, *codes: str) -> dict[UUID, Document]:
    needed = {"shipment": "SH-1", "department": "docs", "due_on": "2026-05-01"}
    asked = [NeededDocument.model_validate({**needed, "code": code}) for code in codes]
    ids = [UUID(int=at + 1) for at in range(len(asked))]
    return {one.document_id: one for one in documents.require(plan, asked, ids, None, TODAY)}


def followed(known: dict[UUID, Document], waiting: set[Waiting], done: Regrouped) -> None:
    """The documents, and what waits for them, after a move, as they are written."""
    if done.moves[0].after is None:
        waiting |= set(documents.left(known.values(), done.moves))
        return
    ids = (UUID(int=at) for at in range(len(known) + 1, 1000))
    found = documents.follow(known.values(), waiting, done, ids, TODAY, "li.wei")
    known |= {one.document_id: one for one, _ in found}
    waiting -= {one for one in waiting if one.line in {move.line for move in done.moves}}


@given(wanderings())
def test_each_shipment_of_goods_that_need_a_document_misses_it_once_wherever_they_waited(moves: Moves) -> None:
    plan = entered(*(line(number, shipment="SH-1") for number in LINES))
    known, waiting = papers(plan, "BILL_OF_LADING"), set[Waiting]()
    for done in wandered(plan, moves):
        followed(known, waiting, done)
        plan = done.settled.after
        missing = [one.shipment for one in known.values() if one.state == "missing"]
        assert len(missing) == len(set(missing))
        assert {leg for leg in plan.legs() if leg is not None} <= set(missing)
        waited = {known[one.document_id].shipment for one in waiting if known[one.document_id].state == "missing"}
        assert set(missing) - plan.legs().keys() <= waited, "of goods that wait, and of no others"
    assert all(one.number is None for one in known.values())


@pytest.mark.parametrize("comes_back", [False, True])
def test_what_was_made_without_goods_that_wait_is_needed_of_them(comes_back: bool) -> None:
    """The rest has its bill of lading by the time the part is booked. What was made before, it has; what was waived stays."""
    plan = entered(*(line(number, shipment="SH-1") for number in LINES), line("5", shipment="SH-2"))
    known, waiting = papers(plan, "BILL_OF_LADING", "ORIGIN", "INVOICE"), set[Waiting]()
    bill, origin, invoice = known.values()
    known[origin.document_id] = replace(origin, state="issued")
    known[invoice.document_id] = replace(invoice, state="waived", note="one invoice")
    out, back, others = wandered(plan, [({"1"}, None), ({"1"}, "SH-1" if comes_back else "SH-3"), ({"5"}, "SH-4")])
    followed(known, waiting, out)
    known[bill.document_id] = replace(bill, state="issued", number="COSU63", version=2)
    followed(known, waiting, back)
    followed(known, waiting, others)
    *_, new = known.values()
    assert len(known) == 4
    assert (new.code, new.shipment, new.state, new.number, new.version) == ("BILL_OF_LADING", back.moves[0].after, "missing", None, 1)


@pytest.mark.parametrize(("cancelled", "over"), [({"1"}, False), ({"2", "3", "4"}, False), (set(LINES), True)])
def test_a_document_ends_with_the_last_of_its_goods(cancelled: set[str], over: bool) -> None:
    plan = entered(*(line(number, shipment="SH-1") for number in LINES), line("5", shipment="SH-2"))
    known, waiting = papers(plan, "BILL_OF_LADING"), set[Waiting]()
    (out,) = wandered(plan, [({"1"}, None)])
    followed(known, waiting, out)
    legs = {leg for leg in out.settled.after.legs() if all(one.line in cancelled for one in out.settled.after.lines_of(leg))}
    gone = Gone(out.settled.after, False, frozenset(cancelled), frozenset(cancelled), frozenset(legs), "enough")
    assert [documents.ends(one, waiting, gone) for one in known.values()] == [over]
