"""What was measured on: the machine, the versions, and how long its disk takes to make a write safe."""

import asyncio
import json
import os
import platform
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.ground import Ground
from deploy.local import nats
from deploy.local.process import run

OURS = ("aiohttp", "asyncpg", "nats-py", "pydantic", "uvloop", "orjson", "structlog")
PEERS = ("nats-outbox", "faststream-outbox", "faststream", "fastapi", "uvicorn", "sqlalchemy", "nats-py", "asyncpg")
_SYNCED = 8192
_SYNCS = 200


async def described(ground: Ground, peers: Path | None) -> dict[str, str]:
    """Each fact by its name, in the order in which they are said."""
    async with ground.suite.database("postgres") as admin:
        server = await admin.fetchval("SELECT current_setting('server_version')")
    broker = await run([str(nats.binary()), "--version"], environment={}, deadline=10)
    facts = {
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.release()}",
        "postgres": str(server),
        "nats-server": broker.rsplit("v", 1)[-1].strip(),
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in OURS),
        "peers": await _peers(ground, peers) if peers else "not measured",
        **await ground.durability(),
        "fdatasync of 8 kB": f"{await asyncio.to_thread(_sync_microseconds, ground.home.folder):.0f} us (median of {_SYNCS})",
    }
    return {name: text for name, text in facts.items() if text}


async def _peers(ground: Ground, python: Path) -> str:
    ask = f"import importlib.metadata as m, json; print(json.dumps({{n: m.version(n) for n in {PEERS!r}}}))"
    found: Mapping[str, str] = json.loads(await run([str(python), "-c", ask], environment=ground.peer_environment, deadline=30))
    return ", ".join(f"{name} {number}" for name, number in found.items())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _sync_microseconds(folder: Path) -> float:
    """As PostgreSQL and NATS do it: one block more, then wait until it is on the disk."""
    path, block, times = folder / "synced", os.urandom(_SYNCED), []
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            os.pwrite(handle, block, 0)
            os.fdatasync(handle)
            times.append((time.perf_counter() - began) * 1e6)
    finally:
        os.close(handle)
        path.unlink()
    return median(times)
