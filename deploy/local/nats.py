"""A real nats-server with JetStream from the wheel, on loopback."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import aiohttp

from deploy.local.process import Part, StartFailed

OLDEST = (2, 14)
CONFIGURATION = Path(__file__).parents[1] / "nats" / "server.conf"


@dataclass(frozen=True)
class Address:
    port: int
    monitor_port: int
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"nats://{self.host}:{self.port}"


@lru_cache
def binary() -> Path:
    """The server beside this Python, else on the PATH. Raises StartFailed for one too old to trust with events."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise StartFailed("nats-server is not installed")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    check_version(said)
    return Path(found)


def check_version(said: str) -> None:
    """Raises StartFailed unless the text names a version that syncs as we rely on it."""
    match = re.search(r"v?(\d+)\.(\d+)\.\d+", said)
    if match is None:
        raise StartFailed(f"nats-server does not tell its version: {said.strip()!r}")
    if (int(match[1]), int(match[2])) < OLDEST:
        raise StartFailed(f"nats-server {match[0]} is too old: {OLDEST[0]}.{OLDEST[1]} or newer is needed")


def part(folder: Path, address: Address, secrets: Mapping[str, str]) -> Part:
    """`secrets`: the environment variables that the configuration names, GENDAN_NATS_PASSWORD_<USER>."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    environment = {
        **secrets,
        "GENDAN_NATS_LISTEN": f"{address.host}:{address.port}",
        "GENDAN_NATS_MONITOR": f"{address.host}:{address.monitor_port}",
        "GENDAN_NATS_STORE": str(folder),
    }

    async def ready() -> bool:
        return await healthy(address)

    return Part(
        name="nats",
        command=[str(binary()), "-c", str(CONFIGURATION)],
        environment=environment,
        ready=ready,
        start_deadline=60,
        stop_signal=signal.SIGTERM,
        death_signal=signal.SIGTERM,
    )


async def healthy(address: Address) -> bool:
    """Whether the server and its JetStream answer."""
    url = f"http://{address.host}:{address.monitor_port}/healthz?js-enabled-only=true"
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session, session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
