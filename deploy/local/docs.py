"""`gendan docs`: rewrite every generated document under docs/ from the code."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from shared.contracts.__main__ import write
from shared.contracts.topology import SERVICES

ROOT = Path(__file__).parents[2]
DEADLINE = 60
"""Seconds for a service to print its document."""


def openapi_documents(services: Sequence[str] = SERVICES) -> dict[PurePosixPath, str]:
    """The OpenAPI document of each service as its own `openapi` command prints it, by path below docs/."""
    made = {}
    for service in services:
        command = [sys.executable, "-m", f"services.{service}", "openapi"]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=DEADLINE, check=True)
        made[PurePosixPath("openapi") / f"{service}.json"] = answer.stdout
    return made


def rewrite(folder: Path = ROOT / "docs", allow_breaks: bool = False) -> list[str]:
    """Write all documents; the sentences say which events would break their readers, and then the events' are not written."""
    broken = write(folder, allow_breaks)
    for path, text in openapi_documents().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return broken
