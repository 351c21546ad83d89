"""Taking mail from files into folders: in short turns, resumable, nothing twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core import operations
from core.arrival import arrive_mail, keep_mail
from core.errors import CorreioError
from core.flags import Flag
from core.mail_files import Found
from core.parcel import Parcel
from core.store import folders, messages, placements
from core.store.database import Database
from core.store.folders import Folder
from core.store.journal import Operation

TURN = 0.05
"""Seconds of a transaction: others want to write too."""
GATHERED = 200
GATHERED_BYTES = 8 * 1024 * 1024
"""Mails, and their bytes, that are read before the store is written."""


@dataclass(slots=True)
class Imported:
    """What became of the files."""

    imported: int = 0
    skipped: int = 0
    """Files that hold no mail."""
    duplicates: int = 0
    """Mails that stand in the folder already."""
    failed: int = 0
    """What looks like mail and could not be read: damaged, encrypted or too large."""
    errors: list[CorreioError] = field(default_factory=list)
    """Why, for the first few of these."""


@dataclass(slots=True)
class _Mail:
    """A mail between its file and the store."""

    parcel: Parcel
    folder: Folder
    flags: Flag
    modified: int | None

    @property
    def internal(self) -> int | None:
        """A file's time counts only where the mail tells none."""
        envelope = self.parcel.envelope
        return self.modified if envelope.received is None and envelope.date is None else None


MOST_ERRORS = 10


def take_in(
    db: Database, target: Folder, found: Iterable[Found], report: Callable[[Imported], None] = lambda done: None
) -> Imported:
    """Put mails into a folder and subfolders of it; into an account with a server they are appended there later.

    A mail is a duplicate when the folder has one of the same bytes. Killed and run again, it goes on: the files are
    still there, so that only the end waits for the disk.
    """
    done = Imported()
    local = bool(db.value("SELECT local FROM account WHERE id = ?", (target.account,)))
    places = {"": target}
    gathered: list[_Mail] = []
    size = 0
    for one in found:
        if one.raw is None:
            _not_taken(one, done)
            continue
        folder = places.get(one.folder) or _place(db, places, one.folder)
        gathered.append(_Mail(Parcel(one.raw), folder, one.flags, one.modified))
        size += len(one.raw)
        if len(gathered) >= GATHERED or size >= GATHERED_BYTES:
            _store(db, gathered, local, done)
            gathered, size = [], 0
            report(done)
    _store(db, gathered, local, done)
    with db.write(durable=True):
        db.run("INSERT OR REPLACE INTO meta (name, value) VALUES ('imported', ?)", (int(time.time()),))
    report(done)
    return done


def _not_taken(one: Found, done: Imported) -> None:
    if one.error is None:
        done.skipped += 1
        return
    done.failed += 1
    if len(done.errors) < MOST_ERRORS:
        done.errors.append(one.error)


def _store(db: Database, mails: list[_Mail], local: bool, done: Imported) -> None:
    """Read the mails while nobody is kept waiting, then write them in short turns."""
    fresh = {(mail.folder.id, mail.parcel.key): mail for mail in mails if not _is_there(db, mail)}
    wanted = list(fresh.values())
    done.duplicates += len(mails) - len(wanted)
    for mail in wanted:
        mail.parcel.read()
    # Ids rise with the received time, and the index takes them best in order.
    wanted.sort(key=lambda mail: messages.received_time(mail.internal, mail.parcel.envelope))
    place = 0
    while place < len(wanted):
        appended: dict[tuple[int, Flag], list[int]] = {}
        with db.write(reserve=False):
            end = time.perf_counter() + TURN
            while place < len(wanted) and time.perf_counter() < end:
                _put(db, wanted[place], local, appended)
                place += 1
            _append(db, appended)
    done.imported += len(wanted)


def _is_there(db: Database, mail: _Mail) -> bool:
    message, whole = messages.same(db, mail.folder.account, mail.parcel.hash, mail.parcel.key)
    return whole and message is not None and any(not p.hidden for p in placements.of_message(db, message, mail.folder.id))


def _put(db: Database, mail: _Mail, local: bool, appended: dict[tuple[int, Flag], list[int]]) -> None:
    folder = mail.folder
    if local:
        arrive_mail(db, folder.id, folder.account, mail.parcel, flags=mail.flags, internal=mail.internal)
        return
    message = keep_mail(db, folder.account, mail.parcel, internal=mail.internal)
    mates = appended.setdefault((folder.id, mail.flags), [])
    if message not in mates:
        mates.append(message)


def _append(db: Database, appended: dict[tuple[int, Flag], list[int]]) -> None:
    """Have the server's copies made, as operations that `undo` leaves alone."""
    for (folder, flags), ids in appended.items():
        account = folders.get(db, folder).account
        args = {"flags": int(flags)}
        operations.perform(db, [Operation(account, "append", tuple(ids), None, folder, args, actor="import")])


def _place(db: Database, places: dict[str, Folder], path: str) -> Folder:
    """The subfolder for a folder of the files, made when it is new."""
    top = places[""]
    delimiter = top.delimiter or "/"
    parts = [part.replace(delimiter, "_") for part in path.split("/")]
    whole = delimiter.join([top.path, *parts])
    found = folders.by_path(db, top.account, whole)
    if found is None:
        operations.create_folder(db, top.account, whole, actor="import")
        found = folders.by_path(db, top.account, whole)
    if found is None:
        raise CorreioError("folder-not-made", name=whole)
    places[path] = found
    return found
