"""Legs: the parts of an order that travel apart. Pure."""

from collections.abc import Sequence

from services.orders.planning import words
from services.orders.planning.model import Node, Plan
from shared.problems import Invalid


def find_leg(plan: Plan, milestone: str, shipment: str | None, given: bool, *, happened: bool = False) -> str | None:
    """The leg that a command on one order means; `given`: the caller named it (None is the leg without a shipment).

    Legs that have the milestone still before them are meant, or those to which it has `happened`. Invalid when there is no such leg,
    or several could be meant.
    """
    nodes = [node for node in plan.nodes if node.milestone == milestone]
    if not nodes:
        has = dict.fromkeys(node.milestone for node in sorted(plan.nodes, key=lambda node: node.position))
        raise Invalid(words.no_milestone(plan.number, milestone, has), field="milestone")
    if given:
        if shipment not in {node.shipment for node in nodes}:
            raise Invalid(words.no_line(plan.number, shipment), field="shipment")
        return shipment
    meant = [node for node in nodes if plan.happened(node) == happened] or nodes
    if len(meant) > 1:
        shipments = [node.shipment for node in meant]
        raise Invalid(words.several_legs(plan.number, milestone, shipments), field="shipment", shipments=shipments)
    return meant[0].shipment


def find_nodes(plans: Sequence[Plan], shipment: str, milestone: str) -> list[tuple[Plan, Node]]:
    """The milestone in each plan of a shipment that has it; Invalid where none does."""
    if not plans:
        raise Invalid(words.empty(shipment), field="shipment")
    nodes = [(plan, node) for plan in plans if (node := plan.node((shipment, milestone))) is not None]
    if not nodes:
        raise Invalid(words.nowhere(shipment, milestone), field="milestone")
    return nodes
