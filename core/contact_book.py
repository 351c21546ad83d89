"""The people of an address book (a folder of vCards) for completing addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from core.address import Address
from core.clean import clean_line
from core.contact_files import contacts_of
from core.folding import fold

MOST_FILES = 5_000
MOST_BYTES = 200_000
"""Of one file: pictures stand in them, and are not read."""
_FOLDED = re.compile(rb"\r?\n[ \t]")
_MAIL = re.compile(rb"^(?:[A-Za-z0-9-]+\.)?EMAIL(?:;[^:\r\n]*)?:(.*?)\r?$", re.IGNORECASE | re.MULTILINE)
_NICK = re.compile(rb"^(?:[A-Za-z0-9-]+\.)?NICKNAME(?:;[^:\r\n]*)?:(.*?)\r?$", re.IGNORECASE | re.MULTILINE)


class Person(Struct, frozen=True):
    """One address of one contact."""

    address: Address
    words: str
    """What is looked for, folded."""


def read_book(folder: str) -> tuple[Person, ...]:
    """Everybody in an address book with a mail address; () where there is no such folder. Never raises."""
    found: list[Person] = []
    try:
        files = sorted(Path(folder).expanduser().glob("*.vcf"))[:MOST_FILES]
    except (OSError, RuntimeError, ValueError):
        return ()
    for path in files:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES)
        except OSError:
            continue
        for card in contacts_of(data):
            flat = _FOLDED.sub(b"", card.data)
            nick = " ".join(clean_line(one.decode("utf-8", "replace")) for one in _NICK.findall(flat))
            for mail in _MAIL.findall(flat):
                addr = clean_line(mail.decode("utf-8", "replace")).strip()
                if "@" in addr:
                    words = fold(f"{card.name} {nick} {addr.replace('@', ' ').replace('.', ' ')} {addr}")
                    found.append(Person(Address(card.name, addr), words))
    return tuple(found)


def complete(people: Sequence[Person], typed: str, limit: int = 8) -> list[Address]:
    """Those of whom each typed beginning starts a word of the name, the nickname or the address."""
    beginnings = fold(typed.replace("@", " ").replace(".", " ")).split()
    if not beginnings:
        return []
    hits = (one for one in people if all(f" {start}" in f" {one.words}" for start in beginnings))
    return [one.address for one, _ in zip(hits, range(limit), strict=False)]
