"""What falls due, is asked for or is set is not forgotten because something went wrong beside it."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import replace

import pytest
from msgspec import structs

from accounts.caldav import CalendarServer
from accounts.engine import engine as engine_module
from accounts.engine.worker import Job, Worker
from core.errors import AuthenticationError, CorreioError, NetworkError, StoreError
from core.settings import Settings
from core.settings.schema import Sync
from core.sharing import Sharer
from core.store import accounts, calendar_waiting, schedule, shared_files
from core.store.database import Database
from tests.accounts.engine.listener import Listener
from tests.accounts.engine.players import PATIENCE, UID, Incoming, Stage, account, settings

OTHER = "45670123"
FULL = StoreError("disk-full", file="", answer="")


def test_after_a_halted_pass_the_next_one_is_in_the_schedule(stage: Stage) -> None:
    with stage.engine() as engine, contextlib.closing(Listener(stage.home)) as screen:
        player = stage.player()
        player.expect("sync", "wait")
        screen.until(lambda: _passes_due(stage))

        def midway(player: Incoming) -> None:
            screen.ask("halt", accounts=None)
            player.breathe()

        player.during_sync = midway
        with stage.store() as db:
            schedule.collect(db, accounts.row_of(db, UID), int(time.time()) - 1)
        engine.look()
        player.expect("sync", "close")
        [due] = screen.until(lambda: _passes_due(stage))
    assert due > time.time()


def test_no_pass_is_left_over_where_they_are_made_by_hand_from_now_on(stage: Stage) -> None:
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        screen.until(lambda: _passes_due(stage))
        stage.settings = settings(account(minutes=-1))
        screen.ask("reload")
        assert _passes_due(stage) == []


def _passes_due(stage: Stage) -> list[int]:
    with stage.store() as db:
        return [entry.due for entry in schedule.of_kind(db, "collect")]


def test_who_asks_a_worker_that_has_ended_is_answered(stage: Stage) -> None:
    with stage.store() as db:
        row = accounts.row_of(db, UID)
    worker = Worker(row, stage.store, lambda db: Incoming(), passed=lambda db: None, tell_state=lambda state, error: None)
    worker.start()
    worker.stop()
    worker.join(PATIENCE)
    answered = threading.Event()
    worker.ask(Job("fetch", lambda result, error: answered.set(), 7))
    assert answered.wait(PATIENCE)


def test_a_worker_that_could_not_be_made_is_made_later(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage.engine() as engine, contextlib.closing(Listener(stage.home)) as screen:
        stage.player().expect("wait")
        real = engine_module.Engine._new_worker
        errors = [FULL]

        def make(engine: engine_module.Engine, account: object) -> Worker:
            if errors:
                raise errors.pop()
            return real(engine, account)  # type: ignore[arg-type]

        monkeypatch.setattr(engine_module.Engine, "_new_worker", make)
        stage.settings = settings(account(), account(OTHER))
        with pytest.raises(StoreError):
            screen.ask("reload")
        screen.ask("look")
        stage.player(OTHER).expect("open", "sync")
        stage.settings = settings(account(), account(OTHER, email="new@example.org"))
        screen.ask("reload")
        assert set(engine.workers()) == {UID, OTHER}


def test_settings_that_were_read_later_are_those_that_count(stage: Stage) -> None:
    with stage.engine() as engine, contextlib.closing(Listener(stage.home)) as screen:
        stage.player().expect("wait")
        reading, go_on = threading.Event(), threading.Event()

        def slowly() -> Settings:
            found = stage.settings
            if not reading.is_set():
                reading.set()
                go_on.wait(PATIENCE)
            return found

        engine.means = replace(engine.means, load_settings=slowly)
        first = threading.Thread(target=lambda: screen.ask("reload"))
        first.start()
        assert reading.wait(PATIENCE)
        stage.settings = settings(account(), account(OTHER))
        with contextlib.closing(Listener(stage.home)) as second:
            later = threading.Thread(target=lambda: second.ask("reload"))
            later.start()
            later.join(0.3)
            go_on.set()
            first.join(PATIENCE)
            later.join(PATIENCE)
        assert set(engine.workers()) == {UID, OTHER}


def test_a_pass_that_cannot_be_begun_is_answered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        stage.player().expect("wait")

        def fail(db: Database) -> list[accounts.AccountState]:
            raise FULL

        with monkeypatch.context() as patch:
            patch.setattr(accounts, "states", fail)
            with pytest.raises(CorreioError) as caught:
                screen.ask("sync")
        assert caught.value.id == "disk-full"
        [row] = screen.ask("sync")
        assert row["error"] is None


def test_a_mistake_while_the_calendar_is_looked_at_is_answered(stage: Stage) -> None:
    def broken() -> CalendarServer:
        raise ZeroDivisionError

    stage.calendar = broken
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        with pytest.raises(CorreioError) as caught:
            screen.ask("busy", uid="u", spans=[[0, 60]])
        assert caught.value.id == "internal-mistake"


def test_nobody_is_asked_for_the_password_of_an_account_that_has_gone(stage: Stage) -> None:
    refused = AuthenticationError("login-refused", server="x", user="me", answer="")
    stage.player().errors = {"open": [refused]}
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        screen.wait_for("password", credential="work")
        stage.settings = settings(account(incoming=None, outgoing=None))
        screen.ask("reload")
        with contextlib.closing(Listener(stage.home)) as late:
            late.ask("status")
            assert [event for event in late.events if event["event"] == "password"] == []


def test_a_link_that_ends_while_all_is_offline_ends_later(stage: Stage) -> None:
    asked: list[str] = []

    def sharer() -> Sharer:
        asked.append("called")
        raise NetworkError("connection-refused", server="x", answer="")

    means = stage.means()
    stage.means = lambda: replace(means, sharer=sharer)  # type: ignore[method-assign]
    stage.settings = structs.replace(stage.settings, sync=Sync(offline=True))
    with stage.store() as db, db.write():
        schedule.add(db, 0, shared_files.WITHDRAW, args={"shared": 1})
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:

        def over() -> bool:
            with stage.store() as db:
                [entry] = schedule.of_kind(db, shared_files.WITHDRAW)
            return entry.due > 0 and all(thread.name != "links" for thread in threading.enumerate())

        screen.until(over)
    assert asked == []


def test_what_was_put_off_by_a_clock_that_was_ahead_is_tried_within_an_hour(stage: Stage) -> None:
    far = int(time.time()) + 700 * 86_400
    with stage.engine() as engine, contextlib.closing(Listener(stage.home)) as screen:
        with stage.store() as db, db.write():
            tried = [schedule.add(db, far, kind, args=ENTRY) for kind in (calendar_waiting.KIND, shared_files.FETCHED)]
            chosen = [schedule.add(db, far, kind) for kind in ("wake", shared_files.WITHDRAW)]
        engine.look()
        screen.until(lambda: all(due <= time.time() + 3600 for due in _dues(stage, tried)))
        assert _dues(stage, chosen) == [far, far]


def test_the_schedule_is_not_looked_at_again_and_again_while_a_calendar_hangs(stage: Stage) -> None:
    go_on, asked = threading.Event(), threading.Semaphore(0)

    def hangs() -> CalendarServer:
        asked.release()
        go_on.wait(PATIENCE)
        raise NetworkError("connection-refused", server="x", answer="")

    stage.calendar = hangs
    with stage.store() as db, db.write():
        ids = [schedule.add(db, 0, calendar_waiting.KIND, args=ENTRY) for _ in range(3)]
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        assert asked.acquire(timeout=PATIENCE)
        screen.until(lambda: all(due > time.time() for due in _dues(stage, ids)))
        go_on.set()
        screen.until(lambda: all(tries == 1 for tries in _tries(stage, ids)))


ENTRY = {"words": {"data": "", "uid": "", "answer": None}, "title": "x", "tries": 0}


def _dues(stage: Stage, ids: list[int]) -> list[int]:
    with stage.store() as db:
        return [entry.due for id in ids if (entry := schedule.find(db, id)) is not None]


def _tries(stage: Stage, ids: list[int]) -> list[int]:
    with stage.store() as db:
        return [int(entry.args["tries"]) for id in ids if (entry := schedule.find(db, id)) is not None]


def test_asking_for_the_calendar_puts_nothing_else_off(stage: Stage) -> None:
    far = int(time.time()) + 86_400
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        with stage.store() as db, db.write():
            snoozed = schedule.add(db, far, "wake")
        assert screen.ask("keep-event", entry=snoozed) == ""
        assert _dues(stage, [snoozed]) == [far], "what somebody snoozed comes back when it should"
