"""Who is told, and who signs."""

import re
from collections.abc import Iterable
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
    """The member of staff who owns the customer, or a deputy of his. A login alone when the directory does not know him."""

    login: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a mail: the owner himself, or a deputy for him who is `absent`."""

    by: Owner
    absent: Owner | None = None

    @property
    def replies(self) -> tuple[str, ...]:
        """Where answers go: first to who is present, then to the absent one, who finds them when he is back."""
        found = (deliverable(one.email) for one in (self.by, self.absent) if one is not None)
        return tuple(dict.fromkeys(address for address in found if address))


def signer(owner: Owner, deputies: Iterable[Owner]) -> Signer:
    """The first of the owner's deputies of the day, of those at work, who reads what is answered; without one the owner."""
    deputy = next((one for one in deputies if one.name and deliverable(one.email)), None)
    return Signer(deputy, owner) if deputy else Signer(owner)


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
    signer: Signer
    contacts: tuple[Contact, ...]

    @property
    def owner(self) -> Owner:
        return self.signer.absent or self.signer.by

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
