"""`gendan bench`: one bench or all of them, each on a ground of its own."""

import logging
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import structlog

from benchmarks import machine
from benchmarks.ground import fresh
from benchmarks.method import BUSY, QUICK, ROUNDS, Effort, outside_load
from benchmarks.report import Found, Report
from deploy.local.home import AlreadyRunning, Home
from deploy.local.run import until_stopped

BENCHES: Mapping[str, str] = MappingProxyType(
    {
        "delay": "benchmarks.delay",
        "relay": "benchmarks.relay",
        "latency": "benchmarks.latency",
        "consume": "benchmarks.consume",
        "rebuild": "benchmarks.rebuild",
        "disruption": "benchmarks.disruption",
        "memory": "benchmarks.memory",
        "import": "benchmarks.importing",
    }
)
"""The module of each bench."""
FAILED, REFUSED = 1, 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    names: tuple[str, ...]
    rounds: int = ROUNDS
    json: Path | None = None
    write: bool = False
    quick: bool = False
    busy: bool = False


def main(home: Home, wanted: Wanted) -> int:
    """0 when every bench was measured, whatever it found; 1 when one failed; 3 when the machine is not free."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    peers = home.root / ".venv-bench" / "bin" / "python"
    effort = Effort(wanted.rounds, QUICK if wanted.quick else 1.0, peers if peers.exists() else None)
    try:
        return until_stopped(_run(Home(home.folder / "bench"), wanted, effort))
    except AlreadyRunning:
        print(f"a bench runs on {home.folder / 'bench'}", file=sys.stderr)
        return REFUSED


async def _run(home: Home, wanted: Wanted, effort: Effort) -> int:
    began, report, failed = time.monotonic(), Report(), []
    for name in wanted.names:
        load = await outside_load()
        if load > BUSY and not wanted.busy and not report.benches:
            print(f"others use {load:.2f} cores: what is measured now says nothing. --busy measures anyhow", file=sys.stderr)
            return REFUSED
        try:
            found = report.benches[name] = await _bench(home, name, effort, load, quick=wanted.quick)
        except Exception:
            failed.append(name)
            print(f"{name} failed; logs: {home.logs}\n{traceback.format_exc()}", file=sys.stderr, flush=True)
            continue
        print(found.printed(name), flush=True)
        _keep(report, wanted)
    print(f"\nthat took {(time.monotonic() - began) / 60:.0f} minutes", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return FAILED if failed else 0


def _keep(report: Report, wanted: Wanted) -> None:
    """What has been found so far: a run that is stopped loses nothing."""
    if wanted.json is not None:
        wanted.json.write_text(report.as_json(), encoding="utf-8")
    if wanted.write:
        report.write_page()


async def _bench(home: Home, name: str, effort: Effort, load: float, *, quick: bool) -> Found:
    began, clock = datetime.now(UTC), time.monotonic()
    async with fresh(home) as ground:
        facts = await machine.described(ground, effort.peers)
        rows = await import_module(BENCHES[name]).run(ground, effort)
    return Found(rows, facts, began, time.monotonic() - clock, load, quick)
