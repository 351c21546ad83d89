"""A screen as the engine sees it: it listens to events, and looks again at each of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from accounts.engine.client import EngineClient
from accounts.engine.protocol import Message
from core.paths import Home

PATIENCE = 60.0
LOOK = 0.1
"""Seconds after which one looks again without an event: the engine leaves some out."""


class Listener:
    """One connection with the role of a screen; `events` is what came so far."""

    def __init__(self, home: Home) -> None:
        self.events: list[Message] = []
        self._news = threading.Condition()
        self._ended = False
        self.client = EngineClient(home, role="screen", on_event=self._heard, on_end=self._end)

    def ask(self, do: str, **words: Any) -> Any:
        """A request and its answer."""
        return self.client.ask(do, timeout=PATIENCE, **words)

    def wait_for(self, kind: str, **values: Any) -> Message:
        """The first event of that kind with those values; raises TimeoutError."""

        def found() -> Message | None:
            return next((e for e in self.events if e["event"] == kind and values.items() <= e.items()), None)

        event: Message = self.until(found, f"no event {kind} {values}")
        return event

    def until(self, look: Callable[[], Any], complaint: str = "it never came true") -> Any:
        """What `look` gives as soon as it gives something; raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while True:
            heard = len(self.events)
            if found := look():  # outside the lock: who asks the engine meanwhile must go on hearing it
                return found
            if time.monotonic() > end:
                raise TimeoutError(f"{complaint}; heard: {self.events[-20:]}")
            with self._news:
                if len(self.events) == heard:
                    self._news.wait(LOOK)

    def forget(self) -> None:
        """Wait for new events only."""
        with self._news:
            self.events.clear()

    def wait_for_end(self) -> None:
        """Wait until the engine has hung up."""
        self.until(lambda: self._ended, "the engine never hung up")

    def close(self) -> None:
        """Hang up."""
        self.client.close()

    def _heard(self, event: Message) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def _end(self) -> None:
        with self._news:
            self._ended = True
            self._news.notify_all()
