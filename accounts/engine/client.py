"""A screen's or a command's end of the engine's socket."""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any

from accounts.engine.lock import EngineLock
from accounts.engine.protocol import VERSION, Line, Message, same_user
from core.errors import CorreioError, NetworkError, from_json
from core.paths import Home

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds for the engine's greeting."""


class EngineClient:
    """A connection to the running engine.

    `on_event` is called from a thread of its own for every event; `on_end` once when the engine has gone.
    Raises NetworkError `no-engine` when none runs and CorreioError `engine-other-version` for an older or newer one.
    """

    def __init__(
        self, home: Home, *, role: str = "command", on_event: Callable[[Message], None] | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self._on_event = on_event
        self._on_end = on_end
        self._answers: dict[int, queue.Queue[Message | None]] = {}
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()
        self._ended = False
        self._line = _connect(home)
        greeting = self._greet(role)
        self.pid = int(greeting.get("pid", 0))
        self.version = int(greeting.get("hello", 0))
        if self.version != VERSION:
            with contextlib.suppress(OSError):  # it may be leaving already
                self._line.send({"id": 0, "do": "leave"})
            self._line.close()
            raise CorreioError("engine-other-version", engine=self.version, mine=VERSION)
        threading.Thread(target=self._read, name="engine-client", daemon=True).start()

    def ask(self, do: str, *, timeout: float | None = None, **words: Any) -> Any:
        """Send a request and wait for its answer. Raises the engine's error, or NetworkError `engine-gone`."""
        number = next(self._numbers)
        box: queue.Queue[Message | None] = queue.Queue(1)
        with self._guard:
            if self._ended:
                raise NetworkError("engine-gone", server="engine")
            self._answers[number] = box
        try:
            self._send({"id": number, "do": do, **words})
            answer = box.get(timeout=timeout)
        except queue.Empty:
            raise NetworkError("engine-silent", server="engine") from None
        finally:
            with self._guard:
                self._answers.pop(number, None)
        if answer is None:
            raise NetworkError("engine-gone", server="engine")
        if "error" in answer:
            raise from_json(answer["error"])
        return answer.get("ok")

    def tell(self, do: str, **words: Any) -> None:
        """Send a request whose answer does not matter; nothing happens when the engine has gone."""
        with contextlib.suppress(NetworkError):
            self._send({"id": 0, "do": do, **words})

    @property
    def ended(self) -> bool:
        """Whether the engine has hung up."""
        return self._ended

    def close(self) -> None:
        """End the connection; the engine goes on."""
        self._on_end = None
        self._line.close()

    def _send(self, message: Message) -> None:
        try:
            with self._guard:
                self._line.send(message)
        except OSError:
            raise NetworkError("engine-gone", server="engine") from None

    def _greet(self, role: str) -> Message:
        try:
            self._line.sock.settimeout(PATIENCE)
            self._line.send({"hello": VERSION, "role": role})
            greeting = self._line.receive()
            self._line.sock.settimeout(None)
        except OSError:
            greeting = None
        if greeting is None:
            self._line.close()
            raise NetworkError("no-engine", server="engine")
        return greeting

    def _read(self) -> None:
        while (message := self._receive()) is not None:
            if "event" in message:
                self._hand_on(message)
                continue
            with self._guard:
                box = self._answers.get(message.get("id", 0))
            if box is not None:
                box.put(message)
        with self._guard:
            self._ended = True
            boxes = list(self._answers.values())
        for box in boxes:
            with contextlib.suppress(queue.Full):
                box.put_nowait(None)
        if (on_end := self._on_end) is not None:
            on_end()

    def _hand_on(self, event: Message) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception:
            # The edge of the thread: one bad event must not cut the line to the engine.
            log.exception("an event could not be handled: %s", event.get("event"))

    def _receive(self) -> Message | None:
        try:
            return self._line.receive()
        except OSError:
            return None


def _connect(home: Home) -> Line:
    """The line to the engine: at the socket that the lock file names, for this session's folder may be another."""
    path = EngineLock(home.lock).socket() or home.socket
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(PATIENCE)
        sock.connect(str(path))
        sock.settimeout(None)
        if same_user(sock):
            return Line(sock)
    except OSError:
        sock.close()
        raise NetworkError("no-engine", server="engine") from None
    sock.close()
    raise CorreioError("engine-not-ours", file=str(path))
