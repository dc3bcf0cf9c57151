"""Milestones in danger as people read them."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import ConfigDict, Field

from services.orders.fields import Answer, MilestoneCode, Number
from services.orders.risks.examples import WARNING
from services.orders.templates.model import Department
from services.orders.templates.store import NAMED
from shared.contracts.papers import DOCUMENTS
from shared.contracts.risks import RiskKind, RiskLevel, RiskReason
from shared.contracts.shipments import CUTOFFS
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.web.call import address
from shared.web.paging import Page, PageQuery, page

WORDS: Mapping[RiskKind, tuple[str, str]] = MappingProxyType(
    {
        "slack_used_up": ("{days} to spare before the promise", "距承诺交期尚余 {days}"),
        "not_started": ("its work cannot begin: {by} has not happened", "无法开始：{by} 尚未完成"),
        "quantity_behind": ("the quantity of {by} is behind the rate that is needed", "{by} 产量落后于所需进度"),
        "cutoff_near": ("the cut-off for {by} is near", "{by}截止时间临近"),
        "document_missing": ("the document {by} is missing", "缺少单证 {by}"),
        "unanswered": ("{by} has not answered", "{by} 尚未回复"),
        "material_late": ("the material {by} comes after it is needed", "物料 {by} 晚于需求日到货"),
        "material_eta_missing": ("nobody knows when the material {by} comes", "物料 {by} 到货日期不明"),
        "stock_short": ("the stock for line {by} is short", "第 {by} 行库存不足"),
        "gate_unmet": (
            "it is not met, and the carrier says that {by} happens or has happened",
            "放行条件未满足，而承运人已报 {by} 即将发生或已发生",
        ),
        "reports_ceased": ("{by} goes on, and nothing is reported of it any more", "{by} 未完成，产量未再上报"),
        "cutoffs_unknown": ("the zone of {by} is not known, so it has no cut-offs: state them", "{by} 时区未知，无法推算截止时间，请填写"),
        "inspection_failed": ("an inspection failed and was neither repeated nor waived", "验货未通过，尚未复验或让步放行"),
    }
)
"""What a reason is called, in English and in Chinese."""
MISSED: Mapping[RiskKind, tuple[str, str]] = MappingProxyType(
    {
        "slack_used_up": ("{days} too late for the promise", "晚于承诺交期 {days}"),
        "cutoff_near": ("{days} too late for the cut-off for {by}", "晚于{by}截止时间 {days}"),
    }
)
"""The same where its days are used up, of those that are called otherwise then."""
NAMES: Mapping[RiskKind, Mapping[Any, LocalText]] = MappingProxyType(
    {"cutoff_near": CUTOFFS, "document_missing": {code: document.name for code, document in DOCUMENTS.items()}}
)
"""What the codes mean that reasons of a kind are about."""


class RisksQuery(PageQuery):
    """What milestones in danger are listed by."""

    order: Number | None = None
    department: Department | None = None
    owner: Annotated[str | None, Field(max_length=100, description="login of who follows the customer")] = None
    milestone: MilestoneCode | None = None
    level: RiskLevel | None = None


class ReasonShown(Answer):
    kind: RiskKind
    days: Annotated[int, Field(description="calendar days left until it is late by this reason; negative when they are used up")]
    by: Annotated[str | None, Field(description="what it waits for")]
    text: LocalText


class RiskShown(Answer):
    """A milestone in danger as it was told."""

    model_config = ConfigDict(json_schema_extra={"examples": [WARNING]})

    order: str
    customer: Annotated[str, Field(description="code")]
    shipment: str | None
    milestone: str
    department: str
    expected: date
    level: RiskLevel
    score: int
    reasons: Annotated[tuple[ReasonShown, ...], Field(description="the most urgent first")]
    raised_on: date
    link: str


class DangerShown(Answer):
    """One reason for which a milestone is in danger."""

    order: str
    customer: Annotated[str, Field(description="code")]
    shipment: str | None
    milestone: str
    department: str
    expected: date
    days: Annotated[int, Field(description="calendar days left until it is late by this reason; negative when they are used up")]
    by: Annotated[str | None, Field(description="what it waits for")]
    link: str


_NAMED = NAMED.format(code="w.reason->>'by'")
# The steps that reasons are about have names, those of the order's template and those of the firm's production.
READ = f"""
SELECT o.id, o.number, k.code AS customer, r.shipment, r.milestone, r.department, r.expected, r.level, r.score, r.reasons, r.raised_on,
    ARRAY(
        SELECT CASE WHEN w.reason->>'kind' IN ('not_started', 'gate_unmet') THEN {_NAMED}
            ELSE (SELECT s.name FROM production_stage s
                  WHERE s.code = w.reason->>'by' AND w.reason->>'kind' IN ('quantity_behind', 'reports_ceased')) END
        FROM jsonb_array_elements(r.reasons) WITH ORDINALITY AS w (reason, nth) ORDER BY w.nth) AS names
