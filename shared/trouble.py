"""What is wrong for a while is logged when it begins and when it is over, with how often it was met, and not each time."""

import time
from typing import Any

import structlog

log = structlog.get_logger()


class Trouble:
    """One kind of it, such as a broker that refuses: `event` is its name in the log, and what is given with it goes into both lines."""

    def __init__(self, event: str, **about: Any) -> None:
        self._event, self._about = event, about
        self._times = 0
        self._began = 0.0
        self._met = 0.0

    def met(self, **how: Any) -> None:
        """Met once more; `how` is logged of the first time."""
        self._met = time.monotonic()
        if not self._times:
            self._began = self._met
            log.warning(self._event, **self._about, **how)
        self._times += 1

    def over(self, calm: float = 0.0) -> None:
        """All is well, as it may have been before; with `calm` it counts only when nothing was met for so many seconds."""
        if self._times and time.monotonic() - self._met >= calm:
            log.info(f"{self._event}.over", **self._about, times=self._times, seconds=round(self._met - self._began, 1))
            self._times = 0
