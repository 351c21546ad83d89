"""The end of sending: the mail at hand goes through, what takes too long is cut, and nothing is waited for."""

from __future__ import annotations

import threading

import pytest

from accounts.outgoing import SendResult
from core.errors import NetworkError
from core.store import outbox
from tests.accounts.engine.players import PATIENCE, Stage, accepted, queued
from tests.accounts.engine.test_sender import Bench
from tests.accounts.engine.test_sender import bench as bench


def test_stopping_lets_the_mail_at_hand_through(bench: Bench, stage: Stage) -> None:
    inside = threading.Event()
    go_on = threading.Event()

    def slow() -> SendResult:
        inside.set()
        assert go_on.wait(PATIENCE)
        return accepted("bob@example.net")

    bench.way().answers = [slow]
    with stage.store() as db:
        first, second = queued(db, "bob@example.net", subject="1"), queued(db, "bob@example.net", subject="2")
    bench.sender.start()
    assert inside.wait(PATIENCE)
    stopper = threading.Thread(target=bench.sender.stop, args=(PATIENCE,))
    stopper.start()
    assert bench.sender._stopping.wait(PATIENCE)
    go_on.set()
    stopper.join(PATIENCE)
    with stage.store() as db:
        assert [outbox.get(db, id).state for id in (first, second)] == ["sent", "queued"]
    assert not bench.way().cancelled.is_set()


def test_stopping_at_the_moment_when_it_looks_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wake-up was taken for one that had been seen to, and the end waited for a minute."""
    waited: list[float | None] = []
    clear = bench.sender._wake.clear

    def stopped_just_now() -> None:
        bench.sender._stopping.set()
        bench.sender.wake()
        clear()

    monkeypatch.setattr(bench.sender._wake, "clear", stopped_just_now)
    monkeypatch.setattr(bench.sender._wake, "wait", lambda seconds, **more: waited.append(seconds))
    bench.sender.start()
    bench.sender._thread.join(PATIENCE)
    assert not waited


def test_stopping_cuts_what_takes_too_long(bench: Bench, stage: Stage) -> None:
    inside = threading.Event()

    def hanging() -> SendResult:
        inside.set()
        assert bench.way().cancelled.wait(PATIENCE)
        return SendResult("uncertain", "x", error=NetworkError("no-reply-after-data", server="x"))

    bench.way().answers = [hanging]
    with stage.store() as db:
        id = queued(db, "bob@example.net")
    bench.sender.start()
    assert inside.wait(PATIENCE)
    bench.sender.stop(0.2)
    with stage.store() as db:
        assert outbox.get(db, id).state == "uncertain"
