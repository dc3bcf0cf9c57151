"""Trouble is two lines in the log, however often it was met."""

from structlog.testing import capture_logs

from shared.trouble import Trouble


def test_trouble_is_logged_when_it_begins_and_when_it_is_over() -> None:
    trouble = Trouble("thing.refused", thing="a")
    with capture_logs() as lines:
        trouble.over()
        for error in ("First", "Second", "Third"):
            trouble.met(error=error)
        trouble.over(calm=3600)
        trouble.over()
        trouble.over()
        trouble.met(error="Fourth")
    assert [(line["event"], line["log_level"], line["thing"]) for line in lines] == [
        ("thing.refused", "warning", "a"),
        ("thing.refused.over", "info", "a"),
        ("thing.refused", "warning", "a"),
    ]
    assert [line.get("error") for line in lines] == ["First", None, "Fourth"]
    assert lines[1]["times"] == 3
