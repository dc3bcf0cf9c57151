"""What is wrong with several fields of a body at once: each of them is named, and not the body as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from shared.contracts.text import Both

SEVERAL = "fields"
"""The type of such an error."""


def blame(fields: Sequence[str], reason: Both) -> PydanticCustomError:
    """What the validator of a model raises where any of these fields of it may be the wrong one."""
    return PydanticCustomError(SEVERAL, "{reason}", {"reason": reason, "fields": fields})


def blamed(error: Mapping[str, Any]) -> Iterator[str]:
    """The fields to blame for one of `ValidationError.errors()`, with the whole way to each; empty where it is the body itself."""
    fields = error["ctx"]["fields"] if error["type"] == SEVERAL else ("",)
    return (".".join(str(part) for part in (*error["loc"], field) if part != "") for field in fields)
