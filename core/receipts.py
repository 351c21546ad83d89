"""Read receipts (message disposition notifications, RFC 8098): who may be answered, and the answer itself.

A receipt tells a stranger that an address is read, so it goes only where the request can be believed, never by itself to an
address that the mail did not come from, never to lists and machines, and never twice ($MDNSent, RFC 3503).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace as with_values
from datetime import datetime

from msgspec import Struct

from core import operations
from core.address import Address, parse_addresses
from core.clean import clean_line
from core.compose import Built, build_of, wire_address
from core.draft import ComposeError, Draft, Options
from core.encoded_word import one_line
from core.envelope import Envelope
from core.errors import NotFound
from core.flags import Flag, Mark
from core.header import Headers, read_headers
from core.message import read_message
from core.mime import CRLF, Entity, field_line, multipart, text_entity
from core.own_addresses import is_own
from core.reply import identity_for, reply_references
from core.settings import Identity, Settings
from core.store import accounts, folders, messages, outbox, receipt_rules
from core.store.database import Database

FIELD = "Disposition-Notification-To"
MOST = 3
"""A request that names more addresses is none that is answered."""
ASK, ALWAYS = "ask", "always"
_LISTS = ("List-Id", "List-Post", "List-Unsubscribe", "List-Help", "Mailing-List", "X-Mailing-List")
_NOT_IN = ("junk", "sent", "drafts", "trash")


class Request(Struct, frozen=True):
    """A receipt that a mail asks for."""

    to: tuple[Address, ...]
    sender: str
    """The address it was sent from (Return-Path); '' where the server has not noted it."""
    sure: bool
    """Whether it asks for one receipt to the very address it was sent from: only then none has to be asked (RFC 8098 §2.1)."""

    @property
    def key(self) -> str:
        """The address that a rule of the user's is about."""
        return self.to[0].key


class Pending(Struct, frozen=True):
    """What is to be done about a request now: ASK, or ALWAYS for sending it without a question."""

    request: Request
    how: str


def request_of(headers: Headers, envelope: Envelope, identities: Sequence[Identity]) -> Request | None:
    """The receipt that a mail asks for, or None where it asks for none or may not have one."""
    values = headers.all(FIELD)
    if len(values) != 1 or _from_machine(headers, envelope) or any(is_own(one.addr, identities) for one in envelope.from_):
        return None
    to = {one.key: one for one in parse_addresses(values[0]) if one.addr}
    if not 0 < len(to) <= MOST or any(not _deliverable(one) or is_own(one.addr, identities) for one in to.values()):
        return None
    paths = [value.strip().strip("<>").strip() for value in headers.all("Return-Path")]
    if paths and not paths[0]:
        return None  # the null path: nobody is to be told anything
    sender = clean_line(paths[0]) if paths else ""
    asked = tuple(Address(clean_line(one.name), one.addr) for one in to.values())
    return Request(asked, sender, sure=len(to) == 1 and sender.casefold() == asked[0].key)


def _from_machine(headers: Headers, envelope: Envelope) -> bool:
    """Whether no person waits for an answer: lists, bulk, automatic mail, receipts, and those who forbid receipts."""
    automatic = headers.get("Auto-Submitted", "no").partition(";")[0].strip().lower()
    suppressed = {word.strip().lower() for word in headers.get("X-Auto-Response-Suppress").split(",")}
    return bool(
        envelope.list_id
        or envelope.marks & Mark.LIST
        or any(headers.get(name) for name in _LISTS)
        or headers.get("Precedence").strip().lower() in ("bulk", "list", "junk")
        or automatic != "no"
        or suppressed & {"all", "rn"}
        or headers.get("Content-Type").strip().lower().startswith("multipart/report")
        or "=required" in "".join(headers.get("Disposition-Notification-Options").lower().split())
    )


def pending(db: Database, settings: Settings, message: int, header: bytes, envelope: Envelope) -> Pending | None:
    """What is to be done about the receipt that a stored message asks for; None for nothing."""
    if b"disposition-notification-to" not in header.lower():
        return None
    request = request_of(read_headers(header), envelope, settings.identities)
    if request is None or answered(db, message, envelope):
        return None
    places = messages.folders_of(db, message)
    if not places or any(folders.get(db, place).role in _NOT_IN for place in places):
        return None
    rule = receipt_rules.of(db, request.key) or settings.compose.receipts
    if rule == receipt_rules.NEVER:
        return None
    return Pending(request, ALWAYS if rule == receipt_rules.ALWAYS and request.sure else ASK)