FROM milestone_risk r JOIN customer_order o ON o.id = r.order_id JOIN known_customer k ON k.id = o.customer_id
"""
"""What `shown` takes, with the customer as k."""
PERSON = """(SELECT m.person FROM milestone m
    WHERE m.order_id = r.order_id AND m.shipment IS NOT DISTINCT FROM r.shipment AND m.code = r.milestone)"""
"""Who is named on the milestone of `r`."""
WORKED_ON = """
($2::text[] IS NULL OR k.owner = ANY($2))
    AND (k.owner = ANY($1::text[]) OR department = (SELECT s.department FROM known_staff s WHERE s.login = $3))
"""
"""Whether something that a `department` does for a customer `k` is the work of $3: of a customer of an owner in $1, himself and those he
stands in for, or of his department, as far as he sees the customers of the owners $2.
"""
_LIST = f"""{READ}
WHERE ($1::text[] IS NULL OR k.owner = ANY($1))
    AND ($2::integer IS NULL OR (-r.score, r.order_id, coalesce(r.shipment, ''), r.milestone) > (-$2, $3::uuid, $4::text, $5::text))
    AND ($6::text IS NULL OR o.number = $6) AND ($7::text IS NULL OR r.department = $7) AND ($8::text IS NULL OR k.owner = $8)
    AND ($9::text IS NULL OR r.milestone = $9) AND ($10::text IS NULL OR r.level = $10)
ORDER BY -r.score, r.order_id, coalesce(r.shipment, ''), r.milestone LIMIT $11
"""
# As all work, a danger is somebody's by its department, by his name or that of one he stands in for, or because he follows the customer.
_DANGERS = f"""
SELECT o.number AS "order", k.code AS customer, r.shipment, r.milestone, r.department, r.expected, (reason->>'days')::integer AS days,
    reason->>'by' AS by
FROM milestone_risk r CROSS JOIN LATERAL jsonb_array_elements(r.reasons) AS reason
    JOIN customer_order o ON o.id = r.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE reason->>'kind' = $4 AND ({PERSON} = ANY($1::text[]) OR {WORKED_ON})
    AND ($5::integer IS NULL OR ((reason->>'days')::integer, o.number, r.milestone, coalesce(r.shipment, ''), coalesce(reason->>'by', ''))
        > ($5, $6::text, $7::text, $8::text, $9::text))
ORDER BY days, o.number, r.milestone, coalesce(r.shipment, ''), coalesce(reason->>'by', '') LIMIT $10
"""


async def dangers(
    tx: Tx, kind: RiskKind, where: str, mine: Sequence[str], sees: Sequence[str] | None, login: str, query: PageQuery
) -> Page[DangerShown]:
    """What is in danger for one reason of the customers that are `mine` or of his department, the most urgent first; `where` it is seen."""
    behind = query.begins_after(int, str, str, str, str)
    rows = await tx.fetch(_DANGERS, mine, sees, login, kind, *behind, query.limit + 1)
    found = [DangerShown(**row, link=address(where, order=row["order"])) for row in rows]
    return page(found, query.limit, lambda one: (one.days, one.order, one.milestone, one.shipment or "", one.by or ""))


async def list_risks(tx: Tx, query: RisksQuery, owners: list[str] | None) -> Page[RiskShown]:
    """Milestones in danger of orders in sight, the highest score first."""
    behind = query.begins_after(int, UUID, str, str)
    filters = (query.order, query.department, query.owner, query.milestone, query.level)
    rows = await tx.fetch(_LIST, owners, *behind, *filters, query.limit + 1)
    return page(rows, query.limit, lambda row: (row["score"], row["id"], row["shipment"] or "", row["milestone"])).each(shown)


def shown(row: asyncpg.Record) -> RiskShown:
    """A row of READ."""
    same: dict[str, Any] = {name: row[name] for name in RiskShown.model_fields if name not in ("order", "reasons", "link")}
    reasons = tuple(_reason(RiskReason(**reason), name) for reason, name in zip(row["reasons"], row["names"], strict=True))
    return RiskShown(**same, order=row["number"], reasons=reasons, link=address("/api/orders/{order}/plan", order=row["number"]))


def _reason(reason: RiskReason, name: dict[str, str] | None) -> ReasonShown:
    english, chinese = MISSED.get(reason.kind, WORDS[reason.kind]) if reason.days < 0 else WORDS[reason.kind]
    named = LocalText.model_validate(name) if name else NAMES.get(reason.kind, {}).get(reason.by or "")
    by = (named.in_language("en"), named.in_language("zh-CN")) if named else (reason.by, reason.by)
    days = abs(reason.days)
    text = LocalText(
        en=english.format(by=by[0], days={0: "no day", 1: "1 day"}.get(days, f"{days} days")),
        zh_cn=chinese.format(by=by[1], days=f"{days} 天"),
    )
    return ReasonShown(kind=reason.kind, days=reason.days, by=reason.by, text=text)
