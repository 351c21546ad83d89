"""Headers from the server into the store, newest first, in short writes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from accounts.imap import flag_changes, folder_state, left_marks, mail_commands, remote_ids, stuck
from accounts.imap.fetched import Fetched
from accounts.imap.work import Work
from core import idset
from core.arrival import Arrival, arrive
from core.errors import ProtocolError
from core.flags import Flag
from core.header import MOST_BYTES, header_block
from core.idset import Runs
from core.packers import Packing
from core.parcel import Parcel, beside, pack_headers
from core.store import compression
from core.store.database import json_numbers
from core.store.folders import Folder
from core.store.placements import Place
from core.store.turns import Gathered

ITEMS = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])"
SCREENFUL = 50
"""Mails whose headers come first of all. Of those that are kept whole the bodies come last, at twice the cost of a mail."""
BATCH = 250
EXPECTED = 3 * 1024
"""Bytes of a header with its flags."""
CAREFUL_BATCH = 50
CAREFUL_ITEMS = ITEMS.replace("[HEADER]", f"[HEADER]<0.{MOST_BYTES}>")
"""For folders with monstrous headers: no more of each than is looked at."""


def newest(work: Work, folder: Folder, exists: int) -> int:
    """The newest mails of the open folder, for a first look: one command. How many were new here."""
    if not exists or stuck.met(work.db, folder.id):
        return 0
    folder_state.note(work.db, folder.id, "bodies", None)
    careful = folder_state.noted(work.db, folder.id, "careful") is not None
    size, items = (CAREFUL_BATCH, CAREFUL_ITEMS) if careful else (SCREENFUL, ITEMS)
    span = f"{max(1, exists - size + 1)}:{exists}"
    items = remote_ids.asked_too(work.session, items)
    first = exists - size + 1
    new = 0
    with noting_floods(work, folder), work.noting_ends(folder):
        for batch in mail_commands.fetch(work.session, [(span, size * EXPECTED)], items, uid=False):
            mails = [one for one in batch if first <= one.number <= exists]
            new += put(work, folder, mails)
            remote_ids.note(work, folder, mails)
    return new


def bring(work: Work, folder: Folder, wanted: Runs, *, done: int = 0, told: set[int] | None = None, whole: bool = False) -> int:
    """Fetch the headers of these UIDs, newest first; how many were new here.

    `done`: there already, for the progress. `told` takes those UIDs that the server had something to say of.
    `whole`: with their bodies where that is quick.
    """
    if wanted:
        # Noted before the first header is here: after a kill the bodies must not be forgotten.
        folder_state.note(work.db, folder.id, "bodies", None)
    left, new = remote_ids.place(work, folder, wanted)
    if told is not None:
        told.update(wanted - left)
    wanted = left
    careful = folder_state.noted(work.db, folder.id, "careful") is not None
    if whole and not careful:
        from accounts.imap import wholes

        came, wanted = wholes.bring(work, folder, wanted, done=done + new, told=told)
        new += came
    size, items = (CAREFUL_BATCH, CAREFUL_ITEMS) if careful else (BATCH, ITEMS)
    items = remote_ids.asked_too(work.session, items)
    sets = ((part, size * EXPECTED) for batch in wanted.down(size) for part in idset.sequence_sets(batch))
    packing = Packing(work.db, len(wanted), headers=True)
    total = done + new + len(wanted)

    def store(some: Sequence[Come]) -> None:
        nonlocal new
        new += write_come(work, folder, some)
        work.tell("headers", done + new, total, folder.id)

    gathered = Gathered(work.header_turns, store, weight)

    def take(mails: list[Fetched], those: list[Fetched], parcels: list[Parcel]) -> None:
        gathered.add(come(folder, mails, dict(zip([one.uid for one in those], parcels, strict=True))))

    try:
        with noting_floods(work, folder):
            for got in work.stream(folder, sets, items):
                mails = [one for one in got if one.uid in wanted]
                if told is not None:
                    told.update(one.uid for one in mails)
                those = fresh(work, folder, mails, "HEADER")
                packing.give(_to_pack(those), partial(take, mails, those))
    finally:
        packing.flush()  # what has come need not come again, whatever happens then
        gathered.flush()
    return new


Come = tuple[Fetched, Arrival | None]
"""An answer without its bytes, and what is to be stored of it where that is not here yet."""


def come(folder: Folder, mails: Iterable[Fetched], parcels: dict[int, Parcel]) -> list[Come]:
    """The answers with their parcels (by UID), which are taken out; the answers' bytes are let go."""
    found: list[Come] = []
    for one in mails:
        one.body = {}
        parcel = parcels.pop(one.uid, None)  # of several answers for a mail the first has what all of them say
        found.append((one, None if parcel is None else Arrival(parcel, place_of(folder, one), one.internal)))
    return found


