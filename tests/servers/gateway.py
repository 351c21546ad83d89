"""A SOCKS5 and HTTP proxy on loopback that looks up names by itself, and notes what it was asked."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Self

from tests.servers.callers import close_listener


class Gateway:
    """Listens on a free port. `names` tells where the hosts are that nobody else knows."""

    host = "localhost"

    def __init__(self, names: Mapping[str, str], user: str = "", password: str = "") -> None:
        self.asked: list[tuple[str, str, int]] = []
        """(socks5 or http, host, port)."""
        self.passed = bytearray()
        """What clients sent through."""
        self._names = names
        self._login = (user.encode(), password.encode()) if user else None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        close_listener(self._listener)

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, contextlib.suppress(OSError, EOFError):
            first = _read(line, 1)
            place = self._socks(line) if first == b"\x05" else self._http(line, first)
            if place is None:
                return
            with socket.create_connection((self._names.get(place[0], place[0]), place[1])) as server:
                line.sendall(b"\x05\0\0\x01\0\0\0\0\0\0" if first == b"\x05" else b"HTTP/1.1 200 fine\r\nX: y\r\n\r\n")
                back = threading.Thread(target=_pump, args=(server, line, bytearray()), daemon=True)
                back.start()
                _pump(line, server, self.passed)
                back.join(10)

    def _socks(self, line: socket.socket) -> tuple[str, int] | None:
        methods = _read(line, _read(line, 1)[0])
        if self._login is not None:
            if b"\x02" not in methods:
                line.sendall(b"\x05\xff")
                return None
            line.sendall(b"\x05\x02")
            _read(line, 1)
            user = _read(line, _read(line, 1)[0])
            right = (user, _read(line, _read(line, 1)[0])) == self._login
            line.sendall(b"\x01" + (b"\0" if right else b"\x01"))
            if not right:
                return None
        else:
            line.sendall(b"\x05\0")
        kind = _read(line, 4)[3]
        host = _read(line, _read(line, 1)[0]).decode() if kind == 3 else socket.inet_ntoa(_read(line, 4))
        return self._known(line, "socks5", host, int.from_bytes(_read(line, 2)), b"\x05\x04\0\x01\0\0\0\0\0\0")

    def _http(self, line: socket.socket, head: bytes) -> tuple[str, int] | None:
        while not head.endswith(b"\r\n\r\n"):
            head += _read(line, 1)
        first, *fields = head.decode().split("\r\n")
        host, _, port = first.split(" ")[1].rpartition(":")
        if self._login is not None:
            wanted = "Basic " + base64.b64encode(b":".join(self._login)).decode()
            if f"Proxy-Authorization: {wanted}" not in fields:
                line.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return None
        return self._known(line, "http", host, int(port), b"HTTP/1.1 502 Bad Gateway\r\n\r\n")

    def _known(self, line: socket.socket, kind: str, host: str, port: int, no: bytes) -> tuple[str, int] | None:
        self.asked.append((kind, host, port))
        if host in self._names or host == "localhost" or host[0].isdigit():
            return host, port
        line.sendall(no)
        return None


def _read(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = line.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _pump(source: socket.socket, target: socket.socket, seen: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            seen += data
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
