"""Greeting, STARTTLS and log-in (RFC 3501 §6.2, RFC 2595, RFC 4959): no password where it could be read."""

from __future__ import annotations

import base64
import hmac
import ssl
from collections.abc import Callable

from accounts.imap.wire import Client, shown
from core.errors import AuthenticationError, NetworkError, ProtocolError
from core.secret import Secret
from core.settings.schema import Server

_UNREADY = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")


def ask_for_tls(client: Client, name: str) -> None:
    """Say STARTTLS and hear OK; the caller upgrades the socket.

    Raises ProtocolError `starttls-missing`, `starttls-refused`, or `preauth-before-tls`: a session that is logged in
    already cannot be made safe, and whoever greets so may sit in between.
    """
    wire = client.wire
    if wire.state == "AUTH":
        raise ProtocolError("preauth-before-tls", server=name, answer=shown(wire.welcome or b""))
    if "STARTTLS" not in wire.learn():
        raise ProtocolError("starttls-missing", server=name, answer="")
    status, data = wire._simple_command("STARTTLS")
    if status != "OK":
        raise ProtocolError("starttls-refused", server=name, answer=shown(data[0] or b""))


def log_in(client: Client, server: Server, secret: Secret, name: str) -> None:
    """LOGIN or AUTHENTICATE as the server offers and the settings allow.

    Raises AuthenticationError `login-refused`, `login-disabled`, `login-characters`, or NetworkError
    `server-unavailable` when the server only cannot just now.
    """
    wire = client.wire
    if server.security != "none" and not isinstance(wire.sock, ssl.SSLSocket):
        raise ProtocolError("login-without-tls", server=name, answer="")
    if any(c in server.user + secret.reveal() for c in "\r\n\0"):
        raise AuthenticationError("login-characters", server=name, user=server.user, answer="")
    offered = wire.learn()
    method = _method(server.method, offered)
    if method == "login" and "LOGINDISABLED" in offered:
        raise AuthenticationError("login-disabled", server=name, user=server.user, answer="")
    status, answer = _METHODS[method](client, server.user, secret, "SASL-IR" in offered)
    words = unsaid(answer, server.user, secret)
    if status == "OK":
        wire.state = "AUTH"
        return
    if words.upper().startswith(_UNREADY):
        raise NetworkError("server-unavailable", server=name, answer=words)
    raise AuthenticationError("login-refused", server=name, user=server.user, answer=words.partition("] ")[2] or words)


def unsaid(text: str, user: str, secret: Secret) -> str:
    """What a server said, without the password it may have said back: in clear, or as it was sent."""
    for sent in (secret.reveal(), _plain_word(user, secret).decode(), base64.b64encode(secret.reveal().encode()).decode()):
        text = text.replace(sent, "…") if sent else text
    return text


def _method(wanted: str, offered: frozenset[str]) -> str:
    if wanted != "auto":
        return wanted
    # LOGIN has no charset; PLAIN is UTF-8 (RFC 4616).
    return "plain" if "AUTH=PLAIN" in offered else "login"


def _plain(client: Client, user: str, secret: Secret, initial: bool) -> tuple[str, str]:
    def word() -> bytes:
        return _plain_word(user, secret)

    if initial:
        return _exchange(client, [b"PLAIN", word()], [])
    return _exchange(client, [b"PLAIN"], [lambda challenge: word()])


def _plain_word(user: str, secret: Secret) -> bytes:
    return base64.b64encode(f"\0{user}\0{secret.reveal()}".encode())


def _login(client: Client, user: str, secret: Secret, initial: bool) -> tuple[str, str]:
    wire = client.wire
    # A literal carries any bytes; only one is needed, the name is quoted.
    wire.literal = secret.reveal().encode()
    tag = wire._command("LOGIN", b'"' + user.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"')
    return _result(client, tag)


def _cram_md5(client: Client, user: str, secret: Secret, initial: bool) -> tuple[str, str]:
    def word(challenge: bytes) -> bytes:
        digest = hmac.new(secret.reveal().encode(), base64.b64decode(challenge), "md5").hexdigest()
        return base64.b64encode(f"{user} {digest}".encode())

    return _exchange(client, [b"CRAM-MD5"], [word])


def _exchange(client: Client, first: list[bytes], steps: list[Callable[[bytes], bytes]]) -> tuple[str, str]:
    """AUTHENTICATE: each challenge is answered by the next step, one too many with `*` (RFC 3501 §6.2.2)."""
    wire = client.wire
    tag = wire._command("AUTHENTICATE", *first)
    while wire.tagged_commands[tag] is None:
        wire._check_bye()
        if wire._get_response() is None:
            wire.send((steps.pop(0)(wire.continuation_response) if steps else b"*") + b"\r\n")
    return _result(client, tag)


def _result(client: Client, tag: bytes) -> tuple[str, str]:
    wire = client.wire
    while wire.tagged_commands[tag] is None:
        wire._check_bye()
        wire._get_response()
    status, data = wire.tagged_commands.pop(tag)
    return status, shown(data[0] or b"")


_METHODS = {"plain": _plain, "login": _login, "cram-md5": _cram_md5}
