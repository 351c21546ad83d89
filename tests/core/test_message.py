"""Whole mails: their parts by IMAP numbers, their bytes, what a person reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotFound
from core.flags import Mark
from core.header import read_opening
from core.message import (
    Message,
    attachments,
    best_html,
    best_text,
    bodies,
    find_part,
    indexed,
    marks_of_text,
    part_bytes,
    part_encoded,
    part_headers,
    part_source,
    part_text,
    read_message,
)
from core.part import Part, marks_of, within
from core.structure import MOST_DEEP, MOST_PARTS, read_structure
from tests.core.test_clean import is_safe
from tests.depth import examples


def mail(text: str) -> bytes:
    """A mail with CR LF, from indented text."""
    return "\r\n".join(line.strip() if line.strip() != "--_" else "-- " for line in text.strip().split("\n")).encode()


def sections(message: Message) -> list[tuple[str, str]]:
    """Section and type of every part."""
    return [(part.section, part.type) for part in message.parts]


PLAIN = mail("""
    From: ana@example.org
    Subject: plain

    Hello
    there
""")

RICH = mail("""
    From: ana@example.org
    Content-Type: multipart/mixed; boundary=outer

    preamble
    --outer
    Content-Type: multipart/alternative; boundary=inner

    --inner
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    caf=C3=A9
    --inner
    Content-Type: multipart/related; boundary=related

    --related
    Content-Type: text/html; charset=utf-8

    <p>café <img src="cid:logo@x"></p>
    --related
    Content-Type: image/png; name=logo.png
    Content-ID: <logo@x>
    Content-Transfer-Encoding: base64

    iVBORw0KGgo=
    --related--
    --inner--
    --outer
    Content-Type: application/pdf
    Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf
    Content-Transfer-Encoding: base64

    JVBERi0=
    --outer
    Content-Type: message/rfc822

    From: jo@example.org
    Subject: enclosed
    Content-Type: multipart/mixed; boundary=deep

    --deep

    inside
    --deep
    Content-Type: image/gif; name=x.gif

    GIF
    --deep--
    --outer
    Content-Type: message/rfc822

    Subject: single

    only text
    --outer--
    epilogue
