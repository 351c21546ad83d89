"""One connection to the demo's IMAP server: reading commands, sending answers, telling of changes."""

from __future__ import annotations

import asyncio
import inspect
import re
import ssl
from typing import TYPE_CHECKING

from accounts.demo.imap_command import COMMANDS, Answered, Call, State
from accounts.demo.imap_parser import BadCommand, Refused, Token, read_tokens, word
from accounts.demo.imap_view import View

if TYPE_CHECKING:
    from accounts.demo.imap_server import ImapServer

_LITERAL = re.compile(rb"~?\{(\d{1,18})(\+?)\}\r?\n\Z")
_TAG = re.compile(r"[^\x00-\x20\x7f-\xff(){%*\"\\+]+")
LONGEST_LINE = 1 << 16
_LARGEST_LITERAL = 64 << 20
_FLUSH_AT = 1 << 18


class Closed(Exception):
    """The connection has ended, or must."""


class Session:
    """What a connection knows: who is logged in, what is selected, what was enabled."""

    def __init__(self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.server = server
        self.number = number
        """Counts the connections of this server from 1."""
        self.account = server.account
        self.reader = reader
        self.writer = writer
        self.user = ""
        """Who is logged in, or ''."""
        self.view: View | None = None
        """The selected mailbox, if one is."""
        self.secure = server.options.security == "tls"
        self.condstore = False
        self.qresync = False
        self.leaving = False
        """Set by LOGOUT: the answer is the last thing sent."""
        self.stirred = asyncio.Event()
        """Set when the view has something to tell; IDLE waits for it."""
        self._out = bytearray()

    # -- what is offered

    def offers(self, capability: str) -> bool:
        """Whether the server was set up with that capability."""
        return capability in self.server.options.capabilities

    def capabilities(self) -> str:
        """The line of CAPABILITY for this moment: before login, with the ways to log in."""
        return " ".join(self.server.options.offered(logged_in=bool(self.user), secure=self.secure))

    # -- sending

    def untagged(self, line: str | bytes) -> None:
        """Queue `* line` for sending."""
        self._out += b"* " + (line.encode("latin-1", "replace") if isinstance(line, str) else line) + b"\r\n"

    async def send(self, data: bytes = b"") -> None:
        """Send what is queued, then `data`."""
        self._out += data
        whole, self._out = bytes(self._out), bytearray()
        if whole:
            self.writer.write(whole)
        await self.writer.drain()

    async def flush_when_full(self) -> None:
        """Send what is queued once it is much, unless a hook wants to see answers whole."""
        if len(self._out) > _FLUSH_AT and self.server.on_answer is None:
            await self.send()

    def cut(self) -> None:
        """Drop the connection without a word, unsent bytes included (for fault scripts)."""
        self._out.clear()
        self.writer.transport.abort()

    def tell_news(self, *, expunges: bool = True) -> None:
        """Queue the untagged answers that bring the client's picture up to date."""
        if self.view is None:
            return
        if self.view.lost:
            self.untagged("BYE The mailbox was deleted")
            self.leaving = True
            return
        for line in self.view.news(expunges=expunges, modseq=self.condstore, vanished=self.qresync):
            self.untagged(line)

    def select(self, view: View | None) -> None:
        """Make another mailbox, or none, the selected one."""
        if self.view:
            self.view.close()
        self.view = view

    # -- reading

    async def read_line(self) -> bytes:
        """A line with its end; raises Closed at the end of the stream."""
        try:
            line = await self.reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            await self.send(b"* BYE Line too long\r\n")
            raise Closed from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Closed from None
        return line

    async def _read_pieces(self) -> list[bytes]:
        """A command as text, literal, text, …, literals asked for where the client waits (RFC 3501 §4.3)."""
        pieces: list[bytes] = []
        while True:
            line = await self.read_line()
            found = _LITERAL.search(line)
            if not found:
                return [*pieces, line.rstrip(b"\r\n")]
            size = int(found[1])
            if size > _LARGEST_LITERAL or sum(map(len, pieces)) > 2 * _LARGEST_LITERAL:
                await self.send(b"* BYE Literal too large\r\n")
                raise Closed
            if not found[2]:
                await self.send(b"+ Go on\r\n")
            try:
                pieces += [line[: found.start()], await self.reader.readexactly(size)]
            except (asyncio.IncompleteReadError, ConnectionError):
                raise Closed from None

    async def upgrade(self, context: ssl.SSLContext) -> None:
        """Put TLS on the line. What was received before the handshake is dropped with the old reader."""
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self.writer.transport, protocol, context, server_side=True)
        except (ssl.SSLError, ConnectionError):
            raise Closed from None
        if transport is None:
            raise Closed
        protocol.connection_made(transport)
        self.reader, self.writer = reader, asyncio.StreamWriter(transport, protocol, reader, loop)
        self.secure = True

    # -- the conversation

    async def run(self) -> None:
        """Greet, then answer commands until one side leaves."""
        try:
            await self._greet()
            while not self.leaving:
                await self._one_command()
        except (Closed, ConnectionError):
            pass  # the client has gone, which needs no answer
        finally:
            self.select(None)
            self.writer.close()

    async def _greet(self) -> None:
        greeting = b"* OK [CAPABILITY %s] Correio demo ready\r\n" % self.capabilities().encode()
        if self.server.on_connect:
            replaced = self.server.on_connect(self)
            greeting = greeting if replaced is None else replaced
        await self.send(greeting)

    async def _one_command(self) -> None:
        pieces = await self._read_pieces()
        tag, _, rest = pieces[0].decode("latin-1").partition(" ")
        name, _, tail = rest.partition(" ")
        if not _TAG.fullmatch(tag) or not name:
            await self.send(b"* BAD Tag and command expected\r\n")
            return
        name = name.upper()
        pieces[0] = tail.encode("latin-1")
        try:
            args = read_tokens(pieces)
            if name == "UID" and args:
                name = f"UID {word(args.pop(0))}"
        except BadCommand as error:
            await self.send(f"{tag} BAD {error}\r\n".encode())
            return
        await self._answer(tag, name, args)

    async def _answer(self, tag: str, name: str, args: list[Token]) -> None:
        self.server.heard.append((self.number, name))
        if self.server.on_command:
            replaced = self.server.on_command(self, tag, name, args)
            if inspect.isawaitable(replaced):
                replaced = await replaced
            if replaced is not None:
                await self.send(replaced)
                return
        try:
            final = await self._carry_out(Call(tag, name, args))
        except Answered:
            return
        if not self.leaving or name == "LOGOUT":
            # numbers must not shift in answers that name them: RFC 3501 §7.4.1
            self.tell_news(expunges=name not in ("FETCH", "STORE", "SEARCH"))
        self._out += f"{tag} {final}\r\n".encode("latin-1", "replace")
        if self.server.on_answer:
            changed = self.server.on_answer(self, name, bytes(self._out))
            self._out = bytearray(self._out if changed is None else changed)
        await self.send()

    async def _carry_out(self, call: Call) -> str:
        """Run a command and put its result in words: the tagged line without its tag."""
        name = call.name.removeprefix("UID ")
        command = COMMANDS.get(call.name)
        if command is None or (command.needs and not self.offers(command.needs)):
            return f"BAD Unknown command {call.name[:40]}"
        if command.state in (State.LOGGED_IN, State.SELECTED) and not self.user:
            return "NO Log in first"
        if command.state is State.SELECTED and self.view is None:
            return "BAD No mailbox selected"
        if command.state is State.BEFORE and self.user:
            return "BAD Already logged in"
        try:
            return f"OK {await command.run(self, call) or name + ' completed.'}"
        except Refused as error:
            return f"NO {error}"
        except BadCommand as error:
            return f"BAD {error}"
