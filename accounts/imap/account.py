"""An IMAP account as something that mail comes from: `accounts.incoming.Incoming`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from accounts.dial import Resolver
from accounts.imap import bodies, folder_state, idle
from accounts.imap.body_pass import fetch_bodies
from accounts.imap.folder_list import Status, status, update
from accounts.imap.folder_pass import FolderPass
from accounts.imap.replay import replay
from accounts.imap.searching import search_folder
from accounts.imap.session import SECONDS, Session, quoted
from accounts.imap.work import FolderMoved, Work, wire_of
from accounts.incoming import Progress, Report, SecretFor, SyncResult
from core import mute
from core.errors import CorreioError, NetworkError, NotFound, ServerRefused
from core.settings.schema import Account
from core.store import folders, notices
from core.store.database import Database
from core.store.folders import Folder


class ImapAccount:
    """One account over one connection. See `accounts.incoming.Incoming` for what the methods promise."""

    def __init__(
        self, settings: Account, secret: SecretFor, db: Database, row: int, report: Report, *,
        clock: Callable[[], float] = time.time, resolver: Resolver | None = None, patience: float = SECONDS,
    ) -> None:  # fmt: skip
        if settings.incoming is None:
            raise NotFound("no-incoming-server", what="server", name=settings.name)
        self.settings = settings
        self.server = settings.incoming
        self.db = db
        self.row = row
        self.breathe: Callable[[], None] = lambda: None
        self._secret = secret
        self._report = report
        self._clock = clock
        self._resolver = resolver
        self._patience = patience
        self._session: Session | None = None
        self._work: Work | None = None
        self._busy = 0
        self._engaged = False
        self._replaying = False
        self._cancelled = False
        self._bell = idle.Bell()

    # life ---------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a pass is going on."""
        return self._busy > 0

    def open(self) -> None:
        """Connect and log in."""
        self._ready()

    def close(self) -> None:
        """Log out and close the line."""
        session, self._session, self._work = self._session, None, None
        if session is not None:
            session.close()

    def cancel(self) -> None:
        """End whatever is running; the account is of no more use then."""
        self._cancelled = True
        self._bell.ring()
        session = self._session
        if session is not None:
            session.cancel()

    def wake(self) -> None:
        """End a running `wait`, or the next one."""
        self._bell.ring()

    def _ready(self) -> Work:
        """The work over a session that is alive."""
        if self._cancelled:
            raise NetworkError("cancelled", server=self.server.host, answer="")
        if self._session is not None and self._work is not None and not (
            self._session.broken or self._session.streaming
        ):
            return self._work
        self.close()
        session = Session(self.server, resolver=self._resolver, clock=self._clock, patience=self._patience)
        self._session = session
        self._report(Progress(self.row, None, 0, 0, "connect"))
        try:
            session.open(self._secret)
        except CorreioError:
            self.close()
            raise
        self._work = Work(session, self.db, self.row, self._report, self._breathe, self._clock)
        return self._work

    def _breathe(self) -> None:
        if self._cancelled:
            raise NetworkError("cancelled", server=self.server.host, answer="")
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
            self.close()
        with self._pass() as work:
            self._replay(work)
            work.tell("folders", 0)
            # By now other folders may be open: it counts which one was when their numbers were told.
            was_open = work.session.folder
            listed, told = update(work, self.settings.folders, subscribed=self.settings.subscribed)
            result = SyncResult()
            # First what people look at: the headers of every folder, then bodies, the Inbox before the others.
            for folder in listed:
                if quoted(wire_of(folder)) == was_open or not self._unchanged(folder, told.get(folder.id)):
                    result += self._headers(work, folder)
            for folder in listed:
                result += self._bodies(work, folder)
            self._pass_on_alerts(work)
            return result

    def sync_folder(self, folder: int) -> SyncResult:
        """Bring one folder up to date."""
        with self._pass() as work:
            here = folders.get(self.db, folder)
            result = SyncResult()
            if self._is_open(here) or not self._unchanged(here, status(work, here)):
                result = self._headers(work, here)
            return result + self._bodies(work, here)

    def replay(self) -> int:
        """Carry out what the journal has waiting."""
        return self._replay(self._ready())

    def wait(self, seconds: float) -> bool:
        """Wait for news in the Inbox."""
        work = self._ready()
        inbox = folders.by_role(self.db, self.row, "inbox")
        return idle.wait(work, inbox, seconds, self._bell)

    def fetch(self, message: int, section: str = "") -> None:
        """Bring a message, one part of it, or with `*` all of it."""
        work = self._ready()
        if section == "*":
            bodies.fetch_raw(work, message)
        elif section:
            bodies.fetch_part(work, message, section)
        else:
            bodies.fetch_message(work, message)

    def search(self, folder: int, query: str) -> list[int]:
        """Ask the server for mail whose text is not here."""
        return search_folder(self._ready(), folder, query)

    # inside -------------------------------------------------------------------------------------------

    def _headers(self, work: Work, folder: Folder) -> SyncResult:
        try:
            result = FolderPass(work, folder).run()
            mute.quieten(work.db)
            return result
        except ServerRefused as error:
            # Listed, but not to be opened: a shared folder without rights, or just deleted by somebody.
            if error.values.get("command") != "SELECT":
                raise
            return SyncResult()

    def _bodies(self, work: Work, folder: Folder) -> SyncResult:
        before = work.session.received
        with contextlib.suppress(FolderMoved):
            fetch_bodies(work, folder, self.settings.keep)
        return SyncResult(bytes=work.session.received - before)

    def _unchanged(self, folder: Folder, told: Status | None) -> bool:
        """Whether STATUS says what the store knows already. Only servers that count changes can say that."""
        if told is None or told.modseq is None or self._is_open(folder):
            return False
        state = folder_state.read(self.db, folder.id)
        if (told.uidvalidity, told.uidnext, told.modseq) != (state.uidvalidity, state.uidnext, state.modseq):
            return False
        if folder_state.has_waiting(self.db, folder.id) or folder_state.comparison_due(self.db, folder.id, self._clock()):
            return False
        return folder_state.known_below(self.db, folder.id, told.uidnext or 0) == told.messages

    def _is_open(self, folder: Folder) -> bool:
        """STATUS of the open folder need not be fresh (RFC 3501 §6.3.10)."""
        return self._session is not None and self._session.folder == quoted(wire_of(folder))

    def _pass_on_alerts(self, work: Work) -> None:
        alerts, work.session.alerts = work.session.alerts, []
        for words in dict.fromkeys(alerts):
            if folder_state.noted(self.db, 0, f"alert {self.row}") == words:
                continue  # many servers say it at every log-in
            with self.db.write():
                folder_state.note(self.db, 0, f"alert {self.row}", words)
                notices.add(self.db, ServerRefused("server-alert", server=self.server.host, answer=words, code="ALERT"), self.row)
