"""A proxy that understands IMAP: a real server that lacks extensions, or whose line is cut at a certain command.

What is withheld is neither told nor answered for: its words leave the capabilities, its response codes the answers, and
a client that uses it all the same is found out (`misused`).
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO, Self

from tests.servers.callers import callers, close_listener

ALWAYS = frozenset(("COMPRESS=DEFLATE", "STARTTLS"))
"""What a proxy that reads along can never pass on."""
BEFORE_WORK = frozenset(("CAPABILITY", "LOGIN", "AUTHENTICATE", "ENABLE", "ID", "NOOP", "LOGOUT", "NAMESPACE"))
"""Commands that `cut_at` does not count."""
_CAPABILITY = re.compile(rb"(\* |\[)CAPABILITY ([^\]\r\n]*)")
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")
_USES = re.compile(rb"\\(?:Drafts|Sent|Trash|Junk|Archive|All|Flagged|Important) ?", re.IGNORECASE)
_CODES = {
    "UIDPLUS": re.compile(rb"\[(?:COPYUID|APPENDUID|UIDNOTSTICKY)[^\]]*\] ?", re.IGNORECASE),
    "CONDSTORE": re.compile(rb"\* OK \[(?:HIGHESTMODSEQ|NOMODSEQ)[^\]]*\][^\r\n]*\r\n", re.IGNORECASE),
}
_USED = {
    "CONDSTORE": rb"CHANGEDSINCE|UNCHANGEDSINCE|HIGHESTMODSEQ|\bMODSEQ\b|CONDSTORE",
    "QRESYNC": rb"\bVANISHED\b|QRESYNC",
    "UIDPLUS": rb"^\S+ UID EXPUNGE",
    "MOVE": rb"^\S+ (?:UID )?MOVE",
    "IDLE": rb"^\S+ IDLE",
    "LIST-EXTENDED": rb"^\S+ LIST .*RETURN|^\S+ LIST \(",
    "LIST-STATUS": rb"^\S+ LIST .*STATUS \(",
    "SPECIAL-USE": rb"^\S+ LIST .*SPECIAL-USE",
    "ESEARCH": rb"SEARCH RETURN",
    "LITERAL+": rb"\{\d+\+\}",
    "BINARY": rb"BINARY|~\{",
    "NAMESPACE": rb"^\S+ NAMESPACE",
    "ENABLE": rb"^\S+ ENABLE",
    "NOTIFY": rb"^\S+ NOTIFY",
    "COMPRESS=DEFLATE": rb"^\S+ COMPRESS",
    "SASL-IR": rb"^\S+ AUTHENTICATE \S+ \S",
    "UNSELECT": rb"^\S+ UNSELECT",
}
EXTENSIONS = frozenset(_USED)
"""The extensions whose use is noticed."""


@dataclass(eq=False, slots=True)
class Line:
    """One connection through the proxy."""

    client: socket.socket
    server: socket.socket
    tags: dict[bytes, str] = field(default_factory=dict)
    """Tags that the server has yet to answer, with their commands."""
    fatal: bytes | None = None
    """The tag whose answer is not passed on: the line is cut instead."""


class NarrowProxy:
    """In front of `host`:`port` (in the clear); `only` names what may be told, `without` what may not."""

    host = "127.0.0.1"

    def __init__(self, host: str, port: int, *, without: Iterable[str] = (), only: Iterable[str] | None = None) -> None:
        self._target = (host, port)
        self._only = None if only is None else frozenset(only) | {"AUTH=PLAIN"}
        self._without = frozenset(without) | ALWAYS
        self.withheld = self._without | (frozenset() if self._only is None else EXTENSIONS - self._only)
        self.commands: list[str] = []
        """The commands that came, over all connections."""
        self.misused: list[str] = []
        """Lines that use what was withheld."""
        self._guard = threading.Lock()
        self._left = 0
        self._after = False
        self.cuts = 0
        """How many lines `cut_at` has cut."""
        self._lines: set[Line] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="narrow", daemon=True).start()

    def cut_at(self, command: int, *, after: bool) -> None:
        """Cut the line at the n-th working command from now: before the server hears it, or once it has answered."""
        with self._guard:
            self._left, self._after = command, after

    def cut(self) -> None:
        """Cut every line now."""
        with self._guard:
            lines = list(self._lines)
        for line in lines:
            _end(line)

    def close(self) -> None:
        """Stop listening and cut everything."""
        close_listener(self._listener)
        self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    # inside --------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        for client, server in callers(self._listener, self._target):
            line = Line(client, server)
            with self._guard:
                self._lines.add(line)
            for pump in (self._up, self._down):
                threading.Thread(target=self._run, args=(pump, line), name="narrow line", daemon=True).start()

    def _run(self, pump: object, line: Line) -> None:
        with contextlib.suppress(OSError, ValueError):
            pump(line)  # type: ignore[operator]
        _end(line)
        with self._guard:
            self._lines.discard(line)

    def _up(self, line: Line) -> None:
        """From the client to the server."""
        with line.client.makefile("rb") as source:
            begins = True
            while text := source.readline():
                if begins and not self._heard(line, text):
                    return
                line.server.sendall(text)
                begins = not _literal(source, line.server, text)

    def _heard(self, line: Line, text: bytes) -> bool:
        """Note a command; False when the line ends before it."""
        for name in self.withheld:
            if name in _USED and re.search(_USED[name], text.rstrip(b"\r\n"), re.IGNORECASE):
                self.misused.append(f"{name}: {text[:120]!r}")
        words = text.split()
        if len(words) < 2:
            return True  # DONE, or the answer to a challenge
        name = words[1].decode("latin-1").upper()
        if name == "UID" and len(words) > 2:
            name += " " + words[2].decode("latin-1").upper()
        with self._guard:
            self.commands.append(name)
            if name in BEFORE_WORK or not self._left:
                return True
            self._left -= 1
            if self._left:
                return True
            self.cuts += 1
            if self._after:
                line.fatal = words[0]
            return self._after

    def _down(self, line: Line) -> None:
        """From the server to the client."""
        with line.server.makefile("rb") as source:
            begins = True
            while text := source.readline():
                if begins and line.fatal is not None and text.startswith(line.fatal + b" "):
                    return
                told = self._narrowed(text) if begins else text
                line.client.sendall(told)
                begins = not _literal(source, line.client, text)

    def _narrowed(self, text: bytes) -> bytes:
        text = _CAPABILITY.sub(lambda found: found[1] + b"CAPABILITY " + b" ".join(self._told(found[2])), text, count=1)
        for name, code in _CODES.items():
            if name in self.withheld:
                text = code.sub(b"", text, count=1)
        if "SPECIAL-USE" in self.withheld and text.startswith((b"* LIST", b"* LSUB")):
            flags, bracket, rest = text.partition(b")")
            text = _USES.sub(b"", flags) + bracket + rest
        return text

    def _told(self, words: bytes) -> list[bytes]:
        names = [(word, word.decode("latin-1").upper()) for word in words.split()]
        only = self._only
        return [
            word for word, name in names
            if name not in self._without and (only is None or name in only or name == "IMAP4REV1")
        ]  # fmt: skip


def _literal(source: BinaryIO, sink: socket.socket, text: bytes) -> bool:
    """Pass on the literal that a line announces; whether there was one (what follows continues the line)."""
    found = _LITERAL.search(text)
    if found is None:
        return False
    left = int(found[1])
    while left:
        data = source.read(min(left, 65536))
        if not data:
            raise OSError
        sink.sendall(data)
        left -= len(data)
    return True


def _end(line: Line) -> None:
    for one in (line.client, line.server):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
