"""One account in the back room: what it does, in which order, and what it does when things go wrong."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from accounts.engine import worker as worker_module
from accounts.engine.worker import Job, Worker, state_of
from accounts.incoming import SyncResult
from core import operations
from core.arrival import arrive_mail
from core.errors import (
    AuthenticationError,
    CorreioError,
    NetworkError,
    NotFound,
    PasswordNeeded,
    ProtocolError,
    ServerRefused,
    StoreError,
    TLSError,
)
from core.flags import Flag
from core.store import accounts, folders, journal
from core.store.database import Database
from core.store.journal import Operation
from tests.accounts.engine.players import PATIENCE, UID, Incoming, Stage, queued
from tests.core.store.mails import mail

OFFLINE = NetworkError("connection-refused", server="x", answer="")
States = queue.SimpleQueue[tuple[str, str]]


class Bench:
    """A worker with a player for its server, and what it says."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.player = Incoming()
        self.states: States = queue.SimpleQueue()
        self.woken: queue.SimpleQueue[set[int]] = queue.SimpleQueue()
        self.passes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.connections = 0
        with stage.store() as db:
            self.row = accounts.row_of(db, UID)
        self.worker = Worker(
            self.row, self.open_store, self._incoming, passed=lambda db: self.passes.put(None),
            tell_state=lambda state, error: self.states.put((state, error.id if error else "")),
            wake_others=lambda rows: self.woken.put(set(rows)),
        )  # fmt: skip

    @contextlib.contextmanager
    def open_store(self) -> Iterator[Database]:
        with self.stage.store() as db:
            yield db

    def _incoming(self, db: Database) -> Incoming:
        self.connections += 1
        self.player.db = db
        return self.player

    def state(self) -> tuple[str, str]:
        return self.states.get(timeout=PATIENCE)

    def ask(self, kind: str = "sync", **more: object) -> queue.SimpleQueue[tuple[SyncResult | None, CorreioError | None]]:
        answers: queue.SimpleQueue[tuple[SyncResult | None, CorreioError | None]] = queue.SimpleQueue()
        self.worker.ask(Job(kind, lambda result, error: answers.put((result, error)), **more))  # type: ignore[arg-type]
        return answers

    def flag_something(self) -> None:
        with self.stage.store() as db:
            inbox = folders.ensure(db, self.row, "INBOX", role="inbox").id
            with db.write():
                message = arrive_mail(db, inbox, self.row, mail(), uid=1)
            operations.set_flag(db, [(inbox, message)], Flag.FLAGGED, True)


