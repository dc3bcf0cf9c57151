"""Why a field is not valid, in both languages: in our words for what pydantic finds, and in those of our own validators."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from shared.contracts.blame import SEVERAL
from shared.contracts.text import Both

_BOOLEAN = Both("has to be true or false", "须为 true 或 false")
_WHOLE = Both("has to be a whole number", "须为整数")
_NUMBER = Both("has to be a number", "须为数字")
_DATE = Both("has to be a date, like 2026-05-08", "须为日期，如 2026-05-08")
_INSTANT = Both("has to be a date with a time, like 2026-05-08T09:30:00+08:00", "须为日期和时间，如 2026-05-08T09:30:00+08:00")
_UUID = Both("has to be a UUID", "须为 UUID")
_LIST = Both("has to be a list", "须为列表")
_OBJECT = Both("has to be an object", "须为对象")
_WORDS: Mapping[str, Both] = MappingProxyType(
    {
        "missing": Both("is required", "必填"),
        "extra_forbidden": Both("there is no such field", "没有此字段"),
        "none_required": Both("has to be empty", "须留空"),
        "string_type": Both("has to be text", "须为文字"),
        "string_too_short": Both("needs at least {min_length} characters", "至少 {min_length} 个字符"),
        "string_too_long": Both("has more than {max_length} characters", "最多 {max_length} 个字符"),
        "string_pattern_mismatch": Both("has to have the form {pattern}", "格式须符合 {pattern}"),
        "literal_error": Both("has to be {expected}", "须为下列之一：{expected}"),
        "enum": Both("has to be {expected}", "须为下列之一：{expected}"),
        "bool_type": _BOOLEAN,
        "bool_parsing": _BOOLEAN,
        "int_type": _WHOLE,
        "int_parsing": _WHOLE,
        "int_from_float": _WHOLE,
        "float_type": _NUMBER,
        "float_parsing": _NUMBER,
        "decimal_type": _NUMBER,
        "decimal_parsing": _NUMBER,
        "decimal_max_digits": Both("has more than {max_digits} digits", "最多 {max_digits} 位数字"),
        "decimal_max_places": Both("has more than {decimal_places} decimal places", "小数最多 {decimal_places} 位"),
        "decimal_whole_digits": Both("has more than {whole_digits} digits before the point", "整数部分最多 {whole_digits} 位"),
        "finite_number": Both("has to be a finite number", "须为有限的数字"),
        "greater_than": Both("has to be more than {gt}", "须大于 {gt}"),
        "greater_than_equal": Both("has to be {ge} or more", "不得小于 {ge}"),
        "less_than": Both("has to be less than {lt}", "须小于 {lt}"),
        "less_than_equal": Both("has to be {le} or less", "不得大于 {le}"),
        "date_type": _DATE,
        "date_parsing": _DATE,
        "date_from_datetime_parsing": _DATE,
        "date_from_datetime_inexact": Both("has to be a date, without a time", "须为日期，不带时间"),
        "datetime_type": _INSTANT,
        "datetime_parsing": _INSTANT,
        "datetime_from_date_parsing": _INSTANT,
        "timezone_aware": Both("needs its time zone, like +08:00", "须注明时区，如 +08:00"),
        "timezone_naive": Both("has to be without a time zone", "不得带时区"),
        "uuid_type": _UUID,
        "uuid_parsing": _UUID,
        "tuple_type": _LIST,
        "list_type": _LIST,
        "too_short": Both("give at least {min_length}", "至少填写 {min_length} 项"),
        "too_long": Both("give at most {max_length}", "最多填写 {max_length} 项"),
        "union_tag_not_found": Both("has to say {discriminator}", "须注明 {discriminator}"),
        "union_tag_invalid": Both("{discriminator} has to be one of {expected_tags}", "{discriminator} 须为下列之一：{expected_tags}"),
        "dict_type": _OBJECT,
        "model_type": _OBJECT,
        "model_attributes_type": _OBJECT,
    }
)
"""By the type that pydantic gives an error. What is not here is said in its English to everybody."""
_DAYS: Mapping[str, Both] = MappingProxyType(
    {
        "greater_than_equal": Both("has to be {ge} or later", "不得早于 {ge}"),
        "less_than_equal": Both("has to be {le} or earlier", "不得晚于 {le}"),
    }
)
"""The same of days, whose bounds pydantic gives as text."""
_SINGULAR = re.compile(r"\b1 (character|digit|decimal place)s\b")
_IN_ADDRESSES: Mapping[str, Both] = MappingProxyType(
    {
        "must have an @": Both("it has no @", "缺少 @"),
        '"full-width" at-sign': Both("its @ has to be half-width", "@ 须为半角"),
        "something before the @": Both("nothing stands before the @", "@ 前没有内容"),
        "something after the @": Both("nothing stands after the @", "@ 后没有内容"),
        "characters before the @": Both("before the @ is a character that cannot be there", "@ 前含有不允许的字符"),
        "after the @-sign contains invalid": Both("after the @ is a character that cannot be there", "@ 后含有不允许的字符"),
        "unsafe characters": Both("it has a character that cannot be seen", "含有不可见字符"),
        "periods in a row": Both("two dots follow each other", "点号不得相连"),
        "should have a period": Both("after the @ a dot is missing, as in example.com", "@ 后缺少点号，如 example.com"),
        "with a period": Both("it begins or ends with a dot", "首尾不得为点号"),
        "a period immediately": Both("a dot stands beside the @", "@ 前后不得为点号"),
        "special-use": Both("no mail goes to what stands after the @", "@ 后的域名不能收信"),
        "too long": Both("it is too long", "过长"),
    }
)
"""By a word of what pydantic says is wrong in a mail address; of the rest no more is said than that it is none."""


def reason(error: Mapping[str, Any]) -> Both:
    """What is wrong, of one of `ValidationError.errors()`; never the value, which may be personal."""
    english, context = str(error["msg"]).removeprefix("Value error, "), error.get("ctx", {})
    if error["type"] == "value_error":
        raised = context.get("error")
        if raised is None:  # pydantic says it itself: of mail addresses, and of nothing else
            return _no_address(english)
        own = raised.args[0] if raised.args else english
        return own if isinstance(own, Both) else Both(english, english)
    if error["type"] == SEVERAL:
        said: Both = context["reason"]
        return said
    kind = str(error["type"])
    words = _WORDS.get(kind)
    if words is None:
        return Both(english, english)
    if any(isinstance(context.get(bound), str) for bound in ("ge", "le")):
        words = _DAYS.get(kind, words)
    return Both(_SINGULAR.sub(r"1 \1", words.format(**context)), words.zh.format(**context).replace(" or ", " 或 "))


def _no_address(english: str) -> Both:
    why = next((why for said, why in _IN_ADDRESSES.items() if said in english), None)
    return Both("is not an e-mail address" + (f": {why}" if why else ""), "不是有效的邮箱地址" + (f"：{why.zh}" if why else ""))


def not_staff(login: str) -> Both:
    """Of whom is to do something, in any service that knows the staff."""
    return Both(f"{login} is not active staff", f"{login} 不是在职员工")


def no_department(department: str, there: Collection[str] | None) -> Both | None:
    """Why nothing can be given to that department: there is none, as one that is mistyped. Any will do where `there` is None."""
    if there is None or department in there:
        return None
    known = sorted(there)
    return Both(f"there is no department {department}; there are {', '.join(known)}", f"没有部门 {department}，现有：{'、'.join(known)}")
