"""The table of what came of the faults, printed and kept in docs/reliability.md."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.check import Verdict

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"


@dataclass
class Result:
    """One row done. `recovered` is None when it was not within the bound; `failed` says why the row could not be done to its end."""

    name: str
    what: str
    seconds: float
    rate: float
    notes: Sequence[str]
    verdict: Verdict | None = None
    recovered: float | None = None
    failed: str | None = None

    def cells(self) -> tuple[str, ...]:
        lasted = f"{self.seconds:g}" if self.seconds else NOTHING
        recovered = "no" if self.recovered is None else f"{self.recovered:.1f}"
        said = "; ".join((*((f"failed: {self.failed}",) if self.failed else ()), *self.notes))
        return self.what, lasted, f"{self.rate:g}", *self._found(), recovered, said

    def _found(self) -> tuple[str, ...]:
        found = self.verdict
        if found is None:
            return (NOTHING,) * 4
        again = f"{found.mailed_again} of {found.ambiguous}" if found.ambiguous else "0"
        return str(found.notices), str(found.lost), str(found.doubled), again


NOTHING = "–"
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
    verdicts = [result.verdict for result in results if result.verdict is not None]
    totals = f"{len(results)} faults, {sum(v.notices for v in verdicts)} delays logged, {sum(v.lost for v in verdicts)} lost, "
    totals += f"{sum(v.doubled for v in verdicts)} doubled, {sum(r.failed is not None for r in results)} not done to the end."
    left_out = [f"Not run: {one}." for one in skipped]
    page = "\n\n".join([f"{before}{BEGIN}", " ".join([said, totals, *left_out]), markdown(results), f"{END}{after}"])
    PAGE.write_text(page, encoding="utf-8")
