"""The outermost layer: every request gets its correlation id, its place, its log line, its measure, and a problem if it fails."""

import re
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from shared.ids import new_id
from shared.telemetry import HTTP_IN_FLIGHT, HTTP_SECONDS, continue_trace, trace_of
from shared.trouble import Trouble
from shared.web.endpoint import SEALED, TRACE, Trace
from shared.web.language import language_of
from shared.web.problems import MOMENT, Overloaded, problem_of, problem_response
from shared.web.turns import Turns

QUIET = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: neither logged nor counted, and never turned away."""
UNMATCHED = "unmatched"
CALM = 1.0
"""Seconds without trouble until it counts as over."""

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]

_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{8,128}")

log = structlog.get_logger()


class Edge:
    def __init__(self, max_in_flight: int, turns: Turns) -> None:
        self._free = max_in_flight
        self.turns = turns
        self._overload = Trouble("http.overload")
        self._unavailable = Trouble("http.unavailable")
        self.closing = False
        """While the process drains, clients are told to connect anew: elsewhere."""

    @web.middleware
    async def middleware(self, request: web.Request, handler: Next) -> web.StreamResponse:
        if request.path in QUIET:
            return await handler(request)
        started = time.perf_counter()
        if self._free <= 0 or self.turns.crowded:
            return self._refused(request)
        self._overload.over(CALM)
        self._unavailable.over(CALM)
        trace = _begin(request)
        response = await self._admitted(request, handler, trace)
        seconds = time.perf_counter() - started
        route = _template(request)
        HTTP_SECONDS.labels(request.method, route, response.status).observe(seconds)
        log.info("http.request", method=request.method, route=route, status=response.status, ms=round(seconds * 1000, 2))
        return self._sealed(request, response, trace.correlation_id)

    def _refused(self, request: web.Request) -> web.StreamResponse:
        """Costs little, for the sake of the requests that were let in: neither a trace nor a line in the log."""
        structlog.contextvars.clear_contextvars()
        self._overload.met()
        HTTP_SECONDS.labels(request.method, _template(request), Overloaded.status).observe(0)
        correlation_id = _correlation_id(request)
        problem = problem_response(Overloaded(MOMENT), request.path, correlation_id, language_of(request))
        return self._sealed(request, problem, correlation_id)

    def _failed(self, error: Exception, request: web.Request, trace: Trace) -> web.StreamResponse:
        problem = problem_of(error)
        if problem.status == 500:
            log.error("http.failed", exc_info=error)
        elif problem.status > 500:
            self._unavailable.met(error=type(error.__cause__ or error).__name__, detail=problem.detail)
        allow = error.headers.get("Allow") if isinstance(error, web.HTTPException) else None
        return problem_response(problem, request.path, trace.correlation_id, language_of(request), allow)

    def _sealed(self, request: web.Request, response: web.StreamResponse, correlation_id: str) -> web.StreamResponse:
        if not response.prepared:
            response.headers["X-Correlation-ID"] = correlation_id
            for name, value in SEALED.items():
                response.headers.setdefault(name, value)
        # What is still on its way of a request that was answered is read for some seconds at most, and its connection ends then.
        if self.closing or not request.content.is_eof():
            response.force_close()
        return response

    async def _admitted(self, request: web.Request, handler: Next, trace: Trace) -> web.StreamResponse:
        self._free -= 1
        HTTP_IN_FLIGHT.inc()
        try:
            return await handler(request)
        except Exception as error:
            return self._failed(error, request, trace)
        finally:
            self._free += 1
            HTTP_IN_FLIGHT.dec()


def _begin(request: web.Request) -> Trace:
    correlation_id = _correlation_id(request)
    trace = request[TRACE] = Trace(correlation_id, continue_trace(request.headers.get("traceparent")))
    # One task serves all requests of a connection: what the last one bound is cleared.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=correlation_id, trace_id=trace_of(trace.traceparent))
    return trace


def _correlation_id(request: web.Request) -> str:
    given = request.headers.get("X-Correlation-ID", "")
    return given if _CORRELATION.fullmatch(given) else str(new_id())


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else UNMATCHED
