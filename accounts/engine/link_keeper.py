"""Links to files: they end when their time has come, and whether they were fetched is looked up, as far as a server tells."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from core.errors import CorreioError, NotFound
from core.store import schedule, shared_files
from core.store.database import Database
from core.store.schedule import Entry

if TYPE_CHECKING:  # loaded when a link ends
    from core.sharing import Sharer

log = logging.getLogger(__name__)
AGAIN = 3600
"""Seconds before a link that could not be withdrawn is tried again, or looked at again."""
KINDS = (shared_files.WITHDRAW, shared_files.FETCHED)


def no_sharer() -> Sharer:
    """For an engine that knows of no such place."""
    raise NotFound("no-links-place", what="links", name="")


class LinkKeeper:
    """One after the other, in a thread of its own. `look`: the schedule has changed."""

    def __init__(
        self, open_store: Callable[[], AbstractContextManager[Database]], sharer: Callable[[], Sharer], look: Callable[[], None]
    ) -> None:
        self._open_store = open_store
        self._sharer = sharer
        self._look = look
        self._guard = threading.Lock()
        self._waiting: deque[Entry] = deque()
        self._busy = False

    def carry_out(self, db: Database, entries: Iterable[Entry]) -> None:
        """These are due. Until they are done they are put off, so that a crash loses none and nobody takes them twice."""
        due = [entry for entry in entries if entry.kind in KINDS]
        if not due:
            return
        with db.write():
            for entry in due:
                schedule.put_off(db, entry.id, int(time.time()) + AGAIN, entry.args)
        with self._guard:
            self._waiting += due
            if self._busy:
                return
            self._busy = True
        threading.Thread(target=self._work, name="links", daemon=True).start()

    def _work(self) -> None:
        through = False
        try:
            with self._open_store() as db:
                while (entry := self._next()) is not None:
                    carry_out(db, entry, self._sharer)
                through = True
        except CorreioError as error:  # the store: the schedule has them still
            log.warning("links cannot be looked after: %s", error.id)
        finally:
            if not through:
                with self._guard:
                    self._busy = False
            self._look()

    def _next(self) -> Entry | None:
        """None: there are no more, and who brings one from now on begins anew."""
        with self._guard:
            self._busy = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None


def carry_out(db: Database, entry: Entry, sharer: Callable[[], Sharer]) -> CorreioError | None:
    """One entry of the schedule: done, or put off with why."""
    from core.sharing import look, withdraw

    id = int(entry.args.get("shared", 0))
    trouble: CorreioError | None = None
    again = False
    try:
        if entry.kind == shared_files.WITHDRAW:
            withdraw(db, sharer(), id)
        else:
            again = look(db, sharer(), id)
    except CorreioError as error:
        log.info("a link: %s: %s", entry.kind, error.id)
        trouble, again = error, True
    with db.write():
        if again:
            schedule.put_off(db, entry.id, int(time.time()) + AGAIN, entry.args)
        else:
            schedule.remove(db, entry.id)
    return trouble
