"""The screen's line to the engine: started after the first paint, found again when the engine was replaced."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from core.errors import CorreioError, NetworkError
from tui.wiring import Wiring

if TYPE_CHECKING:
    from accounts.engine.client import EngineClient
    from accounts.engine.protocol import Message

AGAIN = 2.0
"""Seconds before an engine that has gone is looked for again."""
PATIENCE = 15.0
"""Seconds for which a request waits until an engine is found, or known not to start."""


class EngineLink:
    """Keeps a connection to the engine in a daemon thread. Callbacks come from that thread."""

    def __init__(self, wiring: Wiring, on_event: Callable[[Message], None], on_trouble: Callable[[CorreioError], None]) -> None:
        self._wiring = wiring
        self._on_event = on_event
        self._on_trouble = on_trouble
        self._client: EngineClient | None = None
        self._ended = threading.Event()
        self._closing = threading.Event()
        self._known = threading.Event()
        """Whether there is an engine, or none that starts; not while it is looked for."""
        self._told: str = ""
        self._thread = threading.Thread(target=self._keep, name="engine-link", daemon=True)

    def start(self) -> None:
        """Connect, starting the engine when none runs."""
        self._thread.start()

    def close(self) -> None:
        """Hang up; the engine goes on."""
        self._closing.set()
        self._ended.set()
        self._known.set()
        client = self._client
        if client is not None:
            client.close()

    @property
    def connected(self) -> bool:
        """Whether the engine is there."""
        return self._client is not None

    def tell(self, do: str, **words: Any) -> None:
        """Send a request whose answer does not matter; without an engine nothing happens: the store has it all."""
        client = self._client
        if client is not None:
            client.tell(do, **words)

    def ask(self, do: str, done: Callable[[Any, CorreioError | None], None], **words: Any) -> None:
        """Send a request; `done` gets the answer or the error, in a thread of its own.

        While the engine is looked for, the request waits: somebody opened a message before it was found.
        """

        def work() -> None:
            self._known.wait(PATIENCE)
            client = self._client
            try:
                if client is None:
                    raise NetworkError("no-engine", server="engine")
                answer = client.ask(do, **words)
            except CorreioError as error:
                done(None, error)
            else:
                done(answer, None)

        threading.Thread(target=work, name="engine-ask", daemon=True).start()

    def _hear(self, here: threading.Event, event: Message) -> None:
        """The engine speaks at once; what is told it in return needs a line to it."""
        here.wait()
        self._on_event(event)

    def _keep(self) -> None:
        from accounts.engine.client import EngineClient

        while not self._closing.is_set():
            self._ended.clear()
            if self._closing.is_set():
                return  # whoever closes sets both, in this order
            try:
                starter = self._wiring.start_engine()
                starter.close()
                here = threading.Event()
                self._client = EngineClient(
                    self._wiring.home, role="screen", on_event=partial(self._hear, here), on_end=self._ended.set
                )
                here.set()
            except CorreioError as error:
                if error.id != self._told:  # once, not every two seconds
                    self._on_trouble(error)
                    self._told = error.id
                self._known.set()
                self._closing.wait(AGAIN)
                continue
            if self._closing.is_set():
                self._client.close()  # it came after `close` had looked
                return
            self._told = ""
            self._known.set()
            self._on_event({"event": "changed"})
            self._ended.wait()
            self._client = None
            if not self._closing.is_set():
                self._known.clear()
            self._closing.wait(AGAIN)
