"""A mail as its reader's program takes it apart: what was meant, and nothing that a text smuggled in."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.domain import Mail
from services.notifications.channels.email import as_html, compose
from shared.ids import new_id
from shared.rendering.words import lines, one_line
from tests.notifications.world import NOW

_ADDRESSED = ["From", "To", "Cc", "Reply-To"]
_HEADERS = [*_ADDRESSED, "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted", "MIME-Version", "Content-Type"]
_BREAKS = ["\r", "\n", "\r\n", "\r\n\r\n", "\x0b", "\x1c", "\x85", "\u2028", "\u2029", "\0", "\ud800", "\u202e"]
_SYNTAX = [" ", ", ", '"', "\\", "<", ">", "(", ";", ":", "=?utf-8?q?", "?=", "=0d=0a", "=E2=80=A8", "Bcc: x@evil.test"]
_WORDS = ["=?utf-8?q?=0d=0aBcc:_x@evil.test?=", "=?utf-8?b?DQpCY2M6IHg=?=", "=?utf-8?q?a=22_=3Cx=40evil.test=3E?="]
_HOSTILE = st.lists(
    st.sampled_from([*_BREAKS, *_SYNTAX, *_WORDS, "Anna", "x" * 90, "李" * 40]) | st.characters(), max_size=12
).map("".join)  # fmt: skip


@given(_HOSTILE, _HOSTILE, _HOSTILE, _HOSTILE)
def test_no_text_becomes_a_header(name: str, owner: str, subject: str, body: str) -> None:
    """Whatever is given: these headers, these addresses, the words as they were given, and nothing else."""
    mail = Mail(
        new_id(),
        name,
        "anna@example.org",
        ("b@example.org", "c@example.org"),
        ("li@example.org", "mei@example.org"),
        owner,
        subject,
        lines(body),
        "en",
        NOW,
    )
    content = compose(mail, "Desk", "from@example.org")
    assert content == compose(mail, "Desk", "from@example.org")
    head = content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(len(line) <= 998 and not {13, 10, 0} & set(line) for line in head.split(b"\r\n"))
    read = message_from_bytes(content, policy=policy.default)
    assert read.keys() == _HEADERS
    assert not read.defects
    assert [[a.addr_spec for a in read[field].addresses] for field in _ADDRESSED] == [
        ["from@example.org"],
        ["anna@example.org"],
        ["b@example.org", "c@example.org"],
        ["li@example.org", "mei@example.org"],
    ]
    assert _unspaced(read["Subject"]) == _unspaced(one_line(subject))
    assert _unspaced(read["To"].addresses[0].display_name) == _unspaced(one_line(name))


def _unspaced(text: str) -> str:
    """The reader of the standard library adds blanks between encoded words."""
    return "".join(str(text).split())


@pytest.mark.parametrize(
    "address", ["a@b@c", "a b@x.org", "a@x.org\r\nBcc: x@evil.test", "a@x.org, x@evil.test", "<a@x.org>", "ü@x.org", ""]
)
def test_no_address_becomes_more_than_one(address: str) -> None:
    mail = Mail(new_id(), "Anna", "anna@example.org", (), (address,), "Li", "s", "b\n", "en", NOW)
    assert b"Reply-To" not in compose(mail, "Desk", "from@example.org")
    for wrong in (replace(mail, to=address), replace(mail, cc=(address,))):
        with pytest.raises(ValueError, match="cannot stand in a header"):
            compose(wrong, "Desk", "from@example.org")


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=80))
def test_a_mail_reads_as_it_was_written(body: str, subject: str, name: str) -> None:
    """The standard library reads back what was written by hand."""
    text = "".join(f"{line}\n" for line in [*lines(body).splitlines(), ".", "=3D -- From x"])
    copies = ("b@example.org",)
    mail = Mail(new_id(), name, "anna@example.org", copies, ("li@example.org",), "李伟", subject, text, "zh-CN", NOW, new_id(), "c-1")
    read = message_from_bytes(compose(mail, "", "from@example.org"), policy=policy.default)
    assert not read.defects
    assert [part.defects for part in read.walk()] == [[], [], []]
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == text
    assert html.get_content().replace("\r\n", "\n") == as_html(text, "zh-CN")
    assert str(read["From"]) == "李伟 <from@example.org>"
    assert "".join(str(read["Subject"]).split()) == "".join(one_line(subject).split())
    assert read["To"].addresses[0].addr_spec == "anna@example.org"
    assert all(len(line) <= 998 for line in compose(mail, "", "from@example.org").split(b"\r\n"))


def test_html_says_what_the_text_says() -> None:
    html = as_html("Dear <b>A</b>,\n\nItems:\n- one & two\n- three\nEnd\n", "en")
    assert "<p>Dear &lt;b&gt;A&lt;/b&gt;,</p>" in html
    assert "<p>Items:</p>\n<ul><li>one &amp; two</li><li>three</li></ul>\n<p>End</p>" in html
