"""The first lines of a POP3 conversation (RFC 1939, 2449, 2595, 5034): greeting, STLS, log-in, capabilities."""

from __future__ import annotations

import base64
import re
from contextlib import suppress

from accounts import sasl
from accounts.talk import Line, check_login, octets, words
from core.errors import AuthenticationError, NetworkError, ProtocolError, ServerRefused, TLSError
from core.secret import Secret

_TEMPORARY = re.compile(
    r"\[(IN-USE|LOGIN-DELAY|SYS/TEMP|SYS/PERM)\b|\b(maildrop|mailbox)\b.*\block(ed)?\b|\block\b.*\b(maildrop|mailbox)\b",
    re.IGNORECASE,
)
"""Also in the words of servers without response codes (hMailServer): another program has the maildrop."""
_MOST = 500


class Pop3Talk:
    """An `accounts.talk.Talk` with a POP3 server."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._abilities: dict[str, str] = {}
        self._encrypted = line.endpoint.security == "tls"

    def greet(self) -> None:
        """Take the greeting. ServerRefused `greeting-refused` (-ERR), ProtocolError `not-pop3`."""
        fine, text = self.answer()
        if not fine:
            raise ServerRefused("greeting-refused", server=self.line.server, answer=text, code="-ERR")
        self._ask_abilities()

    def start_tls(self) -> None:
        """Go on encrypted, with the abilities asked anew. A server without CAPA is asked for STLS all the same."""
        if self._abilities and "STLS" not in self._abilities:
            raise TLSError("starttls-missing", server=self.line.server, answer=" ".join(self.abilities()))
        fine, text = self.command(b"STLS")
        if not fine:
            raise TLSError("starttls-refused", server=self.line.server, answer=text)
        self.line.encrypt()
        self._encrypted = True
        self._ask_abilities()

    def log_in(self, user: str, secret: Secret, method: str) -> str:
        """Log in with AUTH where the server has it, else with USER and PASS."""
        check_login(user, secret, self.line.server)
        offered = {one.lower() for one in self._abilities.get("SASL", "").split()} & sasl.KNOWN
        # USER and PASS are named `login` here: AUTH LOGIN does nothing that they do not.
        if "USER" in self._abilities or not self._abilities or not offered:
            offered.add("login")
        way = sasl.choose(offered, method, self._encrypted, self.line.server)
        fine, text = self._pass(user, secret) if way == "login" else self._auth(way, user, secret)
        if fine:
            # What a server can do may be another thing once it knows who asks (RFC 2449 §4).
            self._ask_abilities()
            return way
        if _TEMPORARY.search(text):
            raise ServerRefused("login-unavailable", server=self.line.server, answer=text, code="-ERR")
        answer = text.replace(secret.reveal(), "…") if secret else text
        raise AuthenticationError("login-refused", server=self.line.server, user=user, answer=answer)

    def abilities(self) -> tuple[str, ...]:
        """What CAPA told last, with its parameters; empty where the server does not know it."""
        return tuple(sorted(f"{name} {rest}".strip() for name, rest in self._abilities.items()))

    def has(self, name: str) -> bool:
        """Whether CAPA told of it."""
        return name in self._abilities

    def close(self) -> None:
        """Say QUIT and close."""
        with suppress(NetworkError):
            self.line.write(b"QUIT")
        self.line.close()

    def command(self, command: bytes) -> tuple[bool, str]:
        """Say something; whether the server says yes, and its words."""
        self.line.write(command)
        return self.answer()

    def answer(self) -> tuple[bool, str]:
        """Whether the server says yes, and its words. ProtocolError `not-pop3`."""
        line = self.line.read()
        kind, _, rest = line.partition(b" ")
        if kind.upper() not in (b"+OK", b"-ERR"):
            raise ProtocolError("not-pop3", server=self.line.server, answer=words(line))
        return kind.upper() == b"+OK", words(rest)

    def _ask_abilities(self) -> None:
        self._abilities = {}
        if not self.command(b"CAPA")[0]:
            return
        for _ in range(_MOST):
            line = self.line.read()
            if line == b".":
                return
            name, _, rest = words(line).partition(" ")
            self._abilities[name.upper()] = rest.upper()
        raise ProtocolError("too-many-lines", server=self.line.server, answer="")

    def _pass(self, user: str, secret: Secret) -> tuple[bool, str]:
        fine, text = self.command(b"USER " + octets(user))
        return self.command(b"PASS " + octets(secret.reveal())) if fine else (fine, text)

    def _auth(self, way: str, user: str, secret: Secret) -> tuple[bool, str]:
        told = sasl.mechanism(way, user, secret, self.line.server)
        self.line.write(b"AUTH " + way.upper().encode())
        first: bytes | None = told.first
        for _ in range(6):
            line = self.line.read()
            if not line.startswith(b"+") or line[:3].upper() == b"+OK":
                break
            challenge = sasl.unbase(line[1:], self.line.server)
            reply, first = (first, None) if first is not None else (told.answer(challenge), None)
            self.line.write(base64.b64encode(reply))
        fine = line[:3].upper() == b"+OK"
        if fine and not told.proven():
            raise ProtocolError("bad-challenge", server=self.line.server, answer="the server proved nothing")
        return fine, words(line.partition(b" ")[2])
