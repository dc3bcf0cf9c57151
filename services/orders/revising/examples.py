"""An order that takes a revision with an inspection more, as the documentation of the API shows it."""

from typing import Any

# fmt: off
REVISED: dict[str, Any] = {
    "number": "SO-2026-118", "template": "export-make", "before": 1, "revision": 2, "version": 17,
    "milestones": [
        {"milestone": "QC_INLINE", "changed": [], "before": None,
         "after": {"code": "QC_INLINE", "name": {"en": "Inline inspection", "zh-CN": "中期验货"}, "stage": "quality", "department": "qc",
                   "person": None, "calendar": "factory", "duration_days": 10,
                   "after": [{"milestone": "PRD_START", "waits": "finish_to_start", "lag_days": 0, "calendar_days": False,
                              "together": False}],
                   "visible": False, "tolerance_days": 0, "gate": False, "early": True}},
    ],
    "planned": [
        {"shipment": "SH-2026-041", "milestone": "QC_INLINE", "before": None, "after": "2026-04-28"},
        {"shipment": "SH-2026-041", "milestone": "PRD_START", "before": "2026-04-20", "after": "2026-04-16"},
    ],
    "nodes": [
        {"shipment": "SH-2026-041", "milestone": "PRD_END", "visible": True, "planned": "2026-05-11", "before": "2026-05-14",
         "after": "2026-05-15", "revision": 3, "driven_by": "QC_INLINE", "slack_days": -4,
         "name": {"en": "Production finished", "zh-CN": "生产完成"}, "due": None},
    ],
    "lines": [
        {"line": "1", "shipment": "SH-2026-041", "promised": "2026-05-22", "before": "2026-05-25", "after": "2026-05-26", "revision": 4},
    ],
    "at_risk": [], "closed": [], "reopened": [],
}
SIMULATED: dict[str, Any] = {
    **REVISED, "version": 15,
    "breaches": [
        {"kind": "cutoff", "term": "container_yard", "shipment": "SH-2026-041", "line": None, "deadline": "2026-05-20",
         "would_be": "2026-05-21", "amend_by": None, "amount": None, "currency": None},
    ],
}
# fmt: on
