"""The screen's line to the engine: found, lost, found again."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.engine import client
from accounts.engine.client import EngineClient
from accounts.engine.protocol import Message
from core.errors import CorreioError, NetworkError
from core.paths import Home
from tests.accounts.engine.players import PATIENCE, UID, Stage, home_in, settings
from tests.scratch import short_folder
from tui import engine_link
from tui.engine_link import EngineLink


class Starter:
    """What the link needs of the wiring; it starts nothing, or an engine in this process."""

    def __init__(self, stage: Stage) -> None:
        self.home = stage.home
        self.errors: list[CorreioError] = []
        self.tries = 0

    def start_engine(self) -> EngineClient:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return EngineClient(self.home)


class Screen:
    """Hears events and troubles."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.troubles: queue.SimpleQueue[str] = queue.SimpleQueue()

    def heard(self, kind: str) -> Message:
        while (event := self.events.get(timeout=PATIENCE))["event"] != kind:
            continue
        return event

    def forget(self) -> None:
        """What was told before this moment."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.events.get_nowait()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    import shutil

    runtime = short_folder("run-")
    yield Stage(home_in(tmp_path, runtime), settings())
    shutil.rmtree(runtime)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@contextlib.contextmanager
def linked(stage: Stage, screen: Screen, starter: Starter | None = None) -> Iterator[EngineLink]:
    wiring: Any = starter or Starter(stage)
    link = EngineLink(wiring, screen.events.put, lambda error: screen.troubles.put(error.id))
    link.start()
    try:
        yield link
    finally:
        link.close()
        link._thread.join(PATIENCE)
        assert not link._thread.is_alive()


def test_it_connects_and_hears(stage: Stage, screen: Screen) -> None:
    with stage.engine() as engine, linked(stage, screen) as link:
        screen.heard("changed")
        assert link.connected
        with engine.open_store() as db, db.write():
            db.run("INSERT INTO meta (name, value) VALUES ('x', 1)")
        screen.heard("changed")
        answers: queue.SimpleQueue[tuple[Any, CorreioError | None]] = queue.SimpleQueue()
        link.ask("status", lambda answer, error: answers.put((answer, error)))
        answer, error = answers.get(timeout=PATIENCE)
        assert error is None
        assert answer["pid"] == os.getpid()
        link.ask("dance", lambda answer, error: answers.put((answer, error)))
        answer, error = answers.get(timeout=PATIENCE)
        assert error is not None
        assert error.id == "engine-unknown-request"
        link.tell("look")


def test_an_engine_that_was_replaced_is_found_again(stage: Stage, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_link, "AGAIN", 0.01)
    starter = Starter(stage)
    with contextlib.ExitStack() as first:
        first.enter_context(stage.engine())
        with linked(stage, screen, starter) as link:
            screen.heard("changed")
            first.close()
            assert screen.troubles.get(timeout=PATIENCE) == "no-engine"
            assert not link.connected
            screen.forget()
            with stage.engine():
                screen.heard("changed")
                assert link.connected


def test_what_the_engine_says_first_can_be_answered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written for a password that was typed already, and went nowhere when the engine asked for it at once."""
    connected: queue.SimpleQueue[bool] = queue.SimpleQueue()

    class AtOnce(EngineClient):
        def __init__(self, home: Home, *, on_event: Callable[[Message], None], **more: Any) -> None:
            super().__init__(home, on_event=on_event, **more)
            first = threading.Thread(target=on_event, args=({"event": "password"},))
            first.start()
            first.join(0.05)  # it must wait for us, not we for it

    monkeypatch.setattr(client, "EngineClient", AtOnce)
    wiring: Any = Starter(stage)
    link = EngineLink(wiring, lambda event: connected.put(link.connected), lambda error: None)
    with stage.engine():
        link.start()
        assert [connected.get(timeout=PATIENCE) for _ in range(2)] == [True, True]
        link.close()
        link._thread.join(PATIENCE)


def test_a_trouble_is_told_once(stage: Stage, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_link, "AGAIN", 0.01)
    starter = Starter(stage)
    starter.errors = [NetworkError("engine-not-starting", server="engine", file="x")] * 5
    with stage.engine(), linked(stage, screen, starter):
        screen.heard("changed")
    assert screen.troubles.get(timeout=PATIENCE) == "engine-not-starting"
    assert screen.troubles.empty()
    assert starter.tries == 6


def test_what_is_asked_before_the_engine_is_found_waits_for_it(stage: Stage, screen: Screen) -> None:
    answers: queue.SimpleQueue[tuple[Any, CorreioError | None]] = queue.SimpleQueue()
    wiring: Any = Starter(stage)
    link = EngineLink(wiring, screen.events.put, lambda error: screen.troubles.put(error.id))
    link.ask("status", lambda answer, error: answers.put((answer, error)))
    with stage.engine():
        link.start()
        answer, error = answers.get(timeout=PATIENCE)
        assert error is None
        assert answer["pid"] == os.getpid()
        link.close()
        link._thread.join(PATIENCE)


def test_what_is_asked_where_none_starts_is_told_so(stage: Stage, screen: Screen) -> None:
    answers: queue.SimpleQueue[CorreioError | None] = queue.SimpleQueue()
    starter = Starter(stage)
    starter.errors = [NetworkError("engine-not-starting", server="engine", file="x")] * 100
    with linked(stage, screen, starter) as link:
        link.ask("status", lambda answer, error: answers.put(error))
        error = answers.get(timeout=PATIENCE)
        assert error is not None
        assert error.id == "no-engine"


def test_without_an_engine_nothing_is_lost(stage: Stage, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for has an answer; what was told needs none, since the store has it."""
    monkeypatch.setattr(engine_link, "PATIENCE", 0.01)
    wiring: Any = Starter(stage)
    link = EngineLink(wiring, screen.events.put, lambda error: None)
    link.tell("look")
    answers: queue.SimpleQueue[CorreioError | None] = queue.SimpleQueue()
    link.ask("status", lambda answer, error: answers.put(error))
    error = answers.get(timeout=PATIENCE)
    assert error is not None
    assert error.id == "no-engine"


def test_the_engine_goes_on_when_the_screen_hangs_up(stage: Stage, screen: Screen) -> None:
    with stage.engine() as engine:
        with linked(stage, screen):
            screen.heard("changed")
        assert UID in engine.workers()
        with contextlib.closing(EngineClient(stage.home)) as client:
            assert client.ask("status", timeout=PATIENCE)["pid"] == os.getpid()


def test_closing_before_it_began(stage: Stage, screen: Screen) -> None:
    wiring: Any = Starter(stage)
    link = EngineLink(wiring, screen.events.put, lambda error: None)
    link.close()
    link.start()
    link._thread.join(PATIENCE)
    assert not link._thread.is_alive()
