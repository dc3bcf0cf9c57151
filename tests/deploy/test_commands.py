"""Commands called wrongly say what is wrong, in a sentence, and change nothing."""

from pathlib import Path

import pytest

from deploy.local.commands.app import main


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
        (["delay", "--as", "mei", "--to", "2027-03-01", "--yes", "--action", "x"], 2, "what is late"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--vessel", "EVER GIVEN 042W", "--order", "SO-1", "--yes"], 2, "what is late"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--shipment", "SH-1", "--unshipped", "--yes"], 2, "--unshipped"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--vessel", "EVERGIVEN", "--yes"], 2, "a voyage"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--order", "SO-1"], 2, "nobody can be asked"),
        (["delay", "--as", "mei", "--to", "2027-03-01", "--order", "SO-1", "--yes"], 2, "--action"),
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


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    assert main(["up", "--data", str(file)]) == 2
    assert str(file) in capsys.readouterr().err