def answered(db: Database, message: int, envelope: Envelope) -> bool:
    """Whether the request was answered, or declined, in any copy of the mail, by whatever program."""
    copies = {message, *(messages.by_message_id(db, envelope.message_id) if envelope.message_id else ())}
    return any(messages.flags_of(db, one) & (Flag.MDN_SENT | Flag.DRAFT) for one in copies)


def send(
    db: Database, settings: Settings, message: int, header: bytes, envelope: Envelope, words: tuple[str, str], *,
    by_hand: bool, own: str = "", not_before: int = 0,
) -> int | None:  # fmt: skip
    """Put the receipt into the outbox and mark the mail $MDNSent, in one transaction; its row, None if it was sent before.

    `words`: subject and text for the person who asked; `by_hand`: the user was asked; `own`: the identity to take if the mail
    names none. No copy is filed in Sent. Raises NotFound `no-identity`, ComposeError as `core.compose.build` does.
    """
    request = request_of(read_headers(header), envelope, settings.identities)
    identity = identity_for(read_message(header), settings.identities, own)
    if identity is None:
        raise NotFound("no-identity", what="identity", name="")
    if request is None:
        return None
    built = build(header, envelope, request, identity, words, by_hand=by_hand)
    with db.write(durable=True):
        if answered(db, message, envelope):
            return None
        decline(db, message)
        return outbox.queue(
            db, account=accounts.row_of(db, settings.account(identity.account).id), message_id=built.message_id,
            sender=built.sender, recipients=built.recipients, subject=words[0], shown=", ".join(one.shown for one in request.to),
            wire=built.wire, copy=built.sent_copy, not_before=not_before or int(time.time()), copied=True,
        )  # fmt: skip


def decline(db: Database, message: int) -> None:
    """Mark a mail $MDNSent: nobody asks again, here or in another program (RFC 3503 §3.1). No step for undo."""
    places = [(folder, message) for folder in messages.folders_of(db, message)]
    operations.set_flag(db, places, Flag.MDN_SENT, True, actor="reader")


def build(
    header: bytes, envelope: Envelope, request: Request, identity: Identity, words: tuple[str, str], *, by_hand: bool
) -> Built:
    """The receipt as bytes: multipart/report with an envelope sender of nobody (RFC 8098 §3)."""
    subject, text = words
    draft = Draft(
        identity=identity.id,
        from_=Address(identity.name, identity.address),
        to=request.to,
        subject=subject,
        in_reply_to=envelope.message_id,
        references=reply_references(envelope),
        options=Options(flowed=False),
    )
    report = _report(read_headers(header), envelope, identity, by_hand=by_hand)
    content = multipart("report; report-type=disposition-notification", (text_entity(text + "\n", flowed=False), report))
    built = build_of(draft, identity, content, now=datetime.now().astimezone(), also=(("Auto-Submitted", "auto-replied"),))
    return with_values(built, sender="")


def _report(headers: Headers, envelope: Envelope, identity: Identity, *, by_hand: bool) -> Entity:
    """The part for programs (RFC 8098 §3.1). The version of Correio is nobody's affair."""
    original = one_line(headers.get("Original-Recipient"))
    fields = [("Reporting-UA", "Correio")]
    if original.isascii() and original.lower().startswith("rfc822;") and len(original) < 300:
        fields.append(("Original-Recipient", original))
    fields.append(("Final-Recipient", f"rfc822; {wire_address(Address('', identity.address))}"))
    if envelope.message_id.isascii() and 0 < len(envelope.message_id) < 900:
        fields.append(("Original-Message-ID", f"<{one_line(envelope.message_id)}>"))
    fields.append(("Disposition", f"manual-action/MDN-sent-{'manually' if by_hand else 'automatically'}; displayed"))
    lines = b"".join(field_line(name, value) for name, value in fields)
    kind = (("Content-Type", "message/disposition-notification"), ("Content-Transfer-Encoding", "7bit"))
    return Entity(kind, lines + CRLF)


def _deliverable(address: Address) -> bool:
    try:
        wire_address(address)
    except ComposeError:
        return False
    return True
