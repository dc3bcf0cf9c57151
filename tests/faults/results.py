"""The table of what came of the faults, printed and kept in docs/reliability.md."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.check import Verdict

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"


@dataclass(frozen=True)
class Result:
    """One row done. `recovered` is None when it was not within the bound."""

    name: str
    what: str
    seconds: float
    rate: float
    verdict: Verdict
    recovered: float | None
    notes: Sequence[str] = field(default=())

    def cells(self) -> tuple[str, ...]:
        found = self.verdict
        lasted = f"{self.seconds:g}" if self.seconds else "–"
        again = f"{found.mailed_again} of {found.ambiguous}" if found.ambiguous else "0"
        recovered = "no" if self.recovered is None else f"{self.recovered:.1f}"
        return (
            self.what, lasted, f"{self.rate:g}", str(found.notices), str(found.lost), str(found.doubled), again, recovered,
            "; ".join(self.notes),
        )  # fmt: skip


HEADS = ("fault", "for (s)", "delays/s", "delays", "lost", "doubled", "mailed again", "recovered (s)", "")


def markdown(results: Sequence[Result]) -> str:
    lines = [HEADS, tuple("---" for _ in HEADS), *(result.cells() for result in results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def printed(results: Sequence[Result]) -> list[str]:
    rows = [HEADS, *((result.name, *result.cells()[1:]) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def keep(results: Sequence[Result], seed: int, versions: Sequence[str], skipped: Sequence[str]) -> None:
    """Writes the table between the marks of the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    said = f"{datetime.now(UTC):%Y-%m-%d}, seed {seed}. {', '.join((*versions, f'Python {platform.python_version()}'))}."
    events = sum(result.verdict.notices for result in results)
    totals = f"{len(results)} faults, {events} delays logged, {sum(r.verdict.lost for r in results)} lost, "
    totals += f"{sum(r.verdict.doubled for r in results)} doubled."
    left_out = [f"Not run: {one}." for one in skipped]
    page = "\n\n".join([f"{before}{BEGIN}", " ".join([said, totals, *left_out]), markdown(results), f"{END}{after}"])
    PAGE.write_text(page, encoding="utf-8")
