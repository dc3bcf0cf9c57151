"""Keeps one part running: starts it again, later each time, when it ends without being told to."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.journal import Log
from deploy.local.process import Part, Process, StartFailed

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 15.0
PROVEN = 30.0
HOLD_POLL = 0.05


@dataclass
class Health:
    """One part as `status` shows it."""

    state: str = "waiting"
    pid: int | None = None
    restarts: int = 0
    since: float = 0.0


class Keeper:
    def __init__(self, part: Part, log: Log, events: Log, hold: Path, changed: Callable[[], None]) -> None:
        self.name = part.name
        self.health = Health()
        self._log = log
        self._events = events
        self._hold = hold
        self._changed = changed
        self._process = Process(part)
        self._pump: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None

    def describe(self) -> dict[str, object]:
        return asdict(self.health)

    async def start(self) -> None:
        """Raises StartFailed, with the part's last lines, when it does not become ready."""
        began = time.monotonic()
        await self._launch()
        self._events.event("part.ready", part=self.name, pid=self._process.pid, seconds=round(time.monotonic() - began, 2))
        self._keeping = asyncio.create_task(self._keep(), name=f"keep-{self.name}")

    async def stop(self) -> None:
        """Ends the part, or an attempt to start it. May be called at any time, also twice."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            self._keeping = None
        was_running = self._process.running
        self._log.heard = False
        await self._process.stop()
        await self._pumped()
        if was_running:
            self._events.event("part.stopped", part=self.name, code=self._process.returncode)
        self._set("stopped", None)

    def kill(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
        if self._process.running:
            self._process.kill()

    async def _launch(self) -> None:
        self._set("starting", None)
        self._log.heard = False
        await self._process.spawn()
        self._pump = asyncio.create_task(self._read(), name=f"log-{self.name}")
        self._set("starting", self._process.pid)
        try:
            await self._process.until_ready()
        except StartFailed as failure:
            await self._process.stop()
            await self._pumped()
            raise StartFailed(f"{failure}\n{self._log.tail()}") from None
        self._log.heard = True
        self._set("running", self._process.pid)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            if self._process.running:
                await self._process.wait()
            await self._pumped()
            lived = time.monotonic() - began
            pause = FIRST_PAUSE if lived > PROVEN else min(pause * 2, LONGEST_PAUSE)
            self._events.event("part.ended", "warning", part=self.name, code=self._process.returncode, again_in=round(pause, 1))
            await self._not_held()
            self._set("waiting", None)
            await asyncio.sleep(pause)
            await self._not_held()  # also where it cannot start, and mostly waits
            self.health.restarts += 1
            try:
                await self._launch()
            except (StartFailed, OSError) as failure:
                self._events.event("part.not_started", "error", part=self.name, reason=str(failure)[:1000])
            else:
                self._events.event("part.restarted", "warning", part=self.name, pid=self._process.pid)

    async def _not_held(self) -> None:
        while self._hold.exists():
            self._set("held", None)
            await asyncio.sleep(HOLD_POLL)

    async def _read(self) -> None:
        lines = self._process.lines
        while lines is not None and (chunk := await lines.read(65536)):
            self._log.feed(chunk)

    async def _pumped(self) -> None:
        """What a dead part wrote last; a child of it may keep the pipe open, which is not waited for."""
        if self._pump is not None:
            await asyncio.wait([self._pump], timeout=1)
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
            self._pump = None

    def _set(self, state: str, pid: int | None) -> None:
        if (state, pid) != (self.health.state, self.health.pid):
            self.health.state, self.health.pid, self.health.since = state, pid, time.time()
            self._changed()
