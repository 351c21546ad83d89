"""Mail coming in, from a server, an import or the composer: identity, thread, placement, index, all written once."""

from __future__ import annotations

from collections.abc import Iterable

from core.envelope import Envelope, read_envelope
from core.flags import Flag, Mark
from core.header import header_block, header_hash
from core.message import indexed
from core.parcel import Parcel, snippet
from core.store import bodies, messages, placements, search
from core.store.database import Database


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
        index_header(db, message, envelope, new=True)
    placements.add(db, folder, uid, message, flags, keywords)
    return message


def arrive_mail(
    db: Database, folder: int, account: int, mail: bytes | Parcel, *, uid: int | None = None, flags: Flag = Flag(0),
    keywords: Iterable[str] = (), internal: int | None = None,
) -> int:  # fmt: skip
    """A whole mail; the message's row id. As `arrive_header`, with the body stored and indexed."""
    message = keep_mail(db, account, mail, internal=internal)
    placements.add(db, folder, uid, message, flags, keywords)
    return message


def keep_mail(db: Database, account: int, mail: bytes | Parcel, *, internal: int | None = None) -> int:
    """Store a whole mail without placing it; its row id. Inside `db.write`.

    It is a message that is known when header, size and, as far as they are here, the bytes are the same.
    """
    parcel = mail if isinstance(mail, Parcel) else Parcel(mail)
    message, whole = messages.same(db, account, parcel.hash, parcel.key)
    if message is None:
        return _keep_new(db, account, parcel, internal)
    if not whole:
        arrive_body(db, message, parcel.raw, parcel.envelope)
    return message


def _keep_new(db: Database, account: int, parcel: Parcel, internal: int | None) -> int:
    envelope, contents = parcel.envelope, parcel.contents
    message = messages.add(
        db, account, envelope, parcel.hash, len(parcel.raw), messages.received_time(internal, envelope),
        whole=messages.Whole(bodies.keep_raw(db, parcel.raw, parcel.key), envelope.marks | contents.marks, parcel.snippet),
    )  # fmt: skip
    _index(db, message, envelope, contents.attachment_names, contents.text, new=True)
    return message


def arrive_body(db: Database, message: int, raw: bytes, envelope: Envelope | None = None) -> None:
    """The bytes of a known message: kept, and made searchable. Inside `db.write`."""
    bodies.put_raw(db, message, raw)
    envelope = envelope or read_envelope(header_block(raw))
    found = indexed(raw)
    marks = envelope.marks | found.marks
    db.run("UPDATE message SET marks = ?, snippet = ?, indexed = 1 WHERE id = ?", (int(marks), snippet(found.text), message))
    _index(db, message, envelope, found.attachment_names, found.text)
    _remark(db, message)


def arrive_marks(db: Database, message: int, marks: Mark) -> None:
    """What a BODYSTRUCTURE tells of a message whose body stays on the server. Inside `db.write`."""
    if db.run("UPDATE message SET marks = marks | ?1 WHERE id = ?2 AND marks | ?1 <> marks", (int(marks), message)):
        _remark(db, message)


def index_with_files(db: Database, message: int, raw: bytes, texts: Iterable[str]) -> None:
    """Make the words of a mail's files searchable too (`attachment:` finds them). Inside `db.write`."""
    found = indexed(raw)
    _index(db, message, read_envelope(header_block(raw)), (*found.attachment_names, *texts), found.text)


def index_header(db: Database, message: int, envelope: Envelope, *, new: bool = False) -> None:
    """Make subject and people searchable before the body is known. Inside `db.write`."""
    _index(db, message, envelope, (), "", new=new)


def _new(db: Database, account: int, envelope: Envelope, digest: bytes, size: int, internal: int | None) -> int:
    return messages.add(db, account, envelope, digest, size, messages.received_time(internal, envelope))


def _index(
    db: Database, message: int, envelope: Envelope, attachments: Iterable[str], body: str, *, new: bool = False
) -> None:
    """Make a message searchable, when all else of the transaction is written."""
    names = " ".join(attachments)
    db.at_end(lambda: search.index(db, message, **_addresses(envelope), attachments=names, body=body, new=new))


def _addresses(envelope: Envelope) -> dict[str, str]:
    return {
        "subject": envelope.subject,
        "sender": " ".join(f"{a.name} {a.addr}" for a in (*envelope.from_, *envelope.sender)),
        "recipients": " ".join(f"{a.name} {a.addr}" for a in envelope.to[:1000]),
        "copies": " ".join(f"{a.name} {a.addr}" for a in (*envelope.cc[:1000], *envelope.bcc[:1000])),
        "list_id": envelope.list_id,
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
    db.run(
        "UPDATE message SET marks = marks | ?, snippet = ?, indexed = 1 WHERE id = ?", (int(marks), snippet(text), message)
    )
    _index(db, message, read_envelope(block), attachments, text)
    _remark(db, message)
