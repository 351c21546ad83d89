"""Looking the store over: damage, orphaned rows, counts against recounts; and mending what can be mended."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import StoreError
from core.store import bodies, pieces, rebuild, room, shelves
from core.store.database import Database

_DAY = 86_400
_UNPLACED = "SELECT {} FROM placement p WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.id = p.message)"
_BLOCKLESS = "block IS NOT NULL AND block NOT IN (SELECT id FROM block)"
_CLAIMING = f"body = 2 AND NOT EXISTS (SELECT 1 FROM raw WHERE raw.id = message.raw AND NOT ({_BLOCKLESS}))"
_FORGOTTEN = "hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m WHERE m.raw = raw.id)"
_LONE_PIECES = "raw NOT IN (SELECT id FROM raw)"

_LOST_TWINS = "kind = 'leave' AND state = 'queued' AND after NOT IN (SELECT id FROM operation)"

_CHECKS = {
    "placements-without-message": _UNPLACED.format("count(*)"),
    "placements-without-folder": "SELECT count(*) FROM placement WHERE folder NOT IN (SELECT id FROM folder)",
    "bodies-without-message": (
        f"SELECT (SELECT count(*) FROM raw WHERE {_FORGOTTEN}) + (SELECT count(*) FROM raw_chunk WHERE {_LONE_PIECES})"
    ),
    "messages-without-body-they-claim": f"SELECT count(*) FROM message WHERE {_CLAIMING}",
    "bodies-without-dictionary": " UNION ALL ".join(
        f"SELECT count(*) FROM {table} WHERE dictionary <> 0 AND dictionary NOT IN (SELECT id FROM dictionary)"
        for table in ("raw", "block", "header", "part")
    ),
    "operations-without-the-one-before": f"SELECT count(*) FROM operation WHERE {_LOST_TWINS}",
    "scheduled-without-message": (
        "SELECT count(*) FROM schedule WHERE message IS NOT NULL AND message NOT IN (SELECT id FROM message)"
    ),
    "headers-without-message": "SELECT count(*) FROM header WHERE message NOT IN (SELECT id FROM message)",
    "parts-without-message": "SELECT count(*) FROM part WHERE message NOT IN (SELECT id FROM message)",
    "keywords-without-placement": "SELECT count(*) FROM keyword WHERE placement NOT IN (SELECT id FROM placement)",
    "wrong-folder-counts": (
        "SELECT count(*) FROM folder f WHERE (total, unread) IS NOT (SELECT count(*), coalesce(sum(flags & 1 = 0), 0)"
        " FROM placement p WHERE p.folder = f.id AND hidden = 0)"
    ),
    "wrong-conversation-counts": (
        "SELECT count(*) FROM (SELECT folder, thread, count(*) c, sum(flags & 1 = 0) u, max(received) l FROM placement"
        " WHERE hidden = 0 GROUP BY folder, thread) p FULL JOIN folder_thread t ON t.folder = p.folder AND t.thread = p.thread"
        " WHERE (t.total, t.unread, t.latest) IS NOT (p.c, p.u, p.l)"
    ),
    "messages-not-in-the-index": "SELECT count(*) FROM message WHERE id NOT IN ({indexed})",
    "index-entries-without-message": "SELECT count(*) FROM ({indexed}) WHERE id NOT IN (SELECT id FROM message)",
}

_MENDING = (
    "DELETE FROM placement WHERE id IN (" + _UNPLACED.format("p.id") + ")",
    "DELETE FROM placement WHERE folder NOT IN (SELECT id FROM folder)",
    f"UPDATE message SET body = 0, raw = NULL WHERE {_CLAIMING}",
    f"DELETE FROM raw WHERE {_FORGOTTEN}",
    f"DELETE FROM raw WHERE {_BLOCKLESS}",
    "DELETE FROM block WHERE id NOT IN (SELECT block FROM raw WHERE block IS NOT NULL)",
    f"DELETE FROM raw_chunk WHERE {_LONE_PIECES}",
    # Of a move between accounts only the end is left: nobody knows whether the mail was brought, so it stays.
    f"UPDATE placement SET hidden = 0, hider = NULL WHERE hider IN (SELECT id FROM operation WHERE {_LOST_TWINS})",
    f"UPDATE operation SET state = 'failed' WHERE {_LOST_TWINS}",
    "DELETE FROM schedule WHERE message IS NOT NULL AND message NOT IN (SELECT id FROM message)",
    "DELETE FROM trashed WHERE placement NOT IN (SELECT id FROM placement)",
    "DELETE FROM header WHERE message NOT IN (SELECT id FROM message)",
    "DELETE FROM part WHERE message NOT IN (SELECT id FROM message)",
    "DELETE FROM keyword WHERE placement NOT IN (SELECT id FROM placement)",
    "UPDATE folder SET (total, unread) = (SELECT count(*), coalesce(sum(flags & 1 = 0), 0) FROM placement p"
    " WHERE p.folder = folder.id AND hidden = 0)",
    "DELETE FROM folder_thread",
    "INSERT OR IGNORE INTO unsettled SELECT DISTINCT folder, thread FROM placement WHERE hidden = 0",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: its id and how many rows are wrong (0: well), with SQLite's words where it said some."""

    id: str
    count: int
    words: str = ""


