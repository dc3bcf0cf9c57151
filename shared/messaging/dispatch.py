"""Which handlers take which event, and in what order a batch goes through them."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from shared.contracts.event import Event
from shared.database.pool import Tx
from shared.messaging.received import Handler, Handlers, Received


class Dispatch:
    """The handlers of a service, by type."""

    def __init__(self, handlers: Handlers) -> None:
        self._by_type: dict[str, list[Handler]] = defaultdict(list)
        self._of_all: list[Handler] = []
        for event, handler in handlers:
            if event is Event:
                self._of_all.append(handler)
            else:
                self._by_type[event.TYPE].append(handler)

    def wants(self, type: str) -> bool:
        """Whether anybody here reads events of that type."""
        return bool(self._of_all) or type in self._by_type

    async def __call__(self, tx: Tx, events: Sequence[Received[Any]], now: datetime) -> None:
        """Hand the events to their handlers: an aggregate's events in order, of different aggregates as many at once as that allows."""
        for handler in self._of_all:
            await handler(tx, events, now)
        wanted = [event for event in events if event.type in self._by_type]
        for together in rounds(wanted):
            for handler in self._by_type[together[0].type]:
                await handler(tx, together, now)


def rounds(events: Sequence[Received[Any]]) -> Iterator[list[Received[Any]]]:
    """Groups of one type, each in the order given, that keep every aggregate's order.

    The oldest event not handed out yet decides the type of the next group, so that a cause rarely comes after its effect;
    whatever other aggregates have of that type next goes with it.
    """
    lines: dict[tuple[str, object], deque[tuple[int, Received[Any]]]] = defaultdict(deque)
    for place, event in enumerate(events):
        lines[event.publisher, event.aggregate].append((place, event))
    heads: dict[str, list[deque[tuple[int, Received[Any]]]]] = defaultdict(list)
    for line in lines.values():
        heads[line[0][1].type].append(line)
    while heads:
        type = min(heads, key=lambda type: min(line[0][0] for line in heads[type]))
        group: list[tuple[int, Received[Any]]] = []
        for line in heads.pop(type):
            while line and line[0][1].type == type:
                group.append(line.popleft())
            if line:
                heads[line[0][1].type].append(line)
        yield [event for _, event in sorted(group, key=lambda placed: placed[0])]
