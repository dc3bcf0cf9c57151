"""What is said where advice cannot be given, answered or taken back, in both languages."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from shared.contracts.text import Both, Language

_LANGUAGES: Mapping[Language, str] = MappingProxyType({"zh-CN": "中文", "en": "英文"})
_ANSWERS: Mapping[str, str] = MappingProxyType({"accepted": "接受", "declined": "拒绝"})
NO_ADVICE = Both("there is no such advice", "没有此建议")
TAKEN_BACK = Both("the advice was taken back: there is nothing to answer", "该建议已撤回，无需回复")
OVER = Both("the advice was taken back", "该建议已撤回")


def in_his_language(reads: Language) -> Both:
    return Both(f"the customer reads {reads}: say it in that language, too", f"客户阅读{_LANGUAGES[reads]}，请一并用该语言填写")


def given_first(placed: Both, day: date) -> Both:
    return Both(f"{placed}: advice on it cannot have been given on {day}", f"{placed.zh}，不可能在 {day} 就其提出建议")


def answered_first(given: date) -> Both:
    return Both(f"it was given on {given}: it cannot have been answered before", f"{given} 才提出建议，不可能在此之前答复")


def answered(answer: str) -> Both:
    return Both(f"the advice was {answer}", f"客户已答复该建议：{_ANSWERS[answer]}")
