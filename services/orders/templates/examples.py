"""A plan template as the documentation of the API shows it: nothing is made before the customer has met the gate."""

from typing import Any

# fmt: off
SAMPLE_FIRST: dict[str, Any] = {
    "code": "sample-first", "name": {"en": "Sample, then goods", "zh-CN": "先样后货"},
    "trade_types": ["export"], "routes": ["make"], "modes": ["sea"],
    "delivery_point": "DEPART", "delivery_point_by_incoterm": {"EXW": "PACKED", "FCA": "PACKED"},
    "milestones": [
        {"code": "ORD_CONF", "name": {"en": "Order confirmed", "zh-CN": "订单确认"}, "stage": "order", "department": "sales",
         "calendar": "department", "duration_days": 0, "visible": True},
        {"code": "PP_OK", "name": {"en": "Sample approved", "zh-CN": "产前样确认"}, "stage": "sample", "department": "sales",
         "calendar": "customer", "duration_days": 12, "after": [{"milestone": "ORD_CONF"}], "visible": True, "gate": True},
        {"code": "MAT_IN", "name": {"en": "Material in house", "zh-CN": "物料到厂"}, "stage": "material", "department": "purchasing",
         "calendar": "supplier", "duration_days": 18, "after": [{"milestone": "ORD_CONF"}], "visible": False, "tolerance_days": 1},
        {"code": "PACKED", "name": {"en": "Made and packed", "zh-CN": "生产包装完成"}, "stage": "production", "department": "production",
         "calendar": "factory", "duration_days": 20, "after": [{"milestone": "PP_OK"}, {"milestone": "MAT_IN", "lag_days": 1}],
         "visible": True, "early": True},
        {"code": "DEPART", "name": {"en": "Departure", "zh-CN": "离港"}, "stage": "logistics", "department": "logistics",
         "calendar": "carrier", "duration_days": 4, "after": [{"milestone": "PACKED", "lag_days": 2, "calendar_days": True}],
         "visible": True},
    ],
}
# fmt: on
