"""The business clock: one file moves every clock that reads it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
from pydantic import SecretStr, ValidationError

from shared.clock import MovableClock, SystemClock, open_clock, set_clock
from shared.config import Settings

NEW_YEAR = datetime(2013, 1, 1, tzinfo=UTC)
NEAR = timedelta(seconds=5)


def settings(**given: object) -> Settings:
    return Settings(database_url=SecretStr("x"), jwks_url="x", issuer="x", **given)


def test_all_clocks_on_a_file_move_at_once_and_run_on(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    clocks = [MovableClock(path), MovableClock(path)]
    assert all(abs(clock.now() - datetime.now(UTC)) < NEAR for clock in clocks)
    set_clock(path, NEW_YEAR)
    assert all(NEW_YEAR <= clock.now() < NEW_YEAR + NEAR for clock in clocks)
    before = clocks[0].now()
    assert clocks[1].now() >= before
    set_clock(path, None)
    assert abs(clocks[0].now() - datetime.now(UTC)) < NEAR


def test_today_is_a_date_somewhere(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    set_clock(path, datetime(2013, 1, 1, 20, tzinfo=UTC))
    clock = MovableClock(path)
    assert (clock.today(), clock.today("Asia/Shanghai")) == (date(2013, 1, 1), date(2013, 1, 2))
    with pytest.raises(ZoneInfoNotFoundError):
        clock.today("Mars/Base")


def test_production_has_the_system_s_clock(tmp_path: Path) -> None:
    assert isinstance(open_clock(settings()), SystemClock)
    assert isinstance(open_clock(settings(environment="test", clock_file=tmp_path / "clock")), MovableClock)
    with pytest.raises(ValidationError, match="CLOCK_FILE"):
        settings(environment="production", clock_file=tmp_path / "clock")
