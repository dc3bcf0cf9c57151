"""What a command means of an order: legs, the parts of it that travel apart, milestones of them, and lines. Pure."""

from collections.abc import Iterable, Sequence

from services.orders.planning.model import Line, Node, Plan
from shared.problems import FieldError, Invalid, require_none


def find_leg(plan: Plan, milestone: str, shipment: str | None, given: bool, *, happened: bool = False) -> str | None:
    """The leg that a command on one order means; `given`: the caller named it (None is the leg without a shipment).

    Legs that have the milestone still before them are meant, or those to which it has `happened`. Invalid when there is no such leg,
    or several could be meant.
    """
    nodes = [node for node in plan.nodes if node.milestone == milestone]
    if not nodes:
        has = ", ".join(dict.fromkeys(node.milestone for node in sorted(plan.nodes, key=lambda node: node.position)))
        raise Invalid(f"the plan of order {plan.number} has no milestone {milestone}; it has {has}", field="milestone")
    if given:
        if shipment not in {node.shipment for node in nodes}:
            raise Invalid(f"no line of order {plan.number} travels in shipment {shipment or '(none yet)'}", field="shipment")
        return shipment
    meant = [node for node in nodes if plan.happened(node) == happened] or nodes
    if len(meant) > 1:
        names = ", ".join(node.shipment or "(none yet: null)" for node in meant)
        raise Invalid(f"order {plan.number} has {milestone} in several shipments, name one: {names}", field="shipment")
    return meant[0].shipment


def find_nodes(plans: Iterable[Plan], shipment: str, milestone: str) -> list[tuple[Plan, Node]]:
    """The milestone in each plan of a shipment that has it; Invalid where none does."""
    nodes = [(plan, node) for plan in plans if (node := plan.node((shipment, milestone))) is not None]
    if not nodes:
        raise Invalid(f"no plan of shipment {shipment} has the milestone {milestone}", field="milestone")
    return nodes


def find_lines(plan: Plan, named: Sequence[str]) -> list[Line]:
    """The lines that are named under `lines`, each to be delivered yet; Invalid names each that is not, or is given twice."""
    known = {line.line: line for line in plan.lines}
    errors = []
    for index, number in enumerate(named):
        if number not in known:
            errors.append(FieldError(f"lines.{index}", f"order {plan.number} has no line {number}, or it is cancelled"))
        elif number in named[:index]:
            errors.append(FieldError(f"lines.{index}", f"line {number} is given twice"))
        elif (day := known[number].delivered) is not None:
            errors.append(FieldError(f"lines.{index}", f"line {number} of order {plan.number} was delivered on {day}"))
    require_none(errors)
    return [known[number] for number in named]
