"""The first lines of an SMTP conversation (RFC 5321, 3207, 4954): greeting, STARTTLS, log-in, extensions."""

from __future__ import annotations

import base64
from contextlib import suppress

from accounts import sasl
from accounts.talk import Line, check_login, octets, words
from core.errors import AuthenticationError, NetworkError, ProtocolError, ServerRefused, TLSError
from core.secret import Secret


class SmtpTalk:
    """An `accounts.talk.Talk` with an SMTP server."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._abilities: dict[str, str] = {}
        self._encrypted = line.endpoint.security == "tls"

    def greet(self) -> None:
        """Take the greeting and say EHLO. ServerRefused `greeting-refused` (`code`)."""
        code, lines = self._answer()
        if code != 220:
            raise ServerRefused("greeting-refused", server=self.line.server, answer=lines[0], code=code)
        self._say_hello()

    def start_tls(self) -> None:
        """Go on encrypted, with a new EHLO."""
        if "STARTTLS" not in self._abilities:
            raise TLSError("starttls-missing", server=self.line.server, answer=" ".join(self.abilities()))
        code, lines = self._command(b"STARTTLS")
        if code != 220:
            raise TLSError("starttls-refused", server=self.line.server, answer=lines[0])
        self.line.encrypt()
        self._encrypted = True
        self._say_hello()

    def log_in(self, user: str, secret: Secret, method: str) -> str:
        """Log in with AUTH."""
        check_login(user, secret, self.line.server)
        offered = {one.lower() for one in self._abilities.get("AUTH", "").split()} & sasl.KNOWN
        if not offered:
            raise AuthenticationError(
                "no-common-method", server=self.line.server, user=user, answer=self._abilities.get("AUTH", "")
            )
        way = sasl.choose(offered, method, self._encrypted, self.line.server)
        code, lines = self._try(way, user, secret)
        if 400 <= code < 500:
            raise ServerRefused("login-unavailable", server=self.line.server, answer=lines[0], code=code)
        if code != 235:
            raise AuthenticationError(
                "login-refused", server=self.line.server, user=user, answer=" ".join(lines)[:300], code=code
            )
        return way

    def refuses_sender(self, address: str) -> str:
        """The server's words if it does not take this envelope sender, '' if it does. Nothing is sent."""
        check_login(address, Secret(""), self.line.server)
        code, lines = self._command(b"MAIL FROM:<" + octets(address) + b">")
        if code == 250:
            self._command(b"RSET")
            return ""
        return f"{code} {lines[0]}"

    def abilities(self) -> tuple[str, ...]:
        """The extensions of the last EHLO, with their parameters."""
        return tuple(sorted(f"{name} {rest}".strip() for name, rest in self._abilities.items()))

    def close(self) -> None:
        """Say QUIT and close."""
        with suppress(NetworkError):
            self.line.write(b"QUIT")
        self.line.close()

    def _try(self, way: str, user: str, secret: Secret) -> tuple[int, list[str]]:
        told = sasl.mechanism(way, user, secret, self.line.server)
        first = b"" if told.first is None else b" " + (base64.b64encode(told.first) or b"=")
        code, lines = self._command(b"AUTH " + way.upper().encode() + first)
        for _ in range(6):
            if code != 334:
                break
            challenge = sasl.unbase(lines[0].encode(), self.line.server)
            code, lines = self._command(base64.b64encode(told.answer(challenge)))
        if code == 235 and not told.proven():
            raise ProtocolError("bad-challenge", server=self.line.server, answer="the server proved nothing")
        return code, lines

    def _say_hello(self) -> None:
        self._abilities = {}
        code, lines = self._command(b"EHLO " + self.line.own_address.encode())
        if code != 250:
            raise ServerRefused("greeting-refused", server=self.line.server, answer=lines[0], code=code)
        for line in lines[1:]:
            # Old servers write AUTH=LOGIN.
            name, _, rest = line.replace("AUTH=", "AUTH ", 1).partition(" ")
            known = self._abilities.get(name.upper(), "")
            self._abilities[name.upper()] = f"{known} {rest.upper()}".strip()

    def _command(self, command: bytes) -> tuple[int, list[str]]:
        self.line.write(command)
        return self._answer()

    def _answer(self) -> tuple[int, list[str]]:
        """The code and the words of each line."""
        lines: list[str] = []
        while True:
            line = self.line.read()
            if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b""):
                raise ProtocolError("not-smtp", server=self.line.server, answer=words(line))
            lines.append(words(line[4:]))
            if line[3:4] != b"-":
                return int(line[:3]), lines
