"""What lines expect of the milestones of a leg that they join. Pure."""

from collections import defaultdict
from collections.abc import Container, Sequence

from services.orders.planning.model import Plan, behind
from services.orders.shipments.domain.travelling import Leg
from shared.contracts.joining import JoinedNode
from shared.contracts.legs import LineMove


def joined_nodes(before: Plan, after: Plan, moves: Sequence[LineMove], along: Container[Leg]) -> tuple[JoinedNode, ...]:
    """The milestones still to come that lines expect on another day in the leg which they have joined than in the one that they left.

    Those of legs that went `along`, whose milestones the leg has, expect what it does: what moved of it is told of the leg.
    """
    into, joining = moves[0].after, defaultdict[Leg, list[str]](list)
    for move in moves:
        if move.before not in along:
            joining[move.before].append(move.line)
    there = after.legs()[into]
    happened, has_happened = behind(before.network, before.nodes), behind(after.network, there)[into]
    pairs = (
        (before.at((leg, now.milestone)), now, lines)
        for now in there
        for leg, lines in joining.items()
        if not (happened[leg] | has_happened) >> now.position & 1
    )
    return tuple(
        JoinedNode(
            shipment=into,
            milestone=now.milestone,
            lines=tuple(lines),
            visible=now.visible,
            before=was.estimated,
            after=now.estimated,
            revision=now.revision,
            name=after.network.steps[now.position].name,
            due=now.due,
        )
        for was, now, lines in pairs
        if (was.estimated, was.due) != (now.estimated, now.due)
    )
