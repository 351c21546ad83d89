"""Another mail program: IMAPClient as the tests use it."""

from __future__ import annotations

import socket
import ssl

from imapclient import IMAPClient


class MailClient(IMAPClient):  # type: ignore[misc]
    """An IMAPClient that waits at most 30 seconds for an answer, over TLS where a context is given.

    Every byte is sent at once: imaplib writes a command in pieces, and between two of them Nagle's algorithm would
    wait 40 ms for the other side.
    """

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None = None) -> None:
        super().__init__(host, port, ssl=context is not None, ssl_context=context, timeout=30)
        self._imap.debug = 0
        self.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
