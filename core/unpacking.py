"""Files out of an archive that came with a mail (zip, tar), into memory and within bounds whatever the archive claims.

Names are never used as paths here, and nothing is written: who saves a file gives it a safe name of its own.
"""

from __future__ import annotations

import bz2
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from core.archive import Broken, Packed, Stream, is_zip, read_tar
from core.errors import CorreioError

LARGEST = 50_000_000
"""Bytes of one file that is unpacked here."""
MOST_TOGETHER = 80_000_000
"""Bytes of all files that are unpacked in one go."""
_LOCAL = b"PK\x03\x04"
_STORED, _DEFLATED, _BZIP2 = 0, 8, 12
_PIECE = 256 * 1024
_FED = 64 * 1024


class Unpacked(Struct, frozen=True):
    """The bytes of a file."""

    data: bytes
    damaged: bool = False
    """Whether something of it is missing or wrong."""


def unpack(data: bytes, wanted: Sequence[Packed]) -> list[Unpacked]:
    """These files of the archive, as `core.archive.read_archive` found them, in that order.

    CorreioError, with the `name` of the file: `packed-locked` (it needs a password), `packed-link` (it is no file),
    `packed-too-large`, `packed-unknown` (nobody here knows how it is packed), `packed-damaged` (nothing can be had of it).
    """
    left = MOST_TOGETHER
    for one in wanted:
        left -= one.size
        if one.locked:
            raise CorreioError("packed-locked", name=one.name)
        if one.link or one.folder:
            raise CorreioError("packed-link", name=one.name)
        if one.size > LARGEST or left < 0:
            raise CorreioError("packed-too-large", name=one.name)
    if is_zip(data):
        return [_of_zip(data, one) for one in wanted]
    return _of_tar(data, wanted)


def _of_zip(data: bytes, one: Packed) -> Unpacked:
    """What a zip claims of sizes bounds what is unpacked: more than that is damage."""
    at = one.place
    if at < 0 or data[at : at + 4] != _LOCAL or len(data) < at + 30:
        raise CorreioError("packed-damaged", name=one.name)
    name, extra = struct.unpack_from("<HH", data, at + 26)
    begin = at + 30 + name + extra
    unpacker: Any = None
    if one.method == _DEFLATED:
        unpacker = zlib.decompressobj(-15)
    elif one.method == _BZIP2:
        unpacker = bz2.BZ2Decompressor()
    elif one.method != _STORED:
        raise CorreioError("packed-unknown", name=one.name)
    packed = memoryview(data)[begin : begin + one.packed]
    found = bytes(packed[: one.size]) if unpacker is None else _inflated(unpacker, packed, one.size)
    if not found and one.size:
        raise CorreioError("packed-damaged", name=one.name)
    return Unpacked(found, len(found) != one.size or zlib.crc32(found) != one.check)


def _inflated(unpacker: Any, packed: memoryview, size: int) -> bytes:
    """What comes out, as far as it can be had and no more than `size` bytes."""
    found = bytearray()
    try:
        for at in range(0, len(packed), _FED):
            fed: Any = packed[at : at + _FED]
            while len(found) < size:
                most = min(_PIECE, size - len(found))
                piece = unpacker.decompress(fed, most)
                found += piece
                fed = getattr(unpacker, "unconsumed_tail", b"")
                if unpacker.eof or (not fed and len(piece) < most):
                    break
    except (zlib.error, OSError, ValueError, EOFError):
        pass  # what came before is all that can be had; the caller sees that it is short
    return bytes(found)


def _of_tar(data: bytes, wanted: Sequence[Packed]) -> list[Unpacked]:
    """In one go through the archive, however many they are."""
    places = {one.place for one in wanted}
    found: dict[int, bytearray] = {}
    stream = Stream(data)
    try:
        for entry in read_tar(stream):
            if entry.place in places:
                content = found.setdefault(entry.place, bytearray())
                while len(content) < entry.size and (piece := stream.read(min(entry.size - len(content), _PIECE))):
                    content += piece
                if len(found) == len(places):
                    break
    except Broken:
        pass  # what stands before the damage is here; the rest is missed below
    for one in wanted:
        if one.place not in found or (one.size and not found[one.place]):
            raise CorreioError("packed-damaged", name=one.name)
    return [Unpacked(bytes(found[one.place]), len(found[one.place]) != one.size) for one in wanted]
