"""An answer to an invitation as a mail: for people, and for the organizer's calendar (iMIP, RFC 6047)."""

from __future__ import annotations

import binascii
import time
from collections.abc import Sequence
from datetime import datetime

from core.address import Address
from core.compose import build_of, wire_address
from core.draft import ComposeError, Draft, Options
from core.envelope import Envelope
from core.errors import CorreioError
from core.flags import Flag
from core.invitation import COUNTER, REPLY, Answer, Entry
from core.mime import CRLF, Entity, multipart, text_entity
from core.own_addresses import is_own
from core.part import Part
from core.reply import reply_references
from core.settings import Identity, Settings
from core.store import accounts, invitations, outbox
from core.store.database import Database

MOST_SIZE = 8 * 1024 * 1024
"""Bytes (encoded) of a part that is taken for a calendar file."""
_TYPES = ("text/calendar", "application/ics", "text/x-vcalendar")


def calendar_parts(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The calendar files of a mail, the one that is meant for calendars first."""
    found = [one for one in parts if _is_calendar(one)]
    return tuple(sorted(found, key=lambda one: (one.type != "text/calendar", "method" not in one.params)))


def _is_calendar(part: Part) -> bool:
    named = part.name.lower().endswith((".ics", ".ical", ".ifb", ".vcs")) and part.main in ("application", "text")
    return (part.type in _TYPES or named) and part.size <= MOST_SIZE


def invited(entry: Entry, identities: Sequence[Identity]) -> Identity | None:
    """The identity that was invited; None where the invitation names none of them (it came through a list, perhaps)."""
    for one in entry.people:
        for identity in identities:
            if one.address and one.address.casefold() == identity.address.casefold():
                return identity
    for one in entry.people:
        for identity in identities:
            if one.address and is_own(one.address, (identity,)):
                return identity
    return None


def address_of(entry: Entry, identity: Identity) -> str:
    """The address of an identity as the invitation has it, with its `+detail` perhaps."""
    mine = [one.address for one in entry.people if one.address and is_own(one.address, (identity,))]
    exact = [one for one in mine if one.casefold() == identity.address.casefold()]
    return (exact or mine or [identity.address])[0]


def send_answer(
    db: Database, settings: Settings, message: int, envelope: Envelope, entry: Entry, identity: Identity, answer: Answer,
    calendar: bytes, words: tuple[str, str], *, not_before: int = 0,
) -> int:  # fmt: skip
    """Put the answer for the organizer into the outbox and remember it, in one transaction; its row.

    `calendar`: the answer for programs (`CalendarReader.reply`); `words`: subject and text for people. Raises CorreioError
    `nobody-to-answer` where the invitation names no organizer that mail could reach, ComposeError as `core.compose.build`.
    """
    to = organizer_of(entry)
    if to is None:
        raise CorreioError("nobody-to-answer")
    subject, text = words
    draft = Draft(
        identity=identity.id,
        from_=Address(identity.name, identity.address),
        to=(to,),
        subject=subject,
        in_reply_to=envelope.message_id,
        references=reply_references(envelope),
        options=Options(flowed=False),
    )
    method = COUNTER if answer.says == COUNTER else REPLY
    content = multipart("alternative", (text_entity(text, flowed=False), calendar_entity(calendar, method)))
    built = build_of(draft, identity, content, now=datetime.now().astimezone())
    with db.write(durable=True):
        id = outbox.queue(
            db, account=accounts.row_of(db, settings.account(identity.account).id), message_id=built.message_id,
            sender=built.sender, recipients=built.recipients, subject=subject, shown=to.shown, wire=built.wire,
            copy=built.sent_copy, not_before=not_before or int(time.time()), answered=message, answer_flag=int(Flag.ANSWERED),
        )  # fmt: skip
        invitations.answer(db, entry, answer.address, answer.says, id)
    return id


def organizer_of(entry: Entry) -> Address | None:
    """Who hears of an answer, or None."""
    if entry.organizer is None or not entry.organizer.address:
        return None
    found = Address(entry.organizer.name, entry.organizer.address)
    try:
        wire_address(found)
    except ComposeError:
        return None
    return found


def calendar_entity(data: bytes, method: str) -> Entity:
    """A calendar as a body part with its method (RFC 6047 §2.4)."""
    kind = f"text/calendar; charset=UTF-8; method={method}"
    if data.isascii() and max(map(len, data.split(CRLF))) <= 998:
        return Entity((("Content-Type", kind), ("Content-Transfer-Encoding", "7bit")), data)
    encoded = binascii.b2a_base64(data, newline=False)
    lines = b"".join(encoded[at : at + 76] + CRLF for at in range(0, len(encoded), 76))
    return Entity((("Content-Type", kind), ("Content-Transfer-Encoding", "base64")), lines)
