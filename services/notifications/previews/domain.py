"""The occasions that a simulated command would bring. Pure."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from services.notifications.dates.domain import Order, reestimated
from services.notifications.messages.domain import Occasion, together
from shared.contracts.orders import PlanReestimated
from shared.contracts.text import Both
from shared.problems import FieldError, require_none


def checked(events: Iterable[PlanReestimated]) -> tuple[PlanReestimated, ...]:
    """Invalid names what cannot be the answer of a simulation: an order twice in a delay, one without any, a customer cut short."""
    given = tuple(events)
    seen: set[tuple[UUID, UUID]] = set()
    errors: list[FieldError] = []
    for index, event in enumerate(given):
        field = f"orders.{index}.reestimated"
        if event.delay is None or event.because not in ("delay_logged", "delay_updated"):
            chinese = f"订单 {event.number} 的变动并非由延误引起"
            errors.append(FieldError(field, Both(f"order {event.number} moves for another reason than a delay", chinese)))
        elif (event.order_id, event.delay.delay_id) in seen:
            errors.append(FieldError(field, Both(f"order {event.number} comes twice", f"订单 {event.number} 重复出现")))
        else:
            seen.add((event.order_id, event.delay.delay_id))
    require_none(errors or [FieldError("orders", reason) for reason in _missing(given)])
    return given


def _missing(events: Iterable[PlanReestimated]) -> list[Both]:
    """Customers of whose orders in a delay not all are given."""
    return [
        Both(
            f"of the customer of order {own[0].number} {len(own)} orders are given, the delay has {own[0].delay.customer_orders}:"
            " give them all",
            f"订单 {own[0].number} 的客户只给出 {len(own)} 个订单，该延误涉及其 {own[0].delay.customer_orders} 个订单，请全部给出",
        )
        for own in _by_notice(events)
        if own[0].delay is not None and len(own) != own[0].delay.customer_orders
    ]


def _by_notice(events: Iterable[PlanReestimated]) -> Iterable[list[PlanReestimated]]:
    """What is told together: a customer's orders in a delay, by number."""
    found: dict[object, list[PlanReestimated]] = {}
    for event in sorted(events, key=lambda event: event.number):
        found.setdefault((event.customer_id, event.delay and event.delay.delay_id), []).append(event)
    return found.values()


def occasions(events: Iterable[PlanReestimated]) -> tuple[Occasion, ...]:
    """One for each customer in each delay, with his orders by number; those of a disruption are released together."""
    found: dict[object, list[tuple[PlanReestimated, ...]]] = {}
    for own in _by_notice(events):
        delay = own[0].delay
        found.setdefault((own[0].customer_id, delay and (delay.disruption_id or delay.delay_id)), []).append(tuple(own))
    return tuple(map(together, found.values()))


def foreseen(orders: Mapping[UUID, Order], events: Iterable[PlanReestimated]) -> dict[UUID, Order]:
    """The orders as they would be when their customers are told."""
    after = dict(orders)
    for event in events:
        after[event.order_id] = reestimated(after[event.order_id], event)
    return after
