"""RFC 9457: every error leaves as application/problem+json, mapped in this one place."""

from collections.abc import Mapping

import asyncpg
import orjson
from aiohttp import web
from pydantic import BaseModel, Field

from shared.problems import Conflict, NotFound, Problem, Unavailable

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:gendan:problem:"


class Malformed(Problem):
    status = 400
    slug = "malformed"
    title = "The request cannot be read"


class WrongMethod(Problem):
    status = 405
    slug = "method-not-allowed"
    title = "Not a method of this address"


class TooSlow(Problem):
    status = 408
    slug = "request-timeout"
    title = "The request took too long to arrive"


class TooLarge(Problem):
    status = 413
    slug = "too-large"
    title = "The body is too large"


class WrongMediaType(Problem):
    status = 415
    slug = "unsupported-media-type"
    title = "The body has a content type or encoding that is not taken here"


class VersionRequired(Problem):
    status = 428
    slug = "version-required"
    title = "Say which version you have seen"


class KeyReused(Problem):
    """The Idempotency-Key came before, with another request."""

    slug = "idempotency-key-reused"
    title = "The Idempotency-Key belongs to another request"


class KeyBusy(Conflict):
    """The first request with this Idempotency-Key is still being worked on."""

    slug = "idempotency-key-busy"
    title = "The same request is still being worked on"


class Overloaded(Unavailable):
    slug = "overloaded"
    title = "Too many requests at the moment"


class Unexpected(Problem):
    status = 500
    slug = "unexpected"
    title = "Something went wrong on our side"


class FieldErrorDocument(BaseModel):
    field: str = Field(description="path to the field, as in `causes.0.code`")
    reason: str


class ProblemDocument(BaseModel):
    """What went wrong. `type` is stable and for programs; `detail` is for people."""

    type: str = Field(examples=["urn:gendan:problem:invalid"])
    title: str
    status: int
    detail: str
    instance: str
    correlation_id: str
    errors: list[FieldErrorDocument] = Field(default=[], description="the fields that are wrong, when fields are")


_HTTP: Mapping[int, type[Problem]] = {404: NotFound, 405: WrongMethod, 408: TooSlow, 413: TooLarge, 415: WrongMediaType}
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    ConnectionError,
)
_CLASHED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.InvalidCachedStatementError)
"""Rolled back for sure, through no fault of the command: worth another try."""
_TOO_LONG = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError, TimeoutError)


def connection_lost(error: BaseException) -> bool:
    """Whether the database went away; asyncpg says some of it only in words."""
    return isinstance(error, _LOST) or (isinstance(error, asyncpg.InterfaceError) and "connection" in str(error) and "clos" in str(error))


def clashed(error: BaseException) -> bool:
    """Whether the command was rolled back because of what others did at the same time."""
    return isinstance(error, _CLASHED)


def problem_of(error: Exception) -> Problem:
    """The problem to answer with; `Unexpected` for what nobody foresaw, which then has to be logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, web.HTTPException):
        kind = _HTTP.get(error.status, Malformed if error.status < 500 else Unexpected)
        return kind(error.reason or kind.title)
    if connection_lost(error):
        return Unavailable("the database went away; try again")
    if isinstance(error, asyncpg.DiskFullError):
        return Unavailable("the database has no room; try again later")
    if clashed(error):
        return Unavailable("others were changing the same at the same time; try again")
    if isinstance(error, _TOO_LONG):
        return Unavailable("the database took too long; try again")
    return Unexpected("an unexpected error; give the correlation id when you report it")


def problem_response(problem: Problem, path: str, correlation_id: str, allow: str | None = None) -> web.Response:
    document = {
        "type": TYPE_PREFIX + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": path,
        "correlation_id": correlation_id,
        **({"errors": [{"field": error.field, "reason": error.reason} for error in problem.errors]} if problem.errors else {}),
    }
    # Extension members never replace the standard ones.
    body = orjson.dumps({**problem.extensions, **document}, default=str)
    return web.Response(status=problem.status, body=body, headers=_headers(problem, allow), content_type=CONTENT_TYPE)


def _headers(problem: Problem, allow: str | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, (Unavailable, KeyBusy)):
        headers["Retry-After"] = "1"
    if "retry_after" in problem.extensions:
        headers["Retry-After"] = str(problem.extensions["retry_after"])
    if allow is not None:
        headers["Allow"] = allow
    return headers
