"""What a batch of events changes in the projections, folded in memory so that each table is written once.

Folding is the same whatever the batches: whole rows replace, parts change single columns, and a part never sets a column to null:
it empties it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from shared.contracts.event import Event

NOTHING = date.min
"""Said of a day that a row has no more: a part never sets a column to null."""

Key = tuple[Any, ...]
Columns = dict[str, Any]
F = TypeVar("F", bound=Callable[..., None])


class Fact(Protocol):
    """One event with its envelope, as far as a projection may look at it."""

    @property
    def data(self) -> Any: ...
    @property
    def id(self) -> UUID: ...
    @property
    def aggregate(self) -> UUID: ...
    @property
    def sequence(self) -> int: ...
    @property
    def time(self) -> datetime: ...
    @property
    def historical(self) -> bool: ...
    @property
    def correlation_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Change:
    """Changes to one table by primary key: whole rows, single columns of rows written by earlier batches, and rows that are no more."""

    kept: frozenset[str] = frozenset()
    whole: dict[Key, Columns] = field(default_factory=dict)
    parts: dict[Key, Columns] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)

    def put(self, key: Key, columns: Columns) -> None:
        """The row as it is now. Columns in `kept` stay as the first row had them."""
        if self.kept and (before := self.whole.get(key)) is not None:
            columns = {**columns, **{name: before[name] for name in self.kept}}
        self.whole[key] = columns
        if self.parts:
            self.parts.pop(key, None)

    def drop(self, key: Key) -> None:
        """There is no such row any more."""
        self.whole.pop(key, None)
        self.parts.pop(key, None)
        self.gone.add(key)

    def change(self, key: Key, columns: Columns) -> None:
        """These columns have new values; a row that nobody wrote is not made."""
        row = self.whole.get(key)
        if row is None:
            row = self.parts.setdefault(key, {})
        row.update(columns)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A promise that moved on `on`: it counts as agreed only when the promise it replaces had not passed by then."""

    order_id: UUID
    line: str
    on: date
    before: date
    after: date

    def holds(self, agreed: date) -> bool:
        return agreed == self.before and self.on <= self.before


LOGGED = frozenset({"logged_by", "logged_at", "logged_event", "correlation_id"})


@dataclass(frozen=True, slots=True)
class Changes:
    """A batch's changes by table. `agreements` are those to lines of earlier batches, oldest first."""

    customer: Change = field(default_factory=Change)
    staff: Change = field(default_factory=Change)
    supplier: Change = field(default_factory=Change)
    shipment: Change = field(default_factory=Change)
    sailing: Change = field(default_factory=Change)
    sales_order: Change = field(default_factory=Change)
    line: Change = field(default_factory=Change)
    milestone: Change = field(default_factory=Change)
    promise_change: Change = field(default_factory=Change)
    delay: Change = field(default_factory=lambda: Change(kept=LOGGED))
    delay_order: Change = field(default_factory=lambda: Change(kept=frozenset({"before"})))
    delay_effect: Change = field(default_factory=Change)
    exception: Change = field(default_factory=lambda: Change(kept=frozenset({"opened_at"})))
    exception_order: Change = field(default_factory=Change)
    lateness: Change = field(default_factory=Change)
    chase: Change = field(default_factory=Change)
    warning: Change = field(default_factory=Change)
    credit: Change = field(default_factory=Change)
    credit_risk: Change = field(default_factory=Change)
    document: Change = field(default_factory=Change)
    customs_entry: Change = field(default_factory=Change)
    clause: Change = field(default_factory=Change)
    material: Change = field(default_factory=Change)
    material_receipt: Change = field(default_factory=Change)
    notice: Change = field(default_factory=Change)
    notice_order: Change = field(default_factory=Change)
    notice_date: Change = field(default_factory=Change)
    agreements: list[Agreement] = field(default_factory=list)

    def agree(self, agreement: Agreement) -> None:
        row = self.line.whole.get((agreement.order_id, agreement.line))
        if row is None:
            self.agreements.append(agreement)
        elif agreement.holds(row["agreed"]):
            row["agreed"] = agreement.after

    def rounds(self) -> list[list[Agreement]]:
        """The agreements in steps: a line appears at most once in a step, in the order in which its promise moved."""
        steps: list[list[Agreement]] = []
        count: dict[Key, int] = {}
        for agreement in self.agreements:
            key = (agreement.order_id, agreement.line)
            step = count.get(key, 0)
            count[key] = step + 1
            if step == len(steps):
                steps.append([])
            steps[step].append(agreement)
        return steps


Fold = Callable[[Changes, Fact], None]


@dataclass(frozen=True, slots=True)
class Folds:
    """Which function folds which event."""

    by_event: dict[type[Event], Fold] = field(default_factory=dict)

    def on(self, *events: type[Event]) -> Callable[[F], F]:
        def register(function: F) -> F:
            for event in events:
                self.by_event[event] = function
            return function

        return register


def fold(folds: Mapping[type[Event], Fold], changes: Changes, fact: Fact) -> None:
    """Apply one event; types without a fold are archived only."""
    apply = folds.get(type(fact.data))
    if apply is not None:
        apply(changes, fact)
