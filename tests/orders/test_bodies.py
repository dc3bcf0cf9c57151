"""Bodies in which one field contradicts another, or a text is none: what is to blame is named, one field or several, not the body."""

import json
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from services.orders.calendars.model import CalendarBody, NewCalendar
from services.orders.chases.model import Ask, GivenAnswer
from services.orders.clauses.examples import AFTER_APPROVAL, SHIPPED_BY
from services.orders.clauses.model import ClauseBody
from services.orders.credits.examples import TERMS
from services.orders.credits.model import CreditBody
from services.orders.delays.model import LogDelay
from services.orders.disruptions.examples import CLOSED_DAYS, VESSEL
from services.orders.disruptions.model import OpenDisruption
from services.orders.documents.model import DocumentStep, DocumentTerms
from services.orders.inspections.model import PLANNED, InspectionPlan, PlanInspection
from services.orders.materials.model import NeededMaterial
from services.orders.orders.examples import NEW_ORDER
from services.orders.orders.model import NewOrder
from services.orders.production.model import StageBody
from services.orders.shipments.model import TransportBody
from services.orders.stock.model import LineStock
from shared.approvals.models import Refuse
from shared.approvals.rules import Rule
from shared.contracts.blame import blamed
from shared.imports.mapping import MappingDocument
from shared.operating.models import Discard
from shared.web.input import field_errors
from tests.orders.calls import delay

WEEK = {"name": {"en": "Mill"}, "week": "six_days"}
STOP = {"first": "2027-02-01", "last": "2027-01-31", "name": {"en": "stop"}}
CLOTH = {"material": "CLOTH", "quantity": "1", "uom": "MTR", "supplier": "MILL"}
QUESTION = {"milestone": "MAT_IN", "question": "when?", "answer_by": "2026-03-18"}
FILE = {"columns": {"order": {"source": "a"}}}


def rule(decider: Any = MappingProxyType({"by": "requesters_manager"}), **when: Any) -> dict[str, Any]:
    return {"active": True, "levels": [{"when": [when], "decider": dict(decider), "hours": 24}]}


