"""What a query finds besides mail: contacts and lists of the address book, and files among the documents."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from core.address import format_address
from core.clean import clean_line
from core.contact_book import Person, addresses, groups
from core.query.facts import Context, Facts
from core.query.predicate import matches
from core.query.tree import Query
from core.store.search import terms

MOST_FILES = 20_000
"""Files that are looked at, the ones near the top of the folder first."""
DEEPEST = 12
_NAMED = ("from", "to", "cc", "with", "subject", "body", "attachment", "tag")
_SOMEWHERE = frozenset((0,))

Kind = Literal["contact", "list", "document"]


class Thing(Struct, frozen=True):
    """A contact, a list of contacts, or a file."""

    kind: Kind
    title: str
    detail: str
    """A contact's addresses or number, how many are on a list, the folder of a file."""
    value: tuple[str, ...]
    """A contact's addresses, the main one first; those of a list as a header has them; of a file its path."""
    facts: Facts
    """What queries see of it: names like those of a sender, categories like tags, files like attachments."""


def things_of_book(people: Iterable[Person]) -> list[Thing]:
    """Everybody in an address book, by name, then its lists and categories."""
    people = list(people)
    found = []
    for one in people:
        if one.group:
            continue
        shown = " ".join((one.name, one.nickname, *one.emails))
        more = " ".join((one.organisation, one.nickname, *(number for number, _ in one.phones)))
        facts = Facts(
            subject=one.name, sender=shown, recipients=shown, body=more, folders=_SOMEWHERE,
            tags=frozenset(name.lower() for name in one.categories),
        )  # fmt: skip
        detail = ", ".join(one.emails) or ", ".join(number for number, _ in one.phones) or one.organisation
        found.append(Thing("contact", one.name, detail, one.emails, facts))
    for name, members in groups(people).items():
        facts = Facts(subject=name, body=" ".join(" ".join((one.name, *one.emails)) for one in members), folders=_SOMEWHERE)
        written = tuple(format_address(address) for address in addresses(members))
        found.append(Thing("list", name, ", ".join(one.name or one.emails[0] for one in members), written, facts))
    return found


def things_of_folder(folder: Path) -> list[Thing]:
    """The files below a folder, the newest first; hidden ones and those behind links are left out. Never raises OSError."""
    found = []
    for place, spelt, told in _files(folder):
        name, inside = clean_line(spelt), clean_line(str(place.relative_to(folder)))
        words = f"{name} {'' if inside == '.' else inside}"
        facts = Facts(
            subject=name, attachments=words, body=words.replace("_", " "), received=int(told.st_mtime), size=told.st_size,
            folders=_SOMEWHERE,
        )  # fmt: skip
        found.append(Thing("document", name, clean_line(str(place)), (str(place / spelt),), facts))
    return sorted(found, key=lambda one: -one.facts.received)


def _files(folder: Path) -> Iterator[tuple[Path, str, os.stat_result]]:
    """(folder, name, what is known of it) of each."""
    left, level = MOST_FILES, [folder]
    for _ in range(DEEPEST):
        below: list[Path] = []
        for place in level:
            try:
                entries = sorted(os.scandir(place), key=lambda entry: entry.name)
            except OSError:
                continue  # not ours to read, or gone
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                try:
                    told = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if stat.S_ISDIR(told.st_mode):
                    if len(below) < MOST_FILES:  # as a folder of nothing but folders can be as large
                        below.append(place / entry.name)
                elif stat.S_ISREG(told.st_mode):
                    left -= 1
                    if left < 0:
                        return
                    yield place, entry.name, told
        level = below


def fitting(things: Iterable[Thing], query: Query, where: Context) -> list[Thing]:
    """Those that a query finds. One that names no word (`is:unread`) is about mail alone."""
    return [one for one in things if matches(query, one.facts, where)] if terms(query, _NAMED) else []
