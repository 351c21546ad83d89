"""A real SMTP server (aiosmtpd) that keeps what it accepts and can be told to misbehave."""

# ruff: noqa: N802 (aiosmtpd finds its methods by these names)

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.authority import Authority, Certificate

USER = "submission"
PASSWORD = "secret-submission"

# It warns about its own use of old names at every log-in.
logging.getLogger("mail.log").setLevel(logging.ERROR)

CUT_BEFORE_DATA = "before data"
"""Drop the line instead of answering DATA."""
CUT_BEFORE_DOT = "before the dot"
"""Answer 354, read a first line, then drop the line: the mail is not accepted."""
CUT_AFTER_DOT = "after the dot"
"""Accept the mail, then drop the line instead of answering 250."""

STALL = "stall"
"""Accept the mail and never answer, until the line is dropped."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail that the server accepted: envelope and exact bytes (CRLF, dots unstuffed)."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    user: str
    """Who had logged in, empty without AUTH."""
    tls: bool
    """Whether the line was encrypted."""


@dataclass(slots=True)
class Plan:
    """What the server does to the mail that comes next; change it at any time.

    refusals: recipient → answer, e.g. {"x@example.org": "550 5.1.1 No such user"}.
    sender_answer, data_answer, auth_answer: an answer to use instead of the usual one ("" for the usual).
    greeting: the words of the greeting after 220 and the host name.
    cuts: what to do with the next DATA commands, one entry each: a CUT_ constant, or "" for nothing.
    """

    refusals: dict[str, str] = field(default_factory=dict)
    sender_answer: str = ""
    data_answer: str = ""
    auth_answer: str = ""
    greeting: str = ""
    cuts: list[str] = field(default_factory=list)


class SmtpSink:
    """An SMTP server on a free loopback port.

    Args:
        authority: signs the certificate.
        security: "tls" (from the first byte), "starttls" or "none".
        auth: log-in is demanded (with `user` and `password`); with "starttls" only after STARTTLS.
        certificate: another than a good one for localhost.
        limit: the SIZE the server announces, in bytes.
        smtputf8: whether SMTPUTF8 is offered.
        deliver: called with each accepted Delivery in the server's thread, e.g. to put it into a mailbox.
    """

    host = "localhost"
    user = USER
    password = PASSWORD

    def __init__(
        self,
        authority: Authority,
        security: str = "starttls",
        *,
        auth: bool = True,
        certificate: Certificate | None = None,
        limit: int = 64 * 1024 * 1024,
        smtputf8: bool = True,
        deliver: Callable[[Delivery], None] | None = None,
    ) -> None:
        if security not in ("tls", "starttls", "none"):
            raise ValueError(f"security {security!r}")
        self.security = security
        self.plan = Plan()
        self.seen: Counter[str] = Counter()
        """How often each command came, e.g. seen["DATA"]; seen["connect"] counts connections, seen["line"] mails of
        which the first line came before the cut."""
        self.at_step: Callable[[str], None] = lambda name: None
        """Called in the server's threads with each name that `seen` counts, before the answer, and with "accepted"."""
        self.auth = auth
        self.limit = limit
        self.smtputf8 = smtputf8
        self.deliver = deliver
        self.certificate = certificate or authority.certificate()
        self.port = 0
        self._deliveries: list[Delivery] = []
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._lines: set[_Line] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)
        self._thread.start()
        self.start()

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Listen (again on the same port after `stop`)."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)

    def stop(self) -> None:
        """Stop listening and drop every connection; what was accepted stays."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(60)

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    # ------------------------------------------------------------------ what came

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Everything accepted so far, in order."""
        with self._news:
            return tuple(self._deliveries)

    def wait_for(self, count: int = 1, timeout: float = 30) -> tuple[Delivery, ...]:
        """Block until `count` mails were accepted since the start; raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._deliveries) >= count, timeout):
                came = len(self._deliveries)
                raise TimeoutError(f"{came} of {count} mails came; commands: {dict(self.seen)}")
            return tuple(self._deliveries)

    def wait_for_command(self, name: str, count: int = 1, timeout: float = 30) -> None:
        """Block until the command (or "connect") came `count` times; raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: self.seen[name] >= count, timeout):
                raise TimeoutError(f"{name} came {self.seen[name]} times, not {count}: {dict(self.seen)}")

    def clear(self) -> None:
        """Forget what came and behave well again."""
        with self._news:
            self._deliveries.clear()
            self.seen.clear()
            self.plan = Plan()

    # ------------------------------------------------------------------ inside

    async def _listen(self) -> None:
        context = self.certificate.context() if self.security == "tls" else None
        make = functools.partial(_Line, self)
        self._server = await self._loop.create_server(make, "127.0.0.1", self.port, ssl=context)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for line in tuple(self._lines):
                _drop(line)
            self._server = None

    def _count(self, name: str) -> None:
        with self._news:
            self.seen[name] += 1
            self._news.notify_all()
        self.at_step(name)

    def _accept(self, delivery: Delivery) -> None:
        if self.deliver is not None:
            self.deliver(delivery)
        with self._news:
            self._deliveries.append(delivery)
            self._news.notify_all()
        self.at_step("accepted")


