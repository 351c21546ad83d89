"""The engine: who holds the lock carries the store to and from the servers.

A thread for each account, one that sends, one that waits for callers; this one keeps house.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial

from accounts.engine.door import Door, Reply
from accounts.engine.lock import EngineLock
from accounts.engine.protocol import Message
from accounts.engine.sender import Sender, resolve_uncertain
from accounts.engine.worker import Job, Worker
from accounts.incoming import Incoming, Progress, Report, SyncResult
from accounts.outgoing import Outgoing
from core.errors import AuthenticationError, CorreioError, PasswordNeeded
from core.paths import Home
from core.settings import Account, Settings
from core.store import accounts, bodies, journal, outbox
from core.store.database import Database

log = logging.getLogger(__name__)

HOUSEKEEPING = 300.0
"""Seconds between two looks at what is to be thrown away."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Means:
    """What the engine is handed by `tui.wiring`: it knows no protocol, file format or vault by itself."""

    load_settings: Callable[[], Settings]
    incoming: Callable[[Account, Database, int, Report], Incoming]
    outgoing: Callable[[Account], Outgoing]
    keep_password: Callable[[str, str], None]
    """(credential, password): typed by somebody, kept in memory."""
    forget_refused: Callable[[str], None]
    """A credential whose password was refused: ask anew."""
    version: str


