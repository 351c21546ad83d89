"""What lists need of a header block."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.address import Address
from core.envelope import MOST_REFERENCES, Envelope, read_envelope, read_references
from core.flags import Mark
from tests.core.test_clean import is_safe

HEADERS = b"""Received: from mx by store; Sat, 4 May 2019 03:37:50 +0000\r
Received: from relay by mx; Sat, 4 May 2019 03:37:40 +0000\r
Message-ID: <second@example.org>\r
In-Reply-To: <first@example.org>\r
References: <zero@example.org>\r
 <first@example.org>\r
Date: Fri, 3 May 2019 20:36:30 -0700\r
From: =?utf-8?q?Ana_S=C3=B5usa?= <ana@example.org>\r
Sender: list-bounces@example.org\r
Reply-To: Ana <ana@home.example>\r
To: list@example.org, Jo <jo@example.org>\r
Cc: k@example.org\r
Subject: Re: =?utf-8?b?w7ZyZQ==?=\r
 again\r
List-Id: The List <the.List.example.org>\r
List-Post: <mailto:list@example.org?subject=x>\r
X-Priority: 1 (Highest)\r
\r
Subject: not this one\r
"""


def test_a_whole_envelope() -> None:
    assert read_envelope(HEADERS) == Envelope(
        message_id="second@example.org",
        in_reply_to="first@example.org",
        references=("zero@example.org", "first@example.org"),
        date=1556940990,
        date_offset=-420,
        from_=(Address("Ana Sõusa", "ana@example.org"),),
        sender=(Address("", "list-bounces@example.org"),),
        reply_to=(Address("Ana", "ana@home.example"),),
        to=(Address("", "list@example.org"), Address("Jo", "jo@example.org")),
        cc=(Address("", "k@example.org"),),
        subject="Re: öre again",
        list_id="the.list.example.org",
        list_post="list@example.org",
        marks=Mark.LIST | Mark.HIGH,
        received=1556941070,
    )


def test_nothing_is_an_empty_envelope() -> None:
    assert read_envelope(b"") == Envelope()


def test_the_first_of_equal_fields_counts_but_recipients_add_up() -> None:
    found = read_envelope(b"Subject: a\nSubject: b\nTo: a@x.org\nTo: b@x.org\n\n")
    assert found.subject == "a"
    assert [each.addr for each in found.to] == ["a@x.org", "b@x.org"]


def test_marks_of_headers() -> None:
    def marks(text: str) -> Mark:
        return read_envelope(text.encode() + b"\n\n").marks

    assert marks("Importance: low") == Mark.LOW
    assert marks("Priority: urgent") == Mark.HIGH
    assert marks("X-Priority: 3") == Mark(0)
    assert marks("Content-Type: multipart/signed; boundary=x") == Mark.SIGNED
    assert marks("Content-Type: multipart/encrypted; boundary=x") == Mark.ENCRYPTED
    assert marks("Content-Type: application/pkcs7-mime; smime-type=enveloped-data") == Mark.ENCRYPTED
    assert marks("Content-Type: application/pkcs7-mime; smime-type=signed-data") == Mark.SIGNED
    assert marks("Content-Type: text/calendar") == Mark.INVITATION
    assert marks("Content-Type: text/html") == Mark.HTML_ONLY
    assert marks("List-Id: <x>") == Mark.LIST


def test_odd_message_ids() -> None:
    assert read_envelope(b"Message-ID: no-brackets@x.org\n\n").message_id == "no-brackets@x.org"
    assert read_envelope(b"Message-ID: <folded\n @x.org>\n\n").message_id == "folded@x.org"
    assert read_envelope(b'In-Reply-To: Your message of "Fri" <a@x.org>\n\n').in_reply_to == "a@x.org"
    assert read_envelope(b"In-Reply-To: <a@x.org> from <ana@x.org>\n\n").in_reply_to == "a@x.org"
    assert read_envelope(b"In-Reply-To: your kind mail\n\n").in_reply_to == ""


def test_long_reference_chains_keep_their_ends() -> None:
    found = read_references(" ".join(f"<{n}@x>" for n in range(5000)))
    assert len(found) == MOST_REFERENCES
    assert (found[0], found[1], found[-1]) == ("0@x", "4901@x", "4999@x")


def test_references_are_each_there_once() -> None:
    assert read_references("<a@x> <b@x> <a@x>") == ("a@x", "b@x")
    assert read_references("a@x b@x") == ("a@x", "b@x")
    assert read_references("<a@x> <folded @x>") == ("a@x", "folded@x")


field_names = st.sampled_from(["From", "To", "Cc", "Subject", "Date", "References", "In-Reply-To", "Message-ID", "List-Post",
                               "List-Id", "Received", "X-Priority", "Content-Type", "Reply-To"])  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.tuples(field_names, st.binary(max_size=60)), max_size=8) | st.just([]), st.binary(max_size=60))
def test_anything_is_an_envelope_of_safe_lines(fields: list[tuple[str, bytes]], rest: bytes) -> None:
    found = read_envelope(b"".join(name.encode() + b": " + value + b"\n" for name, value in fields) + rest)
    texts = [found.subject, found.message_id, found.in_reply_to, *found.references, found.list_id, found.list_post]
    for people in (found.from_, found.sender, found.reply_to, found.to, found.cc, found.bcc):
        texts += [text for person in people for text in (person.name, person.addr)]
    assert all(is_safe(text) for text in texts)
