"""Bodies from the server into the store: what a reader needs when a message is opened, single parts, whole mails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from accounts.imap import mail_commands
from accounts.imap.structure import parts_of
from accounts.imap.work import Work
from core import arrival
from core import message as mail
from core.errors import CorreioError, NotFound, ProtocolError
from core.flags import Mark
from core.header import header_block, header_hash
from core.parcel import Parcel, beside, pack_mails
from core.part import Part, marks_of
from core.store import bodies, compression, folders, messages, pieces
from core.store.database import json_numbers
from core.store.messages import Message

SMALL = 256 * 1024
"""Bytes up to which a mail is fetched whole when it is opened."""
DIGEST = 4 * 1024 * 1024
"""Bytes up to which a digest is: all of it is there to be read."""
LARGE = 1024 * 1024
"""Bytes from which a pass over a folder fetches only the texts of a mail."""
LARGEST = 512 * 1024 * 1024
PIECE = 256 * 1024
"""Bytes that are asked for at a time, so that progress shows and cancelling works."""
ESTIMATED = 100
"""Bytes by which the size of what is empty may be wrong."""

Fetched = tuple[int, int, int, bytes]
"""A whole mail that came: UID, message row id, size as told before, bytes."""


def fetch_message(work: Work, message: int) -> None:
    """Bring what the reader needs: a small mail whole, of a large one the structure and the texts.

    Signed and encrypted mail is fetched whole, for only the whole can be verified; so are digests (`DIGEST`). NotFound
    `message-gone` when the server no longer has it.
    """
    known = messages.get(work.db, message)
    if known.body == 2:
        return
    if known.size <= SMALL:
        fetch_raw(work, message)
        return
    parts = _structure_or_none(work, message)
    if not parts:
        fetch_raw(work, message)
        return
    digest = known.size <= DIGEST and any(part.type == "multipart/digest" for part in parts)
    if digest or marks_of(parts) & (Mark.SIGNED | Mark.ENCRYPTED):
        fetch_raw(work, message)
        return
    _fetch_texts(work, message, parts)


def fetch_part(work: Work, message: int, section: str) -> None:
    """Bring one part, still in its transfer encoding. NotFound `message-gone` or `no-such-part`."""
    if messages.get(work.db, message).body == 2 or bodies.part(work.db, message, section) is not None:
        return
    parts = _structure(work, message)
    part = next((part for part in parts if part.section == section), None)
    if part is None:
        raise NotFound("no-such-part", what="part", name=section)
    uid = _open_at(work, message)
    data = _in_pieces(work, uid, section, part.size)
    with work.db.write():
        bodies.put_part(work.db, message, section, data)


def fetch_raw(work: Work, message: int, *, patient: bool = False) -> None:
    """Bring the whole mail, byte for byte. NotFound `message-gone`. `patient`: others may use the session in between."""
    known = messages.get(work.db, message)
    if known.body == 2:
        return
    if known.size > pieces.LARGE and _stream_raw(work, known, patient=patient):
        return
    uid = _open_at(work, message)
    raw = _in_pieces(work, uid, "", known.size, _place(work, message)[0] if patient else None)
    if arrive(work, _place(work, message)[0], [(uid, message, known.size, raw)])[uid] != message:
        raise NotFound("message-gone", what="message", name=str(message))


def arrive(work: Work, folder: int, mails: Sequence[Fetched]) -> dict[int, int]:
    """Store the bytes of mails; UID → row id of the message they belong to.

    Where they contradict the header that was told before, the placement gets a message of its own: what is stored
    under a message is never replaced by something else.
    """
    parcels = pack_mails(to_pack(mails), compression.packer(work.db))
    return arrive_packed(work, folder, list(zip(mails, parcels, strict=True)))


def to_pack(mails: Sequence[Fetched]) -> list[tuple[bytes, int | None]]:
    """As `pack_mails` takes them. RFC822.SIZE is an estimate on some servers: the hash holds whatever size was told."""
    return [(one[3], one[2]) for one in mails]


def arrive_packed(work: Work, folder: int, mails: Sequence[tuple[Fetched, Parcel]]) -> dict[int, int]:
    """`arrive` for mails that have been packed."""
    found: dict[int, int] = {}
    work.body_turns.write(
        mails, lambda some: found.update(_arrive(work, folder, some)),
        lambda one, other: beside(one[1], other[1]),
    )  # fmt: skip
    return found


def _arrive(work: Work, folder: int, mails: Sequence[tuple[Fetched, Parcel]]) -> dict[int, int]:
    db = work.db
    known = {
        row[0]: row[1:]
        for row in db.read(
            "SELECT m.id, m.hash, m.body, m.received FROM json_each(?) j CROSS JOIN message m ON m.id = j.value",
            (json_numbers(one[1] for one, _ in mails),),
        )
    }
    fitting: dict[int, Parcel] = {}
    found: dict[int, int] = {}
    for (uid, message, _, raw), parcel in mails:
        hash, body, received = known.get(message, (b"", 2, 0))
        if body < 2 and hash == parcel.hash:
            fitting.setdefault(message, parcel)
        elif body < 2:
            message = _own_message(work, folder, uid, message, raw, received)
        found[uid] = message
    arrival.arrive_bodies(db, list(fitting.items()))
    return found


def _own_message(work: Work, folder: int, uid: int, message: int, raw: bytes, received: int) -> int:
    db = work.db
    own = arrival.keep_mail(db, work.account, raw, internal=received)
    db.run(
        "UPDATE placement SET (message, thread, received) = (SELECT id, thread, received FROM message WHERE id = ?)"
        " WHERE folder = ? AND uid = ?",
        (own, folder, uid),
    )
    db.run("UPDATE message SET orphaned = NULL WHERE id = ?", (own,))
    db.run(
        "UPDATE message SET orphaned = ? WHERE id = ? AND NOT EXISTS (SELECT 1 FROM placement WHERE message = ?)",
        (int(work.clock()), message, message),
    )
    return own


def _stream_raw(work: Work, known: Message, *, patient: bool) -> bool:
    """Bring a mail that is too large to be held in memory, piece by piece; False where it is not the mail we know.

    Its texts come first, by their structure: they are what is searched.
    """
    if parts := _structure_or_none(work, known.id):
        _fetch_texts(work, known.id, parts)
    uid = _open_at(work, known.id)
    arriving: pieces.Arriving | None = None
    try:
        for piece in _pieces(work, uid, "", known.size, _place(work, known.id)[0] if patient else None):
            if arriving is None:
                if header_hash(header_block(piece), known.size) != known.hash:
                    return False
                arriving = pieces.Arriving(work.db)
            arriving.add(piece)
    except BaseException:
        if arriving is not None:
            arriving.give_up()
        raise
    if arriving is None:
        return False
    with work.db.write():
        bodies.belongs(work.db, known.id, arriving.finish())
    return True


def fetch_texts(work: Work, message: int) -> None:
    """Bring the structure and the texts of a large mail. NotFound `message-gone`."""
    _fetch_texts(work, message, _structure(work, message))


def _fetch_texts(work: Work, message: int, parts: Sequence[Part]) -> None:
    db = work.db
    wanted = {part.section: part for part in (*mail.bodies(parts), *mail.bodies(parts, prefer_html=True))}
    missing = [part for part in wanted.values() if bodies.part(db, message, part.section) is None]
    texts = {}
    if missing:
        uid = _open_at(work, message)
        for part in missing:
            texts[part.section] = _in_pieces(work, uid, part.section, part.size)
    with db.write():
        for section, data in texts.items():
            bodies.put_part(db, message, section, data)
        db.run("UPDATE message SET body = max(body, 1) WHERE id = ?", (message,))
    _index(work, message, parts)


def _index(work: Work, message: int, parts: Sequence[Part]) -> None:
    """Make the texts that are here searchable, and the names of the attachments."""
    db = work.db
    texts = []
    for part in mail.bodies(parts):
        data = bodies.part(db, message, part.section)
        if data is not None:
            text = mail.text_of(data, part)
            if part.type == "text/html":
                from core.html import html_to_text

                text = html_to_text(text)
            texts.append(text)
    names = [part.name for part in mail.attachments(parts) if part.name]
    arrival.arrive_texts(db, message, "\n".join(texts), names, marks_of(parts))


def _structure(work: Work, message: int) -> tuple[Part, ...]:
    """The parts of a mail, asked for where they are not known."""
    known = bodies.structure(work.db, message)
    if known:
        return known
    uid = _open_at(work, message)
    told = mail_commands.fetch_one(work.session, uid, "(UID BODYSTRUCTURE)", PIECE)
    if told is None:
        raise NotFound("message-gone", what="message", name=str(message))
    parts = parts_of(told.structure)
    with work.db.write():
        bodies.put_structure(work.db, message, parts)
        arrival.arrive_marks(work.db, message, marks_of(parts))
    return parts


def _structure_or_none(work: Work, message: int) -> tuple[Part, ...]:
    """The parts, () where the server does not tell them: it may give out the mail all the same."""
    try:
        return _structure(work, message)
    except NotFound:
        return ()


def _open_at(work: Work, message: int) -> int:
    """Open a folder that has the message; its UID there."""
    folder, uid, uidvalidity = _place(work, message)
    here = folders.get(work.db, folder)
    if work.open(here).uidvalidity != uidvalidity:
        raise NotFound("message-gone", what="message", name=str(message))
    return uid


def _place(work: Work, message: int) -> tuple[int, int, int]:
    row = work.db.one(
        "SELECT f.id, p.uid, f.uidvalidity FROM placement p JOIN folder f ON f.id = p.folder"
        " WHERE p.message = ? AND p.uid IS NOT NULL AND f.selectable = 1 ORDER BY p.hidden, p.id LIMIT 1",
        (message,),
    )
    if row is None:
        raise NotFound("message-gone", what="message", name=str(message))
    return row[0], row[1], row[2]


def _in_pieces(work: Work, uid: int, section: str, size: int, patient_in: int | None = None) -> bytes:
    """BODY.PEEK[section] in pieces when it is large: `size` is what the server said, the last piece tells the truth.

    `patient_in`: the folder, where others may use the session between two pieces.
    """
    if size <= PIECE:
        return _given(_piece(work, uid, section, "", size), size, uid)
    return b"".join(_pieces(work, uid, section, size, patient_in))


def _pieces(work: Work, uid: int, section: str, size: int, patient_in: int | None) -> Iterator[bytes]:
    """As `_in_pieces`, one after the other."""
    taken, full = 0, True
    while taken <= LARGEST:
        work.tell("fetch", taken, size)
        if taken and not work.wanted():
            raise CorreioError("given-up")
        if patient_in is not None and taken:
            work.breathe()
            work.reopen(folders.get(work.db, patient_in))
        piece = _piece(work, uid, section, f"<{taken}.{PIECE}>", PIECE)
        if len(piece) > PIECE and taken:
            raise ProtocolError("answer-senseless", server=work.session.name, answer=f"BODY[{section}]<{taken}>")
        if full:
            _given(piece, size - taken, uid)
        full = len(piece) == PIECE
        taken += len(piece)
        yield piece
        # A short piece is the last one, unless there has to be more: some servers give less at a time than they are asked for.
        # One that knows no pieces has given all at once.
        if not piece or len(piece) > PIECE or (len(piece) < PIECE and taken >= size):
            break
    work.tell("fetch", taken, max(size, taken))


def _given(piece: bytes, due: int, uid: int) -> bytes:
    """Bytes of a mail, where there may be no more than that: sizes are estimates on some servers. NotFound `message-gone`
    where much is missing, as of a mail that goes while it is fetched: what has come is not the whole."""
    if not piece and due > ESTIMATED:
        raise NotFound("message-gone", what="message", name=str(uid))
    return piece


def _piece(work: Work, uid: int, section: str, span: str, size: int) -> bytes:
    told = mail_commands.fetch_one(work.session, uid, f"(UID BODY.PEEK[{section}]{span})", size)
    if told is None or section not in told.body:
        if told is None or not section:
            raise NotFound("message-gone", what="message", name=str(uid))
        raise ProtocolError("answer-senseless", server=work.session.name, answer=f"BODY[{section}]")
    return told.body[section]
