"""What the parts write: kept in files of bounded size, one JSON object a line; warnings also go to the terminal."""

import json
import sys
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LIMIT = 20_000_000
KEPT = 2
LOUD = frozenset({"warn", "warning", "error", "critical", "fatal", "panic"})
TERMINAL_LINES_PER_SECOND = 10
# Levels of servers that write text. PostgreSQL's ERROR is a statement refused, which its client tells better.
LOUD_TEXT = ("[WRN]", "[ERR]", "[FTL]", " FATAL: ", " PANIC: ")


class Terminal:
    """Short lines on standard error, at most some a second."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._second = 0
        self._said = 0

    def say(self, part: str, text: str) -> None:
        if self._quiet:
            return
        second = int(time.monotonic())
        if second != self._second:
            if self._said > TERMINAL_LINES_PER_SECOND:
                print(f"{'':14} ... {self._said - TERMINAL_LINES_PER_SECOND} more lines in the logs", file=sys.stderr, flush=True)
            self._second, self._said = second, 0
        self._said += 1
        if self._said <= TERMINAL_LINES_PER_SECOND:
            print(f"{part:14} {text[:500]}", file=sys.stderr, flush=True)


class Log:
    """The file of one part."""

    def __init__(self, folder: Path, part: str, terminal: Terminal) -> None:
        self._part = part
        self._path = folder / f"{part}.jsonl"
        self._terminal = terminal
        self._file = self._path.open("ab")
        self._size = self._file.tell()
        self._rest = b""
        self._recent: deque[str] = deque(maxlen=15)
        self.heard = True
        """Whether warnings go to the terminal: not while the part starts or stops, when a failure is told as a whole."""

    def feed(self, chunk: bytes) -> None:
        """Takes what the part wrote, in pieces as they come."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                self._take(line)
        if len(self._rest) > 1_000_000:  # not a line any more
            self._take(self._rest)
            self._rest = b""
        self._file.flush()

    def event(self, event: str, level: str = "info", **values: Any) -> None:
        """A line of the supervisor's own."""
        record = {"timestamp": _now(), "level": level, "event": event, **values}
        self._write(json.dumps(record).encode())
        self._file.flush()
        if level in LOUD:
            self._terminal.say(self._part, _short(record))

    def tail(self) -> str:
        return "\n".join(self._recent)

    def close(self) -> None:
        self._file.close()

    def _take(self, line: bytes) -> None:
        record = _record(line)
        if record is None:
            text = line.decode(errors="replace")
            loud = any(mark in text for mark in LOUD_TEXT)
            self._recent.append(text)
            line = json.dumps({"timestamp": _now(), "part": self._part, "line": text}, ensure_ascii=False).encode()
        else:
            loud = str(record.get("level", "")).lower() in LOUD
            text = _short(record) if loud else ""
            self._recent.append(line.decode(errors="replace"))
        self._write(line)
        if loud and self.heard:
            self._terminal.say(self._part, text)

    def _write(self, line: bytes) -> None:
        self._file.write(line + b"\n")
        self._size += len(line) + 1
        if self._size > LIMIT:
            self._rotate()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(KEPT, 0, -1):
            older = self._path.with_suffix(f".jsonl.{number}")
            newer = self._path if number == 1 else self._path.with_suffix(f".jsonl.{number - 1}")
            if newer.exists():
                newer.replace(older)
        self._file = self._path.open("ab")
        self._size = 0


def _record(line: bytes) -> Mapping[str, Any] | None:
    if not line.startswith(b"{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _short(record: Mapping[str, Any]) -> str:
    skipped = ("timestamp", "ts", "time", "level", "event", "msg", "service", "logger")
    values = " ".join(f"{name}={value}" for name, value in record.items() if name not in skipped)
    return f"{record.get('level', '')} {record.get('event') or record.get('msg') or ''} {values}".strip()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