def weight(one: Come) -> int:
    """Bytes that wait to be written."""
    return one[1].parcel.weight if one[1] is not None and one[1].parcel.whole else 0


def write_come(work: Work, folder: Folder, some: Sequence[Come]) -> int:
    """`write` for answers, and remember the server's own ids."""
    new = write(work, folder, [arrival for _, arrival in some if arrival is not None])
    remote_ids.note(work, folder, [one for one, _ in some])
    return new


def _to_pack(told: Iterable[Fetched]) -> list[tuple[bytes, int | None]]:
    return [(header_block(one.body["HEADER"]), one.size) for one in told]


def _arrivals(folder: Folder, told: Sequence[Fetched], parcels: Sequence[Parcel]) -> list[Arrival]:
    return [Arrival(parcel, place_of(folder, one), one.internal) for one, parcel in zip(told, parcels, strict=True)]


@contextlib.contextmanager
def noting_floods(work: Work, folder: Folder) -> Iterator[None]:
    """After too large an answer the next pass asks for less."""
    try:
        yield
    except ProtocolError as error:
        if error.id == "answer-too-large":
            folder_state.note(work.db, folder.id, "careful", "headers")
        raise


def put(work: Work, folder: Folder, got: Iterable[Fetched]) -> int:
    """Store fetched headers; how many mails were not here yet. Answers without a header are left alone."""
    told = fresh(work, folder, got, "HEADER")
    parcels = pack_headers(_to_pack(told), compression.packer(work.db))
    return write(work, folder, _arrivals(folder, told, parcels))


def fresh(work: Work, folder: Folder, got: Iterable[Fetched], section: str) -> list[Fetched]:
    """Those of the answers with that section that are not here yet, the oldest first; of the others the flags are taken."""
    mails: dict[int, Fetched] = {}
    for one in got:
        if not one.uid:
            continue
        first = mails.setdefault(one.uid, one)
        if first is not one:
            _merge(first, one)
    told = [one for one in mails.values() if section in one.body and one.size is not None]
    # Ids rise with the received time; ascending batches keep the indexes compact and the inserts fast.
    told.sort(key=lambda one: (one.internal or 0, one.uid))
    known = _known(work, folder, [one.uid for one in told])
    # Own copies and moves got their UIDs from COPYUID; their flags may have changed since.
    flag_changes.apply(work, folder, [one for one in told if one.uid in known])
    return [one for one in told if one.uid not in known]


def place_of(folder: Folder, one: Fetched) -> Place:
    """Where a mail stands, by the answer."""
    flags, keywords = one.flags or (Flag(0), frozenset())
    return Place(folder.id, one.uid, flags, keywords)


def _known(work: Work, folder: Folder, uids: Sequence[int]) -> set[int]:
    sql = "SELECT p.uid FROM json_each(?) j CROSS JOIN placement p ON p.folder = ? AND p.uid = j.value"
    rows = work.db.read(sql, (json_numbers(uids), folder.id))
    return {row[0] for row in rows}


def write(work: Work, folder: Folder, arrivals: Sequence[Arrival]) -> int:
    """Store what has come, in short turns; how many mails that were.

    Since it was looked at (`fresh`) some of it may have been placed: by an answer before, or by an operation.
    """
    known = _known(work, folder, [one.place.uid for one in arrivals if one.place is not None and one.place.uid])
    new = []
    for one in arrivals:
        if one.place is not None and one.place.uid not in known:
            new.append(one)
            known.add(one.place.uid or 0)
    marked = left_marks.of(work, folder)
    work.header_turns.write(
        new, lambda some: _write(work, folder, some, marked), lambda one, other: beside(one.parcel, other.parcel)
    )
    return len(new)


def _write(work: Work, folder: Folder, arrivals: Sequence[Arrival], marked: frozenset[int]) -> None:
    arrive(work.db, work.account, arrivals)
    for place in [one.place for one in arrivals if one.place is not None and one.place.uid in marked]:
        if place.flags & Flag.DELETED:
            work.db.run("UPDATE placement SET hidden = 1 WHERE folder = ? AND uid = ?", (folder.id, place.uid))


def _merge(into: Fetched, other: Fetched) -> None:
    """Servers may tell about one mail in several answers."""
    into.flags = other.flags or into.flags
    into.size = into.size if other.size is None else other.size
    into.internal = into.internal if other.internal is None else other.internal
    into.body.update(other.body)
