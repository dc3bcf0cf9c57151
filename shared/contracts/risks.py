"""Events of early warning: milestones that are in danger before they are late, and those that are overdue.

Aggregate: the warnings of the order, which are counted apart from it: looking at an order is no change of it. Internal.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.text import LocalText

RiskKind = Literal[
    "slack_used_up", "not_started", "quantity_behind", "cutoff_near", "document_missing", "unanswered", "stock_short", "inspection_failed",
    "material_late", "material_eta_missing", "gate_unmet", "reports_ceased", "cutoffs_unknown",
]  # fmt: skip
RiskLevel = Literal["watch", "high"]

RISKS: Mapping[RiskKind, LocalText] = MappingProxyType(
    {
        "slack_used_up": LocalText(en="no day to spare", zh_cn="已无余量"),
        "not_started": LocalText(en="work cannot begin", zh_cn="前置未完成，无法开始"),
        "quantity_behind": LocalText(en="quantity is behind", zh_cn="产量进度落后"),
        "cutoff_near": LocalText(en="a cut-off is near", zh_cn="截止时间临近"),
        "document_missing": LocalText(en="a document is missing", zh_cn="缺少单证"),
        "unanswered": LocalText(en="nobody has answered", zh_cn="催办未回复"),
        "stock_short": LocalText(en="stock is short", zh_cn="库存不足"),
        "material_late": LocalText(en="material comes too late", zh_cn="物料晚到"),
        "material_eta_missing": LocalText(en="material without an arrival date", zh_cn="物料到货日期不明"),
        "inspection_failed": LocalText(en="an inspection failed", zh_cn="验货未通过"),
        "gate_unmet": LocalText(en="a gate is not met", zh_cn="放行条件未满足"),
        "reports_ceased": LocalText(en="production is not reported any more", zh_cn="产量未再上报"),
        "cutoffs_unknown": LocalText(en="its cut-offs are not known", zh_cn="截止时间未知"),
    }
)
"""What each kind is called."""


class RiskReason(Contract):
    """Why a milestone is in danger."""

    kind: RiskKind
    days: int = Field(description="calendar days left until it is late by this reason; negative when they are used up")
    by: str | None = Field(default=None, description="what it waits for: a milestone, a document, a material, a cut-off, who was asked")


class MilestoneRisk(Contract):
    """A milestone in danger as things stand."""

    shipment: str | None
    milestone: str
    department: str
    expected: date
    level: RiskLevel
    score: int = Field(ge=1, le=100)
    reasons: tuple[RiskReason, ...] = Field(description="the most urgent first")


class OverdueMilestone(Contract):
    """A milestone that was expected by now and has not happened."""

    shipment: str | None
    milestone: str
    department: str
    expected: date
    promise_revision: int = Field(ge=0, description="of the leg's promises, of all its lines together: a moved promise is told anew")


class MilestoneAtRisk(Event, type="orders.milestone.at_risk.v1"):
    """Milestones that newly are in danger, or by another level or other reasons than told before."""

    order_id: UUID
    number: str
    customer_id: UUID
    risks: tuple[MilestoneRisk, ...]


class MilestoneRiskCleared(Event, type="orders.milestone.risk_cleared.v1"):
    """Milestones that are in danger no more, or have happened: as they were told last."""

    order_id: UUID
    number: str
    customer_id: UUID
    risks: tuple[MilestoneRisk, ...]


class MilestoneOverdue(Event, type="orders.milestone.overdue.v1"):
    """Milestones that newly are overdue: once for each day that was expected and each promise that stood."""

    order_id: UUID
    number: str
    customer_id: UUID
    milestones: tuple[OverdueMilestone, ...]
