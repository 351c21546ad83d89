"""A server that says what a script says: for greetings, lies and silences that no real server has."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from typing import Self

from tests.servers.authority import Certificate
from tests.servers.callers import close_listener


class Deed(Enum):
    """What a step does besides answering."""

    CLOSE = "close"
    """End the connection politely (FIN)."""
    RESET = "reset"
    """End it with a RST."""
    HANG = "hang"
    """Say nothing more, until the server stops; what the client sends is still read."""
    TLS = "tls"
    """Begin a TLS handshake now, as after STARTTLS."""


@dataclass(frozen=True, slots=True)
class Step:
    """One turn: wait for a line that matches `expect` (None: do not wait), then answer and do the deeds.

    `answer` may hold {tag}, replaced by the first word of the line that matched (an IMAP tag). Lines that do
    not match are answered by `ScriptedServer.otherwise`, or make the script fail when that is None.
    """

    expect: str | None
    answer: bytes = b""
    deed: Deed | None = None


class ScriptedServer:
    """Plays a list of steps to each connection, on a free loopback port.

    Args:
        script: the steps, first usually `Step(None, b"* OK ready\\r\\n")`. After the last the server hangs.
        further: more scripts: the n-th connection plays the n-th one, the last is repeated.
        certificate: for TLS from the first byte, or for the deed TLS.
        tls: whether TLS begins with the first byte.
        otherwise: the answer to lines that the current step does not expect (the step stays); None records
            a failure and closes.
    """

    host = "localhost"

    def __init__(
        self,
        script: Sequence[Step],
        *further: Sequence[Step],
        certificate: Certificate | None = None,
        tls: bool = False,
        otherwise: bytes | None = None,
    ) -> None:
        self._scripts = (script, *further)
        self._context = certificate.context() if certificate else None
        self._tls = tls
        self._otherwise = otherwise
        self._news = threading.Condition()
        self._open: set[socket.socket] = set()
        self._stopping = False
        self.connections = 0
        self.lines: list[bytes] = []
        """Every line that came, without CRLF, over all connections."""
        self.failures: list[str] = []
        """Where a connection left its script; `check` raises on them."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="scripted", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and drop every connection."""
        with self._news:
            self._stopping = True
            still = tuple(self._open)
        close_listener(self._listener)
        for line in still:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        """Raise AssertionError when a client said something that its script did not expect."""
        assert not self.failures, "\n".join(self.failures)

    def wait_for_line(self, pattern: str, timeout: float = 30) -> bytes:
        """Block until a line that matches the regular expression has come, and return it."""
        wanted = re.compile(pattern.encode(), re.I)
        with self._news:
            if not self._news.wait_for(lambda: any(wanted.search(line) for line in self.lines), timeout):
                raise TimeoutError(f"{pattern!r} never came: {self.lines}")
            return next(line for line in self.lines if wanted.search(line))

    def wait_for_connections(self, count: int, timeout: float = 30) -> None:
        """Block until `count` connections were made since the start."""
        with self._news:
            if not self._news.wait_for(lambda: self.connections >= count, timeout):
                raise TimeoutError(f"{self.connections} connections, not {count}")

    # ------------------------------------------------------------------ inside

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with self._news:
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                self.connections += 1
                self._open.add(line)
                self._news.notify_all()
            threading.Thread(target=self._serve, args=(line, script), daemon=True).start()

    def _serve(self, line: socket.socket, script: Sequence[Step]) -> None:
        with ExitStack() as closing:
            closing.callback(self._forget, line)
            # The client left, or the server is closing: both are ordinary ends.
            with contextlib.suppress(OSError, EOFError):
                if self._tls:
                    line = self._wrap(line)
                    closing.callback(self._forget, line)
                for step in script:
                    self._answer(line, step)
                    if step.deed is Deed.TLS:
                        line = self._wrap(line)
                        closing.callback(self._forget, line)
                    elif step.deed is Deed.RESET:
                        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    elif step.deed is Deed.CLOSE:
                        return
                while True:
                    self._record(_line(line))

    def _answer(self, line: socket.socket, step: Step) -> None:
        said = b"" if step.expect is None else self._await(line, step.expect)
        line.sendall(step.answer.replace(b"{tag}", said.split(b" ", 1)[0]))
        while step.deed is Deed.HANG:
            self._record(_line(line))

    def _forget(self, line: socket.socket) -> None:
        with self._news:
            self._open.discard(line)
        line.close()

    def _await(self, line: socket.socket, expect: str) -> bytes:
        while True:
            said = _line(line)
            self._record(said)
            if re.search(expect.encode(), said, re.I):
                return said
            if self._otherwise is None:
                with self._news:
                    self.failures.append(f"expected {expect!r}, got {said!r}")
                raise EOFError
            line.sendall(self._otherwise.replace(b"{tag}", said.split(b" ", 1)[0]))

    def _record(self, said: bytes) -> None:
        with self._news:
            self.lines.append(said)
            self._news.notify_all()

    def _wrap(self, line: socket.socket) -> ssl.SSLSocket:
        if self._context is None:
            raise ValueError("a script with TLS needs a certificate")
        secure = self._context.wrap_socket(line, server_side=True)
        with self._news:
            self._open.add(secure)
        return secure


def _line(line: socket.socket) -> bytes:
    """The next line without its ending; raises EOFError when the client has closed.

    Byte by byte: reading ahead would swallow the TLS handshake that follows STARTTLS.
    """
    taken = bytearray()
    while not taken.endswith(b"\n"):
        byte = line.recv(1)
        if not byte:
            raise EOFError
        taken += byte
    return bytes(taken).rstrip(b"\r\n")
