"""Sending what is due, once: the outbox row is claimed on disk before the first byte goes out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from accounts.outgoing import Outgoing, SendResult
from core import operations
from core.address import parse_addresses
from core.arrival import keep_mail
from core.envelope import read_envelope
from core.errors import AuthenticationError, CorreioError, NetworkError, TLSError
from core.flags import Flag
from core.header import header_block
from core.settings import Account
from core.store import accounts, correspondents, folders, messages, notices, outbox
from core.store.database import Database
from core.store.outbox import Outgoing as Row

log = logging.getLogger(__name__)

DEADLINE = 600.0
"""Seconds that handing over one mail may take."""
LONGEST_PAUSE = 60
"""Seconds between two tries while the line is gone."""
GIVE_UP = 3 * 86_400
"""Seconds after which a mail that servers keep putting off has failed."""


class Sender:
    """Sends due mails of all accounts, one after the other.

    `outgoing_for` gives the way out of an account; `account_of` its settings by store row (None: it has gone).
    """

    def __init__(
        self, open_store: Callable[[], AbstractContextManager[Database]], account_of: Callable[[Database, int], Account | None],
        outgoing_for: Callable[[Account], Outgoing], tell: Callable[[int, str], None] = lambda id, state: None,
    ) -> None:  # fmt: skip
        self._open_store = open_store
        self._account_of = account_of
        self._outgoing_for = outgoing_for
        self._tell = tell
        self._wake = threading.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look into the outbox again."""
        self._wake.set()

    def stop(self) -> None:
        """End the loop after the mail at hand."""
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        """Send what falls due until `stop`."""
        with self._open_store() as db:
            while not self._stopping:
                self._wake.clear()
                self.send_due(db)
                due = outbox.next_due(db)
                self._wake.wait(None if due is None else max(0.05, due - time.time()))

    def send_due(self, db: Database, account: int | None = None) -> int:
        """One pass over what is due now; how many mails were accepted."""
        sent = 0
        for row in outbox.due(db, int(time.time()), account):
            if self._stopping:
                break
            sent += int(self.deliver(db, row) == "sent")
        return sent

    def deliver(self, db: Database, row: Row) -> str:
        """Hand one mail to its server; the state it ended in."""
        account = self._account_of(db, row.account)
        if account is None or account.outgoing is None:
            error = CorreioError("no-outgoing-server", account=account.name if account else "")
            outbox.finish(db, row.id, "failed", reason=error)
            return "failed"
        if not outbox.sending(db, row.id, account.outgoing.host):
            return "cancelled"
        self._tell(row.id, "sending")
        try:
            result = self._outgoing_for(account).send(outbox.wire(db, row.id), row.sender, row.recipients, DEADLINE)
        except CorreioError as error:  # before DATA: nothing has been handed over
            state = self._put_off(db, row, error)
        else:
            state = self._settle(db, row, account, result)
        self._tell(row.id, state)
        return state

    def _put_off(self, db: Database, row: Row, error: CorreioError) -> str:
        if isinstance(error, AuthenticationError):
            outbox.finish(db, row.id, "waiting", reason=error, not_before=int(time.time()) + 3600)
            return "waiting"
        if isinstance(error, NetworkError) and not isinstance(error, TLSError):
            pause = min(LONGEST_PAUSE, 2 ** min(row.attempts, 6))
            outbox.finish(db, row.id, "waiting", reason=error, not_before=int(time.time()) + pause)
            return "waiting"
        outbox.finish(db, row.id, "failed", reason=error)
        _notice(db, row, error)
        return "failed"

    def _settle(self, db: Database, row: Row, account: Account, result: SendResult) -> str:
        answers = dict(result.refused)
        answers.update(dict.fromkeys(result.accepted, (250, result.answer)))
        patient = [to for to, (code, _) in result.refused.items() if 400 <= code < 500]
        reason = result.error
        if result.state == "sent":
            going_on = bool(patient) and time.time() - row.made < GIVE_UP
            state = "waiting" if going_on else "sent"
            with db.write(durable=True):  # the state and the Sent copy: both or neither
                outbox.finish(
                    db, row.id, state, reason=reason, not_before=_next_try(row), answers=answers,
                    still=patient if going_on else None,
                )  # fmt: skip
                self._file(db, row, account)
                if result.refused and not going_on:
                    _notice(db, row, CorreioError("some-refused", recipients=", ".join(result.refused), subject=row.subject))
            return state
        if result.state == "retry" and time.time() - row.made < GIVE_UP:
            outbox.finish(db, row.id, "waiting", reason=reason, not_before=_next_try(row), answers=answers)
            return "waiting"
        state = "uncertain" if result.state == "uncertain" else "failed"
        outbox.finish(db, row.id, state, reason=reason, answers=answers)
        _notice(db, row, reason or CorreioError("send-failed"))
        return state

    def _file(self, db: Database, row: Row, account: Account) -> None:
        """The Sent copy by the account's rule, the mark on what it answers, the people one writes to: once."""
        if row.copied:
            return
        copy = outbox.copy(db, row.id)
        with db.write(durable=True):
            outbox.copied(db, row.id)
            target = _sent_folder(db, row.account, account)
            if target is not None:
                message = keep_mail(db, folders.get(db, target).account, copy, internal=int(time.time()))
                operations.append(db, target, message, Flag.SEEN, actor="sync")
            if row.answered is not None and row.answer_flag:
                places = [(folder, row.answered) for folder in messages.folders_of(db, row.answered)]
                operations.set_flag(db, places, Flag(row.answer_flag), True, actor="sync")
            envelope = read_envelope(header_block(copy))
            people = envelope.to + envelope.cc + envelope.bcc
            correspondents.note_sent(db, people or tuple(parse_addresses(", ".join(row.recipients))), int(time.time()))


def _next_try(row: Row) -> int:
    """A server that asks for patience is asked again after 1, 2, 4 … 60 minutes (RFC 5321 §4.5.4.1)."""
    return int(time.time()) + min(3600, 60 * 2 ** min(row.attempts, 6))


def _sent_folder(db: Database, row: int, account: Account) -> int | None:
    if account.sent_copy == "server":
        return (folders.by_role(db, row, "sent") or folders.ensure(db, row, "Sent", role="sent")).id
    if account.sent_copy == "local":
        local = accounts.row_of(db, "local", local=True)
        return (folders.by_role(db, local, "sent") or folders.ensure(db, local, "Sent", role="sent")).id
    return None


def _notice(db: Database, row: Row, error: CorreioError) -> None:
    with db.write():
        notices.add(db, CorreioError("not-sent", subject=row.subject, to=row.shown, why=error.as_json()), row.account)


def resolve_uncertain(db: Database) -> int:
    """Mails cut between DATA and its reply that turn up in a Sent folder were accepted; how many."""
    found = 0
    for (id,) in db.read(
        "SELECT o.id FROM outbox o WHERE o.state = 'uncertain' AND EXISTS (SELECT 1 FROM message m"
        " JOIN placement p ON p.message = m.id JOIN folder f ON f.id = p.folder"
        " WHERE m.message_id = o.message_id AND f.role = 'sent' AND f.account = o.account AND p.uid IS NOT NULL)"
    ):
        found += outbox.arrived(db, int(id))
    return found
