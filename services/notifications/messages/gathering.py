"""Waiting for all of a customer's orders in one command on a delay: the keys of what is gathered, and what becomes of it meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.joining import JoinedNode
from shared.contracts.legs import LineMove, LinesMoved, LineSplit
from shared.contracts.orders import Because, MovedNode, PlanReestimated


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One customer in one command on one delay. Keys are locked in their order, so that two replicas never wait for each other."""

    delay_id: UUID
    revision: int
    because: Because
    customer_id: UUID


def key_of(event: PlanReestimated) -> Key | None:
    """None for an event that no delay is behind: it is told by itself."""
    return Key(event.delay.delay_id, event.delay.revision, event.because, event.customer_id) if event.delay else None


def is_held(event: PlanReestimated) -> bool:
    """Whether it waits for the word of the customer's owner: what a disruption logged, as long as he says nothing else of it."""
    return event.because == "delay_logged" and event.delay is not None and event.delay.disruption_id is not None


def follow(held: PlanReestimated, goods: LinesMoved | LineSplit) -> PlanReestimated:
    """What waits to be told of goods, where they are by now: of each part of a line, and of the legs in which they travel. What did not
    move there has been told, and is not told again.
    """
    if isinstance(goods, LineSplit):
        return _split(held, goods)
    into, made = {one.line: one.after for one in goods.lines}, {leg.shipment for leg in goods.legs}
    ways = dict.fromkeys((one.before, one.after) for one in goods.lines if one.after in made)
    along = [node.model_copy(update={"shipment": after}) for node in held.nodes for before, after in ways if node.shipment == before]
    stayed = [node for node in held.nodes if node.shipment not in goods.ended]
    nodes = {(node.shipment, node.milestone): node for node in (*along, *stayed)}
    joins = [_joins(node, one) for one in goods.lines if one.after not in made for node in held.nodes if node.shipment == one.before]
    went = [
        node.model_copy(update={"shipment": into.get(line, node.shipment), "lines": (line,)}) for node in held.joined for line in node.lines
    ]
    joined = {(node.shipment, node.milestone, node.lines): node for node in (*joins, *went)}
    lines = tuple(one.model_copy(update={"shipment": into.get(one.line, one.shipment)}) for one in held.lines)
    moved = {"nodes": tuple(nodes.values()), "joined": tuple(joined.values()), "lines": lines}
    return held.model_copy(update={**moved, "transports": {**held.transports, **goods.transports}})


def _split(held: PlanReestimated, goods: LineSplit) -> PlanReestimated:
    part = goods.part
    parts = [one.model_copy(update={"line": part.line, "shipment": part.shipment}) for one in held.lines if one.line == goods.line]
    joined = [node.model_copy(update={"lines": (part.line,)}) for node in held.joined if goods.line in node.lines]
    return held.model_copy(update={"lines": (*held.lines, *parts), "joined": (*held.joined, *joined)})


def _joins(node: MovedNode, one: LineMove) -> JoinedNode:
    """Told of the line by itself, as of any that joins a leg which was there: that has estimates of its own, and counts none by it."""
    return JoinedNode(
        shipment=one.after,
        milestone=node.milestone,
        lines=(one.line,),
        visible=node.visible,
        before=node.before,
        after=node.after,
        revision=0,
        name=node.name,
        due=node.due,
    )


def expected(events: Iterable[PlanReestimated]) -> dict[Key, int]:
    """How many of the customer's orders each key waits for."""
    return {key: event.delay.customer_orders for event in events if event.delay and (key := key_of(event))}