class _Line(SMTP):
    """One connection; it looks at the sink's plan at every step."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        starttls = sink.certificate.context() if sink.security == "starttls" else None
        super().__init__(
            _Handler(sink),
            hostname="smtp.example.org",
            ident=sink.plan.greeting or "test server",
            data_size_limit=sink.limit,
            enable_SMTPUTF8=sink.smtputf8,
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_require_tls=sink.security == "starttls",
            authenticator=self._log_in,
            loop=sink._loop,
        )
        # Set afterwards: given above, aiosmtpd warns, as it does not see that TLS began with the first byte.
        self._auth_required = sink.auth

    def connection_made(self, transport: Any) -> None:
        self.sink._lines.add(self)
        self.sink._count("connect")
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.sink._lines.discard(self)
        super().connection_lost(error)

    async def smtp_AUTH(self, arg: str) -> None:
        self.sink._count("AUTH")
        if self.sink.plan.auth_answer:
            await self.push(self.sink.plan.auth_answer)
            return
        await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        self.sink._count("MAIL")
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        self.sink._count("RCPT")
        await super().smtp_RCPT(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        self.sink._count("QUIT")
        await super().smtp_QUIT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        self.sink._count("DATA")
        cuts = self.sink.plan.cuts
        cut = cuts.pop(0) if cuts else ""
        if cut in (CUT_BEFORE_DATA, CUT_BEFORE_DOT):
            if cut == CUT_BEFORE_DOT:
                await self.push("354 go on")
                with contextlib.suppress(asyncio.IncompleteReadError, OSError):
                    await self._reader.readuntil(b"\n")
                    self.sink._count("line")
            _drop(self)
            await asyncio.Event().wait()  # until connection_lost ends this, so that no later line is read as a command
        self.event_handler.cut = cut
        await super().smtp_DATA(arg)

    def _log_in(self, server: SMTP, session: Session, envelope: Envelope, way: str, data: Any) -> AuthResult:
        if isinstance(data, LoginPassword):
            given = (data.login.decode("utf-8", "replace"), data.password.decode("utf-8", "replace"))
            if given == (self.sink.user, self.sink.password):
                return AuthResult(success=True, auth_data=given[0])
        return AuthResult(success=False, handled=False)


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        self.cut = ""

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.sink.plan.sender_answer:
            return self.sink.plan.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        refusal = self.sink.plan.refusals.get(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.sink.plan.data_answer:
            return self.sink.plan.data_answer
        raw = envelope.content or b""
        delivery = Delivery(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogateescape"),
            user=str(session.auth_data or ""),
            tls=self.sink.security == "tls" or session.ssl is not None,
        )
        await asyncio.get_running_loop().run_in_executor(None, self.sink._accept, delivery)
        if self.cut == CUT_AFTER_DOT:
            _drop(server)
        if self.cut == STALL:
            await asyncio.Event().wait()  # until connection_lost ends this
        return "250 2.0.0 OK kept"


def _drop(server: SMTP) -> None:
    # Not twice: a TLS transport of Python 3.11 that was closed twice fails on abort.
    if isinstance(server.transport, asyncio.WriteTransport) and not server.transport.is_closing():
        server.transport.abort()
