"""What workshops report, and what is known of the production of an order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.fields import Body, Day, MilestoneCode, Note, Number, Wording
from services.orders.orders.model import Ordered
from services.orders.planning.model import Plan, Stated
from services.orders.production.words import STAGE_CODE
from shared.contracts.production import ProgressReport
from shared.contracts.text import LocalText, Shape

MOST_REPORTS = 200
WHOLE = "making"
"""The step of those who report production as a whole."""

StageCode = Annotated[str, Shape(r"^[a-z][a-z0-9-]{1,39}$", STAGE_CODE)]
Made = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6, description="all that is made so far, in the line's unit")]
Total = Annotated[
    Decimal | None,
    Field(gt=0, max_digits=18, decimal_places=6, description="what is to be made; left out, as said before, at first the line's quantity"),
]


class StageBody(Body):
    """A step of production. The milestone waits for the whole quantity of its `last` step."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": {"en": "washing", "zh-CN": "水洗"}, "milestone": "PRD_END", "last": False, "position": 25}]
        }
    )

    name: Wording
    milestone: MilestoneCode = "PRD_END"
    last: bool
    position: Annotated[int, Field(ge=0, le=1000, description="where it stands in the process")]


class ReportProgress(Body):
    """What a step has made of a line by the end of a day, counted from its beginning."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"stage": "sewing", "day": "2026-04-08", "done": "640"}]})

    line: Annotated[Number | None, Field(description="needed where the order has several")] = None
    stage: StageCode = WHOLE
    day: Day
    done: Made
    total: Total = None


class OrderReport(ReportProgress):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"order": "SO-2026-118", "stage": "sewing", "day": "2026-04-08", "done": "640"}]}
    )

    order: Number


class Reports(Body):
    """What a workshop made of many orders: each report is taken or refused by itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reports": [
                        {"order": "SO-2026-118", "stage": "sewing", "day": "2026-04-08", "done": "640"},
                        {"order": "SO-2026-121", "line": "2", "stage": "cutting", "day": "2026-04-08", "done": "1200"},
                    ]
                }
            ]
        }
    )

    reports: Annotated[tuple[OrderReport, ...], Field(min_length=1, max_length=MOST_REPORTS)]


class CorrectReport(Body):
    """What had been made by that day after all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"done": "540", "reason": "100 pieces were counted twice"}]})

    done: Made
    total: Total = None
    reason: Note


@dataclass(frozen=True, slots=True)
class Stage:
    code: str
    name: LocalText
    milestone: str
    last: bool
    position: int


@dataclass(frozen=True, slots=True)
class Point:
    """So much was made by the end of a day."""

    day: date
    done: Decimal


@dataclass(frozen=True, slots=True)
class Track:
    """One step of one line as it was reported. `first` is where its first day ended, `begun` the day of the first quantity at all;
    `stated` is the total that was said; `reports` counts them.
    """

    line: str
    shipment: str | None
    quantity: Decimal
    uom: str
    stage: Stage
    stated: Decimal | None = None
    reports: int = 0
    first: Point | None = None
    last: Point | None = None
    begun: date | None = None

    @property
    def total(self) -> Decimal:
        return self.stated or self.quantity

    @property
    def done(self) -> Decimal:
        return self.last.done if self.last else Decimal(0)

    @property
    def left(self) -> Decimal:
        return max(Decimal(0), self.total - self.done)

    @property
    def complete(self) -> bool:
        return self.last is not None and not self.left


@dataclass(frozen=True, slots=True)
class Entry:
    """A report to be kept, with the track that it is of as it then is."""

    report_id: UUID
    track: Track
    nth: int
    revision: int
    day: date
    done: Decimal
    stated: Decimal | None
    reason: str | None = None

    def told(self) -> ProgressReport:
        return ProgressReport(
            report_id=self.report_id,
            line=self.track.line,
            shipment=self.track.shipment,
            stage=self.track.stage.code,
            day=self.day,
            done=self.done,
            total=self.stated or self.track.quantity,
            uom=self.track.uom,
            revision=self.revision,
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """The production of one order: its plan, its lines, and the track of each step of each line that was reported. `told` is when each
    report was made, also of lines that are gone: the word of production is of that time.
    """

    plan: Plan
    lines: Mapping[str, Ordered]
    tracks: Mapping[tuple[str, str], Track]
    told: frozenset[datetime] = frozenset()

    def with_track(self, track: Track) -> "Progress":
        return replace(self, tracks={**self.tracks, (track.line, track.stage.code): track})

    def says(self, word: Stated | None) -> bool:
        """Whether reports say it, and nobody who hands on what the workshop told him."""
        return word is not None and word.source == "production" and word.at in self.told

    def of_leg(self, shipment: str | None) -> tuple[Track, ...]:
        return tuple(track for track in self.tracks.values() if track.shipment == shipment)
