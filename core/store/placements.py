"""Placements: a message in a folder under a UID, with its flags.

Shown flags = the server's flags, but for the *held* bits: those have a pending operation and show what the user wants,
so that they do not flicker back between two replays. The same goes for *hidden* placements.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from msgspec import Struct

from core.flags import KEPT_AS_KEYWORDS, Flag
from core.idset import Runs
from core.store.database import Database, json_numbers

NO_FLAG = Flag(0)
_PAGE = 5_000
"""UIDs that are read at a time."""


class Placement(Struct, frozen=True):
    """A message in a folder. `uid` is None until the server has said it."""

    id: int
    folder: int
    uid: int | None
    message: int
    server_flags: Flag
    flags: Flag
    held: Flag
    hidden: bool
    maker: int | None = None
    """The operation that put it here."""

    def since(self, operation: int) -> bool:
        """Whether that operation has put it here, or a later one."""
        return self.maker is not None and self.maker >= operation


_COLUMNS = "id, folder, uid, message, server_flags, flags, held, hidden, maker"


def _placement(row: Any) -> Placement:
    return Placement(row[0], row[1], row[2], row[3], Flag(row[4]), Flag(row[5]), Flag(row[6]), bool(row[7]), row[8])


def seen_from(message: str, folder: str) -> str:
    """SQL: whether a message of a conversation is shown when that is seen from a folder (NULL: from nowhere, all are)."""
    return (
        f"EXISTS (SELECT 1 FROM placement p JOIN folder f ON f.id = p.folder WHERE p.message = {message} AND p.hidden = 0"
        f" AND ({folder} IS NULL OR p.folder = {folder} OR f.role NOT IN ('trash', 'junk')))"
    )


def add(
    db: Database, folder: int, uid: int | None, message: int, flags: Flag, keywords: Iterable[str] = (),
    server_flags: Flag | None = None,
) -> int:  # fmt: skip
    """Put a message into a folder; the placement's row id.

    A placement that waits for its UID (an own copy, move or append) is taken over by the first one the server shows.
    `server_flags` differ from `flags` for placements the server does not know yet. Call inside `db.write`.
    """
    if uid is not None:
        row = db.one(
            "SELECT id, server_flags FROM placement WHERE folder = ? AND message = ? AND uid IS NULL ORDER BY id LIMIT 1",
            (folder, message),
        )
        if row is not None:
            waiting, before = int(row[0]), Flag(row[1])
            db.run("UPDATE placement SET uid = ? WHERE id = ?", (uid, waiting))
            if db.value("SELECT keywords FROM folder WHERE id = ?", (folder,)):
                update_flags(db, waiting, flags, keywords)
            else:
                update_flags(db, waiting, flags | before & KEPT_AS_KEYWORDS)
            return waiting
    db.run(
        "INSERT INTO placement (folder, uid, message, thread, received, server_flags, flags)"
        " SELECT ?, ?, id, thread, received, ?, ? FROM message WHERE id = ?",
        (folder, uid, int(flags if server_flags is None else server_flags), int(flags), message),
    )
    id = db.last_id()
    if keywords:
        db.many("INSERT OR REPLACE INTO keyword (placement, name) VALUES (?, ?)", [(id, name) for name in keywords])
    db.run("UPDATE message SET orphaned = NULL WHERE id = ? AND orphaned IS NOT NULL", (message,))
    return id


def marked_deleted(db: Database, folders: Iterable[int]) -> list[tuple[int, int]]:
    """What the folders (row ids) show that is marked `\\Deleted`, as (folder, message), the oldest first."""
    rows = db.read(
        "SELECT folder, message FROM placement INDEXED BY placement_marked"
        " WHERE hidden = 0 AND flags & 62 AND flags & 8 AND folder IN (SELECT value FROM json_each(?)) ORDER BY message",
        (json_numbers(folders),),
    )
    return [(folder, message) for folder, message in rows]


class Place(Struct, frozen=True):
    """Where a message that arrives stands."""

    folder: int
    uid: int | None = None
    flags: Flag = NO_FLAG
    keywords: frozenset[str] = frozenset()


def add_many(db: Database, places: Sequence[tuple[Place, int]], new: Set[int]) -> None:
    """`add` for each (place, message); `new`: messages that stood nowhere before. Inside `db.write`."""
    waiting = {folder for folder in {place.folder for place, _ in places} if _has_waiting(db, folder)}
    plain = []
    for place, message in places:
        if place.folder in waiting or place.keywords or message not in new:
            add(db, place.folder, place.uid, message, place.flags, place.keywords)
        else:
            plain.append((place.folder, place.uid, int(place.flags), message))
    db.many(
        "INSERT INTO placement (folder, uid, message, thread, received, server_flags, flags)"
        " SELECT ?1, ?2, id, thread, received, ?3, ?3 FROM message WHERE id = ?4",
        plain,
    )


def _has_waiting(db: Database, folder: int) -> bool:
    return bool(db.value("SELECT 1 FROM placement WHERE folder = ? AND uid IS NULL LIMIT 1", (folder,)))


_TAKE_FLAGS = (
    "UPDATE placement SET server_flags = ?1, flags = (?1 & ~held) | (flags & held)"
    " WHERE id = ?2 AND (server_flags <> ?1 OR flags <> ((?1 & ~held) | (flags & held)))"
)


def take_flags(db: Database, told: Sequence[tuple[int, Flag, frozenset[str] | None]]) -> None:
    """`update_flags` for many: (placement, flags, keywords or None). Inside `db.write`."""
    db.many(_TAKE_FLAGS, [(int(flags), id) for id, flags, _ in told])
    for id, _, keywords in told:
        if keywords is not None:
            _take_keywords(db, id, keywords)


def update_flags(db: Database, id: int, flags: Flag, keywords: Iterable[str] | None = None) -> None:
    """Take the server's word on flags; held bits keep showing what the user wants. Call inside `db.write`."""
    db.run(_TAKE_FLAGS, (int(flags), id))
    if keywords is not None:
        _take_keywords(db, id, keywords)


