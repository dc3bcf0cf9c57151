"""A message as an RFC 5322 mail.

The headers are parsed, checked and folded by the standard library, those that come again and again only once; the bodies are
encoded here. Building the whole as an EmailMessage takes ten times as long, which is most of what sending a mail costs.
"""

import binascii
import re
from base64 import encodebytes
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from uuid import UUID

from services.notifications.channels.domain import Mail
from shared.rendering.words import one_line

_PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,128}")


def compose(mail: Mail, name: str, sender: str) -> bytes:
    """The mail's bytes, always the same for the same mail; `name` stands for an owner without one.

    ValueError for an address that cannot stand in a header.
    """
    domain = sender.rpartition("@")[2]
    head = [_addressed("From", mail.from_name or name, sender), _addressed("To", mail.to_name, mail.to)]
    if mail.cc:
        head.append(_header("Cc", ", ".join(str(Address(addr_spec=address)) for address in mail.cc)))
    if mail.reply_to:
        head.append(_addressed("Reply-To", mail.from_name or "", mail.reply_to))
    head.append(_header("Subject", one_line(mail.subject)))
    head.append(_header("Date", format_datetime(mail.date)))
    head.append(_verbatim("Message-ID", message_id(mail.id, domain)))
    if mail.thread:
        head += [_verbatim(field, message_id(mail.thread, domain)) for field in ("In-Reply-To", "References")]
    head += [_verbatim("Content-Language", mail.language), _verbatim("Auto-Submitted", "auto-generated")]
    if mail.correlation_id and _PLAIN.fullmatch(mail.correlation_id):
        head.append(_verbatim("X-Correlation-ID", mail.correlation_id))
    # The same mail has the same boundary; no line of an encoded body can be it.
    boundary = f"=_{mail.id.hex}"
    head += [_verbatim("MIME-Version", "1.0"), _verbatim("Content-Type", f'multipart/alternative; boundary="{boundary}"')]
    parts = [_part("plain", mail.body), _part("html", as_html(mail.body, mail.language))]
    between = f"--{boundary}\r\n".encode()
    return b"".join([*head, b"\r\n", *(between + part for part in parts), f"--{boundary}--\r\n".encode()])


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


@lru_cache(maxsize=4096)
def _addressed(field: str, name: str, address: str) -> bytes:
    return _header(field, str(Address(display_name=one_line(name), addr_spec=address)))


def _header(field: str, value: str) -> bytes:
    """Parsed, encoded and folded. ValueError for a line break in it."""
    return SMTP.fold_binary(*SMTP.header_store_parse(field, value))


def _verbatim(field: str, value: str) -> bytes:
    """For values of our own making, short and ASCII."""
    return f"{field}: {value}\r\n".encode("ascii")


def _part(subtype: str, text: str) -> bytes:
    """Base64 where most of the text is not ASCII, else quoted-printable, which stays readable."""
    content = "\r\n".join([*text.splitlines(), ""]).encode()
    if len(content) > 1.5 * len(text):
        encoding, encoded = "base64", encodebytes(content).replace(b"\n", b"\r\n")
    else:
        encoding, encoded = "quoted-printable", binascii.b2a_qp(content, istext=True)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    # The last line break belongs to the boundary that follows.
    return head.encode() + encoded + b"\r\n"
