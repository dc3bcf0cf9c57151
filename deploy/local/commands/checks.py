"""test, faults, lint: what a change must pass."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.home import Home
from deploy.local.process import BYTECODE

LINTERS: dict[str, Sequence[str]] = {
    "ruff": ("-m", "ruff", "check", "."),
    "format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "imports": ("-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.argv[0] = 'lint-imports'; c()"),
}

WORKERS = 2
"""Processes for all tests. The GROUPS of tests/conftest.py stay together."""

MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
"""Where tests keep their servers' data, if it has so many bytes left. To make and drop a database, which is hundreds of files, for each of
hundreds of tests takes a disk longer than the tests themselves.
"""

TAKES_LONG = (
    "tests/shared/messaging/bus",
    "tests/flows/test_cluster.py",
    "tests/flows/test_restore.py",
    "tests/benchmarks/test_benches.py",
)
"""Beside the fault table, what every run of all tests does a part of only; whole, it comes after the table."""


def environment(home: Home) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(home.root)}


def test(home: Home, arguments: Sequence[str]) -> int:
    """Hands over to pytest, whose exit code is the answer. Options alone ask for all tests, which two processes share."""
    os.chdir(home.root)
    sys.stdout.flush()
    whole = all(argument.startswith("-") for argument in arguments)
    workers = ("-n", str(WORKERS)) if whole else ()
    # Python 3.11 finds the columns for a traceback by parsing; where the garbage collector prints one amid another parsing, as in pytest's
    # rewriting of a module, that one ends with "AST constructor recursion depth mismatch". Without columns there is nothing to find.
    # Compiled once, whatever the machine says: to compile what a process of ours imports takes longer than to import it, and tests start
    # hundreds of them.
    compiled = {"PYTHONPYCACHEPREFIX": str(BYTECODE), "PYTHONDONTWRITEBYTECODE": ""}
    settings = {**_in_memory(), **environment(home), **compiled, "PYTHONNODEBUGRANGES": "1"}
    os.execve(sys.executable, [sys.executable, "-P", "-m", "pytest", *workers, *arguments], settings)


def _in_memory() -> dict[str, str]:
    """Tells pytest to make its folders there. Not for the whole set of faults, whose table says what disks take."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return {"PYTEST_DEBUG_TEMPROOT": str(MEMORY)} if roomy and os.environ.get("GENDAN_FAULTS") != "all" else {}


def faults(home: Home, arguments: Sequence[str]) -> int:
    """The fault table; with --all also what TAKES_LONG. Options of its own are --all and --seed N; the rest goes to pytest."""
    parser = argparse.ArgumentParser(prog="gendan test faults", description="Breaks the suite on purpose; other options go to pytest.")
    whole = "the whole set, an hour and a half: keeps the table in docs/reliability.md, then does what else takes too long for every change"
    parser.add_argument("--all", action="store_true", help=whole)
    parser.add_argument("--seed", type=int, help="repeats what a seed chose; the seed is printed")
    try:
        given, rest = parser.parse_known_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    if given.all:
        os.environ["GENDAN_FAULTS"] = "all"
    if given.seed is not None:
        os.environ["GENDAN_FAULTS_SEED"] = str(given.seed)
    return test(home, ["tests/faults", *(TAKES_LONG if given.all else ()), *rest])


def lint(home: Home) -> int:
    failed = []
    for name, command in LINTERS.items():
        print(f"{name}:", flush=True)
        if subprocess.run([sys.executable, "-P", *command], cwd=home.root, env=environment(home), check=False).returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all clean")
    return 1 if failed else 0
