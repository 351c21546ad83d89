"""Transfer encodings, well made and broken."""

from __future__ import annotations

import base64
import binascii

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.transfer import decode_transfer


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_what_is_encoded_comes_back(data: bytes) -> None:
    assert decode_transfer(base64.encodebytes(data), "base64") == data
    assert decode_transfer(base64.encodebytes(data).replace(b"\n", b"\r\n"), "base64") == data
    assert decode_transfer(binascii.b2a_qp(data, quotetabs=True, istext=False), "quoted-printable") == data
    lines = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    assert decode_transfer(b"begin 644 file\n" + lines + b"`\nend\n", "x-uuencode") == data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"SGVsbG8", b"Hello"),
        (b"SGVsbG8=\r\n-- \r\n", b"Hello"),
        (b"SGVs\x00bG8=", b"Hello"),
        (b"SGVsbG8=SGVsbG8=", b"HelloHello"),
        (b"SGVsbG8=A", b"Hello"),
        (b"These are words, and no base64 at all.", b"These are words, and no base64 at all."),
        (b"", b""),
    ],
)
def test_broken_base64(data: bytes, expected: bytes) -> None:
    assert decode_transfer(data, "base64") == expected


def test_broken_quoted_printable_keeps_what_is_readable() -> None:
    assert decode_transfer(b"a=ZZ b= \nc =C3=A9", "quoted-printable").startswith(b"a=ZZ b")
    assert decode_transfer(b"100% =", "quoted-printable") == b"100% "


def test_yenc() -> None:
    data = bytes(range(256))
    coded = b""
    for byte in data:
        out = (byte + 42) & 255
        coded += b"=" + bytes([(out + 64) & 255]) if out in (0, 10, 13, 61) else bytes([out])
    whole = b"=ybegin line=512 size=256 name=x\r\n" + coded + b"\r\n=yend size=256\r\n"
    assert decode_transfer(whole, "x-yenc") == data


@settings(deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from(["base64", "quoted-printable", "x-uuencode", "x-yenc", "7bit", "8bit", "binary", "x"]),
)
def test_anything_is_decoded(data: bytes, encoding: str) -> None:
    assert isinstance(decode_transfer(data, encoding), bytes)
    assert isinstance(decode_transfer(b"begin 644 x\n=ybegin x\n" + data, encoding), bytes)
