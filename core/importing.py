"""Taking mail from files into folders: in short turns, resumable, nothing twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from core import operations
from core.arrival import Arrival, arrive
from core.errors import CorreioError
from core.flags import Flag
from core.mail_files import Found
from core.packers import MANY, Packing
from core.parcel import Parcel, beside
from core.store import folders, messages, placements
from core.store.database import Database
from core.store.folders import Folder
from core.store.journal import Operation
from core.store.placements import Place
from core.store.turns import Turns

GATHERED = 100
GATHERED_BYTES = 512 * 1024
"""Mails, and their bytes, that are packed at once; twice as many more are in memory meanwhile."""


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

    found: Found
    raw: bytes
    folder: Folder

    def arrival(self, parcel: Parcel, *, placed: bool) -> Arrival:
        """A file's time counts only where the mail tells none."""
        told = parcel.received is not None or parcel.date is not None
        place = Place(self.folder.id, None, self.found.flags) if placed else None
        return Arrival(parcel, place, None if told else self.found.modified)


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
    writer = _Writer(db, local, done, report)
    places = {"": target}
    gathered: list[_Mail] = []
    size = 0
    for one in found:
        if one.raw is None:
            _not_taken(one, done)
            continue
        folder = places.get(one.folder) or _place(db, places, one.folder)
        gathered.append(_Mail(one, one.raw, folder))
        size += len(one.raw)
        if len(gathered) >= GATHERED or size >= GATHERED_BYTES:
            writer.store(gathered)
            gathered, size = [], 0
    writer.store(gathered)
    writer.flush()
    with db.write(durable=True):
        db.run("INSERT OR REPLACE INTO meta (name, value) VALUES ('imported', ?)", (int(time.time()),))
    return done


def _not_taken(one: Found, done: Imported) -> None:
    if one.error is None:
        done.skipped += 1
        return
    done.failed += 1
    if len(done.errors) < MOST_ERRORS:
        done.errors.append(one.error)


class _Writer:
    """Packs mails while nobody is kept waiting, then writes them in short turns."""

    def __init__(self, db: Database, local: bool, done: Imported, report: Callable[[Imported], None]) -> None:
        self.db = db
        self.local = local
        self.done = done
        self.report = report
        self.turns = Turns(db, reserve=False)
        self.packing = Packing(db, 0)
        self.count = 0

    def store(self, mails: list[_Mail]) -> None:
        """Have them written, now or later."""
        if self.count < MANY <= self.count + len(mails):
            self.packing = Packing(self.db, MANY)  # most folders of files hold few mails
        self.count += len(mails)
        if mails:
            self.packing.give([(mail.raw, None) for mail in mails], lambda parcels: self._store(mails, parcels))

    def flush(self) -> None:
        """Have all of them written."""
        self.packing.flush()

    def _store(self, mails: list[_Mail], parcels: list[Parcel]) -> None:
        """Those that are not there yet."""
        account = mails[0].folder.account
        wanted: dict[tuple[int, bytes], tuple[_Mail, Arrival]] = {}
        for mail, parcel in zip(mails, parcels, strict=True):
            arrival = mail.arrival(parcel, placed=self.local)
            wanted.setdefault((mail.folder.id, arrival.parcel.key), (mail, arrival))
        known = messages.alike(self.db, account, [arrival.parcel.hash for _, arrival in wanted.values()])
        fresh = [one for one in wanted.values() if not self._is_there(one[0], known.get(one[1].parcel.hash, ()), one[1])]
        self.done.duplicates += len(mails) - len(fresh)
        self.turns.write(
            fresh, lambda some: self._write(account, some), lambda one, other: beside(one[1].parcel, other[1].parcel)
        )
        self.done.imported += len(fresh)
        self.report(self.done)

    def _is_there(self, mail: _Mail, known: Sequence[messages.Alike], arrival: Arrival) -> bool:
        same = messages.same(known, arrival.parcel.key)
        return (
            same is not None
            and same.body == 2
            and any(not place.hidden for place in placements.of_message(self.db, same.id, mail.folder.id))
        )

    def _write(self, account: int, mails: Sequence[tuple[_Mail, Arrival]]) -> None:
        ids = arrive(self.db, account, [arrival for _, arrival in mails])
        if self.local:
            return
        # Have the server's copies made, as operations that `undo` leaves alone.
        appended: dict[tuple[int, Flag], dict[int, None]] = {}
        for (mail, _), message in zip(mails, ids, strict=True):
            appended.setdefault((mail.folder.id, mail.found.flags), {})[message] = None
        for (folder, flags), mates in appended.items():
            args = {"flags": int(flags)}
            operations.perform(self.db, [Operation(account, "append", tuple(mates), None, folder, args, actor="import")])


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
