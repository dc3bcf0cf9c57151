"""The figures on the terminal, in a file of JSON, and in docs/performance.md."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.method import Row, Spread

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
HEADS = ("what", "value", "against", "ratio", "spread", "goal", "reached", "")


@dataclass
class Report:
    """What one run found: the machine's facts, and the rows of each bench. `load` are the cores that others used when it began."""

    facts: Mapping[str, str] = field(default_factory=dict)
    benches: dict[str, Sequence[Row]] = field(default_factory=dict)
    load: float = 0.0
    busy: bool = False
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def said_of_load(self) -> str:
        if self.busy:
            return f"Others used {self.load:.2f} cores meanwhile: these figures are noise, their ratios little better."
        return f"Others used {self.load:.2f} cores when it began."

    def as_json(self) -> str:
        rows = [{**asdict(row), "bench": bench} for bench, rows in self.benches.items() for row in rows]
        content = {"began": self.began.isoformat(), "load_from_outside": self.load, "busy": self.busy, "facts": self.facts, "rows": rows}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    def write_page(self, page: Path = PAGE) -> None:
        """Puts the facts and each bench's table between their marks. What stands around them is kept, and the tables of other benches."""
        text = page.read_text(encoding="utf-8")
        facts = "\n".join([*(f"- {name}: {said}" for name, said in self.facts.items()), f"- {self.said_of_load()}"])
        text = _between(text, "facts", f"{self.began:%Y-%m-%d %H:%M} UTC\n\n{facts}")
        for bench, rows in self.benches.items():
            text = _between(text, bench, markdown(rows))
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
