"""Drafts between the composer, the store and the Drafts folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from core import operations
from core.address import Address
from core.arrival import keep_mail
from core.draft import PLAIN, ComposeError, Draft
from core.errors import NotFound
from core.flags import Flag
from core.senders import identity_for
from core.server_draft import to_bytes
from core.settings import Settings
from core.store import accounts, drafts, folders, messages, outbox
from core.store.database import Database


def save(db: Database, settings: Settings, draft: Draft, id: int | None) -> int:
    """Write a draft down as it is, durably; its row id."""
    account = settings.account(identity_for(settings, draft).account)
    row = accounts.row_of(db, account.id, local=account.is_kept_here)
    return drafts.save(db, id, draft.to_json(), account=row, subject=draft.subject, recipients=draft.shown_recipients)


def file(db: Database, settings: Settings, id: int, *, bare: bool = False) -> bool:
    """Put a copy of a stored draft into the Drafts folder, here and on the server, in place of the one before.

    True when the one before had gone: another program has changed the draft or taken it away, and what that one left
    stays beside ours.

    `bare`: the copy goes without attachments (files that have gone); the stored draft keeps them. Raises ComposeError
    `attachment-unreadable`, NotFound `no-draft`, `no-identity`.
    """
    stored = drafts.get(db, id)
    draft = Draft.from_json(stored.data)
    if bare:
        draft = replace(draft, attachments=(), images=(), options=replace(draft.options, format=PLAIN))
    # What is to go as a link is too large for a mail, and so for a draft on the server.
    draft = replace(draft, attachments=tuple(one for one in draft.attachments if not one.link))
    identity = identity_for(settings, draft)
    account = settings.account(identity.account)
    row = accounts.row_of(db, account.id, local=account.is_kept_here)
    raw = to_bytes(draft, identity, now=datetime.now().astimezone())
    with db.write(durable=True):
        target = folders.by_role(db, row, "drafts") or folders.ensure(db, row, "Drafts", role="drafts")
        gone = stored.message is not None and not messages.folders_of(db, stored.message)
        message = keep_mail(db, row, raw)
        if message != stored.message:
            operations.append(db, target.id, message, Flag.DRAFT | Flag.SEEN, actor="draft")
            _take_away(db, stored.message)
        drafts.filed(db, id, message)
    return gone


def throw_away(db: Database, id: int) -> None:
    """Forget a draft and the copy in the Drafts folder; nothing when it has been forgotten already."""
    with db.write(durable=True):
        stored = drafts.find(db, id)
        if stored is None:
            return
        _take_away(db, stored.message)
        drafts.drop(db, id)


def adopt(db: Database, message: int, draft: Draft, settings: Settings) -> int:
    """A stored draft for a message that another program left in the Drafts folder; its row id."""
    known = drafts.of_message(db, message)
    if known is not None:
        return known.id
    with db.write(durable=True):
        id = save(db, settings, draft, None)
        drafts.filed(db, id, message)
    return id


def file_unfinished(db: Database, settings: Settings) -> int:
    """After a crash or a dropped line: what was being written goes to the Drafts folder; how many drafts.

    What cannot go there (its account was removed) stays in the store and waits for another time.
    """
    filed = 0
    for one in drafts.unfiled(db):
        if Draft.from_json(one.data).empty:
            throw_away(db, one.id)
            continue
        with contextlib.suppress(NotFound):
            try:
                file(db, settings, one.id)
            except ComposeError:
                file(db, settings, one.id, bare=True)
            filed += 1
    return filed


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A mail that was taken out of the outbox: its draft and that one's row id, None where it was no draft of ours."""

    draft: Draft | None
    id: int | None = None
    partly: bool = False
    """Whether some of its recipients have it already; the draft is for the others."""
    left: tuple[int, ...] = ()
    """What the outbox still shows of it: a mail that failed stays there until the draft is sent or kept (`settle`)."""


def take_back(db: Database, settings: Settings, outgoing: int) -> TakenBack | None:
    """Stop a mail that waits in the outbox and make it a draft again, in one transaction; None when it is too late."""
    with db.write(durable=True):
        row = _stopped(db, outgoing)
        if row is None:
            return None
        if not row.draft:
            settle(db, [outgoing])
            return TakenBack(None)
        draft, left = _unserved(Draft.from_json(row.draft), row), [row.id] if row.state == "failed" else []
        # What the same draft sends another way (SMS, fax) is taken back with it, as far as it has not gone.
        for other in outbox.kin_of(db, outgoing):
            kin = _stopped(db, other)
            if kin is not None and kin.draft:
                left += [kin.id] if kin.state == "failed" else []
                part = _unserved(Draft.from_json(kin.draft), kin)
                draft = replace(draft, to=draft.to + part.to, cc=draft.cc + part.cc, bcc=draft.bcc + part.bcc)
        return TakenBack(draft, save(db, settings, draft, None), bool(_served(row)), tuple(left))


def _stopped(db: Database, outgoing: int) -> outbox.Outgoing | None:
    """A mail that will not be sent, None when it is too late. One that failed stays as it is."""
    row = outbox.get(db, outgoing)
    if row.state == "failed":
        return row
    stopped = outbox.cancel(db, outgoing)
    if stopped is not None:
        _end_links(db, outgoing)
    return stopped


def settle(db: Database, outgoing: Iterable[int]) -> None:
    """Mails in the outbox that failed or did not arrive: something else has taken their place."""
    with db.write(durable=True):
        for id in outgoing:
            if outbox.cancel(db, id) is not None:
                _end_links(db, id)
            outbox.note_trouble(db, id, False)


def _served(row: outbox.Outgoing) -> set[str]:
    """The addresses (folded) whose server has taken a mail."""
    return {to.casefold() for to, (code, _) in row.answers.items() if 200 <= code < 300}


def _unserved(draft: Draft, row: outbox.Outgoing) -> Draft:
    """The draft without those whose server has taken the mail: edited, it must not reach them a second time."""
    served = _served(row)
    if not served:
        return draft

    def left(people: tuple[Address, ...]) -> tuple[Address, ...]:
        return tuple(one for one in people if one.key not in served and _bare(one) not in served)

    return replace(draft, to=left(draft.to), cc=left(draft.cc), bcc=left(draft.bcc))


def _bare(address: Address) -> str:
    from core.compose import wire_address

    try:
        return wire_address(address).casefold()
    except ComposeError:
        return address.key


def _end_links(db: Database, outgoing: int) -> None:
    """What a mail led to that is not sent after all."""
    from core.store import shared_files

    ids = [one.id for one in shared_files.of(db, outgoing) if one.state != shared_files.WITHDRAWN and one.place]
    if ids:
        shared_files.end(db, ids)


def _take_away(db: Database, message: int | None) -> None:
    if message is not None:
        places = [(folder, message) for folder in messages.folders_of(db, message)]
        if places:
            operations.expunge(db, places, actor="draft")
