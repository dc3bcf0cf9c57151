"""What inspections hold up and meet, and what a command makes of them and their order. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.orders.inspections import words
from services.orders.inspections.model import Inspection
from services.orders.milestones.domain import Happened, Unmoved
from services.orders.planning.domain import compare
from services.orders.planning.model import Key, Plan, Settled
from shared.contracts.event import Event
from shared.contracts.inspections import InspectionType
from shared.contracts.text import Both
from shared.problems import Conflict

HOLDS: Mapping[InspectionType, str] = {"iqc": "MAT_IN", "inline": "QC_INLINE", "final": "QC_FINAL", "lab": "QC_FINAL"}
"""The milestone that waits while goods have failed, where no other of the plan is named."""
MEETS: frozenset[InspectionType] = frozenset({"inline", "final"})
"""Types with which that has happened, too, when the goods have passed."""
DEPARTMENT = "qc"
"""Whose work inspections are."""


class InspectionElsewhere(Conflict):
    """This does not follow on where the inspection is."""

    slug = "inspection-elsewhere"
    title = Both("The inspection is at another point", "该验货不在此状态")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The inspections that a command changed, the asked one first, their order with what is told, and the milestones that happened by it
    or could not.
    """

    changed: tuple[Inspection, ...]
    settled: Settled
    recorded: tuple[Happened, ...] = ()
    unmoved: tuple[Unmoved, ...] = ()

    @property
    def asked(self) -> Inspection:
        return self.changed[0]


def following(known: Inspection, state: str) -> Inspection:
    """The inspection as something is made of it; InspectionElsewhere where it is not in that state."""
    if known.state != state:
        raise InspectionElsewhere(words.state(known.state, state), state=known.state)
    return replace(known, version=known.version + 1)


def require_standing(known: Inspection, others: Sequence[Inspection]) -> None:
    """InspectionElsewhere unless it failed and nobody has made anything of that."""
    if known.state != "failed":
        raise InspectionElsewhere(words.state(known.state, "failed"), state=known.state)
    again = next((one for one in others if one.repeats == known.inspection_id and one.state != "withdrawn"), None)
    if again is not None:
        raise InspectionElsewhere(words.repeated(again.state), state=known.state, by=str(again.inspection_id))


def legs_of(plan: Plan, inspection: Inspection) -> list[str | None]:
    """Where its lines travel now."""
    return list(dict.fromkeys(line.shipment for line in plan.lines if line.line in inspection.lines))


def keys_of(plan: Plan, inspection: Inspection) -> list[Key]:
    """The nodes that wait for it."""
    return [] if inspection.milestone is None else [(shipment, inspection.milestone) for shipment in legs_of(plan, inspection)]


def told(before: Plan, after: Plan, changed: tuple[Inspection, ...], *events: Event) -> Outcome:
    return Outcome(changed, Settled(before, after, compare(before, after), events))
