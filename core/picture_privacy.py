"""What an image file tells besides its picture: where and when it was taken, by which camera. Taken out without decoding it.

JPEG: Exif, XMP, IPTC, comments, further images behind the first (MPF). PNG: eXIf, tEXt, zTXt, iTXt, tIME. WebP: EXIF, XMP.
Colour profiles stay, and how a photo has to be turned.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

Data = bytes | mmap.mmap
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_WORDS = frozenset((b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"))
_EXIF = b"Exif\0\0"
_ORIENTATION, _PLACE = 0x0112, 0x8825
_APP1, _APP2, _IPTC, _COMMENT, _SCAN, _END = 0xE1, 0xE2, 0xED, 0xFE, 0xDA, 0xD9


def without_metadata(data: bytes) -> bytes:
    """The image without what it tells; the same bytes where nothing is to be taken out, or they cannot be read. Never raises."""
    try:
        if data[:3] == _JPEG:
            made = b"".join(_bare_jpeg(data))
        elif data[:8] == _PNG:
            made = _PNG + b"".join(whole for name, whole in _png_chunks(data) if name not in _PNG_WORDS)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            made = _bare_webp(data)
        else:
            return data
    except (struct.error, IndexError, ValueError):
        return data
    return made if len(made) < len(data) else data


def photo_tells(file: Path, *, at_all: bool = False) -> bool:
    """Whether a photo in a file says where it was taken; `at_all`: or anything else that `without_metadata` takes out.

    What an image tells stands before the picture in most files: of a large one only that much is read. Never raises.
    """
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if not at_all:
                return tells_place(data)
            return _begins_telling(data) or len(without_metadata(data[:])) < data.size()
    except (OSError, ValueError):  # ValueError: it is empty
        return False


def _begins_telling(data: Data) -> bool:
    """Whether there is something to take out before the picture; False says nothing."""
    try:
        return data[:3] == _JPEG and any(_tells_more(kind, whole) for kind, whole in _segments(data, pictures=False))
    except (struct.error, IndexError, ValueError):
        return False


def tells_place(data: Data) -> bool:
    """Whether the image says where it was taken (the GPS part of Exif). Never raises."""
    try:
        for block in _exif_blocks(data):
            if any(tag == _PLACE for tag, _value in _entries(block)):
                return True
    except (struct.error, IndexError, ValueError):
        return False
    return False


def _exif_blocks(data: Data) -> Iterator[bytes]:
    if data[:3] == _JPEG:
        for kind, whole in _segments(data, pictures=False):  # Exif stands before the picture (Exif 2.32 §4.7.1)
            if kind == _APP1 and whole[4:10] == _EXIF:
                yield whole[10:]
    elif data[:8] == _PNG:
        yield from (whole[8:-4] for name, whole in _png_chunks(data) if name == b"eXIf")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        yield from (whole[8:].removeprefix(_EXIF) for name, whole in _riff_chunks(data) if name == b"EXIF")


def _entries(block: bytes) -> Iterator[tuple[int, int]]:
    """Tag and first value of each entry of the first directory of a TIFF block."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return
    (at,) = struct.unpack_from(f"{order}I", block, 4)
    (count,) = struct.unpack_from(f"{order}H", block, at)
    for number in range(min(count, 500)):
        tag, kind, _many, word = struct.unpack_from(f"{order}HHI4s", block, at + 2 + 12 * number)
        yield tag, int(struct.unpack(f"{order}H", word[:2])[0] if kind == 3 else struct.unpack(f"{order}I", word)[0])


# JPEG (ITU T.81 §B) ------------------------------------------------------


def _segments(data: Data, *, pictures: bool = True) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment; a scan with the picture's bits, up to the next segment. Ends behind the first image,
    without `pictures` before its first scan."""
    yield 0xD8, data[:2]
    at = 2
    while at < len(data):
        if data[at] != 0xFF:
            raise ValueError("no marker")
        kind = data[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        if kind == _END:
            yield kind, data[at : at + 2]
            return
        end = at + 2 if kind == 0x01 or 0xD0 <= kind <= 0xD7 else at + 2 + int(struct.unpack_from(">H", data, at + 2)[0])
        if kind == _SCAN:
            if not pictures:
                return
            end = _scan_end(data, end)
        yield kind, data[at:end]
        at = end
    raise ValueError("cut off")


def _scan_end(data: Data, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise ValueError("cut off")
        if data[at + 1] not in (0x00, 0xFF, *range(0xD0, 0xD8)):
            return at
        at += 1 if data[at + 1] == 0xFF else 2


def _turned(block: bytes) -> int:
    """How the picture has to be turned; 1, as it is, also where that cannot be read: it goes with all else that Exif tells."""
    try:
        return next((value for tag, value in _entries(block) if tag == _ORIENTATION), 1)
    except struct.error:
        return 1


def _bare_jpeg(data: bytes) -> Iterator[bytes]:
    for kind, whole in _segments(data):
        if kind == _APP1 and whole[4:10] == _EXIF:
            turned = _turned(whole[10:])
            if 2 <= turned <= 8:
                block = _EXIF + struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)
                yield struct.pack(">BBH", 0xFF, _APP1, len(block) + 2) + block
        elif not _is_told(kind, whole):
            yield whole


def _tells_more(kind: int, whole: bytes) -> bool:
    """Whether a segment tells something besides the picture, and more than how it is turned."""
    turned_only = kind == _APP1 and whole[4:10] == _EXIF and all(tag == _ORIENTATION for tag, _value in _entries(whole[10:]))
    return _is_told(kind, whole) and not turned_only


def _is_told(kind: int, whole: bytes) -> bool:
    """Whether a segment tells something besides the picture."""
    return kind in (_APP1, _IPTC, _COMMENT) or (kind == _APP2 and whole[4:8] == b"MPF\0")


# PNG and WebP ------------------------------------------------------------


def _png_chunks(data: Data) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            raise ValueError("cut off")
        yield name, data[at:end]
        if name == b"IEND":
            return
        at = end


def _riff_chunks(data: Data) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        end = at + 8 + size + size % 2
        yield name, data[at:end]
        at = end


def _bare_webp(data: bytes) -> bytes:
    kept = []
    for name, whole in _riff_chunks(data):
        if name == b"VP8X":
            whole = whole[:8] + bytes([whole[8] & ~0x0C]) + whole[9:]  # it says that there is EXIF or XMP
        if name not in (b"EXIF", b"XMP "):
            kept.append(whole)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