class Engine:
    """One per user, by the lock. `run` returns when the engine was asked to leave or has nothing to do."""

    def __init__(self, home: Home, means: Means) -> None:
        self.home = home
        self.means = means
        self._lock = EngineLock(home.lock)
        self._settings = Settings()
        self._workers: dict[str, Worker] = {}
        self._configured: dict[str, Account] = {}
        self._guard = threading.RLock()
        self._leave = threading.Event()
        self._since = int(time.time())
        self._last_news = 0.0
        self._last_progress: dict[str, float] = {}
        self._door: Door | None = None
        self.sender = Sender(self.open_store, self.account_of, means.outgoing, self._outbox_changed)

    @contextlib.contextmanager
    def open_store(self) -> Iterator[Database]:
        """A connection to the store that tells the screens of what it commits."""
        db = Database(self.home.database)
        db.after_commit = self._changed
        try:
            yield db
        finally:
            db.close()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Work until asked to leave. Raises CorreioError `engine-running` when another engine does."""
        self.home.make()
        with self._lock, self.open_store() as db:
            outbox.interrupted(db)
            self._door = Door(self.home.socket, self._handle, self.means.version)
            self._door.on_leave = self.sender.wake
            try:
                self._reload()
                threading.Thread(target=self.sender.run, name="sender", daemon=True).start()
                ready()
                while not self._leave.wait(HOUSEKEEPING):
                    self._keep_house(db)
                    if self._idle(db):
                        break
            finally:
                self._stop()

    def leave(self) -> None:
        """End soon; safe in a signal handler."""
        self._leave.set()

    def account_of(self, db: Database, row: int) -> Account | None:
        """The settings of the account with this row in the store."""
        uid = accounts.uid_of(db, row)
        with self._guard:
            return next((account for account in self._settings.accounts if account.id == uid), None)

    # settings ---------------------------------------------------------------

    def _reload(self) -> None:
        """Read the settings; start, restart and stop workers by them."""
        settings = self.means.load_settings()
        with self._guard:
            self._settings = settings
            wanted = {a.id: a for a in settings.accounts if a.active and a.kind == "imap" and a.incoming is not None}
            for uid in [uid for uid, account in self._configured.items() if wanted.get(uid) != account]:
                self._workers.pop(uid).stop()
                del self._configured[uid]
            for uid, account in wanted.items():
                if uid not in self._workers:
                    self._configured[uid] = account
                    self._workers[uid] = self._new_worker(account)
        self.sender.wake()

    def _new_worker(self, account: Account) -> Worker:
        with self.open_store() as db:
            row = accounts.row_of(db, account.id)

        def tell_state(state: str, error: CorreioError | None) -> None:
            self._tell_state(account, state, error)

        def incoming_for(db: Database) -> Incoming:
            return self.means.incoming(account, db, row, lambda progress: self._progress(account, progress))

        worker = Worker(row, self.open_store, incoming_for, minutes=self._settings.sync.minutes, tell_state=tell_state)
        worker.start()
        return worker

    # events -----------------------------------------------------------------

    def _tell(self, **event: object) -> None:
        if self._door is not None:
            self._door.tell(event)

    def _changed(self) -> None:
        """The store has changed; screens hear of it at most 20 times a second (they also watch data_version)."""
        now = time.monotonic()
        if now - self._last_news >= 0.05:
            self._last_news = now
            self._tell(event="changed")

    def _progress(self, account: Account, progress: Progress) -> None:
        now = time.monotonic()
        if progress.done < progress.total and now - self._last_progress.get(account.id, 0) < 0.1:
            return
        self._last_progress[account.id] = now
        self._tell(**{**asdict(progress), "event": "progress", "account": account.id})

    def _tell_state(self, account: Account, state: str, error: CorreioError | None) -> None:
        self._tell(event="state", account=account.id, state=state, error=error.as_json() if error else None)
        if isinstance(error, AuthenticationError) and account.incoming is not None:
            if not isinstance(error, PasswordNeeded):
                self.means.forget_refused(account.incoming.credential)
            server = account.incoming
            self._tell(event="password", credential=server.credential, server=server.host, user=server.user)
        if state == "":
            with self.open_store() as db:
                resolve_uncertain(db)

    def _outbox_changed(self, id: int, state: str) -> None:
        self._tell(event="outbox", id=id, state=state)
        if state == "sent":
            self._wake_workers()  # the Sent copy and the answered mark are waiting

    # requests ---------------------------------------------------------------

    def _handle(self, message: Message, reply: Reply) -> None:
        """Answer a caller; runs in the caller's thread."""
        work = self._requests.get(str(message.get("do")))
        if work is None:
            reply({"error": CorreioError("engine-unknown-request", request=message.get("do")).as_json()})
            return
        try:
            work(message, reply)
        except CorreioError as error:
            reply({"error": error.as_json()})

    @property
    def _requests(self) -> dict[str, Callable[[Message, Reply], None]]:
        return {
            "status": lambda message, reply: reply({"ok": self._status()}),
            "look": self._look,
            "sync": lambda message, reply: self._sync(message.get("accounts"), reply),
            "fetch": self._fetch,
            "password": self._password,
            "reload": self._reload_asked,
            "leave": self._leave_asked,
        }

    def _look(self, message: Message, reply: Reply) -> None:
        self._wake_workers()
        self.sender.wake()
        reply({"ok": True})

    def _reload_asked(self, message: Message, reply: Reply) -> None:
        self._reload()
        reply({"ok": True})

    def _leave_asked(self, message: Message, reply: Reply) -> None:
        reply({"ok": True})
        self.leave()

    def _status(self) -> Message:
        with self.open_store() as db:
            return {
                "pid": os.getpid(),
                "since": self._since,
                "accounts": {s.uid: {"state": s.state, "pending": s.pending} for s in accounts.states(db)},
                "outbox": dict(db.read("SELECT state, count(*) FROM outbox GROUP BY state")),
                "waiting": journal.waiting(db),
            }

    def _wake_workers(self) -> None:
        with self._guard:
            workers = list(self._workers.values())
        for worker in workers:
            worker.wake()

    def _sync(self, uids: list[str] | None, reply: Reply) -> None:
        with self._guard:
            chosen = {uid: worker for uid, worker in self._workers.items() if uids is None or uid in uids}
        self.sender.wake()
        results: list[Message] = []
        guard = threading.Lock()
        if not chosen:
            reply({"ok": results})
        started = time.monotonic()

        def answered(uid: str, result: SyncResult | None, error: CorreioError | None) -> None:
            found = asdict(result or SyncResult())
            found.update(account=uid, seconds=time.monotonic() - started, error=error.as_json() if error else None)
            with guard:
                results.append(found)
                complete = len(results) == len(chosen)
            if complete:
                reply({"ok": results})

        for uid, worker in chosen.items():
            worker.ask(Job("sync", partial(answered, uid)))

    def _fetch(self, message: Message, reply: Reply) -> None:
        with self.open_store() as db:
            row = db.value("SELECT account FROM message WHERE id = ?", (message.get("message"),))
            uid = accounts.uid_of(db, row) if row is not None else ""
        with self._guard:
            worker = self._workers.get(uid)
        if worker is None:
            reply({"error": CorreioError("account-offline", account=uid).as_json()})
            return

        def answered(result: SyncResult | None, error: CorreioError | None) -> None:
            reply({"error": error.as_json()} if error else {"ok": True})

        worker.ask(Job("fetch", answered, int(message["message"]), str(message.get("section", ""))))

    def _password(self, message: Message, reply: Reply) -> None:
        self.means.keep_password(str(message.get("credential")), str(message.pop("password", "")))
        with self.open_store() as db, db.write():
            db.run("UPDATE outbox SET not_before = 0 WHERE state = 'waiting' AND reason LIKE '%Password%'")
            db.run("UPDATE outbox SET not_before = 0 WHERE state = 'waiting' AND reason LIKE '%Authentication%'")
        reply({"ok": True})
        self._wake_workers()
        self.sender.wake()

    # keeping house ----------------------------------------------------------

    def _keep_house(self, db: Database) -> None:
        now = int(time.time())
        kept = self._settings.sync.undo_days * DAY
        while bodies.sweep(db, now - kept):
            continue
        journal.forget_old(db, now - max(kept, 30 * DAY))
        db.checkpoint()

    def _idle(self, db: Database) -> bool:
        """Nothing to collect, nothing queued, nobody looking."""
        with self._guard:
            collecting = bool(self._workers)
        callers = self._door.callers if self._door else 0
        return not (collecting or callers or journal.waiting(db) or outbox.next_due(db) is not None)

    def _stop(self) -> None:
        if self._door is not None:
            self._door.close()
        self.sender.stop()
        with self._guard:
            workers = list(self._workers.values())
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join(2.0)
