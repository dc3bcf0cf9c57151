"""ETag and If-Match: the version of what was answered, and the version the caller has seen.

It is there to write against. An answer may say more than what the version counts, as of today or of other things, and less to some
readers: so none is spared by If-None-Match.
"""

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
