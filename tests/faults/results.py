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
    goal: float | None
    notes: Sequence[str]
    verdict: Verdict | None = None
    recovered: float | None = None
    failed: str | None = None

    @property
    def wrong(self) -> list[str]:
        """Why it is not as it should be, in words."""
        return [*([f"not done to its end: {self.failed}"] if self.failed else []), *(self.verdict.wrong if self.verdict else [])]

    @property
    def over(self) -> bool:
        """Whether it took longer than was aimed at."""
        return self.goal is not None and (self.recovered is None or self.recovered > self.goal)

    def cells(self) -> tuple[str, ...]:
        lasted = f"{self.seconds:g}" if self.seconds else NOTHING
        recovered = "no" if self.recovered is None else f"{self.recovered:.1f}"
        goal = NOTHING if self.goal is None else f"{self.goal:g}, over" if self.over else f"{self.goal:g}"
        return self.what, lasted, f"{self.rate:g}", *self._found(), recovered, goal, "; ".join((*self.wrong, *self.notes))

    def _found(self) -> tuple[str, ...]:
        found = self.verdict
        if found is None:
            return (NOTHING,) * 4
        again = f"{found.mailed_again} of {found.ambiguous}" if found.ambiguous else "0"
        return str(found.notices), str(found.lost), str(found.doubled), again


NOTHING = "–"
HEADS = ("fault", "for (s)", "delays/s", "delays", "lost", "doubled", "mailed again", "recovered (s)", "goal (s)", "")


def markdown(results: Sequence[Result]) -> str:
    lines = [HEADS, tuple("---" for _ in HEADS), *(result.cells() for result in results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def printed(results: Sequence[Result]) -> list[str]:
    rows = [HEADS, *((result.name, *result.cells()[1:]) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def summary(results: Sequence[Result]) -> str:
    """What came of all of them, in words."""
    verdicts = [result.verdict for result in results if result.verdict is not None]
    aimed = [result for result in results if result.goal is not None]
    said = [
        f"{len(results)} faults, {sum(v.notices for v in verdicts):,} delays logged; {sum(v.lost for v in verdicts)} lost,"
        f" {sum(v.doubled for v in verdicts)} doubled",
        _named("not done to their end", [result for result in results if result.failed]),
        _named("not judged", [result for result in results if result.verdict is None]),
        _named("not recovered within their bound", [result for result in results if result.recovered is None]),
        f"{len([result for result in aimed if result.over])} of {len(aimed)} over their goal",
    ]
    return "; ".join(said) + "."


def _named(what: str, results: Sequence[Result]) -> str:
    names = ", ".join(result.name for result in results)
    return f"{len(results)} {what} ({names})" if names else f"0 {what}"


def keep(results: Sequence[Result], seed: int, versions: Sequence[str], skipped: Sequence[str], page: Path = PAGE) -> None:
    """Writes the table between the marks of the page. What explains it stands outside them."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    said = f"{datetime.now(UTC):%Y-%m-%d}, seed {seed}. {', '.join((*versions, f'Python {platform.python_version()}'))}."
    left_out = [f"Not run: {one}." for one in skipped]
    said = " ".join([said, summary(results), *left_out])
    page.write_text("\n\n".join([f"{before}{BEGIN}", said, markdown(results), f"{END}{after}"]), encoding="utf-8")
