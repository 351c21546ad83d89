"""From a draft to the outbox, and what follows once a mail was accepted: the Sent copy, the mark on what it answers.

Built once, proofread, fixed on disk; undo-send is a time before which it does not go.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core import operations
from core.address import parse_addresses
from core.arrival import arrive_marks, keep_mail
from core.compose import Built, build
from core.draft import ANSWERED, Draft
from core.drafting import throw_away
from core.envelope import read_envelope
from core.errors import CorreioError
from core.flags import Flag
from core.header import header_block
from core.senders import identity_for
from core.settings import Account, Settings
from core.store import accounts, batches, correspondents, folders, messages, notices, outbox, sent_events
from core.store.database import Database
from core.store.outbox import Outgoing

if TYPE_CHECKING:
    from core.gateways import Piece


def queue(
    db: Database, settings: Settings, draft: Draft, *, not_before: int = 0, draft_id: int | None = None
) -> Outgoing:
    """Build a draft and put it into the outbox; its row.

    `not_before`: unix seconds, 0 for at once. With `draft_id` the stored draft goes in the same transaction. Raises
    ComposeError as `core.compose.build` does, NotFound `no-identity`.
    """
    identity = identity_for(settings, draft)
    account = settings.account(identity.account)
    now = datetime.now().astimezone()
    ways = [(piece, build(piece.draft, identity, now=now)) for piece in _pieces(settings, draft)]
    answered, mark = _answered(db, draft)
    first: int | None = None
    with db.write(durable=True):
        if draft_id is not None:
            throw_away(db, draft_id)
        for piece, built in ways:
            id = _queue(db, account, built, piece.original, answered, mark, not_before, way=piece.way, kin=first)
            first = first or id
            answered = None  # one mark for all of them
    return outbox.get(db, first or 0)


def _pieces(settings: Settings, draft: Draft) -> Sequence[Piece]:
    """The ways a draft goes: one by mail, one for each phone among its recipients."""
    from core.gateways import pieces

    return pieces(settings, draft)


def put_built(
    db: Database, account: Account, built: Built, draft: Draft, *, not_before: int = 0, batch: int | None = None
) -> int:
    """Put a mail that was built from a draft into the outbox; its row id. In one transaction, if inside `db.write`."""
    return _queue(db, account, built, draft, None, Flag(0), not_before, batch=batch)


def _queue(
    db: Database, account: Account, built: Built, draft: Draft, answered: int | None, mark: Flag, not_before: int,
    *, batch: int | None = None, way: str = "", kin: int | None = None,
) -> int:  # fmt: skip
    return outbox.queue(
        db,
        account=accounts.row_of(db, account.id, local=account.kind == "local"),
        message_id=built.message_id,
        sender=built.sender,
        recipients=built.recipients,
        subject=draft.subject or draft.body[:80].partition("\n")[0] if way else draft.subject,
        shown=", ".join(to.shown for to in draft.recipients[:8]),
        wire=built.wire,
        copy=built.sent_copy,
        not_before=not_before or int(time.time()),
        draft=draft.to_json(),
        answered=answered,
        answer_flag=int(mark),
        batch=batch,
        way=way,
        kin=kin,
    )


def _answered(db: Database, draft: Draft) -> tuple[int | None, Flag]:
    """The message that gets a mark once the mail is sent: by its row, else by its Message-ID."""
    if draft.answers is None:
        return None, Flag(0)
    mark = Flag.ANSWERED if draft.answers.how == ANSWERED else Flag.FORWARDED
    if draft.answers.message:
        return draft.answers.message, mark
    known = messages.by_message_id(db, draft.answers.message_id) if draft.answers.message_id else []
    return (known[0], mark) if known else (None, Flag(0))


# once it is sent ----------------------------------------------------------


def file_sent(db: Database, row: Outgoing, account: Account | None, *, there: bool = False) -> None:
    """What follows when a mail has been accepted, once: the Sent copy, the mark on what it answers, the people.

    `account`: its settings, whose rule about copies counts; None when it has gone. `there`: a copy stands in the Sent
    folder already. In one transaction; inside `db.write` it belongs to that one.
    """
    if row.copied:
        return
    copy = outbox.copy(db, row.id)
    with db.write(durable=True):
        outbox.copied(db, row.id)
        target = None if there or account is None else _sent_folder(db, row.account, account)
        if target is not None:
            message = keep_mail(db, folders.get(db, target).account, copy, internal=int(time.time()))
            arrive_marks(db, message, sent_events.marks_of(db, row.message_id))
            operations.append(db, target, message, Flag.SEEN, actor="sync")
        if row.answered is not None and row.answer_flag:
            places = [(folder, row.answered) for folder in messages.folders_of(db, row.answered)]
            operations.set_flag(db, places, Flag(row.answer_flag), True, actor="sync")
        envelope = read_envelope(header_block(copy))
        people = envelope.to + envelope.cc + envelope.bcc
        correspondents.note_sent(db, people or tuple(parse_addresses(", ".join(row.recipients))), int(time.time()))


def _sent_folder(db: Database, row: int, account: Account) -> int | None:
    if account.sent_copy == "server":
        return (folders.by_role(db, row, "sent") or folders.ensure(db, row, "Sent", role="sent")).id
    if account.sent_copy == "local":
        local = accounts.row_of(db, "local", local=True)
        return (folders.by_role(db, local, "sent") or folders.ensure(db, local, "Sent", role="sent")).id
    return None


# when nobody knows --------------------------------------------------------


def recover(db: Database) -> int:
    """For whoever becomes the one that sends: what was being handed over has an unknown end; how many mails."""
    batches.forget_unfinished(db)
    if not outbox.any_sending(db):
        return 0
    with db.write(durable=True):
        left = outbox.interrupted(db)
        for row in left:
            tell_unsent(db, row, row.reason)
    return len(left)


def resolve_uncertain(db: Database) -> int:
    """Mails of unknown end that turn up in a Sent folder on the server were accepted; how many."""
    found = 0
    # A mail that was copied to Sent by us, when some of its recipients had been served, proves nothing of the others.
    for (id,) in db.read(
        "SELECT o.id FROM outbox o WHERE o.state = 'uncertain' AND o.copied = 0 AND EXISTS (SELECT 1 FROM message m"
        " JOIN placement p ON p.message = m.id JOIN folder f ON f.id = p.folder"
        " WHERE m.message_id = o.message_id AND f.role = 'sent' AND f.account = o.account AND p.uid IS NOT NULL)"
    ):
        with db.write(durable=True):
            row = outbox.get(db, id)
            if outbox.arrived(db, id):
                file_sent(db, row, None, there=True)
                found += 1
    return found


def tell_unsent(db: Database, row: Outgoing, why: CorreioError | None) -> None:
    """Keep a word for the user about a mail that failed, waits for something, or whose end nobody knows."""
    state = outbox.get(db, row.id).state
    id = {"uncertain": "sent-perhaps", "waiting": "sending-waits"}.get(state, "not-sent")
    error = why or CorreioError("send-failed")
    with db.write():
        notices.add(db, CorreioError(id, subject=row.subject, to=row.shown, why=error.as_json()), row.account)
