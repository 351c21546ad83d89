"""The engine: who holds the lock carries the store to and from the servers.

A thread for each account, one that sends, one that waits for callers; this one keeps house.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from accounts.engine.calendar_keeper import CalendarKeeper, no_calendar
from accounts.engine.door import Door
from accounts.engine.limits import limits_of
from accounts.engine.link_keeper import LinkKeeper, no_sharer
from accounts.engine.lock import EngineLock
from accounts.engine.news import News
from accounts.engine.requests import Requests
from accounts.engine.sender import OFFLINE, Prepare, Sender, no_gateway, no_links
from accounts.engine.worker import Worker
from accounts.incoming import Incoming, Report
from accounts.outgoing import Outgoing
from core import heap, snooze
from core.errors import AuthenticationError, CorreioError
from core.image_tidying import tidy_images
from core.paths import Home
from core.sending import recover
from core.settings import Account, Server, Settings
from core.settings.gateway import Gateway
from core.store import accounts, journal, outbox, schedule
from core.store.database import Database
from core.store.tidying import tidy
from core.trash import TrashKeeper

if TYPE_CHECKING:  # loaded when an entry is kept, or a link ends
    from accounts.caldav import CalendarServer
    from core.sharing import Sharer

log = logging.getLogger(__name__)

HOUSEKEEPING = 300.0
"""Seconds between two looks at what is to be thrown away."""
LOOK = 60.0
"""Seconds after which the clock is looked at again while something is scheduled: it may be set, and the machine may sleep."""
STOP = 1.5
"""Seconds for the threads to end, all together."""
DAY = 86_400
AGAIN = 3600
"""Seconds after which at the latest what is tried again and again is tried again."""
ANEW = -2
"""In place of the time of the settings file: they are to be read again."""


def leave_directly(uri: str) -> None:
    """Leave a list with one request, through no proxy."""
    from accounts import one_click

    one_click.leave(uri)


@dataclass(frozen=True, slots=True)
class Means:
    """What the engine is handed by `tui.wiring`: it knows no protocol, file format or vault by itself."""

    load_settings: Callable[[], Settings]
    incoming: Callable[[Account, Database, int, Report], Incoming]
    outgoing: Callable[[Account], Outgoing]
    keep_password: Callable[[str, str], None]
    """(credential, password): typed by somebody, kept in memory."""
    forget_refused: Callable[[str], bool | None]
    """A credential whose password was refused: ask anew. True: a token, of which a new one is worth a try at once."""
    version: str
    keep_passphrase: Callable[[str], None] = lambda passphrase: None
    """What opens the file with the passwords, typed by somebody, kept in memory."""
    forget_password: Callable[[str], None] = lambda credential: None
    """A credential that is no longer to be remembered."""
    calendar: Callable[[], CalendarServer] | None = None
    """The calendar server of the settings; raises NotFound `no-calendar`, PasswordNeeded."""
    follow: Callable[[Database], bool] = lambda db: False
    """Have the settings follow folders that were renamed; whether there were any. Raises SettingsError."""
    leave_list: Callable[[str], None] = leave_directly
    """Leaves a mailing list by one request to this address; raises as `accounts.one_click.leave`."""
    gateway: Callable[[str], Outgoing] = no_gateway
    """The gateway to phones with this id; raises NotFound `no-gateway-now`."""
    sharer: Callable[[], Sharer] = no_sharer
    """Where files go that are sent as links; raises NotFound `no-links-place`, PasswordNeeded."""
    prepare: Prepare = no_links
    """Makes the links of a mail, and its bytes."""


class Engine:
    """One per user, by the lock. `run` returns when the engine was asked to leave or has nothing to do."""

    def __init__(self, home: Home, means: Means) -> None:
        self.home = home
        self.means = means
        self.leave_list = means.leave_list
        self.since = int(time.time())
        self._lock = EngineLock(home.lock, home.socket)
        self._settings = Settings()
        self._read_at = -1
        self._workers: dict[str, Worker] = {}
        self._configured: dict[str, Account] = {}
        self._guard = threading.RLock()
        self._calls: queue.SimpleQueue[None] = queue.SimpleQueue()
        """Not an Event: `leave` is called in signal handlers, where only a SimpleQueue cannot lock itself out."""
        self._leaving = False
        self._db: Database | None = None
        """The connection of the thread that runs."""
        self._trash = TrashKeeper()
        self._news = News()
        self.keeper = CalendarKeeper(self.open_store, self.calendar, self.look)
        self._links = LinkKeeper(self.open_store, self.sharer, self.look)
        self.sender = Sender(
            self.open_store, self.account_of, means.outgoing, self._outbox_changed, self.is_offline,
            self.ways_out, means.gateway, means.prepare, self._uploading, self.gateway_of,
        )  # fmt: skip

    @contextlib.contextmanager
    def open_store(self) -> Iterator[Database]:
        """A connection to the store that tells the screens of what it commits."""
        db = Database(self.home.database)
        db.after_commit, db.watched = self._news.changed, self._news.watched
        try:
            yield db
        finally:
            db.close()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Work until asked to leave. Raises CorreioError `engine-running` when another engine does."""
        self.home.make()
        with self._lock, self.open_store() as db:
            self._db = db
            recover(db)
            door = Door(self.home.socket, Requests(self).handle, self.means.version)
            door.on_leave, door.on_arrive = self.sender.wake, self._news.greet
            self._news.door = door
            self._news.start()
            try:
                self.reload()
                self.sender.start()
                door.open()  # not before: who is greeted may say that the engine runs
                log.info("the engine works")
                ready()
                while not self._asked_to_leave(HOUSEKEEPING):
                    self._keep_house(db)
                    if self._idle(db, door):
                        break
            finally:
                self._stop(door)
                log.info("the engine ends")

    def leave(self) -> None:
        """End soon; safe in a signal handler."""
        self._leaving = True
        self._calls.put(None)

    def look(self) -> None:
        """Something was scheduled, or is no longer."""
        self._calls.put(None)

    def _asked_to_leave(self, seconds: float) -> bool:
        """Wait so long, doing what falls due meanwhile; True at once when somebody asks."""
        end = time.monotonic() + seconds
        while not self._leaving and (left := end - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                self._calls.get(timeout=self._carry_out_due(left))
        return self._leaving

    def _carry_out_due(self, patience: float) -> float:
        """Do what the schedule has for now; the seconds to wait until the next of it, at most `patience`."""
        db, door = self._db, self._news.door
        if db is None or door is None:
            return patience
        try:
            door.renew()
            self.reread()
            self._follow(db)
            _pull_forward(db, self._collecting(), self._settings.sync.minutes)
            entries = schedule.due(db, time.time())
            self._collect(db, [entry for entry in entries if entry.kind == "collect"])
            if any(entry.kind == "empty" for entry in entries):
                self._empty(db)
            woken = [entry for entry in entries if entry.kind == "wake" and snooze.wake(db, entry, int(time.time()))]
            if woken:
                log.info("%s snoozed messages are back", len(woken))
                self._wake_rows(worker.row for worker in self.workers().values())
            self.keeper.carry_out(db, (entry for entry in entries if entry.kind == "calendar"))
            self._links.carry_out(db, entries)
            due = schedule.next_due(db)
        except CorreioError as error:
            log.warning("the schedule cannot be kept: %s", error.id)
            return min(patience, LOOK)
        except Exception:
            # As in `_keep_house`: one thing that cannot be done must not end the engine.
            log.exception("a mistake in Correio while doing what falls due")
            return min(patience, LOOK)
        return min(patience, LOOK) if due is None else min(patience, LOOK, max(0.05, due - time.time()))

    def _empty(self, db: Database) -> None:
        """Delete for ever what has lain long enough in trash and junk; the next look goes into the schedule."""
        sync = self._settings.sync
        if self._trash.look(db, {"trash": sync.empty_trash_days, "junk": sync.empty_junk_days}, time.time()):
            self._wake_rows(worker.row for worker in self.workers().values())

    def _follow(self, db: Database) -> None:
        """Settings that name a folder follow it."""
        try:
            if self.means.follow(db):
                self.reload()
        except CorreioError as error:
            log.warning("the settings do not follow a folder: %s", error.id)  # the next look tries again

    def _collect(self, db: Database, entries: Iterable[schedule.Entry]) -> None:
        """Passes are due. Who cannot make one now makes one as soon as its server is there again."""
        workers = {worker.row: worker for worker in self.workers().values()}
        for entry in entries:
            with db.write():
                schedule.take(db, entry)
            worker = workers.get(entry.args["account"])
            if worker is not None:
                worker.collect()

    def _passed(self, account: Account, row: int, db: Database) -> None:
        """A pass over an account has ended: the next one is put into the schedule."""
        if account.minutes >= 0:
            schedule.collect(db, row, int(time.time()) + (account.minutes or self._settings.sync.minutes) * 60)
            self.look()

    # settings ---------------------------------------------------------------

    def account_of(self, db: Database, row: int) -> Account | None:
        """The settings of the account with this row in the store."""
        uid = accounts.uid_of(db, row)
        with self._guard:
            return next((account for account in self._settings.accounts if account.id == uid), None)

    def is_offline(self, account: Account) -> bool:
        """Whether an account is offline by choice."""
        with self._guard:
            return self._settings.is_offline(account)

    def ways_out(self, account: Account, sender: str) -> tuple[Server, ...]:
        """The servers for a sender, in the order in which they are tried."""
        with self._guard:
            return self._settings.ways_out(account, sender)

    def gateway_of(self, id: str) -> Gateway | None:
        """The settings of the gateway to phones with this id."""
        with self._guard:
            return self._settings.gateway(id)

    def calendar(self) -> CalendarServer:
        """The calendar of the settings. Raises NotFound `no-calendar`, PasswordNeeded, CorreioError `offline-chosen`."""
        if self._settings.sync.offline:
            raise OFFLINE
        return (self.means.calendar or no_calendar)()

    def sharer(self) -> Sharer:
        """Where linked files are. Raises as `calendar`, NotFound `no-links-place`."""
        if self._settings.sync.offline:
            raise OFFLINE
        return self.means.sharer()

    def workers(self) -> Mapping[str, Worker]:
        """Account id → its worker, as it is now."""
        with self._guard:
            return dict(self._workers)

    def _collecting(self) -> dict[int, Account]:
        """Who collects, by row, as the workers were told."""
        with self._guard:
            return {worker.row: self._configured[uid] for uid, worker in self._workers.items()}

    def resting(self) -> list[str]:
        """The ids of the accounts that would collect, but are offline by choice."""
        with self._guard:
            found = [a for a in self._settings.accounts if a.active and a.collects]
            return [account.id for account in found if self._settings.is_offline(account)]

    def reread(self) -> None:
        """Read the settings where somebody has written them by hand. Raises SettingsError, once for each time."""
        if _written_at(self.home.settings_file) != self._read_at:
            self.reload()

    def reload(self) -> None:
        """Read the settings; start, restart and stop workers by them. Raises SettingsError."""
        with self._guard:  # read inside: what somebody else has read later must not be replaced by what we read before
            self._read_at = _written_at(self.home.settings_file)
            self._settings = self.means.load_settings()
            self._read_at, read_at = ANEW, self._read_at
            self._go_by_settings()
            self._read_at = read_at
            self._news.only(self._settings.used_credentials())
        self._news.tell(event="settings")
        self.sender.wake()

    def _go_by_settings(self) -> None:
        """Inside the guard. What cannot be done now, on a full disk, is done at the next look."""
        resting = self.resting()
        collecting = [a for a in self._settings.accounts if a.active and a.collects]
        wanted = {a.id: a for a in collecting if a.id not in resting}
        gone = [uid for uid, account in self._configured.items() if wanted.get(uid) != account]
        old = [self._workers.pop(uid) for uid in gone]
        for worker in old:
            worker.stop()
        for uid in gone:
            del self._configured[uid]
        end = time.monotonic() + STOP
        for worker in old:
            worker.join(end - time.monotonic())  # two must not replay the same changes
        for uid, account in wanted.items():
            if uid not in self._workers:
                self._workers[uid] = self._new_worker(account)
                self._configured[uid] = account
        with self.open_store() as db:
            for uid in resting:
                accounts.set_state(db, accounts.row_of(db, uid), "offline", OFFLINE)
            schedule.collect_only(db, [self._workers[uid].row for uid, account in wanted.items() if account.minutes >= 0])
            self.keeper.hurry(db)

    def _new_worker(self, account: Account) -> Worker:
        with self.open_store() as db:
            row = accounts.row_of(db, account.id, local=account.is_kept_here)

        def incoming_for(db: Database) -> Incoming:
            return self.means.incoming(account, db, row, partial(self._news.progress, account.id))

        worker = Worker(
            row, self.open_store, incoming_for, passed=partial(self._passed, account, row),
            tell_state=partial(self._account_is, account),
            wake_others=self._wake_rows, by_hand=account.minutes < 0,
        )  # fmt: skip
        worker.start()
        return worker

    def _wake_rows(self, rows: Iterable[int]) -> None:
        """The workers of these accounts have something to do."""
        wanted = set(rows)
        for worker in self.workers().values():
            if worker.row in wanted:
                worker.wake()

    # what the threads say ---------------------------------------------------

    def _account_is(self, account: Account, state: str, error: CorreioError | None) -> None:
        self._news.state(account.id, state, error)
        if account.incoming is not None:
            self._about_password(account.incoming, error)

    def _outbox_changed(self, id: int, state: str, account: Account | None, error: CorreioError | None) -> None:
        self._news.tell(event="outbox", id=id, state=state)
        if state == "sending" or account is None:
            return
        if (server := server_of(self.ways_out(account, ""), account, error)) is not None:
            self._about_password(server, error)
        for worker in self.workers().values():
            worker.wake()  # the Sent copy and the answered mark may be waiting

    def _uploading(self, id: int, account: Account | None, done: int, total: int) -> None:
        what = {"what": "upload", "done": done, "total": total, "folder": None, "mail": id}
        self._news.tell(event="progress", account=account.id if account is not None else "", **what)

    def _about_password(self, server: Server, error: CorreioError | None) -> None:
        """A log-in has worked, or not: have the password typed where that may help."""
        if error is None:
            self._news.have_password(server.credential)
        elif isinstance(error, AuthenticationError):
            if error.id == "login-refused":
                with contextlib.suppress(CorreioError):  # the settings have no such credential any more
                    if self.means.forget_refused(server.credential):
                        self._try_anew()
                        return
            self._news.want_password(server, error)

    def _try_anew(self) -> None:
        """A token was refused, the next one may be taken."""
        for worker in self.workers().values():
            worker.retry()
        with contextlib.suppress(CorreioError), self.open_store() as db:
            outbox.hurry(db, outbox.PASSWORD)
        self.sender.wake()

    def forget(self, credential: str) -> None:
        """Remember a credential no longer."""
        self.means.forget_password(credential)

    def password(self, credential: str, password: str, *, opens: bool = False) -> None:
        """Somebody has typed a password; or what `opens` the file that it is in. NotFound `no-credential`."""
        self.means.keep_passphrase(password) if opens else self.means.keep_password(credential, password)
        self._news.have_password(credential)
        with self.open_store() as db:
            self.keeper.hurry(db)

    # keeping house ----------------------------------------------------------

    def _go_on(self) -> None:
        """Between two turns of tidying: neither who asks the engine to leave nor what falls due waits for the rest."""
        if self._leaving:
            raise CorreioError("engine-stopping")
        self._carry_out_due(0)

    def _keep_house(self, db: Database) -> None:
        try:
            now = int(time.time())
            kept = self._settings.sync.undo_days * DAY
            self._empty(db)
            files = self._settings.sync.attachment_text
            tidy(db, now - kept, limits_of(db, self._settings, now), breathe=self._go_on, files=files)
            journal.forget_old(db, now - max(kept, 30 * DAY))
            tidy_images(self.home.state, db, self.home.settings_file)
            db.checkpoint()
            heap.give_back()
        except CorreioError as error:
            log.warning("keeping house: %s", error.id)
        except Exception:
            # The edge of the thread: what went wrong here must not end the engine.
            log.exception("a mistake in Correio while keeping house")

    def _idle(self, db: Database, door: Door) -> bool:
        """Nothing to collect, nothing queued, nobody looking."""
        with self._guard:
            collecting = bool(self._workers)
        try:
            return not (collecting or door.callers or journal.waiting(db) or _something_due(db))
        except CorreioError as error:
            log.warning("keeping house: %s", error.id)
            return False

    def _stop(self, door: Door) -> None:
        """End every thread, what it holds written down; in time for a machine that is shut down."""
        end = time.monotonic() + STOP
        self._news.stop()
        door.close()
        workers = self.workers().values()
        for worker in workers:
            worker.stop()
        self.sender.stop(STOP)
        for worker in workers:
            worker.join(end - time.monotonic())


def _written_at(file: Path) -> int:
    """When a file was last written, in nanoseconds; -1 while there is none."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return -1


def _pull_forward(db: Database, collecting: Mapping[int, Account], minutes: int) -> None:
    """The clock was set back since a pass was put off, or the user wants them more often."""
    now = int(time.time())
    own = {row: now + account.minutes * 60 for row, account in collecting.items() if account.minutes > 0}
    schedule.collect_by(db, now + minutes * 60, own)
    schedule.retry_by(db, now + AGAIN)


def _something_due(db: Database) -> bool:
    """Whether a mail or something scheduled waits for its time."""
    return outbox.next_due(db) is not None or schedule.next_due(db) is not None


def server_of(ways: Iterable[Server], account: Account, error: CorreioError | None) -> Server | None:
    """Which of an account's outgoing servers an error is about."""
    told = str(error.values.get("server", "")) if error is not None else ""
    return next((one for one in ways if one.host and told.startswith(one.host)), account.outgoing)
