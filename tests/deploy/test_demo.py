"""What the demo takes from the file, before any service is asked."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from deploy.local.demo import main
from deploy.local.demo.figures import Figures, Latency
from deploy.local.demo.knowledge import BEGIN, Knowledge, day_of, working_days_before
from deploy.local.demo.replay import delay_body
from deploy.local.demo.world import _ZONES


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.read()


def test_the_files_figures(knowledge: Knowledge) -> None:
    assert (len(knowledge.rows), knowledge.lines_on_time) == (10_324, 9_138)
    counted = {name: knowledge.count(name) for name in ("orders", "shipments", "customers", "suppliers")}
    assert counted == {"orders": 6_233, "shipments": 7_030, "customers": 43, "suppliers": 73}
    assert (knowledge.open_lines, knowledge.deliveries, len(knowledge.late), knowledge.customers_late) == (3_810, 2_343, 382, 22)
    assert sum(knowledge.on_time_by_customer().values()) == knowledge.lines_on_time


def test_what_happens_later_is_not_in_the_file_as_known(knowledge: Knowledge) -> None:
    rows = list(csv.DictReader(io.StringIO(knowledge.as_known().decode("utf-8-sig"))))
    delivered = [day_of(row["Delivered to Client Date"]) for row in rows if row["Delivered to Client Date"]]
    assert (len(rows), len(rows) - len(delivered)) == (10_324, 3_810)
    assert max(delivered) < BEGIN
    assert max(row["PO Sent to Vendor Date"][-4:] for row in rows if row["PO Sent to Vendor Date"][-4:].isdigit()) == "2012"
    assert sum(not row["Delivery Recorded Date"] for row in rows) == 3_810


def test_delays_are_logged_before_their_date_and_delivered_after_it(knowledge: Knowledge) -> None:
    for late in knowledge.late:
        assert BEGIN <= late.logged_on < late.promised < late.delivered
        assert late.logged_on < late.next_news_on <= late.delivered
        assert delay_body(late)["new_date"] == late.delivered.isoformat()


def test_days_are_in_order_and_hold_everything_once(knowledge: Knowledge) -> None:
    days = [day.day for day in knowledge.days]
    assert days == sorted(set(days))
    assert sum(len(day.late) for day in knowledge.days) == 382
    assert len({number for day in knowledge.days for number, _ in day.delivered}) == 2_343


def test_a_row_for_each_customer(knowledge: Knowledge) -> None:
    rows = list(csv.DictReader(io.StringIO(knowledge.one_row_of_each_country().decode())))
    assert sorted(row["Country"] for row in rows) == knowledge.countries
    assert len(_ZONES) == len(rows) == 43


def test_working_days() -> None:
    assert working_days_before(date(2013, 1, 7), 1) == date(2013, 1, 4)
    assert working_days_before(date(2013, 1, 9), 5) == date(2013, 1, 2)


def test_quantiles_are_values_that_were_measured() -> None:
    latency = Latency([float(n) for n in range(1, 101)])
    assert latency.told() == {"p50": 50.0, "p99": 99.0}
    assert Latency([7.0]).told() == {"p50": 7.0, "p99": 7.0}


def test_a_wrong_figure_is_found() -> None:
    figures = Figures()
    figures.check("a", "A", 1, 1, "")
    figures.check("b", "B", 1, 2, "")
    assert [figure.name for figure in figures.wrong] == ["b"]
    assert figures.value("b") == 1


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert main(["--data", str(tmp_path)]) == 2
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    assert "empty folder" in capsys.readouterr().err
