"""Orders as the documentation of the API shows them."""

from typing import Any

# fmt: off
NEW_ORDER: dict[str, Any] = {
    "number": "SO-2026-118", "customer": "NORDWIND", "customer_po": "NW-4471", "trade_type": "export",
    "incoterm": "FOB", "named_place": "Shanghai", "currency": "USD", "ordered_on": "2026-02-26", "template": "export-make",
    "lines": [
        {"line": "1", "item": "Chino trousers, navy", "quantity": "1200", "uom": "PCE", "amount": "10800.00", "supplier": "MILL",
         "requested": "2026-05-18", "promised": "2026-05-22"},
        {"line": "2", "item": "Chino shorts, navy", "quantity": "600", "uom": "PCE", "amount": "3900.00", "supplier": "MILL",
         "promised": "2026-05-22"},
    ],
    "actuals": [{"milestone": "ORD_REVIEW", "date": "2026-02-26"}],
}
NEW_LINES: dict[str, Any] = {
    "lines": [
        {"line": "3", "item": "Canvas belt, navy", "quantity": "600", "uom": "PCE", "amount": "900.00", "shipment": "SH-2026-041",
         "promised": "2026-05-22"},
    ],
}
# fmt: on
