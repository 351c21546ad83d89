"""`winmail.dat` files made for tests ([MS-OXTNEF])."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def attribute(id: int, data: bytes, level: int = 1, *, length: int | None = None) -> bytes:
    """One attribute with its checksum; `length`: what it claims."""
    head = struct.pack("<BII", level, id, len(data) if length is None else length)
    return head + data + struct.pack("<H", sum(data) & 0xFFFF)


def property_(id: int, kind: int, data: bytes) -> bytes:
    """One MAPI property of variable length."""
    return struct.pack("<HHII", kind, id, 1, len(data)) + data + b"\0" * (-len(data) % 4)


def properties(*found: bytes) -> bytes:
    return struct.pack("<I", len(found)) + b"".join(found)


def winmail(files: Sequence[tuple[str, bytes]], *more: bytes) -> bytes:
    """A container with files, and whatever attributes come after."""
    pieces = [b"\x78\x9f\x3e\x22\x01\x00", attribute(0x00069007, struct.pack("<II", 1252, 0))]
    for name, data in files:
        pieces += [
            attribute(0x00069002, b"\0" * 14, 2),
            attribute(0x00018010, name[:8].encode("cp1252", "replace") + b"\0", 2),
            attribute(0x0006800F, data, 2),
            attribute(0x00069005, properties(property_(0x3707, 0x1F, (name + "\0").encode("utf-16-le"))), 2),
        ]
    return b"".join((*pieces, *more))


def with_mail(inner: bytes) -> bytes:
    """A container that holds a mail (another container)."""
    held = property_(0x3701, 0x0D, b"\x07\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + inner)
    name = property_(0x3001, 0x1E, b"a mail\0")
    return winmail((), attribute(0x00069002, b"\0" * 14, 2), attribute(0x00069005, properties(name, held), 2))
