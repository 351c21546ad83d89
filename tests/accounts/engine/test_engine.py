"""The engine as a whole: requests, events, settings, housekeeping, its end."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from accounts.engine import engine as engine_module
from accounts.engine.engine import Engine
from accounts.engine.lock import EngineLock
from accounts.engine.news import News
from accounts.incoming import Progress
from core import operations, snooze
from core.arrival import arrive_header, arrive_mail
from core.errors import AuthenticationError, CorreioError, NetworkError, PasswordNeeded, SettingsError, StoreError
from core.header import header_block
from core.settings import Settings
from core.store import accounts, bodies, folders, journal, outbox, schedule
from core.store.database import Database
from tests.accounts.engine.listener import Listener
from tests.accounts.engine.players import PATIENCE, UID, Incoming, Stage, account, queued, settings
from tests.core.store.mails import mail

OFFLINE = NetworkError("connection-refused", server="x", answer="")
REFUSED = AuthenticationError("login-refused", server="x", user="me", answer="")
OTHER = "45670123"


@contextlib.contextmanager
def running(stage: Stage) -> Iterator[tuple[Engine, Listener]]:
    with stage.engine() as engine, contextlib.closing(Listener(stage.home)) as listener:
        yield engine, listener


def test_its_status(stage: Stage) -> None:
    with stage.store() as db:
        queued(db, "bob@example.net", not_before=int(time.time()) + 600)
    with running(stage) as (_, screen):
        stage.player().expect("wait")
        status = screen.ask("status")
    assert status["pid"] == os.getpid()
    assert status["accounts"] == {UID: {"state": "", "pending": 0, "error": None}}
    assert (status["outbox"], status["waiting"]) == ({"waiting": 1}, 0)


def test_a_pass_with_what_it_brought(stage: Stage) -> None:
    stage.settings = settings(account(), account(OTHER))
    stage.player(OTHER).errors = {"open": [OFFLINE] * 9}
    with stage.store() as db:
        queued(db, "bob@example.net")
    with running(stage) as (_, screen):
        rows = screen.ask("sync", accounts=[OTHER, UID])
        assert [(row["account"], row["new"], (row["error"] or {}).get("id")) for row in rows] == [
            (OTHER, 0, "connection-refused"),
            (UID, 1, None),
        ]
        assert set(rows[0]) == {"account", "new", "changed", "removed", "bytes", "sent", "seconds", "error"}
        assert {row["account"] for row in screen.ask("sync", accounts=None)} == {UID, OTHER}
        assert screen.ask("sync", accounts=[]) == []
    assert len(stage.outgoing.sent) == 1


def test_a_pass_tells_how_many_were_sent(stage: Stage) -> None:
    stage.settings = settings(account(incoming=None))
    with stage.store() as db:
        due = int(time.time()) + 3600
        ids = [queued(db, "bob@example.net", subject=f"{n}", not_before=due) for n in range(2)]
    with running(stage) as (_, screen):
        with stage.store() as db:
            for id in ids:
                outbox.retry(db, id)
        [row] = screen.ask("sync", accounts=[UID])
    assert (row["sent"], row["error"]) == (2, None)


def test_a_failed_mail_is_the_error_of_the_pass(stage: Stage) -> None:
    stage.settings = settings(account(incoming=None))
    stage.outgoing.answers = [OFFLINE] * 50
    with stage.store() as db:
        queued(db, "bob@example.net")
    with running(stage) as (_, screen):
        [row] = screen.ask("sync", accounts=[UID])
    assert (row["sent"], row["error"]["id"]) == (0, "connection-refused")


def test_a_message_is_fetched_by_its_account(stage: Stage) -> None:
    with stage.store() as db:
        row = accounts.row_of(db, UID)
        inbox = folders.ensure(db, row, "INBOX", role="inbox").id
        with db.write():
            message = arrive_mail(db, inbox, row, mail(), uid=1)
    with running(stage) as (_, screen):
        assert screen.ask("fetch", message=message, section="1.2")
        stage.player().expect(f"fetch {message} 1.2")
        assert screen.ask("give-up", message=message, section="1.2")
        with pytest.raises(CorreioError) as caught:
            screen.ask("fetch", message=message + 1)
    assert caught.value.id == "account-offline"


def test_a_search_goes_to_the_server_where_text_is_missing(stage: Stage) -> None:
    raw = mail("Only its header")
    with stage.store() as db:
        row = accounts.row_of(db, UID)
        whole, headers = (folders.ensure(db, row, path).id for path in ("Whole", "Headers"))
        with db.write():
            arrive_mail(db, whole, row, mail(), uid=1)
            arrive_header(db, headers, row, header_block(raw), len(raw), uid=2)
    with running(stage) as (_, screen):
        assert screen.ask("search", folder=whole, query="needle") == []
        assert screen.ask("search", folder=headers, query="needle") == [1000 + headers]
        stage.player().expect(f"search {headers} needle")
        with pytest.raises(CorreioError) as caught:
            screen.ask("search", folder=99, query="needle")
    assert caught.value.id == "no-folder"


@pytest.mark.parametrize(
    ("do", "words", "id"),
    [
        ("dance", {}, "engine-unknown-request"),
        ("fetch", {"message": "not a number"}, "internal-mistake"),
        ("sync", {"accounts": 7}, "internal-mistake"),
        ("password", {"credential": "none"}, "no-credential"),
    ],
)
def test_bad_requests_get_an_answer(stage: Stage, do: str, words: dict[str, object], id: str) -> None:
    from core.errors import NotFound

    def none(credential: str, password: str) -> None:
        raise NotFound("no-credential", what="credential", name=credential)

    with running(stage) as (engine, screen):
        engine.means = replace(engine.means, keep_password=none)
        with pytest.raises(CorreioError) as caught:
            screen.ask(do, **words)
        assert caught.value.id == id
        assert screen.ask("look")


# events -------------------------------------------------------------------


def test_screens_hear_of_changes_states_and_sending(stage: Stage) -> None:
    with running(stage) as (engine, screen):
        stage.player().expect("wait")
        stage.player().errors = {"sync": [OFFLINE]}
        with contextlib.suppress(NetworkError):
            screen.ask("sync")
        with engine.open_store() as db:
            id = queued(db, "bob@example.net")
        screen.wait_for("changed")
        screen.wait_for("state", account=UID, state="offline")
        screen.ask("look")
        screen.wait_for("outbox", id=id, state="sending")
        screen.wait_for("outbox", id=id, state="sent")
        screen.ask("sync")
        screen.wait_for("state", account=UID, state="", error=None)


def test_progress_is_thinned_out_but_its_end_is_told() -> None:
    news = News()
    told: list[dict[str, object]] = []
    news.tell = lambda **event: told.append(event)  # type: ignore[method-assign]
    for done in range(1001):
        news.progress(UID, Progress(1, 2, done, 1000, "headers"))
    assert told[0]["done"] == 0
    assert told[-1] == {**structs.asdict(Progress(1, 2, 1000, 1000, "headers")), "event": "progress", "account": UID}
    assert len(told) < 200


def test_a_password_is_asked_of_every_screen_until_it_is_there(stage: Stage) -> None:
    needed = PasswordNeeded("password-needed", credential="work", server="x", answer="")
    stage.player().errors = {"open": [REFUSED, needed]}
    with running(stage) as (_, screen):
        event = screen.wait_for("password", credential="work", server="imap.example.org", user="me")
        screen.until(lambda: stage.state() == "password")
        assert stage.refused == ["work"]
        with contextlib.closing(Listener(stage.home)) as second:
            second.wait_for("password", credential="work")
            screen.forget()
            second.ask("password", credential=event["credential"], password="one")
            screen.wait_for("password")
            second.ask("password", credential=event["credential"], password="two")
            second.wait_for("state", state="")
        screen.ask("password", credential="work", password="open sesame", opens=True)
        assert stage.passwords == [("work", "one"), ("work", "two"), ("", "open sesame")]
        with contextlib.closing(Listener(stage.home)) as third:
            third.ask("status")
            assert [event["event"] for event in third.events if event["event"] == "password"] == []


def test_a_password_for_sending_is_asked_too(stage: Stage) -> None:
    stage.settings = settings(account(incoming=None))
    stage.outgoing.answers = [REFUSED]
    with running(stage) as (_, screen):
        with stage.store() as db:
            id = queued(db, "bob@example.net")
        screen.ask("look")
        screen.wait_for("password", server="smtp.example.org")
        screen.wait_for("outbox", id=id, state="waiting")
        assert stage.refused == ["work"]
        screen.ask("password", credential="work", password="right")
        screen.wait_for("outbox", id=id, state="sent")
        assert len(stage.outgoing.sent) == 1


def test_no_password_is_asked_for_what_none_can_cure(stage: Stage) -> None:
    stage.player().errors = {"open": [AuthenticationError("no-common-method", server="x", user="me", answer="")]}
    with running(stage) as (_, screen):
        screen.until(lambda: stage.state() == "password")
        assert [event for event in screen.events if event["event"] == "password"] == []
        assert stage.refused == []


# settings -----------------------------------------------------------------


def test_settings_are_read_again(stage: Stage) -> None:
    with running(stage) as (engine, screen):
        stage.player().expect("wait")
        first = engine.workers()[UID]
        stage.settings = settings(account(), account(OTHER))
        screen.ask("reload")
        assert engine.workers()[UID] is first, "what did not change goes on"
        stage.player(OTHER).expect("open", "sync")
        stage.settings = settings(account(email="new@example.org"), account(OTHER, active=False))
        screen.ask("reload")
        assert set(engine.workers()) == {UID}
        assert engine.workers()[UID] is not first
        assert not first._thread.is_alive(), "two must not work on one account"
        stage.settings = settings(account(kind="local"))
        screen.ask("reload")
        assert engine.workers() == {}


def test_settings_that_cannot_be_read_change_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Settings:
        raise SettingsError("settings-syntax", file="correio.toml", line=3, answer="x")

    with running(stage) as (engine, screen):
        engine.means = replace(engine.means, load_settings=broken)
        with pytest.raises(SettingsError) as caught:
            screen.ask("reload")
        assert caught.value.values["line"] == 3
        assert set(engine.workers()) == {UID}


def test_settings_that_followed_a_folder_are_read_anew(stage: Stage) -> None:
    said = iter([SettingsError("settings-unwritable", file="correio.toml", answer=""), True])

    def follow(db: Database) -> bool:
        found = next(said, False)
        if isinstance(found, SettingsError):
            raise found
        if found:
            stage.settings = settings(account(), account(OTHER))
        return found

    with running(stage) as (engine, screen):
        engine.means = replace(engine.means, follow=follow)
        assert screen.ask("look"), "nothing could be written"
        assert screen.ask("look")
        screen.until(lambda: set(engine.workers()) == {UID, OTHER} or not screen.ask("look"))


# keeping house ------------------------------------------------------------


class Clock:
    """Housekeeping when the test says so, instead of every five minutes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ticks: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._kept: queue.SimpleQueue[None] = queue.SimpleQueue()
        real, judge = Engine._asked_to_leave, Engine._idle

        def asked(engine: Engine, seconds: float) -> bool:
            while not real(engine, 0.01):
                try:
                    self._ticks.get_nowait()
                except queue.Empty:
                    continue
                return False
            return True

        def judged(engine: Engine, *words: object) -> bool:
            idle = judge(engine, *words)  # type: ignore[arg-type]
            self._kept.put(None)
            return idle

        monkeypatch.setattr(Engine, "_asked_to_leave", asked)
        monkeypatch.setattr(Engine, "_idle", judged)

    def tick(self) -> None:
        """Let five minutes pass, and wait until the house is in order, and whether there is more to do is judged."""
        self._ticks.put(None)
        self._kept.get(timeout=PATIENCE)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_what_was_deleted_long_ago_goes(stage: Stage, clock: Clock) -> None:
    with stage.store() as db:
        row = accounts.row_of(db, UID)
        inbox = folders.ensure(db, row, "INBOX", role="inbox").id
        with db.write():
            old, young = (arrive_mail(db, inbox, row, mail(id=f"{n}@x"), uid=n) for n in (1, 2))
            db.run("DELETE FROM placement")
            db.run("UPDATE message SET orphaned = unixepoch() - 86400 * ?", (8,))
            db.run("UPDATE message SET orphaned = unixepoch() WHERE id = ?", (young,))
        operations.create_folder(db, row, "Old")
        with db.write():
            db.run("UPDATE operation SET state = 'done', made = made - 86400 * 31")
    with running(stage):
        clock.tick()
        with stage.store() as db:
            assert bodies.raw(db, young) is not None
            assert bodies.raw(db, old) is None
            assert journal.of_step(db, 1) == []


