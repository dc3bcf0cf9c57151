"""The rules of plans. Pure; the one door to them."""

from services.orders.planning.domain.settling import compare, estimate, latest, plan_leg, recount, reestimated, settle

__all__ = ["compare", "estimate", "latest", "plan_leg", "recount", "reestimated", "settle"]