@pytest.fixture
def bench(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE", 0.01)
    made = Bench(stage)
    yield made
    made.worker.stop()
    if made.worker._thread.is_alive():
        made.worker.join(PATIENCE)
    assert not made.worker._thread.is_alive()


def test_it_makes_a_pass_and_waits(bench: Bench) -> None:
    bench.worker.start()
    bench.player.expect("open", "sync", "wait")
    assert bench.state() == ("", "")
    with bench.stage.store() as db:
        [state] = accounts.states(db)
    assert (state.state, state.checked > 0) == ("", True)


def test_a_pass_is_made_when_it_is_due_and_told(bench: Bench) -> None:
    bench.worker.start()
    bench.player.expect("open", "sync", "wait")
    bench.passes.get(timeout=PATIENCE)
    bench.worker.collect()
    bench.player.expect("sync", "wait")
    bench.passes.get(timeout=PATIENCE)
    assert bench.connections == 1 and bench.passes.empty()


def test_a_pass_is_halted_and_the_next_comes_when_it_is_due(bench: Bench) -> None:
    def midway(player: Incoming) -> None:
        bench.player.during_sync = lambda player: None
        bench.worker.halt()
        player.breathe()

    bench.player.during_sync = midway
    answers = bench.ask()
    bench.worker.start()
    result, error = answers.get(timeout=PATIENCE)
    assert result is None and error is not None and error.id == "collecting-halted"
    assert bench.state() == ("", "")
    bench.passes.get(timeout=PATIENCE)
    bench.worker.collect()
    bench.passes.get(timeout=PATIENCE)
    assert bench.passes.empty()


def test_by_hand_nothing_is_collected_until_somebody_asks(stage: Stage) -> None:
    player = Incoming()
    with stage.store() as db:
        row = accounts.row_of(db, UID)
    worker = Worker(
        row, stage.store, lambda db: player, passed=lambda db: None, tell_state=lambda state, error: None, by_hand=True
    )
    worker.start()
    assert player.calls.get(timeout=PATIENCE) == "wait"
    answers: queue.SimpleQueue[tuple[SyncResult | None, CorreioError | None]] = queue.SimpleQueue()
    worker.ask(Job("sync", lambda result, error: answers.put((result, error))))
    assert answers.get(timeout=PATIENCE)[1] is None
    worker.stop()
    worker.join(PATIENCE)


def test_news_bring_another_pass(bench: Bench) -> None:
    bench.player.news = True
    bench.worker.start()
    bench.player.expect("open", "sync", "wait")
    bench.player.wake()
    bench.player.expect("sync", "wait")
    assert bench.connections == 1


def test_a_look_replays_without_a_pass(bench: Bench) -> None:
    bench.worker.start()
    bench.player.expect("wait")
    bench.flag_something()
    bench.worker.wake()
    assert bench.player.calls.get(timeout=PATIENCE) == "replay"
    assert bench.player.calls.get(timeout=PATIENCE) == "wait"


def test_what_is_looked_at_overtakes_a_pass(bench: Bench) -> None:
    """Asked for in the middle of a pass: the message comes now, the pass that was asked for comes afterwards."""
    answers = []

    def midway(player: Incoming) -> None:
        player.during_sync = lambda player: None
        answers.append(bench.ask("sync"))
        answers.append(bench.ask("fetch", message=7, section="2"))
        player.breathe()
        assert answers[1].get(timeout=0) == (SyncResult(), None)
        assert answers[0].empty()

    bench.player.during_sync = midway
    bench.worker.start()
    bench.player.expect("open", "sync", "fetch 7 2", "sync")
    assert answers[0].get(timeout=PATIENCE) == (SyncResult(new=1), None)


def test_a_message_that_is_opened_does_not_wait_for_searches(bench: Bench) -> None:
    for folder in (1, 2):
        bench.ask("search", folder=folder, query="lunch")
    bench.ask("fetch", message=7)
    bench.worker.start()
    assert [bench.player.calls.get(timeout=PATIENCE) for _ in range(4)] == ["open", "fetch 7", "search 1 lunch", "search 2 lunch"]


def test_a_fetch_that_nobody_waits_for_ends(bench: Bench) -> None:
    bench.player.endless_fetch = True
    answers = [bench.ask("fetch", message=7, section=section) for section in ("2", "3")]
    bench.worker.start()
    bench.player.expect("open", "fetch 7 2")
    bench.worker.give_up(7, "3")
    bench.worker.give_up(7, "2")
    for answer in answers:
        error = answer.get(timeout=PATIENCE)[1]
        assert error is not None and error.id == "given-up"
    bench.player.endless_fetch = False
    assert bench.ask("fetch", message=7, section="2").get(timeout=PATIENCE) == (SyncResult(), None), "and can be had again"


def test_another_account_hears_once_of_what_it_can_do_now(bench: Bench) -> None:
    """Two accounts with something that has to wait for each other's server would wake each other for ever."""
    with bench.stage.store() as db:
        other = accounts.row_of(db, "feedbeef")
        here, there = (folders.ensure(db, row, "INBOX", role="inbox").id for row in (bench.row, other))
        with db.write():
            message = arrive_mail(db, here, bench.row, mail(), uid=1)
        operations.move(db, [(here, message)], there)
        with db.write():  # the body has been fetched, the target's server has asked for patience
            first = journal.add(db, Operation(bench.row, "take", (message,), here), step=99, state="done")
            db.run("UPDATE operation SET after = ?, not_before = unixepoch() + 30 WHERE kind = 'bring'", (first,))
    bench.worker.start()
    bench.player.expect("wait")
    assert bench.woken.get(timeout=PATIENCE) == {other}
    for _ in range(3):
        bench.worker.wake()
        bench.player.expect("wait")
    assert bench.woken.empty()


def test_who_asked_for_a_pass_hears_when_the_bodies_are_here(bench: Bench) -> None:
    bench.player.behind = True
    answer = bench.ask()
    bench.worker.start()
    bench.player.expect("open", "sync", "wait")
    bench.flag_something()
    bench.worker.wake()
    bench.player.expect("replay", "wait")
    assert answer.empty()
    bench.player.behind = False
    bench.player.wake()
    assert answer.get(timeout=PATIENCE) == (SyncResult(new=1), None)


def test_several_who_ask_for_a_pass_get_one(bench: Bench) -> None:
    answers = [bench.ask(), bench.ask()]
    bench.worker.start()
    bench.player.expect("open")
    assert [answer.get(timeout=PATIENCE)[1] for answer in answers] == [None, None]
    calls = []
    while (call := bench.player.calls.get(timeout=PATIENCE)) != "wait":
        calls.append(call)
    assert calls.count("sync") <= 2


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OFFLINE, "offline"),
        (TLSError("certificate-expired", server="x", answer=""), "offline"),
        (ProtocolError("not-imap", server="x", answer=""), "error"),
        (ServerRefused("refused", server="x", answer="", code=""), "error"),
        (StoreError("disk-full", file="", answer=""), "error"),
        (CorreioError("internal-mistake"), "error"),
    ],
    ids=lambda value: getattr(value, "id", value),
)
def test_what_goes_wrong_is_told_and_tried_again(bench: Bench, error: CorreioError, state: str) -> None:
    assert state_of(error) == state
    bench.player.errors = {"open": [error, error], "sync": [error]}
    bench.worker.start()
    assert [bench.state() for _ in range(4)] == [(state, error.id)] * 3 + [("", "")]
    bench.player.expect("open", "close", "open", "close", "open", "sync", "close", "open", "sync")
    assert bench.connections == 4


