"""Bodies of a folder by the account's policy (`headers`, `days:N`, `all`), newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from accounts.imap import bodies, folder_state, stuck
from accounts.imap.work import Work
from core import idset
from core.errors import NetworkError, NotFound, ProtocolError
from core.keeping import kept_since
from core.packers import Packing
from core.parcel import Parcel
from core.store import journal
from core.store.database import Database
from core.store.folders import Folder
from core.store.turns import Gathered

PAGE = 1000
BATCH_BYTES = 512 * 1024
BATCH_MAILS = 100

Wanted = tuple[int, int, int]
"""UID, message row id, size."""


def fetch_bodies(work: Work, folder: Folder, keep: str) -> int:
    """Bring the bodies that the policy wants and the store has not; how many mails.

    The note `bodies` says that nothing has arrived since this was last done to its end: then there is nothing to do.
    """
    since = kept_since(keep, work.clock())
    if since is None or folder_state.noted(work.db, folder.id, "bodies") == keep:
        return 0
    below = 2 if keep == "all" else 1
    total = int(work.db.value(_COUNT, (folder.id, below, since)))
    done = 0
    doubtful: set[int] = set()
    begun = f"since {work.clock()}"
    folder_state.note(work.db, folder.id, "bodies", begun)
    for page in _pages(work, (folder.id, below, since)):
        done += _bring(work, folder, [one for one in page if one[2] <= bodies.LARGE], done, total, doubtful)
        without = frozenset(stuck.left_out(work.db, folder.id, work.clock()))
        for one in page:
            if one[2] > bodies.LARGE and one[0] not in without:
                done += _large(work, folder, one, whole=keep == "all")
                work.breathe()
    # One header was told for several mails, which are not one: every one of them is looked at.
    for message in doubtful:
        done += _bring(work, folder, work.db.read(_EACH, (folder.id, message)), done, total, doubtful=None)
    if not journal.pending(work.db, work.account, 1) and not stuck.left_out(work.db, folder.id, work.clock()):
        # What a pending operation hides was not looked at, and may be shown again.
        # Nor what has arrived meanwhile over another connection: that has taken the note back.
        with work.db.write():
            if folder_state.noted(work.db, folder.id, "bodies") == begun:
                folder_state.note(work.db, folder.id, "bodies", keep)
    return done


def waiting_bytes(db: Database, folder: Folder, keep: str, now: float) -> int:
    """How much `fetch_bodies` would bring."""
    since = kept_since(keep, now)
    if since is None or folder_state.noted(db, folder.id, "bodies") == keep:
        return 0
    return int(db.value("SELECT coalesce(sum(m.size), 0)" + _WANTED, (folder.id, 2 if keep == "all" else 1, since)))


_WANTED = (
    " FROM placement p JOIN message m ON m.id = p.message"
    " WHERE p.folder = ? AND p.hidden = 0 AND p.uid IS NOT NULL AND m.body < ? AND p.received >= ?"
)
_COUNT = "SELECT count(*)" + _WANTED
_EACH = (
    "SELECT p.uid, m.id, m.size FROM placement p JOIN message m ON m.id = p.message"
    " WHERE p.folder = ? AND p.message = ? AND p.hidden = 0 AND p.uid IS NOT NULL AND m.body < 2"
)


def _pages(work: Work, where: tuple[int, int, int]) -> Iterator[list[Wanted]]:
    """By (received, message), newest first: what could not be fetched is not asked for again."""
    received, message = 1 << 60, 1 << 62
    while True:
        rows = work.db.read(
            "SELECT p.uid, m.id, m.size, p.received" + _WANTED + " AND (p.received, p.message) < (?, ?)"
            " ORDER BY p.received DESC, p.message DESC LIMIT ?",
            (*where, received, message, PAGE),
        )
        if not rows:
            return
        yield [row[:3] for row in rows]
        received, message = rows[-1][3], rows[-1][1]


def _bring(work: Work, folder: Folder, wanted: Sequence[Wanted], done: int, total: int, doubtful: set[int] | None) -> int:
    """Fetch mails whole; `doubtful` takes the messages whose bytes turned out to be of another mail. With None each
    UID is fetched, though several have one message."""
    brought = 0
    messages = {uid: (message, size) for uid, message, size in wanted}
    sets = [
        (part, sum(size for _, _, size in batch) + 200 * len(batch))
        for batch in _batches(wanted, once=doubtful is not None)
        for part in idset.sequence_sets(uid for uid, _, _ in batch)
    ]
    packing = Packing(work.db, len(wanted))

    def write(some: Sequence[tuple[bodies.Fetched, Parcel]]) -> None:
        nonlocal brought
        found = bodies.arrive_packed(work, folder.id, some)
        if doubtful is not None:
            doubtful.update(message for (uid, message, _, _), _ in some if found[uid] != message)
        brought += len(some)
        work.tell("bodies", done + brought, total, folder.id)

    gathered = Gathered(work.body_turns, write, lambda one: len(one[0][3]))

    def take(mails: list[bodies.Fetched], parcels: list[Parcel]) -> None:
        gathered.add(list(zip(mails, parcels, strict=True)))

    try:
        for got in work.stream(folder, sets, "(UID BODY.PEEK[])"):
            mails = [(one.uid, *messages[one.uid], one.body[""]) for one in got if one.uid in messages and "" in one.body]
            # Ascending message ids: half the work for the index.
            mails.sort(key=lambda one: one[1])
            packing.give(bodies.to_pack(mails), partial(take, mails))
    finally:
        packing.flush()  # what has come need not come again, whatever happens then
        gathered.flush()
    return brought


def _batches(wanted: Sequence[Wanted], *, once: bool) -> Iterator[list[Wanted]]:
    """Runs of about a megabyte; `once`: a message of several UIDs only one time."""
    batch: list[Wanted] = []
    size = 0
    seen: set[int] = set()
    for one in wanted:
        if once and one[1] in seen:
            continue
        seen.add(one[1])
        if batch and (size + one[2] > BATCH_BYTES or len(batch) >= BATCH_MAILS):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one[2]
    if batch:
        yield batch


def _large(work: Work, folder: Folder, wanted: Wanted, *, whole: bool) -> int:
    uid, message, _ = wanted
    try:
        if whole:
            bodies.fetch_raw(work, message, patient=True)
        else:
            bodies.fetch_texts(work, message)
    except (NetworkError, ProtocolError) as error:
        if work.session.stuck == uid:
            stuck.note(work.db, work.account, folder.id, uid, error, work.clock())
        raise
    except NotFound:
        return 0  # deleted meanwhile: the next pass over the folder drops it
    return 1
