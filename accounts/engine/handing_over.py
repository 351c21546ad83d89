"""One mail handed to its server, and what comes of it written into the outbox, whatever happens meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace

from accounts.caps import room_for
from accounts.outgoing import Outgoing, Reporting, Reports, SendResult, patience
from core.errors import (
    AuthenticationError,
    CorreioError,
    CryptoError,
    NetworkError,
    ProtocolError,
    ServerRefused,
    StoreError,
    TLSError,
)
from core.sending import file_sent, tell_unsent
from core.settings import Account, Server
from core.store import handed, notices, outbox, quota
from core.store.database import Database
from core.store.outbox import Outgoing as Row

log = logging.getLogger(__name__)

LONGEST_PAUSE = 60
"""Seconds between two tries while the line is gone."""
PASSWORD_PAUSE = outbox.LONGEST_PAUSE
"""Seconds before a refused password is tried again, should nobody type another."""
GIVE_UP = 3 * 86_400
"""Seconds after which a mail that servers keep putting off has failed."""
REWRITE = 1.0
"""Seconds between two tries to write down what became of a mail, while the disk is full."""

Outcome = tuple[str, CorreioError | None]
"""The state a mail ended in, and why it was not sent."""


WaysOut = Callable[[Account, str], Sequence[Server]]
"""The servers that an account's mail of a sender goes out through, in the order in which they are tried."""


def own_way(account: Account, sender: str) -> Sequence[Server]:
    """The account's own server."""
    return (account.outgoing,) if account.outgoing is not None else ()


def hand_over(
    db: Database, row: Row, account: Account | None, way_out: Callable[[Account], Outgoing], stopping: threading.Event,
    ways: Sequence[Server] | None = None, gateway: Callable[[], Outgoing] | None = None,
) -> Outcome:  # fmt: skip
    """Send a mail and write down what came of it. A full disk delays only the writing, until `stopping`.

    `ways`: the servers, the account's own by default. The next one is called where one cannot be reached or says "later"
    (4xx); who refuses the log-in or the mail itself is believed. Each takes as many recipients as its caps allow.
    `gateway`: the way to a phone, where it is one; no server is then called.
    """
    if gateway is not None:
        outcome, _ = _Attempt(db, row, stopping, None, outbox.wire(db, row.id)).run(account, gateway)
        return _written(outcome, stopping)
    servers = own_way(account, row.sender) if account is not None and ways is None else ways or ()
    if account is None or not servers:
        missing = CorreioError("no-outgoing-server", account=account.name if account else "")
        return _written(lambda: put_off(db, row, missing), stopping)
    wire = outbox.wire(db, row.id)
    first: Callable[[], Outcome] | None = None
    for number, server in enumerate(servers):
        attempt = _Attempt(db, row, stopping, server, wire)
        if not attempt.people:
            continue
        outcome, go_on = attempt.run(account, partial(way_out, replace(account, outgoing=server)))
        first = first or outcome
        if not go_on or stopping.is_set():
            return _written(outcome, stopping)
        if number + 1 < len(servers):
            outbox.next_server(db, row.id, servers[number + 1].shown)
    if first is None:
        room = room_for(db, servers[0], int(time.time()))
        full = room.why or CorreioError("send-failed")
        first = partial(_capped, db, row, full, room.until)
    return _written(first, stopping)


class _Attempt:
    """One mail and one server; None is a gateway."""

    def __init__(self, db: Database, row: Row, stopping: threading.Event, server: Server | None, wire: bytes) -> None:
        self._db = db
        self._row = row
        self._stopping = stopping
        self._server = server
        self._wire = wire
        self._begun = False
        count = len(row.recipients) if server is None else room_for(db, server, int(time.time())).count
        self.people = row.recipients[:count]
        self._rest = row.recipients[count:]

    def run(self, account: Account | None, way_out: Callable[[], Outgoing]) -> tuple[Callable[[], Outcome], bool]:
        """What is to be written down, and whether another server may be tried instead."""
        db, row = self._db, self._row
        try:
            way = way_out()
            if row.reports and isinstance(way, Reporting):
                way.ask_reports(Reports(row.reports, row.message_id))
            result = way.send(self._wire, row.sender, self.people, patience(len(self._wire)), self._begin)
        except CorreioError as error:  # nothing has been handed over
            elsewhere = isinstance(error, NetworkError | ProtocolError | ServerRefused) and not self._begun
            return partial(put_off, db, row, error), elsewhere
        except Exception as error:
            # A mistake of ours, nobody knows how far it went: the mail must not go out a second time by itself.
            log.exception("mail %s: a mistake in Correio while sending", row.id)
            state = "uncertain" if outbox.get(db, row.id).state == "sending" else "failed"
            mistake = CorreioError("internal-mistake", answer=type(error).__name__)
            return partial(_fail, db, row, state, mistake), False
        return partial(self._written_down, account, way, result), result.state == "retry"

    def _written_down(self, account: Account | None, way: Outgoing, result: SendResult) -> Outcome:
        """What became of it; who wants delivery reports hears where a server gives none."""
        with self._db.write(durable=True):
            outcome = _settle(self._db, self._row, account, result, self._server, self._rest)
            limits = way.limits()
            if limits is not None and self._server is not None:
                quota.put_limit(self._db, self._server.id, limits.size)  # so that the composer can warn
            if result.state == "sent" and self._row.reports and limits is not None and not limits.delivery_status:
                silent = CorreioError("no-delivery-reports", server=result.server, subject=self._row.subject)
                notices.add(self._db, silent, self._row.account)
        return outcome

    def _begin(self) -> bool:
        self._begun = not self._stopping.is_set() and outbox.sending(self._db, self._row.id, self._rest)
        return self._begun


