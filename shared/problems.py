"""Business errors: each a class with an HTTP status and a slug, raised by any layer and mapped to RFC 9457 in one place."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.contracts.text import Both


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with the input: `field` as a JSON pointer-like path (`causes.0.code`), `reason` in words."""

    field: str
    reason: Both


class Problem(Exception):
    """A request that cannot be done, and why.

    Subclasses set `status`, `slug` and `title`; `detail` names what stands in the way; `errors` names the fields;
    further keyword arguments travel as extension members.
    """

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "invalid"
    title: ClassVar[Both] = Both("The input is not valid", "输入有误")

    def __init__(self, detail: Both, *, field: str | None = None, errors: tuple[FieldError, ...] = (), **extensions: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = (FieldError(field, detail), *errors) if field else errors
        self.extensions = extensions


class Invalid(Problem):
    """The input breaks a rule; `errors` names the fields."""


def require_none(errors: Sequence[FieldError]) -> None:
    """Invalid with all of them, if there are any; its detail is the first."""
    if errors:
        raise Invalid(errors[0].reason, errors=tuple(errors))


@contextmanager
def within(part: str) -> Iterator[None]:
    """What is wrong with a part of the input, by the name that it has in the whole."""
    try:
        yield
    except Invalid as problem:
        errors = tuple(FieldError(f"{part}.{error.field}", error.reason) for error in problem.errors)
        raise Invalid(problem.detail, errors=errors) from None


class NotFound(Problem):
    """Nothing by that name, or not within the caller's sight: the two are not told apart."""

    status = 404
    slug = "not-found"
    title = Both("Not found", "找不到")


class Conflict(Problem):
    status = 409
    slug = "conflict"
    title = Both("The request conflicts with what is already there", "与现有内容冲突")


class Forbidden(Problem):
    status = 403
    slug = "forbidden"
    title = Both("Not allowed", "无权执行")


class Stale(Problem):
    """If-Match does not name the current version."""

    status = 412
    slug = "stale"
    title = Both("Changed by somebody else meanwhile", "内容已被他人更改")


class Unavailable(Problem):
    """A server behind the service does not answer in time; the request may be repeated."""

    status = 503
    slug = "unavailable"
    title = Both("Not available at the moment", "暂时不可用")
