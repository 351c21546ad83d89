"""A POP3 account: the server's Inbox, collected into folders of this machine. An `accounts.incoming.Incoming`.

There is a session only while mail is collected: a maildrop is locked for others meanwhile (RFC 1939 §4). A mail is
deleted on the server only when it is on the disk here, with the note that it was collected.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence, Set

from accounts.dial import Resolver
from accounts.incoming import Progress, Report, SecretFor, SyncResult
from accounts.mail_source import MailSource
from accounts.pop3.intake import Intake, preview
from accounts.pop3.maildrop import LARGEST, SECONDS, Maildrop, Standing, groups
from core.errors import CorreioError, NotFound, ProtocolError, ServerRefused
from core.header import header_hash
from core.settings.schema import Account
from core.store import collected, folders, notices, placements
from core.store.collected import Collected
from core.store.database import Database

log = logging.getLogger(__name__)
DAY = 86_400
PREVIEW_BYTES = 8 * 1024 * 1024
"""Where more than this is to come, the headers come first, the newest before the others."""
PREVIEWED = 200
"""Headers that are written at once."""
GIVE_UP = 5
"""Mails in a row that the server would not give out: it is not about the mails then."""

Named = tuple[bytes, Standing]
"""A mail in the maildrop under the key by which it is known from pass to pass."""


class Pop3Account(MailSource):
    """Collects one account. As `Incoming`; of one thread but for `wake` and `cancel`."""

    def __init__(
        self, settings: Account, secret: SecretFor, db: Database, row: int, report: Report, *, resolver: Resolver | None = None,
        patience: float = SECONDS, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        super().__init__(settings, secret, db, row, report, clock=clock, resolver=resolver, patience=patience)
        self._drop: Maildrop | None = None
        self._bell = threading.Event()
        self._busy = False
        self._there: dict[bytes, Standing] = {}
        """What stands on the server, of the session that is open."""
        self._opened: set[bytes] = set()
        """Mails that somebody wanted to read at once, in the pass that is going on."""
        self._at_last: set[bytes] = set()
        """Mails that were refused, or at which a pass ended: they come last, or bad ones would keep the others away."""

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
        self._there = {}
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
        self._go_on()
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
        """Bring the mail of a header that came before it; all others are here. NotFound where it is nowhere."""
        if self.db.value("SELECT 1 FROM message WHERE id = ? AND body = 2", (message,)) is not None:
            return
        key = next((key for key, id in collected.previews(self.db, self.row).items() if id == message), None)
        if key is None:
            raise NotFound("no-message", what="message", name=str(message))
        drop = self._ready()
        if not self._there:
            self._there = dict(self._named(drop, drop.listing()))
        one = self._there.get(key)
        raw = next((raw for _, raw, _ in drop.mails([one])), None) if one is not None else None
        if raw is None:
            raise NotFound("message-gone", what="message", name=str(message))
        intake = Intake(self.db, self.row, 1, {key}, self._clock, {key: message})
        intake.add(key, raw)
        intake.flush()
        self._opened.add(key)

    def search(self, folder: int, query: str) -> list[int]:
        """Nothing: all text is here."""
        return []

    # a pass -------------------------------------------------------------------------------------------

    def _ready(self) -> Maildrop:
        self._go_on()
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
        self._there, self._opened = dict(there), set()
        keys = set(self._there)
        self._forget_gone(keys)
        collected.standing(self.db, self.row, keys, int(self._clock()))
        again = set() if self.settings.only_new else collected.not_shown(self.db, self.row)
        wanted = [one for one in there if (one[0] not in known or one[0] in again) and not self._too_large(one[1])]
        wanted.sort(key=lambda one: (one[0] in self._at_last, one[1].number))
        previewed = self._preview(drop, wanted)
        intake = Intake(self.db, self.row, len(wanted), keys, self._clock, collected.previews(self.db, self.row))
        try:
            self._collect(drop, wanted, intake)
        finally:
            intake.flush()  # what has come is kept, whatever happens next
        self.breathe()
        self._delete(drop, there, known, intake.stored)
        return SyncResult(new=previewed + intake.placed, bytes=drop.received)

    def _preview(self, drop: Maildrop, wanted: Sequence[Named]) -> int:
        """The headers first, where much is to come; how many mails are shown by them."""
        if sum(one.size for _, one in wanted) <= PREVIEW_BYTES or not drop.gives_headers:
            return 0
        known = collected.previews(self.db, self.row)
        fresh = [(key, one) for key, one in reversed(wanted) if one.uid and key not in known]
        shown = 0
        for start in range(0, len(fresh), PREVIEWED):
            some = fresh[start : start + PREVIEWED]
            came = zip(some, drop.headers([one for _, one in some]), strict=True)
            headers = [(key, header, one.size) for (key, one), (_, header) in came if header is not None]
            shown += preview(self.db, self.row, headers, int(self._clock()))
            self._tell(start + len(some), len(fresh), "headers")
            self.breathe()
        return shown

    def _forget_gone(self, standing: Set[bytes]) -> None:
        """Of mails that are gone from the server nothing but a header will ever be here: they are shown no longer."""
        waiting = collected.previews(self.db, self.row, damaged=False)
        gone = {key: message for key, message in waiting.items() if key not in standing}
        if not gone:
            return
        with self.db.write():
            placements.drop(self.db, [one.id for message in gone.values() for one in placements.of_message(self.db, message)])
            collected.forget(self.db, self.row, gone)

    def _collect(self, drop: Maildrop, wanted: Sequence[Named], intake: Intake) -> None:
        refused = in_a_row = 0
        answer = ""
        keys = {one.number: key for key, one in wanted}
        current = wanted[0][0] if wanted else b""
        self._tell(0, len(wanted))
        done = 0
        held: tuple[bytes, bytes] | None = None
        try:
            for group in groups([one for _, one in wanted]):
                some = [one for one in group if keys[one.number] not in self._opened]
                current = keys[some[0].number] if some else current
                given = False
                for at, (one, raw, words) in enumerate(drop.mails(some)):
                    key = keys[one.number]
                    current = keys[some[at + 1].number] if at + 1 < len(some) else b""
                    # The answer to the next command shows that the mail before was whole.
                    given = self._keep(intake, held) or given
                    held = None
                    if raw is None:
                        refused, in_a_row, answer = refused + 1, in_a_row + 1, words
                        self._at_last.add(key)
                        continue
                    in_a_row, held = 0, (key, raw)
                if in_a_row >= GIVE_UP:  # not within a group: its other answers are under way
                    break
                done += len(group)
                if given:  # nothing is under way now: somebody may open a mail that is not here yet
                    self._tell(done, len(wanted))
                    self.breathe()
            if held is not None:
                drop.check_step()
        except CorreioError as error:
            if held is not None and error.id == "not-pop3":
                current = held[0]  # it went on after what looked like its end: a server that doubles no dots
            else:
                self._keep(intake, held)
            if current:
                self._at_last.add(current)
            raise
        self._keep(intake, held)
        if refused:
            self._say_once(ServerRefused("mails-left-behind", server=drop.name, count=refused, answer=answer, code="-ERR"))

    def _keep(self, intake: Intake, held: tuple[bytes, bytes] | None) -> bool:
        """Keep a mail (key, bytes) that has come whole; whether some were given away to be written."""
        if held is None:
            return False
        self._at_last.discard(held[0])
        return intake.add(*held)

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
