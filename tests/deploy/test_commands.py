"""Commands called wrongly say what is wrong, in a sentence, and change nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.commands import checks
from deploy.local.commands.app import main
from deploy.local.home import Home, chosen

ASKING = re.compile(r"^from tests\.support\.asked import WHOLE$", re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nonsense"], 2, "Unknown command"),
        (["token", "--as", "mei"], 2, "without a role"),
        (["token", "--as", "mei", "--role", "king"], 2, "merchandiser"),
        (["token", "--as", "mei", "--role", "manager", "--hours", "-1"], 2, "--hours"),
        (["mail", "--limit", "-1"], 2, "--limit"),
        (["mail", "show", "9"], 1, "no mail 9"),
        (["status"], 3, "nothing runs"),
        (["republish", "orders", "--to", "customers"], 2, "customers listens to nobody"),
        (["republish", "orders", "reporting", "--to", "notifications"], 2, "notifications listens to customers, orders"),
        (["republish", "--to", "reporting"], 3, "nothing runs"),
        (["reconcile"], 3, "nothing runs"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--yes", "--action", "x"], 2, "what is late"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--vessel", "EVER GIVEN 042W", "--order", "SO-1", "--yes"], 2, "not both"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--shipment", "SH-1", "--unshipped", "--yes"], 2, "--unshipped"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--vessel", "EVERGIVEN", "--yes"], 2, "a voyage"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--order", "SO-1"], 2, "nobody can be asked"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--order", "SO-1", "--yes"], 2, "--action"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--order", "SO-1", "--yes", "--action", "x", "--cause", "LATE"], 2, "SUP-LATE"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--order", "SO-1", "--yes", "--action-zh", "改配"], 3, "nothing runs"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--yes", "--action", "x", "--lang", "zh-CN"], 2, "请指明何处延误"),
        (["user", "add", "mei", "--name", "Mei", "--email", "m@example.com", "--department", "sales"], 3, "nothing runs"),
    ],
)
def test_wrong_usage_is_answered_in_words(
    arguments: list[str], code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GENDAN_HOME", str(tmp_path))
    assert main(arguments) == code
    said = capsys.readouterr()
    assert words in said.out + said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["mail", "--json"], ["mail"]])
def test_a_reader_who_has_read_enough_ends_it_quietly(arguments: list[str], tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONPATH": str(chosen().root), "GENDAN_HOME": str(tmp_path)}
    command = [sys.executable, "-P", "-m", "deploy.local", *arguments]
    done = subprocess.run(command, env=environment, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    assert main(["up", "--data", str(file)]) == 2
    assert str(file) in capsys.readouterr().err


def test_the_whole_set_of_faults_brings_all_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test that does more when the whole is asked for is run by that command."""
    asked: list[list[str]] = []

    def test(home: Home, arguments: Sequence[str]) -> int:
        asked.append(list(arguments))
        return 0

    monkeypatch.setattr(checks, "test", test)
    monkeypatch.setenv("GENDAN_FAULTS", "")
    home = chosen()
    checks.faults(home, ["-x"])
    checks.faults(home, ["--all", "-x"])
    assert asked == [["tests/faults", "-x"], ["tests/faults", *checks.TAKES_LONG, "-x"]]
    asking = [file.relative_to(home.root).as_posix() for file in home.root.glob("tests/**/*.py") if ASKING.search(file.read_text())]
    assert asking
    assert [file for file in asking if not file.startswith(tuple(asked[1]))] == []


@pytest.mark.parametrize(
    ("left", "given", "place"),
    [
        (checks.ROOM, {}, "memory"),
        (checks.ROOM - 1, {}, None),
        (checks.ROOM, {"GENDAN_FAULTS": "all"}, None),
        (checks.ROOM, {"PYTEST_DEBUG_TEMPROOT": "elsewhere"}, "elsewhere"),
    ],
)
def test_servers_of_tests_keep_their_data_in_memory_where_there_is_room(
    left: int, given: dict[str, str], place: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (memory := tmp_path / "memory").mkdir()
    found: list[dict[str, str]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checks, "MEMORY", memory)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage(left))
    monkeypatch.setattr("os.execve", lambda path, arguments, settings: found.append(settings))
    for name in ("GENDAN_FAULTS", "PYTEST_DEBUG_TEMPROOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    checks.test(chosen(), [])
    [settings] = found
    assert settings.get("PYTEST_DEBUG_TEMPROOT") == (str(memory) if place == "memory" else place)


@dataclass
class Usage:
    free: int
