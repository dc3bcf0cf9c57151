"""The page on which a question is answered: one form, no script, in English and Chinese, readable on a telephone."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Literal, Protocol

from shared.contracts.text import Language, LocalText

Words = Literal["thanks", "refused", "over", "invalid"]

TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("A question about order {order}", "关于订单 {order} 的询问"),
        "refused_title": ("This link does not open anything", "此链接无效"),
        "order": ("Order", "订单"),
        "shipment": ("Shipment", "出运批次"),
        "milestone": ("Step", "节点"),
        "expected": ("Expected so far", "目前预计"),
        "answer_by": ("Please answer by", "请于此日前回复"),
        "asked_by": ("Asked by", "询问人"),
        "day": ("It will happen on", "预计完成日期"),
        "done_on": ("It has happened on", "已完成日期"),
        "text": ("A word on it", "说明"),
        "hint": ("Give one of the two days, or a word on it.", "请填写其中一个日期，或填写说明。"),
        "send": ("Send the answer", "提交回复"),
        "again": ("Change the answer", "修改回复"),
        "thanks": ("Thank you: your answer has been passed on.", "谢谢，您的回复已转达。"),
        "refused": ("It is not complete, or has expired. Please ask for a new one.", "链接不完整或已过期，请索取新链接。"),
        "over": ("This question has been settled meanwhile; no answer is needed any more.", "该询问已了结，无需再回复。"),
        "invalid": (
            "The answer was not taken: give one of the two days or a word; the day to come must not have passed nor be before what"
            " comes first, and the day it happened must not be in the future.",
            "回复未被接受：请填写其中一个日期或说明；预计日期不得早于今天或前一节点，完成日期不得晚于今天。",
        ),
    }
)
STYLE = """
body{margin:0;font:16px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#1c2733;background:#f3f5f7}
main{max-width:34rem;margin:0 auto;padding:1.25rem;background:#fff;min-height:100vh;box-sizing:border-box}
h1{font-size:1.3rem;margin:.2rem 0 1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem;margin:0 0 1rem}
dt{color:#5b6b7a}
dd{margin:0;overflow-wrap:anywhere}
blockquote{margin:0 0 1rem;padding:.7rem 1rem;border-left:4px solid #1f6feb;background:#eef4fd}
blockquote{white-space:pre-wrap;overflow-wrap:anywhere}
label{display:block;margin:.8rem 0 .2rem;font-weight:600}
input,textarea,button{font:inherit;width:100%;box-sizing:border-box;padding:.6rem}
input,textarea,button{border:1px solid #9aa7b4;border-radius:6px;background:#fff}
button{margin-top:1rem;background:#1f6feb;border-color:#1f6feb;color:#fff;font-weight:600}
.said{padding:.7rem 1rem;border-radius:6px;background:#e7f6ec}
.said.invalid,.said.refused{background:#fdeceb}
.said.over{background:#fff6df}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "X-Frame-Options": "DENY",
    }
)
"""Headers of the page: nothing is loaded, run or framed."""


class Shown(Protocol):
    """What the page shows of a question."""

    @property
    def order(self) -> str: ...
    @property
    def shipment(self) -> str | None: ...
    @property
    def parts(self) -> Sequence[str | None]: ...
    @property
    def name(self) -> LocalText: ...
    @property
    def expected(self) -> object: ...
    @property
    def question(self) -> str: ...
    @property
    def answer_by(self) -> object: ...
    @property
    def asked_by(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def day(self) -> object: ...
    @property
    def done_on(self) -> object: ...
    @property
    def text(self) -> str | None: ...
    @property
    def over(self) -> bool: ...


def render(language: Language, shown: Shown | None, said: Words | None) -> bytes:
    """The whole page; everything that people typed is escaped."""
    words = {name: texts[language == "zh-CN"] for name, texts in TEXTS.items()}
    title = words["title"].format(order=shown.order) if shown else words["refused_title"]
    over = shown is not None and shown.over
    said = "over" if over and said is None else said
    parts = [f"<h1>{escape(title)}</h1>"]
    if said:
        parts.append(f'<p class="said {said}" role="status">{escape(words[said])}</p>')
    if shown:
        parts += [_facts(words, shown, language), f"<blockquote>{escape(shown.question)}</blockquote>"]
    if shown and not over and said not in ("over", "refused"):
        parts.append(_form(words, shown))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title><style>{STYLE}</style></head>'
        f"<body><main>{''.join(parts)}</main></body></html>"
    ).encode()


def _facts(words: Mapping[str, str], shown: Shown, language: Language) -> str:
    rows = {
        "order": shown.order,
        "shipment": ", ".join(leg for leg in (shown.shipment, *shown.parts) if leg),
        "milestone": shown.name.in_language(language),
        "expected": shown.expected,
        "answer_by": shown.answer_by,
        "asked_by": shown.asked_by,
    }
    return "<dl>" + "".join(f"<dt>{words[name]}</dt><dd>{escape(str(value))}</dd>" for name, value in rows.items() if value) + "</dl>"


def _form(words: Mapping[str, str], shown: Shown) -> str:
    """Sent to where the page came from; what stands as the answer is filled in."""
    days = "".join(
        f'<label for="{name}">{words[name]}</label><input type="date" id="{name}" name="{name}" value="{escape(str(value or ""))}">'
        for name, value in (("day", shown.day), ("done_on", shown.done_on))
    )
    area = f'<textarea id="text" name="text" rows="3" maxlength="2000">{escape(shown.text or "")}</textarea>'
    text = f'<label for="text">{words["text"]}</label>{area}'
    send = words["again" if shown.status == "answered" else "send"]
    return f'<form method="post">{days}{text}<p>{words["hint"]}</p><button type="submit">{send}</button></form>'
