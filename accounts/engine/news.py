"""What screens are told while the engine works, no more often than they can use it."""

from __future__ import annotations

import threading
import time

from msgspec import structs

from accounts.engine.door import Door
from accounts.engine.protocol import Line
from accounts.incoming import Progress
from core.errors import CorreioError, PasswordNeeded
from core.settings import Server

CHANGED_EVERY = 0.05
"""Seconds between two words about changes; the last change of a burst is told too."""
PROGRESS_EVERY = 0.1
"""Seconds between two words about progress; but for its end, one left out does no harm."""


class News:
    """Tells events through the door, and keeps the passwords that somebody should type for screens that come later."""

    def __init__(self) -> None:
        self.door: Door | None = None
        self._guard = threading.Lock()
        self._change = threading.Event()
        self._ended = threading.Event()
        self._last_progress: dict[str, float] = {}
        self._wanted: dict[str, dict[str, object]] = {}

    def tell(self, **event: object) -> None:
        """Send an event to every screen."""
        door = self.door
        if door is not None:
            door.tell(event)

    def watched(self) -> bool:
        """Whether anybody is there to hear."""
        return self.door is not None and self.door.screens > 0

    def start(self) -> None:
        """Tell of changes, in a thread of its own: whoever commits does not wait for screens."""
        threading.Thread(target=self._tell_changes, name="news", daemon=True).start()

    def stop(self) -> None:
        """Tell no more changes."""
        self._ended.set()
        self._change.set()

    def changed(self) -> None:
        """The store has changed."""
        self._change.set()

    def _tell_changes(self) -> None:
        while self._change.wait() and not self._ended.is_set():
            self._change.clear()
            self.tell(event="changed")
            self._ended.wait(CHANGED_EVERY)

    def progress(self, account: str, progress: Progress) -> None:
        """How far a pass over an account (its settings id) is."""
        now = time.monotonic()
        if progress.done < progress.total and now - self._last_progress.get(account, 0) < PROGRESS_EVERY:
            return
        self._last_progress[account] = now
        self.tell(**{**structs.asdict(progress), "event": "progress", "account": account})

    def state(self, account: str, state: str, error: CorreioError | None) -> None:
        """How an account is doing."""
        self.tell(event="state", account=account, state=state, error=error.as_json() if error else None)

    def want_password(self, server: Server, error: CorreioError) -> None:
        """Somebody should type a server's password, where that may help."""
        if not isinstance(error, PasswordNeeded) and error.id not in ("login-refused", "password-needed"):
            return
        # It may be that of the proxy on the way.
        credential = str(error.values.get("credential") or server.credential)
        own = credential == server.credential
        host = server.host if own else str(error.values.get("server") or server.host)
        words: dict[str, object] = {"credential": credential, "server": host, "user": server.user if own else credential}
        event = {"event": "password", "what": error.id, **words}
        with self._guard:
            self._wanted[credential] = event
        self.tell(**event)

    def have_password(self, credential: str) -> None:
        """A password was typed, or the one there is was accepted after all."""
        with self._guard:
            self._wanted.pop(credential, None)

    def only(self, used: set[str]) -> None:
        """Only these credentials are used any more: nobody is to type a password for another one."""
        with self._guard:
            self._wanted = {credential: event for credential, event in self._wanted.items() if credential in used}

    def greet(self, screen: Line) -> None:
        """A screen has come: what it has missed and must not."""
        with self._guard:
            wanted = list(self._wanted.values())
        for event in wanted:
            screen.send(event)
