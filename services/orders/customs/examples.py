"""Customs entries as the documentation of the API shows them."""

from typing import Any

# fmt: off
ENTRY: dict[str, Any] = {
    "number": "223120260001184471", "regime_code": "0110",
    "documents": ["019d3f60-8a14-7c31-b5a2-4e7d90c2f611", "019d3f60-8a14-7c32-9d07-61b8f3a5c2e4"],
}
# fmt: on
