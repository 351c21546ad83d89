"""COMPRESS=DEFLATE (RFC 4978): what goes over the line is deflated, in both directions, after the log-in.

Inflating is bounded: at most `MOST` bytes come out at a time, and what reads them counts them against its budget, so a
few bytes that stand for gigabytes are refused like any answer that is too large.
"""

from __future__ import annotations

import ipaddress
import socket
import zlib
from contextlib import suppress

from core.errors import ProtocolError

MOST = 256 * 1024
"""Bytes that are inflated at a time."""
_LEVEL = 6


class Deflate:
    """The two streams of one connection."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._out = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._in = zlib.decompressobj(-zlib.MAX_WBITS)
        self._rest = b""

    @property
    def waiting(self) -> bool:
        """Whether bytes have come that are not inflated yet."""
        return bool(self._rest)

    def pack(self, data: bytes) -> bytes:
        """Deflated, to the last byte: the other side can read all of it."""
        return self._out.compress(data) + self._out.flush(zlib.Z_SYNC_FLUSH)

    def unpack(self, data: bytes = b"") -> bytes:
        """The next bytes, about `MOST` of them at most; b'' when more has to come first. ProtocolError for nonsense."""
        try:
            found = self._in.decompress(self._rest + data, MOST)
            self._rest = self._in.unconsumed_tail
            if len(found) == MOST and not self._rest:
                found += self._in.decompress(b"", MOST)  # the end of a match that did not fit
        except zlib.error as error:
            raise ProtocolError("answer-senseless", server=self._server, answer=f"DEFLATE: {error}") from error
        if self._in.eof:
            raise ProtocolError("answer-senseless", server=self._server, answer="DEFLATE: end of stream")
        return found


def worth_it(sock: socket.socket) -> bool:
    """Whether deflating helps on this line: everywhere but within this machine, where it only costs time."""
    with suppress(OSError, ValueError, IndexError):
        return not ipaddress.ip_address(str(sock.getpeername()[0]).partition("%")[0]).is_loopback
    return False
