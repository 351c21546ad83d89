"""Packing many mails in a process beside the one that writes, so that two processors share the work.

A mail that stalls that process or ends it is found out, and packed without being looked into: its header is read, its
bytes are kept, its text is not searched.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import msgspec

from core.packing_worker import Delivery, Order
from core.parcel import Packer, Parcel, pack_header, pack_headers, pack_mails, pack_unread
from core.side_process import Late, SideProcess
from core.store import compression
from core.store.database import Database

log = logging.getLogger(__name__)

SECONDS = 10.0
"""For a batch of a megabyte or so; packed at leisure it takes a twentieth of a second."""
ALONE = 3.0
"""For a mail of a batch that was late."""
IDLE = 5.0
"""Seconds without work after which the process ends."""
LARGEST = 2 * 1024 * 1024
"""Mails of more bytes are packed here: to send them to and fro takes longer."""
MANY = 300
"""Mails for which a process beside is worth its start."""
FEW = 50
"""Mails that are worth asking it when it is there anyway."""
AHEAD = 2
"""Batches that are being packed while an earlier one is written, at least …"""
AHEAD_BYTES = 3 * 1024 * 1024
"""… and so many bytes of mail: a turn of writing takes as long, and nobody is to wait for the other."""
_MOST_ANSWER = 256 * 1024 * 1024

Mail = tuple[bytes, int | None]
"""As `core.parcel.pack_mails` takes it, or `pack_headers`."""


@dataclass(slots=True)
class Batch:
    """Mails that are being packed."""

    mails: Sequence[Mail]
    packer: Packer
    headers: bool = False
    """Not mails, but their header blocks."""
    _done: threading.Event = field(default_factory=threading.Event)
    _parcels: list[Parcel | None] | None = None
    """None for a mail that stalls or ends who reads it; None at all where there is no process to be had."""

    def take(self) -> list[Parcel]:
        """The parcels, once they are there. By the thread whose `packer` it is."""
        self._done.wait()
        if self._parcels is None:
            return (pack_headers if self.headers else pack_mails)(self.mails, self.packer)
        found = []
        for (raw, told), parcel in zip(self.mails, self._parcels, strict=True):
            # A header alone is no danger: it is bounded, and read by expressions that take their time in proportion.
            if parcel is None:
                one = self.packer
                parcel = pack_header(raw, told or 0, one) if self.headers else pack_unread(raw, one, told)
            found.append(parcel)
        return found

    @property
    def ready(self) -> bool:
        """Whether `take` need not wait."""
        return self._done.is_set()

    @property
    def weight(self) -> int:
        """Bytes of mail in it."""
        return sum([len(raw) for raw, _ in self.mails])

    def finish(self, parcels: list[Parcel | None] | None) -> None:
        """They are packed."""
        self._parcels = parcels
        self._done.set()


class Packers:
    """Packs batches one after the other in a process that it starts, and ends when there is nothing to do."""

    def __init__(self, idle: float = IDLE, seconds: float = SECONDS, alone: float = ALONE) -> None:
        self.side = SideProcess("core.packing_worker", _MOST_ANSWER)
        self._idle = idle
        self._seconds = seconds
        self._alone = alone
        self._waiting: queue.SimpleQueue[Batch] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._count = 0
        self._closed = False
        self._sent: tuple[int, int, bytes] | None = None
        """Process and dictionary of the order before; another store may have another one under the same number."""

    def give(self, mails: Sequence[Mail], packer: Packer, *, headers: bool = False) -> Batch:
        """Have mails packed; do not give many batches before taking the first: they are in memory meanwhile."""
        batch = Batch(mails, packer, headers)
        if any(len(raw) > LARGEST for raw, _ in mails):
            batch.finish(None)
            return batch
        with self._guard:
            self._count += 1
            self._waiting.put(batch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="packers", daemon=True)
                self._thread.start()
        return batch

    @property
    def running(self) -> bool:
        """Whether the process is there: then it may as well pack a few mails."""
        return self._thread is not None

    def close(self) -> None:
        """End the process; what is still given is packed here. From any thread."""
        self._closed = True
        process = self.side.process
        if process is not None:
            process.kill()  # the thread that asks it sees to the rest
            process.wait()

    def _run(self) -> None:
        while True:
            try:
                batch = self._waiting.get(timeout=self._idle)
            except queue.Empty:
                with self._guard:
                    if self._count:
                        continue
                    self.side.kill()
                    self._thread = None
                    return
            parcels: list[Parcel | None] | None = None
            try:
                parcels = self._packed(batch)
            except Exception:
                # The edge of the thread: somebody waits for the batch, and packs it then.
                log.exception("a mistake in Correio while mails were packed")
            with self._guard:
                self._count -= 1
            batch.finish(parcels)

    def _packed(self, batch: Batch) -> list[Parcel | None] | None:
        if self._closed:
            return None
        try:
            self.side.ready()
        except Late:
            self.side.kill()
            log.warning("there is no process to pack mails in")
            return None
        try:
            return list(self._ask(batch, batch.mails, self._seconds))
        except Late:
            self.side.kill()
        found = []
        for mail in batch.mails:
            if self._closed:
                return None
            found.append(self._guarded(batch, mail))
        return found

    def _guarded(self, batch: Batch, mail: Mail) -> Parcel | None:
        try:
            return self._ask(batch, [mail], self._alone)[0]
        except Late as late:
            self.side.kill()
            log.warning("a mail of %s bytes cannot be read: %s", len(mail[0]), "too slow" if late.slow else "the process ended")
            return None

    def _ask(self, batch: Batch, mails: Sequence[Mail], seconds: float) -> list[Parcel]:
        packer = batch.packer
        told = self.side.ready().pid, packer.dictionary, packer.made
        made = None if told == self._sent else packer.made
        order = Order(packer.dictionary, made, packer.level, packer.largest, list(mails), batch.headers)
        try:
            answer = msgspec.msgpack.decode(self.side.ask(msgspec.msgpack.encode(order), seconds), type=Delivery)
        except msgspec.DecodeError as error:
            raise Late(slow=False) from error
        self._sent = told
        return answer.taken()


@cache
def packers() -> Packers | None:
    """Those of this process; None on a machine with one processor, where they would only take turns."""
    if len(os.sched_getaffinity(0)) < 2 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) < 2:
        return None
    found = Packers()
    atexit.register(found.close)
    return found


def prepare(db: Database, total: int) -> None:
    """So many mails may be about to come: where those are many, the process starts while they are asked for."""
    beside = packers()
    if beside is not None and total >= MANY and not beside.running:
        beside.give((), compression.packer(db))


class Packing:
    """Batches on their way into a store: packed beside where there are many, written in the order in which they come."""

    def __init__(self, db: Database, total: int, *, headers: bool = False) -> None:
        """`total`: how many mails there will be, about. `headers`: not mails, but their header blocks."""
        self._db = db
        self._headers = headers
        beside = packers()
        self._beside = beside if beside is not None and (total >= MANY or (total >= FEW and beside.running)) else None
        self._waiting: deque[tuple[Batch, Callable[[list[Parcel]], object]]] = deque()
        self._ahead = 0

    def give(self, mails: Sequence[Mail], write: Callable[[list[Parcel]], object]) -> None:
        """Have mails packed; `write` is called with them now or later, by this thread."""
        packer = compression.packer(self._db)
        if self._beside is None:
            write((pack_headers if self._headers else pack_mails)(mails, packer))
            return
        batch = self._beside.give(mails, packer, headers=self._headers)
        self._waiting.append((batch, write))
        self._ahead += batch.weight
        while self._waiting and (self._waiting[0][0].ready or self._enough):
            self._write()

    @property
    def _enough(self) -> bool:
        return len(self._waiting) > AHEAD and self._ahead > AHEAD_BYTES

    def flush(self) -> None:
        """Have everything written."""
        while self._waiting:
            self._write()

    def _write(self) -> None:
        batch, write = self._waiting.popleft()
        self._ahead -= batch.weight
        write(batch.take())
