"""The occasions that a simulated command would bring. Pure."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from services.notifications.dates.domain import Order, reestimated
from services.notifications.messages.domain import Occasion
from shared.contracts.orders import PlanReestimated
from shared.problems import FieldError, require_none


def checked(events: Iterable[PlanReestimated]) -> tuple[PlanReestimated, ...]:
    """Invalid names what cannot be the answer of a simulation: an order that comes twice, one without the delay, a customer cut short."""
    known: dict[UUID, PlanReestimated] = {}
    errors: list[FieldError] = []
    for index, event in enumerate(events):
        field = f"orders.{index}.reestimated"
        if event.order_id in known:
            errors.append(FieldError(field, f"order {event.number} comes twice"))
        elif event.delay is None or event.because not in ("delay_logged", "delay_updated"):
            errors.append(FieldError(field, f"order {event.number} moves for another reason than a delay"))
        known[event.order_id] = event
    if not known:
        errors = [FieldError("orders", "give at least one")]
    elif not errors:
        errors = [FieldError("orders", reason) for reason in _missing(known.values())]
    require_none(errors)
    return tuple(known.values())


def _missing(events: Iterable[PlanReestimated]) -> list[str]:
    given: dict[UUID, list[PlanReestimated]] = {}
    for event in events:
        given.setdefault(event.customer_id, []).append(event)
    return [
        f"of the customer of order {own[0].number} {len(own)} orders are given, the delay has {own[0].delay.customer_orders}: give them all"
        for own in given.values()
        if own[0].delay is not None and len(own) != own[0].delay.customer_orders
    ]


def occasions(events: Iterable[PlanReestimated]) -> tuple[Occasion, ...]:
    """One for each customer, with his orders by number."""
    of_customer: dict[UUID, list[PlanReestimated]] = {}
    for event in sorted(events, key=lambda event: event.number):
        of_customer.setdefault(event.customer_id, []).append(event)
    return tuple(Occasion(parts[0].because, customer, tuple(parts)) for customer, parts in of_customer.items())


def foreseen(orders: Mapping[UUID, Order], events: Iterable[PlanReestimated]) -> dict[UUID, Order]:
    """The orders as they would be when their customers are told."""
    return {event.order_id: reestimated(orders[event.order_id], event) for event in events}
