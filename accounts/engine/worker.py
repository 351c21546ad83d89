"""One account in the back room: its connection, in a daemon thread of its own.

The thread replays what the user changed, makes passes over the folders, fetches what is being looked at, and waits for
news. Whatever goes wrong ends the connection, is told to the screens, and is tried again with a growing pause.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from accounts.incoming import Incoming, SyncResult
from core.errors import AuthenticationError, CorreioError, NetworkError, PasswordNeeded
from core.store import accounts, journal
from core.store.database import Database

log = logging.getLogger(__name__)

LONGEST_PAUSE = 60.0
"""Seconds between two tries while a server cannot be reached."""
ANSWER_LATER = CorreioError("engine-stopping")

Answer = Callable[[SyncResult | None, CorreioError | None], None]


@dataclass(slots=True)
class Job:
    """Something somebody waits for: a full pass, or the body (or one part) of a message."""

    kind: str
    """'sync' or 'fetch'."""
    answer: Answer
    message: int = 0
    section: str = ""
    made: float = field(default_factory=time.monotonic)


class Worker:
    """Keeps one account in step with its server until `stop`.

    `incoming_for` makes the connection's object; `tell_state` hears '' (well), 'offline', 'password' or 'error'.
    """

    def __init__(
        self, row: int, open_store: Callable[[], AbstractContextManager[Database]], incoming_for: Callable[[Database], Incoming],
        *, minutes: int, tell_state: Callable[[str, CorreioError | None], None],
    ) -> None:  # fmt: skip
        self.row = row
        self._open_store = open_store
        self._incoming_for = incoming_for
        self._seconds = minutes * 60.0
        self._tell_state = tell_state
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._wake = threading.Event()
        self._incoming: Incoming | None = None
        self._stopping = False
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"account-{row}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, cutting the connection short; returns at once."""
        self._stopping = True
        if self._incoming is not None:
            self._incoming.cancel()
        self.wake()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end."""
        self._thread.join(seconds)

    def ask(self, job: Job) -> None:
        """Have something done soon; `job.answer` is called from the worker's thread."""
        self._jobs.put(job)
        self.wake()

    def wake(self) -> None:
        """Look again: something was changed here, a password was typed, the line is back."""
        self._wake.set()
        incoming = self._incoming
        if incoming is not None:
            incoming.wake()

    def _run(self) -> None:
        with self._open_store() as db:
            while not self._stopping:
                try:
                    self._connected(db)
                except CorreioError as error:
                    self._troubled(db, error)
                except Exception as error:
                    # The edge of the thread: a mistake of ours must not stop the account.
                    log.exception("account %s: a mistake in Correio", self.row)
                    self._troubled(db, CorreioError("internal-mistake", answer=type(error).__name__))
                finally:
                    self._hang_up()
        while not self._jobs.empty():
            self._jobs.get().answer(None, ANSWER_LATER)

    def _connected(self, db: Database) -> None:
        """One connection, from login to its end."""
        self._incoming = incoming = self._incoming_for(db)
        incoming.open()
        incoming.breathe = lambda: self._errands(db, incoming)
        next_pass = 0.0
        while not self._stopping:
            self._wake.clear()
            self._errands(db, incoming)
            if time.monotonic() >= next_pass:
                incoming.sync()
                self._well(db)
                next_pass = time.monotonic() + self._seconds
            if self._wake.is_set() or not self._jobs.empty():
                continue
            if incoming.wait(max(0.0, next_pass - time.monotonic())):
                next_pass = 0.0

    def _well(self, db: Database) -> None:
        self._failures = 0
        accounts.set_state(db, self.row, "")
        self._tell_state("", None)

    def _errands(self, db: Database, incoming: Incoming) -> None:
        """What overtakes a pass: messages being opened, then changes to replay; passes asked for come last."""
        passes = []
        while not self._jobs.empty() and not self._stopping:
            job = self._jobs.get()
            if job.kind == "sync":
                passes.append(job)
                continue
            self._do(job, lambda job=job: incoming.fetch(job.message, job.section))  # type: ignore[misc]
        if journal.pending(db, self.row, 1):
            incoming.replay()
        if passes and incoming.busy:
            for job in passes:
                self._jobs.put(job)
            return
        for job in passes:
            self._do(job, incoming.sync)
            self._well(db)

    def _do(self, job: Job, work: Callable[[], SyncResult | None]) -> None:
        try:
            result = work()
        except CorreioError as error:
            job.answer(None, error)
            if isinstance(error, NetworkError):
                raise
            log.info("%s failed: %s", job.kind, error.id)
            return
        job.answer(result, None)

    def _troubled(self, db: Database, error: CorreioError) -> None:
        if self._stopping:
            return
        state = "error"
        if isinstance(error, AuthenticationError):
            state = "password"
        elif isinstance(error, NetworkError):
            state = "offline"
        log.info("account %s: %s: %s", self.row, state, error.id)
        accounts.set_state(db, self.row, state, error)
        self._tell_state(state, error)
        while not self._jobs.empty():
            self._jobs.get().answer(None, error)
        pause = min(LONGEST_PAUSE, 2.0**self._failures)
        self._failures += 1
        if isinstance(error, PasswordNeeded):
            self._wake.wait()  # nothing but a password helps
        else:
            self._wake.wait(pause if state != "password" else LONGEST_PAUSE * 60)
        self._wake.clear()

    def _hang_up(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.close()
