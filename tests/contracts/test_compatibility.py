"""Which changes of a schema are additive, and which break."""

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, create_model

from shared.contracts.documents.compatibility import breaks
from shared.contracts.event import Contract


class Inner(Contract):
    code: Literal["A", "B"]
    days: int = Field(ge=0)


class InnerNarrower(Contract):
    code: Literal["A"]
    days: int = Field(ge=0)


class InnerWider(Contract):
    code: Literal["A", "B", "C"]
    days: int = Field(ge=0)
    note: str | None = None


BASE: dict[str, Any] = {"day": (date, ...), "why": (str | None, None), "inner": (tuple[Inner, ...], ...)}


def schema(**fields: Any) -> dict[str, Any]:
    model: type[Contract] = create_model("Told", __base__=Contract, **fields)
    return model.model_json_schema(mode="serialization")


OLD = schema(**BASE)


@pytest.mark.parametrize(
    "fields",
    [
        BASE,
        {**BASE, "extra": (str | None, None)},
        {**BASE, "extra": (int, 0)},
        {**BASE, "day": (date, Field(description="in words"))},
        {**BASE, "inner": (tuple[InnerWider, ...], ...)},
    ],
    ids=["same", "optional field", "field with default", "prose", "new code and field inside"],
)
def test_additive(fields: dict[str, Any]) -> None:
    assert breaks(OLD, schema(**fields)) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({key: value for key, value in BASE.items() if key != "why"}, "data.why is gone"),
        ({**BASE, "extra": (str, ...)}, "data.extra is required now"),
        ({**BASE, "day": (date, date(2013, 1, 1))}, "data.day is no longer sure to be there"),
        ({**BASE, "day": (str, ...)}, "data.day: format was 'date' and is None"),
        ({**BASE, "day": (date | None, ...)}, "data.day: had 0 kinds of value and has 2"),
        ({**BASE, "why": (str, "")}, "data.why: had 2 kinds of value and has 0"),
        ({**BASE, "why": (Annotated[str, Field(max_length=5)] | None, None)}, "data.why|0: maxLength was None and is 5"),
        ({**BASE, "inner": (tuple[InnerNarrower, ...], ...)}, "data.inner.items.code can no longer be 'B'"),
        ({**BASE, "inner": (Inner, ...)}, "data.inner: type was 'array' and is 'object'"),
        ({**BASE, "why": (Literal["x"] | None, None)}, "data.why|0 is limited to ['x']"),
    ],
    ids=["removed", "new required", "required to optional", "type", "nullable", "not nullable", "limit", "enum", "shape", "limited"],
)
def test_breaking(fields: dict[str, Any], sentence: str) -> None:
    found = breaks(OLD, schema(**fields))
    assert any(sentence in one for one in found), found
