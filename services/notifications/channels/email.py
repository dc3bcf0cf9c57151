"""A message as an RFC 5322 mail."""

import re
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from uuid import UUID

from services.notifications.channels.domain import Mail
from shared.rendering.words import one_line

_PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,128}")


def compose(mail: Mail, name: str, sender: str) -> bytes:
    """The mail's bytes, always the same for the same mail; `name` stands for an owner without one.

    ValueError for an address that cannot stand in a header.
    """
    domain = Address(addr_spec=sender).domain
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _address(mail.from_name or name, sender)
    message["To"] = _address(mail.to_name, mail.to)
    if mail.cc:
        message["Cc"] = [Address(addr_spec=address) for address in mail.cc]
    if mail.reply_to:
        message["Reply-To"] = _address(mail.from_name, mail.reply_to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.date)
    message["Message-ID"] = message_id(mail.id, domain)
    if mail.thread:
        message["In-Reply-To"] = message["References"] = message_id(mail.thread, domain)
    message["Auto-Submitted"] = "auto-generated"
    if mail.correlation_id and _PLAIN.fullmatch(mail.correlation_id):
        message["X-Correlation-ID"] = mail.correlation_id
    message.set_content(mail.body, cte=_encoding(mail.body))
    html = as_html(mail.body, mail.language)
    message.add_alternative(html, subtype="html", cte=_encoding(html))
    # Setting content takes every earlier Content- header away.
    message["Content-Language"] = mail.language
    # The boundary that the library draws is random.
    message.set_boundary(f"gendan-{mail.id.hex}")
    return message.as_bytes()


def message_id(message: UUID, domain: str) -> str:
    return f"<{message}@{domain}>"


def as_html(body: str, language: str) -> str:
    """The plain text as simple HTML: its paragraphs, and lists where lines begin with a dash."""
    blocks = [_block(block) for block in body.strip().split("\n\n")]
    return f'<!doctype html>\n<html lang="{language}"><body>\n{"".join(blocks)}</body></html>\n'


def _block(block: str) -> str:
    parts: list[str] = []
    text: list[str] = []
    items: list[str] = []

    def flush() -> None:
        if text:
            parts.append(f"<p>{'<br>'.join(text)}</p>\n")
        if items:
            parts.append(f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>\n")
        text.clear()
        items.clear()

    for line in block.splitlines():
        listed = line.startswith("- ")
        if listed is bool(text):
            flush()
        (items if listed else text).append(escape(line.removeprefix("- ") if listed else line))
    flush()
    return "".join(parts)


def _address(name: str | None, address: str) -> Address:
    return Address(display_name=one_line(name or ""), addr_spec=address)


def _encoding(text: str) -> str:
    """Base64 where most of the text is not ASCII, else quoted-printable, which stays readable."""
    return "base64" if len(text.encode()) > 1.5 * len(text) else "quoted-printable"
