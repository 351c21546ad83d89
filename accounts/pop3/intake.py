"""Collected mails on their way into the store: in batches, each with the note that it was collected, on the disk as one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from core.arrival import Arrival, arrive
from core.packers import Packing
from core.parcel import Parcel
from core.store import collected, folders, messages
from core.store.database import Database
from core.store.placements import Place

GATHERED = 50
GATHERED_BYTES = 512 * 1024
"""Mails, and their bytes, that are packed at once."""
AT_ONCE = 16
"""Mails in a transaction while somebody else wants to write too."""

_Mail = tuple[bytes, Parcel]


class Intake:
    """Takes the mails of one pass."""

    def __init__(self, db: Database, account: int, total: int, standing: Collection[bytes], clock: Callable[[], float]) -> None:
        """`standing`: the keys of what is on the server now."""
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
        inbox = folders.by_role(self._db, self._account, "inbox") or folders.ensure(
            self._db, self._account, "Inbox", role="inbox"
        )
        now = int(self._clock())
        alike = messages.alike(self._db, self._account, [parcel.hash for _, parcel in mails])
        fresh: list[_Mail] = []
        for key, parcel in mails:
            same = messages.same(alike.get(parcel.hash, ()), parcel.key)
            if same is not None and same.body == 2 and self._is_renumbered(same.id):
                collected.note(self._db, self._account, [(key, same.id)], now)
            else:
                fresh.append((key, parcel))
        arrivals = [Arrival(parcel, Place(inbox.id, None), None if _tells_time(parcel) else now) for _, parcel in fresh]
        ids = arrive(self._db, self._account, arrivals)
        collected.note(self._db, self._account, [(key, id) for (key, _), id in zip(fresh, ids, strict=True)], now)
        self.placed += len(fresh)

    def _is_renumbered(self, message: int) -> bool:
        """Whether a mail is here that stood on the server under another id, which is gone: the server gave out new ones."""
        before = [bytes(key) for (key,) in self._db.read("SELECT key FROM collected WHERE message = ?", (message,))]
        shown = self._db.value("SELECT 1 FROM placement WHERE message = ? AND hidden = 0 LIMIT 1", (message,))
        return bool(before) and shown is not None and not any(key in self._standing for key in before)


def _tells_time(parcel: Parcel) -> bool:
    return parcel.received is not None or parcel.date is not None
