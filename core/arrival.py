"""Mail coming in, from a server, an import or the composer: identity, thread, placement, index, all written once.

The way of all mail is fetch → pack (`core.parcel`, while nobody waits for the store) → write, here, in batches.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from msgspec import Struct

from core.envelope import Envelope, read_envelope
from core.flags import OUTCOMES, Flag, Mark
from core.header import header_block
from core.message import indexed
from core.parcel import Parcel, Texts, index_texts, pack_header, pack_mail, snippet
from core.store import bodies, messages, placements, shelves
from core.store.compression import packer
from core.store.database import Database, json_numbers
from core.store.messages import Alike
from core.store.placements import Place


class Arrival(Struct, frozen=True):
    """A mail, or its header, and where it stands."""

    parcel: Parcel
    place: Place | None = None
    """None: it is kept, and placed by somebody else."""
    internal: int | None = None
    """INTERNALDATE, unix seconds."""

    def received(self) -> int:
        """When it arrived, unix seconds."""
        return messages.received_time(self.internal, self.parcel)


def arrive(db: Database, account: int, arrivals: Sequence[Arrival]) -> list[int]:
    """Store mails and headers, and place them; their row ids, in the same order. Inside `db.write`.

    A header is a known message when header and size are the same (then it is shared with other placements of the
    account), a whole mail when the bytes, as far as they are here, are too.
    """
    known = messages.alike(db, account, [one.parcel.hash for one in arrivals])
    # Ids rise with the received time, so that the newest come first out of every index.
    order = sorted(range(len(arrivals)), key=lambda n: arrivals[n].received())
    mates: dict[int, int] = {}
    new: list[int] = []
    bodies_of: list[tuple[int, Parcel]] = []
    found: dict[int, int] = {}
    for n in order:
        parcel = arrivals[n].parcel
        like = known.setdefault(parcel.hash, [])
        same = messages.same(like, parcel.key)
        if same is None:
            new.append(n)
            # Below zero: new ones, whose ids are not known yet.
            like.append(Alike(-n - 1, 2 if parcel.whole else 0, parcel.key or None))
        elif same.id < 0:
            mates[n] = -same.id - 1
        else:
            found[n] = same.id
        if same is not None and parcel.whole and same.body < 2:
            like[like.index(same)] = Alike(same.id, 2, parcel.key)
            bodies_of.append((n, parcel))
    ids = dict(zip(new, _add(db, account, [arrivals[n] for n in new]), strict=True))
    found |= ids
    found.update((n, ids[first]) for n, first in mates.items())
    placed = [(place, found[n]) for n in order if (place := arrivals[n].place) is not None]
    placements.add_many(db, placed, set(ids.values()).difference(found[n] for n in mates))
    if bodies_of:
        arrive_bodies(db, [(found[n], parcel) for n, parcel in bodies_of])
    return [found[n] for n in range(len(arrivals))]


def _add(db: Database, account: int, arrivals: Sequence[Arrival]) -> list[int]:
    """New messages, ascending by received time; their row ids."""
    if not arrivals:
        return []
    parcels = [one.parcel for one in arrivals]
    whole = [parcel for parcel in parcels if parcel.whole]
    raws = iter(bodies.keep_raws(db, whole) if whole else ())
    ids = messages.add(
        db, account, parcels, [one.received() for one in arrivals], [next(raws) if one.whole else None for one in parcels]
    )
    index(db, [(id, parcel.texts) for id, parcel in zip(ids, parcels, strict=True)], new=True)
    return ids


def arrive_bodies(db: Database, mails: Sequence[tuple[int, Parcel]]) -> None:
    """The bytes of known messages: kept, and made searchable. Inside `db.write`."""
    now = int(time.time())
    raws = bodies.keep_raws(db, [parcel for _, parcel in mails])
    before: dict[int, int] = dict(
        db.read("SELECT m.id, m.marks FROM json_each(?) j CROSS JOIN message m ON m.id = j.value", (_ids(mails),))
    )
    db.many(
        "UPDATE message SET raw = ?1, body = 2, stored = CASE WHEN raw IS ?1 THEN stored ELSE ?2 END,"
        f" marks = ?3 | (marks & {int(OUTCOMES)}),"
        " snippet = ?4, indexed = 1 WHERE id = ?5",
        [(raw, now, parcel.marks, parcel.snippet, id) for (id, parcel), raw in zip(mails, raws, strict=True)],
    )
    bodies.forget_parts(db, [id for id, _ in mails])
    _remark(db, [id for id, parcel in mails if before.get(id, 0) & ~OUTCOMES != parcel.marks])
    index(db, sorted([(id, parcel.texts) for id, parcel in mails]))


def _ids(mails: Iterable[tuple[int, object]]) -> str:
    return json_numbers(id for id, _ in mails)


def arrive_header(
    db: Database, folder: int, account: int, header: bytes, size: int, *, uid: int | None, flags: Flag = Flag(0),
    keywords: Iterable[str] = (), internal: int | None = None,
) -> int:  # fmt: skip
    """One mail of which the header (bytes up to the blank line) and the size are known; the message's row id. As `arrive`."""
    place = Place(folder, uid, flags, frozenset(keywords))
    return arrive(db, account, [Arrival(pack_header(header, size, packer(db)), place, internal)])[0]


