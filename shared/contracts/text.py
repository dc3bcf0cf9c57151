"""Text that people read, in the languages the suite speaks."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializationInfo,
    StringConstraints,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from shared.contracts.event import Contract

Language = Literal["en", "zh-CN"]
LANGUAGES: tuple[Language, ...] = ("en", "zh-CN")

UNSEEN = r"\x00-\x1f\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff"
"""Inside [] of a pattern: control characters, line ends of any kind, marks nobody sees, and those that turn the reading direction."""
CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
"""Inside [] of a pattern: control characters but tabs and ends of lines, of which texts of several lines are made."""

_APART = "\x1f"
"""Between the languages of a sentence that is stored: a control character, which no sentence has, neither ours nor a person's (`Prose`)."""


class Both(str):
    """A sentence of ours in English, which is the same in Chinese as `zh`: a text as any other to whoever does not choose.

    In an answer it stands in the language of its reader.
    """

    zh: str

    def __new__(cls, en: str, zh: str) -> "Both":
        made = super().__new__(cls, en)
        made.zh = zh
        return made

    @classmethod
    def of(cls, stored: str) -> "Both":
        """What was `stored`; what was not is the same in both languages."""
        en, _, zh = stored.partition(_APART)
        return cls(en, zh or en)

    def in_language(self, language: Language) -> str:
        return self.zh if language == "zh-CN" else self

    def stored(self) -> str:
        """Both languages in one text, for a column that is read by `of`."""
        return f"{self}{_APART}{self.zh}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(_read, info_arg=True, return_schema=core_schema.str_schema())
        return core_schema.is_instance_schema(cls, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Mapping[str, Any]:
        return handler(core_schema.str_schema())


@dataclass(frozen=True, slots=True)
class Reader:
    """Who an answer is written for, as its context: in his language, and without what is `withheld` from him."""

    language: Language
    withheld: frozenset[str] = frozenset()


def _read(text: Both, info: SerializationInfo[Reader | None]) -> str:
    reader = info.context
    return text.in_language(reader.language if reader is not None else "en")


@dataclass(frozen=True, slots=True)
class Shape:
    """Stands in Annotated where `pattern` would: a text that does not fit is refused in `words`, not with a regular expression."""

    pattern: str
    words: Both

    def fits(self, text: str) -> bool:
        return re.fullmatch(self.pattern, text) is not None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(text: str) -> str:
            if not self.fits(text):
                raise ValueError(self.words)
            return text

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Mapping[str, Any]:
        return {**handler(schema), "pattern": self.pattern}


def _half_width(text: Any) -> Any:
    return unicodedata.normalize("NFKC", text) if isinstance(text, str) else text


HALF_WIDTH = BeforeValidator(_half_width)
"""For codes and numbers; stands last in Annotated. `ＳＯ－１`, as a Chinese keyboard may write it, is `SO-1`."""

NOT_BLANK = Shape(r"^[\s\S]*\S[\s\S]*$", Both("is blank", "不得为空白"))
LEGIBLE = Shape(rf"^[^{CONTROL}]*$", Both("holds a control character", "含有控制字符"))

Prose = Annotated[str, StringConstraints(min_length=1, max_length=2000), LEGIBLE, NOT_BLANK]
"""Free text that people type, of one or several lines."""

ONE_LINE = Shape(
    rf"^[^{UNSEEN}]*$",
    Both("must be one line of text, without control characters or marks that cannot be seen", "须为一行文字，不含控制字符或不可见字符"),
)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), ONE_LINE]
"""A name or title that people type, safe in the header of a mail."""
Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=40),
    Shape(
        r"^[0-9+()./ x*#-]*$",
        Both("must be a telephone number: digits, blanks and + ( ) . / x * # -", "须为电话号码：数字、空格及 + ( ) . / x * # -"),
    ),
]


class LocalText(Contract):
    """The same sentence in one or both languages; `in_language` falls back to the one there is."""

    en: str | None = Field(default=None, min_length=1, max_length=2000)
    zh_cn: str | None = Field(default=None, min_length=1, max_length=2000, alias="zh-CN")

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="after")
    def _some_language(self) -> "LocalText":
        if self.en is None and self.zh_cn is None:
            raise ValueError(Both("give the text in at least one language: en, zh-CN", "请至少填写一种语言的文字：en、zh-CN"))
        return self

    def in_language(self, language: Language) -> str:
        wanted, other = (self.zh_cn, self.en) if language == "zh-CN" else (self.en, self.zh_cn)
        return wanted or other or ""

    def lacks(self, language: Language) -> bool:
        """Whether its reader reads it in another language."""
        return not (self.zh_cn if language == "zh-CN" else self.en)
