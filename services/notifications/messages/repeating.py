"""What a delay moved before and nobody could read: told with its update, too. Pure."""

from collections.abc import Container, Sequence

from services.notifications.dates.domain import Move, Order
from services.notifications.dates.model import Which


def again(order: Order, moves: Sequence[Move], unread: Container[Which]) -> tuple[Move, ...]:
    """What of it the update does not move, as it stands now."""
    moved = {move.which for move in moves}
    return tuple(move for move in _all(order) if move.which in unread and move.which not in moved)


def _all(order: Order) -> tuple[Move, ...]:
    lines = [
        Move(
            order.id, line.shipment, order.delivery_point, line.line, "estimate", line.told.estimate, line.told.date,
            max(line.promised, line.expected),
        )
        for line in order.lines
    ]  # fmt: skip
    nodes = [
        Move(order.id, node.shipment, node.milestone, None, "estimate", node.told.estimate, node.told.date, node.expected, apart=node.line)
        for node in order.nodes
    ]
    return (*lines, *nodes)
