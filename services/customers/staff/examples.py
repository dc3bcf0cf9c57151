"""Staff as the documentation of the API shows it."""

from typing import Any

# fmt: off
PERSON: dict[str, Any] = {
    "name": "林美 Lin Mei", "department": "sales", "team": "Europe", "manager": "zhou.yan",
    "deputies": [{"login": "chen.jie", "first": "2026-04-03", "last": "2026-04-07"}],
    "language": "zh-CN", "time_zone": "Asia/Shanghai", "email": "mei.lin@gendan.example", "phone": "+86 571 5555 0118",
    "roles": ["merchandiser"],
}
# fmt: on
