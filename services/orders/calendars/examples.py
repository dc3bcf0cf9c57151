"""The work calendar of a mill as the documentation of the API shows it."""

from typing import Any

# fmt: off
MILL_DAYS: dict[str, Any] = {
    "name": {"en": "Linhe Weaving", "zh-CN": "临禾纺织"}, "week": "alternating", "anchor": "2026-03-02", "country": "CN",
    "closures": [{"first": "2026-02-12", "last": "2026-02-28", "name": {"en": "Spring Festival stop", "zh-CN": "春节停工"}}],
    "worked": [{"day": "2026-03-15", "name": {"en": "overtime", "zh-CN": "加班"}}],
}
# fmt: on
