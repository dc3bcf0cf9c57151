"""Rules of documents: which an order needs, by when, what may follow on what, and when one is overdue. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.orders.cancelling.model import Gone
from services.orders.documents import words
from services.orders.documents.model import Document, DocumentStep, DocumentTerms, NeededDocument, Waiting
from services.orders.planning.domain.deadlines import Breach
from services.orders.planning.domain.due import due_day, misdue, unplaced
from services.orders.planning.model import LEAVES, Key, Plan
from services.orders.planning.words import no_line
from services.orders.risks.model import Rule, Sign, View
from services.orders.shipments.domain import Regrouped
from services.orders.templates.domain import no_such
from shared.contracts.due import DueAfter
from shared.contracts.event import Event
from shared.contracts.legs import LineMove
from shared.contracts.papers import (
    DocumentAccepted,
    DocumentChanged,
    DocumentCode,
    DocumentDiscrepant,
    DocumentIssued,
    DocumentOverdue,
    DocumentRequired,
    DocumentSent,
    DocumentState,
    DocumentWaived,
    Step,
)
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Invalid, require_none

FOLLOWS: Mapping[DocumentState, tuple[Step, ...]] = {
    "missing": ("issued", "waived"),
    "issued": ("sent", "accepted", "discrepant", "waived"),
    "sent": ("accepted", "discrepant", "waived"),
    "discrepant": ("issued", "accepted", "waived"),
    "accepted": (),
    "waived": (),
}
"""What may become of a document. One that is discrepant is made anew, or taken as it is after all."""
_TOLD: Mapping[Step, type[DocumentIssued | DocumentSent | DocumentAccepted | DocumentDiscrepant | DocumentWaived]] = {
    "issued": DocumentIssued,
    "sent": DocumentSent,
    "accepted": DocumentAccepted,
    "discrepant": DocumentDiscrepant,
    "waived": DocumentWaived,
}


OF_TRANSPORT: frozenset[DocumentCode] = frozenset(
    {"BILL_OF_LADING", "SEA_WAYBILL", "AIR_WAYBILL", "RAIL_NOTE", "ROAD_NOTE", "COMBINED_TRANSPORT"}
)
"""What the carrier issues for goods that he has taken over."""


class OutOfOrder(Conflict):
    """This does not follow on where the document is; `follows` is what may."""

    slug = "out-of-order"
    title = Both("The document is at another point", "该单证不在此状态")


def require(
    plan: Plan, needed: Sequence[NeededDocument], ids: Sequence[UUID], departments: Collection[str] | None, today: date
) -> list[Document]:
    """The documents that an order needs. Invalid names each that hangs on what its plan does not have, is due when nothing of the order
    can be, is none of the `departments`' work (None: any will do), or is asked for twice.
    """
    errors: list[FieldError] = []
    legs = {node.shipment for node in plan.nodes}
    seen = set()
    for index, one in enumerate(needed):
        where = f"documents.{index}"
        errors += _misplaced(plan, one.shipment, one, f"{where}.", departments, today)
        if one.shipment is not None and one.shipment not in legs:
            errors.append(FieldError(f"{where}.shipment", no_line(plan.number, one.shipment)))
        if (one.code, one.shipment) in seen:
            errors.append(FieldError(f"{where}.code", words.twice(one.code)))
        seen.add((one.code, one.shipment))
    require_none(errors)
    return [
        Document(
            document_id=document_id,
            order_id=plan.order_id,
            order=plan.number,
            customer_id=plan.customer_id,
            shipment=one.shipment,
            code=one.code,
            department=one.department,
            due_on=one.due_on,
            due_after=one.due_after,
            due=_due(plan, one.shipment, one.due_on, one.due_after),
        )
        for document_id, one in zip(ids, needed, strict=True)
    ]


def change(known: Document, plan: Plan, terms: DocumentTerms, departments: Collection[str] | None, today: date) -> Document:
    """Due otherwise, or another department's work; being overdue is found anew."""
    require_none(_misplaced(plan, known.shipment, terms, "", departments, today))
    said = {name: getattr(terms, name) for name in DocumentTerms.model_fields}
    due = _due(plan, known.shipment, terms.due_on, terms.due_after)
    return replace(known, **said, due=due, overdue=False, version=known.version + 1)


