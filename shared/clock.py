"""The business clock: dates, due, overdue, quiet hours. Leases, retries and latencies are PostgreSQL's or the monotonic clock's.

In the embedded run and in tests the clock is moved for all processes at once: each reads the same
offset from a small memory-mapped file on every `now()`.
"""

import mmap
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from shared.config import Settings

_SIZE = 8
_MICROSECOND = timedelta(microseconds=1)


class Clock:
    """Business time. `now()` is aware and in UTC."""

    def now(self) -> datetime:
        raise NotImplementedError

    def today(self, zone: str = "UTC") -> date:
        """The date in an IANA zone; ZoneInfoNotFoundError for a zone that is none."""
        return self.now().astimezone(ZoneInfo(zone)).date()


class SystemClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock(Clock):
    """The system's time plus the offset in a file; a file that is not there yet is made with offset 0."""

    def __init__(self, path: Path) -> None:
        self._offset = _mapped(path)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset[0] * _MICROSECOND


def open_clock(settings: Settings) -> Clock:
    """The clock the settings ask for. A clock file in production is refused by the settings and once more here."""
    if settings.clock_file is None:
        return SystemClock()
    if settings.environment == "production":
        raise ValueError("the business clock is not moved in production")
    return MovableClock(settings.clock_file)


def set_clock(path: Path, when: datetime | None) -> None:
    """Move every clock on `path` so that it is `when` now (aware); it runs on from there. None moves it back to the system's time."""
    offset = 0 if when is None else (when - datetime.now(UTC)) // _MICROSECOND
    _mapped(path)[0] = offset


def _mapped(path: Path) -> memoryview:
    """The file as one int64. A single aligned store and load, so that no reader sees half an offset."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if os.fstat(handle).st_size < _SIZE:
            os.ftruncate(handle, _SIZE)
        return memoryview(mmap.mmap(handle, _SIZE)).cast("q")
    finally:
        os.close(handle)
