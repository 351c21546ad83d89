"""What became of what was sent: reports that came are matched to the mail they are about, and failed mail is written anew."""

from __future__ import annotations

from dataclasses import replace

from core.address import Address, parse_addresses
from core.draft import ComposeError, Draft
from core.envelope import read_envelope
from core.flags import Mark
from core.store import bodies, folders, messages, outbox, report_marks, sent_events
from core.store.database import Database
from core.store.outbox import Outgoing
from core.store.sent_events import FAILED, Event

_NOT_IN = ("junk", "trash", "sent", "drafts", "templates")


def read_reports(db: Database, now: int | None = None) -> int:
    """Read the reports that have come; how many told something about mail of ours. A write for each."""
    told = 0
    for message in report_marks.unread(db, now):
        with db.write():
            report_marks.read(db, message)
            told += _note(db, message)
    return told


def _note(db: Database, message: int) -> bool:
    """Whether it was a report about mail of ours; then what it says is kept. Inside `db.write`."""
    if not any(folders.get(db, place).role not in _NOT_IN for place in messages.folders_of(db, message)):
        return False
    from core.reports import read_report

    raw = bodies.raw(db, message)
    report = read_report(raw) if raw is not None else None
    if report is None:
        return False
    received = int(db.value("SELECT received FROM message WHERE id = ?", (message,)) or 0)
    for about in report.about:
        people = recipients_of(db, about)
        if people is None:
            continue
        said = report.about_people(people)
        events = [Event(one.recipient, one.kind, received, one.code, one.words, report.teller, message) for one in said]
        sent_events.add(db, about, events)
        if any(one.kind == FAILED for one in said):
            for row in outbox.by_message_id(db, about):
                outbox.note_trouble(db, row.id)
        return bool(events)
    return False


def recipients_of(db: Database, message_id: str) -> tuple[str, ...] | None:
    """The addresses (folded) that a mail of ours went to; None where we have sent none with this Message-ID."""
    found: dict[str, None] = {}
    rows = outbox.by_message_id(db, message_id)
    for row in rows:
        found.update(dict.fromkeys(to.casefold() for to in (*row.recipients, *row.answers)))
    if rows:
        return tuple(found)
    for id in messages.by_message_id(db, message_id):
        # Sent by another program of the user's.
        if any(folders.get(db, place).role == "sent" for place in messages.folders_of(db, id)):
            envelope = read_envelope(bodies.header(db, id) or b"")
            return tuple(one.key for one in envelope.to + envelope.cc + envelope.bcc)
    return None


def undelivered(db: Database, row: Outgoing) -> tuple[str, ...]:
    """The recipients (folded) who did not get a mail, by the server's answers and by reports."""
    refused = row.recipients if row.state == "failed" else row.undelivered
    reported = [one.recipient for one in sent_events.of(db, row.message_id) if one.kind == FAILED and one.recipient]
    return tuple(dict.fromkeys(to.casefold() for to in (*refused, *reported)))


def again(db: Database, row: Outgoing) -> Draft:
    """The mail as a new draft for those only who did not get it. Raises ComposeError `draft-unreadable` for what was no draft."""
    draft = Draft.from_json(row.draft)
    wanted = set(undelivered(db, row))

    def left(people: tuple[Address, ...]) -> tuple[Address, ...]:
        return tuple(one for one in people if one.key in wanted or _on_the_wire(one) in wanted)

    to, cc, bcc = left(draft.to), left(draft.cc), left(draft.bcc)
    named = {one.key for one in to + cc + bcc} | {_on_the_wire(one) for one in to + cc + bcc}
    strangers = wanted - named - {_on_the_wire(one) for one in draft.recipients}
    if not to + cc + bcc:  # reported under the address it was forwarded to, say
        to = tuple(one for text in strangers for one in parse_addresses(text))
    return replace(draft, to=to, cc=cc, bcc=bcc)


def _on_the_wire(address: Address) -> str:
    from core.compose import wire_address

    try:
        return wire_address(address).casefold()
    except ComposeError:
        return address.key


def outcome(marks: Mark) -> str:
    """The worst that lists know of a sent message: `undelivered`, `opened`, `delivered` or ''."""
    if marks & Mark.UNDELIVERED:
        return "undelivered"
    return "opened" if marks & Mark.OPENED else "delivered" if marks & Mark.DELIVERED else ""
