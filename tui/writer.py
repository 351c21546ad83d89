"""The writer thread: the screen never writes to the store on its event loop, and has what takes long read in another.

Work is a function of the store. It runs in order; its result or error goes to a callback, called in the writer's
thread (screens hand in one that posts a message).
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import CorreioError
from core.store.database import Database

log = logging.getLogger(__name__)

Work = Callable[[Database], Any]
Done = Callable[[Any, CorreioError | None], None]


class Writer:
    """One thread with a connection of its own to the store. Whatever one piece of work does, the next is done."""

    def __init__(self, path: Path, name: str = "writer") -> None:
        self._path = path
        self._db: Database | None = None
        self._jobs: queue.SimpleQueue[tuple[Work, Done] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, work: Work, done: Done = lambda result, error: None) -> None:
        """Have something written soon; returns at once. A mistake in `work` is told as CorreioError `internal-mistake`."""
        self._jobs.put((work, done))

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until everything put so far is on disk; for the moment before leaving. False when it took too long."""
        written = threading.Event()
        self._jobs.put((lambda db: None, lambda result, error: written.set()))
        return written.wait(seconds)

    def close(self, seconds: float = 10.0) -> None:
        """Finish what was put, then end."""
        self._jobs.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, done = job
            result, error = self._do(work)
            try:
                done(result, error)
            except Exception:
                # The edge of the thread: the screen that wanted to know may have gone meanwhile.
                log.exception("nobody could be told of what was written")
            if self._db is not None and self._jobs.empty():
                self._db.rest()
        if self._db is not None:
            self._db.close()

    def _do(self, work: Work) -> tuple[Any, CorreioError | None]:
        try:
            self._db = self._db or Database(self._path)
            return work(self._db), None
        except CorreioError as error:
            return None, error
        except Exception as error:
            # The edge of the thread: what comes next (a draft, say) must be written all the same.
            log.exception("a mistake in Correio while writing")
            return None, CorreioError("internal-mistake", answer=type(error).__name__)
