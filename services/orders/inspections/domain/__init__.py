"""The rules of inspections. Pure; the one door to them."""

from services.orders.inspections.domain.outcome import DEPARTMENT, HOLDS, InspectionElsewhere, Outcome
from services.orders.inspections.domain.results import WORST, complain, endangers, regrouped, report, seen_to, waive
from services.orders.inspections.domain.schedule import change, end, plan_inspection, repeat, withdraw

__all__ = [
    "DEPARTMENT", "HOLDS", "WORST", "InspectionElsewhere", "Outcome", "change", "complain", "end", "endangers", "plan_inspection",
    "regrouped", "repeat", "report", "seen_to", "waive", "withdraw",
]  # fmt: skip
