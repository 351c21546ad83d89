"""Contacts that came with a mail (vCards, RFC 2426 and RFC 6350), each as a file of its own for an address book."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from core.charset import decode
from core.clean import clean_line
from core.part import Part
from core.vdir import Vdir

MOST_CARDS = 1_000
MOST_BYTES = 8 * 1024 * 1024
LARGEST = 1024 * 1024
"""Characters of one card: pictures stand in it."""
_TYPES = ("text/vcard", "text/x-vcard", "text/directory", "application/vcard")
_EDGE = re.compile(r"^(BEGIN|END):VCARD[ \t]*$", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(r"\n[ \t]")
_FIELD = r"^(?:[A-Za-z0-9-]+\.)?{}(?:;[^:\n]*)?:(.*)$"
_UID = re.compile(_FIELD.format("UID"), re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(_FIELD.format("FN"), re.IGNORECASE | re.MULTILINE)
_PARTS = re.compile(_FIELD.format("N"), re.IGNORECASE | re.MULTILINE)
_MAIL = re.compile(_FIELD.format("EMAIL"), re.IGNORECASE | re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\;,:nN])")


class Contact(Struct, frozen=True):
    """One vCard."""

    name: str
    """One clean line, never empty but where nothing names anybody."""
    uid: str
    data: bytes
    """The card alone, with a UID."""


def contact_parts(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The vCards of a mail."""
    found = (part for part in parts if part.type in _TYPES or (part.name.lower().endswith(".vcf") and part.main != "multipart"))
    return tuple(part for part in found if part.size <= MOST_BYTES)


def contacts_of(data: bytes, charset: str = "") -> tuple[Contact, ...]:
    """The cards in a file, at most `MOST_CARDS`. Never raises; what is not closed or far too large is left out."""
    text = decode(data[:MOST_BYTES], charset).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    found: list[Contact] = []
    start = -1
    for edge in _EDGE.finditer(text):
        if edge[1].upper() == "BEGIN":
            start = edge.start()
        elif start >= 0:
            if edge.end() - start <= LARGEST:
                found.append(_contact(text[start : edge.end()]))
            start = -1
            if len(found) == MOST_CARDS:
                break
    return tuple(found)


def _contact(card: str) -> Contact:
    flat = _FOLD.sub("", card)
    uid = _UID.search(flat)
    name = _first(_NAME, flat) or " ".join(_first(_PARTS, flat).replace(";", " ").split()) or _first(_MAIL, flat)
    known = _ESCAPED.sub(r"\1", uid[1].strip()) if uid is not None else ""
    if not known:
        # The same card has the same name each time: it is not saved twice.
        known = f"{hashlib.sha256(card.encode('utf-8', 'replace')).hexdigest()[:32]}@correio"
        head, _, rest = card.partition("\n")
        lines = rest.split("\n")
        at = 1 if lines and lines[0].upper().startswith("VERSION") else 0
        card = "\n".join([head, *lines[:at], f"UID:{known}", *lines[at:]])
    return Contact(name, known, (card + "\n").replace("\n", "\r\n").encode("utf-8", "replace"))


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return clean_line(_ESCAPED.sub(lambda sign: " " if sign[1] in "nN" else sign[1], found[1]))[:200] if found else ""


def save(folder: str, contacts: Sequence[Contact]) -> tuple[list[Path], list[Contact]]:
    """Put contacts into an address book: the new files, and those that are in it already, which stay as they are.

    Raises StoreError as `core.vdir`.
    """
    book = Vdir(folder, ".vcf")
    written, known = [], []
    for one in {contact.uid: contact for contact in contacts}.values():
        if book.find(one.uid) is not None:
            known.append(one)
        else:
            written.append(book.put(one.uid, one.data))
    return written, known
