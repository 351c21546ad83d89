"""An IMAP account as something that mail comes from: `accounts.incoming.Incoming`."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from accounts.dial import Resolver
from accounts.imap import bodies, folder_state, idle, quota
from accounts.imap.body_pass import fetch_bodies, waiting_bytes
from accounts.imap.folder_list import Update, update
from accounts.imap.folder_pass import FolderPass
from accounts.imap.lines import Lines
from accounts.imap.listing import Status, status
from accounts.imap.replay import replay
from accounts.imap.session import SECONDS, Session, quoted
from accounts.imap.work import FolderMoved, Work, wire_of
from accounts.incoming import Progress, Report, SecretFor, SyncResult
from accounts.mail_source import MailSource
from core import heap, mute
from core.errors import CorreioError, NotFound, ServerRefused
from core.settings.schema import Account
from core.store import folders, notices
from core.store.database import Database
from core.store.folders import Folder

WHOLE_SECONDS = 60.0
"""Within so many seconds new mails come whole; where that would take longer, their headers come first."""
FEW_BYTES = 1024 * 1024
"""Bodies up to this are fetched over the connection that is open anyway."""
MANY = 1000
"""New mails after which the heap has many holes."""


class ImapAccount(MailSource):
    """One account over one connection, with some beside it where `helped`. For what the methods promise see
    `accounts.incoming.Incoming`."""

    def __init__(
        self, settings: Account, secret: SecretFor, db: Database, row: int, report: Report, *,
        clock: Callable[[], float] = time.time, resolver: Resolver | None = None, patience: float = SECONDS,
        push: bool = True, clocks: idle.Clocks = idle.CLOCKS,
    ) -> None:  # fmt: skip
        """`push`: whether the server is asked to tell of news (IDLE)."""
        super().__init__(settings, secret, db, row, report, clock=clock, resolver=resolver, patience=patience)
        self._session: Session | None = None
        self._work: Work | None = None
        self._busy = 0
        self._engaged = False
        self._replaying = False
        self._bell = idle.Bell()
        self._hurry = threading.Event()
        self._push = push
        self._clocks = clocks
        self._lines: Lines | None = None
        self._handed = False
        self._news: set[int] = set()

    # life ---------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a pass is going on."""
        return self._busy > 0

    @property
    def behind(self) -> bool:
        """Whether another connection still brings bodies."""
        return self._lines is not None and (self._lines.working or self._let_down)

    @property
    def _let_down(self) -> bool:
        """Whether bodies were handed to a second connection that the server does not let in: they come over this one."""
        carrier = self._lines.carrier if self._lines is not None else None
        return self._handed and carrier is not None and not carrier.usable

    def open(self) -> None:
        """Connect and log in."""
        self._ready()

    def close(self) -> None:
        """Log out and close the line, and those beside it."""
        lines, self._lines = self._lines, None
        if lines is not None:
            lines.close()
        self._hang_up()

    def _hang_up(self) -> None:
        session, self._session, self._work = self._session, None, None
        if session is not None:
            session.close()

    def cancel(self) -> None:
        """End whatever is running; the account is of no more use then."""
        self._cancelled = True
        self._bell.ring()
        lines = self._lines
        if lines is not None:
            lines.cancel()
        session = self._session
        if session is not None:
            session.cancel()

    def wake(self) -> None:
        """End a running `wait`, or the next one; a pass lets others in at once."""
        self._hurry.set()
        self._bell.ring()

    def _ready(self) -> Work:
        """The work over a session that is alive."""
        self._go_on()
        if self._session is not None and self._work is not None and not (self._session.broken or self._session.streaming):
            return self._work
        self._hang_up()
        session = self._new_session()
        self._session = session
        self._report(Progress(self.row, None, 0, 0, "connect"))
        try:
            session.open(self._secret)
        except CorreioError:
            self._hang_up()
            raise
        self._work = Work(session, self.db, self.row, self._report, self._breathe, self._clock, self._hurry.is_set)
        self._work.wanted = lambda: self.wanted()
        self._work.look_at_folders = self._update
        return self._work

    def _new_session(self) -> Session:
        return Session(
            self.server, resolver=self._resolver, clock=self._clock, patience=self._patience, compress=self.settings.compress
        )

    def _beside(self) -> Lines | None:
        """The further connections, where there may be any."""
        if self.helped and self._lines is None and self.settings.connections > 1:
            self._lines = Lines(
                self.row, self.settings.connections, self._new_session, lambda session: session.open(self._secret),
                self.db, self._report, self._bell.ring,
            )  # fmt: skip
        return self._lines

    def _breathe(self) -> None:
        self._hurry.clear()
        self._go_on()
        # Not while an operation is half done, nor within what somebody does here: the journal is replayed in order.
        if self._engaged:
            return
        self._engaged = True
        try:
            self.breathe()
        finally:
            self._engaged = False

    def _replay(self, work: Work) -> int:
        if self._replaying:
            return 0
        self._replaying, engaged, self._engaged = True, self._engaged, True
        try:
            return replay(work)
        finally:
            self._replaying, self._engaged = False, engaged

    @contextlib.contextmanager
    def _pass(self) -> Iterator[Work]:
        work = self._ready()
        if not self._busy:
            work.whole_until = time.monotonic() + WHOLE_SECONDS
        self._busy += 1
        try:
            yield work
        finally:
            self._busy -= 1

    # work ---------------------------------------------------------------------------------------------

    def sync(self) -> SyncResult:
        """A full pass over everything."""
        if self._session is not None and folder_state.second_look_due(
            self.db, self.row, connected=self._session.opened, now=self._clock()
        ):
            self._hang_up()
        with self._pass() as work:
            self._replay(work)
            work.tell("folders", 0)
            found = self._update()
            result = SyncResult()
            # First what people look at: the headers of every folder, then bodies, the Inbox before the others.
            for folder in found.folders:
                if not self._unchanged(folder, found.told.get(folder.id), found.stale):
                    result += self._headers(work, folder)
            result += self._all_bodies(work, found.folders)
            quota.look(work)
            self._pass_on_alerts(work)
            return result

    def sync_news(self) -> SyncResult:
        """Bring up to date what the last `wait` told of; everything where that is cheap."""
        told, self._news = self._news, set()
        session = self._ready().session
        if not told or self._let_down or session.can("CONDSTORE") or session.notifying:
            return self.sync()
        result = SyncResult()
        for folder in told:
            with contextlib.suppress(NotFound):  # removed meanwhile
                result += self.sync_folder(folder)
        return result

    def sync_folder(self, folder: int) -> SyncResult:
        """Bring one folder up to date."""
        with self._pass() as work:
            here = folders.get(self.db, folder)
            result = SyncResult()
            if not self._unchanged(here, status(work, here), work.session.folder):
                result = self._headers(work, here)
            return result + self._bodies(work, here)

    def replay(self) -> int:
        """Carry out what the journal has waiting."""
        return self._replay(self._ready())

    def wait(self, seconds: float) -> bool:
        """Wait for news in the Inbox."""
        work = self._ready()
        inbox = folders.by_role(self.db, self.row, "inbox")
        lines = self._beside()
        if lines is not None and self._push and work.session.can("IDLE") and not idle.notify(work.session):
            paths = (folders.by_path(self.db, self.row, path) for path in self.settings.watched())
            lines.watch(found for found in paths if found is not None and found.selectable and found.role != "inbox")
        news = idle.wait(work, inbox, seconds, self._bell, self._clocks, push=self._push)
        if news and inbox is not None:
            self._news.add(inbox.id)
        if lines is not None:
            self._news |= lines.take_told()
            if self._let_down:
                return True
        return news or bool(self._news)

    def fetch(self, message: int, section: str = "") -> None:
        """Bring a message, one part of it, or with `*` all of it."""
        work = self._ready()
        with self._first():
            if section == "*":
                bodies.fetch_raw(work, message)
            elif section:
                bodies.fetch_part(work, message, section)
            else:
                bodies.fetch_message(work, message)

    @contextlib.contextmanager
    def _first(self) -> Iterator[None]:
        """The line is for this alone: bodies that nobody looks at wait."""
        carrier = self._lines.carrier if self._lines is not None else None
        if carrier is not None:
            carrier.clear.clear()
        try:
            yield
        finally:
            if carrier is not None:
                carrier.clear.set()

    def search(self, folder: int, query: str) -> list[int]:
        """Ask the server for mail whose text is not here."""
        from accounts.imap.searching import search_folder  # with it comes all of the query language

        return search_folder(self._ready(), folder, query)

    def access(self, folder: int, who: str = "", letters: str | None = None) -> list[tuple[str, str]]:
        """Who may do what in a folder; see `accounts.incoming.Sharing`."""
        from accounts.imap import rights

        work, here = self._ready(), folders.get(self.db, folder)
        if who and letters is not None:
            rights.grant(work, here, who, letters)
        return rights.granted(work, here)

    def subscriptions(self, path: str = "", subscribed: bool | None = None) -> list[tuple[str, bool]]:
        """Every folder and whether it is subscribed; see `accounts.incoming.Subscribing`."""
        from accounts.imap import listing

        work = self._ready()
        if work.session.prefix is None:
            listing.ask(work)  # the natural tree wants to know what names begin with
        listed = listing.everything(work)
        if path and subscribed is not None:
            wire = next((one.wire for one in listed if one.path == path), None)
            if wire is None:
                raise NotFound("no-folder", what="folder", name=path)
            work.session.run("SUBSCRIBE" if subscribed else "UNSUBSCRIBE", quoted(wire))
        chosen = set(listing.subscriptions(work))
        return [(one.path, one.wire in chosen) for one in listed]

    # inside -------------------------------------------------------------------------------------------

    def _update(self) -> Update:
        """The folders as the server lists them."""
        return update(self._ready(), self.settings.folders, subscribed=self.settings.subscribed)

    def _headers(self, work: Work, folder: Folder) -> SyncResult:
        try:
            result = FolderPass(work, folder, self.settings.keep_of(folder.path)).run()
            mute.quieten(work.db)
            if result.new > MANY:
                heap.give_back()
            return result
        except ServerRefused as error:
            # Listed, but not to be opened: a shared folder without rights, or just deleted by somebody.
            if error.values.get("command") != "SELECT":
                raise
            return SyncResult()

    def _all_bodies(self, work: Work, listed: list[Folder]) -> SyncResult:
        """The bodies of these folders, over a connection of their own where they are many."""
        wanted = [(folder, self.settings.keep_of(folder.path)) for folder in listed]
        lines = self._beside()
        carrier = lines.carrier if lines is not None else None
        if carrier is not None and carrier.usable:
            sizes = [waiting_bytes(self.db, folder, keep, self._clock()) for folder, keep in wanted]
            if carrier.working or sum(sizes) > FEW_BYTES:
                self._handed = True
                self.db.rest()  # of what was read the carrier now reads its own
                carrier.carry([one for one, size in zip(wanted, sizes, strict=True) if size])
                return SyncResult()
        result = SyncResult()
        for folder in listed:
            result += self._bodies(work, folder)
        self._handed = False
        return result

    def _bodies(self, work: Work, folder: Folder) -> SyncResult:
        before = work.session.received
        with contextlib.suppress(FolderMoved):
            fetch_bodies(work, folder, self.settings.keep_of(folder.path))
        return SyncResult(bytes=work.session.received - before)

    def _unchanged(self, folder: Folder, told: Status | None, stale: bytes | None) -> bool:
        """Whether STATUS says what the store knows already. Only servers that count changes can say that.

        `stale`: the folder whose STATUS need not be fresh (RFC 3501 §6.3.10).
        """
        if told is None or told.modseq is None or stale == quoted(wire_of(folder)):
            return False
        state = folder_state.read(self.db, folder.id)
        if (told.uidvalidity, told.uidnext, told.modseq) != (state.uidvalidity, state.uidnext, state.modseq):
            return False
        if folder_state.has_waiting(self.db, folder.id) or folder_state.comparison_due(self.db, folder.id, self._clock()):
            return False
        return folder_state.known_below(self.db, folder.id, told.uidnext or 0) == told.messages

    def _pass_on_alerts(self, work: Work) -> None:
        alerts, work.session.alerts = work.session.alerts, []
        for words in dict.fromkeys(alerts):
            if folder_state.noted(self.db, 0, f"alert {self.row}") == words:
                continue  # many servers say it at every log-in
            with self.db.write():
                folder_state.note(self.db, 0, f"alert {self.row}", words)
                notices.add(self.db, ServerRefused("server-alert", server=self.server.host, answer=words, code="ALERT"), self.row)
