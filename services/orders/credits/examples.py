"""Letters of credit as the documentation of the API shows them."""

from typing import Any

# fmt: off
TERMS: dict[str, Any] = {
    "number": "LC-HH-260377", "issuing_bank": "Hansebank AG, Hamburg",
    "amount": {"amount": "14700.00", "currency": "USD"}, "tolerance_over": "5", "tolerance_under": "5",
    "latest_shipment": "2026-05-31", "expires_on": "2026-06-21", "expiry_place": "Shanghai", "expiry_country": "CN",
    "presentation_days": 15, "partial_shipments": True, "transhipment": True, "orders": ["SO-2026-118"],
}
# fmt: on
