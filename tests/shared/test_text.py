"""Sentences in both languages."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, TypeAdapter, ValidationError

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


@pytest.mark.parametrize(
    ("address", "en", "zh"),
    [
        ("nobody", "it has no @", "缺少 @"),
        ("mei＠example.org", "its @ has to be half-width", "@ 须为半角"),
        ("@example.org", "nothing stands before the @", "@ 前没有内容"),
        ("mei@", "nothing stands after the @", "@ 后没有内容"),
        ("a b@example.org", "before the @ is a character that cannot be there", "@ 前含有不允许的字符"),
        ("mei@example.org;li@example.org", "after the @ is a character that cannot be there", "@ 后含有不允许的字符"),
        ("m\u200bei@example.org", "it has a character that cannot be seen", "含有不可见字符"),
        ("mei@example..org", "two dots follow each other", "点号不得相连"),
        ("a@b", "after the @ a dot is missing, as in example.com", "@ 后缺少点号，如 example.com"),
        ("mei@example.org.", "it begins or ends with a dot", "首尾不得为点号"),
        (".mei@example.org", "it begins or ends with a dot", "首尾不得为点号"),
        ("mei.@example.org", "a dot stands beside the @", "@ 前后不得为点号"),
        ("mei@mail.invalid", "no mail goes to what stands after the @", "@ 后的域名不能收信"),
        (f"{'a' * 250}@example.org", "it is too long", "过长"),
    ],
)
def test_why_an_address_is_none_is_said_in_both(address: str, en: str, zh: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(EmailStr).validate_python(address)
    said = reason(refused.value.errors()[0])
    assert (said, said.zh) == (f"is not an e-mail address: {en}", f"不是有效的邮箱地址：{zh}")


def test_of_an_address_that_is_none_for_a_rare_reason_no_more_is_said_in_either() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(EmailStr).validate_python("mei@[192.0.2.1]")
    said = reason(refused.value.errors()[0])
    assert (said, said.zh) == ("is not an e-mail address", "不是有效的邮箱地址")


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
    model_config = ConfigDict(extra="forbid")

    decider: Decider
    wait: float
    name: MappingName
    day: Annotated[date, Field(ge=date(1970, 1, 1))]
    due: Annotated[date, Field(le=date(2199, 12, 31))]
    grade: Literal["key", "normal"]
    note: Annotated[str, Field(min_length=1, max_length=20)]
    lines: Annotated[tuple[int, ...], Field(max_length=1)]
    amount: Annotated[Decimal, Field(gt=0, decimal_places=2)]
    share: Annotated[Decimal, Field(ge=0)]
    at: AwareDatetime
    order: UUID


def test_why_a_field_does_not_fit_is_said_in_both() -> None:
    sent: dict[str, Any] = {
        "decider": {"by": "lot"}, "wait": "a while", "name": "A b", "day": "1969-12-31", "due": "2026-13-01", "grade": "best", "note": "",
        "lines": [1, 2], "amount": "0.005", "share": -1, "at": "2026-05-08T09:30:00", "more": 1,
    }  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        Asked.model_validate(sent)
    assert {error["loc"][0]: (said, said.zh) for error in refused.value.errors() if (said := reason(error))} == {
        "decider": (
            "'by' has to be one of 'role', 'department', 'requesters_manager', 'person'",
            "'by' 须为下列之一：'role', 'department', 'requesters_manager', 'person'",
        ),
        "wait": ("has to be a number", "须为数字"),
        "name": ("has to have the form ^[a-z0-9][a-z0-9._-]{0,59}$", "格式须符合 ^[a-z0-9][a-z0-9._-]{0,59}$"),
        "day": ("has to be 1970-01-01 or later", "不得早于 1970-01-01"),
        "due": ("has to be a date, like 2026-05-08", "须为日期，如 2026-05-08"),
        "grade": ("has to be 'key' or 'normal'", "须为下列之一：'key' 或 'normal'"),
        "note": ("needs at least 1 character", "至少 1 个字符"),
        "lines": ("give at most 1", "最多填写 1 项"),
        "amount": ("has more than 2 decimal places", "小数最多 2 位"),
        "share": ("has to be 0 or more", "不得小于 0"),
        "at": ("needs its time zone, like +08:00", "须注明时区，如 +08:00"),
        "order": ("is required", "必填"),
        "more": ("there is no such field", "没有此字段"),
    }
