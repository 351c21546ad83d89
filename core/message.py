"""A whole mail: its headers, its parts, their bytes and texts, and which of them a person reads.

Limits: header blocks are read to 256 KiB, mails nest 50 deep, 1,000 parts are listed, 4 MiB of a text are shown.
Nothing here raises on what a mail holds; what is wrong is told by `Part.defects` and `Message.notices`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from core.charset import codec_of, decode
from core.clean import clean_text
from core.envelope import Envelope, read_envelope
from core.errors import NotFound
from core.flags import Mark
from core.header import Headers, Opening, header_block, read_headers
from core.part import NO_MARK, Part, marks_of
from core.structure import Place, Structure, read_structure
from core.transfer import decode_transfer

MOST_TEXT = 4 * 1024 * 1024
"""Bytes of a text part (decoded) that are made into text for reading."""

_META = re.compile(rb"<meta[^>]{0,200}charset\s{0,8}=[\s\"']{0,8}([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_PGP = re.compile(r"^-----BEGIN PGP (SIGNED )?MESSAGE-----\s*$", re.MULTILINE)
ENCLOSED = ("message/rfc822", "message/global")
"""Types of mails within mails."""
_TEXTS = ("text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown")


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as it was received, and what was read from it."""

    raw: bytes = field(repr=False)
    envelope: Envelope
    headers: Headers = field(repr=False)
    parts: tuple[Part, ...]
    """Every part in order, multiparts included."""
    notices: tuple[str, ...] = ()
    """`too-deep`, `too-many-parts`: ids of sentences for the reader."""
    places: dict[str, Place] = field(default_factory=dict, repr=False, compare=False)

    @property
    def marks(self) -> Mark:
        """What headers and structure tell; inline PGP is known from the text only (`marks_of_text`)."""
        return (self.envelope.marks & ~Mark.HTML_ONLY) | marks_of(self.parts)


class IndexText(Struct, frozen=True):
    """What search needs of a mail."""

    text: str
    attachment_names: tuple[str, ...]
    marks: Mark


def read_message(raw: bytes) -> Message:
    """Read a whole mail as received. Never raises."""
    structure = read_structure(raw)
    block = header_block(raw)
    return Message(raw, read_envelope(block), read_headers(block), structure.parts, structure.notices, structure.places)


def find_part(message: Message, section: str) -> Part:
    """The part with that section; raises `NotFound` (values `what`, `name`)."""
    for part in message.parts:
        if part.section == section:
            return part
    raise NotFound("no-such-part", what="part", name=section)


def part_source(message: Message, section: str) -> bytes:
    """A part with its header exactly as received: what a multipart/signed signature covers (RFC 1847 §2.1).

    Raises `NotFound`.
    """
    place = _place(message, section)
    return message.raw[place.start : place.end]


def part_encoded(message: Message, section: str) -> bytes:
    """The body of a part as it stands in the mail, still encoded; raises `NotFound`."""
    place = _place(message, section)
    return message.raw[place.body : place.end]


def part_headers(message: Message, section: str) -> Headers:
    """The header fields of a part (its MIME fields, not those of a mail it encloses); raises `NotFound`."""
    place = _place(message, section)
    return read_headers(message.raw[place.start : place.body])


def part_bytes(message: Message, section: str) -> bytes:
    """The content of a part, its transfer encoding undone; raises `NotFound`."""
    return decode_transfer(part_encoded(message, section), find_part(message, section).encoding)


def part_text(message: Message, section: str, charset: str = "") -> str:
    """The text of a part, decoded and cleaned; `charset` overrides the declared one. Raises `NotFound`."""
    return text_of(part_encoded(message, section), find_part(message, section), charset)


def text_of(data: bytes, part: Part, charset: str = "") -> str:
    """The clean text of `data`, the encoded body of a text part (fetched alone, perhaps), at most `MOST_TEXT` bytes of it."""
    return clean_text(_raw_text(data, part, charset))


def _raw_text(data: bytes, part: Part, charset: str = "") -> str:
    data = decode_transfer(data[: MOST_TEXT * 3], part.encoding)[:MOST_TEXT]
    label = charset or part.charset
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if part.type == "text/html" and not codec_of(label) and (found := _META.search(data[:2048])):
        label = found[1].decode("ascii")
    return decode(data, label)


