"""The mapping document: which column of a file means what, stored under a name and edited by people.

It knows no field by name: the importing service gives its `Field`s and checks the document against them.
"""

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Setting

from shared.contracts.blame import blame
from shared.contracts.nearest import NEAREST
from shared.contracts.text import Both
from shared.imports import dates
from shared.imports.csvfile import Delimiter
from shared.imports.text import Charset

Header = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Value = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
DateFormat = Annotated[str, StringConstraints(min_length=6, max_length=40)]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Strict):
    """Where a field's value stands and how it is read.

    `source`: the header, or several of which the file has one. `values`: what a cell's text stands for; a text that is not
    among them is refused, or kept with `otherwise: keep`. `empty`: texts that mean no value, beside the document's own.
    `note`: text that is no value (of a date or a number) becomes a note and the value is empty, instead of being refused.
    """

    source: Annotated[Header | Annotated[tuple[Header, ...], Setting(min_length=1, max_length=10)], NEAREST]
    dates: Annotated[tuple[DateFormat, ...], Setting(max_length=10)] = ()
    empty: Annotated[tuple[Value, ...], Setting(max_length=100)] = ()
    values: Annotated[dict[Value, Value], Setting(max_length=5_000)] = {}
    otherwise: Literal["refuse", "keep"] = "refuse"
    note: bool = False
    required: bool | None = Setting(
        default=None, description="stricter than the field itself; a field that needs a value cannot be relaxed"
    )

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else self.source

    @model_validator(mode="after")
    def _formats_are_decisive(self) -> Self:
        shapes: dict[str, str] = {}
        for format in self.dates:
            dates.compiled(format)
            if (other := shapes.setdefault(dates.shape(format), format)) != format:
                raise blame(
                    ["dates"],
                    Both(
                        f"{other!r} and {format!r} read the same cell as different days: the column decides, so keep one of them",
                        f"{other!r} 与 {format!r} 会把同一单元格读成不同日期，请保留其一",
                    ),
                )
        return self


class NoteColumn(Strict):
    """A column whose text is kept as a note. `only` text: numbers in it are of no interest."""

    source: Header
    only: Literal["text", "all"] = "all"
    empty: Annotated[tuple[Value, ...], Setting(max_length=100)] = ()


class MappingDocument(Strict):
    """`columns` and `constants` are by field; a constant stands in every row. `decimal`: the mark before a number's fraction."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "about": "Monthly order list of Nordwind",
                    "columns": {
                        "order": {"source": "订单号"},
                        "customer_po": {"source": ["PO", "PO no."]},
                        "customer": {"source": "Buyer", "values": {"Nordwind Hamburg": "NORDWIND"}},
                        "line": {"source": "Pos."},
                        "item": {"source": "品名"},
                        "quantity": {"source": "数量"},
                        "promised": {"source": "交期", "dates": ["%Y-%m-%d", "%d.%m.%Y"], "empty": ["TBD"]},
                    },
                    "constants": {"trade_type": "export", "template": "export-make", "uom": "PCE"},
                    "charset": "gb18030",
                }
            ]
        }
    )

    about: str = Setting(default="", max_length=2_000, description="what the file is and where it comes from")
    columns: Annotated[dict[str, Column], Setting(min_length=1, max_length=100)]
    constants: Annotated[dict[str, Value], Setting(max_length=100)] = {}
    notes: Annotated[tuple[NoteColumn, ...], Setting(max_length=50)] = ()
    empty: Annotated[tuple[Value, ...], Setting(max_length=100)] = ()
    charset: Charset | None = None
    delimiter: Delimiter | None = None
    sheet: Annotated[str, StringConstraints(min_length=1, max_length=31)] | None = None
    decimal: Literal[".", ","] = "."

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        both = sorted(self.columns.keys() & self.constants.keys())
        if both:
            raise blame(
                [f"constants.{name}" for name in both],
                Both("stands under columns and under constants; keep one", "在 columns 与 constants 中均有，请保留其一"),
            )
        return self


def folded(text: str) -> str:
    """Text as headers and values are compared: spaces, letter case and width (Ａ and A) make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
