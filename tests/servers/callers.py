"""What proxies have in common: somebody calls, and gets a line of their own to the real server."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator


def callers(listener: socket.socket, target: tuple[str, int]) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Each caller's socket with one to `target`, without Nagle's delay, until the listener is closed or nobody answers there."""
    while True:
        try:
            client, _ = listener.accept()
            server = socket.create_connection(target, 10)
        except OSError:
            return
        server.settimeout(None)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield client, server


def close_listener(listener: socket.socket) -> None:
    """Stop listening; who waits at it wakes up."""
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
