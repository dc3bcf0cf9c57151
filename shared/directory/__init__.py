"""What a service knows of customers and staff, kept from customers' events."""

from shared.directory.handlers import HANDLERS
from shared.directory.store import forget, owners_seen, sights, stands_in_for

__all__ = ["HANDLERS", "forget", "owners_seen", "sights", "stands_in_for"]
