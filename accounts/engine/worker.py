"""One account in the back room: its connection, in a daemon thread of its own.

The thread replays what the user changed, makes passes over the folders, fetches what is being looked at, and waits for
news. Whatever goes wrong ends the connection, is told to the screens, and is tried again with a growing pause.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from accounts.engine.pause import Pause
from accounts.incoming import Incoming, Sharing, Subscribing, SyncResult
from accounts.retries import LONGEST_PAUSE, Retries
from core.errors import AuthenticationError, CorreioError, NetworkError, PasswordNeeded, ServerRefused, StoreError
from core.pass_end import end_pass
from core.store import accounts, journal
from core.store.database import Database

log = logging.getLogger(__name__)

PASSWORD_PAUSE = 3600.0
"""Seconds before a refused password is tried again, should nobody type another."""
COMMAND_FAILED = ("password-command-failed", "password-command-slow")
"""A command for a password may give it later: what it asks was locked, or not there yet when the engine was started."""
LONGEST_WAIT = 3600.0
"""Seconds for which nobody needs to be called while nothing happens."""
ANSWER_LATER = CorreioError("engine-stopping")
HALTED = CorreioError("collecting-halted")

Answer = Callable[[SyncResult | None, CorreioError | None], None]


def state_of(error: CorreioError) -> str:
    """What an error means for its account: 'password', 'offline' or 'error'."""
    if isinstance(error, AuthenticationError):
        return "password"
    return "offline" if isinstance(error, NetworkError) else "error"


def nothing() -> None:
    """For who has nothing to do meanwhile."""


@dataclass(slots=True)
class Job:
    """Something somebody waits for: a full pass, the body (or one part) of a message, or a search on the server."""

    kind: str
    """'sync', 'fetch', 'search', 'access' or 'subscriptions'."""
    answer: Answer
    message: int = 0
    section: str = ""
    folder: int = 0
    query: str = ""
    found: list[int] = field(default_factory=list)
    """What a search found: messages (row ids)."""
    who: str = ""
    letters: str | None = None
    """For access: one named person, and what they may do from now on; None: it is only looked at."""
    rights: list[tuple[str, str]] = field(default_factory=list)
    """Who may do what in the folder."""
    path: str = ""
    subscribed: bool | None = None
    """For subscriptions: a folder, and whether it is to be subscribed; None: it is only looked at."""
    subscriptions: list[tuple[str, bool]] = field(default_factory=list)
    """Every folder of the server, and whether it is subscribed."""


class Worker:
    """Keeps one account in step with its server until `stop`.

    `incoming_for` makes the connection's object; `passed` hears, from the worker's thread, that a full pass has ended or was
    halted: somebody calls `collect` when it is time for the next; `tell_state` hears '' (well), 'offline', 'password' or
    'error'; `wake_others` the rows of accounts that have something to do since this one did.
    """

    def __init__(
        self, row: int, open_store: Callable[[], AbstractContextManager[Database]], incoming_for: Callable[[Database], Incoming],
        *, passed: Callable[[Database], None], tell_state: Callable[[str, CorreioError | None], None],
        wake_others: Callable[[Iterable[int]], None] = lambda rows: None, by_hand: bool = False,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`by_hand`: no pass is made unless somebody asks."""
        self._retries = Retries(steady)
        self.row = row
        self._open_store = open_store
        self._incoming_for = incoming_for
        self._passed = passed
        self._tell_state = tell_state
        self._wake_others = wake_others
        self._by_hand = by_hand
        self._halting = False
        """Whether the pass that is going on is to end."""
        self._halted = False
        """Whether the last one has ended so: the next one comes when it is due, or somebody asks."""
        self._fetches: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._searches: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._passes: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._given_up: set[tuple[int, str]] = set()
        """Messages and sections for which nobody waits any more."""
        self._wake = threading.Event()
        self._due = threading.Event()
        """A full pass is to be made."""
        self._again = Pause()
        self._following: list[tuple[Job, SyncResult]] = []
        """Passes that are over but for the bodies."""
        self._handed_on: set[int] = set()
        """Operations of other accounts that these were told of: once each, or two accounts would wake each other for ever."""
        self._incoming: Incoming | None = None
        self._stopping = False
        self._ended = False
        """Whether nobody does any more what is asked."""
        self._thread = threading.Thread(target=self._run, name=f"account-{row}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, cutting the connection short; returns at once."""
        self._stopping = True
        if self._incoming is not None:
            self._incoming.cancel()
        self.retry()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end."""
        self._thread.join(max(0.0, seconds))

    def ask(self, job: Job) -> None:
        """Have something done soon; `job.answer` is called from the worker's thread."""
        self._given_up.discard((job.message, job.section))
        self._jobs(job.kind).put(job)
        self.retry()
        if self._ended:  # looked at after the job is there: either we see that, or the thread sees the job
            self._refuse_jobs(ANSWER_LATER)

    def give_up(self, message: int, section: str) -> None:
        """Nobody waits for this part any more: fetching it ends between two pieces."""
        self._given_up.add((message, section))

    def _jobs(self, kind: str) -> queue.SimpleQueue[Job]:
        return {"sync": self._passes, "search": self._searches}.get(kind, self._fetches)

    def wake(self) -> None:
        """Look again: something was changed here. Does not cut the pause after a failure short."""
        self._wake.set()
        incoming = self._incoming
        if incoming is not None:
            incoming.wake()

    def collect(self) -> None:
        """Make a full pass."""
        self._due.set()
        self.wake()

    def halt(self) -> None:
        """End the pass that is going on, and whoever waits for one is told so; what has come is kept."""
        self._halting = True
        self.wake()

    def retry(self) -> None:
        """Try now what failed before: a password was typed, the line is back, somebody waits."""
        self._again.set()
        self.wake()

    # the thread -------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            self._again.begin()
            try:
                self._until_halted()
            except CorreioError as error:
                self._troubled(error)
            except Exception as error:
                # The edge of the thread: a mistake of ours must not stop the account.
                log.exception("account %s: a mistake in Correio", self.row)
                self._troubled(CorreioError("internal-mistake", answer=type(error).__name__))
        self._ended = True
        self._refuse_jobs(ANSWER_LATER)

    def _until_halted(self) -> None:
        """One connection; a pass that was halted ends it, and the next pass comes in its time."""
        try:
            with self._open_store() as db:
                self._connected(db)
        except CorreioError as error:
            if error is not HALTED:
                raise
            self._halting = False
            self._due.clear()
            self._refuse_jobs(error)
            with self._open_store() as db:
                self._passed(db)
            self._halted = True
            self._tell_state("", None)

    def _connected(self, db: Database) -> None:
        """One connection, from login to its end."""
        incoming = self._incoming_for(db)
        self._incoming = incoming
        try:
            if self._stopping:
                return
            incoming.helped = True
            quiet, self._halted = self._by_hand or self._halted, False
            incoming.breathe = lambda: self._breathe(db, incoming)
            if not quiet:
                incoming.open()
                self._due.set()
            while not self._stopping:
                self._wake.clear()
                self._again.clear()
                self._errands(db, incoming)
                if self._due.is_set():
                    self._due.clear()
                    self._full_pass(db, incoming)
                if self._wake.is_set():
                    continue
                if incoming.wait(self._patience(db)) and not self._stopping:
                    self._halting = False
                    incoming.sync_news()
                    self._well(db)
        finally:
            self._incoming = None
            incoming.breathe = nothing  # it knew `incoming`: without that the descriptors of it would wait for the collector
            incoming.close()

    def _breathe(self, db: Database, incoming: Incoming) -> None:
        """Within a pass."""
        if self._halting:
            raise HALTED
        self._errands(db, incoming)

    def _full_pass(self, db: Database, incoming: Incoming) -> SyncResult:
        self._halting = False
        result = incoming.sync()
        self._well(db)
        self._hand_on(db)
        self._passed(db)
        return result

    def _patience(self, db: Database) -> float:
        """Seconds until there is something to do without news or a call: an operation that was put off."""
        waiting = journal.ready(db, self.row, 1)
        if not waiting:
            return LONGEST_WAIT
        pause = waiting[0].not_before - time.time()
        return max(0.5, pause if pause <= journal.LONGEST_PAUSE else 0.0)

    def _well(self, db: Database) -> None:
        self._retries.serving()
        end_pass(db)
        accounts.set_state(db, self.row, "")
        self._tell_state("", None)

    def _errands(self, db: Database, incoming: Incoming) -> None:
        """What overtakes a pass: messages being opened, searches, then changes to replay; passes asked for come last."""
        while (job := _next(self._fetches) or _next(self._searches)) is not None:
            self._fetch(job, incoming)
        if journal.ready(db, self.row, 1):
            incoming.replay()
        self._hand_on(db)
        if not incoming.busy and not self._passes.empty():
            self._pass(db, incoming)
        if not incoming.behind:
            following, self._following = self._following, []
            for done, result in following:
                done.answer(result, None)

    def _hand_on(self, db: Database) -> None:
        """Moves between accounts go on in the other account."""
        followed = {id: row for id, row in journal.followed(db) if row != self.row}
        fresh = {row for id, row in followed.items() if id not in self._handed_on}
        self._handed_on = set(followed)
        if fresh:
            self._wake_others(fresh)

    def _pass(self, db: Database, incoming: Incoming) -> None:
        """One full pass for everybody who has asked for one; those whom an error leaves waiting hear of it later."""
        jobs = []
        while (job := _next(self._passes)) is not None:
            jobs.append(job)
        try:
            result = self._full_pass(db, incoming)
        except BaseException:
            for job in jobs:
                self._passes.put(job)
            raise
        self._following += [(job, result) for job in jobs]

    def _fetch(self, job: Job, incoming: Incoming) -> None:
        try:
            if job.kind == "search":
                job.found = incoming.search(job.folder, job.query)
            elif job.kind == "access":
                if not isinstance(incoming, Sharing):
                    raise ServerRefused("no-acl", server="", answer="")
                job.rights = incoming.access(job.folder, job.who, job.letters)
            elif job.kind == "subscriptions":
                if not isinstance(incoming, Subscribing):
                    raise ServerRefused("no-subscriptions", server="", answer="")
                job.subscriptions = incoming.subscriptions(job.path, job.subscribed)
            else:
                incoming.wanted = lambda: (job.message, job.section) not in self._given_up
                incoming.fetch(job.message, job.section)
        except CorreioError as error:
            job.answer(None, error)
            if isinstance(error, NetworkError):
                raise
            log.info("a message could not be fetched or looked for: %s", error.id)
            return
        except BaseException:
            self._jobs(job.kind).put(job)
            raise
        finally:
            incoming.wanted = lambda: True
        job.answer(SyncResult(), None)

    # when it does not work --------------------------------------------------

    def _troubled(self, error: CorreioError) -> None:
        if self._stopping:
            return
        state = state_of(error)
        log.info("account %s: %s: %s", self.row, state, error.id)
        try:
            with contextlib.suppress(StoreError), self._open_store() as db:
                accounts.set_state(db, self.row, state, error)
            self._tell_state(state, error)
        except Exception:
            # The edge of the thread: what cannot be told must not stop the account either.
            log.exception("account %s: a mistake in Correio while its trouble was told", self.row)
        self._refuse_jobs(error)
        # Not all at the same moment: a server that comes back is not to be run over.
        pause = min(LONGEST_PAUSE, self._retries.failed()) * random.uniform(0.5, 1.0)
        if isinstance(error, PasswordNeeded) and error.id not in COMMAND_FAILED:
            self._again.wait()  # nothing but a password helps
        else:
            self._again.wait(pause if state != "password" else PASSWORD_PAUSE)
            if self._again.moved:
                self._retries.forget()  # what failed in another network says nothing of this one
        self._again.clear()

    def _refuse_jobs(self, error: CorreioError) -> None:
        following, self._following = self._following, []
        for done, _ in following:
            done.answer(None, error)
        for jobs in (self._fetches, self._searches, self._passes):
            while (job := _next(jobs)) is not None:
                job.answer(None, error)


def _next(jobs: queue.SimpleQueue[Job]) -> Job | None:
    try:
        return jobs.get_nowait()
    except queue.Empty:
        return None
