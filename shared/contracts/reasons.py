"""Why a field is not valid, in both languages: what pydantic says in English, and what our own validators say."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from shared.contracts.blame import SEVERAL
from shared.contracts.text import Both

_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "missing": "必填",
        "extra_forbidden": "没有此字段",
        "none_required": "须留空",
        "string_type": "须为文字",
        "string_too_short": "至少 {min_length} 个字符",
        "string_too_long": "最多 {max_length} 个字符",
        "string_pattern_mismatch": "格式须符合 {pattern}",
        "literal_error": "须为下列之一：{expected}",
        "enum": "须为下列之一：{expected}",
        "bool_type": "须为 true 或 false",
        "bool_parsing": "须为 true 或 false",
        "int_type": "须为整数",
        "int_parsing": "须为整数",
        "int_from_float": "须为整数",
        "float_type": "须为数字",
        "float_parsing": "须为数字",
        "decimal_type": "须为数字",
        "decimal_parsing": "须为数字",
        "decimal_max_digits": "最多 {max_digits} 位数字",
        "decimal_max_places": "小数最多 {decimal_places} 位",
        "decimal_whole_digits": "整数部分最多 {whole_digits} 位",
        "finite_number": "须为有限的数字",
        "greater_than": "须大于 {gt}",
        "greater_than_equal": "不得小于 {ge}",
        "less_than": "须小于 {lt}",
        "less_than_equal": "不得大于 {le}",
        "date_type": "须为日期，如 2026-05-08",
        "date_parsing": "须为日期，如 2026-05-08",
        "date_from_datetime_parsing": "须为日期，如 2026-05-08",
        "date_from_datetime_inexact": "须为日期，不带时间",
        "datetime_type": "须为日期和时间",
        "datetime_parsing": "须为日期和时间",
        "datetime_from_date_parsing": "须为日期和时间",
        "timezone_aware": "须注明时区",
        "timezone_naive": "不得带时区",
        "uuid_type": "须为 UUID",
        "uuid_parsing": "须为 UUID",
        "tuple_type": "须为列表",
        "list_type": "须为列表",
        "union_tag_not_found": "须注明 {discriminator}",
        "union_tag_invalid": "{discriminator} 须为下列之一：{expected_tags}",
        "dict_type": "须为对象",
        "model_type": "须为对象",
        "model_attributes_type": "须为对象",
    }
)
"""By the type that pydantic gives an error. What is not here is said in English to everybody."""
_OWN: Mapping[str, Both] = MappingProxyType(
    {
        "too_short": Both("give at least {min_length}", "至少填写 {min_length} 项"),
        "too_long": Both("give at most {max_length}", "最多填写 {max_length} 项"),
    }
)
"""Where pydantic speaks of tuples."""
_ADDRESS = "不是有效的邮箱地址"


def reason(error: Mapping[str, Any]) -> Both:
    """What is wrong, of one of `ValidationError.errors()`; never the value, which may be personal."""
    english, context = str(error["msg"]).removeprefix("Value error, "), error.get("ctx", {})
    if error["type"] == "value_error":
        raised = context.get("error")
        if raised is None:  # pydantic says it itself: of mail addresses, and of nothing else
            return Both(english, _ADDRESS)
        own = raised.args[0] if raised.args else english
        return own if isinstance(own, Both) else Both(english, english)
    if error["type"] == SEVERAL:
        said: Both = context["reason"]
        return said
    if ours := _OWN.get(str(error["type"])):
        return Both(ours.format(**context), ours.zh.format(**context))
    chinese = _CHINESE.get(str(error["type"]))
    return Both(english, chinese.format(**context).replace(" or ", " 或 ") if chinese else english)


def not_staff(login: str) -> Both:
    """Of whom is to do something, in any service that knows the staff."""
    return Both(f"{login} is not active staff", f"{login} 不是在职员工")
