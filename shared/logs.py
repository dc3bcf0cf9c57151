"""Logs: one JSON object a line on stdout, `event` being a stable name and never a sentence.

Ids and counts are logged, people are not: keys known to hold personal data or secrets are blanked, and what
libraries put into exception texts (inputs, rows, URLs with passwords, tokens) is cut out of every line.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog
from structlog.typing import Processor

from shared.config import LogLevel

HIDDEN = "[hidden]"
SECRET_KEYS = frozenset(
    (
        "address", "authorization", "body", "cc", "cookie", "email", "headers",
        "name", "password", "personal", "phone", "salutation", "secret", "token",
    )
)  # fmt: skip

_SECRET_ENDINGS = tuple(f"_{key}" for key in ("email", "key", "name", "password", "phone", "secret", "token"))
_LEAKS: tuple[tuple[bytes, re.Pattern[bytes], bytes], ...] = (
    (b"://", re.compile(rb"://[^/@\s\"]+@"), b"://***@"),
    (b"Bearer ", re.compile(rb"Bearer [^\s\"'\\]+"), b"Bearer [hidden]"),
    (b"eyJ", re.compile(rb"eyJ[\w.-]{8,}"), b"[hidden]"),
    (b"input_value=", re.compile(rb"input_value=.*?, input_type="), b"input_value=[hidden], input_type="),
    (b"DETAIL:", re.compile(rb"DETAIL:.*?(?=\\n|\")"), b"DETAIL: [hidden]"),
)
_DEEP = 4


def configure(service: str, level: LogLevel = "info") -> None:
    """Route structlog and the standard library's logging to stdout as JSON. Called once per process, before anything logs."""
    threshold = getattr(logging, level.upper())
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        structlog.processors.format_exc_info,
        hide,
    ]
    structlog.configure(
        processors=[*common, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _foreign],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *common, _as_text],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.INFO), force=True)
    logging.captureWarnings(True)


def hide(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what lies under a key known to be personal or secret, also inside nested values."""
    for key, value in event.items():
        if _secret(key):
            event[key] = HIDDEN
        elif isinstance(value, (dict, list, tuple)):
            event[key] = _hidden(value, _DEEP)
    return event


def render(_: Any, __: str, event: MutableMapping[str, Any]) -> bytes:
    """One line of JSON, without what exception texts give away."""
    line = orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)
    for sign, pattern, instead in _LEAKS:
        if sign in line:
            line = pattern.sub(instead, line)
    return line


def _secret(key: str) -> bool:
    return key in SECRET_KEYS or key.endswith(_SECRET_ENDINGS)


def _hidden(value: Any, depth: int) -> Any:
    if depth == 0:
        return HIDDEN if isinstance(value, (dict, list, tuple)) else value
    if isinstance(value, Mapping):
        return {key: HIDDEN if _secret(str(key)) else _hidden(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hidden(inner, depth - 1) for inner in value]
    return value


def _named(service: str) -> Processor:
    def name(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return name


def _foreign(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Libraries log sentences: they become the message of one event name."""
    event["message"] = event.get("event")
    event["event"] = "library.log"
    return event


def _as_text(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    return render(logger, method, event).decode()
