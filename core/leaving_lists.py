"""Leaving a mailing list: by a mail of one's own through the outbox, and the note that it was done."""

from __future__ import annotations

from dataclasses import replace

from core.address import Address
from core.draft import Draft, Options
from core.envelope import Envelope, read_envelope
from core.errors import NotFound, UsageError
from core.header import read_headers
from core.mailing_list import MAIL, ONE_CLICK, MailingList, Way, key_of, mail_of, read_list
from core.mailto import read_mailto
from core.message import read_message
from core.reply import identity_for
from core.sending import queue
from core.settings import Settings
from core.store import accounts, bodies, lists_left
from core.store.database import Database

SUBJECT = "unsubscribe"
"""What lists that name no subject expect."""


def list_of(db: Database, message: int) -> tuple[MailingList, Envelope]:
    """The list that a stored message came through. NotFound `no-message`."""
    header = bodies.header(db, message)
    if header is None:
        raise NotFound("no-message", what="message", name=str(message))
    return read_list(read_headers(header)), read_envelope(header)


def note_left(db: Database, message: int, way: Way, outgoing: int | None = None) -> None:
    """Remember that the list of a message was left."""
    found, envelope = list_of(db, message)
    with db.write(durable=True):
        lists_left.note(db, _account(db, message), key_of(found, envelope), way.kind, way.place, outgoing)


def one_click_of(db: Database, message: int, uri: str) -> Way:
    """The one-click way of a message, for `uri` that somebody has agreed to; UsageError `nothing-to-leave` if it has no such."""
    for way in list_of(db, message)[0].ways():
        if way.kind == ONE_CLICK and way.uri == uri:
            return way
    raise UsageError("nothing-to-leave")


def letter(settings: Settings, header: bytes, way: Way, own: str = "") -> Draft:
    """The mail that leaves a list, from the identity that `header` came to (else `own`, an identity's id).

    UsageError `nothing-to-leave` if the way is no mail, NotFound `no-identity`.
    """
    link = mail_of(way.uri) if way.kind == MAIL else None
    if link is None:
        raise UsageError("nothing-to-leave")
    identity = identity_for(read_message(header), settings.identities, own)
    if identity is None:
        raise NotFound("no-identity", what="identity", name="")
    return Draft(
        identity=identity.id,
        from_=Address(identity.name, identity.address),
        to=link.to,
        subject=link.subject or SUBJECT,
        body=link.body,
        options=Options(flowed=False),
    )


def to_list(settings: Settings, header: bytes, uri: str, own: str = "") -> Draft:
    """The beginning of a mail to a mailto: address of the list, from the identity that `header` came to."""
    identity = identity_for(read_message(header), settings.identities, own)
    return replace(read_mailto(uri).draft(), identity=identity.id if identity is not None else "")


def leave_by_mail(db: Database, settings: Settings, message: int, draft: Draft, way: Way, *, not_before: int) -> int:
    """Put the letter into the outbox and note it with the list, in one transaction; its row there.

    Raises ComposeError as `core.sending.queue` does.
    """
    with db.write(durable=True):
        id = queue(db, settings, draft, not_before=not_before).id
        note_left(db, message, way, id)
    return id


def _account(db: Database, message: int) -> int:
    return int(db.value("SELECT account FROM message WHERE id = ?", (message,)) or 0)


def account_id(db: Database, message: int) -> str:
    """The id in the settings of the account that a message belongs to."""
    return accounts.uid_of(db, _account(db, message))
