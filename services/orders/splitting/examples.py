"""Lines that are split and joined as the documentation of the API shows them."""

from typing import Any

# fmt: off
SPLIT_LINE: dict[str, Any] = {
    "line": "1", "part": "1-2", "quantity": "500", "shipment": "SH-2026-041-A", "reason": "700 are packed; the rest flies with the shorts",
}
JOIN_LINE: dict[str, Any] = {"line": "1", "part": "1-2", "reason": "the customer waits for all of them: one sailing is enough"}
# fmt: on
