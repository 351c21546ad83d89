"""`winmail.dat`: what Outlook packs its files into (TNEF, [MS-OXTNEF]).

Everything is read in place with every length checked against what is there, so no file can claim to be larger than its
container; a mail inside a container is a container again and is opened by itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct, field

from core.clean import clean_line

SIGNATURE = b"\x78\x9f\x3e\x22"
TYPE = "application/ms-tnef"
MOST_FILES = 500
MOST_PROPERTIES = 5000
MOST_TEXT = 2 * 1024 * 1024
"""Bytes of a text that is unpacked; the rest of it is left out."""

_ATTRIBUTE = struct.Struct("<BII")
_U16, _U32 = struct.Struct("<H"), struct.Struct("<I")
_MESSAGE_PROPERTIES, _CODE_PAGE, _BODY = 0x00069003, 0x00069007, 0x0002800C
_BEGIN_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
# MAPI properties ([MS-OXPROPS]).
_LONG_NAME, _SHORT_NAME, _MIME, _OBJECT, _DISPLAY_NAME = 0x3707, 0x3704, 0x370E, 0x3701, 0x3001
_PLAIN, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_WIDTHS = {2: 4, 3: 4, 4: 4, 10: 4, 11: 4, 5: 8, 6: 8, 7: 8, 20: 8, 64: 8, 72: 16}
"""Bytes of the values of a fixed size, padded to four."""
_STRING, _UNICODE, _BINARY, _OBJECT_TYPE = 0x1E, 0x1F, 0x102, 0x0D
_RTF_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans "
    b"SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


class PackedFile(Struct, frozen=True):
    """A file in a `winmail.dat`."""

    name: str
    """Cleaned for showing; '' if it has none."""
    type: str
    """'' if it is not told."""
    data: bytes


class Container(Struct, frozen=True):
    """What is in a `winmail.dat`."""

    files: tuple[PackedFile, ...] = ()
    broken: bool = False
    """It ends in the middle, or is none at all."""


class _Draft(Struct):
    """A file while its attributes are read."""

    title: str = ""
    name: str = ""
    type: str = ""
    data: bytes = b""
    properties: dict[int, bytes] = field(default_factory=dict)


def read_container(data: bytes) -> Container:
    """The files of a `winmail.dat`, the message's own text among them where it has one. Never raises."""
    if data[:4] != SIGNATURE:
        return Container(broken=True)
    view = memoryview(data)
    codec, broken = "cp1252", False
    drafts: list[_Draft] = []
    texts: list[_Draft] = []
    for id, value in _attributes(view):
        if value is None:
            broken = True
        elif id == _CODE_PAGE and len(value) >= 4:
            codec = _codec(_U32.unpack_from(value)[0])
        elif id == _BODY:
            texts.append(_Draft(name="message.txt", type="text/plain", data=_utf8(bytes(value), codec)))
        elif id == _MESSAGE_PROPERTIES:
            texts += _texts(dict(_properties(value)), codec)
        elif id == _BEGIN_FILE and len(drafts) < MOST_FILES:
            drafts.append(_Draft())
        elif drafts and id == _TITLE:
            drafts[-1].title = _string(bytes(value[:1000]), codec)
        elif drafts and id == _DATA:
            drafts[-1].data = bytes(value)
        elif drafts and id == _FILE_PROPERTIES:
            _take_properties(drafts[-1], dict(_properties(value)), codec)
    return Container(tuple(map(_file, (*drafts, *_best(texts)))), broken)


def _attributes(view: memoryview) -> Iterator[tuple[int, memoryview | None]]:
    """(id, value); a value of None where the data ends too early."""
    at = 6
    while at + _ATTRIBUTE.size <= len(view):
        _, id, length = _ATTRIBUTE.unpack_from(view, at)
        at += _ATTRIBUTE.size
        if at + length > len(view):
            yield id, view[at:] if id == _DATA else None
            yield 0, None
            return
        yield id, view[at : at + length]
        at += length + 2  # and a checksum, which programs get wrong
    if at < len(view):
        yield 0, None


def _properties(view: memoryview) -> Iterator[tuple[int, bytes]]:
    """(id, first value) of the properties that are strings, bytes or objects."""
    if len(view) < 4:
        return
    at, count = 4, min(_U32.unpack_from(view)[0], MOST_PROPERTIES)
    try:
        for _ in range(count):
            kind, id = _U16.unpack_from(view, at)[0], _U16.unpack_from(view, at + 2)[0]
            at += 4
            if id >= 0x8000:
                at = _after_name(view, at)
            many, kind = kind & 0x1000, kind & 0xEFFF
            if kind in _WIDTHS:
                number = _U32.unpack_from(view, at)[0] if many else 1
                at += (4 if many else 0) + number * _WIDTHS[kind]
                continue
            if kind not in (_STRING, _UNICODE, _BINARY, _OBJECT_TYPE):
                return
            number = _U32.unpack_from(view, at)[0]
            at += 4
            for n in range(min(number, MOST_PROPERTIES)):
                length = _U32.unpack_from(view, at)[0]
                at += 4
                if n == 0:
                    yield id, _value(bytes(view[at : at + length]), kind)
                at += (length + 3) & ~3
            if at > len(view):
                return
    except struct.error:  # it ends here
        return


