"""A plan as the documentation of the API shows it: two of its milestones."""

from typing import Any

# fmt: off
_MILESTONE: dict[str, Any] = {
    "person": None, "calendar": "factory", "gate": False, "visible": True, "due": None, "actual": None, "passed": False, "stated": None,
}
PLAN: dict[str, Any] = {
    "number": "SO-2026-118", "template": "export-make", "template_revision": 1, "delivery_point": "ON_BOARD", "version": 14,
    "legs": [
        {
            "shipment": "SH-2026-041", "earliest_promise": "2026-05-25", "provisional": False, "slack_days": -3,
            "feasible": False, "promise": "2026-05-22",
            "nodes": [
                {"milestone": "PRD_END", "name": {"en": "Production finished", "zh-CN": "生产完成"}, "stage": "production",
                 "department": "production", **_MILESTONE, "planned": "2026-05-11", "estimated": "2026-05-14", "latest": "2026-05-11",
                 "slack_days": -3, "float_days": -3, "critical": True, "late": True, "driven_by": None, "held_to": "2026-05-14",
                 "began": "2026-05-08",
                 "skipped": [{"first": "2026-05-10", "last": "2026-05-10", "why": "week", "name": {"en": "Sunday", "zh-CN": "周日"},
                              "provisional": False}],
                 "provisional": False},
                {"milestone": "QC_FINAL", "name": {"en": "Final inspection", "zh-CN": "最终验货"}, "stage": "quality",
                 "department": "qc", **_MILESTONE, "planned": "2026-05-13", "estimated": "2026-05-16", "latest": "2026-05-13",
                 "slack_days": -3, "float_days": -3, "critical": True, "late": True, "driven_by": "PRD_END", "held_to": None,
                 "began": "2026-05-14", "skipped": [], "provisional": False},
            ],
        },
    ],
    "clauses": [],
}
# fmt: on
