"""What callers ask of the engine, as `accounts.engine.protocol` has it."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol

from msgspec import structs

from accounts.engine.calendar_keeper import CalendarKeeper
from accounts.engine.door import Reply
from accounts.engine.protocol import Message
from accounts.engine.sender import OFFLINE, Sender, Sent
from accounts.engine.worker import Job, Worker
from accounts.incoming import SyncResult
from core.errors import CorreioError
from core.store import accounts, folders, journal, outbox, twins
from core.store.database import Database
from core.store.search import not_here

log = logging.getLogger(__name__)


class House(Protocol):
    """What requests need of the engine."""

    sender: Sender
    keeper: CalendarKeeper
    since: int
    leave_list: Callable[[str], None]
    """Leaves a mailing list by one request to this address."""

    def open_store(self) -> AbstractContextManager[Database]:
        """A connection to the store."""

    def workers(self) -> Mapping[str, Worker]:
        """Account id → its worker, as it is now."""

    def resting(self) -> Sequence[str]:
        """The ids of the accounts that are offline by choice."""

    def reload(self) -> None:
        """Read the settings anew."""

    def reread(self) -> None:
        """Read them where somebody has written them by hand."""

    def password(self, credential: str, password: str, *, opens: bool = False) -> None:
        """Somebody has typed one, or what `opens` the file that it is in."""

    def forget(self, credential: str) -> None:
        """Remember a credential no longer."""

    def look(self) -> None:
        """Something was scheduled."""

    def leave(self) -> None:
        """End soon."""


class Requests:
    """Answers callers, each in the caller's own thread."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, Callable[[Message, Reply], None]] = {
            "status": self._status,
            "look": self._look,
            "sync": self._sync,
            "halt": self._halt,
            "fetch": self._fetch,
            "give-up": self._give_up,
            "search": self._search,
            "access": self._access,
            "subscriptions": self._subscriptions,
            "leave-list": self._leave_list,
            "keep-event": self._keep_event,
            "busy": self._busy,
            "password": self._password,
            "forget": self._forget,
            "reload": self._reload,
            "leave": self._leave,
        }

    def handle(self, message: Message, reply: Reply) -> None:
        """Do what a message asks and answer it, now or later; never raises."""
        work = self._known.get(str(message.get("do")))
        if work is None:
            reply({"error": CorreioError("engine-unknown-request", request=message.get("do")).as_json()})
            return
        self._do(str(message.get("do")), partial(work, message, reply), reply)

    def _do(self, what: str, work: Callable[[], None], reply: Reply) -> None:
        """The edge of every thread that works for a caller: who asked hears what went wrong, and the line stays up."""
        try:
            work()
        except CorreioError as error:
            reply({"error": error.as_json()})
        except Exception as error:
            log.exception("a request could not be answered: %s", what)
            reply({"error": CorreioError("internal-mistake", answer=type(error).__name__).as_json()})

    def _status(self, message: Message, reply: Reply) -> None:
        with self._house.open_store() as db:
            status = {
                "pid": os.getpid(),
                "since": self._house.since,
                "accounts": {
                    s.uid: {"state": s.state, "pending": s.pending, "error": s.error.as_json() if s.error else None}
                    for s in accounts.states(db)
                },
                "outbox": dict(db.read("SELECT state, count(*) FROM outbox GROUP BY state")),
                "waiting": journal.waiting(db),
            }
        reply({"ok": status})

    def _look(self, message: Message, reply: Reply) -> None:
        for worker in self._house.workers().values():
            worker.wake()
        self._house.sender.wake()
        self._house.look()
        reply({"ok": True})

    def _halt(self, message: Message, reply: Reply) -> None:
        wanted = message.get("accounts")
        for uid, worker in self._house.workers().items():
            if wanted is None or uid in wanted:
                worker.halt()
        reply({"ok": True})

    def _reload(self, message: Message, reply: Reply) -> None:
        self._house.reload()
        reply({"ok": True})

    def _leave(self, message: Message, reply: Reply) -> None:
        reply({"ok": True})
        self._house.leave()

    def _password(self, message: Message, reply: Reply) -> None:
        opens = message.get("opens") is True
        self._house.password(str(message.get("credential")), str(message.pop("password", "")), opens=opens)
        with self._house.open_store() as db:
            outbox.hurry(db, outbox.PASSWORD)
        reply({"ok": True})
        for worker in self._house.workers().values():
            worker.retry()
        self._house.sender.wake()

    def _forget(self, message: Message, reply: Reply) -> None:
        self._house.forget(str(message.get("credential")))
        reply({"ok": True})

    def _origin(self, wanted: int) -> tuple[int | None, str]:
        """The message of which another one on its way has the bytes, if it is such a one, and the account that has them."""
        with self._house.open_store() as db:
            origin = twins.source_of(db, wanted)
            row = db.value("SELECT account FROM message WHERE id = ?", (origin or wanted,))
            return origin, accounts.uid_of(db, row) if row is not None else ""

    def _give_up(self, message: Message, reply: Reply) -> None:
        wanted = int(message.get("message") or 0)
        origin, uid = self._origin(wanted)
        worker = self._house.workers().get(uid)
        if worker is not None:
            worker.give_up(origin or wanted, str(message.get("section") or "") if origin is None else "*")
        reply({"ok": True})

    def _fetch(self, message: Message, reply: Reply) -> None:
        wanted = int(message.get("message") or 0)
        origin, uid = self._origin(wanted)
        worker = self._house.workers().get(uid)
        if worker is None:
            raise OFFLINE if uid in self._house.resting() else CorreioError("account-offline", account=uid)

        def answered(result: SyncResult | None, error: CorreioError | None) -> None:
            if error is not None:
                reply({"error": error.as_json()})
                return
            self._do("fetch", given, reply)

        def given() -> None:
            if origin is not None:
                with self._house.open_store() as db:
                    twins.give(db, origin, wanted)
            reply({"ok": True})

        section = str(message.get("section") or "") if origin is None else "*"
        worker.ask(Job("fetch", answered, origin or wanted, section))

    def _search(self, message: Message, reply: Reply) -> None:
        """Answered at once where all text of the folder is here, or the account has no server."""
        folder, query = int(message.get("folder") or 0), str(message.get("query") or "")
        with self._house.open_store() as db:
            uid = accounts.uid_of(db, folders.get(db, folder).account)
            missing = bool(not_here(db, folder, 1))
        worker = self._house.workers().get(uid)
        if worker is None or not missing:
            reply({"ok": []})
            return

        def answered(result: SyncResult | None, error: CorreioError | None) -> None:
            reply({"error": error.as_json()} if error else {"ok": job.found})

        job = Job("search", answered, folder=folder, query=query)
        worker.ask(job)

    def _access(self, message: Message, reply: Reply) -> None:
        """Who may use a folder; with `who` one person's rights are set before."""
        folder = int(message.get("folder") or 0)
        with self._house.open_store() as db:
            uid = accounts.uid_of(db, folders.get(db, folder).account)
        worker = self._house.workers().get(uid)
        if worker is None:
            raise OFFLINE if uid in self._house.resting() else CorreioError("account-offline", account=uid)

        def answered(result: SyncResult | None, error: CorreioError | None) -> None:
            reply({"error": error.as_json()} if error else {"ok": job.rights})

        letters = message.get("letters")
        who = str(message.get("who") or "")
        job = Job("access", answered, folder=folder, who=who, letters=None if letters is None else str(letters))
        worker.ask(job)

    def _subscriptions(self, message: Message, reply: Reply) -> None:
        """Every folder of an account's server; with `path` one is subscribed before, or no longer."""
        uid = str(message.get("account"))
        worker = self._house.workers().get(uid)
        if worker is None:
            raise OFFLINE if uid in self._house.resting() else CorreioError("account-offline", account=uid)

        def answered(result: SyncResult | None, error: CorreioError | None) -> None:
            reply({"error": error.as_json()} if error else {"ok": job.subscriptions})

        wanted = message.get("subscribed")
        path = str(message.get("path") or "")
        job = Job("subscriptions", answered, path=path, subscribed=None if wanted is None else bool(wanted))
        worker.ask(job)

    def _leave_list(self, message: Message, reply: Reply) -> None:
        """Answered by a thread of its own: a web server may take its time, and the caller has more to ask."""
        from core import leaving_lists

        id = int(message.get("message") or 0)
        with self._house.open_store() as db:
            way = leaving_lists.one_click_of(db, id, str(message.get("uri") or ""))
            if leaving_lists.account_id(db, id) in self._house.resting():
                raise OFFLINE

        def ask() -> None:
            self._house.leave_list(way.uri)
            with self._house.open_store() as db:
                leaving_lists.note_left(db, id, way)
            reply({"ok": True})

        threading.Thread(target=self._do, args=("leave-list", ask, reply), name="leave-list", daemon=True).start()

    def _keep_event(self, message: Message, reply: Reply) -> None:
        """Answered by a thread of its own, as `_leave_list`."""

        def done(place: str | None, error: CorreioError | None) -> None:
            reply({"ok": place} if error is None else {"error": error.as_json()})

        self._house.keeper.attempt(int(message["entry"]), done)

    def _busy(self, message: Message, reply: Reply) -> None:
        """Answered by a thread of its own."""

        def done(found: Any, error: CorreioError | None) -> None:
            reply({"ok": found} if error is None else {"error": error.as_json()})

        spans = [(int(start), int(end)) for start, end in message["spans"]]
        self._house.keeper.busy(str(message["uid"]), spans, done)

    def _sync(self, message: Message, reply: Reply) -> None:
        """First what is due is sent, then every account makes a pass; answered when the last has."""
        self._house.reread()
        wanted = message.get("accounts")
        uids = [*self._house.workers(), *self._house.resting()] if wanted is None else [str(uid) for uid in wanted]
        started = time.monotonic()
        self._house.sender.ask(lambda sent: self._do("sync", partial(self._collect, uids, started, reply, sent), reply))

    def _collect(self, uids: list[str], started: float, reply: Reply, sent: Sent) -> None:
        workers = self._house.workers()
        results: list[Message] = []
        guard = threading.Lock()
        with self._house.open_store() as db:
            known = {state.uid: state.row for state in accounts.states(db)}
        rows = {uid: known.get(uid, 0) for uid in uids}  # one that was removed meanwhile has none

        def answered(uid: str, result: SyncResult | None, error: CorreioError | None) -> None:
            error = error or sent.errors.get(rows[uid])
            found = {
                "account": uid,
                **structs.asdict(result or SyncResult()),
                "sent": sent.accepted.get(rows[uid], 0),
                "seconds": time.monotonic() - started,
                "error": error.as_json() if error else None,
            }
            with guard:
                results.append(found)
                complete = len(results) == len(uids)
            if complete:
                results.sort(key=lambda row: uids.index(row["account"]))
                reply({"ok": results})

        resting = self._house.resting()
        if not uids:
            reply({"ok": []})
        for uid in uids:
            if uid in workers:
                workers[uid].ask(Job("sync", partial(answered, uid)))
            else:
                answered(uid, None, OFFLINE if uid in resting else None)
