"""The people and groups of an address book, for completing addresses: found by the beginnings of their names."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from core.address import Address
from core.contact_book import addresses, groups, read_book
from core.errors import StoreError
from core.folding import fold


class Group(Struct, frozen=True):
    """A list or a category of an address book."""

    name: str
    people: tuple[Address, ...]


class Named(Struct, frozen=True):
    """One address of one contact, or a group."""

    address: Address
    """Of a group: its name only."""
    words: str
    """What is looked for, folded."""
    group: Group | None = None


def named_people(folder: str, *, every: bool = False) -> tuple[Named, ...]:
    """Everybody in an address book with a mail address, then its groups (`every`: with all addresses of their members);
    () where the folder cannot be read. Never raises."""
    try:
        people = read_book(folder)
    except StoreError:
        return ()
    found = []
    for one in people:
        for addr in () if one.group else one.emails:
            words = fold(f"{one.name} {one.nickname} {addr.replace('@', ' ').replace('.', ' ')} {addr}")
            found.append(Named(Address(one.name, addr), words))
    for name, members in groups(people).items():
        group = Group(name, tuple({one.key: one for one in addresses(members, every=every)}.values()))
        found += [Named(Address(name, ""), fold(name), group)] if group.people else []
    return tuple(found)


def complete(people: Sequence[Named], typed: str, limit: int = 8) -> list[Address]:
    """Those of whom each typed beginning starts a word of the name, the nickname or the address."""
    return [one.address for one in _hits(people, typed) if one.group is None][:limit]


def complete_groups(people: Sequence[Named], typed: str, limit: int = 2) -> list[Group]:
    """The groups of whose names each typed beginning starts a word."""
    return [one.group for one in _hits(people, typed) if one.group is not None][:limit]


def _hits(people: Sequence[Named], typed: str) -> list[Named]:
    beginnings = fold(typed.replace("@", " ").replace(".", " ")).split()
    if not beginnings:
        return []
    return [one for one in people if all(f" {start}" in f" {one.words}" for start in beginnings)]
