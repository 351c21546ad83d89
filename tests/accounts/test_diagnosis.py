"""What a failed step of a test is taken to mean."""

from __future__ import annotations

import pytest

from accounts.diagnosis import hints
from accounts.probe import Check
from core.errors import AuthenticationError, CorreioError, NetworkError, ProtocolError, TLSError
from core.settings import Server
from tui.sentences import hint_sentence
from tui.sentences.steps import HINTS

NET, ODD = NetworkError, ProtocolError


def meant(
    kind: str, host: str, port: int, security: str, step: str, error: CorreioError, user: str = "me@example.org"
) -> list[str]:
    """The ids of the hints for a step that failed like this."""
    server = Server(kind=kind, host=host, port=port, security=security, user=user)
    found = hints(Check(kind, step, "failed", f"{host}:{port}", error=error), server)
    for hint in found:
        words = hint_sentence(hint)
        assert words and "{" not in words
    return [hint.id for hint in found]


@pytest.mark.parametrize(
    ("kind", "port", "security", "step", "error", "ids"),
    [
        ("imap", 143, "tls", "tls", TLSError("tls-handshake", answer="wrong version number"), ["port-of-other-security"]),
        ("imap", 993, "starttls", "greeting", NET("connection-timeout"), ["port-of-other-security"]),
        ("imap", 993, "none", "greeting", NET("connection-closed"), ["port-of-other-security"]),
        ("smtp", 587, "tls", "tls", TLSError("tls-handshake"), ["port-of-other-security"]),
        ("smtp", 465, "starttls", "greeting", ODD("line-too-long"), ["port-of-other-security"]),
        ("imap", 465, "tls", "greeting", ODD("not-imap"), ["port-of-other-service"]),
        ("imap", 995, "tls", "greeting", ODD("not-imap"), ["port-of-other-service"]),
        ("smtp", 143, "starttls", "greeting", ODD("not-smtp"), ["port-of-other-service"]),
        ("smtp", 2525, "tls", "tls", TLSError("tls-handshake"), ["port-unusual"]),
        ("smtp", 25, "none", "connect", NET("connection-timeout"), ["port-25-blocked"]),
        ("smtp", 25, "starttls", "connect", NET("connection-refused"), ["port-25-blocked"]),
        ("imap", 993, "tls", "name", NET("unknown-host"), []),
        ("imap", 993, "tls", "connect", NET("connection-refused"), []),
        ("imap", 993, "tls", "tls", TLSError("certificate-name", fingerprint="ab"), []),
        ("imap", 993, "tls", "login", AuthenticationError("login-refused", answer="no"), []),
        ("imap", 993, "tls", "login", AuthenticationError("login-refused", answer="Application-specific password required"),
         ["app-password"]),
        ("imap", 993, "tls", "login", AuthenticationError("no-common-method", answer="xoauth2"), ["methods-offered"]),
    ],
)  # fmt: skip
def test_steps_and_what_they_mean(kind: str, port: int, security: str, step: str, error: CorreioError, ids: list[str]) -> None:
    assert meant(kind, "mail.example.org", port, security, step, error) == ids


def test_what_providers_want_is_said_when_they_refuse() -> None:
    refused = AuthenticationError("login-refused", answer="no")
    assert meant("imap", "imap.gmail.com", 993, "tls", "login", refused) == ["app-password"]
    assert meant("imap", "outlook.office365.com", 993, "tls", "login", refused) == ["oauth-only"]
    assert meant("imap", "mail.example.org", 993, "tls", "login", refused, user="me") == ["whole-address"]


def test_a_step_that_worked_means_nothing() -> None:
    assert hints(Check("imap", "login", "ok", "x:1"), Server(kind="imap", host="x")) == ()


def test_hints_are_about_what_providers_note() -> None:
    assert {"app-password", "oauth-only", "own-password", "enable-imap", "paid-only"} <= HINTS.keys()
