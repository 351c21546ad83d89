"""What screens are told while the engine works, no more often than they can use it."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict

from accounts.engine.door import Door
from accounts.engine.protocol import Line
from accounts.incoming import Progress
from core.errors import CorreioError, PasswordNeeded
from core.settings import Server

CHANGED_EVERY = 0.05
PROGRESS_EVERY = 0.1
"""Seconds between two such events; the store is looked at anyway, so that one left out does no harm."""


class News:
    """Tells events through the door, and keeps the passwords that somebody should type for screens that come later."""

    def __init__(self) -> None:
        self.door: Door | None = None
        self._guard = threading.Lock()
        self._last_change = 0.0
        self._last_progress: dict[str, float] = {}
        self._wanted: dict[str, dict[str, object]] = {}

    def tell(self, **event: object) -> None:
        """Send an event to every screen."""
        door = self.door
        if door is not None:
            door.tell(event)

    def changed(self) -> None:
        """The store has changed."""
        now = time.monotonic()
        if now - self._last_change >= CHANGED_EVERY:
            self._last_change = now
            self.tell(event="changed")

    def progress(self, account: str, progress: Progress) -> None:
        """How far a pass over an account (its settings id) is."""
        now = time.monotonic()
        if progress.done < progress.total and now - self._last_progress.get(account, 0) < PROGRESS_EVERY:
            return
        self._last_progress[account] = now
        self.tell(**{**asdict(progress), "event": "progress", "account": account})

    def state(self, account: str, state: str, error: CorreioError | None) -> None:
        """How an account is doing."""
        self.tell(event="state", account=account, state=state, error=error.as_json() if error else None)

    def want_password(self, server: Server, error: CorreioError) -> None:
        """Somebody should type a server's password, where that may help."""
        if not isinstance(error, PasswordNeeded) and error.id not in ("login-refused", "password-needed"):
            return
        words: dict[str, object] = {"credential": server.credential, "server": server.host, "user": server.user}
        event = {"event": "password", "what": error.id, **words}
        with self._guard:
            self._wanted[server.credential] = event
        self.tell(**event)

    def have_password(self, credential: str) -> None:
        """A password was typed, or the one there is was accepted after all."""
        with self._guard:
            self._wanted.pop(credential, None)

    def greet(self, screen: Line) -> None:
        """A screen has come: what it has missed and must not."""
        with self._guard:
            wanted = list(self._wanted.values())
        for event in wanted:
            screen.send(event)

