"""What must never stand in a log, whoever wrote the line: passwords and tokens, as protocols and addresses carry them."""

from __future__ import annotations

import logging
import re

HIDDEN = "[hidden]"
_SECRETS = (
    # AUTHENTICATE PLAIN …, AUTH XOAUTH2 …, LOGIN "user" "password"
    re.compile(r"(\bAUTH(?:ENTICATE)? +[A-Z0-9-]+ +)\S+", re.IGNORECASE),
    re.compile(r"(\bLOGIN +(?:\"(?:[^\"\\]|\\.)*\"|\S+) +)(?:\"(?:[^\"\\]|\\.)*\"|\S+)"),
    re.compile(r"(\b(?:Bearer|Basic) +)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    re.compile(
        r"(\b(?:pass(?:word|wd|phrase)?|secret|(?:access_|refresh_|id_)?token|api_?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&)]+",
        re.IGNORECASE,
    ),
    re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)", re.IGNORECASE),
)  # fmt: skip


def redacted(text: str) -> str:
    """The text with what looks like a secret taken out."""
    for pattern in _SECRETS:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text


class RedactingFormatter(logging.Formatter):
    """Lines, and tracebacks, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry, redacted."""
        return redacted(super().format(record))
