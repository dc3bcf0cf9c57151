"""Typed routes: a handler's signature says what it takes and gives, and the platform reads it once, at import.

    routes = Routes("delays")

    @routes.post("/api/orders/{order}/delays", roles=WRITERS, status=201, problems=(DelayOpen,))
    async def log_delay(call: Call, order: str, body: LogDelay) -> Logged:
        '''Log a delay. Answers the orders touched, with their dates before and after.'''

`call` comes first. A name in the path is a path parameter; `query` is a model of the query string; `body` is a
JSON model or an `Upload`. The answer is a pydantic model, Page[T], Reply[T], Download, or None for 204.

A handler whose first parameter is `calls: Sequence[Call]` takes the requests of its route that came at the same time, in one
transaction: every parameter is a sequence with one for each, and so is the answer, `Outcomes[T]` (`shared.web.together`).
"""

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Required, TypedDict, TypeVar, Unpack

from shared.contracts.customers import Role
from shared.problems import Problem
from shared.web.signature import Signature, read_signature

MAX_JSON = 256 * 1024

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[..., Awaitable[Any]]
H = TypeVar("H", bound=Handler)


class Options(TypedDict, total=False):
    """What a route says beside its path."""

    roles: Required[frozenset[Role]]
    """Who may call; required, and empty only with `scope` or `public`."""
    public: bool
    """True asks for no token at all: for signing in. Such a route never takes Idempotency-Key."""
    scope: str
    """Lets machine clients with this scope call too."""
    status: int
    """Of a good answer; 200, or 204 for handlers that answer None."""
    also: Mapping[int, str]
    """Other statuses that a good answer may have, with what they say; the handler gives them in a `Reply`."""
    problems: tuple[type[Problem], ...]
    """Business errors of its own, for the documentation."""
    if_match: bool
    """Requires If-Match; the handler reads `call.expected_version`."""
    heeds_version: bool
    """Heeds If-Match where it is sent; the handler calls `call.heed_version`. Other commands refuse the header."""
    transaction: bool
    """False opens no transaction: for waiting, streaming or many short transactions of `call.database`."""
    max_bytes: int
    """Limit of the body, 256 KB if not given."""
    accepts: tuple[str, ...]
    """Content types of an `Upload`; any if not given."""
    apart: str
    """Name in the path: requests that agree in it are never handled together. Required of a handler that takes several."""


@dataclass(frozen=True, slots=True)
class Route:
    """Everything the dispatcher and the OpenAPI document know of one operation."""

    method: Method
    path: str
    tag: str
    handler: Handler
    signature: Signature
    summary: str
    description: str
    roles: frozenset[Role]
    scope: str | None
    public: bool
    status: int
    also: Mapping[int, str]
    problems: tuple[type[Problem], ...]
    if_match: bool
    heeds_version: bool
    transaction: bool
    max_bytes: int
    accepts: tuple[str, ...]
    apart: str | None

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def takes_key(self) -> bool:
        """Whether Idempotency-Key is taken: the answer must be one that can be stored in the command's transaction."""
        return self.method == "POST" and self.transaction and not self.public and not self.signature.downloads


class Routes:
    """The routes of one noun; the tag groups them in the documentation."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(self, path: str, **options: Unpack[Options]) -> Callable[[H], H]:
        return self._add("GET", path, options)

    def post(self, path: str, **options: Unpack[Options]) -> Callable[[H], H]:
        return self._add("POST", path, options)

    def put(self, path: str, **options: Unpack[Options]) -> Callable[[H], H]:
        return self._add("PUT", path, options)

    def patch(self, path: str, **options: Unpack[Options]) -> Callable[[H], H]:
        return self._add("PATCH", path, options)

    def delete(self, path: str, **options: Unpack[Options]) -> Callable[[H], H]:
        return self._add("DELETE", path, options)

    def _add(self, method: Method, path: str, options: Options) -> Callable[[H], H]:
        def register(handler: H) -> H:
            self._routes.append(_route(method, path, self.tag, handler, options))
            return handler

        return register


def _route(method: Method, path: str, tag: str, handler: Handler, options: Options) -> Route:
    """TypeError for a route that is not complete: it fails the start, not a request."""
    roles, scope, public = options.get("roles"), options.get("scope"), options.get("public", False)
    if public == bool(roles or scope):
        raise TypeError(f"{method} {path}: say who may call it (roles=)")
    signature = read_signature(handler, path)
    if method == "GET" and (signature.body is not None or signature.uploads):
        raise TypeError(f"{method} {path}: GET has no body")
    if signature.together != ("apart" in options):
        raise TypeError(f"{method} {path}: a handler of several requests says what keeps them apart (apart=), and no other does")
    summary, _, description = inspect.cleandoc(handler.__doc__ or handler.__name__.replace("_", " ").capitalize()).partition("\n")
    first, _, rest = summary.partition(". ")
    return Route(
        method=method,
        path=path,
        tag=tag,
        handler=handler,
        signature=signature,
        summary=first.rstrip("."),
        description="\n".join(part for part in (rest, description.strip()) if part),
        roles=roles or frozenset(),
        scope=scope,
        public=public,
        status=options.get("status", 204 if signature.answers_nothing else 200),
        also=options.get("also", {}),
        problems=options.get("problems", ()),
        if_match=options.get("if_match", False),
        heeds_version=options.get("heeds_version", False),
        transaction=options.get("transaction", True),
        max_bytes=options.get("max_bytes", MAX_JSON),
        accepts=options.get("accepts", ()),
        apart=options.get("apart"),
    )
