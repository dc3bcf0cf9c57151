"""What a mail that waits behind another was decided from: where that one does not leave, it is decided anew. Pure."""

from collections.abc import Mapping
from typing import Any

from services.notifications.messages.domain import Occasion, Part, together
from shared.contracts.orders import PlanReestimated, PromiseChanged


def kept(occasion: Occasion, event: str) -> dict[str, Any]:
    """As it is stored, with the type of the event that brought it."""
    return {"event": event, "shares": [[part.model_dump(mode="json") for part in parts] for parts in occasion.shares]}


def occasion_of(decided_from: Mapping[str, Any]) -> Occasion:
    shares = [tuple(map(_part, parts)) for parts in decided_from["shares"]]
    plans = [tuple(part for part in parts if isinstance(part, PlanReestimated)) for parts in shares]
    if all(plans):
        return together(plans)
    return Occasion("promise_changed", shares[0][0].customer_id, shares[0])


def _part(told: Mapping[str, Any]) -> Part:
    return PlanReestimated.model_validate(told) if "because" in told else PromiseChanged.model_validate(told)
