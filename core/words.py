"""Encoded words in headers (RFC 2047): `=?utf-8?q?caf=C3=A9?=`."""

from __future__ import annotations

import binascii
import re

from core.charset import decode
from core.clean import clean_line

# Raw question marks are forbidden in the text but found; at most eight of them keep the search linear.
_WORD = re.compile(r"=\?([^?*\s]{1,64})(?:\*[^?\s]{0,64})?\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,8})\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def decode_words(text: str) -> str:
    """A header value as one clean line, its encoded words decoded. Never raises; what is broken stays as it is."""
    return clean_line(uncleaned_words(text))


def uncleaned_words(text: str) -> str:
    """A header value with its encoded words decoded, as it came: to look for what `core.clean` takes out, never to be shown."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    charset, gathered, at = "", b"", 0
    for found in _WORD.finditer(text):
        between = text[at : found.start()]
        label, kind, word = found.groups()
        # Blanks between two encoded words are no text (RFC 2047 §6.2).
        if between.strip(" \t\r\n") or not at:
            pieces += (decode(gathered, charset), between)
            gathered = b""
        if gathered and label.lower() != charset:
            pieces.append(decode(gathered, charset))
            gathered = b""
        charset = label.lower()
        gathered += word_bytes(kind, word)
        at = found.end()
    pieces += (decode(gathered, charset) if gathered else "", text[at:])
    return "".join(pieces)


def word_bytes(kind: str, word: str) -> bytes:
    """The bytes that an encoded word's text stands for; `kind` is its encoding, B or Q."""
    data = word.encode("utf-8", "surrogateescape")
    if kind in "qQ":
        return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)
    data = _NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
