"""Ways to a server that cannot be reached directly: SOCKS5 (RFC 1928, 1929), HTTP CONNECT (RFC 9110 §9.3.6), a command.

A way ends in a connected socket. TLS is done over it as over any other, with the name of the server that is meant: a
proxy sees the name and nothing else.
"""

from __future__ import annotations

import base64
import ipaddress
import shlex
import socket
import subprocess
import threading
from contextlib import suppress
from weakref import WeakKeyDictionary

from msgspec import Struct

from accounts.deadline import Deadline
from accounts.dial import Endpoint, Resolver, connect, network_error, resolve
from accounts.public_addresses import looks_public
from core.clean import clean_line
from core.errors import NetworkError
from core.secret import Secret
from core.settings.server import Proxy

LONGEST_HEAD = 16 * 1024
"""Bytes of an HTTP proxy's answer."""
LONGEST_WORDS = 4096
"""Bytes of a line that a command writes on its standard error."""
LAST_WORDS = 5.0
"""Seconds in which a command whose line is closed ends."""
_SOCKS_SAYS = {
    1: "general failure", 2: "not allowed", 3: "network unreachable", 4: "host unreachable", 5: "connection refused",
    6: "timed out", 7: "command not supported", 8: "address type not supported",
}  # fmt: skip


class Way(Struct, frozen=True):
    """A proxy with what it takes to use it."""

    proxy: Proxy
    secret: Secret
    for_strangers: bool = False
    """What a mail names is reached through it: never what is plainly of one's own network."""

    @property
    def name(self) -> str:
        """The proxy's name, for people."""
        return self.proxy.name


def reach(way: Way, endpoint: Endpoint, deadline: Deadline, resolver: Resolver | None = None) -> socket.socket:
    """A socket at whose other end the endpoint is.

    Raises NetworkError: `proxy-unreachable` (with `why`), `proxy-refused`, `proxy-login-refused`, `proxy-senseless`,
    `proxy-silent`, all with `proxy` and `server`, or `connection-timeout`.
    """
    if way.for_strangers and not looks_public(endpoint.host):
        raise NetworkError("not-public", server=endpoint.host, answer="")
    if way.proxy.kind == "command":
        return _run(way, endpoint)
    there = Endpoint(way.proxy.host, way.proxy.port, "none")
    try:
        sock = connect(there, resolve(there, deadline, resolver), deadline)
    except NetworkError as error:
        if error.id == "connection-timeout":
            raise
        raise NetworkError("proxy-unreachable", server=endpoint.name, proxy=way.name, why=error.as_json(), answer="") from error
    try:
        talk = _Talk(sock, way, endpoint, deadline)
        talk.socks() if way.proxy.kind == "socks5" else talk.http()
    except TimeoutError as error:
        sock.close()
        raise NetworkError("proxy-silent", server=endpoint.name, proxy=way.name, answer="") from error
    except OSError as error:
        sock.close()
        raise network_error(endpoint.name, error) from error
    except NetworkError:
        sock.close()
        raise
    return sock


