"""Production as people read it: how far each step of each line is, and every report as it was made."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.orders.fields import Answer, Number
from services.orders.planning import store as planning
from services.orders.production import store
from services.orders.production.domain import Finish, finishes, needed_rate, proved, rate
from services.orders.production.model import Progress, StageCode, Track
from shared.contracts.numbers import Plain
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.web.paging import Page, PageQuery, page


class ProductionQuery(PageQuery):
    """What production is listed by."""

    order: Annotated[Number | None, Field(description="order number")] = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    stage: StageCode | None = None
    behind: Annotated[bool | None, Field(description="true: of milestones in danger because the quantity is behind")] = None
    since: Annotated[date | None, Field(description="reported on that day or later")] = None


class StepShown(Answer):
    """How far a step of a line is. Rates are quantities a working day."""

    order: str
    line: str
    shipment: str | None
    stage: str
    name: LocalText
    milestone: str
    done: Annotated[Plain, Field(description="as reported, or as a later step proves")]
    total: Plain
    uom: str
    day: Annotated[date, Field(description="of the last report")]
    rate: Annotated[Plain | None, Field(description="so far; null before two working days are reported")]
    needed_rate: Annotated[Plain | None, Field(description="from now on, so that the promise is kept; null where no day is left for it")]
    finish: Annotated[date | None, Field(description="when it ends at the rate so far")]
    needed: Annotated[date | None, Field(description="by when its milestone keeps the promise; null where the plan has none")]
    bottleneck: Annotated[bool, Field(description="it is the step of its leg that ends last")]


class ReportShown(Answer):
    """One report, or the correction of one, as it was made."""

    report: UUID
    line: str
    stage: str
    day: date
    done: Plain
    total: Annotated[Plain | None, Field(description="null: the line's quantity")]
    revision: Annotated[int, Field(description="counts the corrections of this report")]
    stands: Annotated[bool, Field(description="no later correction takes its place")]
    reason: str | None
    by: str
    at: datetime


# Each step of a line is found by its first report.
_STEPS = """
SELECT r.order_id, o.number, r.line, r.stage
FROM production_report r
    JOIN customer_order o ON o.id = r.order_id JOIN known_customer k ON k.id = o.customer_id
    JOIN order_line l ON l.order_id = r.order_id AND l.line = r.line JOIN production_stage s ON s.code = r.stage
WHERE r.nth = 1 AND r.revision = 0 AND l.cancelled IS NULL AND ($1::text[] IS NULL OR k.owner = ANY($1))
    AND ($2::text IS NULL OR (o.number, r.line, r.stage) > ($2, $3::text, $4::text))
    AND ($5::text IS NULL OR o.number = $5) AND ($6::text IS NULL OR k.code = $6) AND ($7::text IS NULL OR r.stage = $7)
    AND ($8::boolean IS NULL OR $8 = EXISTS (
        SELECT FROM milestone_risk m WHERE m.order_id = r.order_id AND m.shipment IS NOT DISTINCT FROM l.shipment
            AND m.milestone = s.milestone AND m.reasons @> '[{"kind": "quantity_behind"}]'))
    AND ($9::date IS NULL OR EXISTS (
        SELECT FROM production_report n WHERE n.order_id = r.order_id AND n.line = r.line AND n.stage = r.stage AND n.day >= $9))
"""
_ORDER = "ORDER BY o.number, r.line, r.stage LIMIT $10"
_LIST = f"{_STEPS} {_ORDER}"
# Few of many orders are behind, so these are looked up first.
_LIST_BEHIND = f"""{_STEPS}
    AND r.order_id IN (SELECT d.order_id FROM milestone_risk d WHERE d.reasons @> '[{{"kind": "quantity_behind"}}]')
{_ORDER}"""
_REPORTS = """
SELECT r.id AS report, r.line, r.stage, r.day, r.done, r.total, r.revision, r.reason, r.reported_by AS by, r.reported_at AS at,
    NOT EXISTS (SELECT FROM production_report n WHERE n.order_id = r.order_id AND n.line = r.line AND n.stage = r.stage AND n.nth = r.nth
                AND n.revision > r.revision) AS stands
FROM production_report r WHERE r.order_id = $1 AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3
"""


async def list_steps(tx: Tx, query: ProductionQuery, owners: list[str] | None, today: date) -> Page[StepShown]:
    """Steps of orders in sight, by order, line and step, as their rates let expect them today."""
    behind = query.begins_after(str, str, str)
    filters = (query.order, query.customer, query.stage, query.behind, query.since)
    rows = await tx.fetch(_LIST_BEHIND if query.behind else _LIST, owners, *behind, *filters, query.limit + 1)
    found = page(rows, query.limit, lambda row: (row["number"], row["line"], row["stage"]))
    known = await store.progress(tx, await planning.read_plans(tx, {row["order_id"] for row in found.items}, today))
    steps = {order_id: {(step.line, step.stage): step for step in shown(one, today)} for order_id, one in known.items()}
    return found.each(lambda row: steps[row["order_id"]][row["line"], row["stage"]])


async def list_reports(tx: Tx, order_id: UUID, query: PageQuery) -> Page[ReportShown]:
    """The reports of an order, the newest first."""
    (behind,) = query.begins_after(UUID)
    rows = await tx.fetch(_REPORTS, order_id, behind, query.limit + 1)
    return page(rows, query.limit, lambda row: (row["report"],)).each(lambda row: ReportShown(**row))


def shown(known: Progress, today: date) -> list[StepShown]:
    """The steps of an order, by line and in the order of the process."""
    said = {track: one for one in finishes(known.plan, known.tracks.values(), today) for track in one.tracks}
    tracks = sorted(proved(known.tracks.values()), key=lambda track: (track.line, track.stage.position, track.stage.code))
    return [_step(known.plan.number, track, said.get(track)) for track in tracks]


def _step(number: str, track: Track, said: Finish | None) -> StepShown:
    assert track.last is not None  # a track begins with a report
    return StepShown(
        order=number,
        line=track.line,
        shipment=track.shipment,
        stage=track.stage.code,
        name=track.stage.name,
        milestone=track.stage.milestone,
        done=track.done,
        total=track.total,
        uom=track.uom,
        day=track.last.day,
        rate=_rounded(rate(track, said.calendar)) if said else None,
        needed_rate=_rounded(needed_rate(track, said.calendar, said.needed, said.today)) if said else None,
        finish=said.ends[track] if said else None,
        needed=said.needed if said else None,
        bottleneck=said is not None and said.bottleneck == track,
    )


def _rounded(quantity: Fraction | None) -> Decimal | None:
    return None if quantity is None else round(Decimal(quantity.numerator) / Decimal(quantity.denominator), 2)
