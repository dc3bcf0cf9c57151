"""What the demo tells.

While it works, on standard error: progress bars on a terminal, plain lines otherwise. Its result, on standard output, in the terminal's
language.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.local.demo.chinese import words

PLAIN_SECONDS = 5.0
PLAIN_WIDTH = 140

console = Console(stderr=True, highlight=False)
out = Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
"""What the demo says in the end, on standard output."""


def say(text: str) -> None:
    console.print(text, soft_wrap=True)


def tell(text: str, *, soft_wrap: bool = False, **values: object) -> None:
    """A line of the result; `values` are what its text names."""
    out.print(words(text, **values), soft_wrap=soft_wrap)


def table(title: str, *columns: str, **values: object) -> Table:
    """A table under its title, to be printed next. Its first and last column are words, those between are values."""
    out.print(f"\n[bold]{words(title, **values)}[/bold]")
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        plain = place in (0, len(columns) - 1)
        made.add_column(words(column), justify="left" if plain else "right", no_wrap=True, style="dim" if place == len(columns) - 1 else "")
    return made


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how much is done in all. A closing line says how long it took."""
    began = time.monotonic()
    if console.is_terminal:
        columns = (TextColumn("{task.description:38}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)
        return
    yield _Lines(what, total)
    print(f"{what}: done in {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


class _Lines:
    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last >= PLAIN_SECONDS and done < self._total:
            self._last = now
            print(f"{self._what}: {done} of {self._total}", file=sys.stderr, flush=True)
