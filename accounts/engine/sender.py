"""Sending what is due, once: that a mail goes out is on disk before its first byte does.

Each account sends in a thread of its own, one mail after the other, so that a slow server holds up nobody else.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

from accounts.caps import room_for
from accounts.engine.handing_over import Outcome, WaysOut, hand_over, own_way, put_off
from accounts.engine.pause import Pause
from accounts.outgoing import Outgoing
from core.errors import CorreioError, NetworkError, NotFound
from core.sending import file_sent, own_address
from core.settings import Account
from core.settings.gateway import Gateway
from core.store import outbox, shared_files
from core.store.database import Database

log = logging.getLogger(__name__)
OFFLINE = NetworkError("offline-chosen", server="")
"""Why the mails of an account wait that somebody has taken off the line."""

LOOK = 60.0
"""Seconds after which the clock is looked at again: it may be set, and it runs on while the machine sleeps."""
ROUND = 20
"""Mails after which the outbox is looked at again for what has become more urgent."""
BESIDE = 0.5
"""Seconds between two looks at what else is due while files are uploaded."""
TROUBLED = 10.0
"""Seconds before another try after the store could not be read or written."""


def no_gateway(id: str) -> Outgoing:
    """For a sender that knows of no phones."""
    raise NotFound("no-gateway-now", what="gateway", name=id)


Prepare = Callable[[Database, outbox.Outgoing, Callable[[int, int], bool]], None]
"""Makes the links of a mail and its bytes; what it is given hears bytes done and in all, and says whether to go on."""


def no_links(db: Database, row: outbox.Outgoing, told: Callable[[int, int], bool]) -> None:
    """For a sender that can make no links."""
    raise NotFound("no-links-place", what="links", name="")


@dataclass(slots=True)
class Sent:
    """What a pass over the outbox brought, by the account's row."""

    accepted: dict[int, int] = field(default_factory=dict)
    errors: dict[int, CorreioError] = field(default_factory=dict)
    """Why something of the account still waits, or has failed."""


@dataclass(slots=True, eq=False)
class _Pass:
    """Somebody waits until the accounts that had something to send are through."""

    done: Callable[[Sent], None]
    lanes: set[int]
    sent: Sent = field(default_factory=Sent)
    complete: bool = False
    """Whether `lanes` are all: while a turn still looks for what is due, others may join."""


