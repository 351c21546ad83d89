"""People one has exchanged mail with, for completing addresses; most used first."""

from __future__ import annotations

from core.address import Address
from core.envelope import Envelope
from core.folding import fold
from core.store.database import Database

MOST_RECIPIENTS = 20
"""Mail to more people than this says nothing about whom one knows."""

_NOTE = (
    "INSERT INTO correspondent (address, name, shown, sent, got, last, words) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (address) DO UPDATE SET sent = sent + excluded.sent, got = got + excluded.got,"
    " name = CASE WHEN excluded.last >= last AND excluded.name <> '' THEN excluded.name ELSE name END,"
    " words = CASE WHEN excluded.last >= last AND excluded.name <> '' THEN excluded.words ELSE words END,"
    " last = max(last, excluded.last)"
)


def note(db: Database, envelope: Envelope, when: int) -> None:
    """Remember the writer of an incoming mail. Call inside `db.write`."""
    if envelope.from_ and not envelope.list_id:
        _store(db, envelope.from_[0], when, sent=0, got=1)


def note_sent(db: Database, recipients: tuple[Address, ...], when: int) -> None:
    """Remember the recipients of an own mail: they count most. Call inside `db.write`."""
    for person in recipients[:MOST_RECIPIENTS]:
        _store(db, person, when, sent=1, got=0)


def _store(db: Database, person: Address, when: int, *, sent: int, got: int) -> None:
    if "@" not in person.addr or len(person.addr) > 254:
        return
    words = " ".join(fold(f"{person.name} {person.addr}").split())[:300]
    db.run(_NOTE, (person.key, person.name[:100], person.addr, sent, got, when, words))


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
