"""From a decided notice to subject and body."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from services.notifications.rules.domain import Template
from services.notifications.templates.parts import Values
from services.notifications.templates.view import Writing, view
from shared.contracts.text import LANGUAGES, Language
from shared.rendering.environment import Templates
from shared.rendering.words import in_words, one_line, quantity

Question = Literal["question"]
"""The letter to staff who are asked something; no rule chooses it."""

_GAPS = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t]+\n")


@dataclass(frozen=True, slots=True)
class Letter:
    """`subject` is one line; `body` is plain text with LF. `values` are what it was written from."""

    subject: str
    body: str
    values: Values = field(default_factory=dict)


@cache
def _templates() -> Templates:
    return Templates(Path(__file__).parent)


def write(template: Template, writing: Writing) -> Letter:
    """A letter about dates, in the reader's language."""
    return letter(template, writing.language, view(writing))


def letter(template: Template | Question, language: Language, values: Values) -> Letter:
    """The letter of a template; jinja2's errors where it asks for what is not there."""
    text = _templates().render(f"{language}/{template}.txt", values).lstrip()
    subject, _, body = text.partition("\n")
    return Letter(one_line(subject), _GAPS.sub("\n\n", _TRAILING.sub("\n", body)).strip() + "\n", values)


def prepare() -> None:
    """Compile every template and load the languages, which takes half a second, before the first letter waits for it."""
    for language in LANGUAGES:
        in_words(date(2000, 1, 1), language)
        quantity(Decimal(1), language)
        for template in (*get_args(Template), *get_args(Question)):
            _templates().load(f"{language}/{template}.txt")
