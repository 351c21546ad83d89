"""An account's worker over lines that are cut, reset, delayed, dripping or swallow everything: in the end all is there."""

from __future__ import annotations

import contextlib
import os
import queue
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.engine.worker import Job, Worker
from accounts.imap import folder_state
from accounts.imap.account import ImapAccount
from accounts.incoming import SyncResult
from core.errors import CorreioError
from core.store import folders, journal
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.accounts.imap.two_clients import FLAGS, FOLDERS, OtherProgram, user
from tests.accounts.mail_place import Place, check_counts, differences, letter, open_store
from tests.servers.dovecot import Dovecot
from tests.servers.weather import Weather

PATIENCE = 100
TURNS = 25


class Pauses:
    """The event that ends a worker's pauses: notes how long they would have been, and lets none of them last."""

    def __init__(self) -> None:
        self.lengths: list[float] = []
        self.moved = False
        self._event = threading.Event()

    def begin(self) -> None:
        return

    def wait(self, seconds: float | None = None) -> bool:
        self.lengths.append(seconds or 0.0)
        return self._event.wait(0.01)

    def set(self) -> None:
        self._event.set()

    def clear(self) -> None:
        self._event.clear()

    def is_set(self) -> bool:
        return self._event.is_set()


class LateClock:
    """The time of day, and what the test adds to it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture(params=range(1, 1 + int(os.environ.get("CORREIO_WEATHER_SEEDS", "3"))))
def bad(request: pytest.FixtureRequest, dovecot: Dovecot) -> Iterator[tuple[Place, Weather, random.Random]]:
    """A mailbox on Dovecot, and the bad way to it."""
    place = place_on(dovecot)
    with Weather(dovecot.host, dovecot.ports.imap, request.param, reach=60_000) as sky:
        place.reached_at(sky.host, sky.port)
        yield place, sky, random.Random(request.param)


def test_it_comes_through(bad: tuple[Place, Weather, random.Random], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, sky, rng = bad
    with place.client() as client:
        for path in FOLDERS:
            if not client.folder_exists(path):
                client.create_folder(path)
            for _ in range(8):
                client.append(path, letter(body="z" * rng.randint(0, 20_000) + "\r\n"), rng.sample(FLAGS, 2))
    db = open_store(tmp_path)
    row = place.incoming(db).row
    states: queue.SimpleQueue[str] = queue.SimpleQueue()

    @contextlib.contextmanager
    def open_here() -> Iterator[Database]:
        own = open_store(tmp_path)
        try:
            yield own
        finally:
            own.close()

    clock = LateClock()

    def incoming_for(own: Database) -> ImapAccount:
        return place.incoming(own, patience=1.0, clock=clock)

    def told(state: str, error: CorreioError | None) -> None:
        states.put(error.id if error else state)

    worker = Worker(row, open_here, incoming_for, passed=lambda own: None, tell_state=told)
    pauses = Pauses()
    monkeypatch.setattr(worker, "_again", pauses)
    worker.start()
    other = OtherProgram(place, rng)
    heard = set()
    for _ in range(TURNS):
        heard.add(said := states.get(timeout=PATIENCE))
        other.act()
        if {folder.path for folder in folders.all_folders(db, row)} >= set(FOLDERS):
            user(db, rng)
            worker.wake()
        if said == "":
            sky.cut()  # all was well: another line, another fault
    other.close()
    sky.clear_up()
    _finish(worker, db, clock)
    worker.stop()
    worker.join(PATIENCE)
    assert "internal-mistake" not in heard and heard - {""}, heard
    assert all(0.5 <= length <= 60 for length in pauses.lengths)
    for path in FOLDERS:
        assert differences(db, path, place.mails(path)) == ""
    check_counts(db)
    db.close()


def _finish(worker: Worker, db: Database, clock: LateClock) -> None:
    """Passes over the good line until nothing waits and nothing is doubted: a folder that the other program has emptied
    is believed on the second look only. No comparison of all flags comes due meanwhile."""
    for _ in range(50):
        clock.ahead += 2 * folder_state.PATIENCE
        answers: queue.SimpleQueue[tuple[SyncResult | None, CorreioError | None]] = queue.SimpleQueue()
        worker.ask(Job("sync", lambda result, error, to=answers: to.put((result, error))))  # type: ignore[misc]
        result, error = answers.get(timeout=PATIENCE)
        quiet = result is not None and not (result.new or result.changed or result.removed)
        doubts = db.value("SELECT count(*) FROM folder WHERE doubtful > 0")
        if quiet and error is None and not doubts and not journal.waiting(db):
            return
        db.run("UPDATE operation SET not_before = 0")
    raise AssertionError("it never came to rest")
