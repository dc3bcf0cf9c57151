"""From an occasion to what is decided for each contact, with the text he would read: for messages and for previews alike."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.notifications.contacts.domain import Contact, Customer, Signer
from services.notifications.dates.domain import Order
from services.notifications.messages.choosing import decide
from services.notifications.messages.domain import Decision, Occasion, Text
from services.notifications.messages.model import Earlier
from services.notifications.rules.domain import Rule
from services.notifications.templates.render import Letter, write
from services.notifications.templates.view import Writing


def draft(
    occasion: Occasion, orders: Mapping[UUID, Order], customer: Customer, rule: Rule | None, earlier: Earlier, today: date
) -> tuple[Decision, dict[UUID, Text | None]]:
    """Decide the occasion and write to the contacts who hear of it. `orders` have the estimates and promises that the occasion brings."""
    decision = decide(occasion, orders, customer, rule, earlier, today)
    texts = {}
    for notice in decision.notices:
        if (contact := notice.contact) and notice.status == "queued" and rule:
            writing = Writing(occasion, notice, orders, notice.due, earlier, customer.signer, contact.language, today)
            texts[contact.id] = _text(writing, contact, rule)
    return decision, texts


def _text(writing: Writing, contact: Contact, rule: Rule) -> Text | None:
    thread = writing.notice.corrects or writing.earlier.mails_to(contact.id)
    written = write(rule.template, writing)
    text = addressed(written, contact, writing.signer, str(thread[-1].message_id) if thread else None)
    return replace(text, values=written.values) if text is not None and writing.notice.corrects else text


def addressed(letter: Letter, contact: Contact, signer: Signer, thread: str | None = None) -> Text | None:
    """The letter as a mail to the contact, in the name of who signs it, who is answered, too; None where no mail reaches him."""
    if contact.personal is None or contact.address is None:
        return None
    return Text(
        to_name=contact.personal.name,
        to=contact.address,
        cc=contact.copies,
        reply_to=signer.replies,
        from_name=signer.by.name,
        subject=letter.subject,
        body=letter.body,
        thread=thread,
    )
