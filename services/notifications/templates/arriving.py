"""The letter that goods arrive soon: his own orders alone, in the reader's language."""

from services.notifications.arrivals.domain import Arrival
from services.notifications.contacts.domain import Contact, Signer
from services.notifications.templates import vocabulary
from services.notifications.templates.legs import ahead
from services.notifications.templates.parts import MOST_ORDERS, MOST_SUBJECT_ORDERS, carriage, goods, purchase_order, salutation, signature
from services.notifications.templates.render import Letter, letter
from shared.rendering.words import in_words


def announcement(arrival: Arrival, contact: Contact, signer: Signer) -> Letter:
    """What the contact reads."""
    language, transport = contact.language, arrival.transport
    first = min(day for _, day in arrival.orders)
    shown = [
        {
            "po": purchase_order(order, language),
            "number": order.number,
            "date": in_words(day, language),
            "goods": goods(ahead(order, arrival.shipment), language),
        }
        for order, day in arrival.orders[:MOST_ORDERS]
    ]
    values = {
        "subject": {
            "pos": [one["po"] for one in shown[:MOST_SUBJECT_ORDERS]],
            "further_pos": max(0, len(arrival.orders) - MOST_SUBJECT_ORDERS),
        },
        "salutation": salutation(contact, language),
        "date": in_words(first, language),
        "place": vocabulary.port(transport.port_of_discharge, language) if transport.port_of_discharge else "",
        "transport": carriage(transport),
        "orders": shown,
        "further_orders": len(arrival.orders) - len(shown),
        "signed": signature(signer),
    }
    return letter("arriving", language, values)
