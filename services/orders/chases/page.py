"""The page on which a question is answered: one form, no script, in English and Chinese, readable on a telephone."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Protocol

from shared.contracts.text import Language, LocalText
from shared.problems import Problem

TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("A question about order {order}", "关于订单 {order} 的询问"),
        "order": ("Order", "订单"),
        "shipment": ("Shipment", "出运批次"),
        "milestone": ("Step", "节点"),
        "expected": ("Expected so far", "目前预计"),
        "answer_by": ("Answer due by", "回复期限"),
        "asked_by": ("Asked by", "询问人"),
        "day": ("It will happen on", "预计完成日期"),
        "done_on": ("It has happened on", "已完成日期"),
        "text": ("A word on it", "说明"),
        "hint": ("Give one of the two days, or a word on it.", "请填写其中一个日期，或填写说明。"),
        "send": ("Send the answer", "提交回复"),
        "again": ("Change the answer", "修改回复"),
        "thanks": ("Thank you: your answer has been passed on.", "谢谢，您的回复已转达。"),
        "over": ("This question has been settled meanwhile; no answer is needed any more.", "该询问已了结，无需再回复。"),
        "refused": ("The answer was not taken.", "回复未被接受。"),
        "of_field": ("{field}: {reason}", "{field}：{reason}"),
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
input,textarea,button{border:1px solid #768594;border-radius:6px;background:#fff}
button{margin-top:1rem;background:#1f6feb;border-color:#1f6feb;color:#fff;font-weight:600}
.said{margin:0 0 1rem;padding:.7rem 1rem;border-radius:6px;background:#e7f6ec}
.said p,.said ul{margin:0}
.said p::first-letter,.said li::first-letter{text-transform:uppercase}
.said.refused{background:#fdeceb}
[aria-invalid]{border-color:#c0362c}
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


def render(
    language: Language, shown: Shown, *, thanked: bool = False, refused: Problem | None = None, typed: Mapping[str, str] | None = None
) -> bytes:
    """The whole page; everything that people typed is escaped. Why an answer was `refused` is said, and what was `typed` stays."""
    words = {name: texts[language == "zh-CN"] for name, texts in TEXTS.items()}
    title = words["title"].format(order=shown.order)
    said = "thanks" if thanked else "over" if shown.over else "refused" if refused else None
    parts = [f"<h1>{escape(title)}</h1>"]
    if said:
        parts.append(_said(said, words[said], _reasons(language, words, refused) if refused else ()))
    parts += [_facts(words, shown, language), f"<blockquote>{escape(shown.question)}</blockquote>"]
    if not shown.over:
        parts.append(_form(words, shown, refused, typed))
    return _document(language, f"{words[said]} {title}" if said else title, parts)


def shut(language: Language, refused: Problem) -> bytes:
    """What stands in place of the page where its link does not open it."""
    title = refused.title.in_language(language)
    return _document(language, title, [f"<h1>{escape(title)}</h1>", _said("refused", refused.detail.in_language(language))])


def _document(language: Language, title: str, parts: Sequence[str]) -> bytes:
    """Its title is what is read aloud first: after an answer, what became of it."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title><style>{STYLE}</style></head>'
        f"<body><main>{''.join(parts)}</main></body></html>"
    ).encode()


def _said(kind: str, sentence: str, reasons: Sequence[str] = ()) -> str:
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    return f'<div class="said {kind}" id="said" role="status"><p>{escape(sentence)}</p>{listed and f"<ul>{listed}</ul>"}</div>'


def _reasons(language: Language, words: Mapping[str, str], refused: Problem) -> list[str]:
    """In the refusal's own words, each once: with the name of its field, or of none where several are to blame together."""
    fields: dict[str, list[str]] = {}
    for error in refused.errors:
        fields.setdefault(error.reason.in_language(language), []).append(words.get(error.field, error.field))
    return [words["of_field"].format(field=names[0], reason=reason) if len(names) == 1 else reason for reason, names in fields.items()] or [
        refused.detail.in_language(language)
    ]


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


def _form(words: Mapping[str, str], shown: Shown, refused: Problem | None, typed: Mapping[str, str] | None) -> str:
    """Sent to where the page came from. What was typed and refused is filled in, or else what stands as the answer."""
    wrong = {error.field for error in refused.errors} if refused else set()
    stands = {"day": shown.day, "done_on": shown.done_on, "text": shown.text}
    filled = {name: escape(str((stands if typed is None else typed).get(name) or "")) for name in stands}

    def labelled(name: str, field: str, rest: str) -> str:
        described = 'aria-invalid="true" aria-describedby="said hint"' if name in wrong else 'aria-describedby="hint"'
        return f'<label for="{name}">{words[name]}</label><{field} id="{name}" name="{name}" {described} {rest}'

    days = "".join(labelled(name, "input", f'type="date" value="{filled[name]}">') for name in ("day", "done_on"))
    text = labelled("text", "textarea", f'rows="3" maxlength="2000">{filled["text"]}</textarea>')
    send = words["again" if shown.status == "answered" else "send"]
    return f'<form method="post"><p id="hint">{words["hint"]}</p>{days}{text}<button type="submit">{send}</button></form>'
