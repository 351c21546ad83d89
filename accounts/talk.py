"""A short conversation in lines with a mail server: enough to greet it, start TLS, log in and ask what it can.

For testing accounts and for discovery, where nothing is known of the other side: bounded lines, bounded in
number, one deadline for everything. Mail itself goes through imaplib and aiosmtplib.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Protocol

from accounts.deadline import Deadline
from accounts.dial import Endpoint, network_error, upgrade
from accounts.trust import fingerprint_of, shown_by
from core.errors import AuthenticationError, NetworkError, ProtocolError
from core.secret import Secret

MAX_LINE = 64 * 1024
MAX_LINES = 1000


class Talk(Protocol):
    """What a conversation can do, whatever the protocol (`accounts.imap_talk`, `accounts.smtp_talk`, …).

    All methods raise NetworkError when the line drops or the time is up, ProtocolError for nonsense.
    """

    line: Line

    def greet(self) -> None:
        """Take the greeting and learn the abilities. ServerRefused `greeting-refused`."""

    def start_tls(self) -> None:
        """Go on encrypted. TLSError `starttls-missing`, `starttls-refused`, or as `accounts.dial.secure`."""

    def log_in(self, user: str, secret: Secret, method: str) -> str:
        """Log in and learn the abilities anew; the way that was used (plain, login, cram-md5, preauth).

        AuthenticationError `login-refused`, `login-disabled`, `no-common-method`, `login-characters`;
        ServerRefused `login-unavailable` when the server cannot say just now.
        """

    def abilities(self) -> tuple[str, ...]:
        """What the server says it can, upper case."""

    def close(self) -> None:
        """Say good-bye, without waiting for an answer."""


class Line:
    """A socket as lines, with limits."""

    chunk = 16 * 1024
    """Bytes that are read at once."""

    def __init__(self, sock: socket.socket, endpoint: Endpoint, deadline: Deadline) -> None:
        self.endpoint = endpoint
        self._sock = sock
        self._deadline = deadline
        self._buffer = b""
        self._left = MAX_LINES

    @property
    def server(self) -> str:
        """host:port, for errors."""
        return self.endpoint.name

    @property
    def unread(self) -> bytes:
        """What has come and was not read."""
        return self._buffer

    @property
    def own_address(self) -> str:
        """Our end of the connection as SMTP writes it: [192.0.2.1] or [IPv6:2001:db8::1] (RFC 5321 4.1.3)."""
        if self._sock.family not in (socket.AF_INET, socket.AF_INET6):
            return "[127.0.0.1]"  # a command's line has no address
        address = str(self._sock.getsockname()[0])
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    @property
    def their_address(self) -> str:
        """The server's IP address, '' if it has left already."""
        try:
            return str(self._sock.getpeername()[0])
        except (OSError, IndexError):
            return ""

    def tls_values(self) -> dict[str, str]:
        """`version`, `cipher` and `fingerprint` of the encryption; {} without."""
        if not isinstance(self._sock, ssl.SSLSocket):
            return {}
        cipher = self._sock.cipher()
        return {
            "version": self._sock.version() or "",
            "cipher": cipher[0] if cipher else "",
            "fingerprint": fingerprint_of(self._sock),
        }

    def certificate(self) -> dict[str, str]:
        """What `accounts.trust.shown_by` tells of the server's certificate; {} without encryption."""
        return shown_by(self._sock) if isinstance(self._sock, ssl.SSLSocket) else {}

    def read(self) -> bytes:
        """The next line without its end. NetworkError, or ProtocolError `line-too-long`, `too-many-lines`."""
        self._left -= 1
        if self._left < 0:
            raise ProtocolError("too-many-lines", server=self.server, answer="")
        while b"\n" not in self._buffer:
            if len(self._buffer) > MAX_LINE:
                raise ProtocolError("line-too-long", server=self.server, answer="")
            self._receive()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def take(self, count: int) -> bytes:
        """So many bytes (a literal). ProtocolError `line-too-long`."""
        if count > MAX_LINE:
            raise ProtocolError("line-too-long", server=self.server, answer="")
        while len(self._buffer) < count:
            self._receive()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def write(self, data: bytes) -> None:
        """Send a line; CR LF is added."""
        try:
            self._deadline.arm(self._sock, self.server)
            self._sock.sendall(data + b"\r\n")
        except OSError as error:
            raise network_error(self.server, error) from error

    def encrypt(self) -> None:
        """TLS from here on; what arrived before it is dropped (it may come from somebody else)."""
        self._buffer = b""
        self._sock = upgrade(self._sock, self.endpoint, self._deadline)

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._sock.close()

    def _receive(self) -> None:
        try:
            self._deadline.arm(self._sock, self.server)
            data = self._sock.recv(self.chunk)
        except OSError as error:
            raise network_error(self.server, error) from error
        if not data:
            raise NetworkError("connection-closed", server=self.server, answer="")
        self._buffer += data


def check_login(user: str, secret: Secret, server: str) -> None:
    """AuthenticationError `login-characters` when user or secret hold what would end the command: CR, LF, NUL."""
    if any(letter in user or letter in secret.reveal() for letter in "\r\n\0"):
        raise AuthenticationError("login-characters", server=server, user=user, answer="")


def octets(text: str) -> bytes:
    """A user name or secret as bytes; a password command's odd bytes come out as they went in."""
    return text.encode("utf-8", "surrogateescape")


def words(data: bytes) -> str:
    """A server's words for a person, at most 300 letters."""
    return data.decode("utf-8", "replace").strip()[:300]
