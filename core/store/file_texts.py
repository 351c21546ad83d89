"""The words of attached files put into the search index, while nobody waits; only where the user wants it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.store import bodies
from core.store.database import Database

if TYPE_CHECKING:
    from core.renderer import RenderWorker

# The condition of a partial index.
_WAITING = "SELECT id FROM message WHERE indexed = 1 AND body = 2 AND marks & 1 ORDER BY id DESC LIMIT 20"
# Through all messages once, which only the note asks for.
_DONE = "SELECT id FROM message WHERE id < ? AND indexed = 2 AND body = 2 ORDER BY id DESC LIMIT 20"
_NOTE = "file texts"
"""In meta: since when files have been read."""


def index_files(db: Database, breathe: Callable[[], None] = lambda: None) -> int:
    """Make the words of all attached files searchable whose mails are here, the newest first; how many mails.

    The files are read before the store is locked for a short turn. `breathe` is called between turns and may raise.
    """
    from core.renderer import RenderWorker

    with RenderWorker() as worker:
        return _index_files(db, breathe, worker)


def drop_files(db: Database, breathe: Callable[[], None] = lambda: None) -> int:
    """Take the words of attached files out of the index again, the newest first; of how many mails. `breathe`: as above.

    Where the mail itself has been pruned its words stay: they could not be put back without those of its files.
    """
    if db.value("SELECT 1 FROM meta WHERE name = ?", (_NOTE,)) is None:
        return 0
    from core.arrival import index_with_files

    count, last = 0, 1 << 62
    while rows := db.read(_DONE, (last,)):
        for (last,) in rows:
            raw = bodies.raw(db, last) or b""
            with db.write():
                index_with_files(db, last, raw, ())
                db.run("UPDATE message SET indexed = 1 WHERE id = ? AND indexed = 2", (last,))
            count += 1
            breathe()
    with db.write():
        db.run("DELETE FROM meta WHERE name = ?", (_NOTE,))
    return count


def _index_files(db: Database, breathe: Callable[[], None], worker: RenderWorker) -> int:
    from core.arrival import index_with_files
    from core.attachment_text import attachment_text, can_read
    from core.message import attachments
    from core.structure import read_structure

    count = 0
    while rows := db.read(_WAITING):
        for (message,) in rows:
            raw = bodies.raw(db, message) or b""
            structure = read_structure(raw)
            texts = []
            for part in attachments(structure.parts):
                place = structure.places[part.section]
                texts.append(attachment_text(part, raw[place.body : place.end], worker) if can_read(part) else "")
            with db.write():
                if any(texts):
                    index_with_files(db, message, raw, [text for text in texts if text])
                db.run("INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)", (_NOTE, int(time.time())))
                db.run("UPDATE message SET indexed = 2 WHERE id = ? AND indexed = 1", (message,))
            count += 1
            breathe()
    return count
