"""What images are, from their first bytes."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.picture_size import PictureSize, picture_size


def png(width: int, height: int) -> bytes:
    """A grey image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", rows)


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + b"\0" * 9 + b"\xff\xff\xc2\x00\x11\x08\x01\x68\x02\x80" + b"\0" * 20
WEBP = b"RIFF\0\0\0\0WEBPVP8"
STARTS = (png(3, 3), JPEG, WEBP + b"X", WEBP + b"L", WEBP + b" ")
GIF = b"GIF89a" + struct.pack("<HH", 3, 4) + b"\0" * 10


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(640, 360), PictureSize("image/png", 640, 360)),
        (GIF, PictureSize("image/gif", 3, 4)),
        (JPEG, PictureSize("image/jpeg", 640, 360)),
        (WEBP + b"X\0\0\0\0\0\0\0\0" + b"\x7f\x02\0\x67\x01\0" + b"\0" * 9, PictureSize("image/webp", 640, 360)),
        (WEBP + b"L\0\0\0\0\x2f" + struct.pack("<I", 639 | 359 << 14) + b"\0" * 9, PictureSize("image/webp", 640, 360)),
        (WEBP + b" \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 360) + b"\0", PictureSize("image/webp", 640, 360)),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<html>", None),
        (b"", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff", None),
        (b"RIFF\0\0\0\0WEBPVP9 ", None),
    ],
)
def test_kind_and_size(data: bytes, size: PictureSize | None) -> None:
    assert picture_size(data) == size


@given(st.sampled_from((*STARTS, GIF)), st.integers(0, 60), st.binary(max_size=40))
def test_anything_is_borne(start: bytes, kept: int, rest: bytes) -> None:
    picture_size(start[:kept] + rest)
