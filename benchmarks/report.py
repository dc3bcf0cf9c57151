"""The figures on the terminal, in a file of JSON, and in docs/performance.md."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from benchmarks.method import BUSY, Row, Spread

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
HEADS = ("what", "value", "against", "ratio", "spread", "goal", "reached", "")
_TOOK = re.compile(r"^<details><summary>.*? in ([\d,]+) s\b", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """What one bench found, on what and when. `load` are the cores that others used when it began."""

    rows: Sequence[Row]
    facts: Mapping[str, str]
    began: datetime
    seconds: float
    load: float
    quick: bool = False

    @property
    def said(self) -> str:
        rounds = max(row.rounds for row in self.rows)
        said = f"{self.began:%Y-%m-%d %H:%M} UTC, {rounds} round{'s' if rounds > 1 else ''} in {self.seconds:,.0f} s"
        said += ", a fiftieth of the work" if self.quick else ""
        return f"{said}; others used {self.load:.2f} cores when it began{': noise' if self.load > BUSY else ''}"

    def markdown(self) -> str:
        """Its table, behind what it is of."""
        facts = "\n".join(f"- {name}: {said}" for name, said in self.facts.items())
        return f"<details><summary>{self.said}</summary>\n\n{facts}\n\n</details>\n\n{markdown(self.rows)}"

    def printed(self, name: str) -> str:
        facts = [f"{fact}: {said}" for fact, said in self.facts.items()]
        return "\n".join(["", f"{name}: {self.said}", *facts, "", *printed(self.rows)])


@dataclass
class Report:
    """What a run has found so far, by bench."""

    benches: dict[str, Found] = field(default_factory=dict)

    def as_json(self) -> str:
        rows = [{**asdict(row), "bench": bench} for bench, found in self.benches.items() for row in found.rows]
        runs = {
            bench: {"began": found.began.isoformat(), "seconds": found.seconds, "load_from_outside": found.load, "facts": found.facts}
            for bench, found in self.benches.items()
        }
        return json.dumps({"runs": runs, "rows": rows}, indent=1, ensure_ascii=False) + "\n"

    def write_page(self, page: Path = PAGE) -> None:
        """Puts each bench's table between its marks, and how long all that are there took. What stands around them is kept, and the
        tables of other benches.
        """
        text = page.read_text(encoding="utf-8")
        for bench, found in self.benches.items():
            text = _between(text, bench, found.markdown())
        minutes = sum(int(seconds.replace(",", "")) for seconds in _TOOK.findall(text)) / 60
        text = _between(text, "all", f"The tables below took {minutes:.0f} minutes together, each with as many rounds as it names.")
        page.write_text(text, encoding="utf-8")


def _between(text: str, name: str, content: str) -> str:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = text.split(begin, 1)
    return f"{before}{begin}\n\n{content}\n\n{end}{rest.split(end, 1)[1]}"


def cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{figure(row.value)} {row.unit}",
        row.against or "",
        f"{row.ratio:.2f}" if row.ratio is not None else "",
        _spread(row.spread, ratio=row.ratio is not None),
        row.reach or "",
        "" if row.reached is None else "yes" if row.reached else "NO",
        row.note,
    )


def _spread(spread: Spread | None, *, ratio: bool) -> str:
    if spread is None:
        return ""
    return f"{spread.low:.2f} to {spread.high:.2f}" if ratio else f"{figure(spread.low)} to {figure(spread.high)}"


def figure(value: float) -> str:
    """With three digits that count, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def printed(rows: Sequence[Row]) -> list[str]:
    lines = [HEADS, *map(cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def markdown(rows: Sequence[Row]) -> str:
    lines = [HEADS, tuple("---" for _ in HEADS), *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
