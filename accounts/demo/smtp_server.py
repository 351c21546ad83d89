"""The demo's SMTP submission server: aiosmtpd in front of the mail room, with a hook for scripts that misbehave."""

# ruff: noqa: N802 (aiosmtpd finds its methods by these names)

from __future__ import annotations

import asyncio
import hmac
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from accounts.demo.mailroom import MailRoom

OnCommand = Callable[[SMTP, str, str], "str | None"]
"""(connection, MAIL | RCPT | DATA, address or ''): None lets it be, a string is the answer given instead.
`connection.transport.abort()` cuts the line. DATA is asked when the whole mail is there."""


@dataclass(frozen=True, slots=True)
class SmtpOptions:
    """How a server presents itself."""

    user: str = "maria@correio.example"
    password: str = "demo"
    largest: int = 25 << 20
    """SIZE, in bytes."""
    smtputf8: bool = True


class SmtpServer:
    """Submission on the loopback, log-in demanded. Everything but the constructor belongs on the event loop."""

    def __init__(self, room: MailRoom, options: SmtpOptions | None = None) -> None:
        self.room = room
        self.options = options or SmtpOptions()
        self.on_command: OnCommand | None = None
        self.host = ""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: weakref.WeakSet[SMTP] = weakref.WeakSet()
        self._greylisted: set[tuple[str, str]] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one, which `port` then tells. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: self._connection(loop), host, port)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    def _connection(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        connection = SMTP(
            self,
            loop=loop,
            data_size_limit=self.options.largest,
            enable_SMTPUTF8=self.options.smtputf8,
            hostname="mail.correio.example",
            ident="Correio demo",
            auth_require_tls=False,
            authenticator=self._authenticate,
        )
        self._connections.add(connection)
        return connection

    async def stop(self) -> None:
        """Stop listening, drop connections, forget answers not yet written. A second call does nothing."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self.room.close()
        for connection in list(self._connections):
            if isinstance(connection.transport, asyncio.Transport):
                connection.transport.abort()
        await asyncio.sleep(0)  # lets the connections notice

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        right = isinstance(data, LoginPassword) and (
            hmac.compare_digest(data.login, self.options.user.encode())
            & hmac.compare_digest(data.password, self.options.password.encode())
        )
        return AuthResult(success=right, handled=False)

    def _replaced(self, server: SMTP, name: str, argument: str) -> str | None:
        return self.on_command(server, name, argument) if self.on_command else None

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """MAIL FROM, after log-in only (`auth_required` of aiosmtpd would warn about the missing TLS)."""
        if replaced := self._replaced(server, "MAIL", address):
            return replaced
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """RCPT TO: unknown people of the demo's own domains are refused, `later@` is asked to come again once."""
        if replaced := self._replaced(server, "RCPT", address):
            return replaced
        if refusal := self.room.refusal(address):
            return refusal
        asked = (envelope.mail_from or "", address.lower())
        if asked[1].startswith("later@") and asked not in self._greylisted:
            self._greylisted.add(asked)
            return "451 4.7.1 Greylisted, please try again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """DATA: the mail goes to the mail room."""
        if replaced := self._replaced(server, "DATA", ""):
            return replaced
        raw = envelope.original_content or b""
        peer = f"{session.host_name or 'unknown'} ([127.0.0.1])"
        queue_id = self.room.accept(envelope.mail_from or "", envelope.rcpt_tos, raw, peer)
        return f"250 2.0.0 Queued as {queue_id}"
