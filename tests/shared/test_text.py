"""Sentences in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, EmailStr, TypeAdapter, ValidationError

from shared.approvals.rules import Decider
from shared.contracts.reasons import reason
from shared.contracts.text import Both, Reader
from shared.imports.models import MappingName
from shared.problems import FieldError

SENTENCES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1)


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
