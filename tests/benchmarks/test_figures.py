"""How figures are come to and kept, without measuring anything."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.memory import PER, Seen
from benchmarks.method import Reach, Row, Side, alone, compare, side_by_side
from benchmarks.processor import BROKER, LOAD, Spent, of, row
from benchmarks.report import PAGE, Found, Report
from benchmarks.running import BENCHES

BEGAN = datetime(2026, 11, 30, 4, 5, tzinfo=UTC)


async def test_sides_are_measured_in_turns_and_every_other_round_backwards() -> None:
    order: list[str] = []

    def measure(name: str) -> Callable[[], Awaitable[int]]:
        async def one() -> int:
            order.append(name)
            return len(order)

        return one

    found = await side_by_side([Side(name, measure(name)) for name in "ab"], 2)
    assert "".join(order) == "abbaab"
    assert found == {"a": [4, 5], "b": [3, 6]}


def found(*rows: Row, seconds: float = 90.0, load: float = 0.0) -> Found:
    return Found(rows, {"postgres": "18.6"}, BEGAN, seconds, load)


def test_a_table_on_the_page_says_of_which_run_it_is(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("".join(f"{name} <!-- {name}: begin -->\nof before\n<!-- {name}: end -->\n" for name in ("all", "relay", "memory")))
    relay = compare("drained", "events/s", [10.0, 20.0], "raw", [20.0, 20.0], Reach(ratio=0.6))
    Report({"relay": found(relay, seconds=1_260), "memory": found(alone("held", "MB", [70.0]), load=0.7)}).write_page(page)
    text = page.read_text(encoding="utf-8")
    written = text.split("<!-- relay: begin -->")[1].split("<!-- relay: end -->")[0]
    assert "<summary>2026-11-30 04:05 UTC, 2 rounds in 1,260 s; others used 0.00 cores when it began</summary>" in written
    assert "- postgres: 18.6" in written
    assert "| drained | 15 events/s | raw | 0.75 | 0.62 to 0.88 | at least 0.6 x | yes |" in written
    assert "2026-11-30 04:05 UTC, 1 round in 90 s; others used 0.70 cores when it began: noise" in text
    assert "of before" not in text
    Report({"relay": found(relay, seconds=30)}).write_page(page)
    assert "took 2 minutes together" in page.read_text(encoding="utf-8").split("<!-- all: end -->")[0]


def test_the_terminal_shows_versions_beside_figures() -> None:
    shown = found(alone("held", "MB", [70.0])).printed("memory").splitlines()
    assert shown[1:3] == ["memory: 2026-11-30 04:05 UTC, 1 round in 90 s; others used 0.00 cores when it began", "postgres: 18.6"]
    assert shown[-1].split() == ["held", "70", "MB"]


def test_every_bench_has_its_place_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in ("all", *BENCHES) if text.count(f"<!-- {name}: begin -->\n") != 1 or f"<!-- {name}: end -->" not in text] == []


def test_the_file_has_each_row_with_its_goal() -> None:
    [written] = json.loads(Report({"memory": found(alone("held", "MB", [71.0], Reach(70, at_most=True)))}).as_json())["rows"]
    wanted = {"name": "held", "value": 71.0, "unit": "MB", "against": None, "ratio": None, "reach": "at most 70 MB", "reached": False}
    assert {**written, **wanted} == written


def test_processor_time_is_told_by_who_took_it() -> None:
    first, second = Spent({"orders": 1.0, of("orders"): 0.5, BROKER: 0.2}), Spent({"orders": 3.0, of("orders"): 1.5, LOAD: 0.4})
    told = row("a delay", [(first, 1_000), (second, 1_000)])
    assert told.value == pytest.approx(3.3)  # 1.7 in the one round, 4.9 in the other
    assert told.note == "orders 2 + 1, the broker 0.1, the load 0.2"


def test_a_slope_is_that_of_the_second_half() -> None:
    seen = Seen([0, 100, 200, 300, 400, 500], [10, 40, 70, 70.001, 70.002, 70.003])
    assert seen.slope == pytest.approx(0.001 / 100 * PER)
    assert Seen([5.0, 5.0], [1.0, 2.0]).slope == 0
