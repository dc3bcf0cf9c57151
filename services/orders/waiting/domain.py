"""What had happened and could not be recorded, as one step with what it waited for. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from services.orders.planning.domain import at_once
from services.orders.planning.model import Line, Node, Plan, Settled


class Step(NamedTuple):
    """What moved an order, and why the ledger has it."""

    settled: Settled
    because: str


def as_one(steps: Sequence[Step]) -> tuple[Settled, list[Step]]:
    """The steps of an order as the one that is told, and as they are written: each with the dates and words that it gave, and the last
    with what all of them moved.
    """
    if len(steps) == 1:
        return steps[0].settled, list(steps)
    whole = at_once(steps[0].settled.before, steps[-1].settled.after, [event for step in steps for event in step.settled.events])
    written, was = list[Step](), whole.before
    for given, because in steps[:-1]:
        nodes, lines = tuple(_nodes(was, given, whole.after)), tuple(_lines(was, given, whole.after))
        now = replace(whole.after, nodes=nodes, lines=lines)
        written.append(Step(Settled(was, now, whole.moves), because))
        was = now
    return whole, [*written, Step(replace(whole, before=was), steps[-1].because)]


def _nodes(was: Plan, given: Settled, whole: Plan) -> Iterator[Node]:
    for stood, before, after, now in zip(was.nodes, given.before.nodes, given.after.nodes, whole.nodes, strict=True):
        yield now if _said(before) != _said(after) else stood


def _said(node: Node) -> tuple[object, ...]:
    return node.actual, node.stated, node.typed, node.typed_at


def _lines(was: Plan, given: Settled, whole: Plan) -> Iterator[Line]:
    for stood, before, after, now in zip(was.lines, given.before.lines, given.after.lines, whole.lines, strict=True):
        yield now if before.delivered != after.delivered else stood