""")


def test_a_plain_mail_is_one_part() -> None:
    message = read_message(PLAIN)
    assert sections(message) == [("1", "text/plain")]
    assert part_text(message, "1") == "Hello\nthere"
    assert message.envelope.subject == "plain"
    assert message.parts[0].size == len(b"Hello\r\nthere")


def test_sections_are_those_of_imap() -> None:
    assert sections(read_message(RICH)) == [
        ("TEXT", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "multipart/related"),
        ("1.2.1", "text/html"),
        ("1.2.2", "image/png"),
        ("2", "application/pdf"),
        ("3", "message/rfc822"),
        ("3.TEXT", "multipart/mixed"),
        ("3.1", "text/plain"),
        ("3.2", "image/gif"),
        ("4", "message/rfc822"),
        ("4.1", "text/plain"),
    ]


def test_parts_know_what_they_are() -> None:
    message = read_message(RICH)
    image, pdf = find_part(message, "1.2.2"), find_part(message, "2")
    assert (image.name, image.content_id, image.is_inline_image) == ("logo.png", "logo@x", True)
    assert (pdf.name, pdf.disposition, pdf.encoding, pdf.is_attachment) == ("résumé.pdf", "attachment", "base64", True)
    assert (pdf.main, pdf.parent) == ("application", "TEXT")
    assert [part.section for part in within(message.parts, "3")] == ["3.TEXT", "3.1", "3.2"]


def test_bytes_and_texts_of_parts() -> None:
    message = read_message(RICH)
    assert part_text(message, "1.1") == "café"
    assert part_bytes(message, "2") == b"%PDF-"
    assert part_encoded(message, "2") == b"JVBERi0="
    assert part_source(message, "3.2") == b"Content-Type: image/gif; name=x.gif\r\n\r\nGIF"
    assert part_headers(message, "1.1").get("content-type") == "text/plain; charset=utf-8"
    assert part_text(message, "3.1") == "inside"
    assert part_bytes(message, "3").startswith(b"From: jo@example.org")
    assert part_bytes(message, "4") == b"Subject: single\r\n\r\nonly text"


def test_an_unknown_section_is_an_error() -> None:
    message = read_message(PLAIN)
    for read in (find_part, part_bytes, part_text, part_source, part_encoded, part_headers):
        with pytest.raises(NotFound):
            read(message, "9")


def test_what_a_person_reads() -> None:
    parts = read_message(RICH).parts
    text, html = best_text(parts), best_html(parts)
    assert text is not None
    assert html is not None
    assert (text.section, html.section) == ("1.1", "1.2.1")
    assert [part.section for part in bodies(parts)] == ["1.1"]
    assert [part.section for part in attachments(parts)] == ["1.2.2", "2", "3", "4"]


def test_list_footers_are_read_too() -> None:
    raw = mail("""
        Content-Type: multipart/mixed; boundary=b

        --b

        words
        --b

        footer
        --b--
    """)
    assert [part.section for part in bodies(read_message(raw).parts)] == ["1", "2"]


def test_html_alone_has_no_text() -> None:
    parts = read_message(b"Content-Type: text/html\r\n\r\n<p>x").parts
    assert best_text(parts) is None
    assert best_html(parts) is not None
    assert marks_of(parts) == Mark.HTML_ONLY


def test_marks_of_the_structure() -> None:
    assert read_message(RICH).marks == Mark.ATTACHMENT
    assert marks_of([Part("1", "text/plain")]) == Mark(0)
    assert (
        marks_of([Part("TEXT", "multipart/signed"), Part("1", "text/plain"), Part("2", "application/pgp-signature")])
        == Mark.SIGNED
    )
    assert marks_of([Part("TEXT", "multipart/encrypted")]) == Mark.ENCRYPTED
    assert marks_of([Part("1", "application/pkcs7-mime", {"smime-type": "enveloped-data"}, name="smime.p7m")]) == Mark.ENCRYPTED
    assert Mark.INVITATION in marks_of([Part("1", "text/plain"), Part("2", "text/calendar")])
    assert Mark.ATTACHMENT not in marks_of([Part("1", "text/html"), Part("2", "image/png", content_id="x", name="x.png")])


def test_inline_pgp_is_marked_by_the_text() -> None:
    assert marks_of_text("a\n-----BEGIN PGP MESSAGE-----\nx") == Mark.ENCRYPTED
    assert marks_of_text("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n") == Mark.SIGNED
    assert marks_of_text("> -----BEGIN PGP MESSAGE-----") == Mark(0)


def test_signed_bytes_are_those_received() -> None:
    signed = b"Content-Type: text/plain\r\n\r\ntrailing blank \r\n\r\n"
    raw = (
        b"Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
        + signed
        + b"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--"
    )
    message = read_message(raw)
    assert part_source(message, "1") == signed
    assert [part.section for part in attachments(message.parts)] == []


@pytest.mark.parametrize(
    ("raw", "found", "defect"),
    [
        (b"Content-Type: multipart/mixed\r\n\r\ntext", [("1", "text/plain")], "no-boundary"),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\ntext", [("TEXT", "text/plain")], "boundary-not-found"),
        (
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na",
            [("TEXT", "multipart/mixed"), ("1", "text/plain")],
            "not-closed",
        ),
        (b"Content-Type: nonsense\r\n\r\ntext", [("1", "text/plain")], "bad-type"),
    ],
)
def test_broken_structure_is_told_and_readable(raw: bytes, found: list[tuple[str, str]], defect: str) -> None:
    message = read_message(raw)
    assert sections(message) == found
    assert defect in message.parts[0].defects
    assert best_text(message.parts) is not None


def test_a_part_without_headers_or_body() -> None:
    message = read_message(
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nno header here\n--x\n\n--x\nContent-Type: text/html\n--x--"
    )
    assert [part_text(message, section) for section in ("1", "2", "3")] == ["no header here", "", ""]
    assert find_part(message, "3").type == "text/html"


def test_a_digest_holds_mails() -> None:
    message = read_message(b"Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: a\n\nbody\n--x--")
    assert sections(message) == [("TEXT", "multipart/digest"), ("1", "message/rfc822"), ("1.1", "text/plain")]


def test_boundaries_that_begin_alike() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n"
        b"--ab\n\nin\n--ab--\n--a\n\nout\n--a--"
    )
    message = read_message(raw)
    assert part_text(message, "1.1") == "in"
    assert part_text(message, "2") == "out"


def test_depth_and_number_are_limited() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(500)) + b"\nbottom"
    message = read_message(deep)
    assert len(message.parts) <= MOST_DEEP + 1
    assert "too-deep" in message.notices
    many = read_message(b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 5000)
    assert len(many.parts) == MOST_PARTS
    assert "too-many-parts" in many.notices
    nested = read_message(b"Content-Type: message/rfc822\n\n" * 5000)
    assert "too-deep" in nested.notices


def test_charsets_of_parts() -> None:
    assert part_text(read_message(b"Content-Type: text/plain; charset=koi8-r\n\n" + "мир".encode("koi8_r")), "1") == "мир"
    html = b"Content-Type: text/html\n\n<meta charset=windows-1251>" + "мир".encode("cp1251")
    assert part_text(read_message(html), "1").endswith("мир")
    assert part_text(read_message(html), "1", "latin-1").endswith("ìèð"), "the reader may choose another charset"


def test_what_is_indexed() -> None:
    found = indexed(RICH)
    assert found.text == "café"
    assert found.attachment_names == ("logo.png", "résumé.pdf")
    assert found.marks == Mark.ATTACHMENT
    assert indexed(b"Content-Type: text/html\n\n<p>one<p>two<script>three</script>").text.split() == ["one", "two"]
    assert indexed(b"\n\n-----BEGIN PGP MESSAGE-----\n").marks == Mark.ENCRYPTED


pieces = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"--x",
        b"--x--",
        b"--y",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Type: multipart/related; boundary=y",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html",
        b"Content-Transfer-Encoding: base64",
        b"text",
        b"Subject: a",
        b"\xff",
    ]
)


@settings(deadline=None, max_examples=examples(300))
@given(st.lists(pieces, max_size=30).map(b"".join))
def test_any_mail_can_be_read(raw: bytes) -> None:
    message = read_message(raw)
    assert message.parts
    assert len({part.section for part in message.parts}) == len(message.parts)
    for part in message.parts:
        place = message.places[part.section]
        assert 0 <= place.start <= place.body <= place.end <= len(raw)
        assert is_safe(part_text(message, part.section), "\n\t")
        assert part.parent == "" or part.parent in {other.section for other in message.parts}
    bodies(message.parts)
    attachments(message.parts)
    assert read_structure(raw, read_opening(raw)) == read_structure(raw)
    indexed(raw)
