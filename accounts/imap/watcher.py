"""A connection that only listens: IDLE on one folder besides the Inbox. It stores nothing, it says that there is news."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
from collections.abc import Callable

from accounts.imap import idle
from accounts.imap.carrier import CROWDED, refused
from accounts.imap.folder_state import FolderState
from accounts.imap.session import Selected, Session
from accounts.imap.work import wire_of
from accounts.retries import Retries
from core.errors import CorreioError
from core.store.folders import Folder

log = logging.getLogger(__name__)


class Watcher:
    """Listens in a thread of its own until `cancel`; `tell` hears the folder's row id."""

    def __init__(
        self, folder: Folder, make_session: Callable[[], Session], open_session: Callable[[Session], None],
        tell: Callable[[int], None], known: FolderState,
    ) -> None:  # fmt: skip
        """`known`: how far the store is; what is beyond that is news."""
        self.folder = folder
        self._known = known
        self._make_session = make_session
        self._open_session = open_session
        self._tell = tell
        self._bell = idle.Bell()
        self._ended = threading.Event()
        self._session: Session | None = None
        self._seen: Selected | None = None
        self._thread = threading.Thread(target=self._run, name=f"watch-{folder.id}", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End, cutting the connection short; returns at once."""
        self._ended.set()
        self._bell.ring()
        session = self._session
        if session is not None:
            session.cancel()

    def join(self, seconds: float = 5.0) -> None:
        """Wait for the thread to end."""
        self._thread.join(seconds)

    def _run(self) -> None:
        retries = Retries()
        while not self._ended.is_set():
            opened = False
            self._session = session = self._make_session()
            try:
                self._open_session(session)
                opened = True
                retries.serving()
                self._watch(session)
            except CorreioError as error:
                log.info("folder %s is not watched: %s", self.folder.id, error.id)
                unwilling = not session.broken if opened else refused(error)
                pause = retries.failed()
                self._ended.wait((CROWDED if unwilling else pause) * random.uniform(0.5, 1.0))
            finally:
                with contextlib.suppress(CorreioError):
                    session.close()
                self._session = None

    def _watch(self, session: Session) -> None:
        selected = session.select(wire_of(self.folder))
        if self._missed(selected):
            self._tell(self.folder.id)
        self._seen = selected
        while not self._ended.is_set():
            if idle.listen(session, float("inf"), self._bell):
                # Not after telling, nor by opening the folder anew: who hears of it may have looked before more came.
                session.forget_news()
                self._tell(self.folder.id)

    def _missed(self, selected: Selected) -> bool:
        """Whether something has happened while nobody listened."""
        if self._seen is not None:
            return self._seen != selected
        known = self._known
        return (known.uidvalidity, known.uidnext, known.modseq) != (selected.uidvalidity, selected.uidnext, selected.modseq)
