"""What is known of a folder's numbering on the server, and doubts about what the server says of it.

An empty folder where there was mail, a new UIDVALIDITY, a folder gone from the list: each is believed only when it is
seen again, over another connection and some minutes later. Until then nothing is dropped.
"""

from __future__ import annotations

import json

from msgspec import Struct

from core.store.database import Database

PATIENCE = 300
"""Seconds after which a second look counts."""


COMPARED = 7 * 86_400
"""Seconds after which all flags of a folder are compared, although the server tells what has changed: it may have lied
once, or we may have."""


class FolderState(Struct, frozen=True):
    """Where the last pass over a folder ended."""

    uidvalidity: int | None
    uidnext: int | None
    """Every mail below this UID is in the store; None while the first pass is not over."""
    modseq: int | None
    """Every change up to this one is in the store; None where it is not known."""
    keywords: bool


def read(db: Database, folder: int) -> FolderState:
    """The state of a folder, by row id."""
    row = db.one("SELECT uidvalidity, uidnext, modseq, keywords FROM folder WHERE id = ?", (folder,))
    return FolderState(row[0], row[1], row[2], bool(row[3])) if row else FolderState(None, None, None, True)


def write(db: Database, folder: int, state: FolderState, now: int) -> None:
    """Note where a pass ended."""
    with db.write():
        db.run(
            "UPDATE folder SET uidvalidity = ?, uidnext = ?, modseq = ?, keywords = ?, synced = ? WHERE id = ?",
            (state.uidvalidity, state.uidnext, state.modseq, int(state.keywords), now, folder),
        )


def known_below(db: Database, folder: int, uid: int) -> int:
    """How many mails with a lower UID the store has: its count of those shown, put right by the few that make the difference.

    To count the UIDs themselves takes as long as there are many of them.
    """
    found = db.value(
        """
        SELECT total
            - (SELECT count(*) FROM placement WHERE folder = ?1 AND uid IS NULL AND hidden = 0)
            + (SELECT count(*) FROM placement WHERE folder = ?1 AND hidden = 1 AND +uid IS NOT NULL)
            - (SELECT count(*) FROM placement WHERE folder = ?1 AND uid >= ?2)
        FROM folder WHERE id = ?1
        """,
        (folder, uid),
    )
    return int(found or 0)  # a folder may have gone meanwhile


def has_waiting(db: Database, folder: int) -> bool:
    """Whether placements wait for their UID: own copies that the server did not tell of, or a renumbered folder."""
    return bool(db.value("SELECT 1 FROM placement WHERE folder = ? AND uid IS NULL LIMIT 1", (folder,)))


def doubt(db: Database, folder: int, what: str, value: object, *, connected: float, now: float) -> bool:
    """Note something hard to believe; True when it has been seen before, long enough ago and over another connection.

    `what` names it (`empty`, `renumbered`, `gone`), `value` has to be the same each time; `connected` is when this
    connection was made (unix seconds).
    """
    known = db.value("SELECT value FROM meta WHERE name = ?", (_key(folder),))
    note = json.loads(known) if known else {}
    if note.get("what") == what and note.get("value") == value:
        since = float(note["since"])
        if since <= now:
            return now - since >= PATIENCE and connected > since
        # The clock was set back: what it said then means nothing.
    with db.write():
        text = json.dumps({"what": what, "value": value, "since": now})
        db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_key(folder), text))
        db.run("UPDATE folder SET doubtful = ? WHERE id = ?", (int(now), folder))
    return False


def trust(db: Database, folder: int, *whats: str) -> None:
    """These things about the folder make sense (again)."""
    if not db.value("SELECT doubtful FROM folder WHERE id = ?", (folder,)):
        return
    known = db.value("SELECT value FROM meta WHERE name = ?", (_key(folder),))
    if known is None or json.loads(known)["what"] in whats:
        with db.write():
            db.run("DELETE FROM meta WHERE name = ?", (_key(folder),))
            db.run("UPDATE folder SET doubtful = 0 WHERE id = ?", (folder,))


def second_look_due(db: Database, account: int, *, connected: float, now: float) -> bool:
    """Whether a doubt of this account could be settled now, but for the connection being an old one."""
    since = db.value("SELECT min(doubtful) FROM folder WHERE account = ? AND doubtful > 0", (account,))
    # `doubtful` holds whole seconds: a connection made within that one is an old one too.
    return since is not None and now - since >= PATIENCE and connected < since + 1


def note(db: Database, folder: int, name: str, value: str | None) -> None:
    """Remember a word about a folder until it is taken back with None, or the folder goes (`folder_gone` in schema.sql)."""
    with db.write():
        if value is None:
            db.run("DELETE FROM meta WHERE name = ?", (f"imap {folder} {name}",))
        else:
            db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (f"imap {folder} {name}", value))


def noted(db: Database, folder: int, name: str) -> str | None:
    """The word remembered by `note`, or None."""
    value = db.value("SELECT value FROM meta WHERE name = ?", (f"imap {folder} {name}",))
    return None if value is None else str(value)


def comparison_due(db: Database, folder: int, now: float) -> bool:
    """Whether the flags of a folder have not been compared one by one for long."""
    since = noted(db, folder, "compared")
    return since is None or not 0 <= now - int(since) < COMPARED


def _key(folder: int) -> str:
    return f"imap {folder} doubt"
