"""Bodies in which one field contradicts another: the one that is to blame is named, not the body."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from services.orders.calendars.model import CalendarBody, NewCalendar
from services.orders.credits.examples import TERMS
from services.orders.credits.model import CreditBody
from services.orders.documents.model import DocumentStep
from services.orders.materials.model import NeededMaterial
from services.orders.stock.model import LineStock

WEEK = {"name": {"en": "Mill"}, "week": "six_days"}
STOP = {"first": "2027-02-01", "last": "2027-01-31", "name": {"en": "stop"}}
CLOTH = {"material": "CLOTH", "quantity": "1", "uom": "MTR", "supplier": "MILL"}


@pytest.mark.parametrize(
    ("model", "given", "field"),
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
    ],
)
def test_of_two_fields_that_contradict_each_other_one_is_named(model: type[BaseModel], given: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(given)
    assert [".".join(map(str, one["loc"])) for one in refused.value.errors()] == [field]
