"""Words on the terminal: plain lines, and a spinner where somebody watches."""

import sys
import time
from types import TracebackType
from typing import Any


def row(*cells: tuple[object, int]) -> str:
    """A line of cells, each as wide as said; 0 for as wide as it is."""
    return "  ".join(str(value).ljust(width) for value, width in cells).rstrip()


class Progress:
    """Says which part is being started: in one moving line on a terminal, line by line elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._status: Any = None
        self._began = time.monotonic()

    def __enter__(self) -> "Progress":
        if not self._quiet and sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._status is not None:
            self._status.stop()

    def say(self, text: str) -> None:
        if self._quiet:
            return
        if self._status is not None:
            self._status.update(f"starting: {text}")
        else:
            print(f"{time.monotonic() - self._began:6.1f} s  {text}", file=sys.stderr, flush=True)
