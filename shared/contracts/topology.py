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

MAKES_KEYS = frozenset({"customers", "orders"})
"""Services that seal personal blocks: of people, and of the links by which chases are answered."""

TAKES_KEYS = frozenset({"notifications"})
"""Services that open personal blocks and so keep their keys."""

ARCHIVES = frozenset({"reporting"})
"""Services that keep every event they take, and may read the whole stream to have them again."""

SERVICES = tuple(LISTENS)

AGGREGATES: Mapping[str, str] = MappingProxyType(
    {
        "customers.customer": "the customer",
        "customers.owner": "the customer",
        "customers.contact": "the customer",
        "customers.staff": "the member of staff",
        "orders.supplier": "the supplier",
        "orders.calendar": "the calendar",
        "orders.template": "the plan template",
        "orders.order": "the order",
        "orders.shipment": "the shipment",
        "orders.delay": "the order, the shipment for a delay of a whole shipment, or the disruption that logged it",
        "orders.disruption": "the disruption",
        "orders.plan": "the order",
        "orders.promise": "the order",
        "orders.milestone": "the order, or its warnings for early warning",
        "orders.approval": "the request",
        "orders.exception": "the exception",
        "orders.lateness": "the order",
        "orders.chase": "the chase",
        "orders.task": "the task",
        "orders.credit": "the letter of credit",
        "orders.clause": "the clause",
        "orders.document": "the document",
        "orders.material": "the material line",
        "orders.customs": "the customs entry",
        "orders.production": "the order",
        "orders.stock": "the order",
        "orders.inspection": "the order",
        "notifications.message": "the message",
    }
)
"""Whose id is the `subject` of a noun's events, by `<publisher>.<noun>`."""
