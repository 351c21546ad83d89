"""The line under imapclient: bounded reading, one fast reader of responses, FETCH answers handed on as they come.

imaplib reads responses into memory without a limit and logs every one of them; `Wire` replaces both. A mad server can
neither fill the memory (`budget`) nor keep us waiting for ever (the caller's deadlines).
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import typing
from collections.abc import Callable

from imapclient import IMAPClient

from accounts.imap.deflate import Deflate
from core.errors import NetworkError, ProtocolError

CONTROL = 4 * 1024 * 1024
"""Bytes that the answer to an ordinary command may have."""
LINE_COST = 100
_CHUNK = 256 * 1024
_RECORD = 16 * 1024
"""TLS gives no more at once (RFC 8446 §5.1)."""
_LITERAL = re.compile(rb"\{(\d{1,40})\+?\}$")
_FETCH = re.compile(rb"\* (\d{1,10}) FETCH ", re.IGNORECASE)
_UNTAGGED = re.compile(rb"\* (?:(\d{1,20}) )?([A-Za-z][A-Za-z0-9-]*)(?: (.*))?$", re.DOTALL)
_CODE = re.compile(rb"\[([A-Za-z][A-Za-z0-9-]*)(?: ([^\]]*))?\]")
_STATUS = frozenset(("OK", "NO", "BAD", "BYE", "PREAUTH"))
for _name in ("COMPRESS", "ID", "IDLE", "NOTIFY"):
    imaplib.Commands.setdefault(_name, ("AUTH", "SELECTED"))  # it knows when each command may be said

Pieces = list[bytes]
"""A response: text, literal, text, literal, …, text."""


class Reader:
    """Lines and literals off a socket, no more bytes than `budget`, which the caller renews for each command."""

    def __init__(self, sock: socket.socket, server: str) -> None:
        self._sock = sock
        self._server = server
        self._most = _RECORD if isinstance(sock, ssl.SSLSocket) else _CHUNK
        self._data = b""
        self._at = 0
        self._deflate: Deflate | None = None
        self.budget = CONTROL
        self.received = 0
        """Bytes off the line, as they came."""

    @property
    def waiting(self) -> bool:
        """Whether bytes have been received that nobody has read."""
        pending = self._sock.pending() if isinstance(self._sock, ssl.SSLSocket) else 0
        inflating = self._deflate is not None and self._deflate.waiting
        return self._at < len(self._data) or inflating or pending > 0

    def inflate(self, deflate: Deflate) -> None:
        """From here on the line is deflated; what has been received and not read is so already."""
        self._deflate = deflate
        rest = self._data[self._at :]
        self._data, self._at = deflate.unpack(rest) if rest else b"", 0

    def line(self) -> bytes:
        """The next line without its end. Raises NetworkError when the line drops, ProtocolError over the budget."""
        end = self._data.find(b"\n", self._at)
        if end < 0:
            end = self._fill_line()
        line = self._data[self._at : end]
        self._at = end + 1
        # A line costs memory beyond its bytes: short ones by the million must not slip through.
        self._spend(len(line) + LINE_COST)
        return line[:-1] if line.endswith(b"\r") else line

    def exactly(self, size: int) -> bytes:
        """So many bytes."""
        self._spend(size)
        if len(self._data) - self._at >= size:
            start, self._at = self._at, self._at + size
            return self._data[start : self._at]
        pieces = [self._data[self._at :]]
        self._data, self._at = b"", 0
        left = size - len(pieces[0])
        # Gathered as bytes come: the size is only what the server claims. What comes with them is the beginning of the next
        # answer, for which nobody has to ask again then.
        while left > 0:
            chunk = self._receive(_CHUNK)
            if len(chunk) > left:
                self._data, self._at = chunk, left
                chunk = chunk[:left]
            pieces.append(chunk)
            left -= len(chunk)
        return b"".join(pieces)

    def usual(self, head: re.Pattern[bytes]) -> tuple[re.Match[bytes], bytes] | None:
        """A line that `head` knows, which ends with the size of a literal (its last group), and the literal.

        None where the next line is another one, or not wholly here yet.
        """
        found = head.match(self._data, self._at)
        if found is None:
            return None
        self._spend(found.end() - self._at + LINE_COST)
        self._at = found.end()
        return found, self.exactly(int(found[found.re.groups]))

    def closed(self) -> bool:
        """Whether the next line is `)`, which is taken then; False as well while it is not wholly here."""
        if not self._data.startswith(b")\r\n", self._at):
            return False
        self._spend(1 + LINE_COST)
        self._at += 3
        return True

    def fill(self) -> None:
        """Receive what there is."""
        self._data = self._data[self._at :] + self._receive_once(_CHUNK)
        self._at = 0

    def _fill_line(self) -> int:
        parts = [self._data[self._at :]]
        size = len(parts[0])
        while True:
            chunk = self._receive(_CHUNK)
            parts.append(chunk)
            found = chunk.find(b"\n")
            if found >= 0:
                self._data, self._at = b"".join(parts), 0
                return size + found
            size += len(chunk)
            if size > self.budget:
                raise ProtocolError("answer-too-large", server=self._server, answer="")

    def _receive(self, most: int) -> bytes:
        """At least one byte; more than `most` only off a deflated line."""
        while True:
            chunk = self._receive_once(most)
            if chunk:
                return chunk

    def _receive_once(self, most: int) -> bytes:
        """What one look at the line brings: b'' where the bytes of a deflated line do not make one yet."""
        deflate = self._deflate
        if deflate is None:
            return self._take(most)
        if deflate.waiting and (more := deflate.unpack()):
            return more
        return deflate.unpack(self._take(_CHUNK))

    def _take(self, most: int) -> bytes:
        chunk = self._sock.recv(min(most, self._most))
        if not chunk:
            raise NetworkError("connection-closed", server=self._server, answer="")
        self.received += len(chunk)
        return chunk

    def _spend(self, size: int) -> None:
        self.budget -= size
        if self.budget < 0:
            raise ProtocolError("answer-too-large", server=self._server, answer="")


class Wire(imaplib.IMAP4):
    """imaplib's connection over a socket that is connected already. Errors of reading are ours, not imaplib's."""

    reader: Reader
    # typeshed has these narrower than imaplib uses them.
    capabilities: tuple[str, ...]
    literal: typing.Any
    continuation_response: typing.Any
    tagged_commands: dict[bytes, typing.Any]
    untagged_responses: dict[str, list[typing.Any]]

    def __init__(self, sock: socket.socket, server: str) -> None:
        self._given = sock
        self.server = server
        self.on_fetch: Callable[[Pieces], None] | None = None
        """Takes FETCH responses; without one they are only counted."""
        self.usual: re.Pattern[bytes] | None = None
        """FETCH responses with one literal at their end, which `on_usual` takes; others go to `on_fetch`."""
        self.on_usual: Callable[[re.Match[bytes], bytes], None] = lambda head, literal: None
        self.loose = 0
        self._deflate: Deflate | None = None
        super().__init__(server)

    # the places where imaplib lets itself be changed ---------------------------------------------------

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Take the socket that was given."""
        self.host, self.port = host, port
        self.use(self._given)

    def use(self, sock: socket.socket) -> None:
        """Go on over another socket (after STARTTLS); what was received over the old one is dropped."""
        self.sock = sock
        self.reader = Reader(sock, self.server)
        self.untagged_responses = {}
        self.capabilities = ()

    def read(self, size: int) -> bytes:
        """So many bytes, within the budget."""
        return self.reader.exactly(size)

    def readline(self) -> bytes:
        """A line with its end, within the budget."""
        return self.reader.line() + b"\r\n"

    def send(self, data: typing.Any) -> None:
        """Send, without imaplib's audit event, which would hand passwords to anybody who listens."""
        self.sock.sendall(data if self._deflate is None else self._deflate.pack(data))

    def deflate(self) -> None:
        """The server has agreed to COMPRESS DEFLATE: all that follows is deflated (RFC 4978)."""
        self._deflate = Deflate(self.server)
        self.reader.inflate(self._deflate)

    def _log(self, line: str) -> None:
        """imaplib keeps the last commands for its debugging, passwords included: nothing here."""

    def shutdown(self) -> None:
        """Close the socket."""
        self.sock.close()

    def _get_capabilities(self) -> None:
        self.learn()

    def learn(self, *, again: bool = False) -> frozenset[str]:
        """The server's capabilities, in capitals: as it told them by itself (a greeting, a log-in), else asked for."""
        if again:
            self.capabilities = ()
            self.untagged_responses.pop("CAPABILITY", None)
        if "CAPABILITY" not in self.untagged_responses and not self.capabilities:
            self._simple_command("CAPABILITY")
        told = self.untagged_responses.pop("CAPABILITY", None)
        if told:
            self.capabilities = tuple(shown(told[-1], 8192).upper().split())
        return frozenset(self.capabilities)

    def _command(self, name: str, *args: typing.Any) -> bytes:
        self.reader.budget = CONTROL
        # imaplib refuses every command once a folder turned out to be read-only.
        self.untagged_responses.pop("READ-ONLY", None)
        return typing.cast(bytes, super()._command(name, *args))  # type: ignore[misc]

    def _get_response(self) -> bytes | None:
        if self.usual is not None:
            self._take_usual(self.usual)
        line = self.reader.line()
        if line.startswith(b"* "):
            if _FETCH.match(line):
                pieces = self.pieces(line)
                if self.on_fetch is not None:
                    self.on_fetch(pieces)
                else:
                    self.loose += 1
                return line
            self._untagged(line)
            return line
        if line.startswith(b"+"):
            self.continuation_response = line[2:]
            return None
        tag, _, rest = line.partition(b" ")
        kind, _, text = rest.partition(b" ")
        name = kind.decode("ascii", "replace").upper()
        if tag not in self.tagged_commands or name not in ("OK", "NO", "BAD"):
            raise ProtocolError("answer-senseless", server=self.server, answer=shown(line))
        self.tagged_commands[tag] = (name, [text])
        self._note_code(text)
        return line

    # ours -----------------------------------------------------------------------------------------------

    def pieces(self, line: bytes) -> Pieces:
        """A response that begins with this line, with its literals."""
        found = [line]
        while line.endswith((b"}", b"+}")):
            literal = _LITERAL.search(line)
            if literal is None:
                break
            found.append(self.reader.exactly(int(literal[1])))
            line = self.reader.line()
            found.append(line)
        return found

    def _take_usual(self, head: re.Pattern[bytes]) -> None:
        """Those responses of which there are many, without a look at each of their lines."""
        reader = self.reader
        while (found := reader.usual(head)) is not None:
            if reader.closed() or (line := reader.line()) == b")":
                self.on_usual(*found)
            elif self.on_fetch is not None:
                self.on_fetch([found[0][0].removesuffix(b"\r\n"), found[1], *self.pieces(line)])

    def _untagged(self, line: bytes) -> None:
        match = _UNTAGGED.match(line)
        if match is None:
            raise ProtocolError("answer-senseless", server=self.server, answer=shown(line))
        number, kind, text = match.groups()
        name = kind.decode("ascii").upper()
        if name in _STATUS:
            self._append_untagged(name, text or b"")
            self._note_code(text or b"")
            return
        if number is not None:
            # As imaplib has it: `* 12 EXISTS` is EXISTS with the datum 12; only the last counts.
            if name == "EXPUNGE":
                self._append_untagged(name, number)
            else:
                self.untagged_responses[name] = [number]
            return
        pieces = self.pieces(text or b"")
        for place in range(0, len(pieces) - 1, 2):
            self._append_untagged(name, (pieces[place], pieces[place + 1]))
        self._append_untagged(name, pieces[-1])

    def _note_code(self, text: bytes) -> None:
        match = _CODE.match(text)
        if match:
            self._append_untagged(match[1].decode("ascii").upper(), match[2] or b"")

    def _append_untagged(self, typ: str, dat: typing.Any) -> None:
        self.untagged_responses.setdefault(typ, []).append(dat)


class Client(IMAPClient):  # type: ignore[misc]
    """imapclient over a `Wire`."""

    _imap: Wire

    def __init__(self, sock: socket.socket, server: str) -> None:
        self._given = sock
        self._server = server
        super().__init__(server, ssl=False)
        # imapclient sets 5, which makes a repr of every response.
        self._imap.debug = 0
        self.folder_encode = False

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - imapclient's name
        return Wire(self._given, self._server)

    def _set_read_timeout(self) -> None:
        """The socket's time-out is that of the dialling; deadlines are set around each command."""

    @property
    def wire(self) -> Wire:
        """The connection."""
        return self._imap


def shown(line: bytes, most: int = 300) -> str:
    """What a server said, for an error: a bounded text (cleaned where it is shown)."""
    return line[:most].decode("utf-8", "replace")
