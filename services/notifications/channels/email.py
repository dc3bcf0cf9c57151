"""A message as an RFC 5322 mail.

Written here instead of by EmailMessage, which takes ten times as long and reads encoded words in what it is given: a customer's
`=?utf-8?q?=0d=0aBcc:...?=` became a header. Here no text is ever read as header syntax. See docs/decisions/0004.
"""

import binascii
import re
from base64 import encodebytes
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache
from html import escape
from uuid import UUID

from services.notifications.channels.domain import Mail
from services.notifications.contacts.domain import deliverable
from shared.rendering.words import one_line

_PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_LONGEST_PLAIN = 400


def compose(mail: Mail, name: str, sender: str) -> bytes:
    """The mail's bytes, always the same for the same mail; `name` stands for an owner without one.

    ValueError for an address that cannot stand in a header.
    """
    domain = sender.rpartition("@")[2]
    head = [_addressed("From", mail.from_name or name, sender), _addressed("To", mail.to_name, mail.to)]
    if mail.cc:
        head.append(_verbatim("Cc", ",\r\n ".join(_checked(address) for address in mail.cc)))
    # Where nobody can be written to, replies go where the mail comes from.
    if replies := [address for address in mail.reply_to if deliverable(address)]:
        head.append(_verbatim("Reply-To", ",\r\n ".join(replies)))
    head.append(_text("Subject", mail.subject))
    head.append(_verbatim("Date", format_datetime(mail.date)))
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
    name = one_line(name)
    if not name or _is_plain(name):
        return _verbatim(field, formataddr((name, _checked(address))))
    return _verbatim(field, f"{_encoded(field, name)}\r\n <{_checked(address)}>")


def _checked(address: str) -> str:
    if deliverable(address) is None:
        raise ValueError("an address that cannot stand in a header")
    return address


def _text(field: str, text: str) -> bytes:
    text = one_line(text)
    return _verbatim(field, text if _is_plain(text) else _encoded(field, text))


def _is_plain(text: str) -> bool:
    """Needs no encoding: short ASCII in which nothing looks like an encoded word."""
    return len(text) <= _LONGEST_PLAIN and text.isascii() and "=?" not in text


def _encoded(field: str, text: str) -> str:
    """Encoded words (RFC 2047), folded: letters, digits and a few signs, whatever the text says."""
    return Header(text, "utf-8", header_name=field).encode(linesep="\r\n")


def _verbatim(field: str, value: str) -> bytes:
    """For ASCII that was made or checked here."""
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
