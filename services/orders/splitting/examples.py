"""A line that is split as the documentation of the API shows it."""

from typing import Any

# fmt: off
SPLIT_LINE: dict[str, Any] = {
    "line": "1", "part": "1-2", "quantity": "500", "shipment": "SH-2026-041-A", "reason": "700 are packed; the rest flies with the shorts",
}
# fmt: on
