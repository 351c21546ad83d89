"""*Mail images* is kept tidy: images that no draft, no waiting mail and no setting names go after a week."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from core.private_file import locked, write_private
from core.store.database import Database

FOLDER = "mail-images"
SOURCES = "sources.json"
"""Beside the images: where each came from, by the path that texts (signatures, say) name."""
KEPT = 7 * 86_400
"""Seconds that an image stays which nothing names: it may be undone, or stand in a composer."""
_PAGE = 100
_NAME = re.compile(r"[0-9a-f]{24}-")


def sources_in(folder: Path) -> dict[str, str]:
    """The names of kept images by the paths that they came from. Never raises."""
    try:
        found = json.loads((folder / SOURCES).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(ref): str(name) for ref, name in found.items()} if isinstance(found, dict) else {}


def tidy_images(state: Path, db: Database, settings: Path, now: float | None = None) -> int:
    """Delete images that nothing needs; how many. Never raises for files: they are looked at again another day."""
    folder = state / FOLDER
    before = (time.time() if now is None else now) - KEPT
    try:
        old = {path.name: path for path in folder.iterdir() if _NAME.match(path.name) and path.stat().st_mtime < before}
    except OSError:
        return 0
    try:
        named = settings.read_text("utf-8") if old else ""
    except FileNotFoundError:
        named = ""
    except (OSError, ValueError):
        return 0  # nobody knows what it names
    sources = sources_in(folder)
    for text in chain((named,), _drafts(db)) if old else ():
        for name in [name for name in old if name[:25] in text]:
            del old[name]
        for ref, name in sources.items():
            if ref in text or json.dumps(ref)[1:-1] in text:
                old.pop(name, None)
    gone = 0
    for path in old.values():
        try:
            if path.stat().st_mtime >= before:
                continue  # put into a mail just now
            path.unlink()
            gone += 1
        except OSError:
            continue
    if gone:
        with suppress(OSError), locked(folder / SOURCES):
            left = {ref: name for ref, name in sources_in(folder).items() if (folder / name).exists()}
            write_private(folder / SOURCES, json.dumps(left).encode())
    return gone


def _drafts(db: Database) -> Iterator[str]:
    """Drafts, and mails in the outbox as they were written, some at a time: a merge leaves thousands."""
    for table, column in (("draft", "data"), ("outbox", "draft")):
        after = -1
        while rows := db.read(f"SELECT id, {column} FROM {table} WHERE id > ? ORDER BY id LIMIT {_PAGE}", (after,)):
            after = rows[-1][0]
            for _id, text in rows:
                yield text
