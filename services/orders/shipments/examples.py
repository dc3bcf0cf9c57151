"""Shipments as the documentation of the API shows them."""

from typing import Any

# fmt: off
TRANSPORT: dict[str, Any] = {
    "mode": "sea", "carrier": "COSCO", "vessel": "COSCO SHIPPING ARIES", "vessel_imo": "9783497", "voyage": "032W",
    "booking": "6321884420", "containers": ["CSNU6012349"],
    "port_of_loading": "CNSHA", "port_of_discharge": "DEHAM", "transhipment_ports": ["SGSIN"],
}
NEW: dict[str, Any] = {"number": "SH-2026-041", **TRANSPORT}
DELIVERY: dict[str, Any] = {
    "place": "Nordwind Lager 3, Dratelnstr. 31, 21109 Hamburg; ramp B, 7 to 15 h",
    "contact": "019c9a10-3b5e-7a02-8c4d-91f0e6d2b7a8", "forwarder": "Elbe Spedition",
    "packing": "two sizes in a carton, no wood", "handover": "to_door", "notice_days": 10,
}
SCHEDULE: dict[str, Any] = {
    "etd": "2026-05-22", "eta": "2026-06-21",
    "cutoffs": {"stated": [{"kind": "container_yard", "at": "2026-05-20T18:00:00+08:00"}]},
}
SPLIT: dict[str, Any] = {
    "into": {"number": "SH-2026-041-A", "mode": "air", "carrier": "Lufthansa Cargo", "port_of_loading": "CNPVG",
             "port_of_discharge": "DEFRA"},
    "orders": [{"order": "SO-2026-118", "lines": ["2"]}],
    "reason": "the customer needs the shorts by the end of May",
}
ROLLED: dict[str, Any] = {
    "etd": "2026-05-29", "eta": "2026-06-29", "vessel": "COSCO SHIPPING LIBRA", "voyage": "029W",
    "reason": "rolled by the carrier: overbooked",
}
# fmt: on
