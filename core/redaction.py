"""Logs that can be shown to others: no password, token or whole address in them, whatever an exception says."""

from __future__ import annotations

import logging
import re

_QUOTED = r"\"(?:\\.|[^\"\\])*\""
_SECRETS = re.compile(
    rf"(?i)\b(LOGIN\s+(?:{_QUOTED}|\S+)|(?-i:PASS)(?=\s)|AUTH(?:ENTICATE)?\s+[A-Z0-9-]+|Authorization:\s*\w+|Bearer"
    r"|\w*(?:password|passwd|passphrase|secret|token|auth)['\"]?\s*[=:])\s*"
    rf"('(?:\\.|[^'\\])*'|{_QUOTED}|[^\s,;)]+)"
)
_IN_URL = re.compile(r"(?<=://)[^/@\s]+@")
_LONG = re.compile(r"\b[A-Za-z0-9+/_-]{48,}={0,2}")
# From the beginning of a run of letters only, or a long run would be gone through once for each of them.
_ADDRESS = re.compile(r"(?<![\w.%+'=-])([\w.%+'=-])[\w.%+'=-]*+@([\w-]+(?:\.[\w-]+)+)")


def redacted(text: str) -> str:
    """The text without what looks like a secret; of addresses, the first letter and the domain stay."""
    text = _SECRETS.sub(lambda found: f"{found[1]} ***", text)
    text = _IN_URL.sub("***@", text)
    text = _ADDRESS.sub(lambda found: f"{found[1]}***@{found[2]}", text)
    return _LONG.sub("***", text)


class RedactingFormatter(logging.Formatter):
    """Writes a log line, tracebacks included, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return redacted(super().format(record))
