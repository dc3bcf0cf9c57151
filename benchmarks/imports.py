"""`python -m benchmarks.imports MODULE`: prints what is resident, in MB, by itself and after each kind of import, up to that module.

Nothing else may be imported here: what a service holds at rest is told apart by it.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

CIPHER = "cryptography.hazmat.primitives.ciphers.aead"
LIBRARIES = ("aiohttp", "asyncpg", CIPHER, "jwt", "nats", "orjson", "pydantic", "structlog", "uvloop")
KINDS: dict[str, tuple[str, ...]] = {"Python": (), "libraries": LIBRARIES, "shared": ("shared.service",)}
"""What every service is made of, before its own."""


def resident(pid: int) -> float:
    """MB of a process that are in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2


def main(module: str) -> None:
    found: dict[str, float] = {}
    before = 0.0
    for kind, names in {**KINDS, "its own modules": (module,)}.items():
        for name in names:
            import_module(name)
        now = resident(os.getpid())
        found[kind], before = now - before, now
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
