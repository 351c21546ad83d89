"""What kind of image bytes are, and how large it is, from its first bytes alone: nothing is decoded.

PNG (RFC 2083), GIF, JPEG and WebP (RFC 9649); everything else is no image to us, SVG least of all.
"""

from __future__ import annotations

import struct

from msgspec import Struct

_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
"""JPEG segments that tell the size (SOF)."""


class PictureSize(Struct, frozen=True):
    """An image's type as in Content-Type, and its pixels."""

    type: str
    width: int
    height: int


def picture_size(data: bytes) -> PictureSize | None:
    """Look at an image's first bytes; None for what is none of the four kinds, or is cut off before its size. Never raises."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            return PictureSize("image/png", *struct.unpack_from(">II", data, 16))
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return PictureSize("image/gif", *struct.unpack_from("<HH", data, 6))
        if data[:3] == b"\xff\xd8\xff":
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(data: bytes) -> PictureSize | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return PictureSize("image/jpeg", width, height)
        if kind == 0xFF:  # a fill byte
            at += 1
        elif kind == 0x01 or 0xD0 <= kind <= 0xD8:
            at += 2
        else:
            at += 2 + max(int(struct.unpack_from(">H", data, at + 2)[0]), 2)
    return None


def _webp(data: bytes) -> PictureSize | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (int(side) & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        return None
    return PictureSize("image/webp", width, height) if len(data) >= 30 else None
