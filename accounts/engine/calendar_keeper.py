"""The calendar on its server: what waits for it is put there, and what it holds at some time is looked up."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from core.errors import CorreioError, NotFound
from core.store import calendar_waiting, schedule
from core.store.database import Database
from core.store.schedule import Entry

if TYPE_CHECKING:  # loaded when there is something to do
    from accounts.caldav import CalendarServer

log = logging.getLogger(__name__)
KNOWN_FOR = 600.0
"""Seconds for which an answer about a time is believed."""
MOST_KNOWN = 50
MOST_SPANS = 20
Done = Callable[[str | None, CorreioError | None], None]


class CalendarKeeper:
    """One thing at a time, each in a thread of its own. `look`: the schedule has changed."""

    def __init__(
        self, open_store: Callable[[], AbstractContextManager[Database]], calendar: Callable[[], CalendarServer],
        look: Callable[[], None],
    ) -> None:  # fmt: skip
        self._open_store = open_store
        self._calendar = calendar
        self._look = look
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._at_work: dict[int, list[Done]] = {}
        """Entry → who waits for what becomes of it."""
        self._known: OrderedDict[Any, tuple[float, dict[str, Any]]] = OrderedDict()

    def carry_out(self, db: Database, entries: Iterable[Entry]) -> None:
        """These are due. Each waits for those before it, and is put off meanwhile: it is not to be found due all the time."""
        due = list(entries)
        if due:
            calendar_waiting.hold(db, due)
        for entry in due:
            self.attempt(entry.id)

    def hurry(self, db: Database) -> None:
        """Try now what waits: the line may be back, or a password is known."""
        schedule.hurry(db, calendar_waiting.KIND, int(time.time()))
        self._look()

    def attempt(self, id: int, done: Done = lambda place, error: None) -> None:
        """Put one entry of the schedule there; `done` with its address, '' where it is there already, or why it waits, from
        another thread."""
        with self._guard:
            waiting = self._at_work.setdefault(id, [])
            waiting.append(done)
            if len(waiting) > 1:
                return
        threading.Thread(target=self._work, args=(id,), name="keep-event", daemon=True).start()

    def _work(self, id: int) -> None:
        place: str | None = ""
        failure: CorreioError | None = None
        try:
            with self._turn, self._open_store() as db:
                entry = calendar_waiting.take(db, id)
                if entry is not None:
                    place, failure = self._try(db, entry)
        except CorreioError as error:  # the store: the schedule has it still
            failure = error
        except Exception as error:
            # The edge of the thread: who waits is answered, and the next try is a new one.
            log.exception("entry %s: a mistake in Correio while it was put into the calendar", id)
            failure = CorreioError("internal-mistake", answer=type(error).__name__)
        with self._guard:
            waiting = self._at_work.pop(id)
        self._look()
        for done in waiting:
            done(place, failure)

    def _try(self, db: Database, entry: Entry) -> tuple[str | None, CorreioError | None]:
        try:
            place = self._keep(entry)
        except CorreioError as error:
            log.info("an entry for the calendar is not there yet: %s", error.id)
            calendar_waiting.failed(db, entry, error)
            return None, error
        self._known.clear()
        calendar_waiting.done(db, entry)
        return place, None

    def _keep(self, entry: Entry) -> str:
        from core.calendar_keeping import asked
        from core.calendar_reader import CalendarReader

        data, uid, answer = asked(entry.args["words"])
        server = self._calendar()
        reader = CalendarReader()
        try:
            name = uid or reader.name(data)
            return server.keep(name, lambda before: reader.keep(data, name, before, answer))
        finally:
            reader.close()

    def busy(self, uid: str, spans: Sequence[tuple[int, int]], done: Callable[[Any, CorreioError | None], None]) -> None:
        """What the calendar holds during `spans` (seconds since 1970) besides the entry `uid`, and that entry itself."""
        threading.Thread(target=self._look_up, args=(uid, tuple(spans)[:MOST_SPANS], done), name="busy", daemon=True).start()

    def _look_up(self, uid: str, spans: tuple[tuple[int, int], ...], done: Callable[[Any, CorreioError | None], None]) -> None:
        key = (uid, spans)
        try:
            server = self._calendar()
            with self._turn:
                known = self._known.get(key)
                if known is None or time.monotonic() - known[0] > KNOWN_FOR:
                    known = (time.monotonic(), _found(server, uid, spans))
                    self._known[key] = known
                    while len(self._known) > MOST_KNOWN:
                        self._known.popitem(last=False)
        except CorreioError as error:
            done(None, error)
        except Exception as error:
            # The edge of the thread: who waits is answered.
            log.exception("a mistake in Correio while the calendar was looked at")
            done(None, CorreioError("internal-mistake", answer=type(error).__name__))
        else:
            done(known[1], None)


def no_calendar() -> CalendarServer:
    """For an engine that was given none."""
    raise NotFound("no-calendar", what="calendar", name="")


def _found(server: CalendarServer, uid: str, spans: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    import msgspec

    from core.calendar_reader import CalendarReader

    before = server.find(uid) if uid else None
    entries, whole = server.between(min(start for start, _ in spans), max(end for _, end in spans)) if spans else ([], True)
    reader = CalendarReader()
    try:
        taken, all_read = reader.taken_by(entries, spans, uid) if entries else ([], True)
    finally:
        reader.close()
    kept = before.data.decode("utf-8", "replace") if before is not None else ""
    return {"taken": msgspec.to_builtins(taken), "whole": whole and all_read, "before": kept}
