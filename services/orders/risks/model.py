"""What the rules of early warning are given, and what they answer."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated

from pydantic import ConfigDict, Field

from services.orders.fields import Body
from services.orders.planning.domain.reading import Outlook, outlook
from services.orders.planning.model import Key, Plan
from shared.contracts.risks import MilestoneRisk, OverdueMilestone, RiskKind, RiskReason

AFTER_DELIVERY: frozenset[RiskKind] = frozenset({"cutoff_near", "cutoffs_unknown", "unanswered", "gate_unmet", "document_missing"})
"""What still means something of goods that are delivered; every other reason speaks of their delivery."""


class Limit(Body):
    """When a reason counts: with `days` left or fewer. It stands until more than `margin` days beyond that are left again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 3, "margin": 2}]})

    days: Annotated[int, Field(ge=-60, le=60, description="calendar days left at which it is raised")]
    margin: Annotated[int, Field(ge=0, le=60, description="days beyond them at which it still stands, so that it does not flicker")]


@dataclass(frozen=True, slots=True)
class Told:
    """What was told last of an order: its risks, and its overdue milestones."""

    risks: tuple[MilestoneRisk, ...] = ()
    overdue: tuple[OverdueMilestone, ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """A reason for which a node of the plan is in danger."""

    key: Key
    reason: RiskReason


@dataclass(frozen=True)
class View:
    """A settled plan on a day, with the limits of the firm and the reasons that stand already."""

    plan: Plan
    today: date
    limits: Mapping[RiskKind, Limit]
    standing: frozenset[tuple[Key, RiskKind]] = field(default_factory=frozenset)

    @cached_property
    def outlook(self) -> tuple[Outlook, ...]:
        """Of the legs that are still to be delivered."""
        return tuple(one for one in outlook(self.plan, self.today) if one.next is not None)

    def sign(self, key: Key, kind: RiskKind, days: int, by: str | None = None) -> Iterator[Sign]:
        """The reason, where so few days are left that it counts; else nothing. What has happened, or is not followed, is in no danger."""
        limit, node = self.limits[kind], self.plan.node(key)
        if node is None or not node.followed or self.plan.passed(key) is not None:
            return
        if days > limit.days + (limit.margin if (key, kind) in self.standing else 0):
            return
        if kind in AFTER_DELIVERY or self.plan.delivered_on(node.shipment) is None:
            yield Sign(key, RiskReason(kind=kind, days=days, by=by))


Rule = Callable[[View], Iterable[Sign]]
"""Pure: why nodes of the plan are in danger. Other nouns give theirs for each order, with the facts they know bound into it."""
