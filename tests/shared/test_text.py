"""Sentences in both languages."""

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, EmailStr, Field, TypeAdapter, ValidationError

from shared.approvals.rules import Decider
from shared.contracts.reasons import reason
from shared.contracts.text import LEGIBLE, Both, Reader
from shared.imports.models import MappingName
from shared.problems import FieldError
from shared.web.input import field_errors

SENTENCES = st.text(min_size=1).filter(LEGIBLE.fits)
"""Of what is `Prose`, too."""


@given(SENTENCES, SENTENCES)
def test_a_sentence_that_is_stored_is_read_in_both_languages(en: str, zh: str) -> None:
    read = Both.of(Both(en, zh).stored())
    assert (read, read.zh) == (en, zh)
    assert Both.of(en).zh == en, "one that was stored before it had its Chinese"


class Refused(BaseModel):
    reason: Both
    errors: tuple[FieldError, ...] = ()


def test_a_sentence_in_an_answer_is_in_the_language_of_its_reader() -> None:
    refused = Refused(reason=Both("no", "不可"), errors=(FieldError("name", Both("blank", "空白")),))
    assert refused.model_dump_json(context=Reader("zh-CN")) == '{"reason":"不可","errors":[{"field":"name","reason":"空白"}]}'
    assert refused.model_dump_json() == '{"reason":"no","errors":[{"field":"name","reason":"blank"}]}'


@pytest.mark.parametrize("address", ["nobody", "a@b", "a b@example.org", f"{'a' * 250}@example.org"])
def test_why_an_address_is_none_is_said_in_both(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(EmailStr).validate_python(address)
    said = reason(refused.value.errors()[0])
    assert said.startswith("value is not a valid email address")
    assert said.zh == "不是有效的邮箱地址"


class Listed(BaseModel):
    sizes: Annotated[tuple[int, ...], Field(min_length=1, max_length=2)]


@pytest.mark.parametrize(
    ("sizes", "wrong"),
    [
        (["S", "M"], [("sizes.0", "须为整数"), ("sizes.1", "须为整数")]),
        (["S", 2], [("sizes.0", "须为整数")]),
        ([], [("sizes", "至少填写 1 项")]),
        ([1, 2, 3], [("sizes", "最多填写 2 项")]),
    ],
)
def test_a_list_of_wrong_items_is_not_called_empty(sizes: list[Any], wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(ValidationError) as refused:
        Listed.model_validate({"sizes": sizes})
    assert [(error.field, error.reason.zh) for error in field_errors(refused.value)] == wrong


class Asked(BaseModel):
    decider: Decider
    wait: float
    name: MappingName


def test_why_a_field_does_not_fit_is_said_in_both() -> None:
    with pytest.raises(ValidationError) as refused:
        Asked.model_validate({"decider": {"by": "lot"}, "wait": "a while", "name": "A b"})
    assert [reason(error).zh for error in refused.value.errors()] == [
        "'by' 须为下列之一：'role', 'department', 'requesters_manager', 'person'",
        "须为数字",
        "格式须符合 ^[a-z0-9][a-z0-9._-]{0,59}$",
    ]
