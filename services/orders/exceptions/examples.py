"""Exceptions as the documentation of the API shows them."""

from typing import Any

# fmt: off
QUALITY: dict[str, Any] = {
    "severity": "major",
    "description": "Final inspection: 9 open seams in a sample of 80.",
    "causes": [{"code": "PRD-RWK", "evidence": "inspection report of 2026-05-15"}],
    "affected": [{"order": "SO-2026-118", "line": "1", "quantity": "1200"}],
    "amount": {"amount": "640.00", "currency": "USD"},
}
# fmt: on
