"""Who is told, and who signs."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from functools import lru_cache
from uuid import UUID

from shared.contracts.customers import ContactPersonal, ContactRole
from shared.contracts.text import Language

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LONGEST = 254


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact with his personal data opened; `personal` is None when its key was destroyed."""

    id: UUID
    customer_id: UUID
    roles: tuple[ContactRole, ...]
    language: Language
    active: bool
    personal: ContactPersonal | None

    @property
    def address(self) -> str | None:
        """Where mail reaches him, or None: no address, or none that can be written on an envelope."""
        return deliverable(self.personal.email) if self.personal else None

    @property
    def copies(self) -> tuple[str, ...]:
        given = self.personal.cc if self.personal else ()
        return tuple(address for address in dict.fromkeys(map(deliverable, given)) if address and address != self.address)


@dataclass(frozen=True, slots=True)
class Owner:
    """The member of staff who owns the customer: signs, and takes the reply. A login alone when the directory does not know him."""

    login: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff to whom mail is written; name and address are None when his key was destroyed, or the address cannot be used."""

    id: UUID
    login: str
    language: Language
    name: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Customer:
    id: UUID
    code: str
    language: Language
    time_zone: str
    owner: Owner
    contacts: tuple[Contact, ...]

    def audience(self, role: ContactRole) -> tuple[Contact, ...]:
        """The contacts a rule for `role` speaks to, in a stable order."""
        return tuple(sorted((c for c in self.contacts if c.active and role in c.roles), key=lambda c: c.id))


@lru_cache(maxsize=4096)
def deliverable(address: str | None) -> str | None:
    """The address if it is safe on an envelope (ASCII, one mailbox, no blanks or control characters), else None."""
    if address is None or len(address) > _LONGEST or not _ADDRESS.fullmatch(address):
        return None
    try:
        return Address(addr_spec=address).addr_spec
    except (ValueError, IndexError):
        return None