def step(known: Document, plan: Plan, body: DocumentStep, by: str) -> tuple[Document, Event]:
    """The document one step further, and the event that tells it."""
    if body.state not in FOLLOWS[known.state]:
        follows = FOLLOWS[known.state]
        raise OutOfOrder(words.out_of_order(known.state, follows), field="state", state=known.state, follows=list(follows))
    if known.on is not None and body.on < known.on:
        raise Invalid(words.before(known.state, known.on), field="on")
    if placed := unplaced(plan, body.on):
        raise Invalid(words.before_the_order(placed, body.state, body.on), field="on")
    now = replace(
        known,
        state=body.state,
        on=body.on,
        by=by,
        number=body.number or known.number,
        note=body.note,
        overdue=False,
        version=known.version + 1,
    )
    return now, _TOLD[body.state](document=now.told())


def waive(known: Document, today: date, by: str, reason: str) -> tuple[Document, Event]:
    """A document that nobody needs any more, whatever was said of it before."""
    now = replace(known, state="waived", on=today, by=by, note=reason, overdue=False, version=known.version + 1)
    return now, _TOLD["waived"](document=now.told())


def left(known: Collection[Document], moves: Collection[LineMove]) -> list[Waiting]:
    """What lines that are taken out of their shipments wait for, until they travel in others."""
    return [
        Waiting(one.document_id, move.line, one.state == "missing")
        for move in moves
        for one in known
        if one.shipment is not None and one.shipment == move.before and one.state != "waived"
    ]


def follow(
    known: Collection[Document], waiting: Collection[Waiting], moved: Regrouped, ids: Iterator[UUID], today: date, by: str
) -> list[tuple[Document, Event]]:
    """What becomes of the documents of an order of which lines were moved into a shipment, wherever they waited in between.

    Those of legs that have ended are of that, but for one that is missing there already: it is waived, with the reason of the move.
    What is missing of a leg that a part has left, or was when it was taken out, is needed of the part as well, under one of the `ids`.
    Goods that are in no shipment leave their documents its name; the last of them take those along, but for what was waived.
    """
    plan, moves, ended, shipment = moved.settled.after, moved.moves, moved.ended, moved.moves[0].after
    assert shipment is not None  # lines that are taken out are `left`
    legs, there = plan.legs().keys(), [one for one in known if one.shipment == shipment and one.state != "waived"]
    has, missed = {one.code for one in there}, {one.code for one in there if one.state == "missing"}
    lines, before = {move.line for move in moves}, {move.before for move in moves}
    own = {one.document_id: one.missing for one in sorted(waiting, key=lambda one: one.missing) if one.line in lines}
    others = {one.document_id for one in waiting if one.line in {line.line for line in plan.lines_of(None)}}
    found: list[tuple[Document, Event]] = []
    for one in known:
        stray, waits = one.shipment not in legs, one.document_id in others
        if one.shipment is None or (stray and one.state == "waived"):
            continue
        missing, due = one.state == "missing", _due(plan, shipment, one.due_on, one.due_after)
        if stray and ((one.shipment in ended and not (waits and missing)) or (one.document_id in own and not waits)):
            if missing and one.code in missed:
                found.append(waive(one, today, by, moved.reason))
                continue
            now = replace(one, shipment=shipment, due=due, overdue=one.overdue and due == one.due, version=one.version + 1)
            found.append((now, DocumentChanged(document=now.told())))
        elif (missing and one.shipment in before) or own.get(one.document_id):
            # Goods that come back to their shipment may find it made without them.
            if one.code in (missed if one.shipment == shipment else has):
                continue
            now = _anew(one, next(ids), shipment, due)
            found.append((now, DocumentRequired(document=now.told())))
        else:
            continue
        has.add(one.code)
        missed |= {one.code} if now.state == "missing" else set()
    return found


