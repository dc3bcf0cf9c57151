"""Every code that the walk may have to say has words in both languages."""

from typing import get_args

import pytest

from deploy.local.delaying.words import Words, of_locale
from services.orders.disruptions.model import Why
from services.orders.planning.domain.deadlines import BreachKind
from shared.contracts.notifications import Suppressed, Unreachable
from shared.contracts.text import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_has_words(language: Language) -> None:
    codes = [code for kind in (Why, BreachKind, Suppressed, Unreachable) for code in get_args(kind)]
    assert [code for code in codes if Words(language)(code) == code] == []


def test_a_refusal_is_named_in_the_reader_s_language() -> None:
    assert Words("zh-CN")("http_403", role="clerk") == "角色 clerk 无权执行此操作"
    assert (Words("zh-CN").refusal(422), Words("en").refusal(503)) == ("输入有误", None)


def test_the_terminal_s_locale_chooses_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, language in (("zh_CN.UTF-8", "zh-CN"), ("de_DE.UTF-8", "en"), ("C", "en")):
        monkeypatch.setenv("LC_ALL", name)
        assert of_locale() == language
