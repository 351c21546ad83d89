"""What is in an archive that came with a mail (zip, tar): a list of names and sizes. `core.unpacking` has the files.

Of a zip only its directory is read (APPNOTE 4.3), of a packed tar so much as `MOST_UNPACKED` allows, header by header: no
claim of the archive makes it take more memory or time than that.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from core.clean import clean_line

MOST_ENTRIES = 2000
"""Entries that are listed; the others of a zip are counted."""
MOST_UNPACKED = {"gz": 64_000_000, "bz2": 12_000_000, "xz": 32_000_000, "": 1 << 62}
"""Bytes of a packed tar that are unpacked, in pieces, to find its entries."""
LONGEST_NAME = 1000
BOMB_TIMES, BOMB_BYTES = 200, 200_000_000
"""What becomes so many times larger than it is, and so large at all, is called a bomb."""

_END, _END64, _WHERE64, _ENTRY = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_ENTRY_FIELDS = struct.Struct("<4s4x4H3I5H2I")
_XZ_MEMORY = 80_000_000
_BLOCK = 512
_PIECE = 256 * 1024
_LONGEST_HEADER = 100_000


class Packed(Struct, frozen=True):
    """A file or folder in an archive."""

    name: str
    """With the folders above it, cleaned for showing."""
    size: int
    """Bytes when unpacked, as the archive claims."""
    date: str = ""
    """`2026-11-22`, where it is known."""
    folder: bool = False
    locked: bool = False
    """Whether a password is needed."""
    leads_out: bool = False
    """Whether its name leads out of the folder in which the archive is unpacked, or it is a link."""
    link: bool = False
    """Whether it is no file, but the name of another one."""
    place: int = 0
    """Where it is: in a zip the offset of its own header, in a tar how many stand before it."""
    method: int = 0
    """How it is packed in a zip (APPNOTE 4.4.5)."""
    packed: int = 0
    """Bytes that it takes in a zip."""
    check: int = 0
    """The CRC-32 of a file in a zip."""


class Archive(Struct, frozen=True):
    """What was found in one."""

    entries: tuple[Packed, ...] = ()
    total: int = 0
    """How many there are, also those that are not listed."""
    size: int = 0
    """Bytes of those listed, when unpacked."""
    whole: bool = True
    """Whether it could be read to its end."""
    bomb: bool = False
    """Whether it is out of all proportion what it becomes when it is unpacked."""


class Broken(Exception):
    """It is no archive, or ends in the middle."""


def read_archive(data: bytes) -> Archive:
    """What is in a zip or a tar, packed or not, as its first bytes tell. Never raises."""
    if is_zip(data):
        return _made(*_zip(data), len(data))
    found: list[Packed] = []
    whole = True
    try:
        for entry in read_tar(Stream(data)):
            if len(found) >= MOST_ENTRIES:
                whole = False
                break
            found.append(entry)
    except Broken:
        whole = False
    return _made(found, len(found), whole, len(data))


def is_zip(data: bytes) -> bool:
    """Whether it is a zip, and no tar."""
    return not _packing(data) and (data[:2] == b"PK" or _end_of_zip(data) >= 0)


def _packing(data: bytes) -> str:
    """How a tar is packed."""
    return "gz" if data[:2] == b"\x1f\x8b" else "bz2" if data[:3] == b"BZh" else "xz" if data[:6] == b"\xfd7zXZ\0" else ""


def _made(entries: list[Packed], total: int, whole: bool, packed: int) -> Archive:
    size = sum(one.size for one in entries)
    bomb = size > BOMB_BYTES and size > packed * BOMB_TIMES
    return Archive(tuple(entries), max(total, len(entries)), size, whole, bomb)


def _named(raw: bytes, utf8: bool, old: str = "cp437") -> str:
    """A name as people would read it: most programs write UTF-8 and do not say so."""
    raw = raw[:LONGEST_NAME]
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = raw.decode("utf-8", "replace") if utf8 else raw.decode(old)
    return name


def _leads_out(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith(("/", "~")) or plain[1:2] == ":" or ".." in plain.split("/")


# ---------------------------------------------------------------------- zip


def _zip(data: bytes) -> tuple[list[Packed], int, bool]:
    """The entries, how many there are, whether all could be read."""
    end = _end_of_zip(data)
    if end < 0 or len(data) < end + 22:
        return [], 0, False
    total, size, at = struct.unpack_from("<HII", data, end + 10)
    if 0xFFFFFFFF in (size, at) or total == 0xFFFF:
        total, size, at = _zip64(data, end) or (total, size, at)
    total = min(total, len(data) // _ENTRY_FIELDS.size)
    front = 0
    if data[at : at + 4] != _ENTRY and total:
        front = end - size - at  # something stands in front of the archive
        at += front
    found: list[Packed] = []
    while len(found) < min(total, MOST_ENTRIES):
        entry = _zip_entry(data, at, front) if at >= 0 else None
        if entry is None:
            return found, total, False
        found.append(entry[0])
        at = entry[1]
    return found, total, True


def _end_of_zip(data: bytes) -> int:
    """Where the record at the end of the directory begins; -1 where there is none."""
    return data.rfind(_END, max(len(data) - 65_557, 0))


def _zip64(data: bytes, end: int) -> tuple[int, int, int] | None:
    where = end - 20
    if where < 0 or data[where : where + 4] != _WHERE64:
        return None
    at = struct.unpack_from("<Q", data, where + 8)[0]
    if data[at : at + 4] != _END64 or len(data) < at + 56:
        return None
    total, size, start = struct.unpack_from("<QQQ", data, at + 32)
    return total, size, start


def _zip_entry(data: bytes, at: int, front: int) -> tuple[Packed, int] | None:
    """An entry of the directory, and where the next one begins; `front`: bytes that stand before the archive."""
    if data[at : at + 4] != _ENTRY or len(data) < at + 46:
        return None
    fields = _ENTRY_FIELDS.unpack_from(data, at)
    flags, method, moment, check, packed, size, long, extra, comment = (fields[n] for n in (1, 2, 4, 5, 6, 7, 8, 9, 10))
    raw = data[at + 46 : at + 46 + long]
    if len(raw) < long:
        return None
    if size == 0xFFFFFFFF:
        size = _long_size(data[at + 46 + long : at + 46 + long + extra], size)
    name = _named(raw, bool(flags & 0x800))
    date = f"{1980 + (moment >> 9)}-{(moment >> 5) & 15:02}-{moment & 31:02}" if moment & 31 and (moment >> 5) & 15 else ""
    link = (fields[13] >> 16) & 0o170000 == 0o120000
    entry = Packed(
        clean_line(name), size, date, name.endswith("/"), bool(flags & 1), link or _leads_out(name), link,
        fields[14] + front, method, packed, check,
    )  # fmt: skip
    return entry, at + 46 + long + extra + comment


def _long_size(extra: bytes, size: int) -> int:
    """The unpacked size out of the field for large files (zip64)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1 and length >= 8 and at + 12 <= len(extra):
            return int(struct.unpack_from("<Q", extra, at + 4)[0])
        at += 4 + length
    return size


