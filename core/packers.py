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
from core.parcel import Packer, Parcel, pack_mails, pack_unread
from core.side_process import Late, SideProcess
from core.store import compression
from core.store.database import Database

log = logging.getLogger(__name__)

SECONDS = 20.0
"""For a batch of a megabyte or so; packed at leisure it takes a twentieth of a second."""
ALONE = 5.0
"""For a mail of a batch that was late."""
IDLE = 5.0
"""Seconds without work after which the process ends."""
LARGEST = 2 * 1024 * 1024
"""Mails of more bytes are packed here: to send them to and fro takes longer."""
MANY = 300
"""Mails for which a process beside is worth its start."""
AHEAD = 2
"""Batches that are being packed while an earlier one is written."""
_MOST_ANSWER = 256 * 1024 * 1024

Mail = tuple[bytes, int | None]
"""As `core.parcel.pack_mails` takes it."""


@dataclass(slots=True)
class Batch:
    """Mails that are being packed."""

    mails: Sequence[Mail]
    packer: Packer
    _done: threading.Event = field(default_factory=threading.Event)
    _parcels: list[Parcel | None] | None = None
    """None for a mail that stalls or ends who reads it; None at all where there is no process to be had."""

    def take(self) -> list[Parcel]:
        """The parcels, once they are there. By the thread whose `packer` it is."""
        self._done.wait()
        if self._parcels is None:
            return pack_mails(self.mails, self.packer)
        found = []
        for (raw, told), parcel in zip(self.mails, self._parcels, strict=True):
            found.append(parcel if parcel is not None else pack_unread(raw, self.packer, told))
        return found

    @property
    def ready(self) -> bool:
        """Whether `take` need not wait."""
        return self._done.is_set()

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
        self._sent: tuple[int, int] | None = None
        """Process and dictionary of the order before."""

    def give(self, mails: Sequence[Mail], packer: Packer) -> Batch:
        """Have mails packed; do not give many batches before taking the first: they are in memory meanwhile."""
        batch = Batch(mails, packer)
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

    def close(self) -> None:
        """End the process."""
        self.side.kill()

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
            finally:
                with self._guard:
                    self._count -= 1
                batch.finish(parcels)

    def _packed(self, batch: Batch) -> list[Parcel | None] | None:
        try:
            self.side.ready()
        except Late:
            self.side.kill()
            log.warning("there is no process to pack mails in")
            return None
        try:
            return list(self._ask(batch.mails, batch.packer, self._seconds))
        except Late:
            self.side.kill()
        return [self._guarded(mail, batch.packer) for mail in batch.mails]

    def _guarded(self, mail: Mail, packer: Packer) -> Parcel | None:
        try:
            return self._ask([mail], packer, self._alone)[0]
        except Late as late:
            self.side.kill()
            log.warning("a mail of %s bytes cannot be read: %s", len(mail[0]), "too slow" if late.slow else "the process ended")
            return None

    def _ask(self, mails: Sequence[Mail], packer: Packer, seconds: float) -> list[Parcel]:
        told = self.side.ready().pid, packer.dictionary
        made = None if told == self._sent else packer.made
        order = Order(packer.dictionary, made, packer.level, packer.largest, list(mails))
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


class Packing:
    """Batches on their way into a store: packed beside where there are many, written in the order in which they come."""

    def __init__(self, db: Database, total: int) -> None:
        """`total`: how many mails there will be, about."""
        self._db = db
        self._beside = packers() if total >= MANY else None
        self._waiting: deque[tuple[Batch, Callable[[list[Parcel]], object]]] = deque()

    def give(self, mails: Sequence[Mail], write: Callable[[list[Parcel]], object]) -> None:
        """Have mails packed; `write` is called with them now or later, by this thread."""
        packer = compression.packer(self._db)
        if self._beside is None:
            write(pack_mails(mails, packer))
            return
        self._waiting.append((self._beside.give(mails, packer), write))
        while len(self._waiting) > AHEAD or (self._waiting and self._waiting[0][0].ready):
            self._write()

    def flush(self) -> None:
        """Have everything written."""
        while self._waiting:
            self._write()

    def _write(self) -> None:
        batch, write = self._waiting.popleft()
        write(batch.take())
