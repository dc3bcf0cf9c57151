"""orders' events into what was told of milestones in danger: each telling is a row."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.risks import MilestoneAtRisk, MilestoneOverdue, MilestoneRisk, MilestoneRiskCleared, OverdueMilestone

FOLDS = Folds()


@FOLDS.on(MilestoneAtRisk)
def at_risk(changes: Changes, fact: Fact) -> None:
    for risk in fact.data.risks:
        kinds = " ".join(sorted({reason.kind for reason in risk.reasons}))
        _told(changes, fact, risk, "at_risk", risk.level, kinds)


@FOLDS.on(MilestoneRiskCleared)
def risk_cleared(changes: Changes, fact: Fact) -> None:
    for risk in fact.data.risks:
        _told(changes, fact, risk, "risk_cleared")


@FOLDS.on(MilestoneOverdue)
def overdue(changes: Changes, fact: Fact) -> None:
    for milestone in fact.data.milestones:
        _told(changes, fact, milestone, "overdue")


def _told(
    changes: Changes, fact: Fact, of: MilestoneRisk | OverdueMilestone, state: str, level: str | None = None, kinds: str | None = None
) -> None:
    changes.warning.put(
        (fact.data.order_id, of.shipment or "", of.milestone, fact.sequence),
        {"state": state, "told_at": fact.time, "department": of.department, "level": level, "kinds": kinds},
    )
