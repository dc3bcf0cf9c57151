"""The containers' backup and restore take their steps in order, and put back what is there when one fails."""

import subprocess
from pathlib import Path

import pytest

from shared.contracts.topology import LISTENS, SERVICES

SCRIPTS = Path(__file__).parents[2] / "deploy" / "docker"
COMPOSE = """#!/bin/sh
# Notes what it is asked for and what it reads, and fails where the test says so. Knows which databases were put aside.
echo "$*" >>"$NOTES"
case "$*" in
*psql*)
    read=$(tee -a "$NOTES")
    case $read in
    *"TO orders_aside"*) echo customers_aside orders_aside notifications_aside reporting_aside >"$NOTES.aside" ;;
    *"TO orders;"* | *"TO orders_before"*) rm "$NOTES.aside" ;;
    *"right(datname"*) [ ! -f "$NOTES.aside" ] || cat "$NOTES.aside" ;;
    *"FROM epoch"*) echo "orders|4" ;;
    esac
    ;;
*pg_dump*) echo "a copy" ;;
*"reporting-migrate rewind"*) echo "an event" ;;
esac
case "$*" in *"$FAILS"*) exit 7 ;; esac
"""


class Operator:
    """Calls the scripts, with notes of what they asked compose for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.copies, self._notes = folder, folder / "copies", folder / "notes"
        self._compose = folder / "compose"
        self._compose.write_text(COMPOSE)
        self._compose.chmod(0o700)

    def calls(self, script: str, *arguments: str, fails: str = "in no step") -> tuple[int, str]:
        self._notes.write_text("")
        environment = {"PATH": "/usr/bin:/bin", "COMPOSE": str(self._compose), "NOTES": str(self._notes), "FAILS": fails}
        command = [str(SCRIPTS / script), *arguments]
        done = subprocess.run(command, env=environment, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    @property
    def notes(self) -> list[str]:
        return self._notes.read_text().splitlines()

    def step(self, words: str) -> int:
        """Where in the notes that is, once."""
        [found] = [number for number, note in enumerate(self.notes) if words in note]
        return found


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """With a backup made."""
    operator = Operator(tmp_path)
    code, said = operator.calls("backup", "copies")
    assert code == 0, said
    assert [note.split()[-1] for note in operator.notes] == list(SERVICES)
    return operator


def test_all_are_restored_and_every_listener_is_rewound(operator: Operator) -> None:
    code, said = operator.calls("restore", "copies")
    assert (code, f"restored {' '.join(SERVICES)}" in said) == (0, True), said
    steps = [
        "stop gateway", "RENAME TO orders_aside", "pg_restore --single-transaction --exit-on-error -d orders", "orders-migrate restored",
        "RENAME TO orders_before", "nats -rf /data/jetstream", "run --rm -T streams", "orders republish",
        "DROP DATABASE orders_before", "up -d",
    ]  # fmt: skip
    assert [operator.step(step) for step in steps] == sorted(operator.step(step) for step in steps)
    for publisher in SERVICES:
        between = operator.notes[operator.step(f"{publisher}-migrate restored") + 1 : operator.step(f"{publisher}-migrate recover")]
        listeners = [service for service in SERVICES if publisher in LISTENS[service]]
        assert [note.split()[-2:] for note in between] == [[f"{listener}-migrate", "rewind"] for listener in listeners]


def test_one_alone_begins_an_epoch_above_all_and_the_others_are_copied(operator: Operator) -> None:
    code, said = operator.calls("restore", "copies", "orders")
    assert (code, "restored orders\n" in said) == (0, True), said
    assert [note.split()[-1] for note in operator.notes if "pg_restore" in note] == ["orders"]
    assert [note.split()[2] for note in operator.notes if note.startswith("CREATE DATABASE")] == ["customers", "notifications", "reporting"]
    assert operator.notes[operator.step(" restored ")].endswith("orders-migrate restored --above 4")
    assert operator.step("reporting-migrate rebuild") < operator.step("RENAME TO orders_before")
    [lost] = operator.folder.glob("lost-*.jsonl")
    assert (lost.read_text(), "1 lost events" in said) == ("an event\n", True)


@pytest.mark.parametrize("fails", ["pg_restore", "orders-migrate migrate", "notifications-migrate rewind", "reporting-migrate rebuild"])
def test_what_is_there_comes_back_when_a_step_fails(operator: Operator, fails: str) -> None:
    code, said = operator.calls("restore", "copies", "orders", fails=fails)
    assert (code, "nothing was restored" in said) == (7, True), said
    put_back = [note for note in operator.notes if note.startswith("DROP DATABASE")]
    assert put_back == [
        f"DROP DATABASE IF EXISTS {service} WITH (FORCE); ALTER DATABASE {service}_aside RENAME TO {service};" for service in SERVICES
    ]
    assert not any("jetstream" in note or "TO orders_before" in note for note in operator.notes)


def test_a_restore_that_was_killed_is_undone_by_the_next(operator: Operator) -> None:
    (operator.folder / "notes.aside").write_text("orders_aside")
    assert operator.calls("restore", "copies")[0] == 0
    assert operator.step("ALTER DATABASE orders_aside RENAME TO orders;") < operator.step("RENAME TO orders_aside")


def test_once_the_databases_are_made_they_stay(operator: Operator) -> None:
    code, said = operator.calls("restore", "copies", fails="orders republish")
    assert (code, "the streams are not: give the same command again" in said) == (1, True), said
    assert not any(note.startswith("DROP DATABASE orders_before") for note in operator.notes)
    code, said = operator.calls("restore", "copies", fails="up -d")
    assert (code, "all is restored, but not everything runs" in said) == (1, True), said


def test_what_is_no_backup_is_refused_before_anything_stands_still(operator: Operator) -> None:
    assert operator.calls("backup", "copies") == (1, f"no backup: {operator.copies} is not empty\n")
    (operator.copies / "orders.dump").write_text("half a copy")
    for arguments, words in (
        (["copies"], "a damaged one"), (["elsewhere"], "usage"), ([], "usage"), (["copies", "invoices"], "no service invoices"),
    ):  # fmt: skip
        code, said = operator.calls("restore", *arguments)
        assert (code, words in said, operator.notes) == (1, True, []), said
