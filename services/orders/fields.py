"""Shapes of what people type: business numbers, codes, short texts."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

RESERVED = frozenset({"shipments", "imports", "mappings", "delays", "suppliers", "templates", "codes", "openapi.json", "docs"})
"""Path words beside the orders: no order may have one of them as its number."""

_NUMBER = r"^[^\s/\\?#%\x00-\x1f\x7f](?:[^/\\?#%\x00-\x1f\x7f]*[^\s/\\?#%\x00-\x1f\x7f])?$"

Number = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=_NUMBER)]
"""A number or code that people use and that stands in paths: no slash, no ?, # or %, no blank at either end."""

Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
"""One line of text, not blank."""

Note = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]*\S[^\x00]*$")]
"""Free text, not blank."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Locode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]
MilestoneCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,19}$")]


class Body(BaseModel):
    """A request body or a part of one: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    """A response body or a part of one."""

    model_config = ConfigDict(frozen=True)


def _some(items: tuple[object, ...] | None) -> tuple[object, ...] | None:
    if items is not None and not items:
        raise ValueError("give at least one")
    return items


NOT_EMPTY = AfterValidator(_some)
"""Instead of min_length=1, which would report a list of wrong items as an empty one, too."""
