"""The people of an address book, for completing addresses: found by the beginnings of their names."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from core.address import Address
from core.contact_book import read_book
from core.errors import StoreError
from core.folding import fold


class Named(Struct, frozen=True):
    """One address of one contact."""

    address: Address
    words: str
    """What is looked for, folded."""


def named_people(folder: str) -> tuple[Named, ...]:
    """Everybody in an address book with a mail address; () where the folder cannot be read. Never raises."""
    try:
        people = read_book(folder)
    except StoreError:
        return ()
    found = []
    for one in people:
        for addr in () if one.group else one.emails:
            words = fold(f"{one.name} {one.nickname} {addr.replace('@', ' ').replace('.', ' ')} {addr}")
            found.append(Named(Address(one.name, addr), words))
    return tuple(found)


def complete(people: Sequence[Named], typed: str, limit: int = 8) -> list[Address]:
    """Those of whom each typed beginning starts a word of the name, the nickname or the address."""
    beginnings = fold(typed.replace("@", " ").replace(".", " ")).split()
    if not beginnings:
        return []
    hits = (one for one in people if all(f" {start}" in f" {one.words}" for start in beginnings))
    return [one.address for one, _ in zip(hits, range(limit), strict=False)]
