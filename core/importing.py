"""Taking mail from files into folders: in short turns, resumable, nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core import operations
from core.arrival import arrive_mail, keep_mail
from core.errors import CorreioError
from core.header import header_block, header_hash
from core.mail_files import Found
from core.store import folders, messages, placements
from core.store.database import Database
from core.store.folders import Folder

BATCH = 20
"""Mails a transaction: some 10 ms."""


@dataclass(slots=True)
class Imported:
    """What became of the files."""

    imported: int = 0
    skipped: int = 0
    """Files that hold no mail."""
    duplicates: int = 0
    """Mails that stand in the folder already."""
    failed: int = 0
    errors: list[str] = field(default_factory=list)


def take_in(
    db: Database, target: Folder, found: Iterable[Found], report: Callable[[Imported], None] = lambda done: None
) -> Imported:
    """Put mails into a folder and subfolders of it; into an account with a server they are appended there later.

    A mail is a duplicate when the folder has one of the same header and size. Killed and run again, it goes on.
    """
    done = Imported()
    local = bool(db.value("SELECT local FROM account WHERE id = ?", (target.account,)))
    places: dict[str, Folder] = {"": target}
    batch: list[Found] = []
    for one in found:
        if one.raw is None:
            done.skipped += 1
            continue
        batch.append(one)
        if len(batch) == BATCH:
            _store(db, batch, places, local, done)
            batch = []
            report(done)
    _store(db, batch, places, local, done)
    report(done)
    return done


def _store(db: Database, batch: list[Found], places: dict[str, Folder], local: bool, done: Imported) -> None:
    if not batch:
        return
    with db.write(durable=True):
        for one in batch:
            folder = _place(db, places, one.folder, local)
            raw = one.raw or b""
            known = messages.find(db, header_hash(header_block(raw), len(raw)), folder.account)
            if known is not None and placements.of_message(db, known, folder.id):
                done.duplicates += 1
                continue
            if local:
                arrive_mail(db, folder.id, folder.account, raw, flags=one.flags, internal=_when(one))
            else:
                message = keep_mail(db, folder.account, raw, internal=_when(one))
                operations.append(db, folder.id, message, one.flags)
            done.imported += 1


def _when(one: Found) -> int | None:
    """A file's time counts only where the mail tells none."""
    from core.envelope import read_envelope

    envelope = read_envelope(header_block(one.raw or b""))
    return one.modified if envelope.received is None and envelope.date is None else None


def _place(db: Database, places: dict[str, Folder], path: str, local: bool) -> Folder:
    if path not in places:
        top = places[""]
        whole = (top.delimiter or "/").join([top.path, *path.split("/")])
        found = folders.by_path(db, top.account, whole)
        if found is None:
            operations.create_folder(db, top.account, whole)
            found = folders.by_path(db, top.account, whole)
        if found is None:
            raise CorreioError("folder-not-made", name=whole)
        places[path] = found
    return places[path]
