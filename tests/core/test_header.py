"""Header blocks: where they end, what is in them, their hash."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.header import MOST_BYTES, header_block, header_end, header_hash, read_headers

MAIL = b"From: a@x.org\r\nSubject: one\r\n two\r\nReceived: first\r\nReceived: second\r\n\r\nBody: text\r\n"


def test_fields_are_read_in_order_and_unfolded() -> None:
    headers = read_headers(MAIL)
    assert list(headers.items()) == [("From", "a@x.org"), ("Subject", "one two"), ("Received", "first"), ("Received", "second")]
    assert headers.get("subject") == "one two"
    assert headers.all("RECEIVED") == ["first", "second"]
    assert headers.get("body") == ""
    assert headers.get("x", "none") == "none"


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_the_block_ends_at_the_first_empty_line(end: bytes) -> None:
    raw = MAIL.replace(b"\r\n", end)
    assert header_block(raw) == raw.partition(end + end)[0]
    assert raw[header_end(raw, 0, len(raw))[1] :] == b"Body: text" + end


def test_mixed_line_ends() -> None:
    raw = b"From: a@x.org\nSubject: b\r\n\r\nbody\n\nmore"
    assert header_block(raw) == b"From: a@x.org\nSubject: b"
    raw = b"From: a@x.org\r\nSubject: b\n\nbody\r\n\r\nmore"
    assert header_block(raw) == b"From: a@x.org\r\nSubject: b"


def test_a_mail_without_headers_or_without_body() -> None:
    assert header_block(b"\r\nbody") == b""
    assert header_block(b"From: a@x.org") == b"From: a@x.org"
    assert header_block(b"") == b""
    assert header_end(b"From: a", 0, 7) == (7, 7)


def test_a_forgotten_empty_line_ends_the_block_too() -> None:
    raw = b"From: a@x.org\r\nHello there,\r\nthis is the body.\r\n\r\nMore\r\n"
    assert header_block(raw) == b"From: a@x.org"
    assert raw[header_end(raw, 0, len(raw))[1] :].startswith(b"Hello there")


def test_a_single_odd_line_does_not_end_the_block() -> None:
    raw = b"From nobody Fri May 3\nFrom: a@x.org\nbroken continuation\nSubject: b\n\nbody"
    headers = read_headers(raw)
    assert [name for name, _ in headers.items()] == ["From", "Subject"]


def test_bytes_beyond_ascii_are_read() -> None:
    assert read_headers("Subject: größer\n\n".encode()).get("subject") == "größer"
    assert read_headers("Subject: größer\n\n".encode("latin-1")).get("subject") == "größer"


def test_shown_is_decoded_and_clean() -> None:
    assert read_headers(b"Subject: =?utf-8?q?=1B[2Jcaf=C3=A9?=\n\n").shown("subject") == "␛[2Jcafé"


def test_the_block_is_limited() -> None:
    assert len(header_block(b"X: y\n" * 100_000)) == MOST_BYTES


def test_the_hash_is_over_normalised_lines_and_the_size() -> None:
    block = b"From: a@x.org\r\nSubject: b"
    expected = hashlib.sha256(block + b"\r\n\r\n123").digest()
    assert header_hash(block, 123) == expected
    assert header_hash(block.replace(b"\r\n", b"\n") + b"\n\n", 123) == expected
    assert header_hash(block + b"\r\n\r\n", 123) == expected
    assert header_hash(block, 124) != expected
    assert header_hash(block + b"\r\nTo: c", 123) != expected


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(st.sampled_from("aB: \r\n\t-=?"), max_size=200).map(str.encode))
def test_anything_has_headers_and_a_body(raw: bytes) -> None:
    end, body = header_end(raw, 0, len(raw))
    assert 0 <= end <= body <= len(raw)
    for name, value in read_headers(raw).items():
        assert name
        assert "\n" not in value
    assert len(header_hash(header_block(raw), len(raw))) == 32
