"""Text that people read, in the languages the suite speaks."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from shared.contracts.event import Contract

Language = Literal["en", "zh-CN"]
LANGUAGES: tuple[Language, ...] = ("en", "zh-CN")

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A name or title that people type: one line, no control characters, so that it is safe in a mail header."""
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40, pattern=r"^[0-9+()./ x*#-]*$")]


class LocalText(Contract):
    """The same sentence in one or both languages; `in_language` falls back to the one there is."""

    en: str | None = Field(default=None, min_length=1, max_length=2000)
    zh_cn: str | None = Field(default=None, min_length=1, max_length=2000, alias="zh-CN")

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="after")
    def _some_language(self) -> "LocalText":
        if self.en is None and self.zh_cn is None:
            raise ValueError("give the text in at least one language: en, zh-CN")
        return self

    def in_language(self, language: Language) -> str:
        wanted, other = (self.zh_cn, self.en) if language == "zh-CN" else (self.en, self.zh_cn)
        return wanted or other or ""