def _capped(db: Database, row: Row, why: CorreioError, until: int) -> Outcome:
    with db.write(durable=True):
        outbox.finish(db, row.id, "waiting", reason=why, not_before=until)
    return "waiting", why


def _written(write: Callable[[], Outcome], stopping: threading.Event) -> Outcome:
    """`write`, again and again while the store cannot be written: what the server said is in memory only."""
    while True:
        try:
            return write()
        except StoreError as error:
            log.warning("what became of a mail cannot be written down: %s", error.id)
            if stopping.wait(REWRITE):
                raise


def put_off(db: Database, row: Row, error: CorreioError) -> Outcome:
    """Nothing of a mail has gone: it is tried again later, or has failed, by what the error is."""
    if (state := outbox.get(db, row.id).state) in ("cancelled", "sent"):  # taken back meanwhile
        return state, None
    if isinstance(error, AuthenticationError | CryptoError):
        return _wait(db, row, error, PASSWORD_PAUSE)
    # A wrong certificate is one of them: many networks show their own until one has logged in.
    if isinstance(error, NetworkError | ProtocolError | StoreError):
        return _wait(db, row, error, min(LONGEST_PAUSE, 1 << min(row.attempts, 6)))
    return _fail(db, row, "failed", error)


def _wait(db: Database, row: Row, error: CorreioError, seconds: int) -> Outcome:
    with db.write(durable=True):
        outbox.finish(db, row.id, "waiting", reason=error, not_before=int(time.time()) + seconds)
        known = row.reason is not None and row.reason.id == error.id
        if isinstance(error, TLSError | ProtocolError | CryptoError) and not known:
            tell_unsent(db, row, error)  # nobody else speaks of these; once is enough
    return "waiting", error


def _fail(db: Database, row: Row, state: str, error: CorreioError) -> Outcome:
    with db.write(durable=True):
        outbox.finish(db, row.id, state, reason=error)
        tell_unsent(db, row, error)
    return state, error


def _settle(
    db: Database, row: Row, account: Account | None, result: SendResult, server: Server | None, rest: tuple[str, ...] = ()
) -> Outcome:
    """The state and, for a mail that was accepted, the Sent copy: both or neither. `rest`: recipients above a cap."""
    answers = {**result.refused, **dict.fromkeys(result.accepted, (result.code or 250, result.answer))}
    patient = time.time() - row.made < GIVE_UP
    with db.write(durable=True):
        handed_over = len(result.accepted) if result.state == "sent" else len(row.recipients) - len(rest)
        if result.state in ("sent", "uncertain") and (through := server.id if server is not None else row.way):
            handed.note(db, row.account, through, handed_over, int(time.time()))
        if result.state == "sent":
            state, error = _accepted(db, row, account, result, answers, result.later if patient else (), rest)
        elif result.state == "failed" and rest and result.error is not None and result.error.id == "recipients-refused":
            # Those were refused; the others are yet to be asked about.
            state, error = "queued", None
            outbox.finish(db, row.id, state, answers=answers, still=rest)
        elif result.state == "retry" and patient:
            state, error = "waiting", result.error
            outbox.finish(db, row.id, state, reason=error, not_before=_next_try(row), answers=answers)
        else:
            state = "uncertain" if result.state == "uncertain" else "failed"
            error = result.error or CorreioError("send-failed")
            outbox.finish(db, row.id, state, reason=error, answers=answers)
            tell_unsent(db, row, error)
    return state, error


def _accepted(
    db: Database, row: Row, account: Account | None, result: SendResult, answers: dict[str, tuple[int, str]],
    later: tuple[str, ...], rest: tuple[str, ...] = (),
) -> Outcome:  # fmt: skip
    """At least one recipient was accepted; those in `later` are tried again, those in `rest` come next."""
    state = "queued" if rest else "waiting" if later else "sent"
    error = _put_off_for(row, result, later) if later and not rest else None
    outbox.finish(
        db, row.id, state, reason=error, not_before=_next_try(row) if error else 0, answers=answers,
        still=(*rest, *later) or None,
    )  # fmt: skip
    file_sent(db, row, account)
    never = [to for to, (code, _) in outbox.get(db, row.id).answers.items() if not 200 <= code < 300 and to not in later]
    if never and not later and not rest:
        notices.add(db, CorreioError("some-refused", recipients=", ".join(never), subject=row.subject), row.account)
    return state, error


def _put_off_for(row: Row, result: SendResult, later: tuple[str, ...]) -> CorreioError:
    answer = result.refused[later[0]][1]
    return ServerRefused(
        "some-put-off", recipients=", ".join(later), subject=row.subject, server=result.server, answer=answer, code=0
    )


def _next_try(row: Row) -> int:
    """A server that asks for patience is asked again after 1, 2, 4 … 60 minutes (RFC 5321 §4.5.4.1)."""
    return int(time.time()) + min(outbox.LONGEST_PAUSE, 60 << min(row.attempts, 6))
