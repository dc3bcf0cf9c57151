"""The demo's figures: read from the services, and checked against the file and the mailbox. What cannot be checked is not stated."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.local.client import Client
from deploy.local.demo.chinese import words

FIELDS = ("lines", "lines_on_time", "orders", "shipments", "customers", "suppliers", "delays_logged", "contacts_told", "notices_sent")
"""The figures of the JSON answer, besides the two latencies."""


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is what the services say, `expected` what must come out, `why` where that is from."""

    name: str
    title: str
    value: Any
    expected: Any
    why: str

    @property
    def right(self) -> bool:
        return bool(self.value == self.expected)


@dataclass
class Figures:
    """All that was checked. The demo is right when each of them is, and none is missing."""

    checked: list[Figure] = field(default_factory=list)

    def check(self, name: str, title: str, value: Any, expected: Any, why: str, **values: object) -> None:
        """`values` are what title and reason name."""
        self.checked.append(Figure(name, words(title, **values), value, expected, words(why, **values)))

    @property
    def wrong(self) -> list[Figure]:
        return [figure for figure in self.checked if not figure.right]

    def value(self, name: str) -> Any:
        return next(figure.value for figure in self.checked if figure.name == name)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds, one sample for each delay."""

    samples: Sequence[float]

    def quantile(self, q: float) -> float:
        """The nearest-rank quantile."""
        ordered = sorted(self.samples)
        return round(ordered[math.ceil(q * len(ordered)) - 1], 1)

    def told(self) -> dict[str, float]:
        return {"p50": self.quantile(0.5), "p99": self.quantile(0.99)}


async def report(client: Client, name: str, **query: Any) -> list[dict[str, Any]]:
    """The rows of a report."""
    answer = (await client.get(f"/api/reporting/reports/{name}", **query)).expect(200)
    rows: list[dict[str, Any]] = answer["rows"]
    return rows


async def counts(client: Client) -> dict[str, Any]:
    """What reporting counts of the imported orders: the made case is not among them."""
    return (await report(client, "counts", source="import"))[0]


async def on_time(client: Client, **query: Any) -> list[dict[str, Any]]:
    return await report(client, "on-time", source="import", **query)
