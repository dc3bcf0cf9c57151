"""The entry script on machines that lack something."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.suite import ROOT

TOOLS = ("sh", "dirname", "readlink", "cmp", "mkdir", "cat", "rm", "cp", "sleep", "basename", "env")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A project with the script and the locks, and a PATH with the tools of a bare system."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (tmp_path / "bin" / tool).symlink_to(found)
    project = tmp_path / "project"
    (project / "requirements").mkdir(parents=True)
    for lock in (ROOT / "requirements").glob("*.lock"):
        shutil.copy(lock, project / "requirements")
    shutil.copy(ROOT / "gendan", project)
    return tmp_path


def call(machine: Path, *arguments: str, script: str = "project/gendan", **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {"PATH": str(machine / "bin"), "HOME": str(machine), **environment}
    command = [str(machine / "bin" / "sh"), str(machine / script), *arguments]
    return subprocess.run(command, env=given, cwd="/", capture_output=True, text=True, timeout=60, check=False)


def program(path: Path, text: str) -> None:
    path.write_text(f"#!{shutil.which('sh')}\n{text}\n")
    path.chmod(0o755)


def ready_made(machine: Path, lock: str) -> None:
    """An environment as the script leaves it; its Python tells how it was called."""
    venv = machine / "project" / ".venv"
    (venv / "bin").mkdir(parents=True)
    program(venv / "bin" / "python", '[ "$1" = -c ] || echo "$PYTHONPATH $*"')
    shutil.copy(machine / "project" / "requirements" / lock, venv / f"gendan-{lock}")


def test_without_python_it_says_what_is_missing(machine: Path) -> None:
    done = call(machine, "up")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_an_old_python_is_not_taken(machine: Path) -> None:
    program(machine / "bin" / "python3", "exit 1")  # as a Python that finds its version too low
    assert "Python 3.11 or newer is needed" in call(machine, "up").stderr


def test_without_venv_it_says_what_to_install(machine: Path) -> None:
    program(machine / "bin" / "python3", f'case "$2" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac')
    done = call(machine, "up")
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert not (machine / "project" / ".venv.lock").exists()


def test_an_environment_made_from_the_lock_is_used_as_it_is(machine: Path) -> None:
    ready_made(machine, "local.lock")
    done = call(machine, "status", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(machine / "project"), "-P", "-m", "deploy.local", "status", "--json"]


def test_it_may_be_called_by_a_link_from_anywhere(machine: Path) -> None:
    ready_made(machine, "local.lock")
    (machine / "elsewhere").mkdir()
    (machine / "elsewhere" / "follow").symlink_to("../project/gendan")
    assert call(machine, "mail", script="elsewhere/follow").stdout.startswith(str(machine / "project"))


def test_a_changed_lock_and_a_missing_extra_are_noticed(machine: Path) -> None:
    ready_made(machine, "local.lock")
    assert "Python 3.11" in call(machine, "test").stderr  # tests need dev.lock: it sets out to make it and finds no Python
    with (machine / "project" / "requirements" / "local.lock").open("a") as file:
        file.write("# changed\n")
    assert "Python 3.11" in call(machine, "up").stderr


def test_an_environment_that_something_runs_from_is_not_made_anew(machine: Path) -> None:
    program(machine / "bin" / "python3", f'exec {sys.executable} "$@"')
    ready_made(machine, "local.lock")
    with (machine / "project" / "requirements" / "local.lock").open("a") as file:
        file.write("# changed\n")
    python = machine / "project" / ".venv" / "bin" / "python"
    program(machine / "bin" / "ps", f"echo '{python} -P -m services.orders'")
    done = call(machine, "status")
    assert done.returncode == 1
    assert "stop it first" in done.stderr
    assert python.exists()


def test_a_lock_left_behind_by_a_killed_set_up_is_no_obstacle(machine: Path) -> None:
    program(machine / "bin" / "python3", f'case "$2" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac')
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lock = machine / "project" / ".venv.lock"
    lock.mkdir()
    (lock / "pid").write_text(str(ended.pid))
    assert "apt install python3-venv" in call(machine, "up").stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_project_keeps_its_environment_in_the_data_folder(machine: Path) -> None:
    program(machine / "bin" / "python3", f'case "$2" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac')
    (machine / "project").chmod(0o555)
    assert str(machine / "home" / "venv") in call(machine, "up", GENDAN_HOME=str(machine / "home")).stderr
