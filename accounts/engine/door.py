"""The engine's end of the Unix socket: greets callers, hands their requests on, tells screens the events."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import stat
import struct
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
STOPPED = 2
"""Seconds that a caller may take to read what it was sent; a stopped screen must not stop the engine."""
AGAIN = 0.5
"""Seconds before somebody is let in again where that could not be: no descriptor or thread was to be had."""


class Door:
    """Listens on the socket. One thread waits for callers, one a caller reads what it says."""

    def __init__(self, path: Path, handler: Handler, version: str) -> None:
        """Callers may knock, and are answered from `open` on.

        Raises CorreioError `runtime-folder-open` for a folder that others can write to, `socket-not-made`.
        """
        self.path = path
        self.on_arrive: Callable[[Line], None] = lambda screen: None
        """Called when a screen has come."""
        self.on_leave: Callable[[], None] = lambda: None
        """Called when a caller has hung up."""
        self._handler = handler
        self._version = version
        self._guard = threading.Lock()
        self._screens: set[Line] = set()
        self._callers: set[Line] = set()
        self._shut = threading.Event()
        self._told = False
        """Whether it was said already that the socket has gone."""
        self._socket = self._listen()

    def open(self) -> None:
        """Answer who has knocked, and who will."""
        threading.Thread(target=self._answer_door, args=(self._socket,), name="door", daemon=True).start()

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

    def renew(self) -> None:
        """Make the socket anew where somebody has tidied it away: folders below /tmp are swept, and /run/user/… goes with the
        last log-in. What cannot be made now is made later."""
        try:
            if self.path.exists():
                return
            fresh = self._listen()
        except (CorreioError, OSError) as error:
            if not self._told:
                log.warning("the socket has gone, and cannot be made anew yet: %s", error)
            self._told = True
            return
        log.warning("the socket had gone; it is made anew")
        self._told = False
        old, self._socket = self._socket, fresh
        self.open()
        _hang_up(old)

    def close(self) -> None:
        """Hang up on everybody and take the socket away."""
        self._shut.set()
        self.path.unlink(missing_ok=True)
        _hang_up(self._socket)
        with self._guard:
            callers = list(self._callers)
        for line in callers:
            line.close()

    def _listen(self) -> socket.socket:
        try:
            _make_folder(self.path.parent)
            return _listener(self.path)
        except OSError as error:
            raise CorreioError("socket-not-made", file=str(self.path), answer=error.strerror or str(error)) from error

    def _answer_door(self, listener: socket.socket) -> None:
        troubled = False
        while not self._shut.is_set() and listener is self._socket:
            try:
                self._let_in(listener)
                troubled = False
            except (OSError, RuntimeError) as error:  # who knocks later is let in all the same
                if not (troubled or self._shut.is_set() or listener is not self._socket):
                    log.warning("nobody can be let in: %s", error)
                troubled = True
                self._shut.wait(AGAIN)

    def _let_in(self, listener: socket.socket) -> None:
        sock, _ = listener.accept()
        try:
            if not same_user(sock):
                log.warning("refused a caller of another user")
                sock.close()
                return
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", STOPPED, 0))
            threading.Thread(target=self._serve, args=(Line(sock),), name="caller", daemon=True).start()
        except BaseException:
            sock.close()
            raise

    def _serve(self, line: Line) -> None:
        try:
            hello = line.receive()
            if hello is None or "hello" not in hello:
                return
            screen = hello.get("role") == "screen"
            with self._guard:  # whoever has been greeted counts, and hears no event before the greeting
                line.send({"hello": VERSION, "pid": os.getpid(), "version": self._version})
                self._callers.add(line)
                if screen:
                    self._screens.add(line)
            if screen:
                self.on_arrive(line)
            while (message := line.receive()) is not None:
                self._handler(message, _answer(line, message.get("id")))
        except OSError as error:
            log.debug("a caller hung up: %s", error)
        finally:
            with self._guard:
                self._callers.discard(line)
                self._screens.discard(line)
            line.close()
            self.on_leave()


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)  # left by an engine that was killed: we hold the lock
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(16)
    except BaseException:
        listener.close()
        raise
    return listener


def _hang_up(listener: socket.socket) -> None:
    """Close a listening socket, and wake who waits at it: `close` alone leaves that thread there for good."""
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found, link = folder.stat(), folder.lstat()  # a link that somebody else has put there leads nowhere good
    if not stat.S_ISDIR(found.st_mode) or {found.st_uid, link.st_uid} != {os.getuid()} or found.st_mode & 0o022:
        raise CorreioError("runtime-folder-open", file=str(folder))


def _answer(line: Line, number: Any) -> Reply:
    def reply(message: Message) -> None:
        try:
            line.send({"id": number, **message})
        except OSError as error:
            log.debug("nobody waits for the answer any more: %s", error)
            line.close()  # a part of it may have gone: nothing that follows would be understood

    return reply
