"""What may be reported of production, and corrected. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.orders.fields import require_come
from services.orders.milestones.domain import Reporter, require_open
from services.orders.planning.model import Plan
from services.orders.planning.words import unknown_line
from services.orders.production import words
from services.orders.production.model import CorrectReport, Entry, Point, Progress, ReportProgress, Stage, Track
from shared.contracts.text import Both
from shared.problems import Conflict, Invalid

OVER = Decimal("1.05")
"""More may be made than is to be made: the 5 % that quantities may differ by under UCP 600, art. 30 b."""


class ReportCorrected(Conflict):
    """The report was corrected since: correct the newest revision of it."""

    slug = "report-corrected"
    title = Both("The report has a newer revision", "该报工已有更新的版本")


def report(known: Progress, stages: Mapping[str, Stage], body: ReportProgress, who: Reporter, report_id: UUID, today: date) -> Entry | None:
    """The report to be kept; None where it says the same again. It is never of less, nor of an earlier day, than the report before it."""
    require_open(known.plan)
    require_come(body.day, today, "day")
    line, stage = _line(known, body.line), stages.get(body.stage)
    if stage is None:
        raise Invalid(words.no_step(body.stage, stages), field="stage")
    track = known.tracks.get((line, stage.code)) or _fresh(known, line, stage)
    who.require(known.plan, (track.shipment, stage.milestone))
    last = track.last
    if last is not None and body.day < last.day:
        raise Invalid(words.reported_up_to(line, stage.code, last.day), field="day")
    if last is not None and body.done < last.done:
        raise Invalid(words.made_by(last.done, last.day), field="done")
    stated = body.total or track.stated
    if last == Point(body.day, body.done) and stated == track.stated:
        return None
    _check_total(body.done, stated or track.quantity)
    now = _onward(track, Point(body.day, body.done), stated)
    return Entry(report_id, now, now.reports, 0, body.day, body.done, stated)


@dataclass(frozen=True, slots=True)
class Standing:
    """A report that counts, between the quantities that the reports before and after it say."""

    track: Track
    nth: int
    revision: int
    day: date
    stated: Decimal | None
    least: Decimal
    most: Decimal | None


def correct(plan: Plan, known: Standing, body: CorrectReport, who: Reporter, report_id: UUID) -> Entry:
    """The report in another revision. It stays between its neighbours: the latest of several wrong ones is corrected first."""
    require_open(plan)
    who.require(plan, (known.track.shipment, known.track.stage.milestone))
    if body.done < known.least:
        raise Invalid(words.made_before(known.least), field="done")
    if known.most is not None and body.done > known.most:
        raise Invalid(words.said_after(known.most), field="done")
    stated = body.total or known.stated
    _check_total(body.done, stated or known.track.quantity)
    return Entry(report_id, known.track, known.nth, known.revision + 1, known.day, body.done, stated, body.reason)


def _line(known: Progress, line: str | None) -> str:
    if line is None and len(known.lines) == 1:
        return next(iter(known.lines))
    if line is None or line not in known.lines:
        number = known.plan.number
        raise Invalid(unknown_line(number, line) if line else words.several_lines(number), field="line")
    return line


def _fresh(known: Progress, line: str, stage: Stage) -> Track:
    there = known.lines[line]
    return Track(line, there.shipment, there.quantity, there.uom, stage)


def _check_total(done: Decimal, total: Decimal) -> None:
    if done > total * OVER:
        raise Invalid(words.over_total(done, total), field="done")


def _onward(track: Track, point: Point, stated: Decimal | None) -> Track:
    first = point if track.first is None or track.first.day == point.day else track.first
    begun = track.begun or (point.day if point.done else None)
    return replace(track, stated=stated, reports=track.reports + 1, first=first, last=point, begun=begun)
