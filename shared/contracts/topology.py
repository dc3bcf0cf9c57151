"""Which services there are and whose events each of them takes."""

from collections.abc import Mapping
from types import MappingProxyType

LISTENS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "customers": (),
        "orders": ("customers",),
        "notifications": ("customers", "orders"),
        "reporting": ("customers", "orders", "notifications"),
    }
)
"""Publishers by listening service. The order is the order in which the services are provisioned and started."""

TAKES_KEYS = frozenset({"notifications"})
"""Services that open personal blocks and so keep the customers' keys."""

SERVICES = tuple(LISTENS)