def _anew(known: Document, document_id: UUID, shipment: str, due: date) -> Document:
    """A document that is needed as another was, of another shipment."""
    nothing: dict[str, Any] = dict.fromkeys(("number", "on", "by", "note"))
    return replace(known, document_id=document_id, shipment=shipment, due=due, overdue=False, state="missing", version=1, **nothing)


def ends(known: Document, waiting: Collection[Waiting], gone: Gone) -> bool:
    """Whether what is gone of an order was the last that its document was of: no goods travel there or left it, and are in none yet."""
    rest = [line for line in gone.plan.lines if line.line not in gone.lines]
    waits = {one.line for one in waiting if one.document_id == known.document_id}
    was = known.shipment in gone.legs or not waits.isdisjoint(gone.lines)
    return known.shipment is not None and was and not any(line.shipment == known.shipment or line.line in waits for line in rest)


def look(known: Document, plan: Plan, today: date) -> tuple[Document, DocumentOverdue | None]:
    """The document with its due day as it is counted today, and what is to be told: that it is overdue, once for each such day."""
    due = _due(plan, known.shipment, known.due_on, known.due_after)
    overdue = known.lacking and due < today
    now = replace(known, due=due, overdue=overdue)
    if not overdue or (known.overdue and known.due == due):
        return now, None
    now = replace(now, version=known.version + 1)
    return now, DocumentOverdue(document=now.told())


def _due(plan: Plan, shipment: str | None, due_on: date | None, due_after: DueAfter | None) -> date:
    return due_day(plan, _legs(plan, shipment), due_on, due_after)


def _legs(plan: Plan, shipment: str | None) -> set[str | None]:
    """What a document of a shipment, or of the order, is about. A shipment that all lines were taken out of is no leg any more."""
    legs = {node.shipment for node in plan.nodes}
    return {shipment} if shipment in legs and shipment else legs


def _misplaced(
    plan: Plan, shipment: str | None, terms: DocumentTerms, where: str, departments: Collection[str] | None, today: date
) -> list[FieldError]:
    errors = no_such(f"{where}department", terms.department, departments)
    return errors + misdue(plan, _legs(plan, shipment), where, terms.due_on, terms.due_after, today)


@dataclass(frozen=True, slots=True)
class DocumentTerm:
    """A document that is lacking, as a term of its order. One that is due after a milestone is due on another day with it.

    A transport document that is due on a fixed day is missed where the carrier takes the goods over later. Of others a fixed day stands
    whatever the plan does.
    """

    known: Document

    def breaches(self, plan: Plan) -> Iterator[Breach]:
        due, would_be = self.known.due, _due(plan, self.known.shipment, self.known.due_on, self.known.due_after)
        if self.known.code in OF_TRANSPORT and self.known.due_after is None:
            would_be = max([due, *(_taken_over(plan, leg) or due for leg in _legs(plan, self.known.shipment))])
        if would_be != due:
            yield Breach(kind="document", term=self.known.code, shipment=self.known.shipment, deadline=due, would_be=would_be)


def _taken_over(plan: Plan, leg: str | None) -> date | None:
    """When the transport document of a leg can be there at the earliest: with its issue, where that is planned, or with the goods."""
    return next((node.estimated for code in ("BL_ISS", "TRD_ISS", *LEAVES) if (node := plan.node((leg, code))) is not None), None)


def missing(known: Document) -> Rule:
    """A lacking document endangers the milestone that it is due after or, where it hangs on none or that has happened, the delivery. When
    that has been as well, it is what is next of its department, or else of the leg.
    """

    def rule(view: View) -> Iterator[Sign]:
        for shipment in _legs(view.plan, known.shipment):
            if (key := _endangered(view.plan, known, shipment)) is not None:
                yield from view.sign(key, "document_missing", (known.due - view.today).days, known.code)

    return rule


def _endangered(plan: Plan, known: Document, leg: str | None) -> Key | None:
    for milestone in (*((known.due_after.milestone,) if known.due_after else ()), plan.delivery_point):
        if plan.passed((leg, milestone)) is None:
            return leg, milestone
    ahead = (node for node in plan.to_come() if node.shipment == leg)
    next_one = min(ahead, key=lambda node: (node.department != known.department, node.position), default=None)
    return next_one.key if next_one is not None else None
