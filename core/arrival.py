"""Mail coming in, from a server, an import or the composer: identity, thread, placement, index, all written once."""

from __future__ import annotations

from collections.abc import Iterable

from core.envelope import Envelope, read_envelope
from core.flags import Flag, Mark
from core.header import header_block, header_hash
from core.message import indexed
from core.store import bodies, messages, placements, search
from core.store.database import Database

SNIPPET = 160
"""Characters of a body shown beside its subject."""


def arrive_header(
    db: Database, folder: int, account: int, header: bytes, size: int, *, uid: int | None, flags: Flag = Flag(0),
    keywords: Iterable[str] = (), internal: int | None = None,
) -> int:  # fmt: skip
    """A mail whose header (bytes up to the blank line) and size are known; the message's row id.

    `internal` is INTERNALDATE in unix seconds. The message is shared with other placements of the account that
    have the same header and size. Inside `db.write`, batches ascending by received time.
    """
    digest = header_hash(header, size)
    message = messages.find(db, digest, account)
    if message is None:
        envelope = read_envelope(header)
        message = _new(db, account, envelope, digest, size, internal)
        bodies.put_header(db, message, header)
        index_header(db, message, envelope)
    placements.add(db, folder, uid, message, flags, keywords)
    return message


def arrive_mail(
    db: Database, folder: int, account: int, raw: bytes, *, uid: int | None = None, flags: Flag = Flag(0),
    keywords: Iterable[str] = (), internal: int | None = None,
) -> int:  # fmt: skip
    """A whole mail; the message's row id. As `arrive_header`, with the body stored and indexed."""
    message = keep_mail(db, account, raw, internal=internal)
    placements.add(db, folder, uid, message, flags, keywords)
    return message


def keep_mail(db: Database, account: int, raw: bytes, *, internal: int | None = None) -> int:
    """Store a whole mail without placing it; its row id. Inside `db.write`."""
    header = header_block(raw)
    digest = header_hash(header, len(raw))
    message = messages.find(db, digest, account)
    envelope = None
    if message is None:
        envelope = read_envelope(header)
        message = _new(db, account, envelope, digest, len(raw), internal)
    if db.value("SELECT body FROM message WHERE id = ?", (message,)) != 2:
        arrive_body(db, message, raw, envelope)
    return message


def arrive_body(db: Database, message: int, raw: bytes, envelope: Envelope | None = None) -> None:
    """The bytes of a known message: kept, and made searchable. Inside `db.write`."""
    bodies.put_raw(db, message, raw)
    envelope = envelope or read_envelope(header_block(raw))
    found = indexed(raw)
    marks = envelope.marks | found.marks
    snippet = " ".join(found.text[: SNIPPET * 4].split())[:SNIPPET]
    db.run("UPDATE message SET marks = ?, snippet = ?, indexed = 1 WHERE id = ?", (int(marks), snippet, message))
    search.index(db, message, **_addresses(envelope), attachments=" ".join(found.attachment_names), body=found.text)
    _remark(db, message)


def arrive_marks(db: Database, message: int, marks: Mark) -> None:
    """What a BODYSTRUCTURE tells of a message whose body stays on the server. Inside `db.write`."""
    if db.run("UPDATE message SET marks = marks | ?1 WHERE id = ?2 AND marks | ?1 <> marks", (int(marks), message)):
        _remark(db, message)


def index_header(db: Database, message: int, envelope: Envelope) -> None:
    """Make subject and people searchable before the body is known. Inside `db.write`."""
    search.index(db, message, **_addresses(envelope), attachments="", body="")


def _new(db: Database, account: int, envelope: Envelope, digest: bytes, size: int, internal: int | None) -> int:
    return messages.add(db, account, envelope, digest, size, messages.received_time(internal, envelope))


def _addresses(envelope: Envelope) -> dict[str, str]:
    return {
        "subject": envelope.subject,
        "sender": " ".join(f"{a.name} {a.addr}" for a in (*envelope.from_, *envelope.sender)),
        "recipients": " ".join(f"{a.name} {a.addr}" for a in envelope.to[:1000]),
        "copies": " ".join(f"{a.name} {a.addr}" for a in (*envelope.cc[:1000], *envelope.bcc[:1000])),
    }


def _remark(db: Database, message: int) -> None:
    """Conversation rows show marks too: have them settled again."""
    db.run(
        "INSERT OR IGNORE INTO unsettled SELECT folder, thread FROM placement WHERE message = ? AND hidden = 0",
        (message,),
    )


def arrive_texts(db: Database, message: int, text: str, attachments: Iterable[str], marks: Mark) -> None:
    """The texts of a message whose other parts stay on the server: made searchable. Inside `db.write`."""
    block = bodies.header(db, message)
    if block is None:
        return
    snippet = " ".join(text[: SNIPPET * 4].split())[:SNIPPET]
    db.run("UPDATE message SET marks = marks | ?, snippet = ?, indexed = 1 WHERE id = ?", (int(marks), snippet, message))
    search.index(db, message, **_addresses(read_envelope(block)), attachments=" ".join(attachments), body=text)
    _remark(db, message)
