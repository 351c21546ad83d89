"""A POP3 account: the server's Inbox, collected into folders of this machine. An `accounts.incoming.Incoming`.

There is a session only while mail is collected: a maildrop is locked for others meanwhile (RFC 1939 §4). A mail is
deleted on the server only when it is on the disk here, with the note that it was collected.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from accounts.dial import Resolver
from accounts.incoming import Progress, Report, SecretFor, SyncResult
from accounts.pop3.intake import Intake
from accounts.pop3.maildrop import LARGEST, SECONDS, Maildrop, Standing
from core.errors import CorreioError, NetworkError, NotFound, ProtocolError, ServerRefused
from core.header import header_hash
from core.settings.schema import Account, Server
from core.store import collected, folders, notices
from core.store.collected import Collected
from core.store.database import Database

log = logging.getLogger(__name__)
DAY = 86_400
GIVE_UP = 5
"""Mails in a row that the server would not give out: it is not about the mails then."""

Named = tuple[bytes, Standing]
"""A mail in the maildrop under the key by which it is known from pass to pass."""


class Pop3Account:
    """Collects one account. As `Incoming`; of one thread but for `wake` and `cancel`."""

    def __init__(
        self, settings: Account, secret: SecretFor, db: Database, row: int, report: Report, *, resolver: Resolver | None = None,
        patience: float = SECONDS, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """`patience`: seconds for each answer of the server."""
        if settings.incoming is None:
            raise NotFound("no-incoming-server", what="server", name=settings.name)
        self.settings = settings
        self.server: Server = settings.incoming
        self.db = db
        self.row = row
        self.breathe: Callable[[], None] = lambda: None
        self.wanted: Callable[[], bool] = lambda: True
        self.helped = False
        self._secret = secret
        self._report = report
        self._resolver = resolver
        self._patience = patience
        self._clock = clock
        self._drop: Maildrop | None = None
        self._bell = threading.Event()
        self._busy = False
        self._cancelled = False
        self._at_last: set[bytes] = set()
        """Mails at which a pass ended: they come last, or one that is bad would keep the others away."""

    # life ---------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether mail is being collected."""
        return self._busy

    @property
    def behind(self) -> bool:
        """Nothing comes after a pass."""
        return False

    def open(self) -> None:
        """Connect and log in."""
        self._ready()

    def close(self) -> None:
        """End the session, if there is one; nothing is deleted by that."""
        drop, self._drop = self._drop, None
        if drop is not None:
            drop.hang_up()

    def wake(self) -> None:
        """End a running `wait`, or the next one."""
        self._bell.set()

    def cancel(self) -> None:
        """End whatever is running; the account is of no more use then."""
        self._cancelled = True
        self._bell.set()
        drop = self._drop
        if drop is not None:
            drop.cancel()

    def wait(self, seconds: float) -> bool:
        """A POP3 server tells nothing by itself: only `wake` ends it sooner."""
        self.close()
        self._bell.wait(seconds)
        self._bell.clear()
        if self._cancelled:
            raise self._cancellation()
        return False

    # work ---------------------------------------------------------------------------------------------

    def sync(self) -> SyncResult:
        """Collect what is new, then delete on the server what is to go there."""
        self._busy = True
        try:
            drop = self._ready()
            result = self._pass(drop)
            if not drop.leave():
                log.info("account %s: the server could not delete everything", self.row)
            return result
        finally:
            self._busy = False
            self.close()

    def sync_news(self) -> SyncResult:
        """As `sync`."""
        return self.sync()

    def sync_folder(self, folder: int) -> SyncResult:
        """As `sync`: there is one folder on the server."""
        return self.sync()

    def replay(self) -> int:
        """Nothing: what the user changes is done when it is done here."""
        return 0

    def fetch(self, message: int, section: str = "") -> None:
        """Nothing: collected mail is here. NotFound where it is not."""
        if self.db.value("SELECT 1 FROM message WHERE id = ? AND body = 2", (message,)) is None:
            raise NotFound("no-message", what="message", name=str(message))

    def search(self, folder: int, query: str) -> list[int]:
        """Nothing: all text is here."""
        return []

    # a pass -------------------------------------------------------------------------------------------

    def _ready(self) -> Maildrop:
        if self._cancelled:
            raise self._cancellation()
        if self._drop is None:
            self._tell(0, 0, "connect")
            drop = self._drop = Maildrop(self.server, resolver=self._resolver, patience=self._patience)
            try:
                drop.open(self._secret)
            except CorreioError:
                self.close()
                raise
        return self._drop

    def _pass(self, drop: Maildrop) -> SyncResult:
        folders.ensure_local(self.db, self.row)
        known = collected.known(self.db, self.row)
        there = self._named(drop, drop.listing())
        keys = {key for key, _ in there}
        collected.standing(self.db, self.row, keys, int(self._clock()))
        again = set() if self.settings.only_new else collected.not_shown(self.db, self.row)
        wanted = [one for one in there if (one[0] not in known or one[0] in again) and not self._too_large(one[1])]
        wanted.sort(key=lambda one: (one[0] in self._at_last, one[1].number))
        intake = Intake(self.db, self.row, len(wanted), keys, self._clock)
        try:
            self._collect(drop, wanted, intake)
        finally:
            intake.flush()  # what has come is kept, whatever happens next
        self.breathe()
        self._delete(drop, there, known, intake.stored)
        return SyncResult(new=intake.placed, bytes=drop.received)

    def _collect(self, drop: Maildrop, wanted: Sequence[Named], intake: Intake) -> None:
        done = refused = in_a_row = 0
        answer = ""
        self._tell(0, len(wanted))
        try:
            for _one, raw, words in drop.mails([one for _, one in wanted]):
                key = wanted[done][0]
                done += 1
                if raw is None:
                    refused, in_a_row, answer = refused + 1, in_a_row + 1, words
                    if in_a_row >= GIVE_UP:
                        break
                    continue
                in_a_row = 0
                self._at_last.discard(key)
                if intake.add(key, raw):
                    self._tell(done, len(wanted))
                    self.breathe()
        except CorreioError:
            self._at_last.update(key for key, _ in wanted[done : done + 1])
            raise
        if refused:
            self._say_once(ServerRefused("mails-left-behind", server=drop.name, count=refused, answer=answer, code="-ERR"))

    def _delete(self, drop: Maildrop, there: Sequence[Named], known: dict[bytes, Collected], stored: set[bytes]) -> None:
        """Mark for deletion what is on the disk here and need not stay there."""
        leave, days = self.settings.leave, self.settings.leave_days
        if leave and not days:
            return
        before = self._clock() - days * DAY
        old = {key for key, one in known.items() if not leave or one.since <= before}
        gone = [one.number for key, one in there if key in old or (not leave and key in stored)]
        if gone:
            log.info("account %s: %s of %s mails deleted on the server", self.row, drop.delete(gone), len(gone))

    def _named(self, drop: Maildrop, there: Sequence[Standing]) -> list[Named]:
        """Each mail with its key: the unique id, else a hash of header and size, counted where several are the same."""
        found: list[Named] = []
        times: dict[bytes, int] = {}
        nameless = sum(not one.uid for one in there)
        for one in there:
            if one.uid:
                found.append((b"U" + one.uid, one))
                continue
            header = drop.header(one.number)
            if header is None:
                whole = next((raw for _, raw, _ in drop.mails([one]) if raw is not None), None)
                if whole is None:
                    continue
                header = whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            digest = header_hash(header, one.size)
            times[digest] = times.get(digest, 0) + 1
            found.append((b"H" + digest + b"%d" % times[digest], one))
            if len(found) % 50 == 0:
                self._tell(len(found), nameless, "headers")
                self.breathe()
        return found

    def _too_large(self, one: Standing) -> bool:
        if one.size <= LARGEST:
            return False
        self._say_once(ProtocolError("mail-too-long", server=self.server.host, answer="", size=one.size))
        return True

    def _say_once(self, error: CorreioError) -> None:
        log.info("account %s: %s", self.row, error.id)
        if all(told.as_json() != error.as_json() for _, told in notices.unseen(self.db)):
            with self.db.write():
                notices.add(self.db, error, self.row)

    def _tell(self, done: int, total: int, what: str = "bodies") -> None:
        self._report(Progress(self.row, None, done, total, what))

    def _cancellation(self) -> NetworkError:
        return NetworkError("cancelled", server=self.server.host, answer="")
