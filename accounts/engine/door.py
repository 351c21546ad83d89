"""The engine's end of the Unix socket: greets callers, hands their requests on, tells screens the events."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accounts.engine.protocol import VERSION, Line, Message, same_user
from core.errors import CorreioError

log = logging.getLogger(__name__)
Reply = Callable[[Message], None]
Handler = Callable[[Message, Reply], None]
"""Gets a request and a function for its answer, which may be called later from any thread."""


class Door:
    """Listens on the socket. One thread waits for callers, one a caller reads what it says."""

    def __init__(self, path: Path, handler: Handler, version: str) -> None:
        self.path = path
        self._handler = handler
        self._version = version
        self._guard = threading.Lock()
        self._screens: set[Line] = set()
        self._callers: set[Line] = set()
        self.on_leave: Callable[[], None] | None = None
        """Called when a caller has hung up."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_uid != os.getuid() or path.parent.stat().st_mode & 0o022:
            raise CorreioError("runtime-folder-open", file=str(path.parent))
        path.unlink(missing_ok=True)  # left by an engine that was killed: we hold the lock
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.listen(16)
        threading.Thread(target=self._listen, name="door", daemon=True).start()

    @property
    def screens(self) -> int:
        """How many screens are open."""
        with self._guard:
            return len(self._screens)

    @property
    def callers(self) -> int:
        """How many screens and commands are connected."""
        with self._guard:
            return len(self._callers)

    def tell(self, event: Message) -> None:
        """Send an event to every screen; one that does not listen is dropped."""
        with self._guard:
            screens = list(self._screens)
        for line in screens:
            try:
                line.send(event)
            except OSError:
                line.close()

    def close(self) -> None:
        """Hang up on everybody and take the socket away."""
        self.path.unlink(missing_ok=True)
        self._socket.close()
        with self._guard:
            callers = list(self._callers)
        for line in callers:
            line.close()

    def _listen(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            if not same_user(sock):
                log.warning("refused a caller of another user")
                sock.close()
                continue
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, b"\x02" + b"\0" * 15)  # 2 s: a stopped screen
            threading.Thread(target=self._serve, args=(Line(sock),), name="caller", daemon=True).start()

    def _serve(self, line: Line) -> None:
        try:
            hello = line.receive()
            if hello is None or "hello" not in hello:
                return
            line.send({"hello": VERSION, "pid": os.getpid(), "version": self._version})
            with self._guard:
                self._callers.add(line)
                if hello.get("role") == "screen":
                    self._screens.add(line)
            while (message := line.receive()) is not None:
                self._handler(message, _answer(line, message.get("id")))
        except OSError as error:
            log.debug("a caller hung up: %s", error)
        finally:
            with self._guard:
                self._callers.discard(line)
                self._screens.discard(line)
            line.close()
            if self.on_leave is not None:
                self.on_leave()


def _answer(line: Line, number: Any) -> Reply:
    def reply(message: Message) -> None:
        try:
            line.send({"id": number, **message})
        except OSError as error:
            log.debug("nobody waits for the answer any more: %s", error)

    return reply
