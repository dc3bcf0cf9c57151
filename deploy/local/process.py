"""One child process that is told when to start, is known to be ready, and never outlives its parent."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
PROBE_PAUSE = 0.02
LATER = 0.05
"""Of the time that a part took to be ready, so much at most is lost until that is seen: each probe takes the part's processor."""
BYTECODE = Path(sys.prefix) / "bytecode"
"""Where Python keeps what it has compiled of ours: in the environment, as the source may belong to others."""
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartFailed(Exception):
    """A part ended, or did not become ready in time; the text ends with the last lines it wrote."""


async def _at_once() -> bool:
    return True


@dataclass(frozen=True)
class Part:
    """What to run and how to know that it runs.

    `ready` is asked until it answers True, for at most `start_deadline` seconds. `stop_signal` asks it to end within `stop_deadline`
    seconds, then it is killed. `death_signal` is what it gets from the kernel when the parent dies. `user` and `group` are the
    ids to run as, None for the parent's own.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], Awaitable[bool]] = _at_once
    prepare: Callable[[], Awaitable[None]] | None = None
    start_deadline: float = 30.0
    stop_deadline: float = 20.0
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    user: int | None = None
    group: int | None = None
    folder: Path | None = None


def tether(death_signal: signal.Signals) -> Callable[[], None]:
    """A function for the child, between fork and exec: the kernel ends the child when the thread that started it ends."""
    parent = os.getpid()

    def run() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before the signal was set
            os._exit(1)

    return run


class Process:
    """A running part. Start it from the main thread: the kernel ties a child to the thread that made it."""

    def __init__(self, part: Part, output: Path | None = None) -> None:
        """With `output` the part writes straight into that file; without it, `lines` is the pipe to read."""
        self.part = part
        self._output = output
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.part.name} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def lines(self) -> asyncio.StreamReader | None:
        return self._process.stdout if self._process else None

    async def spawn(self) -> None:
        """Starts the part without waiting for it to be ready."""
        part = self.part
        if part.prepare is not None:
            await part.prepare()
        output = open(self._output, "ab", buffering=0) if self._output else None  # noqa: SIM115
        try:
            self._process = await asyncio.create_subprocess_exec(
                *part.command,
                env={**part.environment},
                cwd=part.folder,
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C on the terminal reaches the parent alone, which then stops its parts in order
                preexec_fn=tether(part.death_signal),
                user=part.user,
                group=part.group,
                extra_groups=[] if part.user is not None else None,
            )
        finally:
            if output:
                output.close()

    async def until_ready(self) -> None:
        """Raises StartFailed when the part ends or its deadline passes first."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        end = began + self.part.start_deadline
        while loop.time() < end:
            if not self.running:
                raise StartFailed(f"{self.part.name} ended with code {self.returncode} before it was ready{self._tail()}")
            with suppress(OSError, TimeoutError):
                if await asyncio.wait_for(self.part.ready(), 5):
                    return
            await asyncio.sleep(max(PROBE_PAUSE, LATER * (loop.time() - began)))
        raise StartFailed(f"{self.part.name} was not ready within {self.part.start_deadline:g} s{self._tail()}")

    async def start(self) -> None:
        await self.spawn()
        try:
            await self.until_ready()
        except BaseException:
            await self.stop()
            raise

    @property
    def returncode(self) -> int | None:
        return self._process.returncode if self._process else None

    async def wait(self) -> int:
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> None:
        """Asks the part to end and waits; kills it when it does not. Does nothing when it has ended."""
        if self._process is None or not self.running:
            return
        self._signal(self.part.stop_signal)
        self._signal(signal.SIGCONT)  # a frozen part hears nothing
        try:
            await asyncio.wait_for(self._process.wait(), self.part.stop_deadline)
        except TimeoutError:
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _tail(self) -> str:
        if self._output is None or not self._output.exists():
            return ""
        return "\n" + "\n".join(self._output.read_text(errors="replace").splitlines()[-15:])


async def accepts(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def run(
    command: Sequence[str], *, environment: Mapping[str, str], deadline: float, user: int | None = None, group: int | None = None
) -> str:
    """Runs a command to its end and returns what it wrote; raises StartFailed with that text when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=tether(signal.SIGKILL),
        user=user,
        group=group,
        extra_groups=[] if user is not None else None,
    )
    try:
        written, _ = await asyncio.wait_for(process.communicate(), deadline)
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    text = written.decode(errors="replace")
    if process.returncode != 0:
        raise StartFailed(f"{Path(command[0]).name} ended with code {process.returncode}\n{text.strip()[-2000:]}")
    return text
