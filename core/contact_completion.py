"""The people of an address book, ready for completing addresses while they are typed."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from core.address import Address
from core.contact_book import read_book
from core.errors import StoreError
from core.folding import fold


class Known(Struct, frozen=True):
    """One address of one contact."""

    address: Address
    words: str
    """What is looked for, folded."""


def read_known(folder: str) -> tuple[Known, ...]:
    """Everybody in an address book with a mail address; () where there is no such book. Never raises."""
    try:
        people = read_book(folder)
    except StoreError:
        return ()
    return tuple(
        Known(
            Address(one.name, mail),
            fold(f"{one.name} {one.nickname} {mail.replace('@', ' ').replace('.', ' ')} {mail}"),
        )
        for one in people
        for mail in one.emails
    )


def complete(people: Sequence[Known], typed: str, limit: int = 8) -> list[Address]:
    """Those of whom each typed beginning starts a word of the name, the nickname or the address."""
    beginnings = fold(typed.replace("@", " ").replace(".", " ")).split()
    if not beginnings:
        return []
    hits = (one for one in people if all(f" {start}" in f" {one.words}" for start in beginnings))
    return [one.address for one, _ in zip(hits, range(limit), strict=False)]