def _take_keywords(db: Database, id: int, keywords: Iterable[str]) -> None:
    wanted = set(keywords)
    known = {row[0]: row[1:] for row in db.read("SELECT name, server, shown FROM keyword WHERE placement = ?", (id,))}
    for name in wanted - known.keys():
        db.run("INSERT INTO keyword (placement, name) VALUES (?, ?)", (id, name))
    for name, (server, shown) in known.items():
        if name in wanted and not server:
            db.run("UPDATE keyword SET server = 1 WHERE placement = ? AND name = ?", (id, name))
        elif name not in wanted and server and shown:
            db.run("DELETE FROM keyword WHERE placement = ? AND name = ?", (id, name))


def by_uid(db: Database, folder: int) -> dict[int, tuple[int, int]]:
    """UID → (placement id, server flags) of everything the server is known to have in a folder."""
    rows = db.read("SELECT uid, id, server_flags FROM placement WHERE folder = ? AND uid IS NOT NULL", (folder,))
    return {uid: (id, flags) for uid, id, flags in rows}


def uids_in(db: Database, folder: int) -> Runs:
    """The UIDs of everything the server is known to have in a folder."""

    def read() -> Iterator[int]:
        last = -1
        sql = "SELECT uid FROM placement WHERE folder = ? AND uid > ? ORDER BY uid LIMIT ?"
        while page := db.read(sql, (folder, last, _PAGE)):
            yield from (uid for (uid,) in page)
            last = page[-1][0]

    return Runs.of(read())


def get(db: Database, id: int) -> Placement | None:
    """The placement with this row id, or None."""
    row = db.one(f"SELECT {_COLUMNS} FROM placement WHERE id = ?", (id,))
    return _placement(row) if row else None


