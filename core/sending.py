"""From a draft to the outbox, and what follows once a mail was accepted: the Sent copy, the mark on what it answers.

Built once, proofread, fixed on disk; undo-send is a time before which it does not go.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from core import operations
from core.address import Address, parse_addresses
from core.arrival import arrive_marks, keep_mail
from core.draft import ANSWERED, DELIVERY, Draft
from core.envelope import read_envelope
from core.errors import CorreioError
from core.flags import Flag
from core.header import header_block
from core.letterhead import dressed
from core.senders import identity_for
from core.settings import Account, Identity, Settings
from core.store import accounts, batches, correspondents, folders, messages, notices, outbox, sender_choices, sent_events
from core.store.database import Database
from core.store.outbox import Outgoing

_DATE = re.compile(rb"^Date: [^\r\n]*", re.MULTILINE)

if TYPE_CHECKING:  # a program that has nothing to send needs no more of it
    from core.compose import Built
    from core.gateways import Piece


def queue(
    db: Database, settings: Settings, draft: Draft, *, not_before: int = 0, draft_id: int | None = None, wait: int = 0
) -> Outgoing:
    """Build a draft and put it into the outbox; its row.

    `not_before`: unix seconds, 0 for at once; a time that the draft itself names comes before it. `wait`: instead, so many
    seconds from when it stands there, as building a large one takes some, in which nobody could take it back. With `draft_id` the
    stored draft goes in the same transaction. Raises ComposeError as `core.compose.build` does, NotFound `no-identity`,
    StoreError `file-unreadable` for my card.
    """
    from core.drafting import throw_away

    identity = identity_for(settings, draft)
    account = settings.account(identity.account)
    later = draft.send_at if draft.send_at > time.time() else 0
    now = datetime.fromtimestamp(later or time.time()).astimezone()
    ways = [(piece, built_for(settings, piece, identity, now)) for piece in _pieces(settings, draft)]
    answered, mark = _answered(db, draft)
    first: int | None = None
    not_before = not_before or (int(time.time()) + wait if wait else 0)
    with db.write(durable=True):
        if draft_id is not None:
            throw_away(db, draft_id)
        sender_choices.note(db, draft.recipients, identity.id)
        for piece, built in ways:
            id = _queue(
                db, account, built, piece.original, answered, mark, later or not_before, way=piece.way, kin=first
            )  # fmt: skip
            if piece.links:
                from core.sharing import note

                note(db, settings, id, built.message_id, piece.draft.to[0], piece.draft)
            first = first or id
            answered = None  # one mark for all of them
    return outbox.get(db, first or 0)


def _pieces(settings: Settings, draft: Draft) -> Sequence[Piece]:
    """The ways a draft goes: one by mail, one for each phone among its recipients; with links one for each recipient."""
    from core.gateways import pieces

    return pieces(settings, draft)


def built_for(settings: Settings, piece: Piece, identity: Identity, now: datetime) -> Built:
    """A phone gets the text alone, a fax by mail has it as its first page; what goes with links is built when they are there."""
    if piece.links:
        from core.sharing import unbuilt

        return unbuilt(settings, as_sent(settings, piece.draft))
    from core.compose import build

    if piece.is_fax_by_mail:
        from core.fax import as_mail

        return build(as_mail(piece.draft), identity, now=now)
    return build(piece.draft if piece.gateway is not None else as_sent(settings, piece.draft), identity, now=now)


def put_piece(
    db: Database, settings: Settings, account: Account, piece: Piece, built: Built, draft: Draft, not_before: int,
    batch: int | None = None,
) -> int:  # fmt: skip
    """Put what one draft became on one way into the outbox; its row id. `draft`: to edit again. Inside `db.write`."""
    id = _queue(db, account, built, draft, None, Flag(0), not_before, way=piece.way, batch=batch)
    if piece.links:
        from core.sharing import note

        note(db, settings, id, built.message_id, piece.draft.to[0], piece.draft)
    return id


def as_sent(settings: Settings, draft: Draft) -> Draft:
    """The draft with all that its sender and account add to it: footer, card, a blind copy for an archive."""
    identity = identity_for(settings, draft)
    wants_card = identity.card if draft.options.card is None or identity.enforce else draft.options.card
    card = None
    if wants_card:
        from core.own_card import own_card

        card = own_card(settings, identity)
    draft = dressed(draft, identity, card=card, no_reply_word=settings.compose.no_reply_word)
    blind = Address("", settings.account(identity.account).sent_bcc)
    if not draft.recipients or not blind.addr or blind.key in {one.key for one in draft.recipients}:
        return draft
    return replace(draft, bcc=(*draft.bcc, blind))


def send_now(db: Database, id: int) -> bool:
    """Send what waits in the outbox at once, under the date of today; False when it is too late."""
    with db.write(durable=True):
        row = outbox.get(db, id)
        if row.state == "waiting" and row.reason is None and not row.attempts and (wire := outbox.wire(db, id)):
            now = datetime.now().astimezone()
            outbox.fix(db, id, _dated(wire, now), _dated(outbox.copy(db, id), now))
        return outbox.retry(db, id)


def _dated(raw: bytes, now: datetime) -> bytes:
    """A mail that was built for later, with another Date and nothing else changed."""
    head, end, body = raw.partition(b"\r\n\r\n")
    date = format_datetime(now).encode("ascii")
    return _DATE.sub(lambda _: b"Date: " + date, head, count=1) + end + body


def _queue(
    db: Database, account: Account, built: Built, draft: Draft, answered: int | None, mark: Flag, not_before: int,
    *, batch: int | None = None, way: str = "", kin: int | None = None,
) -> int:  # fmt: skip
    return outbox.queue(
        db,
        account=accounts.row_of(db, account.id, local=account.is_kept_here),
        message_id=built.message_id,
        sender=built.sender,
        recipients=built.recipients,
        subject=draft.subject or draft.body[:80].partition("\n")[0] if way else draft.subject,
        shown=draft.shown_recipients,
        wire=built.wire,
        copy=built.sent_copy,
        not_before=not_before or int(time.time()),
        draft=draft.to_json(),
        answered=answered,
        answer_flag=int(mark),
        reports=draft.options.delivery if draft.options.delivery in DELIVERY else "",
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


def own_address(db: Database, row: Outgoing) -> str:
    """The user's own address that a mail is written from, by which its server is chosen; the envelope sender may be
    another, and so may From, on behalf of somebody."""
    if not row.draft:
        return row.sender
    head = bytes(db.value("SELECT substr(wire, 1, 65536) FROM outbox WHERE id = ?", (row.id,)) or b"")
    envelope = read_envelope(header_block(head))
    people = envelope.sender or envelope.from_
    return people[0].addr if people else row.sender


# once it is sent ----------------------------------------------------------


def file_sent(db: Database, row: Outgoing, account: Account | None, *, there: bool = False) -> None:
    """What follows when a mail has been accepted, once: the Sent copy, the mark on what it answers, the people.

    `account`: its settings, whose rule about copies counts; None when it has gone. `there`: a copy stands in the Sent
    folder already. In one transaction; inside `db.write` it belongs to that one.
    """
    if row.copied:
        _forget(db, row, account)
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
            passed_on = [row.answered, *_passed_on(row)]
            places = [(folder, message) for message in passed_on for folder in messages.folders_of(db, message)]
            operations.set_flag(db, places, Flag(row.answer_flag), True, actor="sync")
        envelope = read_envelope(header_block(copy))
        people = envelope.to + envelope.cc + envelope.bcc
        correspondents.note_sent(db, people or tuple(parse_addresses(", ".join(row.recipients))), int(time.time()))
        _forget(db, row, account)


def _passed_on(row: Outgoing) -> tuple[int, ...]:
    """The other messages that were forwarded with the first."""
    if not row.draft or row.answer_flag != Flag.FORWARDED:
        return ()
    answers = Draft.from_json(row.draft).answers
    return answers.others if answers else ()


def _forget(db: Database, row: Outgoing, account: Account | None) -> None:
    """Where copies go to an address only, nothing of the mail stays here once it is with everybody."""
    if account is None or account.sent_copy != "none" or not account.sent_bcc:
        return
    with db.write(durable=True):
        if outbox.get(db, row.id).state == "sent":
            outbox.forget_content(db, row.id)


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
