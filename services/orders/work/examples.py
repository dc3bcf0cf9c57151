"""A morning's work as the documentation of the API shows it: of most kinds there is nothing to do."""

from typing import Any


# fmt: off
def _part(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "next": None}


_ORDER: dict[str, Any] = {"order": "SO-2026-118", "customer": "NORDWIND", "urgent": False}
WORK: dict[str, Any] = {
    "today": "2026-05-08",
    "urgent": _part(),
    "due": _part(),
    "overdue": _part(
        {**_ORDER, "shipment": "SH-2026-041", "milestone": "BKG_CONF", "department": "logistics", "planned": "2026-05-06",
         "due": "2026-05-06", "expected": "2026-05-08", "link": "/api/orders/SO-2026-118"},
    ),
    "at_risk": _part({**_ORDER, "promised": "2026-05-22", "expected": "2026-05-29", "lines": 2, "link": "/api/orders/SO-2026-118"}),
    "warnings": _part(),
    "news": _part(
        {"delay": "019e0d58-1f93-7a6d-b0e4-83c52d7f9a16", "milestone": "PRD_END", "shipment": "SH-2026-041", "orders": ["SO-2026-118"],
         "on": "2026-05-08", "link": "/api/orders/delays/019e0d58-1f93-7a6d-b0e4-83c52d7f9a16"},
    ),
    "awaited": _part(),
    "advice": _part(),
    "requests": _part(),
    "to_answer": _part(),
    "unanswered": _part(),
    "answered": _part(),
    "asked": _part(),
    "to_approve": _part(),
    "cutoffs": _part(),
    "actions": _part(),
    "verifications": _part(),
    "exceptions": _part(),
    "documents": _part(),
    "production": _part(),
    "stock": _part(),
    "inspections": _part(),
    "credits": _part(),
    "clauses": _part(),
    "materials": _part(),
}
# fmt: on
