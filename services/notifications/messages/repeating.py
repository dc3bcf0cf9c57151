"""What a delay moved before, and a contact could not read: told with its update, too. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from services.notifications.dates.domain import Move, Order
from services.notifications.dates.model import Which


def again(order: Order, moves: Sequence[Move], unread: Mapping[Which, date]) -> tuple[Move, ...]:
    """What of it the update does not move, from the day before the delay moved it to the one that stands now."""
    if not unread:
        return ()
    moved = {move.which for move in moves}
    missed = (move for move in _all(order) if move.which in unread and move.which not in moved)
    return tuple(replace(move, before=unread[move.which]) for move in missed)


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
