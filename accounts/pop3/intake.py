"""Collected mails on their way into the store: in batches, each with the note that it was collected, on the disk as one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from core.arrival import Arrival, arrive, arrive_bodies
from core.packers import Packing
from core.parcel import Parcel, pack_headers
from core.store import collected, folders, messages
from core.store.compression import packer
from core.store.database import Database, json_numbers
from core.store.placements import Place

GATHERED = 50
GATHERED_BYTES = 512 * 1024
"""Mails, and their bytes, that are packed at once."""
AT_ONCE = 16
"""Mails in a transaction while somebody else wants to write too."""

NONE: Mapping[bytes, int] = MappingProxyType({})
_Mail = tuple[bytes, Parcel]


class Intake:
    """Takes the mails of one pass."""

    def __init__(
        self, db: Database, account: int, total: int, standing: Collection[bytes], clock: Callable[[], float],
        previews: Mapping[bytes, int] = NONE,
    ) -> None:  # fmt: skip
        """`standing`: the keys of what is on the server now; `previews`: the messages of those whose header is here."""
        self._previews = previews
        self._shown = frozenset(previews.values())
        self._db = db
        self._account = account
        self._standing = standing
        self._clock = clock
        self._packing = Packing(db, total)
        self._gathered: list[tuple[bytes, bytes]] = []
        self._size = 0
        self.placed = 0
        """Mails that are new here."""
        self.stored: set[bytes] = set()
        """The keys of what is on the disk."""

    def add(self, key: bytes, raw: bytes) -> bool:
        """Keep a mail, now or later; whether some were given away to be written."""
        self._gathered.append((key, raw))
        self._size += len(raw)
        if len(self._gathered) < GATHERED and self._size < GATHERED_BYTES:
            return False
        self._give()
        return True

    def flush(self) -> None:
        """Have everything on the disk."""
        self._give()
        self._packing.flush()

    def _give(self) -> None:
        mails, self._gathered, self._size = self._gathered, [], 0
        keys = [key for key, _ in mails]
        if mails:
            self._packing.give(
                [(raw, None) for _, raw in mails], lambda parcels: self._store(list(zip(keys, parcels, strict=True)))
            )

    def _store(self, mails: Sequence[_Mail]) -> None:
        most = AT_ONCE if self._db.watched() else len(mails)
        for start in range(0, len(mails), most):
            with self._db.write(durable=True, reserve=False):
                self._write(mails[start : start + most])
            self.stored.update(key for key, _ in mails[start : start + most])

    def _write(self, mails: Sequence[_Mail]) -> None:
        inbox = inbox_of(self._db, self._account)
        now = int(self._clock())
        mails = self._completed(mails, now)
        alike = messages.alike(self._db, self._account, [parcel.hash for _, parcel in mails])
        fresh: list[_Mail] = []
        for key, parcel in mails:
            same = messages.same(alike.get(parcel.hash, ()), parcel.key)
            if same is not None and same.body == 2 and self._is_renumbered(same.id):
                collected.note(self._db, self._account, [(key, same.id)], now)
            else:
                fresh.append((key, parcel))
        arrivals = [Arrival(parcel, Place(inbox.id, None), None if tells_time(parcel) else now) for _, parcel in fresh]
        ids = arrive(self._db, self._account, arrivals)
        collected.note(self._db, self._account, [(key, id) for (key, _), id in zip(fresh, ids, strict=True)], now)
        self.placed += len(fresh)

    def _completed(self, mails: Sequence[_Mail], now: int) -> list[_Mail]:
        """Put the mails below the headers that are here already; the others."""
        if not self._previews:
            return list(mails)
        alike = messages.alike(self._db, self._account, [parcel.hash for _, parcel in mails])
        ids = {self._previews[key] for key, _ in mails if key in self._previews}
        sql = "SELECT id, body FROM message WHERE id IN (SELECT value FROM json_each(?))"
        bodies: dict[int, int] = dict(self._db.read(sql, (json_numbers(ids),)))
        bodies |= {one.id: one.body for known in alike.values() for one in known if one.id in self._shown}
        found: list[tuple[bytes, int, Parcel]] = []
        others: list[_Mail] = []
        for key, parcel in mails:
            own = self._previews.get(key)
            if own is not None and own not in bodies:
                continue  # deleted here meanwhile
            # Several may have one header: then one of them is below it, whichever came first, and the others stand by themselves.
            same = (own, *(one.id for one in alike.get(parcel.hash, ())))
            id = next((id for id in same if id is not None and bodies.get(id, 2) < 2), None)
            if id is None:
                others.append((key, parcel))
            else:
                bodies[id] = 2
                found.append((key, id, parcel))
        arrive_bodies(self._db, [(id, parcel) for _, id, parcel in found])
        # Whose header it was first is yet to come, also after a crash.
        taken = {id for key, id, _ in found if self._previews.get(key) != id}
        if taken:
            collected.forget(self._db, self._account, [key for key, id in self._previews.items() if id in taken])
        collected.note(self._db, self._account, [(key, id) for key, id, _ in found], now)
        return others

    def _is_renumbered(self, message: int) -> bool:
        """Whether a mail is here that stood on the server under another id, which is gone: the server gave out new ones."""
        before = [bytes(key) for (key,) in self._db.read("SELECT key FROM collected WHERE message = ?", (message,))]
        shown = self._db.value("SELECT 1 FROM placement WHERE message = ? AND hidden = 0 LIMIT 1", (message,))
        return bool(before) and shown is not None and not any(key in self._standing for key in before)


def inbox_of(db: Database, account: int) -> folders.Folder:
    """Where collected mail goes. Inside `db.write`."""
    return folders.by_role(db, account, "inbox") or folders.ensure(db, account, "Inbox", role="inbox")


def preview(db: Database, account: int, headers: Sequence[tuple[bytes, bytes, int]], now: int) -> int:
    """Show mails (key, header block, size) of which nothing else is here yet; how many. What looks like a mail that is here
    is left to come whole."""
    parcels = pack_headers([(header, size) for _, header, size in headers], packer(db))
    with db.write():
        seen = set(messages.alike(db, account, [parcel.hash for parcel in parcels]))
        new: list[_Mail] = []
        for (key, _, _), parcel in zip(headers, parcels, strict=True):
            if parcel.hash not in seen:
                seen.add(parcel.hash)
                new.append((key, parcel))
        inbox = inbox_of(db, account)
        arrivals = [Arrival(parcel, Place(inbox.id, None), None if tells_time(parcel) else now) for _, parcel in new]
        ids = arrive(db, account, arrivals)
        collected.note(db, account, [(key, id) for (key, _), id in zip(new, ids, strict=True)], now)
    return len(new)


def tells_time(parcel: Parcel) -> bool:
    """Whether a mail says when it came."""
    return parcel.received is not None or parcel.date is not None
