"""Log lines: JSON, stable, and without what must not be in them."""

import json
import subprocess
import sys
from typing import Any

from shared.logs import HIDDEN, hide, render

SCRIPT = """
import logging, structlog
from shared import logs
logs.configure("orders", "info")
log = structlog.get_logger()
structlog.contextvars.bind_contextvars(correlation_id="c-1")
log.debug("not.shown")
log.info("delay.logged", order="SO-1", email="zhang@example.org", nested={"contact_name": "Zhang", "list": [{"token": "t"}]})
logging.getLogger("aiohttp.server").error("got %r", "Bearer abc.def")
logging.getLogger("nats").debug("not shown")
try:
    raise RuntimeError("postgresql://orders:hunter2@db/orders eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJsaSJ9.c2ln")
except RuntimeError:
    log.exception("http.failed")
"""


def lines() -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_lines_of_ours_and_of_libraries() -> None:
    ours, library, failed = lines()
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {
        "event": "delay.logged",
        "level": "info",
        "service": "orders",
        "correlation_id": "c-1",
        "order": "SO-1",
        "email": HIDDEN,
        "nested": {"contact_name": HIDDEN, "list": [{"token": HIDDEN}]},
    }
    assert (library["event"], library["logger"], library["level"]) == ("library.log", "aiohttp.server", "error")
    assert library["message"] == "got 'Bearer [hidden]'"
    assert "RuntimeError" in failed["exception"]
    assert "hunter2" not in failed["exception"]
    assert "eyJ" not in failed["exception"]


def test_exception_texts_lose_inputs_and_rows() -> None:
    text = "1 error: name [type=x, input_value='Zhang Wei', input_type=str]\nDETAIL: Key (email)=(z@example.org) exists.\nmore"
    line = render(None, "error", hide(None, "error", {"event": "x", "exception": text}))
    assert b"Zhang" not in line
    assert b"example.org" not in line
    assert json.loads(line)["exception"].endswith("more")
