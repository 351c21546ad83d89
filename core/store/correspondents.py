"""People one has exchanged mail with, for completing addresses; most used first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.address import Address
from core.folding import fold
from core.parcel import correspondent
from core.store.database import Database

if TYPE_CHECKING:  # only reading needs it
    from core.acquaintances import Acquaintances

MOST_RECIPIENTS = 20
"""Mail to more people than this says nothing about whom one knows."""
MOST_KNOWN = 10_000
"""Correspondents that a sender is compared with, the best known ones."""

_NOTE = (
    "INSERT INTO correspondent (address, name, shown, sent, got, last, words) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (address) DO UPDATE SET sent = sent + excluded.sent, got = got + excluded.got,"
    " name = CASE WHEN excluded.last >= last AND excluded.name <> '' THEN excluded.name ELSE name END,"
    " words = CASE WHEN excluded.last >= last AND excluded.name <> '' THEN excluded.words ELSE words END,"
    " last = max(last, excluded.last)"
)


def note(db: Database, writers: Iterable[tuple[tuple[str, str, str, str], int]]) -> None:
    """Remember the writers of incoming mails (`core.parcel.correspondent`) and when they wrote. Inside `db.write`."""
    db.many(_NOTE, [(key, name, shown, 0, 1, when, words) for (key, name, shown, words), when in writers])


def note_sent(db: Database, recipients: tuple[Address, ...], when: int) -> None:
    """Remember the recipients of an own mail: they count most. Call inside `db.write`."""
    people = [correspondent(person.name, person.addr) for person in recipients[:MOST_RECIPIENTS]]
    db.many(_NOTE, [(key, name, shown, 1, 0, when, words) for key, name, shown, words in filter(None, people)])


def complete(db: Database, typed: str, limit: int = 8) -> list[Address]:
    """Past correspondents of whom each typed beginning starts a word of the name or the address, best first."""
    beginnings = fold(typed.replace("@", " ").replace(".", " ")).split()
    if not beginnings:
        return []
    where = " AND ".join("(' ' || replace(replace(words, '.', ' '), '@', ' ') LIKE ? ESCAPE '\\' OR words LIKE ? ESCAPE '\\')"
                         for _ in beginnings)  # fmt: skip
    params: list[str | int] = []
    for word in beginnings:
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        params += [f"% {escaped}%", f"{escaped}%"]
    rows = db.read(
        f"SELECT name, shown FROM correspondent WHERE {where} ORDER BY sent * 10 + got DESC, last DESC LIMIT ?",
        [*params, limit],
    )
    return [Address(name, shown) for name, shown in rows]


def everybody(db: Database, limit: int = 2_000) -> list[Address]:
    """Those one has exchanged mail with, best known first."""
    rows = db.read("SELECT name, shown FROM correspondent ORDER BY sent * 10 + got DESC, last DESC LIMIT ?", (limit,))
    return [Address(str(name), str(shown)) for name, shown in rows]


def name_of(db: Database, address: str) -> str:
    """The name that somebody bears in past mail; '' where none is known."""
    return str(db.value("SELECT name FROM correspondent WHERE address = ?", (address.casefold(),)) or "")


def known(db: Database, own: Iterable[tuple[str, str]]) -> Acquaintances:
    """Whom one knows, with one's own (name, address) pairs: what a sender's name and domain are compared with."""
    from core.acquaintances import gather

    rows = db.read(
        "SELECT name, shown, sent, got FROM correspondent ORDER BY sent * 10 + got DESC, last DESC LIMIT ?", (MOST_KNOWN,)
    )
    return gather(((str(name), str(shown), int(sent), int(got)) for name, shown, sent, got in rows), own)


def standing(db: Database, address: str) -> tuple[int, int]:
    """How many mails went to an address, and how many came from it."""
    row = db.one("SELECT sent, got FROM correspondent WHERE address = ?", (address.casefold(),))
    return (int(row[0]), int(row[1])) if row else (0, 0)
