"""Digests: which mails are read one below the other, and how their pages are put together."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from core import digests
from core.digests import digest_mails, joined
from core.message import indexed, read_message
from core.rendered import Page
from core.text import render_text


def letter(subject: str, text: str, html: bool = False, **headers: str) -> EmailMessage:
    """A mail for a digest."""
    made = EmailMessage()
    made["From"], made["Subject"], made["Date"] = "Ana <ana@example.net>", subject, "Sat, 08 Jun 2019 10:00:00 +0000"
    made.set_content(text, subtype="html" if html else "plain")
    return made


def digest(*mails: EmailMessage, footer: str = "") -> bytes:
    """A list's digest, with an introduction and a last part."""
    made = MIMEMultipart("mixed")
    made["From"], made["To"], made["Subject"] = "List <list@example.org>", "me@example.org", "Digest 3"
    made["Message-ID"], made["Date"] = "<digest@example.org>", "Sat, 08 Jun 2019 11:00:00 +0000"
    made.attach(MIMEText("Topics of today\n"))
    inner = MIMEMultipart("digest")
    for one in mails:
        inner.attach(MIMEMessage(one))
    made.attach(inner)
    if footer:
        made.attach(MIMEText(footer))
    return made.as_bytes()


def test_the_mails_of_a_digest_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = letter("Forwards one", "x")
    deep.add_attachment(letter("In it", "x"))
    nested = EmailMessage()
    nested["Subject"] = "A digest in a digest"
    nested.set_content("x")
    inner = MIMEMultipart("digest")
    inner.attach(MIMEMessage(letter("Deep", "x")))
    nested.make_mixed()
    nested.attach(inner)  # type: ignore[arg-type]
    parts = read_message(digest(letter("One", "x"), deep, nested)).parts
    assert [part.section for part in digest_mails(parts)] == ["2.1", "2.2", "2.3"]
    forwarded = letter("No digest", "x")
    forwarded.add_attachment(letter("In it", "x"))
    assert not digest_mails(read_message(forwarded.as_bytes()).parts)
    bare = b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: One\n\nx\n--b\n\nSubject: Two\n\ny\n--b--\n"
    assert [part.section for part in digest_mails(read_message(bare).parts)] == ["1", "2"]
    monkeypatch.setattr(digests, "MOST_MAILS", 2)
    assert len(digest_mails(parts)) == 2


def test_their_words_are_found() -> None:
    found = indexed(digest(letter("Tides", "High at noon"), letter("Boats", "<p>Low <b>water</b></p>", html=True))).text
    assert [word in found for word in ("Topics of today", "Tides", "High at noon", "Boats", "Low water")] == [True] * 5


def test_pages_below_each_other_count_on() -> None:
    texts = "See http://a.example and http://b.example", "Ana wrote:\n> one\n> two\n\nmore", "http://c.example\n\nHe wrote:\n> x"
    page = joined([render_text(text, 60) for text in texts])
    assert [(link.number, link.target) for link in page.links] == [
        (1, "http://a.example"), (2, "http://b.example"), (3, "http://c.example"),
    ]  # fmt: skip
    assert "http://b.example[2]" in page.lines[0].text and any("http://c.example[3]" in line.text for line in page.lines)
    blocks = [line.block for line in page.lines if line.block]
    assert blocks == sorted(blocks) and len(set(blocks)) == 2
    assert joined([]) == Page()
