"""Every code that the walk may have to say has words in both languages."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from deploy.local import demo
from deploy.local.delaying.asking import ask_action, ask_cause, ask_milestone
from deploy.local.delaying.show import what_if
from deploy.local.delaying.words import WORDS, Words, of_locale
from deploy.local.demo.chinese import CHINESE
from services.orders.disruptions.model import DisruptionStatus, Why
from services.orders.planning.domain.deadlines import BreachKind
from shared.contracts.codes import CAUSES
from shared.contracts.customers import Grade
from shared.contracts.notifications import Suppressed, Unreachable
from shared.contracts.text import LANGUAGES, Language, LocalText

RESULTS = {"refused", "accepted", "inspection-failed"}
"""What the services answer, and the demo expects."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_has_words(language: Language) -> None:
    codes = [code for kind in (Why, BreachKind, Suppressed, Unreachable, Grade, Language) for code in get_args(kind)]
    codes += [f"is_{status}" for status in get_args(DisruptionStatus)]
    assert [code for code in codes if Words(language)(code) == code] == []


def test_in_chinese_no_word_is_english_and_no_mark_is_half_width() -> None:
    command = r"\{\w+\}|--[a-z-]+|\./gendan up|(POST|PUT) \{link\}(/withdrawal)?|'EVER GIVEN 042W'"
    odd = r"[A-Za-z]{2}|[][,.;:!?()>]"
    assert [chinese for _, chinese in WORDS.values() if re.search(odd, re.sub(command, "", chinese))] == []
    breach = {"kind": "cutoff", "term": "customs", "deadline": "2026-05-25", "would_be": "2026-05-29", "amend_by": None, "amount": None}
    order = {
        "number": "SO-1", "milestone": "DEPART", "name": {"en": "Departure", "zh-CN": "离港"},
        "before": "2026-05-22", "after": "2026-05-29", "slack_before": 3, "slack_after": -4,
        "lines": [], "at_risk": ["1", "2"], "waiting": [],
        "breaches": [breach, {**breach, "kind": "document", "term": "BILL_OF_LADING"}, {**breach, "kind": "clause", "term": "customs"}],
    }  # fmt: skip
    shown = list(what_if(Words("zh-CN"), [{"milestone": "DEPART", "orders": [order]}]))
    assert shown[1:] == [
        "  SO-1：离港（DEPART） 2026-05-22 → 2026-05-29；余量 3 → -4 天。",
        "    以下各行将晚于承诺交期：1、2。",
        "    截止时间 海关放行：期限 2026-05-25，预计 2026-05-29。",
        "    单证期限 提单：期限 2026-05-25，预计 2026-05-29。",
        "    合同条款 customs：期限 2026-05-25，预计 2026-05-29。",
    ]


def test_a_milestone_is_chosen_by_its_number_or_its_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed = iter(["9", "packed", "2", "prd_end", ""])
    monkeypatch.setattr("builtins.input", lambda question: next(typed))
    ahead = {code: LocalText(en=f"the {code}", zh_cn=name) for code, name in (("PRD_END", "生产完成"), ("DEPART", "离港"))}
    assert ask_milestone(Words("zh-CN"), ahead) == "DEPART"
    assert capsys.readouterr().out.splitlines()[1:] == [
        "   1  生产完成（PRD_END）", "   2  离港（DEPART）", "9 不在上列节点中。", "PACKED 不在上列节点中。",
    ]  # fmt: skip
    assert ask_milestone(Words("en"), ahead) == "PRD_END"
    assert "   2  the DEPART (DEPART)" in capsys.readouterr().out
    assert ask_milestone(Words("en"), ahead) == "DEPART", "where nothing is said, the one that a vessel makes late"


def test_a_cause_is_asked_until_it_is_one_of_those_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed = iter(["vessel", "log-roll", ""])
    monkeypatch.setattr("builtins.input", lambda question: next(typed))
    assert ask_cause(Words("zh-CN"), "UNKNOWN") == "LOG-ROLL"
    said = capsys.readouterr().out
    assert all(f"{code:<10} {cause.meaning.zh_cn}" in said for code, cause in CAUSES.items())
    assert said.endswith("VESSEL 不在上列代码中。\n")
    assert ask_cause(Words("en"), "UNKNOWN") == "UNKNOWN"


def test_what_is_being_done_is_asked_until_something_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed = iter(["", " ", "", "已改配"])
    monkeypatch.setattr("builtins.input", lambda question: next(typed))
    assert ask_action(Words("en")) == {"en": "", "zh-CN": "已改配"}
    assert capsys.readouterr().out == "Customers read it: say it in one of the languages.\n"


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
