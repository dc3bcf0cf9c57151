"""What a report is: its columns, its parameters and its query; and how one cell is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from shared.contracts.codes import Mode
from shared.contracts.confidential import Secret
from shared.contracts.text import Both, Language, LocalText

MAX_ROWS = 200
"""Rows of one JSON answer."""
MAX_EXPORT = 200_000
"""Rows of one CSV file."""

Kind = Literal["text", "integer", "decimal", "rate", "boolean", "date", "time", "texts"]
Cell = str | int | bool | list[str] | None
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Level = Literal["line", "shipment", "order"]
Source = Literal["api", "import"]


class ReportQuery(BaseModel):
    """What every report takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["json", "csv"] = Field(default="json", description="csv is UTF-8 with a byte order mark, and has all rows")
    limit: int = Field(default=MAX_ROWS, ge=1, le=MAX_ROWS, description="rows of a JSON answer")
    offset: int = Field(default=0, ge=0, le=MAX_EXPORT, description="rows to skip in a JSON answer")


class PeriodQuery(ReportQuery):
    """A report over a period; both days are included."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("first")
        if last is not None and first is not None and last < first:
            raise ValueError(Both("the period ends before it begins", "结束日期早于开始日期"))
        return last


class LineFilter(PeriodQuery):
    """Which lines count, by customer code, supplier code, mode of transport and how the order came in."""

    customer: Name | None = None
    supplier: Name | None = None
    mode: Mode | None = None
    source: Source | None = None


class CustomerFilter(ReportQuery):
    """Of which customers: one by his code, or all of an owner by his login."""

    customer: Name | None = None
    owner: Name | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks and when: the owners whose customers he sees (None = all), the business day, his language, and what is withheld from him."""

    owners: list[str] | None
    today: date
    language: Language = "en"
    withheld: frozenset[Secret] = frozenset()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answer, named as in the query's result. A `rate` is a fraction with six digits, in CSV a percentage.

    One with a `secret` is empty for those from whom that is withheld; so is a customer's name.
    """

    name: str
    kind: Kind
    en: str
    zh: str
    secret: Secret | None = None

    def title(self, language: Language) -> str:
        return self.zh if language == "zh-CN" else self.en


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `sql` gives the statement for the parameters, one of a fixed set; `arguments` what is bound to it."""

    name: str
    title: LocalText
    description: str
    query: type[ReportQuery]
    columns: tuple[Column, ...]
    sql: Callable[[Any], str]
    arguments: Callable[[Any, Scope], tuple[Any, ...]]

    def shown(self, query: BaseModel, scope: Scope) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
        """What of a row the caller sees: all of it, or with empty cells where that is withheld. By customer, a label is his name."""
        withheld = {column.name: None for column in self.columns if column.secret in scope.withheld}
        if "papers" in scope.withheld and getattr(query, "group", None) == "customer":
            withheld["label"] = None
        return lambda values: {**values, **withheld}


def cell(column: Column, value: Any) -> Cell:
    """The value as JSON: fractions and decimals as text, so that no digit is lost."""
    if value is None or isinstance(value, bool | str):
        return value
    if column.kind == "rate":
        return f"{value:.6f}"
    if column.kind == "texts":
        return [str(part) for part in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if column.kind == "integer":
        return int(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def row(columns: tuple[Column, ...], values: Mapping[str, Any]) -> dict[str, Cell]:
    return {column.name: cell(column, values[column.name]) for column in columns}
