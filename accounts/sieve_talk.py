"""The first lines of a ManageSieve conversation (RFC 5804): greeting, STARTTLS, log-in, capabilities."""

from __future__ import annotations

import base64
import re
from contextlib import suppress

from msgspec import Struct

from accounts import sasl
from accounts.talk import MAX_LINE, Line, check_login, words
from core.errors import AuthenticationError, NetworkError, ProtocolError, ServerRefused, TLSError
from core.secret import Secret

PORT = 4190
"""There is one for all: encryption begins with STARTTLS (RFC 5804 §1.8)."""
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|\{(\d{1,9})\+?\}$|([^\s"(){}]+)|([()])')
_ROUNDS = 6


class _Answer(Struct, frozen=True):
    """What ends an answer: OK, NO or BYE, the code in brackets, and words."""

    status: str
    code: str
    text: str
    data: bytes = b""
    """What a code carries, as SASL does (RFC 5804 §2.1)."""


class SieveTalk:
    """An `accounts.talk.Talk` with a server for filters."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._abilities: dict[str, str] = {}
        self._encrypted = line.endpoint.security == "tls"

    def greet(self) -> None:
        """Take the greeting, which tells the abilities. ServerRefused `greeting-refused` (NO, BYE), ProtocolError `not-sieve`."""
        self._learn()

    def start_tls(self) -> None:
        """Go on encrypted; the server tells its abilities anew (RFC 5804 §2.2)."""
        if "STARTTLS" not in self._abilities:
            raise TLSError("starttls-missing", server=self.line.server, answer=" ".join(self.abilities()))
        answer = self._say(b"STARTTLS")
        if answer.status != "OK":
            raise TLSError("starttls-refused", server=self.line.server, answer=answer.text)
        self.line.encrypt()
        self._encrypted = True
        self._learn()

    def log_in(self, user: str, secret: Secret, method: str) -> str:
        """Log in with AUTHENTICATE."""
        server = self.line.server
        check_login(user, secret, server)
        told = self._abilities.get("SASL", "")
        offered = {one.lower() for one in told.split()} & sasl.KNOWN
        if not offered:
            raise AuthenticationError("no-common-method", server=server, user=user, answer=told)
        way = sasl.choose(offered, method, self._encrypted, server)
        answer = self._try(way, user, secret)
        if answer.status == "OK":
            return way
        if answer.status == "BYE" or answer.code == "TRYLATER":
            raise ServerRefused("login-unavailable", server=server, answer=answer.text, code=answer.status)
        raise AuthenticationError("login-refused", server=server, user=user, answer=answer.text)

    def abilities(self) -> tuple[str, ...]:
        """What the server told last, with its values."""
        return tuple(sorted(f"{name} {value}".strip() for name, value in self._abilities.items()))

    def told(self, ability: str) -> str:
        """What the server says of an ability (upper case), such as IMPLEMENTATION; '' where it says nothing."""
        return self._abilities.get(ability, "")

    def close(self) -> None:
        """Say LOGOUT and close."""
        with suppress(NetworkError):
            self.line.write(b"LOGOUT")
        self.line.close()

    def _try(self, way: str, user: str, secret: Secret) -> _Answer:
        told = sasl.mechanism(way, user, secret, self.line.server)
        first = b"" if told.first is None else b' "%s"' % base64.b64encode(told.first)
        self.line.write(b'AUTHENTICATE "%s"%s' % (way.upper().encode(), first))
        for _ in range(_ROUNDS):
            found = self._read()
            if not isinstance(found, _Answer):
                challenge = sasl.unbase(found[0] if found else b"", self.line.server)
                self.line.write(b'"%s"' % base64.b64encode(told.answer(challenge)))
                continue
            if found.status == "OK":
                if found.code == "SASL":
                    told.answer(sasl.unbase(found.data, self.line.server))
                if not told.proven():
                    raise ProtocolError("bad-challenge", server=self.line.server, answer="the server proved nothing")
            return found
        raise ProtocolError("bad-challenge", server=self.line.server, answer="no end of challenges")

    def _learn(self) -> None:
        """Lines of a name and perhaps a value, up to an OK."""
        self._abilities = {}
        while True:
            found = self._read()
            if isinstance(found, _Answer):
                if found.status != "OK":
                    raise ServerRefused("greeting-refused", server=self.line.server, answer=found.text, code=found.status)
                return
            name, *values = (words(one) for one in found)
            self._abilities[name.upper()] = " ".join(values)

    def _say(self, command: bytes) -> _Answer:
        self.line.write(command)
        while True:
            if isinstance(found := self._read(), _Answer):
                return found

    def _read(self) -> list[bytes] | _Answer:
        """The strings of a line, or the end of an answer."""
        found = self._words()
        status = found[0].upper() if found else b""
        if status not in (b"OK", b"NO", b"BYE"):
            # Strings stand in quotation marks; what does not is another protocol.
            if not found or not found[0].startswith(b'"'):
                raise ProtocolError("not-sieve", server=self.line.server, answer=words(b" ".join(found)))
            return [one[1:] if one.startswith(b'"') else one for one in found]
        rest, code, data = found[1:], b"", b""
        if rest[:1] == [b"("] and b")" in rest:
            end = rest.index(b")")
            code, data = (*rest[1:end], b"", b"")[:2]
            rest = rest[end + 1 :]
        text = b" ".join(one.removeprefix(b'"') for one in rest)
        return _Answer(status.decode(), words(code).upper(), words(text), data.removeprefix(b'"'))

    def _words(self) -> list[bytes]:
        """A line and the literals in it; a string begins with a quotation mark, so that it is told from an atom."""
        found: list[bytes] = []
        while True:
            length = -1
            for match in _WORD.finditer(self.line.read()):
                quoted, literal, atom, bracket = match.groups()
                if literal is not None:
                    length = int(literal)
                elif quoted is not None:
                    found.append(b'"' + re.sub(rb"\\(.)", rb"\1", quoted))
                else:
                    found.append(atom or bracket)
            if length < 0:
                return found
            found.append(b'"' + self.line.take(length))
            if len(found) > MAX_LINE // 64:
                raise ProtocolError("too-many-lines", server=self.line.server, answer="")
