"""Questions and documents of goods that change their shipments: nobody is asked twice, and nothing is lost."""

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.orders.chases.domain import go_along
from services.orders.chases.model import Chase
from services.orders.documents import domain as documents
from services.orders.documents.model import Document, NeededDocument
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


@given(wanderings(SHIPMENTS[1:]))
def test_each_shipment_of_goods_that_need_a_document_misses_it_once(moves: Moves) -> None:
    plan = entered(*(line(number, shipment="SH-1") for number in LINES))
    bill = NeededDocument.model_validate({"code": "INVOICE", "shipment": "SH-1", "department": "docs", "due_on": "2026-05-01"})
    known: dict[UUID, Document] = {one.document_id: one for one in documents.require(plan, [bill], [UUID(int=1)], None)}
    ids = (UUID(int=at) for at in range(2, 1000))
    for done in wandered(plan, moves):
        plan, to = done.settled.after, done.moves[0].after or ""
        followed = documents.follow(list(known.values()), plan, left(done), done.ended, to, ids, TODAY, "li.wei", "booked")
        known |= {one.document_id: one for one, _ in followed}
        missing = [one.shipment for one in known.values() if one.state == "missing"]
        assert sorted(missing, key=str) == sorted(plan.legs(), key=str)
