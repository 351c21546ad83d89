"""What a failed step of an account's test most likely means, and what to do about it; `tui` has the sentences.

Nothing is tried here: it is read out of the step, the server's settings and what is known of large providers.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from accounts.discovery.presets import by_server
from accounts.probe import Check
from core.settings import Server, default_port

SENSELESS = ("not-imap", "not-pop3", "not-smtp", "line-too-long", "too-many-lines")
"""What came in was no mail protocol: on a port that begins with TLS, or belongs to another service."""
SILENT = ("connection-timeout", "connection-closed", "tls-handshake", *SENSELESS)


class Hint(Struct, frozen=True):
    """A likely reason: the id of its sentence and what fills it in."""

    id: str
    values: dict[str, Any] = {}


def hints(check: Check, server: Server) -> tuple[Hint, ...]:
    """The likely reasons why this step failed, the likeliest first; none where the error says it all."""
    if check.error is None:
        return ()
    found: list[Hint] = []
    error, step = check.error.id, check.step
    if step in ("tls", "greeting", "connect", "login") and error in (*SILENT, "starttls-missing", "login-disabled"):
        found += _ports(server, error)
    if step == "connect" and server.port == 25 and error in ("connection-timeout", "connection-refused", "network-unreachable"):
        found.append(Hint("port-25-blocked", {"server": check.server}))
    if step == "login" and error == "login-refused":
        found += _log_in(server, str(check.error.values.get("answer", "")))
    if step == "login" and error == "no-common-method":
        found += [*_provider(server), Hint("methods-offered", {"methods": str(check.error.values.get("answer", "")) or "-"})]
    return tuple({one.id: one for one in found}.values())


def _ports(server: Server, error: str) -> list[Hint]:
    """A port that is another security's: the usual mistake."""
    for security in ("tls", "starttls", "none"):
        if security == server.security or server.port != default_port(server.kind, security):
            continue
        if security == "none" and default_port(server.kind, "none") == default_port(server.kind, "starttls"):
            continue
        usual = default_port(server.kind, server.security)
        values = {"port": server.port, "security": security, "chosen": server.security, "usual": usual}
        return [Hint("port-of-other-security", values)]
    other = {110: "pop3", 995: "pop3", 143: "imap", 993: "imap", 25: "smtp", 465: "smtp", 587: "smtp"}.get(server.port, "")
    if other and other != server.kind:
        usual = default_port(server.kind, server.security)
        return [Hint("port-of-other-service", {"port": server.port, "service": other.upper(), "usual": usual})]
    if error in ("tls-handshake", *SENSELESS) and server.port != default_port(server.kind, server.security):
        return [Hint("port-unusual", {"port": server.port, "usual": default_port(server.kind, server.security)})]
    return []


def _log_in(server: Server, answer: str) -> list[Hint]:
    found = _provider(server)
    said = answer.casefold()
    wants = ("app password", "app-password", "application-specific", "application specific", "2-step", "two-factor", "basicauth")
    if not found and any(word in said for word in wants):
        found = [Hint("app-password", {"url": ""})]
    if "@" not in server.user:
        found.append(Hint("whole-address", {"user": server.user}))
    return found


def _provider(server: Server) -> list[Hint]:
    """What the provider of this server wants."""
    known = by_server(server.host)
    notes = known.notes if known is not None else ()
    wanted = ("app-password", "oauth-only", "own-password", "enable-imap", "paid-only")
    return [Hint(note, {"url": known.help}) for note in notes if note in wanted] if known is not None else []
