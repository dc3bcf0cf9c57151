"""Reads a request into a handler's arguments, or into one problem that names everything wrong with it."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, ValidationError

from shared.contracts.blame import blamed
from shared.contracts.reasons import reason
from shared.contracts.text import Both
from shared.problems import FieldError, Invalid
from shared.web.call import Upload
from shared.web.problems import Malformed, TooLarge, TooSlow, WrongMediaType
from shared.web.routes import Route

MAX_DEPTH = 32
MAX_ERRORS = 100
BODY_DEADLINE = 30.0
NO_JSON = Both("the body is not valid JSON", "请求内容不是有效的 JSON")
TOO_DEEP = Both(f"the body is nested deeper than {MAX_DEPTH}", f"请求内容嵌套超过 {MAX_DEPTH} 层")
NO_PARAMETER = Both("not a parameter of this address", "该地址没有此参数")

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(slots=True)
class Input:
    """`arguments` for the handler; `body` as it was sent."""

    arguments: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""


async def read_input(request: web.Request, route: Route) -> Input:
    """Path, query and body, their errors together in one `Invalid`."""
    signature, given, errors = route.signature, Input(), list[FieldError]()
    if signature.path is not None:
        try:
            path = signature.path.model_validate(_clean(request.match_info))
            given.arguments.update((name, getattr(path, name)) for name in signature.path.model_fields)
        except ValidationError as error:
            errors += field_errors(error)
    if signature.query is not None:
        try:
            given.arguments["query"] = signature.query.model_validate(_query(request.query, signature.query_lists), extra="forbid")
        except ValidationError as error:
            errors += field_errors(error)
    elif request.query:
        errors += [FieldError(name, NO_PARAMETER) for name in dict.fromkeys(request.query)]
    if signature.uploads:
        given.body = await _body(request, route)
        given.arguments["body"] = Upload(given.body, request.content_type)
    elif signature.body is not None:
        given.body = await _body(request, route)
        try:
            given.arguments["body"] = _json(given.body, signature.body)
        except ValidationError as error:
            errors += field_errors(error)
    if errors:
        raise Invalid(Both("the request has fields that are not valid", "请求中有填写不当的字段"), errors=tuple(errors[:MAX_ERRORS]))
    return given


def _query(query: MultiMapping[str], lists: frozenset[str]) -> dict[str, Any]:
    # A name given twice where one value is expected stays a list and fails its validation.
    return {
        name: _clean_values(query.getall(name)) if name in lists or len(query.getall(name)) > 1 else _clean_values([query[name]])[0]
        for name in query
    }


def _clean(values: Any) -> dict[str, str]:
    return {name: _clean_values([value])[0] for name, value in values.items()}


def _clean_values(values: Sequence[str]) -> list[str]:
    """PostgreSQL stores neither NUL nor half of a surrogate pair."""
    if any(_UNSTORABLE.search(value) for value in values):
        raise Malformed(Both("the address holds characters that are no text", "地址中含有非文字字符"))
    return list(values)


async def _body(request: web.Request, route: Route) -> bytes:
    """The whole body, within the route's limit and the deadline; before any connection is taken from the pool."""
    if "Content-Encoding" in request.headers:
        raise WrongMediaType(Both("send the body without Content-Encoding", "请求内容不得带 Content-Encoding"))
    accepts = route.accepts if route.signature.uploads else ("application/json",)
    if accepts and request.content_type not in accepts:
        raise WrongMediaType(Both(f"send {' or '.join(accepts)}", f"请发送 {' 或 '.join(accepts)}"))
    too_large = TooLarge(Both(f"the limit is {route.max_bytes} bytes", f"上限为 {route.max_bytes} 字节"), limit=route.max_bytes)
    if (request.content_length or 0) > route.max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > route.max_bytes:
                    raise too_large
    except TimeoutError:
        raise TooSlow(Both("the body did not arrive in time", "请求内容未及时送达")) from None
    return bytes(body)


def _json(body: bytes, model: type[BaseModel]) -> BaseModel:
    """A second, cheap parse by the standard library finds what pydantic lets pass: repeated keys, NUL, deep nesting."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Malformed(_unreadable(error)) from None
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH or rb"\u0000" in body:
        _inspect(value, MAX_DEPTH)
    try:
        # The answer of another service may hold more than its reader knows: such a body says so itself.
        return model.model_validate_json(body, extra=None if model.model_config.get("extra") == "ignore" else "forbid")
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise Malformed(NO_JSON) from None
        raise


def _unreadable(error: ValueError | RecursionError) -> Both:
    if isinstance(error, UnicodeDecodeError):
        return Both("the body is not UTF-8", "请求内容不是 UTF-8 编码")
    if isinstance(error, json.JSONDecodeError):
        return Both(f"{NO_JSON}: {error}", f"{NO_JSON.zh}：第 {error.lineno} 行第 {error.colno} 列有误")
    return error.args[0] if isinstance(error, ValueError) else TOO_DEEP


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError(Both("a name occurs twice in one object of the body", "请求内容的同一对象中有重复的名称"))
    return members


def _refuse(constant: str) -> Any:
    raise ValueError(Both(f"{NO_JSON}: {constant} is none", f"{NO_JSON.zh}：不得使用 {constant}"))


def _inspect(value: Any, depth: int) -> None:
    if depth < 0:
        raise Malformed(TOO_DEEP)
    if isinstance(value, str) and "\0" in value:
        raise Malformed(Both("text cannot hold NUL", "文字中不得含 NUL 字符"))
    if isinstance(value, dict):
        for name, inner in value.items():
            _inspect(name, depth)
            _inspect(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _inspect(inner, depth - 1)


def field_errors(error: ValidationError) -> list[FieldError]:
    """What is wrong and where; never the value, which may be personal.

    A list with wrong items is not too short: pydantic counts the right ones alone.
    """
    found = error.errors(include_url=False, include_input=False)
    around = {item["loc"][:end] for item in found for end in range(len(item["loc"]))}
    true = (item for item in found if item["type"] != "too_short" or item["loc"] not in around)
    return [FieldError(field or "body", reason(item)) for item in true for field in blamed(item)]