# ---------------------------------------------------------------------- tar


class Stream:
    """The bytes of a tar, unpacked in pieces and forgotten; `Broken` at the end of what may be unpacked."""

    def __init__(self, data: bytes) -> None:
        packed = _packing(data)
        self._data, self._packed, self._at = data, packed, 0
        self._left = MOST_UNPACKED[packed]
        self._ready = b"" if packed else data
        self._pieces = self._unpacked() if packed else iter(())
        self.taken = 0
        """Bytes that were read."""

    def read(self, size: int) -> bytes:
        """Exactly so many bytes, fewer only at the end."""
        while len(self._ready) - self._at < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._ready, self._at = self._ready[self._at :] + piece, 0
        found = self._ready[self._at : self._at + size]
        self._at += len(found)
        self.taken += len(found)
        return found

    def skip(self, size: int) -> None:
        """Go on behind so many bytes."""
        while size > 0:
            if not self._packed:
                self._at += size
                return
            taken = len(self.read(min(size, _PIECE)))
            if not taken:
                raise Broken
            size -= taken

    def _unpacked(self) -> Iterator[bytes]:
        unpacker = _unpacker(self._packed)
        at = 0
        while not unpacker.eof:
            if self._left <= 0:
                raise Broken
            gz = getattr(unpacker, "unconsumed_tail", b"")
            hungry = not gz and getattr(unpacker, "needs_input", True)
            fed = self._data[at : at + _PIECE] if hungry else gz
            at += _PIECE if hungry else 0
            try:
                piece = unpacker.decompress(fed, _PIECE)
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
                raise Broken from error
            if hungry and not fed and not piece:
                raise Broken
            self._left -= len(piece)
            if piece:
                yield piece


def _unpacker(packed: str) -> Any:
    if packed == "gz":
        return zlib.decompressobj(31)
    return bz2.BZ2Decompressor() if packed == "bz2" else lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


def read_tar(stream: Stream) -> Iterator[Packed]:
    """The entries of a tar (ustar, GNU, pax); the bytes of a file may be read while it is the last one given. `Broken`."""
    long, place = "", 0
    while True:
        head = stream.read(_BLOCK)
        if not head.strip(b"\0"):
            if len(head) < _BLOCK:
                raise Broken  # without the empty block at its end
            return
        size, kind = _octal(head[124:136]), head[156:157]
        if len(head) < _BLOCK or not _sum_is_right(head):
            raise Broken
        blocks = -(-size // _BLOCK) * _BLOCK
        if kind in (b"L", b"x") and size <= _LONGEST_HEADER:
            told = stream.read(blocks)[:size]
            long = _named(told.rstrip(b"\0"), True) if kind == b"L" else _pax_path(told) or long
            continue
        prefix = head[345:500].split(b"\0")[0] if head[257:262] == b"ustar" and head[262:263] == b"\0" else b""
        name = head[:100].split(b"\0")[0]
        shown = long or _named(prefix + b"/" + name if prefix else name, False, "latin-1")
        if kind not in (b"g", b"K", b"x", b"L"):
            long = ""
            link = kind in (b"1", b"2")
            plain = 0 if link or kind == b"5" else size
            folder = kind == b"5" or shown.endswith("/")
            before = stream.taken
            day = _day(_octal(head[136:148]))
            yield Packed(clean_line(shown), plain, day, folder, False, link or _leads_out(shown), link, place)
            place += 1
            blocks -= stream.taken - before
        stream.skip(blocks if kind not in (b"1", b"2", b"5") else 0)


def _octal(field: bytes) -> int:
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    text = field.strip(b" \0")
    if text and not all(48 <= one < 56 for one in text):
        raise Broken
    return int(text or b"0", 8)


def _sum_is_right(head: bytes) -> bool:
    return _octal(head[148:156]) == sum(head[:148]) + 8 * 32 + sum(head[156:])


def _pax_path(told: bytes) -> str:
    """The name out of the records of a pax header: `LENGTH path=NAME`."""
    for record in told.split(b"\n"):
        _length, _blank, field = record.partition(b" ")
        if field.startswith(b"path="):
            return _named(field[5:], True)
    return ""


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}" if 0 < seconds < 1 << 35 else ""
