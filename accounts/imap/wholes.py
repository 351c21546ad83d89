"""Mails that come whole at once, headers and bodies together, newest first: where all of them are kept anyway and the line
is quick enough, half of the work is spared.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial

from accounts.imap import headers, remote_ids
from accounts.imap.fetched import Fetched
from accounts.imap.work import Batch, Work
from core import idset
from core.header import header_block
from core.idset import Runs
from core.packers import Packing
from core.parcel import Parcel, pack_header
from core.store import compression
from core.store.folders import Folder
from core.store.turns import Gathered

MOST = 128 * 1024
"""Bytes of a mail that are asked for; what is longer comes as its header first."""
ITEMS = f"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{MOST}>)"
BATCH = 40
EXPECTED = 32 * 1024
"""Bytes of a mail on average, at most; a command's answer may have four times that and more."""
_TRUSTED = 200
"""Mails after which it is judged whether the server tells sizes that are right."""


class _Pace:
    """Whether to go on like this: until when all would be here, and whether whole mails are known as such."""

    def __init__(self, work: Work, uids: Runs) -> None:
        self._uids = uids
        self._left = len(uids)
        self.came = self.whole = 0
        self._work = work
        self._begun = time.monotonic()

    def sets(self) -> Iterator[Batch]:
        """What to ask for next, as long as it pays."""
        while self._left and self._pays():
            some = self._uids[max(self._left - BATCH, 0) : self._left]
            self._left -= len(some)
            for part in idset.sequence_sets(some):
                yield part, len(some) * EXPECTED

    @property
    def left(self) -> Runs:
        """What has not been asked for."""
        return self._uids[: self._left]

    def _pays(self) -> bool:
        if self.came >= _TRUSTED and self.whole * 2 < self.came:
            return False  # RFC822.SIZE is an estimate on some servers: nearly all of it would come twice
        now = time.monotonic()
        return not self.came or now + self._left * (now - self._begun) / self.came < self._work.whole_until


def bring(work: Work, folder: Folder, uids: Runs, *, done: int, told: set[int] | None = None) -> tuple[int, Runs]:
    """Fetch these UIDs whole, the highest first; (how many were new here, UIDs that are left to be fetched otherwise).

    `done`, `told`: as `headers.bring`.

    A list of headers is of use at once, so they come first by themselves where this would take beyond `whole_until`.
    """
    pace = _Pace(work, uids)
    packing = Packing(work.db, len(uids))
    items = remote_ids.asked_too(work.session, ITEMS)
    new = 0

    def write(some: Sequence[headers.Come]) -> None:
        nonlocal new
        new += headers.write_come(work, folder, some)
        work.tell("headers", done + new, done + len(uids), folder.id)

    gathered = Gathered(work.header_turns, write, headers.weight)

    def take(mails: list[Fetched], fresh: list[Fetched], whole: list[Fetched], parcels: list[Parcel]) -> None:
        packed = dict(zip([one.uid for one in whole], parcels, strict=True))
        packer = compression.packer(work.db)
        for one in fresh:
            if one.uid not in packed:
                packed[one.uid] = pack_header(header_block(one.body[""]), one.size or 0, packer)
        gathered.add(headers.come(folder, mails, packed))

    try:
        with headers.noting_floods(work, folder):  # some give a mail whole where its beginning was asked for
            for got in work.stream(folder, pace.sets(), items):
                mails = [one for one in got if one.uid in uids]
                if told is not None:
                    told.update(one.uid for one in mails)
                fresh = headers.fresh(work, folder, mails, "")
                whole = [one for one in fresh if len(one.body[""]) == one.size and one.size < MOST]
                pace.came += len(fresh)
                pace.whole += len(whole) + len([one for one in fresh if len(one.body[""]) >= MOST])
                packing.give([(one.body[""], one.size) for one in whole], partial(take, mails, fresh, whole))
    finally:
        packing.flush()  # what has come need not come again, whatever happens then
        gathered.flush()
    return new, pace.left
