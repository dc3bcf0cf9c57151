"""The supervisor: everything comes up, what dies comes back, and nothing is left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosmtplib
import pytest

from deploy.local import postgres
from deploy.local.client import Client
from deploy.local.home import Home
from deploy.local.process import Process
from deploy.local.suite import Suite
from shared.contracts.topology import SERVICES
from tests.conftest import group_of
from tests.support.suite import ROOT, running_suite

PARTS = ("postgres", "nats", "mail", *SERVICES, "gateway")


def gendan(home: Path, *arguments: str, typed: str | None = None) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GENDAN_HOME": str(home)}
    command = [sys.executable, "-P", "-m", "deploy.local", *arguments]
    return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=60, check=False, input=typed)


async def test_every_part_runs_and_says_so(suite: Suite) -> None:
    said = await asyncio.to_thread(gendan, suite.home.folder, "status", "--json")
    found = json.loads(said.stdout)
    assert said.returncode == 0, said.stdout
    assert sorted(found["parts"]) == sorted(PARTS)
    assert all(part["ready"] and part["state"] == "running" for part in found["parts"].values())


def test_all_that_share_it_are_of_one_group(request: pytest.FixtureRequest) -> None:
    groups = {group_of(item.nodeid) for item in request.session.items if "suite" in getattr(item, "fixturenames", ())}
    assert groups <= {group_of(request.node.nodeid)}


async def test_somebody_who_is_entered_with_a_password_signs_in(suite: Suite) -> None:
    person = ("--name", "Mei Lin", "--email", "mei@example.com", "--department", "sales", "--role", "merchandiser", "--password")
    weak = await asyncio.to_thread(gendan, suite.home.folder, "user", "add", "mei.lin", *person, typed="short\n")
    assert (weak.returncode, "password: 12 to 128 characters" in weak.stderr) == (1, True), weak.stderr
    said = await asyncio.to_thread(gendan, suite.home.folder, "user", "add", "mei.lin", *person, typed="the third plum tree\n")
    assert said.returncode == 0, said.stderr
    credentials = {"username": "mei.lin", "password": "the third plum tree"}
    token = (await suite.client().post("/api/customers/tokens", credentials)).expect(200)["access_token"]
    async with Client(suite.gateway, token) as mei:
        assert (await mei.get("/api/orders")).expect(200)["items"] == []
    written = "".join(log.read_text() for log in suite.home.logs.glob("*.jsonl"))
    assert "signin.done" in written
    assert "plum tree" not in written


async def test_a_second_run_leaves_the_first_alone(suite: Suite) -> None:
    before = suite.status()
    said = await asyncio.to_thread(gendan, suite.home.folder, "up")
    assert said.returncode == 3
    assert suite.gateway in said.stderr
    assert suite.status() == before


async def test_a_killed_service_comes_back_and_is_logged(suite: Suite) -> None:
    pid = await suite.kill("reporting")
    await suite.until_running("reporting")
    assert suite.pid("reporting") != pid
    assert suite.status()["reporting"]["restarts"] >= 1
    events = [json.loads(line) for line in (suite.home.logs / "supervisor.jsonl").read_text().splitlines()]
    ended = [event for event in events if event["event"] == "part.ended" and event["part"] == "reporting"]
    assert ended
    assert ended[-1]["code"] == -signal.SIGKILL


async def test_a_stopped_part_stays_down_until_it_is_started(suite: Suite) -> None:
    await suite.stop("mail")
    await asyncio.sleep(0.5)
    assert suite.status()["mail"]["state"] == "held"
    await suite.start("mail")
    assert suite.status()["mail"]["state"] == "running"


async def test_the_local_mail_server_keeps_mails_in_order(suite: Suite) -> None:
    text = "From: a@gendan.example\r\nTo: b@example.org\r\nSubject: =?utf-8?b?6K6i5Y2V?= {}\r\n\r\nbody {}\r\n"
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=suite.state.ports["smtp"], start_tls=False) as smtp:
        for number in range(20):
            await smtp.sendmail("a@gendan.example", ["sink@example.org"], text.format(number, number))
    mails = await suite.mailbox.wait_for(lambda mail: "sink@example.org" in mail.recipients, 5, count=20)
    assert [mail.subject for mail in mails] == [f"订单 {number}" for number in range(20)]
    assert mails[3].text.strip() == "body 3"
    listed = await asyncio.to_thread(gendan, suite.home.folder, "mail", "--json", "--to", "sink@")
    assert [entry["subject"] for entry in json.loads(listed.stdout)] == [mail.subject for mail in mails]
    shown = await asyncio.to_thread(gendan, suite.home.folder, "mail", "show", str(mails[0].number))
    assert "body 0" in shown.stdout


async def test_the_local_mail_server_refuses_when_told(suite: Suite) -> None:
    suite.mailbox.refuse("451 4.3.0 try later")
    try:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=suite.state.ports["smtp"], start_tls=False) as smtp:
            with pytest.raises(aiosmtplib.SMTPDataError, match="try later"):
                await smtp.sendmail("a@gendan.example", ["refused@example.org"], "Subject: x\r\n\r\n")
    finally:
        suite.mailbox.refuse(None)
    assert not suite.mailbox.to("refused@example.org")


async def test_nothing_outlives_a_killed_supervisor_and_the_next_run_starts(tmp_path: Path) -> None:
    async with running_suite(tmp_path / "home", keep=True) as suite:
        pids = [suite.pid(part) for part in PARTS]
        os.kill(suite.home.run()["pid"], signal.SIGKILL)
        await _until_gone(pids)
    async with running_suite(tmp_path / "home") as suite:
        assert all(part["state"] == "running" for part in suite.status().values())
        pids = [suite.pid(part) for part in PARTS]
    assert not any(_lives(pid) for pid in pids)
    assert not Home(tmp_path / "home").in_use


@pytest.mark.parametrize("seconds", [0, 0.3, 0.8, 1.6, 2.4])
async def test_a_run_may_be_stopped_at_any_moment_of_its_start(tmp_path: Path, seconds: float) -> None:
    home = Home(tmp_path / "home")
    try:
        async with starting(home) as process:
            async with asyncio.timeout(60):
                while not home.in_use:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(seconds)
            below = _below(process.pid)
            await _stopped_without_a_word(process)
            await _until_gone(below)
    finally:
        postgres.remove(home.postgres)


async def test_a_run_may_be_stopped_while_it_is_loaded(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    async with starting(home, "-X", "importtime") as process:
        assert process.stderr is not None
        async with asyncio.timeout(60):
            while b"cyclopts" not in await process.stderr.readline():
                pass
        await _stopped_without_a_word(process)
    assert not home.folder.exists()


@asynccontextmanager
async def starting(home: Home, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A run on that folder in a process of its own, which was started just now; `options` are Python's."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", *options, "-m", "deploy.local", "up", "--data", str(home.folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # Who runs the tests in the background of a shell ignores it, and so would what he starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _stopped_without_a_word(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGINT)
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode in (0, 130), said.decode()
    assert "Traceback" not in said.decode(), said.decode()
    assert "Exception ignored" not in said.decode(), said.decode()


async def test_a_part_that_cannot_start_is_told_with_its_last_lines(tmp_path: Path) -> None:
    from deploy.local.process import Part, StartFailed

    part = Part(name="broken", command=[sys.executable, "-c", "print('no such thing'); raise SystemExit(4)"], environment={}, ready=_never)
    with pytest.raises(StartFailed, match=r"broken ended with code 4[\s\S]*no such thing"):
        await Process(part, output=tmp_path / "log").start()


async def _never() -> bool:
    return False


def _below(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            found += [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
        except OSError:
            continue
    return found[1:]


async def _until_gone(pids: list[int]) -> None:
    for _ in range(200):
        if not any(_lives(pid) for pid in pids):
            return
        await asyncio.sleep(0.1)
    raise AssertionError([Path(f"/proc/{pid}/cmdline").read_text() for pid in pids if _lives(pid)])


def _lives(pid: int) -> bool:
    try:
        os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return False
    return True
