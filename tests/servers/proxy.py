"""A TCP proxy in front of a real server that cuts, withholds and garbles as told: bad lines on demand."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Self

from tests.servers.callers import close_listener

CHUNK = 65536


@dataclass(slots=True, eq=False)
class Line:
    """One connection through the proxy: bytes passed so far, and how many directions have come to their end."""

    client: socket.socket
    server: socket.socket
    up: int = 0
    down: int = 0
    finished: int = 0


class FaultProxy:
    """Listens on a free loopback port and passes everything to `host`:`port`, until told otherwise.

    Clients connect to `proxy.host`, `proxy.port`; a certificate for localhost fits.
    """

    host = "localhost"

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._news = threading.Condition()
        self._lines: list[Line] = []
        self._held = False
        self._refusing = False
        self._limit: int | None = None
        self._closed = False
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    # ------------------------------------------------------------------ faults

    def cut(self) -> int:
        """Reset every connection now; how many there were."""
        with self._news:
            lines, self._lines = self._lines, []
            self._news.notify_all()
        for line in lines:
            _reset(line)
        return len(lines)

    def cut_after(self, size: int | None) -> None:
        """Reset each connection once `size` bytes came from the server on it; None ends that."""
        with self._news:
            self._limit = size

    def hold(self) -> None:
        """Pass nothing more, in either direction, without closing: a black hole."""
        with self._news:
            self._held = True

    def go_on(self) -> None:
        """Pass again what was held, accept again what was refused."""
        with self._news:
            self._held = self._refusing = False
            self._news.notify_all()

    def refuse(self) -> None:
        """Cut what is open and reset every new connection at once."""
        with self._news:
            self._refusing = True
        self.cut()

    # ------------------------------------------------------------------ events

    def wait_for_connections(self, count: int, timeout: float = 30) -> None:
        """Block until `count` connections were tried since the start; raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: self.connections >= count, timeout):
                raise TimeoutError(f"{self.connections} connections, not {count}")

    def wait_for_bytes(self, down: int, timeout: float = 30) -> None:
        """Block until an open connection has brought so many bytes from the server; raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: any(line.down >= down for line in self._lines), timeout):
                raise TimeoutError(f"no line brought {down} bytes: {[line.down for line in self._lines]}")

    def wait_for_none(self, timeout: float = 30) -> None:
        """Block until no connection is open; raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: not self._lines, timeout):
                raise TimeoutError(f"{len(self._lines)} connections are open")

    # ------------------------------------------------------------------ life

    def close(self) -> None:
        """Stop listening and cut everything."""
        with self._news:
            self._closed = True
            self._held = False
            self._news.notify_all()
        close_listener(self._listener)
        self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    # ------------------------------------------------------------------ inside

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._news:
                self.connections += 1
                refusing = self._refusing
                self._news.notify_all()
            if refusing:
                _abort(client)
                continue
            try:
                server = socket.create_connection(self._target, 10)
            except OSError:
                _abort(client)
                continue
            server.settimeout(None)
            line = Line(client, server)
            with self._news:
                self._lines.append(line)
            for name in ("up", "down"):
                threading.Thread(target=self._pump, args=(line, name), name=f"proxy {name}", daemon=True).start()

    def _pump(self, line: Line, way: str) -> None:
        source, sink = (line.client, line.server) if way == "up" else (line.server, line.client)
        ended = False
        with contextlib.suppress(OSError):
            while not ended:
                data = source.recv(CHUNK)
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    if not self._last(line):
                        return  # the other direction still talks
                    break
                data, ended = self._measured(line, way, data)
                sink.sendall(data)
        with self._news:
            if line in self._lines:
                self._lines.remove(line)
            self._news.notify_all()
        _reset(line)

    def _last(self, line: Line) -> bool:
        with self._news:
            line.finished += 1
            return line.finished == 2

    def _measured(self, line: Line, way: str, data: bytes) -> tuple[bytes, bool]:
        """What may pass, after waiting while the proxy holds, and whether the line ends after it."""
        with self._news:
            self._news.wait_for(lambda: not self._held)
            if way == "up":
                line.up += len(data)
                return data, False
            limit = self._limit
            if limit is not None and line.down + len(data) >= limit:
                data = data[: max(0, limit - line.down)]
                line.down = limit
                return data, True
            line.down += len(data)
            self._news.notify_all()
            return data, False


def _abort(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RD)
    one.close()


def _reset(line: Line) -> None:
    _abort(line.client)
    _abort(line.server)
