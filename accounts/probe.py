"""The test of an account, step by step: for *Test*, `account test`, and before an account is saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import structs

from accounts.deadline import Deadline
from accounts.dial import NOT_SHOWN, Endpoint, Resolver, connect, dial, endpoint_of, reach, resolve
from accounts.imap_talk import ImapTalk
from accounts.pop3_talk import Pop3Talk
from accounts.smtp_talk import SmtpTalk
from accounts.talk import Line, Talk
from core.errors import AuthenticationError, CorreioError, TLSError
from core.secret import Secret
from core.settings import Server

WHOLE = ("mailgun", "elasticemail", "sendmail")
"""Kinds of servers that are tried in one step."""
STEPS = ("name", "connect", "tls", "greeting", "login", "senders", "abilities")
"""What is tried with each server, in this order (with STARTTLS the greeting comes before tls)."""
SECONDS = 30.0

_LINE = ("connection-closed", "connection-timeout")
_SENSELESS = ("not-imap", "not-pop3", "not-smtp", "line-too-long", "too-many-lines", "greeting-refused")
FAILURES = {
    "name": ("unknown-host", "names-unanswered", "connection-timeout"),
    "connect": (
        *("connection-refused", "network-unreachable", "proxy-unknown", "proxy-unreachable", "proxy-refused"),
        *("proxy-login-refused", "proxy-senseless", "proxy-command-failed", *_LINE),
    ),
    "tls": (
        *("certificate-name", "certificate-untrusted", "certificate-expired", "certificate-pin-differs"),
        *("tls-handshake", "trust-file-unreadable", "starttls-missing", "starttls-refused", *_SENSELESS, *_LINE),
    ),
    "greeting": ("preauth-before-tls", *_SENSELESS, *_LINE),
    "login": (
        *("login-refused", "login-disabled", "login-unavailable", "login-characters", "no-common-method", "bad-challenge"),
        *("password-needed", *_SENSELESS, *_LINE),
    ),
    "senders": ("login-characters", *_SENSELESS, *_LINE),
    "abilities": (),
}
"""The ids of the errors with which each step can fail: all that `tui` needs a sentence for."""


@dataclass(frozen=True, slots=True)
class Check:
    """One step with one server. The id of its sentence is `kind` and `step`: imap-login, smtp-tls …

    States: running; ok; failed (`error`); skipped (an earlier step failed, or it does not apply); warning
    (it works, but not as it should). Values when ok: name `addresses`; connect `address`; tls `version`,
    `cipher`, `fingerprint`; login `method`; abilities `abilities`. With a warning: tls `reason` (trust-ignored
    and the above, or not-encrypted); login `reason` (anonymous); senders `refused` (address to answer).
    """

    kind: str
    """imap, pop3 or smtp."""
    step: str
    """One of STEPS."""
    state: str
    server: str
    """host:port."""
    seconds: float = 0.0
    values: dict[str, Any] = field(default_factory=dict)
    error: CorreioError | None = None


Report = Callable[[Check], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome: every step that ended, in order."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return self.error is None

    @property
    def error(self) -> CorreioError | None:
        """The first error, None if all is well."""
        return next((one.error for one in self.checks if one.error is not None), None)

    def ok_for(self, kind: str) -> bool:
        """Whether nothing failed with the server of this kind (imap, pop3, smtp)."""
        return not any(one.error for one in self.checks if one.kind == kind)


def test_account(
    incoming: Server | None,
    outgoing: Server | None,
    secret: Secret | None,
    report: Report,
    *,
    outgoing_secret: Secret | None = None,
    senders: Sequence[str] = (),
    seconds: float = SECONDS,
    resolver: Resolver | None = None,
) -> Outcome:
    """Try both servers up to the log-in; nothing is read or sent. `report` hears of every step as it goes.

    `secret` serves both servers unless `outgoing_secret` is given. `senders`: addresses that the outgoing server
    is asked about. `seconds` bounds each server. Raises nothing: errors are in the result.
    """
    checks: list[Check] = []
    for server, word in ((incoming, secret), (outgoing, outgoing_secret or secret)):
        if server is not None:
            one = _ServerTest(server, Deadline(seconds), resolver, report, checks)
            one.run(word, senders if server.kind == "smtp" else ())
    return Outcome(tuple(checks))


def open_talk(kind: str, endpoint: Endpoint, deadline: Deadline, resolver: Resolver | None = None) -> Talk:
    """A conversation past greeting and TLS. Raises as `accounts.dial.dial` and `accounts.talk.Talk`."""
    talk = _talk(kind, Line(dial(endpoint, deadline, resolver), endpoint, deadline))
    try:
        talk.greet()
        if endpoint.security == "starttls":
            talk.start_tls()
    except CorreioError:
        talk.line.close()
        raise
    return talk


def _talk(kind: str, line: Line) -> Talk:
    if kind == "pop3":
        return Pop3Talk(line)
    if kind == "sieve":
        from accounts.sieve_talk import SieveTalk

        return SieveTalk(line)
    return ImapTalk(line) if kind == "imap" else SmtpTalk(line)


class _ServerTest:
    """The steps with one server."""

    def __init__(
        self,
        server: Server,
        deadline: Deadline,
        resolver: Resolver | None,
        report: Report,
        checks: list[Check],
    ) -> None:
        self._server = server
        self._no_way: CorreioError | None = None
        try:
            self._endpoint = endpoint_of(server)
        except CorreioError as error:
            self._no_way = error
            self._endpoint = endpoint_of(structs.replace(server, proxy=""))
        if server.kind == "sendmail":
            self._endpoint = replace(self._endpoint, host=server.shown)
        self._deadline = deadline
        self._resolver = resolver
        self._report = report
        self._checks = checks
        self._done: set[str] = set()

    def run(self, secret: Secret | None, senders: Sequence[str]) -> None:
        """All steps; after one that fails the others are skipped."""
        line: Line | None = None
        # The step that fails tells of it.
        with suppress(CorreioError):
            if self._server.kind in WHOLE:
                self._try_whole(secret)
            else:
                line = self._connect()
                talk = self._greet(line)
                self._log_in(talk, secret)
                if senders and isinstance(talk, SmtpTalk):
                    self._ask_senders(talk, senders)
                with self._step("abilities") as values:
                    values["abilities"] = talk.abilities()
                talk.close()
        if line is not None:
            line.close()
        for step in STEPS:
            if step not in self._done and (step != "senders" or senders):
                self._tell(step, "skipped", 0.0)

    def _try_whole(self, secret: Secret | None) -> None:
        """A way out that is tried as one: there is no conversation to look at."""
        from accounts.ways_out import outgoing_of

        with self._step("login") as values:
            if self._no_way is not None:
                raise self._no_way
            outgoing_of(self._server, secret or Secret("")).test(self._deadline)
            values["method"] = self._server.kind

    def _connect(self) -> Line:
        """Name, connection, and TLS where it comes first."""
        if self._endpoint.through is not None or self._no_way is not None:
            return self._connect_through()
        with self._step("name") as values:
            addresses = resolve(self._endpoint, self._deadline, self._resolver)
            values["addresses"] = tuple(str(address[0]) for _, address in addresses)
        with self._step("connect") as values:
            sock = connect(self._endpoint, addresses, self._deadline)
            line = Line(sock, self._endpoint, self._deadline)
            values["address"] = line.their_address
        return self._encrypted(line)

    def _connect_through(self) -> Line:
        """The proxy looks up the name."""
        self._tell("name", "skipped", 0.0)
        with self._step("connect"):
            if self._no_way is not None:
                raise self._no_way
            line = Line(reach(self._endpoint, self._deadline, self._resolver), self._endpoint, self._deadline)
        return self._encrypted(line)

    def _encrypted(self, line: Line) -> Line:
        if self._endpoint.security == "tls":
            with self._step("tls") as values:
                self._encrypt(line.encrypt)
                values.update(self._tls_values(line))
        elif self._endpoint.security == "none":
            self._tell("tls", "warning", 0.0, {"reason": "not-encrypted"})
        return line

    def _greet(self, line: Line) -> Talk:
        """Greeting, and STARTTLS where it is wanted."""
        talk = _talk(self._server.kind, line)
        try:
            with self._step("greeting"):
                talk.greet()
            if self._endpoint.security == "starttls":
                with self._step("tls") as values:
                    self._encrypt(talk.start_tls)
                    values.update(self._tls_values(line))
        except CorreioError:
            line.close()
            raise
        return talk

    def _log_in(self, talk: Talk, secret: Secret | None) -> None:
        if not self._server.auth:
            self._tell("login", "warning", 0.0, {"reason": "anonymous"})
            return
        with self._step("login") as values:
            if secret is None:
                raise AuthenticationError("password-needed", server=self._endpoint.name, user=self._server.user, answer="")
            values["method"] = talk.log_in(self._server.user, secret, self._server.method)

    def _ask_senders(self, talk: SmtpTalk, senders: Sequence[str]) -> None:
        with self._step("senders") as values:
            answers = {one: talk.refuses_sender(one) for one in senders}
            if refused := {one: answer for one, answer in answers.items() if answer}:
                values["reason"] = "refused"
                values["refused"] = refused

    def _encrypt(self, begin: Callable[[], None]) -> None:
        """TLS; where the certificate is the trouble, it is looked at again: it may be pinned, or its names help."""
        try:
            begin()
        except TLSError as error:
            if error.id.startswith("certificate-") and "fingerprint" not in error.values:
                error.values.update(self._presented())
            raise

    def _presented(self) -> dict[str, str]:
        """What is told of the refused certificate, seen on a second connection over which nothing is sent."""
        with suppress(CorreioError):
            endpoint = replace(self._endpoint, trust="ignore")
            talk = open_talk(self._server.kind, endpoint, self._deadline, self._resolver)
            seen = talk.line.certificate()
            talk.close()
            return seen
        return NOT_SHOWN

    def _tls_values(self, line: Line) -> dict[str, str]:
        values = line.tls_values()
        return {**values, "reason": "trust-ignored"} if self._endpoint.trust == "ignore" else values

    @contextmanager
    def _step(self, step: str) -> Iterator[dict[str, Any]]:
        """Tell that the step runs, and how it ended. Values with a `reason` make it a warning."""
        values: dict[str, Any] = {}
        self._report(Check(self._server.kind, step, "running", self._endpoint.name))
        start = time.monotonic()
        try:
            yield values
        except CorreioError as error:
            self._tell(step, "failed", time.monotonic() - start, values, error)
            raise
        self._tell(step, "warning" if "reason" in values else "ok", time.monotonic() - start, values)

    def _tell(
        self,
        step: str,
        state: str,
        seconds: float,
        values: dict[str, Any] | None = None,
        error: CorreioError | None = None,
    ) -> None:
        self._done.add(step)
        check = Check(self._server.kind, step, state, self._endpoint.name, seconds, values or {}, error)
        self._checks.append(check)
        self._report(check)
