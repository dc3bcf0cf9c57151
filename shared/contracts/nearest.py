"""What is wrong with a value that may have one of several shapes: that of the nearest, by the names of its fields alone."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from shared.contracts.blame import SEVERAL


def _validated(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        shapes: dict[tuple[Any, ...], list[ErrorDetails]] = {}
        for item in error.errors(include_url=False):
            shapes.setdefault(item["loc"][:1], []).append(item)
        nearest = min(shapes.values(), key=_distance)
        raise ValidationError.from_exception_data(error.title, [_of_the_value(item) for item in nearest]) from None


NEAREST = WrapValidator(_validated)
"""Stands in Annotated around a union of a body: without it the errors of all its members are told, each with the member's name in its way.
"""


def _distance(errors: Sequence[ErrorDetails]) -> tuple[bool, int]:
    """What is of another kind altogether is farther than what has a wrong part, and this the farther the more of them it has."""
    return any(len(item["loc"]) == 1 and item["type"].endswith("_type") for item in errors), len(errors)


def _of_the_value(item: ErrorDetails) -> InitErrorDetails:
    """The same error without the shape that it is of, which is the first part of its way."""
    context = item.get("ctx", {})
    kind = PydanticCustomError(SEVERAL, "{reason}", context) if item["type"] == SEVERAL else item["type"]
    return InitErrorDetails(type=kind, loc=item["loc"][1:], input=item["input"], ctx=context)