class Sender:
    """Sends due mails of all accounts.

    `outgoing_for` gives the way out of an account; `account_of` its settings by store row (None: it has gone); `tell`
    hears each change of a row's state, with the error that led to it. `is_offline`: whether an account is to rest. `ways_out`:
    the servers for a sender, which `outgoing_for` is given one after the other as the account's own. `gateway_for`: the way
    to phones with this id; raises NotFound `no-gateway-now`; `gateway_of`: its settings, None when it has gone.
    `prepare`: makes the links of a mail that has none yet, and its bytes; `uploading` hears how far the files are.
    """

    def __init__(
        self, open_store: Callable[[], AbstractContextManager[Database]], account_of: Callable[[Database, int], Account | None],
        outgoing_for: Callable[[Account], Outgoing],
        tell: Callable[[int, str, Account | None, CorreioError | None], None] = lambda id, state, account, error: None,
        is_offline: Callable[[Account], bool] = lambda account: account.offline,
        ways_out: WaysOut = own_way,
        gateway_for: Callable[[str], Outgoing] = no_gateway,
        prepare: Prepare = no_links,
        uploading: Callable[[int, Account | None, int, int], None] = lambda id, account, done, total: None,
        gateway_of: Callable[[str], Gateway | None] = lambda id: None,
    ) -> None:  # fmt: skip
        self._open_store = open_store
        self._account_of = account_of
        self._outgoing_for = outgoing_for
        self._tell = tell
        self._is_offline = is_offline
        self._ways_out = ways_out
        self._gateway_for = gateway_for
        self._gateway_of = gateway_of
        self._prepare = prepare
        self._uploading = uploading
        self._wake = Pause()
        self._cut_off = False
        """Whether a mail waits because its server could not be reached: in another network it may be there."""
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._asked: list[Callable[[Sent], None]] = []
        self._passes: list[_Pass] = []
        self._lanes: dict[int, threading.Thread] = {}
        self._at_work: dict[int, Outgoing] = {}
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    # from any thread --------------------------------------------------------

    def start(self) -> None:
        """Send what falls due until `stop`."""
        self._thread.start()

    def wake(self) -> None:
        """Look into the outbox again."""
        self._wake.set()

    def ask(self, done: Callable[[Sent], None]) -> None:
        """Send what is due now, or waits because it failed before; `done` is called, from another thread, after that."""
        with self._guard:
            self._asked.append(done)
        self.wake()

    def stop(self, seconds: float = 2.0) -> None:
        """End within so many seconds; what is under way may use most of them, then its line is cut."""
        limit = time.monotonic() + seconds
        self._stopping.set()
        self.wake()
        self._join(limit - seconds / 4)
        with self._guard:
            at_work = list(self._at_work.values())
        for outgoing in at_work:
            outgoing.cancel()
        self._join(limit)

    def _join(self, limit: float) -> None:
        with self._guard:
            threads = [self._thread, *self._lanes.values()]
        for thread in threads:
            if thread.is_alive():
                thread.join(max(0.0, limit - time.monotonic()))

    # the loop ---------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._wake.clear()
            if self._stopping.is_set():  # asked after it: who stops us sets both, in this order
                break
            pause = TROUBLED
            try:
                pause = self._turn()
            except CorreioError as error:
                log.warning("the outbox cannot be looked through: %s", error.id)
            except Exception:
                # The edge of the thread: a mistake of ours must not end all sending.
                log.exception("a mistake in Correio while looking through the outbox")
            self._wake.wait(pause, looking=self._cut_off)
        self._answer([*self._asked_now(), *(one.done for one in self._passes)], Sent())

    def _turn(self) -> float:
        """Start whoever has something to send; the seconds until the next turn."""
        passes = self._begin_passes()
        try:
            with self._open_store() as db:
                if passes:
                    outbox.hurry(db)
                elif self._wake.moved:
                    outbox.hurry(db, outbox.LINE)
                for row in outbox.unfiled(db):
                    file_sent(db, row, self._account_of(db, row.account))
                resting = set()
                for account in outbox.accounts_due(db, int(time.time())):
                    if self._rests(db, account):
                        resting.add(account)
                    else:
                        self._start_lane(account)
                with self._guard:
                    busy = set(self._lanes) | resting
                due = outbox.next_due(db, busy)
                self._cut_off = outbox.cut_off(db)
        finally:
            with self._guard:
                for one in passes:
                    one.lanes |= self._lanes.keys()
                    one.complete = True
            self._end_passes()
        return LOOK if due is None else min(LOOK, max(0.05, due - time.time()))

    def _asked_now(self) -> list[Callable[[Sent], None]]:
        with self._guard:
            asked, self._asked = self._asked, []
        return asked

    def _begin_passes(self) -> list[_Pass]:
        """What the lanes under way still bring belongs to whoever asked before."""
        with self._guard:
            passes = [_Pass(done, set(self._lanes)) for done in self._asked]
            self._asked = []
            self._passes += passes
        return passes

    def _answer(self, asked: list[Callable[[Sent], None]], sent: Sent) -> None:
        for done in asked:
            done(sent)

    def _start_lane(self, account: int) -> None:
        with self._guard:
            if account in self._lanes:
                return
            lane = threading.Thread(target=self._lane, args=(account,), name=f"sender-{account}", daemon=True)
            self._lanes[account] = lane
        lane.start()

    def _lane(self, account: int) -> None:
        """Everything of one account that is due."""
        sent = Sent()
        try:
            with self._open_store() as db:
                sent = self.send_due(db, account)
        except CorreioError as error:
            log.warning("account %s cannot send: %s", account, error.id)
            sent.errors[account] = error
            self._stopping.wait(TROUBLED)
        except Exception as error:
            # The edge of the thread: the other accounts go on sending.
            log.exception("account %s: a mistake in Correio while sending", account)
            sent.errors[account] = CorreioError("internal-mistake", answer=type(error).__name__)
            self._stopping.wait(TROUBLED)
        with self._guard:
            del self._lanes[account]
            for one in self._passes:
                if account in one.lanes or not one.complete:
                    one.lanes.discard(account)
                    one.sent.accepted.update(sent.accepted)
                    one.sent.errors.update(sent.errors)
        self._end_passes()
        self.wake()

    def _end_passes(self) -> None:
        with self._guard:
            for one in self._passes:
                one.lanes &= self._lanes.keys()
            ended = [one for one in self._passes if one.complete and not one.lanes]
            self._passes = [one for one in self._passes if one not in ended]
        for one in ended:
            one.done(one.sent)

    # the work, also for commands that hold the lock -------------------------

    def send_due(self, db: Database, account: int, *, linked: bool = True) -> Sent:
        """One pass over what an account has due now; `linked`: also what has files that are yet to be uploaded."""
        sent = Sent({account: 0})
        if self._rests(db, account):
            if outbox.due(db, int(time.time()), account):
                sent.errors[account] = OFFLINE
            return sent
        for row in self._due(db, account):
            unmade = shared_files.waiting(db, row.id)
            if unmade and not linked:
                continue
            settings = self._account_of(db, row.account)
            ways = self._ways_out(settings, own_address(db, row)) if settings is not None and not row.way else ()
            capped = self._gateway_of(row.way) if row.way else ways[0] if ways else None
            if capped is not None and (full := room_for(db, capped, int(time.time()))).why is not None:
                outbox.put_off(db, row.id, full.why, full.until)
                self._tell(row.id, "waiting", settings, full.why)
                sent.errors[account] = full.why
                continue
            if not outbox.trying(db, row.id, ways[0].shown if ways else ""):
                continue  # taken back meanwhile
            self._tell(row.id, "sending", settings, None)
            try:
                if unmade and (trouble := self._make_links(db, row, settings, sent)) is not None:
                    state, error = trouble
                else:
                    gateway = self._way_to_phone(account, row.way) if row.way else None
                    state, error = hand_over(db, row, settings, self._way_out(account), self._stopping, ways, gateway)
            finally:
                self._at_work.pop(account, None)
            self._tell(row.id, state, settings, error)
            sent.accepted[account] += int(state == "sent")
            if error is not None:
                sent.errors[account] = error
        return sent

    def _make_links(self, db: Database, row: outbox.Outgoing, account: Account | None, sent: Sent) -> Outcome | None:
        """What keeps a mail waiting whose files go as links; None when they are there. Meanwhile the other mails go."""
        trouble: list[CorreioError] = []
        ended = threading.Event()

        def work() -> None:
            try:
                with self._open_store() as own:
                    self._prepare(own, row, partial(self._heard, own, row.id, account))
            except CorreioError as error:
                trouble.append(error)
            except Exception as error:
                # The edge of the thread: the mail says so and waits for its writer.
                log.exception("mail %s: a mistake in Correio while making its links", row.id)
                trouble.append(CorreioError("internal-mistake", answer=type(error).__name__))
            finally:
                ended.set()

        threading.Thread(target=work, name=f"links-{row.id}", daemon=True).start()
        while not ended.wait(BESIDE):
            try:
                others = self.send_due(db, row.account, linked=False)
            except CorreioError as error:  # they come again; leaving now, a second thread would upload the same files
                log.warning("account %s cannot send beside an upload: %s", row.account, error.id)
                continue
            sent.accepted[row.account] += others.accepted.get(row.account, 0)
            sent.errors.update(others.errors)
        if trouble:
            return put_off(db, row, trouble[0])
        return ("waiting", OFFLINE) if self._rests(db, row.account) else None

    def _heard(self, db: Database, id: int, account: Account | None, done: int, total: int) -> bool:
        """How far files are; whether they are to go on."""
        self._uploading(id, account, done, total)
        return not self._stopping.is_set() and outbox.get(db, id).state != "cancelled"

    def _due(self, db: Database, account: int) -> Iterator[outbox.Outgoing]:
        """What is due, each mail once, looked up anew now and then: the user may write, pause or move something meanwhile."""
        tried: set[int] = set()
        while not self._stopping.is_set():
            fresh = [row for row in outbox.due(db, int(time.time()), account, len(tried) + ROUND) if row.id not in tried]
            if not fresh:
                return
            for row in fresh[:ROUND]:
                if self._stopping.is_set():
                    return
                tried.add(row.id)
                yield row

    def _rests(self, db: Database, account: int) -> bool:
        """Whether the account is offline by choice; its mails then say so."""
        settings = self._account_of(db, account)
        if settings is None or not self._is_offline(settings):
            return False
        outbox.hold(db, account, int(time.time()), OFFLINE)
        return True

    def _way_to_phone(self, account: int, id: str) -> Callable[[], Outgoing]:
        def gateway() -> Outgoing:
            outgoing = self._at_work[account] = self._gateway_for(id)
            return outgoing

        return gateway

    def _way_out(self, account: int) -> Callable[[Account], Outgoing]:
        def way_out(settings: Account) -> Outgoing:
            outgoing = self._at_work[account] = self._outgoing_for(settings)
            return outgoing

        return way_out