def _after_name(view: memoryview, at: int) -> int:
    """Behind the name of a named property."""
    at += 16
    is_text = _U32.unpack_from(view, at)[0] == 1
    if not is_text:
        return at + 8
    length: int = _U32.unpack_from(view, at + 4)[0]
    return at + 8 + ((length + 3) & ~3)


def _value(data: bytes, kind: int) -> bytes:
    return data.decode("utf-16-le", "replace").encode("utf-8", "replace") if kind == _UNICODE else data


def _take_properties(draft: _Draft, found: dict[int, bytes], codec: str) -> None:
    for id in (_DISPLAY_NAME, _SHORT_NAME, _LONG_NAME):  # the last is the best
        if found.get(id):
            draft.name = _string(found[id][:2000], codec)
    draft.type = _string(found.get(_MIME, b"")[:200], codec).lower()
    inner = found.get(_OBJECT, b"")
    if inner[16:20] == SIGNATURE:  # behind the id of its interface: a mail
        draft.data, draft.type = inner[16:], TYPE
        draft.name = draft.name or "message"
    elif inner and not draft.data:
        draft.data = inner


def _file(draft: _Draft) -> PackedFile:
    return PackedFile(clean_line(draft.name or draft.title), clean_line(draft.type), draft.data)


def _texts(found: dict[int, bytes], codec: str) -> list[_Draft]:
    texts = []
    if found.get(_PLAIN):
        texts.append(_Draft(name="message.txt", type="text/plain", data=_utf8(found[_PLAIN], codec)))
    if found.get(_HTML):
        texts.append(_Draft(name="message.html", type="text/html", data=found[_HTML]))
    if found.get(_RTF):
        texts.append(_Draft(name="message.rtf", type="text/rtf", data=unpack_rtf(found[_RTF])))
    return texts


def _best(texts: list[_Draft]) -> list[_Draft]:
    """Each kind of text once."""
    return list({draft.type: draft for draft in texts if draft.data.strip(b"\0 \r\n")}.values())


def unpack_rtf(data: bytes) -> bytes:
    """Compressed RTF ([MS-OXRTFCP]), at most `MOST_TEXT` bytes of it; '' for nonsense."""
    if len(data) < 16:
        return b""
    size, magic = _U32.unpack_from(data, 4)[0], data[8:12]
    if magic == b"MELA":
        return data[16 : 16 + min(size, MOST_TEXT)]
    if magic != b"LZFu":
        return b""
    ring = bytearray(_RTF_START.ljust(4096, b"\0"))
    place, at = len(_RTF_START), 16
    found = bytearray()
    most = min(size, MOST_TEXT)
    while at < len(data) and len(found) < most:
        bits = data[at]
        at += 1
        for bit in range(8):
            if at + (bits >> bit & 1) >= len(data) or len(found) >= most:
                break
            if not bits >> bit & 1:
                piece = data[at : at + 1]
                at += 1
            else:
                word = data[at] << 8 | data[at + 1]
                at += 2
                start, length = word >> 4, (word & 15) + 2
                if start == place % 4096:
                    return bytes(found[:most])
                piece = bytes(_repeated(ring, start, length, place))
            for byte in piece:
                ring[place % 4096] = byte
                place += 1
            found += piece
    return bytes(found[:most])


def _repeated(ring: bytearray, start: int, length: int, place: int) -> Iterator[int]:
    """A run out of what was written before; it may reach into what it is just writing."""
    written: list[int] = []
    for n in range(length):
        where = (start + n) % 4096
        behind = (where - place) % 4096
        byte = written[behind] if behind < len(written) else ring[where]
        written.append(byte)
        yield byte


def _codec(page: int) -> str:
    try:
        "".encode(f"cp{page}")
    except LookupError:
        return "utf-8" if page == 65001 else "cp1252"
    return f"cp{page}"


def _string(data: bytes, codec: str) -> str:
    data = data.partition(b"\0")[0]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(codec, "replace")


def _utf8(data: bytes, codec: str) -> bytes:
    return _string(data[:MOST_TEXT], codec).encode("utf-8", "replace")