def _place(message: Message, section: str) -> Place:
    found = message.places.get(section)
    if found is None:
        raise NotFound("no-such-part", what="part", name=section)
    return found


def bodies(parts: Sequence[Part], *, prefer_html: bool = False) -> tuple[Part, ...]:
    """The text parts to show one below the other: of each multipart/alternative one, of enclosed mails none.

    Mailing lists append footers as parts of their own, so there may be several.
    """
    below: dict[str, list[Part]] = {}
    for part in parts:
        if part.parent != part.section:
            below.setdefault(part.parent, []).append(part)
    wanted = "text/html" if prefer_html else "text/plain"
    return tuple(_bodies(below.get("", []), below, wanted))


def _bodies(parts: Iterable[Part], below: dict[str, list[Part]], wanted: str) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        inside = below.get(part.section, [])
        if part.type == "multipart/alternative":
            choices = [choice for choice in (_bodies([each], below, wanted) for each in inside) if choice]
            fitting = [choice for choice in choices if any(each.type == wanted for each in choice)]
            # The last is the richest (RFC 2046 §5.1.4); the first is the plainest.
            found += fitting[-1] if fitting else choices[0] if choices else []
        elif part.type == "multipart/related":
            found += _bodies(inside, below, wanted)[:1]
        elif part.is_multipart:
            found += _bodies(inside, below, wanted)
        elif part.type in _TEXTS and not part.is_attachment:
            found.append(part)
    return found


def best_text(parts: Sequence[Part]) -> Part | None:
    """The plain text to read, None if there is none (then `best_html` has the text)."""
    return next((part for part in bodies(parts) if part.type != "text/html"), None)


def best_html(parts: Sequence[Part]) -> Part | None:
    """The HTML to read, None if there is none."""
    return next((part for part in bodies(parts, prefer_html=True) if part.type == "text/html"), None)


def attachments(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts to list as files, images that the HTML shows among them (`Part.is_inline_image`).

    Enclosed mails are one file each; their own parts are not listed, nor are signatures and PGP's version part.
    """
    enclosed = {part.section for part in parts if part.type in ENCLOSED}
    shown = {part.section for part in (*bodies(parts), *bodies(parts, prefer_html=True))}
    found = []
    for part in parts:
        if part.parent in enclosed:
            enclosed.add(part.section)
        elif part.section not in shown and part.is_attachment:
            found.append(part)
    return tuple(found)


def marks_of_text(text: str) -> Mark:
    """SIGNED or ENCRYPTED where the text holds an inline PGP block (RFC 9580 §7, §6.2)."""
    marks = NO_MARK
    if "-----BEGIN PGP " not in text:
        return marks
    for found in _PGP.finditer(text):
        marks |= Mark.SIGNED if found[1] else Mark.ENCRYPTED
    return marks


def indexed(raw: bytes, opening: Opening | None = None) -> IndexText:
    """What search needs of a whole mail: the text a person reads, attachment names, marks. Quick; never raises.

    `opening`: its header, where that was read already.
    """
    structure = read_structure(raw, opening)
    parts = structure.parts
    texts = _texts(raw, structure)
    if any(part.type == "multipart/digest" for part in parts):
        from core.digests import digest_mails

        for part in digest_mails(parts):
            place = structure.places[part.section]
            mail = decode_transfer(raw[place.body : place.end], part.encoding)
            texts += [read_envelope(header_block(mail)).subject, *_texts(mail, read_structure(mail))]
    names = tuple(part.name for part in attachments(parts) if part.name) if len(parts) > 1 else ()
    text = "\n".join(texts)
    return IndexText(text, names, marks_of(parts) | marks_of_text(text))


def _texts(raw: bytes, structure: Structure) -> list[str]:
    """The texts that are read one below the other, HTML as text."""
    texts = []
    for part in bodies(structure.parts):
        place = structure.places[part.section]
        text = _raw_text(raw[place.body : place.end], part)
        if part.type == "text/html":
            from core.html import html_to_text

            text = html_to_text(text)
        texts.append(text)
    return texts
