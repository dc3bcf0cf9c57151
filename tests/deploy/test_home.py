"""The data folder, its logs, and the local issuer."""

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from deploy.local import journal, ports
from deploy.local.home import AlreadyRunning, Foreign, Home, NotRunning
from deploy.local.journal import Log, Terminal
from deploy.local.tokens import ISSUER, Issuer
from shared.web.auth import AUDIENCE
from shared.web.jwks import read_keys

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make()
    return made


def test_one_run_at_a_time(home: Home) -> None:
    with home.locked():
        assert home.in_use
        with pytest.raises(AlreadyRunning), Home(home.folder).locked():
            pass
    assert not home.in_use
    with pytest.raises(NotRunning):
        home.run()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(Foreign, match=str(tmp_path)), Home(tmp_path).locked():
        pass
    assert [entry.name for entry in tmp_path.iterdir()] == ["letters.txt"]
    with pytest.raises(Foreign), Home(tmp_path / "letters.txt").locked():
        pass


def test_secrets_and_ports_stay_and_are_nobody_elses(home: Home) -> None:
    first = home.prepare()
    assert home.prepare() == first == home.state()
    assert stat.S_IMODE((home.folder / "state.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    secrets = [first.superuser, *first.migrators.values(), *first.runtimes.values(), *first.nats.values()]
    assert len(set(secrets)) == len(secrets)


def test_a_port_that_was_taken_meanwhile_is_replaced(home: Home) -> None:
    before = home.prepare()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", before.ports["orders"]))
        taken.listen()
        after = home.prepare()
    assert after.ports["orders"] != before.ports["orders"]
    assert {**after.ports, "orders": 0} == {**before.ports, "orders": 0}


def test_a_state_file_that_was_cut_short_is_made_anew(home: Home) -> None:
    home.prepare()
    (home.folder / "state.json").write_text('{"ports": {"gate')
    assert home.prepare() == home.state()


def test_no_port_is_given_twice() -> None:
    free = ports.free_port()
    chosen = ports.choose(("one", "two", "three"), {"one": free, "two": free})
    assert chosen["one"] == free
    assert len(set(chosen.values())) == 3


def test_two_runs_that_choose_at_the_same_moment_share_no_port(tmp_path: Path) -> None:
    wanted = ports.free_port()
    runs = [(Home(tmp_path / name), ports.Claims()) for name in ("one", "two")]
    states = []
    for home, claims in runs:
        home.make()
        # Nobody listens yet.
        states.append(home.prepare(gateway=wanted, take=claims.take))
    assert states[0].ports["gateway"] == wanted
    assert not set(states[0].ports.values()) & set(states[1].ports.values())
    runs[0][1].release()
    again = ports.Claims()
    assert again.take(wanted)
    for claims in (again, runs[1][1]):
        claims.release()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is claimed")
def test_a_claim_ends_with_its_holder() -> None:
    port = ports.free_port()
    ours = ports.Claims()
    holder = (
        "import sys; from deploy.local.ports import Claims; claims = Claims(); print(claims.take(int(sys.argv[1])), flush=True); input()"
    )
    command, pipe = [sys.executable, "-c", holder, str(port)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert not ours.take(port)
        process.kill()
    assert ours.take(port)
    ours.release()


def test_clearing_leaves_the_lock(home: Home) -> None:
    with home.locked():
        home.prepare()
        (home.mail / "1.eml").write_text("x")
        home.clear()
        assert home.in_use
        assert not list(home.mail.iterdir())
        assert not (home.folder / "state.json").exists()


def test_logs_are_bounded_and_keep_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LIMIT", 5000)
    log = Log(tmp_path, "orders", Terminal(quiet=True))
    for number in range(1000):
        log.feed(b'{"level":"info","event":"thing.done","number":%d}\nplain ' % number)
        log.feed(b"text of a server\n")
    log.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["orders.jsonl", "orders.jsonl.1", "orders.jsonl.2"]
    assert all(file.stat().st_size < 5200 for file in files)
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert {"number" in line or line["line"] == "plain text of a server" for line in lines} == {True}


def test_warnings_reach_the_terminal_and_are_few(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(tmp_path, "orders", Terminal())
    log.feed(b'{"level":"info","event":"calm"}\n{"level":"warning","event":"lease.lost","shard":3}\n')
    log.feed(b'{"level":"error","event":"again"}\n' * 500)
    said = capsys.readouterr().err.splitlines()
    assert said[0].split() == ["orders", "warning", "lease.lost", "shard=3"]
    assert len(said) <= 2 * journal.TERMINAL_LINES_PER_SECOND + 1
    log.heard = False
    log.feed(b'{"level":"error","event":"while starting"}\n')
    assert "while starting" not in capsys.readouterr().err
    log.close()


def test_a_token_is_an_access_token_that_the_services_take(home: Home) -> None:
    issuer = Issuer(home.key)
    issuer.publish(home.public)
    token = Issuer(home.key).mint("mei", ["merchandiser", "clerk"], hours=1)
    assert stat.S_IMODE(home.key.stat().st_mode) == 0o600
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "typ": "at+jwt", "kid": issuer.public["kid"]}
    keys = read_keys(json.loads((home.public / ".well-known" / "jwks.json").read_text()))
    claims = jwt.decode(token, keys[issuer.public["kid"]].key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER)
    assert claims["sub"] == "mei"
    assert claims["roles"] == ["merchandiser", "clerk"]
    assert claims["exp"] - claims["iat"] == 3600
