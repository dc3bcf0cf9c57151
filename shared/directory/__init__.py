"""What a service knows of customers and staff, kept from customers' events."""

from shared.directory.handlers import HANDLERS
from shared.directory.store import department_of, forget, owners_seen, sights, stands_in_for

__all__ = ["HANDLERS", "department_of", "forget", "owners_seen", "sights", "stands_in_for"]
