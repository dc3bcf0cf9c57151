"""One route at work: sign-in, input, the handler in its transaction, and the answer."""

import asyncio
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pydantic_core
import structlog
from aiohttp import web
from pydantic import BaseModel

from shared.clock import Clock
from shared.config import Settings
from shared.contracts.text import Reader
from shared.database.pool import Database
from shared.problems import Problem
from shared.web import idempotency
from shared.web.auth import NOBODY, Principal, Verifier
from shared.web.call import Call, Download, Reply
from shared.web.etag import etag, expected_version
from shared.web.idempotency import Key, Rendered
from shared.web.input import Input, read_input
from shared.web.language import language_of
from shared.web.problems import clashed, connection_lost
from shared.web.routes import Route
from shared.web.together import ALONE, Outcome, Together
from shared.web.turns import Turns

JSON = "application/json"
CHUNK_DEADLINE = 30.0
SEALED: Mapping[str, str] = MappingProxyType(
    {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "Vary": "Accept-Language"}
)
"""Headers of every answer that does not say otherwise: sentences in it stand in the language of its reader."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trace:
    """What ties a request to its log lines and its events."""

    correlation_id: str
    traceparent: str


TRACE = web.RequestKey("trace", Trace)


@dataclass(frozen=True, slots=True)
class Site:
    """What all routes of a process share."""

    settings: Settings
    database: Database
    clock: Clock
    verifier: Verifier


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """A request that changes something, ready to be done."""

    call: Call
    arguments: Mapping[str, Any]
    key: Key | None

    def apart(self, name: str) -> tuple[Hashable, ...]:
        """What it must not share with others that are done with it: the path parameter `name`, and its key."""
        return self.arguments[name], (self.key and (self.key.principal, self.key.key)) or self


class Endpoint:
    """Answers the requests of one route."""

    def __init__(self, route: Route, site: Site, turns: Turns) -> None:
        self.route = route
        self.site = site
        self._turns = turns
        self._together: Together[Command, Rendered] = Together(self._batch)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        route = self.route
        principal = NOBODY if route.public else await self._signed_in(request)
        version = expected_version(request, route)
        header = idempotency.header_of(request, route)
        given = await read_input(request, route)
        key = None if header is None else idempotency.key_of(header, principal, route, request, given.body)
        call = self._call(request, principal, version)
        if not route.transaction:
            return await self._respond(request, call, await route.handler(call, **given.arguments))
        if route.apart is not None:  # the turn is the batch's
            return await self._insist(request, call, given, key)
        async with self._turns.one():
            return await self._insist(request, call, given, key)

    async def _insist(self, request: web.Request, call: Call, given: Input, key: Key | None) -> web.StreamResponse:
        """Run it, and once more where that does no harm and may help."""
        try:
            return await self._run(request, call, given, key)
        except Exception as error:
            if not self._worth_retrying(error, key):
                raise
        return await self._run(request, call, given, key)

    async def _signed_in(self, request: web.Request) -> Principal:
        principal = await self.site.verifier.principal(request.headers.get("Authorization"))
        structlog.contextvars.bind_contextvars(actor=principal.login)
        principal.require(self.route.roles, self.route.scope)
        return principal

    def _call(self, request: web.Request, principal: Principal, version: int | None) -> Call:
        trace = request[TRACE]
        return Call(
            principal=principal,
            now=self.site.clock.now(),
            clock=self.site.clock,
            correlation_id=trace.correlation_id,
            traceparent=trace.traceparent,
            language=language_of(request),
            database=self.site.database,
            settings=self.site.settings,
            _expected_version=version,
        )

    def _worth_retrying(self, error: Exception, key: Key | None) -> bool:
        """Rolled back for sure, or unknown and harmless to repeat."""
        route = self.route
        if route.signature.downloads:
            return False
        return clashed(error) or (connection_lost(error) and (route.method == "GET" or key is not None))

    async def _run(self, request: web.Request, call: Call, given: Input, key: Key | None) -> web.StreamResponse:
        database, route = self.site.database, self.route
        if route.method == "GET":
            async with database.connection() as call._tx:
                return await self._respond(request, call, await route.handler(call, **given.arguments))
        command = Command(call, given.arguments, key)
        if route.apart is not None:
            return _response(await self._together.ask(command, command.apart(route.apart)))
        [outcome] = await self._commands([command])
        assert isinstance(outcome, Rendered)
        return _response(outcome)

    async def _batch(self, commands: Sequence[Command]) -> Sequence[Outcome[Rendered]]:
        async with self._turns.one():
            return await self._commands(commands)

    async def _commands(self, commands: Sequence[Command]) -> Sequence[Outcome[Rendered]]:
        """Do the commands in one transaction; their answers, new or, for a key that has got one, stored.

        A problem of one command is its outcome, unless it is the only one: then it is raised, and nothing is kept.
        """
        async with self.site.database.command(waits=len(commands) == 1) as tx:
            before = await idempotency.claim(tx, [command.key for command in commands if command.key])
            outcomes: dict[Command, Outcome[Rendered]] = {one: before[one.key] for one in commands if one.key in before}
            fresh = [command for command in commands if command not in outcomes]
            for command in fresh:
                command.call._tx = tx
            for command, result in zip(fresh, await self._handle(fresh), strict=True):
                outcomes[command] = self._rendered(command.call, result)
            if len(commands) == 1 and isinstance(problem := outcomes[commands[0]], Problem):
                raise problem
            kept = {one.key: outcome for one in fresh if one.key and isinstance(outcome := outcomes[one], Rendered)}
            await idempotency.keep(tx, kept)
            await idempotency.release(tx, [one.key for one in fresh if one.key and one.key not in kept])
            return [outcomes[command] for command in commands]

    async def _handle(self, commands: Sequence[Command]) -> Sequence[Any]:
        handler = self.route.handler
        if not commands:
            return []
        if self.route.apart is None:
            return [await handler(command.call, **command.arguments) for command in commands]
        columns = {name: [command.arguments[name] for command in commands] for name in commands[0].arguments}
        results: Sequence[Any] = await handler([command.call for command in commands], **columns)
        return results

    async def _respond(self, request: web.Request, call: Call, result: Any) -> web.StreamResponse:
        if isinstance(result, Download):
            return await _stream(request, call, result)
        return _response(self._render(call, result))

    def _rendered(self, call: Call, result: Any) -> Outcome[Rendered]:
        return result if result is ALONE or isinstance(result, Problem) else self._render(call, result)

    def _render(self, call: Call, result: Any) -> Rendered:
        status, headers = self.route.status, dict[str, str]()
        if isinstance(result, Reply):
            status, headers, result = result.status or status, dict(result.headers), result.model
        if result is None:
            return Rendered(status, headers, b"")
        version = getattr(result, "version", None)
        if isinstance(version, int):
            headers.setdefault("ETag", etag(version))
        answer = self.route.signature.answer
        reader = Reader(call.language, call.principal.withheld)
        body = answer.dump_json(result, by_alias=True, context=reader) if answer is not None else _json(result)
        return Rendered(status, {"Content-Type": JSON, **headers}, body)


def _json(model: BaseModel) -> bytes:
    return pydantic_core.to_json(model, by_alias=True)


def _response(rendered: Rendered) -> web.Response:
    return web.Response(status=rendered.status, headers=rendered.headers, body=rendered.body or None)


async def _stream(request: web.Request, call: Call, download: Download) -> web.StreamResponse:
    plain = re.sub(r"[^\w.-]", "_", download.name, flags=re.ASCII)
    how = "attachment" if download.attached else "inline"
    headers: Mapping[str, str] = {
        **SEALED,
        **download.headers,
        "Content-Type": download.content_type,
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(download.name, safe='')}",
        "X-Correlation-ID": call.correlation_id,
    }
    response = web.StreamResponse(status=download.status, headers=headers)
    await response.prepare(request)
    try:
        async for chunk in download.chunks:
            # A reader who does not read must not keep a connection of the pool.
            async with asyncio.timeout(CHUNK_DEADLINE):
                await response.write(chunk)
        await response.write_eof()
    except Exception as error:
        # The status is sent already; only a broken connection still says that this is not the whole file.
        log.error("http.stream_failed", exc_info=error)
        if request.transport is not None:
            request.transport.abort()
    return response
