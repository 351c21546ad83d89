"""Contacts made and added to: cards of an address book folder (RFC 2426, RFC 6350), of which nothing else is changed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from core.business_card import read_cards
from core.charset import decode
from core.clean import clean_line
from core.contact_files import Contact
from core.contact_finds import Find, same_as
from core.errors import NotFound
from core.vdir import Vdir

MOST_CONTACTS = 20_000
_ONE = re.compile(rb"^BEGIN:VCARD[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"^END:VCARD", re.IGNORECASE | re.MULTILINE)
_REV = re.compile(rb"^REV(?:;[^:\r\n]*)?:[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_VERSION_4 = re.compile(rb"^VERSION:4", re.IGNORECASE | re.MULTILINE)


class Known(Struct, frozen=True):
    """A contact in an address book."""

    path: str
    name: str
    mails: tuple[str, ...]
    phones: tuple[str, ...]

    def has(self, find: Find) -> bool:
        """Whether the address or number is on it already."""
        mail = find.kind == "mail"
        return any(same_as(one, mail=mail) == find.key for one in (self.mails if mail else self.phones))


def known_contacts(folder: str) -> list[Known]:
    """The contacts of an address book, by name. Raises StoreError as `core.vdir`."""
    found = []
    for path, data in Vdir(folder, ".vcf").entries():
        one = _known(str(path), data)
        if one is not None:
            found.append(one)
        if len(found) == MOST_CONTACTS:
            break
    return sorted(found, key=lambda one: one.name.casefold())


def _known(path: str, data: bytes) -> Known | None:
    """What a file says of its contact; None for one that holds several, or none."""
    cards = read_cards(decode(data, "")) if len(_ONE.findall(data)) == 1 else ()
    if len(cards) != 1:
        return None
    said: dict[str, list[str]] = {"mail": [], "phone": []}
    for line in cards[0].lines:
        if line.kind in said:
            said[line.kind].append(line.text)
    mails, phones = said["mail"], said["phone"]
    return Known(path, cards[0].name or next(iter((*mails, *phones)), ""), tuple(mails), tuple(phones))


def new_contact(name: str, found: Sequence[Find]) -> Contact:
    """A card with this name."""
    name = clean_line(name).strip() or (found[0].value if found else "")
    uid = str(uuid.uuid4())
    given, _, family = name.rpartition(" ")
    if not given:
        given, family = family, ""
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{_escaped(name)}", f"N:{_escaped(family)};{_escaped(given)};;;"]
    lines += [_line(one, four=False) for one in found]
    lines += [f"REV:{_now()}", "END:VCARD"]
    data = "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))
    return Contact(name, uid, data.encode("utf-8", "replace"))


def add_to(folder: str, known: Known, find: Find) -> bool:
    """Put an address or number on a contact's card as it is now; False where it is there already.

    Raises StoreError as `core.vdir`, NotFound `no-contact` where the card has gone.
    """
    book, path = Vdir(folder, ".vcf"), Path(known.path)
    data = next((data for where, data in book.entries() if where == path), b"")
    now = _known(known.path, data)
    ends = list(_END.finditer(data))
    if now is None or len(ends) != 1:
        raise NotFound("no-contact", name=known.name)
    if now.has(find):
        return False
    end = b"\r\n" if b"\r\n" in data else b"\n"
    added = b"".join(one.encode("utf-8", "replace") + end for one in _folded(_line(find, four=bool(_VERSION_4.search(data)))))
    made = data[: ends[0].start()] + added + data[ends[0].start() :]
    book.rewrite(path, _REV.sub(b"REV:" + _now().encode(), made, count=1))
    return True


def _line(find: Find, *, four: bool) -> str:
    value = _escaped(find.value)
    if find.kind == "mail":
        return f"EMAIL:{value}" if four else f"EMAIL;TYPE=INTERNET:{value}"
    kind = "fax" if find.kind == "fax" else "voice"
    return f"TEL;TYPE={kind if four else kind.upper()}:{value}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\,;])", r"\\\1", clean_line(text))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 bytes (RFC 6350 §3.2), no character cut in two."""
    pieces, piece, size = [], "", 0
    for letter in line:
        width = len(letter.encode("utf-8", "replace"))
        if size + width > 75:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    return [*pieces, piece]
