"""What is wrong with several fields of a body at once: each of them is named, and not the body as a whole."""

from collections.abc import Iterator
from typing import Any

from pydantic_core import PydanticCustomError

_KIND = "fields"


def blame(reason: str, *fields: str) -> PydanticCustomError:
    """What the validator of a model raises where any of these fields of it may be the wrong one."""
    return PydanticCustomError(_KIND, "{reason}", {"reason": reason, "fields": fields})


def blamed(error: Any) -> Iterator[str]:
    """The fields to blame for one error of a validation, with the whole way to each; empty where it is the body itself."""
    fields = error["ctx"]["fields"] if error["type"] == _KIND else ("",)
    return (".".join(str(part) for part in (*error["loc"], field) if part != "") for field in fields)
