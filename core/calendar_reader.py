"""Calendar files read in a process of its own that is killed when it is late: no invitation can stop the screen."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec

from core.calendar_worker import Keep, Name, Next, Question, Read, Reply, Taken, TakenBy
from core.errors import CorreioError
from core.invitation import MOST_BYTES, Answer, Calendar, Stretch
from core.side_process import Late, SideProcess

MOST_KEPT = 16
PATIENCE = 1.0
"""Seconds for a file of a stranger."""
WRITING_PATIENCE = 10.0
"""Seconds for what somebody asked to have written."""
FOLDER_PATIENCE = 5.0
"""Seconds for looking through a calendar folder; it stops by itself before that."""
_MOST_ANSWER = 16 * 1024 * 1024


class CalendarReader:
    """Asks the worker, one question at a time; safe to use from several threads. `close` ends the process."""

    def __init__(self, patience: float = 0) -> None:
        self._patience = patience or PATIENCE
        self._side = SideProcess("core.calendar_worker", _MOST_ANSWER)
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, Calendar] = OrderedDict()

    def close(self) -> None:
        """End the process; a later question starts a new one."""
        with self._lock:
            self._side.kill()

    def read(self, data: bytes) -> Calendar:
        """What a file tells. Never raises: what cannot be read in time is said in the notices."""
        key = hashlib.sha256(data).digest()
        known = self._known.get(key)
        if known is None:
            known = self._read(data[: MOST_BYTES + 1])
            self._known[key] = known
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return known

    def _read(self, data: bytes) -> Calendar:
        notice = "calendar-failed"
        for zones in (True, False):  # time zones of its own are what can take for ever
            try:
                found = self._ask(Read(data, zones), Calendar | None)
            except Late as late:
                notice = "calendar-slow" if late.slow else "calendar-failed"
                continue
            return found or Calendar(notices=("calendar-broken",))
        return Calendar(notices=(notice,))

    def next_times(self, data: bytes, after: int, most: int) -> list[Stretch] | None:
        """When the events of a file happen, from `after` (seconds since 1970) on; None where that takes too long."""
        try:
            found: list[Stretch] | None = self._ask(Next(data, after, most, self._zones(data)), list[Stretch] | None)
        except Late:
            return None
        return found

    def taken(self, folder: str, spans: Sequence[tuple[int, int]], besides: str) -> tuple[list[Stretch], bool]:
        """What takes time in a calendar folder then, and whether all of it could be looked at."""
        seconds = max(FOLDER_PATIENCE, self._patience)
        return self._taken(Taken(folder, list(spans), besides, seconds - 2), seconds)

    def taken_by(self, entries: Sequence[bytes], spans: Sequence[tuple[int, int]], besides: str) -> tuple[list[Stretch], bool]:
        """The same of the entries of a calendar elsewhere, each a file."""
        seconds = max(FOLDER_PATIENCE, self._patience)
        return self._taken(TakenBy(list(entries), list(spans), besides, seconds - 2), seconds)

    def _taken(self, question: Taken | TakenBy, seconds: float) -> tuple[list[Stretch], bool]:
        try:
            return self._ask(question, tuple[list[Stretch], bool] | None, seconds) or ([], False)
        except Late:
            return [], False

    def reply(self, data: bytes, uid: str, answer: Answer) -> bytes:
        """The answer to an invitation (METHOD:REPLY). CorreioError `calendar-unreadable`."""
        return self._bytes(Reply(data, uid or self.name(data), answer, self._zones(data)))

    def keep(self, data: bytes, uid: str, before: bytes = b"", answer: Answer | None = None) -> bytes:
        """An entry as a calendar keeps it; see `core.calendar_writing.stored`. CorreioError `calendar-unreadable`."""
        return self._bytes(Keep(data, uid, before, answer, self._zones(data)))

    def name(self, data: bytes) -> str:
        """A UID for an entry that has none."""
        found: str = self._ask(Name(data), str)
        return found

    def _bytes(self, question: Question) -> bytes:
        try:
            found: bytes | None = self._ask(question, bytes | None, max(WRITING_PATIENCE, self._patience))
        except Late as late:
            raise CorreioError("calendar-unreadable") from late
        if not found:
            raise CorreioError("calendar-unreadable")
        return found

    def _zones(self, data: bytes) -> bool:
        return "calendar-zones" not in self.read(data).notices

    def _ask(self, question: Question, kind: Any, seconds: float = 0) -> Any:
        with self._lock:
            try:
                said = self._side.ask(msgspec.msgpack.encode(question), seconds or self._patience)
                return msgspec.msgpack.decode(said, type=kind)
            except Late:
                self._side.kill()
                raise
            except msgspec.DecodeError as error:
                self._side.kill()
                raise Late(slow=False) from error
