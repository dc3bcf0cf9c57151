"""Metrics for Prometheus, and the W3C trace context that ties a request to the events it causes."""

import re
import secrets

from prometheus_client import Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

HTTP_SECONDS = Histogram(
    "gendan_http_request_seconds",
    "Time to answer a request, by route template.",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
HTTP_IN_FLIGHT = Gauge("gendan_http_in_flight", "Requests being worked on.")
LOOP_LAG_SECONDS = Gauge("gendan_loop_lag_seconds", "How late the event loop woke its watchdog.")

METRICS_TYPE = CONTENT_TYPE_LATEST

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?P<trace>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-(?P<flags>[0-9a-f]{2})(?:-.*)?")


def metrics() -> bytes:
    """Everything this process measures, in Prometheus' text format."""
    return generate_latest()


def continue_trace(traceparent: str | None) -> str:
    """A traceparent for work of ours: a new span of the given trace, or of a new, unsampled one when it is none."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    trace, flags = (match["trace"], match["flags"]) if match else (secrets.token_hex(16), "00")
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"


def trace_of(traceparent: str) -> str:
    """The trace id in a traceparent of ours."""
    return traceparent[3:35]
