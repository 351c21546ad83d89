"""No secrets in logs."""

from __future__ import annotations

import logging
import sys

import pytest

from core.redaction import HIDDEN, RedactingFormatter, redacted


@pytest.mark.parametrize(
    "line",
    [
        "A1 AUTHENTICATE PLAIN AG1hcmlhAHN3b3JkZmlzaA==", "AUTH LOGIN swordfish", 'A2 LOGIN "maria" "swordfish"',
        "a3 LOGIN maria swordfish", "Authorization: Bearer swordfish.swordfish", "password=swordfish",
        '{"password": "swordfish"}',
        "https://maria:swordfish@mail.example/inbox", "refresh_token: swordfish", "api_key='swordfish'",
    ],
)  # fmt: skip
def test_secrets_are_hidden(line: str) -> None:
    found = redacted(line)
    assert HIDDEN in found
    assert "swordfish" not in found and "AG1hcmlh" not in found


@pytest.mark.parametrize(
    "line",
    [
        "account 1: offline: connection-refused", "login-refused (server=imap.example:993, user=maria)",
        "A1 OK LOGIN completed", "https://mail.example/inbox", "a password is needed", "12 bodies, 4 tokens",
    ],
)  # fmt: skip
def test_ordinary_lines_stay(line: str) -> None:
    assert redacted(line) == line


def test_tracebacks_too() -> None:
    try:
        raise ValueError("cannot read password=swordfish")
    except ValueError:
        record = logging.LogRecord("correio", logging.ERROR, "x", 1, "a mistake", (), sys.exc_info())
    text = RedactingFormatter("%(message)s").format(record)
    assert "swordfish" not in text
    assert "Traceback" in text
