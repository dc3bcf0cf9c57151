"""Which goods may be entered into a shipment, or with others of their order that are in none. Pure."""

from services.orders.planning.domain import goods_left
from services.orders.planning.model import Plan
from services.orders.planning.words import happened_in
from services.orders.shipments import words
from services.orders.shipments.domain.travelling import Apart, Leg, Underway

AGREED = "order"
"""The stage of what is agreed of an order, and holds of goods that are entered later. Nothing else has happened to them."""


def require_aboard(plan: Plan, leg: Leg, left: bool, field: str) -> None:
    """Underway for goods of a new order, entered as `field` says, that are not on their way while their shipment has `left`."""
    if left and goods_left(plan, leg) is None:
        raise Underway(words.enter_as_left(words.left_without(leg)), field=field)


def require_unmade(plan: Plan, leg: Leg, left: bool, field: str) -> None:
    """Underway or Apart for goods that are new to an order, where its leg has more behind it than they, or the shipment has `left`."""
    if (gone := goods_left(plan, leg)) is not None:
        raise Underway(words.enter_elsewhere(happened_in(plan.number, gone.milestone, leg, gone.actual)), field=field)
    if left:
        raise Underway(words.enter_elsewhere(words.left_without(leg)), field=field)
    for node in plan.legs().get(leg, ()):
        done = plan.passed(node.key) if plan.network.steps[node.position].stage != AGREED else None
        if done is not None and done.actual is not None:
            said = words.not_to_those(plan.number, done.milestone, leg, done.actual)
            raise Apart(words.enter_elsewhere(said), field=field, milestone=done.milestone)
