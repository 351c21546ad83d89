"""The demo's IMAP server: mailboxes in memory, many connections, hooks for scripts that misbehave."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from accounts.demo import imap_folder_commands, imap_login, imap_mail_commands
from accounts.demo.imap_account import MailAccount
from accounts.demo.imap_parser import Token
from accounts.demo.imap_session import LONGEST_LINE, Session

# fmt: off
CAPABILITIES = frozenset({
    "IMAP4rev1", "SASL-IR", "LITERAL+", "ID", "ENABLE", "IDLE", "NAMESPACE", "UIDPLUS", "MOVE", "UNSELECT",
    "CHILDREN", "SPECIAL-USE", "CREATE-SPECIAL-USE", "LIST-EXTENDED", "LIST-STATUS", "ESEARCH", "CONDSTORE",
    "QRESYNC", "MULTIAPPEND", "WITHIN", "OBJECTID", "AUTH=PLAIN", "AUTH=LOGIN",
})
# fmt: on
_BEFORE_LOGIN = frozenset(("IMAP4rev1", "SASL-IR", "LITERAL+", "ID", "ENABLE", "IDLE", "LOGINDISABLED"))
COMMAND_MODULES = (imap_login, imap_folder_commands, imap_mail_commands)
"""Whose import filled the table of commands."""


@dataclass(frozen=True, slots=True)
class ImapOptions:
    """How a server presents itself. A capability taken away takes its commands and response codes with it."""

    user: str = "maria@correio.example"
    password: str = "demo"
    capabilities: frozenset[str] = CAPABILITIES
    keywords: bool = True
    """Whether clients may make keywords (`\\*` in PERMANENTFLAGS)."""
    security: str = "none"
    """tls, starttls or none; the first two want `tls`."""
    tls: ssl.SSLContext | None = None

    def offered(self, *, logged_in: bool, secure: bool) -> list[str]:
        """The capabilities at a moment of a session, IMAP4rev1 first."""
        shown = sorted(self.capabilities - {"IMAP4rev1"})
        if logged_in:
            shown = [name for name in shown if not name.startswith("AUTH=") and name != "LOGINDISABLED"]
        else:
            shown = [name for name in shown if name in _BEFORE_LOGIN or name.startswith("AUTH=")]
            if self.security == "starttls" and not secure:
                shown.append("STARTTLS")
        return ["IMAP4rev1", *shown] if "IMAP4rev1" in self.capabilities else shown


OnConnect = Callable[[Session], "bytes | None"]
"""May replace the greeting; None leaves it."""
OnCommand = Callable[[Session, str, str, "list[Token]"], "bytes | Awaitable[bytes | None] | None"]
"""(session, tag, name, arguments): None lets the command run, bytes are sent instead of it. `session.cut()` and
b'' drop the line. May be a coroutine, to wait for an event first."""
OnAnswer = Callable[[Session, str, bytes], "bytes | None"]
"""(session, name, answer): the command has run; None sends its answer, bytes are sent instead."""


class ImapServer:
    """One account served on the loopback. Everything but the constructor belongs on the event loop."""

    def __init__(self, account: MailAccount, options: ImapOptions | None = None) -> None:
        self.account = account
        self.options = options or ImapOptions()
        self.on_connect: OnConnect | None = None
        self.on_command: OnCommand | None = None
        self.on_answer: OnAnswer | None = None
        self.sessions: set[Session] = set()
        self.heard: deque[tuple[int, str]] = deque(maxlen=10_000)
        """(connection number, command) as they came, the latest ones."""
        self.host = ""
        self.port = 0
        self._count = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one, which `port` then tells. Raises OSError."""
        context = self.options.tls if self.options.security == "tls" else None
        self._server = await asyncio.start_server(self._serve, host, port, ssl=context, limit=LONGEST_LINE)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count += 1
        session = Session(self, reader, writer, self._count)
        self.sessions.add(session)
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await session.run()
        except asyncio.CancelledError:
            if self._server is not None:  # only `stop` may end a session like this, and wants no noise about it
                raise
        finally:
            self.sessions.discard(session)

    def cut_all(self) -> None:
        """Drop every connection without a word."""
        for session in list(self.sessions):
            session.cut()

    async def stop(self) -> None:
        """Stop listening and drop the connections. A second call does nothing."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self.cut_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
