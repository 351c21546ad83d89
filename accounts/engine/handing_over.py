"""One mail handed to its server, and what comes of it written into the outbox, whatever happens meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

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
from core.settings import Account
from core.store import notices, outbox
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


def hand_over(
    db: Database, row: Row, account: Account | None, way_out: Callable[[Account], Outgoing], stopping: threading.Event,
    gateway: Callable[[], Outgoing] | None = None,
) -> Outcome:  # fmt: skip
    """Send a mail and write down what came of it. A full disk delays only the writing, until `stopping`.

    `gateway`: the way to a phone, where it is one; the account's server is then not called.
    """
    wire = outbox.wire(db, row.id)

    def begin() -> bool:
        return not stopping.is_set() and outbox.sending(db, row.id)

    try:
        out = _way(account, way_out, gateway)
        if row.reports and isinstance(out, Reporting):
            out.ask_reports(Reports(row.reports, row.message_id))
        result = out.send(wire, row.sender, row.recipients, patience(len(wire)), begin)
    except CorreioError as error:  # nothing has been handed over
        trouble = error
        return _written(lambda: _put_off(db, row, trouble), stopping)
    except Exception as error:
        # A mistake of ours, nobody knows how far it went: the mail must not go out a second time by itself.
        log.exception("mail %s: a mistake in Correio while sending", row.id)
        state = "uncertain" if outbox.get(db, row.id).state == "sending" else "failed"
        mistake = CorreioError("internal-mistake", answer=type(error).__name__)
        return _written(lambda: _fail(db, row, state, mistake), stopping)
    outcome = _written(lambda: _settle(db, row, account, result), stopping)
    limits = out.limits()
    if result.state == "sent" and row.reports and limits is not None and not limits.delivery_status:
        with db.write():
            notices.add(db, CorreioError("no-delivery-reports", server=result.server, subject=row.subject), row.account)
    return outcome


def _way(account: Account | None, way_out: Callable[[Account], Outgoing], gateway: Callable[[], Outgoing] | None) -> Outgoing:
    if gateway is not None:
        return gateway()
    if account is None or account.outgoing is None:
        raise CorreioError("no-outgoing-server", account=account.name if account else "")
    return way_out(account)


def _written(write: Callable[[], Outcome], stopping: threading.Event) -> Outcome:
    """`write`, again and again while the store cannot be written: what the server said is in memory only."""
    while True:
        try:
            return write()
        except StoreError as error:
            log.warning("what became of a mail cannot be written down: %s", error.id)
            if stopping.wait(REWRITE):
                raise


def _put_off(db: Database, row: Row, error: CorreioError) -> Outcome:
    if outbox.get(db, row.id).state == "cancelled":
        return "cancelled", None
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


def _settle(db: Database, row: Row, account: Account | None, result: SendResult) -> Outcome:
    """The state and, for a mail that was accepted, the Sent copy: both or neither."""
    answers = {**result.refused, **dict.fromkeys(result.accepted, (result.code or 250, result.answer))}
    patient = time.time() - row.made < GIVE_UP
    with db.write(durable=True):
        if result.state == "sent":
            state, error = _accepted(db, row, account, result, answers, result.later if patient else ())
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
    later: tuple[str, ...],
) -> Outcome:  # fmt: skip
    """At least one recipient was accepted; those in `later` are tried again."""
    state = "waiting" if later else "sent"
    error = _put_off_for(row, result, later) if later else None
    outbox.finish(
        db, row.id, state, reason=error, not_before=_next_try(row) if later else 0, answers=answers, still=later or None
    )
    file_sent(db, row, account)
    never = [to for to, (code, _) in outbox.get(db, row.id).answers.items() if not 200 <= code < 300 and to not in later]
    if never and not later:
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
