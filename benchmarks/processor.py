"""Processor time by who spent it: what a figure is made of, where it is the cores that it is short of.

Read from the kernel's books, for all threads of a process. Zero on a system that does not keep them as Linux does.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from types import MappingProxyType
from typing import NamedTuple

from benchmarks.ground import Ground
from benchmarks.method import Row, alone
from benchmarks.report import figure
from deploy.local.process import Process

POSTGRES, BROKER, LOAD = "PostgreSQL", "the broker", "the load"
UNITS: Mapping[str, float] = MappingProxyType({"ms": 1e3, "us": 1e6})
_TICKS = os.sysconf("SC_CLK_TCK")
_BACKENDS = "SELECT pid, coalesce(usename, '') AS role FROM pg_stat_activity"


@dataclass(frozen=True)
class Spent:
    """Seconds of processor time by part: services by their names, what PostgreSQL did for them by `of(service)`, and everybody else."""

    seconds: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(dict(Counter(self.seconds) + Counter(other.seconds)))

    def said(self, pieces: float, unit: str) -> str:
        """For one piece of work: of a service its process + its PostgreSQL, then everybody else, as far as can be told."""

        def each(part: str) -> str:
            return figure(self.seconds[part] / pieces * UNITS[unit])

        own = [part for part in self.seconds if of(part) in self.seconds]
        rest = [part for part in self.seconds if part not in own and part not in map(of, own)]
        return ", ".join([*(f"{part} {each(part)} + {each(of(part))}" for part in own), *(f"{part} {each(part)}" for part in rest)])


def of(service: str) -> str:
    """The part that PostgreSQL spent for a service."""
    return f"{POSTGRES} for {service}"


def row(name: str, rounds: Sequence[tuple[Spent, float]], unit: str = "ms") -> Row:
    """The processor time of one piece of work, and who took it. `rounds`: what was spent in each, and on how many pieces."""
    whole, pieces = sum((spent for spent, _ in rounds), Spent()), sum(count for _, count in rounds)
    values = [sum(spent.seconds.values()) / count * UNITS[unit] for spent, count in rounds]
    return alone(f"processor time of {name}", unit, values, note=whole.said(pieces, unit))


class Timed(NamedTuple):
    """Events a second, and the processor time of the events that this was taken from."""

    rate: float
    spent: Spent
    events: int


@dataclass
class Meter:
    """What has been spent since it was last read, by these services, the two servers, this process (the load) and the `commands` that it
    ran to their end, which are said by that name. No service may end meanwhile: it would count as one of them.
    """

    ground: Ground
    services: Mapping[str, Process] = field(default_factory=dict)
    commands: str = "commands"
    _before: Mapping[str, float] = field(default_factory=dict, init=False)

    async def read(self) -> Spent:
        """Call it once before the work, and then after it."""
        now = await self._now()
        spent = {part: max(0.0, seconds - self._before.get(part, 0.0)) for part, seconds in now.items()}
        self._before = now
        return Spent({part: seconds for part, seconds in spent.items() if seconds})

    async def _now(self) -> dict[str, float]:
        roles = {f"{name}_runtime": of(name) for name in self.services}
        found = {name: _seconds(process.pid) for name, process in self.services.items()} | dict.fromkeys(roles.values(), 0.0)
        async with self.ground.suite.database("postgres") as admin:  # its own backend must be alive, to tell who started it
            own = await admin.fetchval("SELECT pg_backend_pid()")
            rest = _seconds(int(_stat(own)[1]), ended=True)
            for pid, role in await admin.fetch(_BACKENDS):
                if role in roles:
                    found[roles[role]] += _seconds(pid)
                else:
                    rest += _seconds(pid)
        found |= {POSTGRES: rest, BROKER: _seconds(self.ground.nats.pid)}
        for part, who in ((LOAD, RUSAGE_SELF), (self.commands, RUSAGE_CHILDREN)):
            usage = getrusage(who)
            found[part] = usage.ru_utime + usage.ru_stime
        return found


def _seconds(pid: int, *, ended: bool = False) -> float:
    """Of a process so far, with `ended` those of its children that have ended."""
    utime, stime, cutime, cstime = (int(ticks) for ticks in _stat(pid)[11:15])
    return (utime + stime + (cutime + cstime if ended else 0)) / _TICKS


def _stat(pid: int) -> list[str]:
    """The fields behind the name, which may hold anything; zeros for one that has just ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return ["0"] * 15
