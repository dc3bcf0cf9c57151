"""A warning as the documentation of the API shows it."""

from typing import Any

# fmt: off
WARNING: dict[str, Any] = {
    "order": "SO-2026-118", "customer": "NORDWIND", "shipment": "SH-2026-041", "milestone": "MAT_IN", "department": "purchasing",
    "expected": "2026-04-16", "level": "high", "score": 100,
    "reasons": [
        {"kind": "unanswered", "days": -3, "by": "zhu.min", "text": {"en": "zhu.min has not answered", "zh-CN": "zhu.min 尚未回复"}},
        {"kind": "material_late", "days": 2, "by": "FAB-2231",
         "text": {"en": "the material FAB-2231 comes after it is needed", "zh-CN": "物料 FAB-2231 晚于需求日到货"}},
    ],
    "raised_on": "2026-03-21", "link": "/api/orders/SO-2026-118/plan",
}
# fmt: on
