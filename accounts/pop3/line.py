"""A POP3 line that carries whole mails: no limit for a line, one for a mail, and a deadline that a drip feed does not outlast."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from accounts.deadline import Deadline
from accounts.talk import Line
from core.errors import ProtocolError

SLOWEST = 1024
"""Bytes a second: what comes slower for long is a drip feed."""
MOST_LINES = 2_000_000
"""In a list of mails."""
_END = b"\r\n.\r\n"


class MailLine(Line):
    """A `Line` for a session after the log-in."""

    chunk = 64 * 1024

    def begin(self, seconds: float, lines: int = MOST_LINES) -> None:
        """A new command: it has so many seconds to be answered, and so many lines."""
        self._deadline = Deadline(seconds)
        self._left = lines

    def cancel(self) -> None:
        """End whatever is being read or written; from any thread."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def read_mail(self, seconds: float, most: int) -> bytes:
        """What a server sends up to the line with one dot (RFC 1939 §3), the dots before lines taken away.

        It may take so many seconds, and one more for each SLOWEST bytes that have come. ProtocolError `answer-too-large`
        above `most` bytes.
        """
        start = time.monotonic()
        data = bytearray(b"\r\n" + self._buffer)  # so that a dot in the first line looks like any other
        self._buffer = b""
        seen = 0
        while (end := data.find(_END, max(0, seen - len(_END)))) < 0:
            if len(data) > most:
                raise ProtocolError("answer-too-large", server=self.server, answer="")
            seen = len(data)
            self._deadline = Deadline(start + seconds + len(data) / SLOWEST - time.monotonic())
            self._receive()
            data += self._buffer
            self._buffer = b""
        self._buffer = bytes(data[end + len(_END) :])
        del data[end + 2 :]
        return bytes(data.replace(b"\r\n.", b"\r\n"))[2:]
