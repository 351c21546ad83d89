"""Images made without any library: for tests of what shows them."""

from __future__ import annotations

import struct
import zlib


def png(width: int, height: int, *, colour: bytes = b"\xff\x00\x00", claim: tuple[int, int] | None = None) -> bytes:
    """A PNG of one colour; `claim`: the size that its header tells."""
    row = b"\0" + colour * width
    return _png(*(claim or (width, height)), zlib.compress(row * height))


def stripes(width: int, height: int) -> bytes:
    """A PNG whose upper half is white and whose lower half is black."""
    white, black = b"\0" + b"\xff" * 3 * width, b"\0" + b"\0" * 3 * width
    return _png(width, height, zlib.compress(white * (height // 2) + black * (height - height // 2)))


def png_bomb(side: int) -> bytes:
    """A small PNG file of `side` × `side` pixels."""
    packer = zlib.compressobj(3)
    row = b"\0" * (1 + 3 * side)
    pieces = [packer.compress(row) for _ in range(side)]
    return _png(side, side, b"".join([*pieces, packer.flush()]))


def _png(width: int, height: int, data: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(named: tuple[bytes, bytes]) -> bytes:
    name, data = named
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
