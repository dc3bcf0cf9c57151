"""Waiting for all of a customer's orders in one command on a delay: the keys of what is gathered, and what becomes of it meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.legs import LinesMoved, LineSplit
from shared.contracts.orders import Because, PlanReestimated


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
        part = {"line": goods.part.line, "shipment": goods.part.shipment}
        parts = (one.model_copy(update=part) for one in held.lines if one.line == goods.line)
        return held.model_copy(update={"lines": (*held.lines, *parts)})
    into = {one.line: one.after for one in goods.lines}
    lines = tuple(one.model_copy(update={"shipment": into.get(one.line, one.shipment)}) for one in held.lines)
    ways = {(one.before, one.after) for one in goods.lines}
    along = [node.model_copy(update={"shipment": after}) for node in held.nodes for before, after in ways if node.shipment == before]
    stayed = [node for node in held.nodes if node.shipment not in goods.ended]
    nodes = {(node.shipment, node.milestone): node for node in (*along, *stayed)}
    transports = {**held.transports, **goods.transports}
    return held.model_copy(update={"lines": lines, "nodes": tuple(nodes.values()), "transports": transports})


def expected(events: Iterable[PlanReestimated]) -> dict[Key, int]:
    """How many of the customer's orders each key waits for."""
    return {key: event.delay.customer_orders for event in events if event.delay and (key := key_of(event))}
