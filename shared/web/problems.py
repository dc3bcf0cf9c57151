"""RFC 9457: every error leaves as application/problem+json, mapped in this one place."""

from collections.abc import Mapping

import asyncpg
import orjson
from aiohttp import web
from pydantic import BaseModel, Field

from shared.contracts.text import Both, Language
from shared.problems import Conflict, NotFound, Problem, Unavailable

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:gendan:problem:"


class Malformed(Problem):
    status = 400
    slug = "malformed"
    title = Both("The request cannot be read", "请求无法解析")


class WrongMethod(Problem):
    status = 405
    slug = "method-not-allowed"
    title = Both("Not a method of this address", "该地址不支持此方法")


class TooSlow(Problem):
    status = 408
    slug = "request-timeout"
    title = Both("The request took too long to arrive", "请求传输超时")


class TooLarge(Problem):
    status = 413
    slug = "too-large"
    title = Both("The body is too large", "请求内容过大")


class WrongMediaType(Problem):
    status = 415
    slug = "unsupported-media-type"
    title = Both("The body has a content type or encoding that is not taken here", "不接受该内容类型或编码")


class VersionRequired(Problem):
    status = 428
    slug = "version-required"
    title = Both("Say which version you have seen", "请注明所依据的版本")


class KeyReused(Problem):
    """The Idempotency-Key came before, with another request."""

    slug = "idempotency-key-reused"
    title = Both("The Idempotency-Key belongs to another request", "该 Idempotency-Key 已用于另一请求")


class KeyBusy(Conflict):
    """The first request with this Idempotency-Key is still being worked on."""

    slug = "idempotency-key-busy"
    title = Both("The same request is still being worked on", "同一请求仍在处理中")


class Overloaded(Unavailable):
    slug = "overloaded"
    title = Both("Too many requests at the moment", "请求过多，请稍后再试")


MOMENT = Both("try again in a moment", "请稍后再试")


class Unexpected(Problem):
    status = 500
    slug = "unexpected"
    title = Both("Something went wrong on our side", "系统出错")


class FieldErrorDocument(BaseModel):
    field: str = Field(description="path to the field, as in `causes.0.code`")
    reason: str


class ProblemDocument(BaseModel):
    """What went wrong. `type` is stable and for programs; `title` and `detail` are for people, by Accept-Language in Chinese or English."""

    type: str = Field(examples=["urn:gendan:problem:invalid"])
    title: str
    status: int
    detail: str
    instance: str
    correlation_id: str
    errors: list[FieldErrorDocument] = Field(default=[], description="the fields that are wrong, when fields are")


_HTTP: Mapping[int, tuple[type[Problem], Both]] = {
    404: (NotFound, Both("there is nothing at this address", "该地址不存在")),
    405: (WrongMethod, Both("the header Allow names those that it takes", "所支持的方法见 Allow 头")),
}
"""What the router finds before any code of ours."""
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
    if isinstance(error, web.HTTPException) and error.status < 500:
        kind, detail = _HTTP.get(error.status, (Malformed, Malformed.title))
        return kind(detail)
    if connection_lost(error):
        return Unavailable(Both("the database went away; try again", "数据库连接中断，请重试"))
    if isinstance(error, asyncpg.DiskFullError):
        return Unavailable(Both("the database has no room; try again later", "数据库空间不足，请稍后再试"))
    if clashed(error):
        return Unavailable(Both("others were changing the same at the same time; try again", "他人正在同时更改同一内容，请重试"))
    if isinstance(error, _TOO_LONG):
        return Unavailable(Both("the database took too long; try again", "数据库响应过慢，请重试"))
    return Unexpected(
        Both("an unexpected error; give the correlation id when you report it", "系统出现意外错误，报告时请提供 correlation_id")
    )


def problem_response(problem: Problem, path: str, correlation_id: str, language: Language, allow: str | None = None) -> web.Response:
    """The problem in the language that its reader asked for."""
    errors = [{"field": error.field, "reason": error.reason.in_language(language)} for error in problem.errors]
    document = {
        "type": TYPE_PREFIX + problem.slug,
        "title": problem.title.in_language(language),
        "status": problem.status,
        "detail": problem.detail.in_language(language),
        "instance": path,
        "correlation_id": correlation_id,
        **({"errors": errors} if errors else {}),
    }
    # Extension members never replace the standard ones.
    body = orjson.dumps({**problem.extensions, **document}, default=str)
    return web.Response(status=problem.status, body=body, headers=_headers(problem, language, allow), content_type=CONTENT_TYPE)


def _headers(problem: Problem, language: Language, allow: str | None) -> dict[str, str]:
    headers: dict[str, str] = {"Content-Language": language}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, (Unavailable, KeyBusy)):
        headers["Retry-After"] = "1"
    if "retry_after" in problem.extensions:
        headers["Retry-After"] = str(problem.extensions["retry_after"])
    if allow is not None:
        headers["Allow"] = allow
    return headers
