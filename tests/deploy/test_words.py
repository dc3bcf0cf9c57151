"""Every code that the walk may have to say has words in both languages."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from deploy.local import demo
from deploy.local.commands.delay import ask_cause
from deploy.local.delaying.words import Words, of_locale
from deploy.local.demo.chinese import CHINESE
from services.orders.disruptions.model import Why
from services.orders.planning.domain.deadlines import BreachKind
from shared.contracts.codes import CAUSES
from shared.contracts.customers import Grade
from shared.contracts.notifications import Suppressed, Unreachable
from shared.contracts.text import LANGUAGES, Language

RESULTS = {"refused", "accepted", "inspection-failed"}
"""What the services answer, and the demo expects."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_has_words(language: Language) -> None:
    codes = [code for kind in (Why, BreachKind, Suppressed, Unreachable, Grade) for code in get_args(kind)]
    assert [code for code in codes if Words(language)(code) == code] == []


def test_a_cause_is_asked_until_it_is_one_of_those_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed = iter(["vessel", "log-roll", ""])
    monkeypatch.setattr("builtins.input", lambda question: next(typed))
    assert ask_cause(Words("zh-CN"), "UNKNOWN") == "LOG-ROLL"
    said = capsys.readouterr().out
    assert all(f"{code:<10} {cause.meaning.zh_cn}" in said for code, cause in CAUSES.items())
    assert said.endswith("VESSEL 不在上列代码中。\n")
    assert ask_cause(Words("en"), "UNKNOWN") == "UNKNOWN"


def test_the_terminal_s_locale_chooses_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, language in (("zh_CN.UTF-8", "zh-CN"), ("de_DE.UTF-8", "en"), ("C", "en")):
        monkeypatch.setenv("LC_ALL", name)
        assert of_locale() == language


def test_what_the_demo_tells_has_words_in_chinese() -> None:
    """Every sentence that is handed to it, as it stands in the code."""
    folder = Path(demo.__file__).parent
    calls = [node for path in folder.glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    said = {
        argument.value
        for call in calls
        if ast.unparse(call.func) in ("tell", "table", "words", "figures.check")
        for argument in call.args[ast.unparse(call.func) == "figures.check" :]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    assert len(said) > 80
    assert {text for text in said if re.search(r"[a-z]{3}", text)} - CHINESE.keys() - RESULTS == set()
    assert [text for text, chinese in CHINESE.items() if _named(text) != _named(chinese)] == []


def _named(text: str) -> list[str]:
    return sorted(set(re.findall(r"\{\w+\}", text)))
