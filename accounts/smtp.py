"""Sending by SMTP (RFC 5321, 3207, 4954, 8314): aiosmtplib over a socket of `accounts.dial`, one connection a mail.

The traps of aiosmtplib 5.1 are stepped around here: `use_tls` and `start_tls` are always said, a socket always
comes with its host name and never with a port, and no password is given to `connect`, so that log-in happens
only after we have seen for ourselves that the line is encrypted.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aiosmtplib
from msgspec.structs import replace

from accounts import out_of_step, sasl
from accounts.deadline import Deadline
from accounts.dial import NOT_SHOWN, Endpoint, Resolver, ascii_host, endpoint_of, network_error, reach
from accounts.outgoing import NO_REPORTS, Begin, Limits, Reports, SendResult, always
from accounts.smtp_handover import Handover, limits_of, must_be_fit, words
from accounts.talk import check_login
from accounts.trust import context_for, fingerprint_of, shown_by, tls_error
from core.errors import AuthenticationError, CorreioError, NetworkError, ProtocolError, ServerRefused, TLSError
from core.secret import Secret
from core.settings.schema import Server

log = logging.getLogger(__name__)
QUIT_SECONDS = 5.0
COMMAND_SECONDS = 120.0
"""For the greeting and each command up to the log-in."""

_Work = Callable[[aiosmtplib.SMTP], Awaitable[None]]


class SmtpOutgoing:
    """The SMTP server of an account; an `accounts.outgoing.Outgoing`."""

    def __init__(self, server: Server, secret: Secret, *, resolver: Resolver | None = None) -> None:
        """`secret` is not looked at where the server wants no log-in."""
        self._server = server
        self._endpoint = endpoint_of(server)
        self._secret = secret
        self._resolver = resolver
        self._limits: Limits | None = None
        self._reports = NO_REPORTS
        self._lock = threading.Lock()
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None

    def send(
        self, wire: bytes, sender: str, recipients: Sequence[str], deadline: float | Deadline, begin: Begin = always
    ) -> SendResult:
        """Hand one mail over; see `accounts.outgoing.Outgoing.send`."""
        must_be_fit(wire, sender, recipients)
        limit = deadline if isinstance(deadline, Deadline) else Deadline(deadline)
        name = self._endpoint.name

        def mail(*, at_once: bool) -> Handover:
            return Handover(name, wire, sender, recipients, begin, self._reports, at_once=at_once)

        first = mail(at_once=not out_of_step.breaks(name))
        try:
            return self._hand_over(first, limit)
        except CorreioError as error:
            if not first.piping or error.id in ("sending-cancelled", "server-unavailable"):
                raise
        log.info("%s offers PIPELINING and broke on it: it is asked again, one command at a time", name)
        result = self._hand_over(mail(at_once=False), limit)
        if result.state in ("sent", "uncertain"):
            out_of_step.stumbled(name, out_of_step.CERTAIN)  # it is proven: singly it took the mail
        return result

    def _hand_over(self, mail: Handover, limit: Deadline) -> SendResult:
        """One connection for one mail. An exception means that nothing of it has gone out."""

        async def work(client: aiosmtplib.SMTP) -> None:
            await mail.run(client, limit)

        try:
            self._run(work, limit)
        except CorreioError as error:
            # Once the server has answered, how the connection ends does not matter.
            if mail.result is None and not mail.begun:
                raise
            broken: CorreioError | None = error
        else:
            broken = None
        if mail.result is not None:
            return mail.result
        values = {"answer": broken.values.get("answer", "")} if broken else {"answer": ""}
        return mail.uncertain(NetworkError("no-reply-after-data", server=self._endpoint.name, **values))

    def ask_reports(self, reports: Reports) -> None:
        """What is asked for about the mails to come; see `accounts.outgoing.Reporting`."""
        self._reports = reports

    def test(self, deadline: float | Deadline) -> Limits:
        """Connect, encrypt, log in; what the server offers."""

        async def work(client: aiosmtplib.SMTP) -> None:
            self._limits = limits_of(client)

        self._run(work, deadline if isinstance(deadline, Deadline) else Deadline(deadline))
        return self._limits or Limits()

    def limits(self) -> Limits | None:
        """What the server offered when it was last asked."""
        return self._limits

    def cancel(self) -> None:
        """End what is under way; from any thread."""
        with self._lock:
            if self._running is not None:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel)

    # ------------------------------------------------------------ one connection

    def _run(self, work: _Work, limit: Deadline) -> None:
        """Connect, log in, `work`, QUIT; every error as one of the documented tree."""
        try:
            self._attempt(self._endpoint, work, limit)
        except TLSError as error:
            if error.id.startswith("certificate-") and "fingerprint" not in error.values:
                error.values.update(self._presented(limit))
            raise

    def _attempt(self, endpoint: Endpoint, work: _Work, limit: Deadline) -> None:
        context = context_for(endpoint.trust, endpoint.min_tls, endpoint.name)
        sock = reach(endpoint, limit, self._resolver)
        try:
            asyncio.run(self._session(sock, endpoint, context, work, limit))
        except asyncio.CancelledError:
            raise NetworkError("sending-cancelled", server=endpoint.name, answer="") from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _as_error(endpoint, error) from error
        finally:
            sock.close()

    async def _session(
        self, sock: socket.socket, endpoint: Endpoint, context: ssl.SSLContext, work: _Work, limit: Deadline
    ) -> None:
        task = asyncio.current_task()
        with self._lock:
            self._running = (asyncio.get_running_loop(), task) if task else None
        client = aiosmtplib.SMTP(
            hostname=ascii_host(endpoint.host),
            sock=sock,
            use_tls=endpoint.security == "tls",
            start_tls=endpoint.security == "starttls",
            tls_context=context,
            local_hostname=_own_name(sock),
            timeout=min(COMMAND_SECONDS, limit.left(endpoint.name)),
        )
        line: asyncio.BaseTransport | None = None
        try:
            async with asyncio.timeout(limit.left(endpoint.name)):
                await self._open(client, endpoint)
                line = client.transport
                await work(client)
                await _leave(client)
        finally:
            with self._lock:
                self._running = None
            client.close()
            # At once: what is still in the buffers of a cancelled mail must not go out.
            if isinstance(line, asyncio.WriteTransport):
                line.abort()

    async def _open(self, client: aiosmtplib.SMTP, endpoint: Endpoint) -> None:
        """Greeting, TLS, EHLO, log-in."""
        try:
            await client.connect()
        except aiosmtplib.SMTPConnectResponseError:
            raise
        except aiosmtplib.SMTPResponseException as refusal:
            if endpoint.security != "starttls" or isinstance(refusal, aiosmtplib.SMTPHeloError):
                raise
            raise TLSError("starttls-refused", server=endpoint.name, answer=words(refusal.message)) from refusal
        except aiosmtplib.SMTPException as error:
            # The root itself: the server does not offer STARTTLS.
            if type(error) is not aiosmtplib.SMTPException:
                raise
            raise TLSError("starttls-missing", server=endpoint.name, answer="") from error
        if endpoint.security != "none":
            _check_encryption(client, endpoint)
        try:
            await client.ehlo()
        except aiosmtplib.SMTPHeloError as refusal:
            if not 500 <= refusal.code < 600:
                raise
            await client.helo()
        self._limits = limits_of(client)
        if self._server.auth:
            await self._log_in(client)

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        server, user = self._endpoint.name, self._server.user
        check_login(user, self._secret, server)
        encrypted = client.get_transport_info("sslcontext") is not None
        if not encrypted and self._server.security != "none":
            raise ProtocolError("login-without-tls", server=server, answer="")
        offered = set(client.server_auth_methods) & sasl.KNOWN
        if not offered:
            answer = " ".join(client.server_auth_methods)
            raise AuthenticationError("no-common-method", server=server, user=user, answer=answer)
        while True:
            way = sasl.choose(offered, self._server.method, encrypted, server)
            try:
                await self._authenticate(client, way)
            except aiosmtplib.SMTPAuthenticationError as refusal:
                offered.discard(way)
                # 504: the method is offered but not known after all (RFC 4954 §4). Any other answer is about the password.
                if refusal.code == 504 and offered and self._server.method == "auto":
                    continue
                raise self._login_error(refusal.code, words(refusal.message)) from refusal
            return

    async def _authenticate(self, client: aiosmtplib.SMTP, way: str) -> None:
        """AUTH (RFC 4954 §4): each challenge is answered, one that makes no sense with a star."""
        name = self._endpoint.name
        told = sasl.mechanism(way, self._server.user, self._secret, name)
        first = [] if told.first is None else [base64.b64encode(told.first) or b"="]
        response = await client.execute_command(b"AUTH", way.upper().encode(), *first)
        why = ""
        while response.code == 334:
            try:
                challenge = sasl.unbase(response.message.encode("utf-8", "surrogateescape"), name)
                why = why or sasl.refusal(challenge)
                reply = base64.b64encode(told.answer(challenge))
            except ProtocolError:
                reply = b"*"
            response = await client.execute_command(reply)
        if response.code != 235:
            raise aiosmtplib.SMTPAuthenticationError(response.code, f"{response.message} {why}".strip())
        if not told.proven():
            raise ProtocolError("bad-challenge", server=name, answer="the server proved nothing")

    def _login_error(self, code: int, answer: str) -> CorreioError:
        server = self._endpoint.name
        if 400 <= code < 500:
            return NetworkError("server-unavailable", server=server, answer=answer, code=code)
        return AuthenticationError("login-refused", server=server, user=self._server.user, answer=answer, code=code)

    def _presented(self, limit: Deadline) -> dict[str, str]:
        """What `shown_by` tells of a certificate that was refused, '' if the server does not show it again.

        Python keeps nothing of a handshake that failed: it is looked at over a second connection, which sends
        no more than EHLO and STARTTLS.
        """
        seen: list[dict[str, str]] = []
        stranger = SmtpOutgoing(replace(self._server, auth=False, trust="ignore"), Secret(""), resolver=self._resolver)

        async def work(client: aiosmtplib.SMTP) -> None:
            session = client.get_transport_info("ssl_object")
            if session is not None:
                seen.append(shown_by(session))

        with suppress(CorreioError):
            stranger._attempt(stranger._endpoint, work, limit.sooner(COMMAND_SECONDS))
        return seen[0] if seen else NOT_SHOWN


async def _leave(client: aiosmtplib.SMTP) -> None:
    """QUIT, for good manners: what comes of it changes nothing."""
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=QUIT_SECONDS)


def _check_encryption(client: aiosmtplib.SMTP, endpoint: Endpoint) -> None:
    """That the line is encrypted, and the certificate the pinned one if one is pinned."""
    session = client.get_transport_info("ssl_object")
    if session is None:
        raise ProtocolError("login-without-tls", server=endpoint.name, answer="")
    if endpoint.trust.startswith("sha256:"):
        seen = fingerprint_of(session)
        if seen != endpoint.trust.removeprefix("sha256:").replace(":", "").lower():
            raise TLSError("certificate-pin-differs", server=endpoint.name, host=endpoint.host, answer="", fingerprint=seen)


def _own_name(sock: socket.socket) -> str:
    """Our end of the line as an address literal (RFC 5321 §4.1.3): it tells no host name."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return "[127.0.0.1]"  # a command's line has no address
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _as_error(endpoint: Endpoint, error: Exception) -> CorreioError:
    """What aiosmtplib, asyncio or ssl raised, as one of the documented tree."""
    server = endpoint.name
    for one in (error, error.__cause__):
        if isinstance(one, ssl.SSLError):
            return tls_error(server, endpoint.host, one)
    if isinstance(error, TimeoutError):
        return NetworkError("connection-timeout", server=server, answer="")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        answer = words(error.message)
        if 400 <= error.code < 500:
            return NetworkError("server-unavailable", server=server, answer=answer, code=error.code)
        if 500 <= error.code < 600:
            return ServerRefused("greeting-refused", server=server, answer=answer, code=error.code)
        return ProtocolError("not-smtp", server=server, answer=answer)
    if isinstance(error, OSError):
        cause = error.__cause__
        return network_error(server, cause if isinstance(cause, OSError) else error)
    return ProtocolError("not-smtp", server=server, answer=words(str(error)))
