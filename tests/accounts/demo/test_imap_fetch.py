"""FETCH: sections cut exactly, ENVELOPE and BODYSTRUCTURE as Dovecot gives them."""

from __future__ import annotations

import imaplib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from accounts.demo.imap_part import read_part
from accounts.demo.imap_structure import body_structure, envelope
from tests.accounts.demo.conftest import Running

TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nOl\xc3\xa1\r\n"
INNER_PARTS = (
    b"Subject: inner\r\nFrom: b@b.example\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
    b"--i\r\n\r\nplain inside\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>inside</p>\r\n--i--\r\n"
)
MIXED = (
    b'From: "Sousa, Ana" <ana@farol.example>, bare@x.example\r\n'
    b"To: friends: a@a.example, B <b@b.example>;\r\n"
    b"Subject: a\r\n  folded\tone\r\nX-Eight: \xe9\r\nMessage-ID: <1@x.example>\r\n"
    b'Content-Type: multipart/mixed; boundary="=_o"\r\n\r\npreamble\r\n'
    b"--=_o\r\n" + TEXT + b"\r\n--=_o\r\nContent-Type: message/rfc822\r\n\r\n" + INNER_PARTS + b"\r\n"
    b'--=_o\r\nContent-Type: image/png; name="a \\"b\\".png"\r\nContent-Transfer-Encoding: base64\r\n'
    b'Content-ID: <c@x>\r\nContent-Disposition: attachment; filename="x; y.png"\r\nContent-Language: pt, en\r\n\r\n'
    b"AAAA\r\n--=_o--\r\nepilogue"
)


@pytest.fixture
def mixed(imap: Running) -> imaplib.IMAP4:
    imap.loop.call(imap.server.account.add, "INBOX", MIXED)
    client = imap.plain()
    client.select()
    return client


SECTIONS = {
    "BODY[]": MIXED,
    "RFC822": MIXED,
    "BODY[HEADER]": MIXED.partition(b"preamble")[0],
    "RFC822.HEADER": MIXED.partition(b"preamble")[0],
    "BODY[TEXT]": MIXED.partition(b"\r\n\r\n")[2],
    "BODY[HEADER.FIELDS (subject X-NONE)]": b"Subject: a\r\n  folded\tone\r\n\r\n",
    "BODY[HEADER.FIELDS.NOT (From To Subject Content-Type X-Eight)]": b"Message-ID: <1@x.example>\r\n\r\n",
    "BODY[1]": b"Ol\xc3\xa1\r\n",
    "BODY[1.MIME]": b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
    "BODY[2]": INNER_PARTS,
    "BODY[2.HEADER]": INNER_PARTS.partition(b"--i")[0],
    "BODY[2.TEXT]": INNER_PARTS.partition(b"\r\n\r\n")[2],
    "BODY[2.1]": b"plain inside",
    "BODY[2.2]": b"<p>inside</p>",
    "BODY[2.2.MIME]": b"Content-Type: text/html\r\n\r\n",
    "BODY[3]": b"AAAA",
    "BODY[4]": b"",
    "BODY[1.1]": b"",
    "BODY[]<5.10>": MIXED[5:15],
    "BODY[3]<2.99>": b"AA",
    "BODY[3]<9.9>": b"",
}


@pytest.mark.parametrize("item", SECTIONS)
def test_sections_are_cut_exactly(mixed: imaplib.IMAP4, item: str) -> None:
    answer = mixed.fetch("4", f"({item})")[1][0]
    found = answer[1] if isinstance(answer, tuple) else b""
    assert found == SECTIONS[item]


@pytest.mark.parametrize("item", ["BODY[9x]", "BODY[MIME]", "BODY[1.]", "BODY[HEADER.FIELDS]", "NONSENSE", "BODY[]<1>"])
def test_nonsense_is_bad(mixed: imaplib.IMAP4, item: str) -> None:
    with pytest.raises(imaplib.IMAP4.error, match="BAD"):
        mixed.fetch("4", f"({item})")


def test_envelope() -> None:
    people = b'(("Sousa, Ana" NIL "ana" "farol.example")(NIL NIL "bare" "x.example"))'
    friends = b'((NIL NIL "friends" NIL)(NIL NIL "a" "a.example")("B" NIL "b" "b.example")(NIL NIL NIL NIL))'
    expected = [b'NIL "a folded one"', people, people, people, friends, b'NIL NIL NIL "<1@x.example>"']
    assert envelope(read_part(MIXED)) == b"(" + b" ".join(expected) + b")"


def test_body_structure() -> None:
    inner = (
        b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 12 0 NIL NIL NIL NIL)'
        b'("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 13 0 NIL NIL NIL NIL) "alternative" ("boundary" "i")'
        b" NIL NIL NIL)"
    )
    shown = body_structure(read_part(MIXED))
    assert shown.startswith(b'(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 6 1 NIL NIL NIL NIL)("message" "rfc822" NIL')
    assert inner in shown
    assert (
        b'("image" "png" ("name" "a \\"b\\".png") "<c@x>" NIL "base64" 4 NIL'
        b' ("attachment" ("filename" "x; y.png")) ("pt" "en") NIL) "mixed" ("boundary" "=_o") NIL NIL NIL)'
    ) in shown


def test_imapclient_reads_all_of_it(imap: Running) -> None:
    imap.loop.call(imap.server.account.add, "INBOX", MIXED)
    found = imap.client(select="INBOX").fetch([4], ["ENVELOPE", "BODYSTRUCTURE", "BODY", "EMAILID", "MODSEQ"])[4]
    assert found[b"ENVELOPE"].from_[0].name == b"Sousa, Ana"
    assert found[b"BODYSTRUCTURE"].is_multipart
    assert len(found[b"BODYSTRUCTURE"][0]) == len(found[b"BODY"][0]) == 3


def test_macros_and_many_mails(imap: Running) -> None:
    found = imap.plain()
    found.select()
    for macro in ("ALL", "FAST", "FULL"):
        lines = found.fetch("1:*", macro)[1]
        assert len(lines) == 3
        assert all(b"INTERNALDATE" in line and b"RFC822.SIZE" in line for line in lines)


def test_depth_and_numbers_are_limited() -> None:
    raw = b"Subject: inside\r\n\r\nx\r\n"
    for _ in range(500):
        raw = b"Content-Type: message/rfc822\r\n\r\n" + raw
    assert len(list(read_part(raw).walk())) < 100
    many = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\ny\r\n" * 5000 + b"--x--\r\n"
    assert len(list(read_part(many).walk())) <= 2001
    assert body_structure(read_part(many))


def test_only_ascii_letters_of_a_parameter_have_an_upper_case() -> None:
    part = read_part(b"Content-Type: text/plain; na\xffme\xb5=x\r\n\r\n")
    assert part.parameters("Content-Type") == [(b"NA\xffME\xb5", b"x")]


HEADS = (b"", MIXED[:400], b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n")


@given(some.binary(max_size=300), some.sampled_from(HEADS))
def test_anything_has_a_structure(tail: bytes, head: bytes) -> None:
    part = read_part(head + tail)
    assert part.header + part.body == head + tail
    assert body_structure(part).startswith(b"(")
    assert envelope(part).startswith(b"(")
