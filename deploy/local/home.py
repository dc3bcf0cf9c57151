"""The data folder of an embedded run: what is in it, who uses it, and what is remembered between runs."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local import ports, postgres
from deploy.local.process import StartFailed
from shared.contracts.topology import SERVICES

GATEWAY_PORT = 8080
NATS_USERS = ("operator", *SERVICES)
PORTS = ("gateway", "postgres", "nats", "nats_monitor", "smtp", *SERVICES)


class AlreadyRunning(Exception):
    """Another run uses this data folder."""


class Foreign(StartFailed):
    """The data folder holds something that no run left there."""


class NotRunning(Exception):
    """Nothing runs on this data folder."""


@dataclass(frozen=True)
class State:
    """What stays the same between runs: generated passwords, and the ports where they are free."""

    ports: Mapping[str, int]
    superuser: str
    migrators: Mapping[str, str]
    runtimes: Mapping[str, str]
    nats: Mapping[str, str]


def _secret() -> str:
    return "p" + secrets.token_hex(16)  # begins with a letter: nats-server reads a variable that looks like a number as one


@dataclass(frozen=True)
class Home:
    folder: Path
    root: Path = field(default=Path(__file__).parents[2])

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def nats(self) -> Path:
        return self.folder / "nats"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def holds(self) -> Path:
        """A file `<part>` in here keeps that part from being started again; for tests."""
        return self.folder / "holds"

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    @property
    def key(self) -> Path:
        return self.folder / "issuer.pem"

    @property
    def public(self) -> Path:
        """Files the gateway serves."""
        return self.folder / "public"

    @property
    def _state(self) -> Path:
        return self.folder / "state.json"

    @property
    def _run(self) -> Path:
        return self.folder / "run.json"

    @property
    def _made(self) -> tuple[Path, ...]:
        return self.logs, self.mail, self.holds, self.public, self.nats

    def make(self) -> None:
        for folder in (self.folder, *self._made):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def _foreign(self) -> bool:
        if self._state.exists() or not self.folder.exists():
            return False
        known = {"lock", *(made.name for made in self._made)}
        return not self.folder.is_dir() or not {entry.name for entry in self.folder.iterdir()} <= known

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one run at a time. The kernel lets go of the lock when the holder dies, however it dies.

        Raises AlreadyRunning; and Foreign, as a run writes its files there and may clear the folder.
        """
        if self._foreign:
            raise Foreign(f"{self.folder} holds something that is not gendan's; name an empty folder")
        self.make()
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(str(self.folder)) from None
            yield
        finally:
            os.close(handle)

    @property
    def in_use(self) -> bool:
        try:
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def clear(self) -> None:
        """Forgets everything but the lock; only while holding it."""
        postgres.remove(self.postgres)
        for entry in self.folder.iterdir():
            if entry.name == "lock":
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self.make()

    def prepare(self, gateway: int = GATEWAY_PORT, take: Callable[[int], bool] = ports.is_free) -> State:
        """The remembered state, completed and with ports that can be taken now; `gateway` is the one wanted where none is remembered."""
        old = _read(self._state)
        wanted = {"gateway": gateway, **old.get("ports", {})}
        state = State(
            ports=ports.choose(PORTS, wanted, take),
            superuser=old.get("superuser") or _secret(),
            migrators={name: old.get("migrators", {}).get(name) or _secret() for name in SERVICES},
            runtimes={name: old.get("runtimes", {}).get(name) or _secret() for name in SERVICES},
            nats={name: old.get("nats", {}).get(name) or _secret() for name in NATS_USERS},
        )
        _write(self._state, vars(state))
        return state

    def state(self) -> State:
        """Raises NotRunning when nothing ever ran here."""
        found = _read(self._state)
        if not found:
            raise NotRunning(str(self.folder))
        return State(**found)

    def write_run(self, run: Mapping[str, Any]) -> None:
        _write(self._run, run)

    def run(self) -> dict[str, Any]:
        """What the running supervisor says of itself; raises NotRunning when there is none."""
        if not self.in_use:
            raise NotRunning(str(self.folder))
        return _read(self._run)

    def forget_run(self) -> None:
        self._run.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    """An empty dict for a file that is missing or was cut short."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: Mapping[str, Any]) -> None:
    staging = path.with_name(path.name + ".new")
    handle = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    staging.replace(path)


def chosen(folder: Path | None = None) -> Home:
    """The folder given, else GENDAN_HOME, else `.gendan` in the project."""
    named = os.environ.get("GENDAN_HOME")
    root = Path(__file__).parents[2]
    return Home((folder or (Path(named) if named else root / ".gendan")).absolute())