class _Talk:
    """What is said to a proxy before the line is the server's."""

    def __init__(self, sock: socket.socket, way: Way, endpoint: Endpoint, deadline: Deadline) -> None:
        from accounts.dial import ascii_host

        self._sock = sock
        self._way = way
        self._endpoint = endpoint
        self._deadline = deadline
        self._host = ascii_host(endpoint.host)
        self._user = way.proxy.user.encode()
        self._word = way.secret.reveal().encode("utf-8", "surrogateescape")

    def socks(self) -> None:
        """SOCKS5; the name is looked up by the proxy."""
        self._send(b"\x05\x02\x00\x02" if self._user else b"\x05\x01\x00")
        version, method = self._read(2)
        if version != 5:
            raise self._error("proxy-senseless")
        if method == 2 and self._user:
            self._send(b"\x01" + _counted(self._user) + _counted(self._word))
            if self._read(2)[1]:
                raise self._error("proxy-login-refused")
        elif method:
            raise self._error("proxy-login-refused")
        self._send(b"\x05\x01\x00" + self._address() + self._endpoint.port.to_bytes(2))
        version, said, _, kind = self._read(4)
        if version != 5:
            raise self._error("proxy-senseless")
        if said:
            raise self._error("proxy-refused", _SOCKS_SAYS.get(said, str(said)))
        self._read({1: 4, 4: 16}.get(kind, 0) or self._read(1)[0])
        self._read(2)

    def http(self) -> None:
        """HTTP CONNECT."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        place = f"{host}:{self._endpoint.port}".encode()
        head = b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n" % (place, place)
        if self._user:
            head += b"Proxy-Authorization: Basic " + base64.b64encode(self._user + b":" + self._word) + b"\r\n"
        self._send(head + b"\r\n")
        answer = bytearray()
        # Byte by byte: what follows the empty line is the server's.
        while not answer.endswith(b"\r\n\r\n"):
            if len(answer) > LONGEST_HEAD:
                raise self._error("proxy-senseless")
            answer += self._read(1)
            if not b"HTTP/".startswith(answer[:5]):
                raise self._error("proxy-senseless", clean_line(answer.decode("latin-1")))
        first = clean_line(answer.partition(b"\r\n")[0].decode("latin-1"))[:200]
        words = first.split(" ", 2)
        if not words[0].startswith("HTTP/") or len(words) < 2 or not words[1].isdigit():
            raise self._error("proxy-senseless", first)
        if words[1] in ("401", "407"):
            raise self._error("proxy-login-refused", first)
        if not words[1].startswith("2"):
            raise self._error("proxy-refused", first)

    def _address(self) -> bytes:
        try:
            found = ipaddress.ip_address(self._host)
        except ValueError:
            return b"\x03" + _counted(self._host.encode())
        return (b"\x01" if found.version == 4 else b"\x04") + found.packed

    def _send(self, data: bytes) -> None:
        self._deadline.arm(self._sock, self._endpoint.name)
        self._sock.sendall(data)

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            self._deadline.arm(self._sock, self._endpoint.name)
            more = self._sock.recv(count - len(data))
            if not more:
                raise self._error("proxy-refused", "closed")
            data += more
        return data

    def _error(self, id: str, answer: str = "") -> NetworkError:
        return NetworkError(id, server=self._endpoint.name, proxy=self._way.name, answer=answer)


def _counted(data: bytes) -> bytes:
    return bytes((min(len(data), 255),)) + data[:255]


class _Command:
    """A proxy's command at work. Its end is waited for, and its last words on standard error are kept."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.said = ""
        self.status = 0
        self.over = threading.Event()
        self._process = process
        threading.Thread(target=self._follow, name="proxy", daemon=True).start()

    def _follow(self) -> None:
        with suppress(OSError), self._process as process:
            while words := process.stderr.readline(LONGEST_WORDS) if process.stderr else b"":
                self.said = clean_line(words.decode("utf-8", "replace")).strip() or self.said
            self.status = process.wait()
        self.over.set()


_commands: WeakKeyDictionary[socket.socket, _Command] = WeakKeyDictionary()
"""The commands at whose other end a socket is."""


def _run(way: Way, endpoint: Endpoint) -> socket.socket:
    """The command's standard input and output as a socket. It ends when the socket is closed."""
    from accounts.dial import ascii_host

    words = {"%h": ascii_host(endpoint.host), "%p": str(endpoint.port), "%%": "%"}
    argv = [_filled(word, words) for word in shlex.split(way.proxy.command)]
    ours, theirs = socket.socketpair()
    try:
        end = theirs.fileno()
        process = subprocess.Popen(argv, stdin=end, stdout=end, stderr=subprocess.PIPE, start_new_session=True)
    except (OSError, IndexError) as error:
        ours.close()
        answer = getattr(error, "strerror", None) or str(error)
        raise NetworkError("proxy-command-failed", server=endpoint.name, proxy=way.name, answer=answer) from error
    finally:
        theirs.close()
    _commands[ours] = _Command(process)
    return ours


def why_broken(error: NetworkError, sock: socket.socket, endpoint: Endpoint, deadline: Deadline) -> NetworkError | None:
    """In place of an error met over a socket of `reach`: `proxy-command-ended`, where it is a command that failed."""
    command = _commands.get(sock)
    if command is None or endpoint.through is None or error.id not in ("connection-closed", "tls-handshake"):
        return None
    command.over.wait(min(LAST_WORDS, 0.0 if deadline.over else deadline.left()))
    if command.status <= 0:  # or it was ended because we closed the line
        return None
    values = {"server": endpoint.name, "proxy": endpoint.through.name, "status": command.status}
    return NetworkError("proxy-command-ended", answer=command.said[:200], **values)


def _filled(word: str, words: dict[str, str]) -> str:
    filled, rest = "", word
    while rest:
        if rest[:2] in words:
            filled, rest = filled + words[rest[:2]], rest[2:]
        else:
            filled, rest = filled + rest[0], rest[1:]
    return filled
