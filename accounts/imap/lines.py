"""The further connections of an account, within what its settings and the server allow: one for bodies, the rest to listen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from accounts.imap import folder_state
from accounts.imap.carrier import Carrier
from accounts.imap.session import Session
from accounts.imap.watcher import Watcher
from accounts.incoming import Report
from core.store.database import Database
from core.store.folders import Folder


class Lines:
    """What runs beside the connection of the account's own thread; `ring` tells that thread to have a look."""

    def __init__(
        self, account: int, most: int, make_session: Callable[[], Session], open_session: Callable[[Session], None],
        db: Database, report: Report, ring: Callable[[], None],
    ) -> None:  # fmt: skip
        """`most`: connections, the account's first one included."""
        self._make_session = make_session
        self._open_session = open_session
        self._db = db
        self._ring = ring
        self._watchers: dict[int, Watcher] = {}
        self._most_watchers = max(0, most - 2)
        self._told: set[int] = set()
        self._guard = threading.Lock()

        def make_store() -> Database:
            own = Database(db.path)
            own.after_commit, own.watched = db.after_commit, db.watched
            return own

        self.carrier = Carrier(account, make_session, open_session, make_store, report, ring) if most > 1 else None

    @property
    def working(self) -> bool:
        """Whether bodies are being brought."""
        return self.carrier is not None and self.carrier.working

    def watch(self, folders: Iterable[Folder]) -> None:
        """Listen at these folders, as many of the first as there may be connections, and at no others."""
        wanted = {folder.id: folder for folder in list(folders)[: self._most_watchers]}
        known = {id: watcher.folder.wire for id, watcher in self._watchers.items()}
        for id, wire in known.items():
            if id not in wanted or wire != wanted[id].wire:  # renamed
                self._watchers.pop(id).cancel()
        for id in wanted.keys() - self._watchers.keys():
            state = folder_state.read(self._db, id)
            self._watchers[id] = Watcher(wanted[id], self._make_session, self._open_session, self._tell, state)

    def take_told(self) -> set[int]:
        """The folders with news since this was last asked."""
        with self._guard:
            told, self._told = self._told, set()
            return told

    def cancel(self) -> None:
        """End everything; returns at once. From any thread."""
        if self.carrier is not None:
            self.carrier.cancel()
        for watcher in tuple(self._watchers.values()):
            watcher.cancel()

    def close(self) -> None:
        """End everything and wait for it."""
        self.cancel()
        if self.carrier is not None:
            self.carrier.join()
        for watcher in self._watchers.values():
            watcher.join()

    def _tell(self, folder: int) -> None:
        with self._guard:
            self._told.add(folder)
        self._ring()
