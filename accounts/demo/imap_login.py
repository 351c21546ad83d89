"""Commands outside a mailbox: CAPABILITY, ID, STARTTLS, logging in and out, ENABLE (RFC 3501 §6.1, §6.2)."""

from __future__ import annotations

import base64
import binascii
import hmac

from accounts.demo.imap_command import Answered, Call, State, command
from accounts.demo.imap_parser import BadCommand, Refused, octets, word
from accounts.demo.imap_session import Session


@command("CAPABILITY", state=State.ANY)
async def capability(session: Session, call: Call) -> None:
    """CAPABILITY."""
    session.untagged("CAPABILITY " + session.capabilities())


@command("NOOP", "CHECK", state=State.ANY)
async def noop(session: Session, call: Call) -> None:
    """NOOP, CHECK: news is told with every command."""


@command("ID", state=State.ANY, needs="ID")
async def identify(session: Session, call: Call) -> None:
    """ID (RFC 2971)."""
    session.untagged('ID ("name" "Correio demo")')


@command("LOGOUT", state=State.ANY)
async def logout(session: Session, call: Call) -> None:
    """LOGOUT."""
    session.select(None)
    session.untagged("BYE Until soon")
    session.leaving = True


@command("STARTTLS", state=State.BEFORE)
async def start_tls(session: Session, call: Call) -> None:
    """STARTTLS; what the client sent too early, before the handshake, is dropped."""
    context = session.server.options.tls
    if context is None or session.server.options.security != "starttls" or session.secure:
        raise BadCommand("STARTTLS is not offered")
    await session.send(f"{call.tag} OK Begin TLS\r\n".encode())
    await session.upgrade(context)
    raise Answered


@command("LOGIN", state=State.BEFORE)
async def login(session: Session, call: Call) -> str:
    """LOGIN user password."""
    call.need(2)
    return _admit(session, octets(call.args[0]), octets(call.args[1]))


@command("AUTHENTICATE", state=State.BEFORE)
async def authenticate(session: Session, call: Call) -> str:
    """AUTHENTICATE PLAIN (with or without initial response) and LOGIN."""
    call.need(1, 2)
    mechanism = word(call.args[0])
    if f"AUTH={mechanism}" not in session.capabilities().split():
        raise Refused("[CANNOT] Unknown mechanism")
    initial = octets(call.args[1]) if len(call.args) == 2 else None
    if mechanism == "PLAIN":
        answer = _decoded(initial) if initial is not None else await _ask(session, b"")
        pieces = answer.split(b"\0")
        if len(pieces) != 3:
            raise BadCommand("Not a PLAIN response")
        return _admit(session, pieces[1], pieces[2])
    user = _decoded(initial) if initial is not None else await _ask(session, b"Username:")
    return _admit(session, user, await _ask(session, b"Password:"))


async def _ask(session: Session, prompt: bytes) -> bytes:
    await session.send(b"+ " + base64.b64encode(prompt) + b"\r\n")
    line = (await session.read_line()).strip()
    if line == b"*":
        raise BadCommand("Authentication cancelled")
    return _decoded(line)


def _decoded(line: bytes) -> bytes:
    try:
        return base64.b64decode(b"" if line == b"=" else line, validate=True)
    except binascii.Error:
        raise BadCommand("Invalid base64") from None


def _admit(session: Session, user: bytes, password: bytes) -> str:
    options = session.server.options
    if "LOGINDISABLED" in session.capabilities().split():
        raise Refused("[PRIVACYREQUIRED] Plain text needs TLS first")
    right = hmac.compare_digest(user, options.user.encode()) & hmac.compare_digest(password, options.password.encode())
    if not right:
        raise Refused("[AUTHENTICATIONFAILED] Wrong user or password")
    session.user = options.user
    return f"[CAPABILITY {session.capabilities()}] Logged in"


@command("ENABLE", state=State.LOGGED_IN, needs="ENABLE")
async def enable(session: Session, call: Call) -> None:
    """ENABLE (RFC 5161): CONDSTORE and QRESYNC mean something here, others are passed over."""
    call.need(1, -1)
    asked = [word(token) for token in call.args]
    done = [name for name in asked if name in ("CONDSTORE", "QRESYNC") and session.offers(name)]
    session.condstore |= bool(done)
    session.qresync |= "QRESYNC" in done
    session.untagged(" ".join(["ENABLED", *done]))