def test_a_mistake_while_keeping_house_ends_nothing(stage: Stage, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [StoreError("disk-full", file="", answer=""), ZeroDivisionError()]

    def fail(db: Database, before: int, *limits: object, **words: object) -> None:
        raise errors.pop(0)

    monkeypatch.setattr(engine_module, "tidy", fail)
    with running(stage) as (_, screen):
        clock.tick()
        clock.tick()
        assert not errors
        assert screen.ask("look")


def test_a_mistake_in_what_falls_due_ends_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage.store() as db, db.write():
        schedule.add(db, 1, "wake", 7)
    woken: queue.SimpleQueue[int] = queue.SimpleQueue()

    def fail(db: Database, entry: schedule.Entry, now: int) -> bool:
        woken.put(entry.id)
        raise ZeroDivisionError

    monkeypatch.setattr(snooze, "wake", fail)
    with running(stage) as (_, screen):
        woken.get(timeout=PATIENCE)
        assert screen.ask("look")
        woken.get(timeout=PATIENCE)


def collecting(db: Database) -> list[tuple[int, int]]:
    """(account, when) of the passes in the schedule."""
    return [(entry.args["account"], entry.due) for entry in schedule.of_kind(db, "collect")]


def test_the_next_pass_stands_in_the_schedule_and_is_made_when_it_is_due(stage: Stage) -> None:
    begun = int(time.time())
    with running(stage) as (_, screen), stage.store() as db:
        row = accounts.row_of(db, UID)
        player = stage.player()
        player.expect("sync", "wait")
        [(account, due)] = collecting(db)
        assert account == row and begun + 300 <= due <= time.time() + 300
        with db.write():
            db.run("UPDATE schedule SET due = 1")
        assert screen.ask("look")
        player.expect("sync", "wait")
        assert [(account, due > begun) for account, due in collecting(db)] == [(row, True)]
        with db.write():
            db.run("UPDATE schedule SET due = due + 86400 * 365")  # the clock was set back
        assert screen.ask("look")
        screen.until(lambda: collecting(db)[0][1] <= time.time() + 300)


def test_nothing_is_due_for_an_account_that_does_not_collect(stage: Stage, clock: Clock) -> None:
    with stage.store() as db:
        schedule.collect(db, accounts.row_of(db, UID), 1 << 40)
    stage.settings = settings(account(kind="local", incoming=None))
    with stage.engine() as engine, stage.store() as db:
        assert collecting(db) == []
        engine.look()
        clock.tick()


def test_a_settings_file_that_was_edited_is_noticed(stage: Stage, clock: Clock) -> None:
    with running(stage) as (engine, _):
        stage.settings = settings(account(), account(OTHER))
        stage.home.settings_file.write_text("# edited by hand\n")
        clock.tick()
        assert set(engine.workers()) == {UID, OTHER}


def test_a_pass_that_is_asked_for_goes_by_the_settings_as_they_are(stage: Stage) -> None:
    with running(stage) as (engine, screen):
        stage.settings = settings(account(), account(OTHER))
        stage.home.settings_file.write_text("# edited by hand\n")
        assert {row["account"] for row in screen.ask("sync")} == {UID, OTHER} == set(engine.workers())


def test_a_socket_that_was_swept_away_comes_back(stage: Stage, clock: Clock) -> None:
    with running(stage):
        stage.home.socket.unlink()
        clock.tick()
        with contextlib.closing(Listener(stage.home)) as found:
            assert found.ask("look")


def test_it_leaves_by_itself_when_there_is_nothing_to_do(stage: Stage, clock: Clock) -> None:
    stage.settings = settings(account(kind="local", incoming=None))
    with stage.store() as db:
        id = queued(db, "bob@example.net", not_before=int(time.time()) + 600)
    with stage.engine():
        screen = Listener(stage.home)
        clock.tick()
        screen.close()
        clock.tick()
        assert EngineLock(stage.home.lock).holder() is not None, "a mail waits"
        with stage.store() as db:
            outbox.cancel(db, id)
        left = threading.Thread(target=_wait_for_end, args=(stage,), daemon=True)
        left.start()
        clock.tick()
        left.join(PATIENCE)
        assert not left.is_alive()


def _wait_for_end(stage: Stage) -> None:
    while EngineLock(stage.home.lock).holder() is not None:
        continue


# the end ------------------------------------------------------------------


def test_a_second_engine_refuses(stage: Stage) -> None:
    with stage.engine(), pytest.raises(CorreioError) as caught:
        Engine(stage.home, stage.means()).run()
    assert (caught.value.id, caught.value.values["pid"]) == ("engine-running", os.getpid())


def test_leaving_is_safe_in_a_signal_handler(stage: Stage) -> None:
    """The handler runs in the very thread that waits, wherever that is."""
    engine = Engine(stage.home, stage.means())
    before = signal.signal(signal.SIGUSR1, lambda *_: engine.leave())
    try:
        engine.run(ready=lambda: os.kill(os.getpid(), signal.SIGUSR1))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert EngineLock(stage.home.lock).holder() is None
    assert not stage.home.socket.exists()


def test_asking_to_leave_ends_it(stage: Stage) -> None:
    with running(stage) as (_, screen):
        screen.ask("leave")
        screen.wait_for_end()


def test_it_ends_although_a_server_hangs(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "STOP", 0.1)
    inside = threading.Event()
    go_on = threading.Event()

    def hang(player: Incoming) -> None:
        inside.set()
        go_on.wait(PATIENCE)

    stage.player().during_sync = hang
    with stage.engine():
        assert inside.wait(PATIENCE)
    assert EngineLock(stage.home.lock).holder() is None
    go_on.set()


def test_a_folder_for_the_socket_that_is_not_private(stage: Stage, runtime: Path) -> None:
    runtime.chmod(0o770)
    with pytest.raises(CorreioError) as caught:
        Engine(stage.home, stage.means()).run()
    assert caught.value.id == "runtime-folder-open"
    assert EngineLock(stage.home.lock).holder() is None
