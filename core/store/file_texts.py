"""The words of attached files put into the search index, while nobody waits; only where the user wants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.store import bodies
from core.store.database import Database

if TYPE_CHECKING:
    from core.renderer import RenderWorker

# The condition of a partial index.
_WAITING = "SELECT id FROM message WHERE indexed = 1 AND body = 2 AND marks & 1 ORDER BY id DESC LIMIT 20"


def index_files(db: Database, breathe: Callable[[], None] = lambda: None) -> int:
    """Make the words of all attached files searchable whose mails are here, the newest first; how many mails.

    The files are read before the store is locked for a short turn. `breathe` is called between turns and may raise.
    """
    from core.renderer import RenderWorker

    with RenderWorker() as worker:
        return _index_files(db, breathe, worker)


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
                db.run("UPDATE message SET indexed = 2 WHERE id = ? AND indexed = 1", (message,))
            count += 1
            breathe()
    return count
