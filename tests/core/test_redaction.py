"""No secret in a log, whatever is logged."""

from __future__ import annotations

import logging
import sys

import pytest

from core.redaction import RedactingFormatter, redacted

SECRET = "hunter2-Saudade"


@pytest.mark.parametrize(
    "text",
    [
        f"a1 LOGIN maria {SECRET}", f'a1 LOGIN maria "{SECRET}"', f"AUTHENTICATE PLAIN {SECRET}", f"AUTH LOGIN {SECRET}",
        f"password={SECRET}", f"Password: {SECRET}", f"{{'token': 1, passphrase={SECRET!r}}}", f"Bearer {SECRET}",
        f"AUTHENTICATE XOAUTH2 {'QUJD' * 20}{SECRET}", f"{{'password': '{SECRET}'}}", f"client_secret={SECRET}",
        f'{{"do": "password", "token": "{SECRET}"}}', f'a1 LOGIN "maria lopes" "{SECRET}"', f"PASS {SECRET}",
        f'a1 LOGIN "maria" "a\\"b {SECRET}"', f"Authorization: Basic {SECRET}", f"password='a\\'b {SECRET}'",
    ],
)  # fmt: skip
def test_secrets_go(text: str) -> None:
    assert SECRET not in redacted(text)


def test_addresses_keep_their_domain_and_ids_stay() -> None:
    assert redacted("maria.silva@example.org: connection-refused") == "m***@example.org: connection-refused"
    assert redacted("account 0123abcd: offline: name-unknown") == "account 0123abcd: offline: name-unknown"


def test_passwords_in_addresses_of_the_web_go_to_the_last_letter() -> None:
    assert redacted(f"https://maria:{SECRET}@mail.example.org/dav") == "https://***@mail.example.org/dav"


def test_tracebacks_too() -> None:
    try:
        raise ValueError(f"LOGIN maria {SECRET}")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "a mistake", (), sys.exc_info())
    line = RedactingFormatter("%(message)s").format(record)
    assert "Traceback" in line and SECRET not in line


def test_a_long_line_takes_no_longer_than_its_length() -> None:
    """Letter by letter it would take hours."""
    words = "x" * 300_000
    assert redacted(f"{words} {words}@example.org") == "*** x***@example.org"
    assert redacted(f"a=b@c.example, {words}@") == "a***@c.example, ***@"
