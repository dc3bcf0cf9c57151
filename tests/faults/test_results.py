"""The table says what is true of the rows, and a run writes nothing but the table."""

from pathlib import Path

from tests.faults import results
from tests.faults.check import Verdict
from tests.faults.results import BEGIN, END, Result


def result(name: str, *, goal: float | None = None, recovered: float | None = 1.0, failed: str | None = None, lost: int = 0) -> Result:
    verdict = Verdict(notices=10, lost=lost, wrong=["2 events are not in the stream"] if lost else [])
    return Result(name, f"all that {name} does", 5, 30, goal, ["a note"], None if name == "unjudged" else verdict, recovered, failed)


ROWS = [
    result("good", goal=2),
    result("slow", goal=2, recovered=2.5),
    result("never", goal=5, recovered=None),
    result("broken", recovered=None, failed="AssertionError: no alarm"),
    result("unjudged", recovered=None, failed="OSError: gone"),
    result("lossy", lost=2),
]


def test_the_summary_names_every_row_that_is_not_as_it_should_be() -> None:
    assert results.summary(ROWS) == (
        "6 faults, 50 delays logged; 2 lost, 0 doubled; 2 not done to their end (broken, unjudged); 1 not judged (unjudged);"
        " 3 not recovered within their bound (never, broken, unjudged); 2 of 3 over their goal."
    )


def test_a_run_writes_the_table_and_leaves_what_explains_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\n\nan older table\n\n{END}\n\nafter\n")
    results.keep(ROWS, 7, ["NATS 2.15"], ["broker's disk full (no disk)"], page)
    written = page.read_text()
    before, between, after = written.split(BEGIN)[0], written.split(BEGIN)[1].split(END)[0], written.split(END)[1]
    assert (before, after) == ("before\n\n", "\n\nafter\n")
    assert "an older table" not in between
    assert "Not run: broker's disk full (no disk)." in between
    assert "| all that slow does | 5 | 30 | 10 | 0 | 0 | 0 | 2.5 | 2, over | a note |" in between
    assert "| all that good does | 5 | 30 | 10 | 0 | 0 | 0 | 1.0 | 2 | a note |" in between
    assert "| 10 | 2 | 0 | 0 | 1.0 | – | 2 events are not in the stream; a note |" in between
    assert "| – | – | – | – | no | – | not done to its end: OSError: gone; a note |" in between
