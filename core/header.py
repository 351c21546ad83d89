"""The header block of a mail: finding it, reading its fields, and its hash (RFC 5322 §2.2)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Struct

from core.charset import decode
from core.words import decode_words

MOST_BYTES = 256 * 1024
"""A header block is read this far; what follows is ignored."""

_NEAR = 8192
_NO_COLON = re.compile(rb"\n[^ \t\n\r:][^:\n]*+\n")
_NO_FIELD = re.compile(rb"(?![!-9;-~]+[ \t]*:|[ \t]|>?From |\Z)")
_NO_FIELD_LINE = re.compile(rb"\n(?![!-9;-~]+[ \t]*:|[ \t]|>?From |\Z)")
_FIELD_START = re.compile(r"\n(?![ \t])")
_FIELD = re.compile(r"\n([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_NAME = re.compile(r"[!-9;-~]+")


class Opening(Struct, frozen=True):
    """The header of a whole mail, read once for all who look at it."""

    block: bytes
    """As `header_block`."""
    fields: list[tuple[str, str]]
    """As `folded_fields`, names in lower case."""
    body: int
    """Where the body begins, as far as the header was looked at."""
    sure: bool
    """Whether the header ends before what is looked at does, and is plain ASCII: its fields are those of the first part then."""


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields in their order, as (name, raw value): unfolded, encoded words not decoded, not cleaned."""

    fields: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        """The raw value of the first field of that name (any case), else `default`."""
        wanted = name.lower()
        return next((value for field, value in self.fields if field.lower() == wanted), default)

    def all(self, name: str) -> list[str]:
        """The raw values of every field of that name, from the top."""
        wanted = name.lower()
        return [value for field, value in self.fields if field.lower() == wanted]

    def items(self) -> Iterator[tuple[str, str]]:
        """Every (name, raw value), from the top."""
        return iter(self.fields)

    def shown(self, name: str) -> str:
        """The first field of that name for people: decoded, one clean line."""
        return decode_words(self.get(name))


def header_block(raw: bytes) -> bytes:
    """The bytes before the first empty line, without it; all of them, but for `MOST_BYTES`, if there is none."""
    return raw[: header_end(raw, 0, min(len(raw), MOST_BYTES))[0]]


def read_opening(raw: bytes) -> Opening:
    """The header of a whole mail. Never raises."""
    most = min(len(raw), MOST_BYTES)
    end, body = header_end(raw, 0, most)
    block = raw[:end]
    return Opening(block, folded_fields(block), body, body < most and block.isascii() and b"\x1b" not in block)


def header_end(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block of `raw[start:end]` ends (the start of its last line end) and where the body begins.

    That is at the first empty line, or at two lines that are no fields where the empty line was forgotten.
    """
    if raw.startswith((b"\r\n", b"\n"), start, end):
        return start, min(start + (1 if raw[start] == 10 else 2), end)
    last, after = _empty_line(raw, start, end)
    if _NO_COLON.search(raw, start, last + 1) or _NO_FIELD.match(raw, start, end):
        junk = _first_junk(raw, start, last)
        if junk is not None:
            last, after = max(junk - 1, start), junk
    if start < last < end and raw[last - 1] == 13:
        last -= 1
    return last, after


def _empty_line(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """The line end before the first empty line, and what follows that; `end` twice where there is none."""
    line = raw.find(b"\n", start, end)
    # The kind that the first line has is there, mostly: the other is then looked for no further than this one.
    first, other = (b"\n\r\n", b"\n\n") if line > start and raw[line - 1] == 13 else (b"\n\n", b"\n\r\n")
    for stop in (min(end, start + _NEAR), end):
        found = raw.find(first, start, stop)
        before = raw.find(other, start, stop if found < 0 else found + 1)
        if before >= 0:
            return before, before + len(other)
        if found >= 0:
            return found, found + len(first)
    return end, end


def _first_junk(raw: bytes, start: int, end: int) -> int | None:
    """The start of the first line that is no field and is not followed by one."""
    at = start
    if _NO_FIELD.match(raw, start, end) is None:
        found = _NO_FIELD_LINE.search(raw, start, end)
        if found is None:
            return None
        at = found.start() + 1
    while True:
        following = raw.find(b"\n", at, end) + 1
        if not following or _NO_FIELD.match(raw, following, end):
            return at
        found = _NO_FIELD_LINE.search(raw, following, end)
        if found is None:
            return None
        at = found.start() + 1


def split_fields(block: bytes) -> list[str]:
    """The fields of a header block, still folded, lines separated by `\\n`; what is no field is among them."""
    return _FIELD_START.split(header_text(block))


def folded_fields(block: bytes) -> list[tuple[str, str]]:
    """(Name in lower case, value) of every field of a header block, values still folded (`unfold`); what is no field is left
    out."""
    return [(name.lower(), value) for name, value in _FIELD.findall(f"\n{header_text(block)}")]


def header_text(block: bytes) -> str:
    """A header block as text, lines separated by `\\n`."""
    block = block[:MOST_BYTES]
    if block.isascii():
        text = block.decode("ascii")
    else:
        try:
            text = block.decode("utf-8")
        except UnicodeDecodeError:
            # Not all of one charset perhaps: each line by itself.
            text = "\n".join(decode(line) for line in block.split(b"\n"))
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return text


def read_headers(raw: bytes) -> Headers:
    """The fields of a header block or of a whole mail. Never raises; lines that are no field are left out."""
    fields = []
    for field in split_fields(header_block(raw)):
        name, colon, value = field.partition(":")
        name = name.rstrip(" \t")
        if colon and _NAME.fullmatch(name):
            fields.append((name, unfold(value)))
    return Headers(tuple(fields))


def unfold(value: str) -> str:
    """A field's value as one line."""
    return " ".join([line.strip() for line in value.split("\n")]).strip() if "\n" in value else value.strip()


def header_hash(block: bytes, size: int) -> bytes:
    """The 32 bytes that identify a mail within an account: SHA-256 of the whole header block and the mail's size.

    `block` is a header block as served (with or without the empty line at its end; not a whole mail), `size`
    the size in bytes that the server tells (RFC822.SIZE). Line ends are normalised to CR LF first.
    """
    lines = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").replace(b"\n", b"\r\n")
    return hashlib.sha256(lines + b"\r\n\r\n%d" % size).digest()
