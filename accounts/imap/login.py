"""Greeting, STARTTLS and log-in (RFC 3501 §6.2, RFC 2595, RFC 4959): no password where it could be read."""

from __future__ import annotations

import base64
import re
import ssl

from accounts import sasl
from accounts.imap.wire import Client, shown
from core.errors import AuthenticationError, NetworkError, ProtocolError
from core.secret import Secret
from core.settings.schema import Server

STARS = 3
"""So many challenges too many are refused; who goes on asking does not listen."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
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
    method = _method(server.method, offered, name)
    if method == "login" and "LOGINDISABLED" in offered:
        raise AuthenticationError("login-disabled", server=name, user=server.user, answer="")
    if method == "login":
        status, answer = _login(client, server.user, secret)
    else:
        status, answer = _authenticate(client, method, server.user, secret, name)
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
    return _BASE64.sub(lambda word: "…" if _bears_token(word[0]) else word[0], text)


def _bears_token(word: str) -> bool:
    """Whether it is the beginning of what XOAUTH2 or OAUTHBEARER (RFC 7628) sends, which may be cut anywhere."""
    whole = word.rstrip("=")
    return b"\x01auth=Bearer " in base64.b64decode(whole[: len(whole) // 4 * 4])


def _method(wanted: str, offered: frozenset[str], name: str) -> str:
    if wanted == "oauth2":
        return sasl.choose({one[5:].lower() for one in offered if one.startswith("AUTH=")}, wanted, True, name)
    if wanted != "auto":
        return wanted
    # LOGIN has no charset; PLAIN is UTF-8 (RFC 4616).
    return "plain" if "AUTH=PLAIN" in offered else "login"


def _plain_word(user: str, secret: Secret) -> bytes:
    return base64.b64encode(f"\0{user}\0{secret.reveal()}".encode())


def _login(client: Client, user: str, secret: Secret) -> tuple[str, str]:
    wire = client.wire
    # A literal carries any bytes; only one is needed, the name is quoted.
    wire.literal = secret.reveal().encode()
    tag = wire._command("LOGIN", b'"' + user.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"')
    return _result(client, tag)


def _authenticate(client: Client, way: str, user: str, secret: Secret, name: str) -> tuple[str, str]:
    """AUTHENTICATE (RFC 3501 §6.2.2, RFC 4959): each challenge is answered, one that makes no sense with a star.

    Raises ProtocolError `bad-challenge` when the server heeds no star.
    """
    wire = client.wire
    told = sasl.mechanism(way, user, secret, name)
    first = [told.first] if told.first is not None else []
    words = [way.upper().encode()]
    if first and "SASL-IR" in wire.learn():
        words.append(base64.b64encode(first.pop()) or b"=")
    why, stars = "", 0
    tag = wire._command("AUTHENTICATE", *words)
    while wire.tagged_commands[tag] is None:
        wire._check_bye()
        if wire._get_response() is not None:
            continue
        try:
            challenge = b"" if first else sasl.unbase(wire.continuation_response, name)
            why = why or sasl.refusal(challenge)
            reply = base64.b64encode(first.pop() if first else told.answer(challenge))
        except ProtocolError:
            if (stars := stars + 1) > STARS:
                raise
            reply = b"*"
        wire.send(reply + b"\r\n")
    status, answer = _result(client, tag)
    if status == "OK" and not told.proven():
        raise ProtocolError("bad-challenge", server=name, answer="the server proved nothing")
    return status, f"{answer} {why}".strip()


def _result(client: Client, tag: bytes) -> tuple[str, str]:
    wire = client.wire
    while wire.tagged_commands[tag] is None:
        wire._check_bye()
        wire._get_response()
    status, data = wire.tagged_commands.pop(tag)
    return status, shown(data[0] or b"")
