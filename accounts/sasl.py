"""Telling a server who one is: the SASL mechanisms of RFC 4616, 2195, 5802, 7677, 7628 and XOAUTH2, for every protocol."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import unicodedata
from collections.abc import Callable
from typing import Protocol

from accounts.talk import octets
from core.errors import AuthenticationError, ProtocolError
from core.secret import Secret

MOST_ROUNDS = 1_000_000
"""Of a SCRAM server: more would keep this machine busy for long."""

_SAFE = ("plain", "login", "scram-sha-256", "scram-sha-1", "cram-md5")
_OPEN = ("scram-sha-256", "scram-sha-1", "cram-md5", "plain", "login")
_TOKENS = ("xoauth2", "oauthbearer")
KNOWN = frozenset((*_SAFE, *_TOKENS))
"""The mechanisms that Correio speaks, lower case."""


def choose(offered: set[str], wanted: str, encrypted: bool, server: str) -> str:
    """The mechanism to use, out of those `offered` (lower case): the one that is wanted, or the best.

    `wanted` is a `method` of the settings: `oauth2` is whichever takes tokens, `auto` whichever takes passwords; without
    encryption the password is hidden if that can be. AuthenticationError `no-common-method`.
    """
    ranking = _TOKENS if wanted == "oauth2" else (wanted,) if wanted != "auto" else _SAFE if encrypted else _OPEN
    for one in ranking:
        if one in offered:
            return one
    raise AuthenticationError("no-common-method", server=server, user="", answer=", ".join(sorted(offered)))


class Mechanism(Protocol):
    """One log-in. Everything here is bare bytes: base64 is the caller's."""

    first: bytes | None
    """What the client says first; None where the server begins."""

    def answer(self, challenge: bytes) -> bytes:
        """The answer to a challenge. ProtocolError `bad-challenge` for one that makes no sense."""
        ...

    def proven(self) -> bool:
        """Whether the server has shown what it has to show; asked when it says that we are in."""
        ...


def mechanism(way: str, user: str, secret: Secret, server: str = "", nonce: str = "") -> Mechanism:
    """The mechanism of that name (lower case); `server` is host:port. `nonce` is for tests."""
    if way in ("scram-sha-1", "scram-sha-256"):
        return _Scram(way, user, secret, server, nonce or base64.b64encode(os.urandom(18)).decode())
    if way == "plain":
        return _Steps(server, b"\0" + octets(user) + b"\0" + octets(secret.reveal()))
    if way == "login":
        return _Steps(server, None, lambda _: octets(user), lambda _: octets(secret.reveal()))
    if way == "cram-md5":
        return _Steps(server, None, lambda challenge: _cram(challenge, user, secret))
    if way == "xoauth2":
        bearer = b"user=%s\x01auth=Bearer %s\x01\x01" % (octets(user), octets(secret.reveal()))
        # A refusal comes as a challenge, which wants an empty answer before the server says no.
        return _Steps(server, bearer, lambda _: b"")
    host, _, port = server.rpartition(":")
    name = octets(user).replace(b"=", b"=3D").replace(b",", b"=2C")
    words = b"n,a=%s,\x01host=%s\x01port=%s\x01auth=Bearer %s\x01\x01"
    return _Steps(server, words % (name, host.encode(), port.encode(), octets(secret.reveal())), lambda _: b"\x01")


def unbase(text: bytes, server: str) -> bytes:
    """A challenge out of its base64. ProtocolError `bad-challenge`."""
    try:
        return base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise ProtocolError("bad-challenge", server=server, answer=text[:200].decode("ascii", "replace")) from error


def refusal(challenge: bytes) -> str:
    """Why a token is refused, as providers tell in their last challenge (RFC 7628 §3.2.2); '' where it tells nothing."""
    try:
        told = json.loads(challenge)
    except ValueError:
        return ""
    return str(told.get("status") or told.get("error") or "")[:200] if isinstance(told, dict) else ""


class _Steps:
    """A mechanism of fixed answers."""

    def __init__(self, server: str, first: bytes | None, *answers: Callable[[bytes], bytes]) -> None:
        self.first = first
        self._server = server
        self._answers = list(answers)

    def answer(self, challenge: bytes) -> bytes:
        if not self._answers:
            raise ProtocolError("bad-challenge", server=self._server, answer="one too many")
        return self._answers.pop(0)(challenge)

    def proven(self) -> bool:
        return True


class _Scram:
    """SCRAM without channel binding (RFC 5802, 7677): the password never goes out, and the server proves that it knows it."""

    def __init__(self, way: str, user: str, secret: Secret, server: str, nonce: str) -> None:
        self._hash = way.removeprefix("scram-").replace("-", "")
        self._secret = secret
        self._server = server
        self._nonce = nonce
        name = unicodedata.normalize("NFKC", user).replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={nonce}".encode()
        self.first: bytes | None = b"n,," + self._bare
        self._expected: bytes | None = None
        self._proven = False

    def answer(self, challenge: bytes) -> bytes:
        if self._expected is None:
            return self._proof(challenge)
        told = _fields(challenge).get("v", "")
        if not hmac.compare_digest(told.encode(), base64.b64encode(self._expected)):
            raise self._senseless("the server does not know the password")
        self._proven = True
        return b""

    def proven(self) -> bool:
        return self._proven

    def _proof(self, challenge: bytes) -> bytes:
        told = _fields(challenge)
        nonce, rounds = told.get("r", ""), told.get("i", "")
        if not (nonce.startswith(self._nonce) and len(nonce) > len(self._nonce) and rounds.isascii() and rounds.isdigit()):
            raise self._senseless("no nonce")
        if not 1 <= int(rounds[:9]) <= MOST_ROUNDS:
            raise self._senseless(f"{rounds[:9]} rounds")
        salt = unbase(told.get("s", "").encode(), self._server)
        word = unicodedata.normalize("NFKC", self._secret.reveal()).encode("utf-8", "surrogateescape")
        salted = hashlib.pbkdf2_hmac(self._hash, word, salt, int(rounds))
        final = f"c=biws,r={nonce}".encode()
        told_all = b",".join((self._bare, challenge, final))
        client = self._mac(salted, b"Client Key")
        signature = self._mac(hashlib.new(self._hash, client).digest(), told_all)
        self._expected = self._mac(self._mac(salted, b"Server Key"), told_all)
        proof = bytes(one ^ other for one, other in zip(client, signature, strict=True))
        return final + b",p=" + base64.b64encode(proof)

    def _mac(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self._hash).digest()

    def _senseless(self, why: str) -> ProtocolError:
        return ProtocolError("bad-challenge", server=self._server, answer=why)


def _fields(challenge: bytes) -> dict[str, str]:
    words = (word.partition("=") for word in challenge.decode("utf-8", "replace").split(","))
    return {name: value for name, _, value in words}


def _cram(challenge: bytes, user: str, secret: Secret) -> bytes:
    digest = hmac.new(octets(secret.reveal()), challenge, "md5").hexdigest()
    return octets(user) + b" " + digest.encode()
