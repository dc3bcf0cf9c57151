"""ETag and If-Match: the version of what was answered, and the version the caller has seen."""

import re

from aiohttp import web

from shared.contracts.text import Both
from shared.web.problems import Malformed, VersionRequired
from shared.web.routes import Route

_VERSION = re.compile(r'"(\d{1,18})"')


def etag(version: int) -> str:
    return f'"{version}"'


def expected_version(request: web.Request, route: Route) -> int | None:
    """The version in If-Match: one strong ETag of ours; None for a command that may be sent without, and for what only reads.

    `VersionRequired` where the header is needed, `Malformed` for anything else in it, or where the route could not keep its promise.
    """
    header = request.headers.get("If-Match")
    if route.method == "GET":
        return None
    if header is None:
        if route.if_match:
            raise VersionRequired(Both("send If-Match with the ETag you have read", "请在 If-Match 中附上所读到的 ETag"))
        return None
    if not route.if_match and not route.heeds_version:
        raise Malformed(Both("this address does not take If-Match", "该地址不接受 If-Match"), field="If-Match")
    match = _VERSION.fullmatch(header.strip())
    if match is None:
        raise Malformed(Both('If-Match is one ETag of ours, as in "7"', 'If-Match 须为本系统的一个 ETag，如 "7"'), field="If-Match")
    return int(match[1])


def seen_already(request: web.Request, tag: str) -> bool:
    """Whether If-None-Match says that the caller has this answer; weak comparison, as RFC 9110 wants it."""
    header = request.headers.get("If-None-Match", "")
    return header.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in header.split(","))