def arrive_mail(
    db: Database, folder: int, account: int, raw: bytes, *, uid: int | None = None, flags: Flag = Flag(0),
    keywords: Iterable[str] = (), internal: int | None = None,
) -> int:  # fmt: skip
    """One whole mail; the message's row id. As `arrive`."""
    place = Place(folder, uid, flags, frozenset(keywords))
    return arrive(db, account, [Arrival(pack_mail(raw, packer(db)), place, internal)])[0]


def keep_mail(db: Database, account: int, raw: bytes, *, internal: int | None = None) -> int:
    """Store a whole mail without placing it; its row id. As `arrive`."""
    return arrive(db, account, [Arrival(pack_mail(raw, packer(db)), None, internal)])[0]


def arrive_body(db: Database, message: int, raw: bytes) -> None:
    """`arrive_bodies` for one."""
    arrive_bodies(db, [(message, pack_mail(raw, packer(db)))])


def arrive_marks(db: Database, message: int, marks: Mark) -> None:
    """What a BODYSTRUCTURE tells of a message whose body stays on the server. Inside `db.write`."""
    if db.run("UPDATE message SET marks = marks | ?1 WHERE id = ?2 AND marks | ?1 <> marks", (int(marks), message)):
        _remark(db, [message])


def index_with_files(db: Database, message: int, raw: bytes, texts: Iterable[str]) -> None:
    """Make the words of a mail's files searchable too (`attachment:` finds them). Inside `db.write`."""
    found = indexed(raw)
    envelope = read_envelope(header_block(raw))
    index(db, [(message, index_texts(envelope, (*found.attachment_names, *texts), found.text))])


def arrive_texts(db: Database, message: int, text: str, attachments: Iterable[str], marks: Mark) -> None:
    """The texts of a message whose other parts stay on the server: made searchable. Inside `db.write`."""
    block = bodies.header(db, message)
    if block is None:
        return
    db.run("UPDATE message SET marks = marks | ?, snippet = ?, indexed = 1 WHERE id = ?", (int(marks), snippet(text), message))
    index(db, [(message, index_texts(read_envelope(block), attachments, text))])
    _remark(db, [message])


def index_header(db: Database, message: int, envelope: Envelope) -> None:
    """Make subject and people searchable before the body is known. Inside `db.write`."""
    index(db, [(message, index_texts(envelope))])


def index(db: Database, rows: Sequence[tuple[int, Texts]], *, new: bool = False) -> None:
    """Make messages searchable, when all else of the transaction is written. Inside `db.write`.

    `new`: the index knows nothing of them yet.
    """
    db.at_end(lambda: shelves.put(db, rows, new=new))


def _remark(db: Database, ids: Iterable[int]) -> None:
    """Conversation rows show marks too: have them settled again."""
    db.many(
        "INSERT OR IGNORE INTO unsettled SELECT folder, thread FROM placement WHERE message = ? AND hidden = 0",
        [(id,) for id in ids],
    )
