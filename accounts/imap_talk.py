"""The first lines of an IMAP conversation (RFC 3501, RFC 9051): greeting, STARTTLS, log-in, capabilities."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from contextlib import suppress

from accounts import sasl
from accounts.talk import Line, check_login, octets, words
from core.errors import AuthenticationError, NetworkError, ProtocolError, ServerRefused, TLSError
from core.secret import Secret

_CAPABILITY = re.compile(rb"(?:^\* CAPABILITY |\[CAPABILITY )([^\]]*)", re.IGNORECASE)
_LITERAL = re.compile(rb"\{(\d{1,9})\+?\}$")
_TEMPORARY = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\b", re.IGNORECASE)


class ImapTalk:
    """An `accounts.talk.Talk` with an IMAP server."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._abilities: set[str] = set()
        self._encrypted = line.endpoint.security == "tls"
        self._logged_in = False
        self._count = 0

    def greet(self) -> None:
        """Take the greeting. ServerRefused `greeting-refused` (BYE), ProtocolError `not-imap`, `preauth-before-tls`."""
        greeting = self.line.read()
        kind = greeting[:9].upper()
        if kind.startswith(b"* BYE"):
            raise ServerRefused("greeting-refused", server=self.line.server, answer=words(greeting[5:]), code="BYE")
        self._logged_in = kind.startswith(b"* PREAUTH")
        if self._logged_in and self.line.endpoint.security == "starttls":
            # Who is logged in before TLS cannot start it any more (RFC 3501 6.2.1): somebody may be between us.
            raise ProtocolError("preauth-before-tls", server=self.line.server, answer=words(greeting[9:]))
        if not self._logged_in and not kind.startswith(b"* OK"):
            raise ProtocolError("not-imap", server=self.line.server, answer=words(greeting))
        self._learn(greeting)
        if not self._abilities:
            self._ask_abilities()

    def start_tls(self) -> None:
        """Go on encrypted, with the abilities asked anew."""
        if "STARTTLS" not in self._abilities:
            raise TLSError("starttls-missing", server=self.line.server, answer=" ".join(self.abilities()))
        status, text = self._command(b"STARTTLS")
        if status != "OK":
            raise TLSError("starttls-refused", server=self.line.server, answer=text)
        self.line.encrypt()
        self._encrypted = True
        self._ask_abilities()

    def log_in(self, user: str, secret: Secret, method: str) -> str:
        """Log in with AUTHENTICATE where the server has it, else LOGIN, which it may forbid (LOGINDISABLED)."""
        if self._logged_in:
            return "preauth"
        check_login(user, secret, self.line.server)
        offered = {one[5:].lower() for one in self._abilities if one.startswith("AUTH=")} & (sasl.KNOWN - {"login"})
        if "LOGINDISABLED" not in self._abilities:
            offered.add("login")
        elif not offered or method == "login":
            raise AuthenticationError("login-disabled", server=self.line.server, user=user, answer="")
        way = sasl.choose(offered, method, self._encrypted, self.line.server)
        self._abilities = set()
        status, text = self._try(way, user, secret)
        if status != "OK":
            if _TEMPORARY.search(text):
                raise ServerRefused("login-unavailable", server=self.line.server, answer=text, code=status)
            raise AuthenticationError("login-refused", server=self.line.server, user=user, answer=text)
        if not self._abilities:
            self._ask_abilities()
        return way

    def abilities(self) -> tuple[str, ...]:
        """The server's capabilities as last told."""
        return tuple(sorted(self._abilities))

    def close(self) -> None:
        """Say LOGOUT and close."""
        with suppress(NetworkError):
            self.line.write(b"Z LOGOUT")
        self.line.close()

    def _try(self, way: str, user: str, secret: Secret) -> tuple[str, str]:
        if way != "login":
            told = sasl.mechanism(way, user, secret, self.line.server)
            unsaid = iter(() if told.first is None else (told.first,))

            def reply(challenge: bytes) -> bytes:
                first = next(unsaid, None)
                return base64.b64encode(told.answer(sasl.unbase(challenge, self.line.server)) if first is None else first)

            status, text = self._command(b"AUTHENTICATE " + way.upper().encode(), reply)
            if status == "OK" and not told.proven():
                raise ProtocolError("bad-challenge", server=self.line.server, answer="the server proved nothing")
            return status, text
        # Literals carry any byte; the server asks for each with a line that begins with a plus.
        parts = iter((octets(user), octets(secret.reveal())))
        first = b"LOGIN {%d}" % len(octets(user))
        second = b" {%d}" % len(octets(secret.reveal()))
        ends = iter((second, b""))
        return self._command(first, lambda _: next(parts, b"") + next(ends, b""))

    def _ask_abilities(self) -> None:
        self._abilities = set()
        status, text = self._command(b"CAPABILITY")
        if status != "OK":
            raise ProtocolError("not-imap", server=self.line.server, answer=text)

    def _command(self, command: bytes, answer: Callable[[bytes], bytes] | None = None) -> tuple[str, str]:
        """Send a command; its status (OK, NO, BAD) and the server's words."""
        self._count += 1
        tag = b"A%d" % self._count
        self.line.write(tag + b" " + command)
        while True:
            line = self.line.read()
            if line.startswith(tag + b" "):
                self._learn(line)
                status, _, text = line[len(tag) + 1 :].partition(b" ")
                return words(status).upper(), words(text)
            if line.startswith(b"+"):
                if answer is None:
                    raise ProtocolError("not-imap", server=self.line.server, answer=words(line))
                self.line.write(self._answered(answer, line[1:].strip()))
            elif line[:5].upper() == b"* BYE":
                raise ServerRefused("greeting-refused", server=self.line.server, answer=words(line[5:]), code="BYE")
            elif line.startswith(b"* "):
                self._learn(line)
                if literal := _LITERAL.search(line):
                    self.line.take(int(literal[1]))
            else:
                raise ProtocolError("not-imap", server=self.line.server, answer=words(line))

    def _answered(self, answer: Callable[[bytes], bytes], challenge: bytes) -> bytes:
        try:
            return answer(challenge)
        except ValueError as error:
            raise ProtocolError("not-imap", server=self.line.server, answer=words(challenge)) from error

    def _learn(self, line: bytes) -> None:
        if told := _CAPABILITY.search(line):
            self._abilities = {one.decode("ascii", "replace").upper() for one in told[1].split()}