def examine(db: Database, *, deep: bool = False) -> list[Finding]:
    """Every check, the well ones too. `deep`: every whole mail is unpacked and compared with its SHA-256."""
    damage = _damage(db)
    found = []
    try:
        broken = index_damage(db)
        found.append(Finding("index-damaged", len(broken), "\n".join(broken)))
        indexed = shelves.indexed(db)
        for id, sql in _CHECKS.items():
            found.append(Finding(id, sum(int(row[0]) for row in db.read(sql.replace("{indexed}", indexed)))))
        if deep:
            found.append(Finding("bodies-unreadable", len(unreadable(db))))
    except StoreError as error:
        if error.id != "store-unreadable":
            raise
        damage = damage or [str(error.values.get("answer", ""))]  # what cannot be looked at cannot be counted
    return [Finding("damage", len(damage), "\n".join(damage)), *found]


def _damage(db: Database) -> list[str]:
    """What SQLite's own check says."""
    try:
        words = [row[0] for row in db.read("PRAGMA integrity_check(20)")]
    except StoreError as error:
        if error.id != "store-unreadable":
            raise
        return [str(error.values.get("answer", ""))]
    return [] if words == ["ok"] else words


def index_damage(db: Database) -> list[str]:
    """What FTS5's own check says of each table of the index that is damaged."""
    found = []
    for name in shelves.names(db):
        try:
            with db.write(reserve=True):
                db.run(f"INSERT INTO {name} ({name}) VALUES ('integrity-check')")
        except StoreError as error:
            if error.id != "store-unreadable":
                raise
            found.append(f"{name}: {error.values.get('answer', '')}")
    return found


def unreadable(db: Database) -> list[int]:
    """Row ids in `raw` of whole mails whose bytes do not unpack to what arrived."""
    found = []
    last = 0
    while rows := db.read("SELECT id, hash FROM raw WHERE id > ? AND hash IS NOT NULL ORDER BY id LIMIT 500", (last,)):
        for last, digest in rows:
            whole = hashlib.sha256()
            try:
                file = bodies.opened(db, last)
                while data := file.read(pieces.PIECE):
                    whole.update(data)
            except StoreError:
                found.append(last)
                continue
            if whole.digest() != digest:
                found.append(last)
    return found


_ON_A_SERVER = (
    "EXISTS (SELECT 1 FROM placement p JOIN folder f ON f.id = p.folder JOIN account a ON a.id = f.account"
    " WHERE p.message = message.id AND p.uid IS NOT NULL AND p.hidden = 0 AND a.local = 0)"
)


def _let_go(db: Database, raws: list[int]) -> None:
    """Mails whose bytes (row ids in `raw`) cannot be read are fetched again, where a server has them."""
    for raw in raws:
        with db.write(durable=True):
            db.run(f"UPDATE message SET body = 0, raw = NULL, stored = NULL WHERE raw = ? AND {_ON_A_SERVER}", (raw,))
            bodies.release(db, raw)


def repair(db: Database, breathe: Callable[[], None] = lambda: None, *, deep: bool = False) -> int:
    """Drop what belongs to nothing, recount everything, index what is missing from the index, and compact the file.

    How many bytes smaller the file is. StoreError `store-unreadable` where only `core.store.rescue` helps.
    `breathe` is called between turns. An index that is damaged is made anew. `deep`: every whole mail is unpacked, and what
    cannot be is fetched again.
    """
    if _damage(db):
        db.reindex()
    damaged = bool(index_damage(db))
    pieces.drop_unfinished(db, int(time.time()) - _DAY)
    with db.write(durable=True):
        for sql in _MENDING:
            db.run(sql)
        if not damaged:
            lone = f"SELECT id FROM ({shelves.indexed(db)}) WHERE id NOT IN (SELECT id FROM message)"
            shelves.take(db, [row[0] for row in db.read(lone)])
    if deep:
        _let_go(db, unreadable(db))
    if damaged:
        rebuild.rebuild_index(db, breathe)
    else:
        rebuild.index_missing(db, breathe)
    return room.compact(db)
