"""In what order a batch goes through its handlers."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.event import Event
from shared.ids import new_id
from shared.messaging.dispatch import rounds
from shared.messaging.received import Received
from tests.shared.messaging.telling import STAMP

AGGREGATES = [UUID(int=number) for number in range(6)]


def _event(type: str, aggregate: UUID, sequence: int) -> Received[Any]:
    return Received(
        Event(), new_id(), f"orders.{type}.done.v1", "orders", aggregate, sequence, STAMP.time, "c", None, "a", False, None, b""
    )


def _events(shape: list[tuple[str, UUID]]) -> list[Received[Any]]:
    told: dict[UUID, int] = {}
    found = []
    for type, aggregate in shape:
        told[aggregate] = told.get(aggregate, 0) + 1
        found.append(_event(type, aggregate, told[aggregate]))
    return found


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(AGGREGATES)), max_size=60))
def test_every_event_once_and_every_aggregate_in_order(shape: list[tuple[str, UUID]]) -> None:
    events = _events(shape)
    groups = list(rounds(events))
    flat = [event for group in groups for event in group]
    assert sorted(map(id, flat)) == sorted(map(id, events))
    for group in groups:
        assert len({event.type for event in group}) == 1
        assert [events.index(event) for event in group] == sorted(events.index(event) for event in group)
    for aggregate in AGGREGATES:
        sequences = [event.sequence for event in flat if event.aggregate == aggregate]
        assert sequences == list(range(1, len(sequences) + 1))


def test_a_bulk_of_like_aggregates_makes_few_groups() -> None:
    shape = [(type, UUID(int=number)) for number in range(100) for type in "abc"]
    assert [len(group) for group in rounds(_events(shape))] == [100, 100, 100]


def test_what_came_first_goes_first() -> None:
    one, other, third = AGGREGATES[:3]
    groups = list(rounds(_events([("b", one), ("a", other), ("a", third), ("b", other)])))
    assert [group[0].type.split(".")[1] for group in groups] == ["b", "a", "b"]
