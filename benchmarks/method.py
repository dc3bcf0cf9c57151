"""How a figure is come to: both sides in turns, A B B A, in one run; the median and the quartiles of their ratio."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median, quantiles
from typing import Generic, NamedTuple, TypeVar

ROUNDS = 5
QUICK = 0.02
BUSY = 0.5
"""Cores in use by others from which on a figure says nothing."""

Figure = TypeVar("Figure")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a bench is to do. `peers` is the Python of the peers' environment, None when they are not to be measured."""

    rounds: int = ROUNDS
    scale: float = 1.0
    peers: Path | None = None

    def count(self, full: int) -> int:
        """So many pieces of work, of `full` in a full run."""
        return max(1, round(full * self.scale))

    def seconds(self, full: float) -> float:
        """So long, of `full` seconds in a full run; at least a tenth of a second."""
        return max(0.1, full * self.scale)


class Spread(NamedTuple):
    """The quartiles."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reach:
    """What a row is to come to: a value, or a ratio to what it stands against; either is enough. `at_most`: less is better."""

    value: float | None = None
    ratio: float | None = None
    at_most: bool = False

    def reached(self, value: float, ratio: float | None) -> bool:
        pairs = [(value, self.value), (ratio, self.ratio)]
        return any((got <= goal if self.at_most else got >= goal) for got, goal in pairs if got is not None and goal is not None)

    def said(self, unit: str) -> str:
        goals = [f"{self.value:,g} {unit}"] if self.value is not None else []
        goals += [f"{self.ratio:g} x"] if self.ratio is not None else []
        return f"{'at most' if self.at_most else 'at least'} {' or '.join(goals)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the median value, and the median of its ratio to what it is measured against.

    `spread` is that of the ratio, or of the value where nothing stands against it. `reach` and `reached` are None where no goal is set.
    """

    name: str
    value: float
    unit: str
    against: str | None
    ratio: float | None
    reach: str | None
    reached: bool | None
    spread: Spread | None = None
    rounds: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Side(Generic[Figure]):
    """One of the things compared. `measure` does one round and gives its figure, or its figures."""

    name: str
    measure: Callable[[], Awaitable[Figure]]


async def side_by_side(sides: Sequence[Side[Figure]], rounds: int) -> Mapping[str, Sequence[Figure]]:
    """The figures of each side by its name: one round of each to warm up, then `rounds` of each in turns. The first counts only if it is
    all that is asked for.

    Every other round goes backwards: what one side leaves to the next, and what the machine does meanwhile, meets both alike.
    """
    figures: dict[str, list[Figure]] = {side.name: [] for side in sides}
    for number in range(rounds + 1):
        for side in reversed(sides) if number % 2 else sides:
            figure = await side.measure()
            if number or not rounds:
                figures[side.name].append(figure)
    return figures


def compare(
    name: str, unit: str, values: Sequence[float], against: str, others: Sequence[float], reach: Reach | None = None, note: str = ""
) -> Row:
    """The row of one side against another, from the figures of the same rounds. The ratio is value / other, whatever the unit."""
    ratios = [value / other for value, other in zip(values, others, strict=True)]
    return _row(name, unit, values, against, ratios, reach, note)


def alone(name: str, unit: str, values: Sequence[float], reach: Reach | None = None, note: str = "") -> Row:
    """The row of a figure that stands against nothing but its goal."""
    return _row(name, unit, values, None, [], reach, note)


def _row(
    name: str, unit: str, values: Sequence[float], against: str | None, ratios: Sequence[float], reach: Reach | None, note: str
) -> Row:
    value = median(values)
    ratio = median(ratios) if ratios else None
    return Row(
        name=name,
        value=value,
        unit=unit,
        against=against,
        ratio=ratio,
        reach=reach.said(unit) if reach else None,
        reached=reach.reached(value, ratio) if reach else None,
        spread=spread(ratios or values),
        rounds=len(values),
        note=note,
    )


def spread(values: Sequence[float]) -> Spread | None:
    if len(values) < 2:
        return None
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Spread(low, high)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of them do not exceed. Of at least one value."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


async def outside_load(seconds: float = 3.0) -> float:
    """Cores that others use at this moment; call it while nothing of ours runs. 0 on a system that does not tell."""
    began, busy = time.monotonic(), _busy_seconds()
    await asyncio.sleep(seconds)
    return (_busy_seconds() - busy) / (time.monotonic() - began)


def _busy_seconds() -> float:
    """Seconds that all cores together have worked since the machine was started."""
    try:
        cpu = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    user, nice, system, _idle, _iowait, *rest = (int(ticks) for ticks in cpu[:8])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")
