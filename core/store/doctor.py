"""Looking the store over: damage, orphaned rows, counts against recounts; and mending what can be mended."""

from __future__ import annotations

from dataclasses import dataclass

from core.store.database import Database

_CHECKS = {
    "placements-without-message": "SELECT count(*) FROM placement WHERE message NOT IN (SELECT id FROM message)",
    "placements-without-folder": "SELECT count(*) FROM placement WHERE folder NOT IN (SELECT id FROM folder)",
    "bodies-without-message": "SELECT count(*) FROM raw WHERE hash NOT IN (SELECT raw FROM message WHERE raw IS NOT NULL)",
    "messages-without-body-they-claim": "SELECT count(*) FROM message WHERE body = 2 AND raw NOT IN (SELECT hash FROM raw)",
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
    "messages-not-in-the-index": "SELECT count(*) FROM message WHERE id NOT IN (SELECT rowid FROM search)",
    "index-entries-without-message": "SELECT count(*) FROM search WHERE rowid NOT IN (SELECT id FROM message)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: its id and how many rows are wrong (0: well), with SQLite's words where it said some."""

    id: str
    count: int
    words: str = ""


def examine(db: Database) -> list[Finding]:
    """Every check, the well ones too."""
    words = [row[0] for row in db.read("PRAGMA integrity_check(20)")]
    damage = [] if words == ["ok"] else words
    found = [Finding("damage", len(damage), "\n".join(damage))]
    return found + [Finding(id, int(db.value(sql))) for id, sql in _CHECKS.items()]


def repair(db: Database) -> None:
    """Drop what belongs to nothing, recount everything and index what is missing from the index."""
    with db.write(durable=True):
        for sql in (
            "DELETE FROM placement WHERE message NOT IN (SELECT id FROM message)",
            "DELETE FROM placement WHERE folder NOT IN (SELECT id FROM folder)",
            "UPDATE message SET body = 0, raw = NULL WHERE body = 2 AND raw NOT IN (SELECT hash FROM raw)",
            "DELETE FROM raw WHERE hash NOT IN (SELECT raw FROM message WHERE raw IS NOT NULL)",
            "DELETE FROM header WHERE message NOT IN (SELECT id FROM message)",
            "DELETE FROM part WHERE message NOT IN (SELECT id FROM message)",
            "DELETE FROM keyword WHERE placement NOT IN (SELECT id FROM placement)",
            "DELETE FROM search WHERE rowid NOT IN (SELECT id FROM message)",
            "UPDATE folder SET (total, unread) = (SELECT count(*), coalesce(sum(flags & 1 = 0), 0) FROM placement p"
            " WHERE p.folder = folder.id AND hidden = 0)",
            "DELETE FROM folder_thread",
            "INSERT OR IGNORE INTO unsettled SELECT DISTINCT folder, thread FROM placement WHERE hidden = 0",
        ):
            db.run(sql)
        _index_missing(db)


def _index_missing(db: Database) -> None:
    from core.arrival import arrive_body, index_header
    from core.envelope import read_envelope
    from core.store import bodies

    for (id,) in db.read("SELECT id FROM message WHERE id NOT IN (SELECT rowid FROM search) ORDER BY id"):
        whole = bodies.raw(db, id)
        if whole is not None:
            arrive_body(db, id, whole)
        else:
            index_header(db, id, read_envelope(bodies.header(db, id) or b""))
