"""A connection of its own for bodies: they are most of the bytes, and nobody who looks at something waits for them."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence

from accounts.imap.body_pass import fetch_bodies
from accounts.imap.session import Session
from accounts.imap.work import FolderMoved, Work
from accounts.incoming import Report
from core import heap
from core.errors import CorreioError, NetworkError, ServerRefused
from core.store.database import Database
from core.store.folders import Folder

log = logging.getLogger(__name__)

LINGER = 30.0
"""Seconds for which the connection stays open for more work."""
CROWDED = 600.0
"""Seconds for which no second connection is tried after the server has refused one."""
TRIES = 3
POLITE = 10.0
"""Seconds at most for which bodies wait while somebody fetches what they look at."""

Wanted = Sequence[tuple[Folder, str]]
"""Folders, each with what is kept of it."""


class Carrier:
    """Fetches bodies in a thread of its own, over the session and the store that it opens for itself.

    `done` is called from that thread when there is nothing left to do, or it did not work.
    """

    def __init__(
        self, account: int, make_session: Callable[[], Session], open_session: Callable[[Session], None],
        make_store: Callable[[], Database], report: Report, done: Callable[[], None], *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.account = account
        self._make_session = make_session
        self._open_session = open_session
        self._make_store = make_store
        self._report = report
        self._done = done
        self._steady = steady
        self._change = threading.Condition()
        self._wanted: list[tuple[Folder, str]] = []
        self._thread: threading.Thread | None = None
        self._session: Session | None = None
        self._opened = False
        self._ended = False
        self._crowded = 0.0
        self._working = False
        self.clear = threading.Event()
        """Not set while somebody fetches what they look at."""
        self.clear.set()

    @property
    def working(self) -> bool:
        """Whether there are bodies still to be brought."""
        return self._working

    @property
    def usable(self) -> bool:
        """Whether the server gives us this connection, as far as we know."""
        return not self._ended and self._steady() >= self._crowded

    def carry(self, wanted: Wanted) -> None:
        """Bring the bodies of these folders, in this order, after those at hand."""
        with self._change:
            waiting = {folder.id for folder, _ in self._wanted}
            self._wanted += [(folder, keep) for folder, keep in wanted if folder.id not in waiting]
            if not self._wanted or self._ended:
                return
            self._working = True
            self._change.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"bodies-{self.account}", daemon=True)
                self._thread.start()

    def cancel(self) -> None:
        """End, cutting the connection short; returns at once."""
        with self._change:
            self._ended = True
            self._wanted.clear()
            self._change.notify()
            session = self._session
        self.clear.set()
        if session is not None:
            session.cancel()

    def join(self, seconds: float = 5.0) -> None:
        """Wait for the thread to end."""
        with self._change:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    # the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while failures < TRIES:
            try:
                with contextlib.closing(self._make_store()) as db:
                    self._connected(db)
                break
            except CorreioError as error:
                log.info("account %s: bodies: %s", self.account, error.id)
                failures += 1
                if not self._opened and refused(error):
                    failures = TRIES  # the server has let the first connection in, so it is this one that is too many
            except Exception:
                # The edge of the thread: the account goes on without it.
                log.exception("account %s: a mistake in Correio while bodies were fetched", self.account)
                failures = TRIES
            pause = 2.0**failures * random.uniform(0.5, 1.0) if failures < TRIES else 0.0
            with self._change:
                if self._change.wait_for(lambda: self._ended, pause):
                    break
        heap.give_back()
        with self._change:
            if failures >= TRIES:
                self._crowded = self._steady() + CROWDED
                self._wanted.clear()
            self._thread = None
            self._rest()
            if self._wanted and not self._ended:
                self.carry(())
        self._done()

    def _connected(self, db: Database) -> None:
        """One connection; returns when there is nothing more to do."""
        self._opened = False
        self._session = session = self._make_session()
        try:
            self._open_session(session)
            self._opened = True
            work = Work(session, db, self.account, self._report, self._breathe)
            while (one := self._next()) is not None:
                with contextlib.suppress(FolderMoved, ServerRefused):
                    fetch_bodies(work, *one)
                with self._change:
                    if self._wanted and self._wanted[0] is one:
                        del self._wanted[0]
        finally:
            if self._ended:
                session.cancel()
            session.close()
            self._session = None

    def _next(self) -> tuple[Folder, str] | None:
        with self._change:
            if not self._wanted:
                self._rest()
                self._change.release()
                try:
                    self._done()
                finally:
                    self._change.acquire()
            self._change.wait_for(lambda: self._wanted or self._ended, LINGER)
            return self._wanted[0] if self._wanted and not self._ended else None

    def _rest(self) -> None:
        self._working = bool(self._wanted) and not self._ended

    def _breathe(self) -> None:
        if self._ended:
            raise NetworkError("cancelled", server="", answer="")
        self.clear.wait(POLITE)


def refused(error: CorreioError) -> bool:
    """Whether a log-in that failed looks like one connection too many."""
    return not isinstance(error, NetworkError) or error.id in ("server-unavailable", "server-goodbye", "connection-closed")
