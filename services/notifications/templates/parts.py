"""What letters have in common: whom they address, who writes them, of which order and goods, and how these travel."""

from collections.abc import Sequence
from typing import Any

from services.notifications.contacts.domain import Contact, Signer
from services.notifications.dates.domain import Line, Order
from services.notifications.templates import vocabulary
from shared.contracts.shipments import Transport
from shared.contracts.text import Language
from shared.rendering.words import one_line, quantity

MOST_ITEMS = 20
MOST_ORDERS = 50
MOST_SUBJECT_ORDERS = 2

Values = dict[str, Any]


def salutation(contact: Contact | None, language: Language) -> str:
    """How the letter addresses him, without `Dear` or 尊敬的, which the template writes."""
    personal = contact.personal if contact else None
    given = one_line((personal.salutation or personal.name) if personal else "")
    for opening in ("dear ", "尊敬的"):
        if given.lower().startswith(opening):
            given = given[len(opening) :].strip()
    given = given.rstrip(",，:：!！ ")
    return given or ("Sir or Madam" if language == "en" else "客户")


def purchase_order(order: Order, language: Language) -> str:
    """The customer's number; in English with `PO` before it, unless he writes it there himself."""
    number = one_line(order.customer_po)
    return number if language != "en" or number.upper().startswith("PO") else f"PO {number}"


def carriage(transport: Transport | None) -> Values | None:
    """How the leg travels, or None while nothing is known that the reader could look for."""
    if transport is None:
        return None
    known = {
        "mode": transport.mode or "sea",
        "vessel": one_line(transport.vessel or ""),
        "voyage": one_line(transport.voyage or ""),
        "document": one_line(transport.transport_document or ""),
    }
    return known if known["vessel"] or known["document"] else None


def goods(found: Sequence[Line], language: Language) -> Values:
    """The same item on several lines of one date is one entry; the list is bounded."""
    amounts: dict[tuple[str, str], Any] = {}
    for line in found:
        key = (one_line(line.item), line.uom)
        amounts[key] = amounts.get(key, 0) + line.quantity
    listed = [
        {"item": item, "quantity": f"{quantity(amount, language)} {vocabulary.unit(uom, language)}"}
        for (item, uom), amount in list(amounts.items())[:MOST_ITEMS]
    ]
    return {"listed": listed, "further": max(0, len(amounts) - MOST_ITEMS)}


def signature(signer: Signer) -> Values:
    by, absent = signer.by, signer.absent
    return {
        "name": one_line(by.name or ""),
        "absent": one_line(absent.name or "") if absent else "",
        "phone": one_line(by.phone or ""),
        "email": one_line(by.email or ""),
    }