def of_message(db: Database, message: int, folder: int | None = None) -> list[Placement]:
    """Where a message stands, hidden placements included."""
    where, params = ("AND folder = ?", [message, folder]) if folder is not None else ("", [message])
    return [_placement(row) for row in db.read(f"SELECT {_COLUMNS} FROM placement WHERE message = ? {where}", params)]


def stands_by_id(db: Database, message: int, folder: int) -> bool:
    """Where the server knows mails by ids of their own (Gmail's labels), a mail stands in a folder once."""
    return bool(
        db.value(
            "SELECT 1 FROM placement p JOIN remote_id r ON r.message = p.message"
            " WHERE p.message = ? AND p.folder = ? AND p.hidden = 0 AND p.uid IS NOT NULL LIMIT 1",
            (message, folder),
        )
    )


def stood_before(db: Database, message: int, folder: int, operation: int) -> bool:
    """Whether an operation that was to put a message into a folder found it there, by the server's own id of it."""
    here = of_message(db, message, folder)
    return not any(one.since(operation) for one in here if not one.hidden) and stands_by_id(db, message, folder)


def uids(db: Database, folder: int, messages: Iterable[int], hider: int | None = None) -> dict[int, int]:
    """UID → message of the given messages in a folder, as far as the server has said them.

    `hider`: only of those that this operation takes away; the same mail may have come there again since.
    """
    found: dict[int, int] = {}
    for message in messages:
        for (uid,) in db.read(
            "SELECT uid FROM placement WHERE folder = ?1 AND message = ?2 AND uid IS NOT NULL AND (?3 IS NULL OR hider = ?3)",
            (folder, message, hider),
        ):
            found[uid] = message
    return found


def drop(db: Database, ids: Iterable[int]) -> None:
    """Remove placements; a message that stands nowhere else is noted as orphan since now. Inside `db.write`."""
    now = int(time.time())
    for id in ids:
        message = db.value("SELECT message FROM placement WHERE id = ?", (id,))
        db.run("DELETE FROM placement WHERE id = ?", (id,))
        db.run(
            "UPDATE message SET orphaned = ? WHERE id = ? AND NOT EXISTS (SELECT 1 FROM placement WHERE message = ?)",
            (now, message, message),
        )


def drop_uids(db: Database, folder: int, gone: Iterable[int]) -> int:
    """Remove the placements of UIDs that the server no longer has; how many there were. Inside `db.write`."""
    ids = []
    for uid in gone:
        found = db.value("SELECT id FROM placement WHERE folder = ? AND uid = ?", (folder, uid))
        if found is not None:
            ids.append(int(found))
    drop(db, ids)
    return len(ids)


def forget_uids(db: Database, folder: int) -> None:
    """The server has renumbered the folder: every placement waits for its new UID. Inside `db.write`."""
    db.run("UPDATE placement SET uid = NULL WHERE folder = ?", (folder,))


def set_uids(db: Database, folder: int, pairs: Mapping[int, int], maker: int | None = None) -> None:
    """Message → UID as COPYUID or APPENDUID told (RFC 4315), for placements that wait for theirs. Inside `db.write`.

    `maker`: the operation that put them there, where it may have taken them for what stood there already (`stands_by_id`).
    """
    for message, uid in pairs.items():
        taken = db.value("SELECT 1 FROM placement WHERE folder = ? AND uid = ?", (folder, uid))
        waiting = db.value(
            "SELECT id FROM placement WHERE folder = ? AND message = ? AND uid IS NULL ORDER BY id LIMIT 1",
            (folder, message),
        )
        if waiting is not None and taken is None:
            db.run("UPDATE placement SET uid = ? WHERE id = ?", (uid, waiting))
        elif taken is None and maker is not None and stands_by_id(db, message, folder):
            flags = next(one.flags for one in of_message(db, message, folder) if not one.hidden)
            db.run("UPDATE placement SET maker = ? WHERE id = ?", (maker, add(db, folder, uid, message, flags)))