@pytest.mark.parametrize(
    ("model", "given", "fields"),
    [
        (CalendarBody, {**WEEK, "week": "alternating"}, "anchor"),
        (CalendarBody, {**WEEK, "anchor": "2026-03-02"}, "anchor"),
        (CalendarBody, {**WEEK, "week": "some", "anchor": "2026-03-02"}, "week"),
        (CalendarBody, {**WEEK, "closures": [STOP]}, "closures.0.last"),
        (CalendarBody, {**WEEK, "closures": [{**STOP, "first": "soon"}]}, "closures.0.first"),
        (NewCalendar, {**WEEK, "code": "mill", "owner_kind": "supplier"}, "owner"),
        (NewCalendar, {**WEEK, "code": "mill", "owner": "MILL"}, "owner"),
        (CreditBody, {**TERMS, "latest_shipment": "2026-07-01", "expires_on": "2026-06-30"}, "expires_on"),
        (DocumentStep, {"state": "waived", "on": "2026-06-05"}, "note"),
        (NeededMaterial, {**CLOTH, "po_number": "PO-1"}, "ordered_on"),
        (NeededMaterial, {**CLOTH, "ordered_on": "2026-03-02"}, "ordered_on"),
        (LineStock, {"line": "1", "available": "1", "on_hold": "2"}, "on_hold"),
        (Ask, {**QUESTION, "login": "zhu.min", "department": "logistics"}, "login department"),
        (GivenAnswer, {"day": "2026-03-24", "done_on": "2026-03-24"}, "day done_on"),
        (GivenAnswer, {}, "day done_on text"),
        (InspectionPlan, {**PLANNED, "third_party": "SGS"}, "inspector third_party"),
        (PlanInspection, {**PLANNED, "type": "final", "shipment": "SH-1", "lines": ["1"]}, "shipment lines"),
        (DocumentTerms, {"department": "docs"}, "due_on due_after"),
        (ClauseBody, {**SHIPPED_BY, "due_after": AFTER_APPROVAL["due_after"]}, "due_on due_after"),
        (ClauseBody, {**SHIPPED_BY, "penalty": {"per": "week"}}, "penalty.percent penalty.fixed"),
        (ClauseBody, {**SHIPPED_BY, "penalty": {"percent": "0.5"}}, "penalty.per"),
        (ClauseBody, {**AFTER_APPROVAL, "penalty": {**AFTER_APPROVAL["penalty"], "cap_percent": "5"}}, "penalty.cap_percent"),
        (OpenDisruption, {**VESSEL, "scope": {"kind": "port", "name": "DEHAM", "at": "loading", "voyage": "1"}}, "scope.voyage"),
        (OpenDisruption, {**VESSEL, "to": "2026-05-01", "days": 3}, "to days"),
        (OpenDisruption, {**CLOSED_DAYS, "to": "2026-05-01", "milestone": "PRD_END"}, "to milestone"),
        (OpenDisruption, {**CLOSED_DAYS, "scope": {"kind": "closed_day", "name": "factory"}}, "scope.first scope.last"),
        (TransportBody, {"vessel_imo": "9321438"}, "vessel_imo"),
        (TransportBody, {"containers": ["csnu6012349", "CSNU6012341", "APZU4812091"]}, "containers.1 containers.2"),
        (TransportBody, {"containers": ["CSNU6012349", "ABC"], "mode": "sea"}, "containers.1"),
        (TransportBody, {"containers": ["CSNU6012349", "AB 123 CD", "CSNU6012341"], "mode": "road"}, "containers.2"),
        (TransportBody, {"containers": ["MSCX6639870", "MSCU6639870"]}, "containers.0"),
        (
            TransportBody,
            {"containers": ["MSCX6639870", "MSCU6639870", "MSCX6639870", "mscu6639870"], "mode": "rail"},
            "containers.2 containers.3",
        ),
        (CreditBody, {**TERMS, "amount": {"amount": "48000", "currency": "UDS"}}, "amount.currency"),
        (ClauseBody, {**SHIPPED_BY, "penalty": {"fixed": {"amount": "300", "currency": "UDS"}}}, "penalty.fixed.currency"),
        (ClauseBody, {**SHIPPED_BY, "penalty": {"fixed": {"amount": "300.005", "currency": "USD"}}}, "penalty.fixed"),
        (ClauseBody, {**SHIPPED_BY, "penalty": {"fixed": {"amount": "0.00", "currency": "USD"}}}, "penalty.fixed.amount"),
        (NewOrder, {**NEW_ORDER, "currency": "XXQ"}, "currency"),
        (MappingDocument, {**FILE, "constants": {"order": "SO-1"}}, "constants.order"),
        (MappingDocument, {"columns": {"day": {"source": "a", "dates": ["%d/%m/%Y", "%m/%d/%Y"]}}}, "columns.day.dates"),
    ],
)
def test_of_fields_that_contradict_each_other_those_to_blame_are_named(model: type[BaseModel], given: dict[str, Any], fields: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(given)
    assert [field for one in refused.value.errors() for field in blamed(one)] == fields.split()


@pytest.mark.parametrize(
    ("model", "given", "fields"),
    [
        (Rule, rule(over={"days": -1}), "levels.0.when.0.over.days"),
        (Rule, rule(over={"amount": "5", "currency": "usd"}), "levels.0.when.0.over.currency"),
        (Rule, rule(over={"amount": "5"}), "levels.0.when.0.over.currency"),
        (Rule, rule(over="seven"), "levels.0.when.0.over"),
        (Rule, rule({"by": "role", "role": "boss", "login": "ann"}), "levels.0.decider.role levels.0.decider.login"),
        (Rule, rule({"by": "person"}), "levels.0.decider.login"),
        (Rule, rule({"by": "lot"}), "levels.0.decider"),
        (MappingDocument, {"columns": {"day": {"source": ""}}}, "columns.day.source"),
        (MappingDocument, {"columns": {"day": {"source": []}}}, "columns.day.source"),
        (MappingDocument, {"columns": {"day": {"source": ["a", ""]}}}, "columns.day.source.1"),
    ],
)
def test_of_a_value_with_several_shapes_the_nearest_is_meant(model: type[BaseModel], given: dict[str, Any], fields: str) -> None:
    """Named by its fields alone: who sent it knows nothing of our classes."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json(json.dumps(given), extra="forbid")
    assert [error.field for error in field_errors(refused.value)] == fields.split()


@pytest.mark.parametrize(
    ("model", "field", "body"),
    [
        (Refuse, "reason", lambda text: {"reason": text}),
        (Discard, "reason", lambda text: {"reason": text}),
        (Ask, "question", lambda text: {**QUESTION, "question": text}),
        (StageBody, "name.en", lambda text: {"name": {"en": text, "zh-CN": "水洗"}, "last": False, "position": 25}),
        (LogDelay, "action.zh-CN", lambda text: delay(action={"en": "two lots", "zh-CN": text})),
    ],
)
def test_free_text_has_lines_and_holds_no_control_character(
    model: type[BaseModel], field: str, body: Callable[[str], dict[str, Any]]
) -> None:
    model.model_validate(body("two lots:\r\n\tone by rail"))
    for text in ("two lots\x1f分两批", "two\x0blots"):
        with pytest.raises(ValidationError) as refused:
            model.model_validate(body(text))
        assert [(error.field, error.reason) for error in field_errors(refused.value)] == [(field, "holds a control character")]
