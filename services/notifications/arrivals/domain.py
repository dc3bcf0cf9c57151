"""Who hears that goods arrive: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.notifications.contacts.domain import Customer
from services.notifications.dates.domain import Order
from services.notifications.messages.domain import Notice, notice_to
from services.notifications.rules.domain import Rule
from shared.contracts.shipments import Transport

ARRIVING = "shipment_arriving"
"""Why such a message is written."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The orders of one customer that arrive in a shipment, each with its day; `shipment` is our number, which he never reads."""

    shipment: str
    transport: Transport
    orders: Sequence[tuple[Order, date]]


def notices(customer: Customer, rule: Rule | None) -> tuple[Notice, ...]:
    """One notice for each contact of the rule's audience."""
    if rule is None or not rule.active:
        return (Notice(None, "suppressed", "rule_off"),)
    return tuple(notice_to(contact) for contact in customer.audience(rule.audience)) or (Notice(None, "unreachable", "no_contact"),)