def test_a_mistake_of_ours_does_not_stop_the_account(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.player.errors = {"sync": [ZeroDivisionError("of ours")]}
    bench.worker.start()
    assert bench.state() == ("error", "internal-mistake")
    assert bench.state() == ("", "")
    assert "of ours" in caplog.text


def test_the_pauses_grow_to_a_minute(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE", 60.0)
    pauses: list[float | None] = []
    event = threading.Event()

    class Again:
        """The event that ends a pause, without the time."""

        moved = False

        def wait(self, seconds: float | None = None) -> bool:
            pauses.append(seconds)
            if len(pauses) == 9:
                event.set()
                bench.worker._stopping = True
            return False

        def set(self) -> None:
            return

        clear = begin = set

    monkeypatch.setattr(bench.worker, "_again", Again())
    bench.player.errors = {"open": [OFFLINE] * 20}
    bench.worker.start()
    assert event.wait(PATIENCE)
    whole = [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert all(most / 2 <= (pause or 0) <= most for pause, most in zip(pauses, whole, strict=True))
    assert len(set(pauses[6:])) > 1, "accounts and machines do not all come back at the same moment"


def test_a_store_that_cannot_be_written_does_not_stop_the_account(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*words: object) -> None:
        raise StoreError("disk-full", file="", answer="")

    monkeypatch.setattr(accounts, "set_state", fail)
    bench.worker.start()
    assert [bench.state() for _ in range(3)] == [("error", "disk-full")] * 3
    monkeypatch.undo()
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE", 0.01)
    while bench.state() != ("", ""):
        continue


def test_trouble_that_cannot_be_told_does_not_stop_the_account(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said = bench.worker._tell_state
    mistakes = [OSError(24, "Too many open files")] * 2

    def tell(state: str, error: CorreioError | None) -> None:
        if mistakes:
            raise mistakes.pop()
        said(state, error)

    monkeypatch.setattr(bench.worker, "_tell_state", tell)
    bench.player.errors = {"open": [OFFLINE] * 2}
    bench.worker.start()
    assert bench.state() == ("", "")


def test_offline_jobs_are_answered_with_the_error(bench: Bench) -> None:
    bench.player.errors = {"open": [OFFLINE]}
    answers = [bench.ask(), bench.ask("fetch", message=1)]
    bench.worker.start()
    assert [answer.get(timeout=PATIENCE) for answer in answers] == [(None, OFFLINE)] * 2


def test_a_message_that_has_gone_leaves_the_line_up(bench: Bench) -> None:
    gone = NotFound("message-gone", what="message", name="1")
    bench.player.errors = {"fetch 1": [gone]}
    bench.worker.start()
    bench.player.expect("wait")
    assert bench.ask("fetch", message=1).get(timeout=PATIENCE) == (None, gone)
    assert bench.ask("fetch", message=2).get(timeout=PATIENCE)[1] is None
    assert bench.connections == 1


def test_a_mistake_while_fetching_is_answered(bench: Bench) -> None:
    bench.player.errors = {"fetch 1": [ZeroDivisionError()]}
    answer = bench.ask("fetch", message=1)
    bench.worker.start()
    result, error = answer.get(timeout=PATIENCE)
    assert (result, error.id if error else "") == (None, "internal-mistake")


# passwords ----------------------------------------------------------------


NEEDED = PasswordNeeded("password-needed", credential="work", server="x", answer="")
REFUSED = AuthenticationError("login-refused", server="x", user="me", answer="no")


@pytest.mark.parametrize("error", [NEEDED, REFUSED], ids=lambda error: error.id)
def test_a_password_is_waited_for_whatever_else_happens(bench: Bench, error: CorreioError) -> None:
    """A look (every key the user presses) must not try the wrong password again, nor ask for it again."""
    bench.player.errors = {"open": [error]}
    bench.worker.start()
    assert bench.state() == ("password", error.id)
    for _ in range(5):
        bench.worker.wake()
    bench.worker.retry()
    assert bench.state() == ("", "")
    assert bench.connections == 2


def test_a_password_command_that_fails_is_run_again_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may have unlocked what it reads when the engine was started at log-in."""
    monkeypatch.setattr(worker_module, "PASSWORD_PAUSE", 0.01)
    locked = PasswordNeeded("password-command-failed", credential="work", server="x", answer="locked", status=2, command="pass")
    bench.player.errors = {"open": [locked]}
    bench.worker.start()
    assert [bench.state(), bench.state()] == [("password", "password-command-failed"), ("", "")]


def test_somebody_who_waits_for_a_pass_hears_that_a_password_is_missing(bench: Bench) -> None:
    bench.player.errors = {"open": [NEEDED] * 3}
    bench.worker.start()
    assert bench.state()[0] == "password"
    assert bench.ask().get(timeout=PATIENCE) == (None, NEEDED)
    assert bench.ask("fetch", message=1).get(timeout=PATIENCE) == (None, NEEDED)
    # An attempt under way answers all who wait by then: one error may be left.
    assert None in [bench.ask().get(timeout=PATIENCE)[1] for _ in range(2)]


# what was put off ---------------------------------------------------------


def test_an_operation_that_was_put_off_is_tried_when_its_time_has_come(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: queue.SimpleQueue[float] = queue.SimpleQueue()
    wait = bench.player.wait

    def note(seconds: float) -> bool:
        waited.put(seconds)
        return wait(seconds)

    monkeypatch.setattr(bench.player, "wait", note)
    monkeypatch.setattr(bench.player, "replay", lambda: bench.player._call("replay"))  # nothing gets done
    bench.worker.start()
    assert waited.get(timeout=PATIENCE) > 50
    bench.flag_something()
    with bench.stage.store() as db, db.write():
        db.run("UPDATE operation SET not_before = unixepoch() + 30")
    bench.worker.wake()
    assert 20 < waited.get(timeout=PATIENCE) <= 30


# the end ------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["waiting", "offline", "password", "pass"])
def test_it_ends_at_once(bench: Bench, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE", 60.0)
    inside = threading.Event()

    def endless(player: Incoming) -> None:
        inside.set()
        player._bell.wait(PATIENCE)
        player._call("cancelled")

    if moment == "pass":
        bench.player.during_sync = endless
    bench.player.errors = {"offline": {"open": [OFFLINE]}, "password": {"open": [NEEDED]}}.get(moment, {})
    bench.worker.start()
    if moment == "pass":
        assert inside.wait(PATIENCE)
    elif moment == "waiting":
        bench.player.expect("wait")
    else:
        assert bench.state()[0] == moment
    answer = bench.ask() if moment == "pass" else None
    bench.worker.stop()
    bench.worker.join(PATIENCE)
    assert not bench.worker._thread.is_alive()
    if answer is not None:
        assert answer.get(timeout=0)[1] is worker_module.ANSWER_LATER
    assert bench.player.calls.qsize() >= 1


def test_mail_of_unknown_end_is_looked_for_after_each_pass(bench: Bench) -> None:
    from core.store import outbox

    with bench.stage.store() as db:
        id = queued(db, "bob@example.net", subject="perhaps")
        outbox.trying(db, id, "x")
        outbox.sending(db, id)
        outbox.finish(db, id, "uncertain")

    def find(player: Incoming) -> None:
        assert player.db is not None
        sent = folders.ensure(player.db, bench.row, "Sent", role="sent").id
        with player.db.write():
            arrive_mail(player.db, sent, bench.row, mail(id="perhaps@x"), uid=5)

    bench.player.during_sync = find
    bench.worker.start()
    assert bench.state() == ("", "")
    with bench.stage.store() as db:
        assert outbox.get(db, id).state == "sent"


def test_types(bench: Bench) -> None:
    from accounts.incoming import Incoming as Protocol

    check: Callable[[], Protocol] = lambda: bench.player  # noqa: E731 - mypy compares the player with the protocol
    assert isinstance(check(), Protocol)
