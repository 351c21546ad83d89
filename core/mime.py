"""MIME entities as exact bytes (RFC 2045, 2046): header fields that are final already, and a body.

Bodies are encoded so that every line has at most 76 characters (RFC 2045 §6.7, §6.8), which the standard
library does not do together with the header length that Correio needs.
"""

from __future__ import annotations

import binascii
import re
import secrets
from dataclasses import dataclass

from core.encoded_word import parameter

CRLF = b"\r\n"
LONGEST = 998
"""Bytes in a line without its CRLF (RFC 5322 §2.1.1)."""

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")


@dataclass(frozen=True, slots=True)
class Entity:
    """A body part or a whole mail."""

    fields: tuple[tuple[str, str], ...]
    """(name, value), values folded with CRLF and free of other control characters."""
    body: bytes
    """Encoded; lines end in CRLF, the last one perhaps in nothing."""

    def as_bytes(self) -> bytes:
        """Header, empty line and body."""
        return self.header() + CRLF + self.body

    def header(self) -> bytes:
        """The header lines, each with its CRLF."""
        return b"".join(field_line(name, value) for name, value in self.fields)


def field_line(name: str, value: str) -> bytes:
    """One header field with its CRLF; UTF-8 where an address needs it (RFC 6532)."""
    return f"{name}: {value}".encode() + CRLF


def text_entity(text: str, *, flowed: bool, subtype: str = "plain") -> Entity:
    """A text part of lines separated by `\\n`; 7 bits, quoted-printable or base64, whichever is shorter."""
    plain = text.isascii()
    data = text.encode("utf-8", "replace")
    kind = f"text/{subtype}; charset={'us-ascii' if plain else 'utf-8'}"
    if flowed:
        kind += "; format=flowed"
    if plain and max(map(len, text.split("\n"))) <= LONGEST:
        encoding, body = "7bit", data.replace(b"\n", CRLF)
    else:
        encoding, body = _shorter(data)
    return Entity((("Content-Type", kind), ("Content-Transfer-Encoding", encoding)), _ended(body))


def file_entity(data: bytes, type: str, name: str, charset: str = "") -> Entity:
    """An attached file, base64 (so that not one byte of it changes), with its name after RFC 2231."""
    shown = parameter("name", name) if name.isascii() else ""
    label = parameter("charset", charset) if charset and type.startswith("text/") else ""
    return Entity(
        (
            ("Content-Type", type + label + shown),
            ("Content-Transfer-Encoding", "base64"),
            ("Content-Disposition", "attachment" + parameter("filename", name)),
        ),
        _base64(data),
    )


def image_entity(data: bytes, type: str, name: str, content_id: str) -> Entity:
    """An image that the text shows by its Content-ID (RFC 2392), which the caller has made of letters and digits."""
    return Entity(
        (
            ("Content-Type", type + (parameter("name", name) if name.isascii() else "")),
            ("Content-Transfer-Encoding", "base64"),
            ("Content-ID", f"<{content_id}>"),
            ("Content-Disposition", "inline" + parameter("filename", name)),
        ),
        _base64(data),
    )


def message_entity(raw: bytes, name: str) -> Entity:
    """A whole mail as an attachment, byte for byte (RFC 2046 §5.2.1 allows no encoding, so 8 bits may remain).

    A mail that no server may carry (NUL, lone CR or LF, lines above 998 bytes) travels as an encoded file.
    """
    raw = with_crlf(raw)
    if not fit_to_send(raw):
        return file_entity(raw, "application/octet-stream", name)
    fields = (
        ("Content-Type", "message/rfc822" + (parameter("name", name) if name.isascii() else "")),
        ("Content-Transfer-Encoding", "7bit" if raw.isascii() else "8bit"),
        ("Content-Disposition", "attachment" + parameter("filename", name)),
    )
    return Entity(fields, raw)


def multipart(subtype: str, parts: tuple[Entity, ...], parameters: str = "") -> Entity:
    """The parts as one; the boundary is random, so no part can hold it but by being told."""
    boundary = f"=_{secrets.token_hex(16)}"
    line = f"--{boundary}".encode()
    pieces = [piece for part in parts for piece in (line, CRLF, part.as_bytes(), CRLF)]
    encoding = "7bit" if all(part.body.isascii() for part in parts) else "8bit"
    fields = (
        ("Content-Type", f'multipart/{subtype};{parameters}\r\n boundary="{boundary}"'),
        ("Content-Transfer-Encoding", encoding),
    )
    return Entity(fields, b"".join(pieces) + line + b"--" + CRLF)


def safe_type(type: str) -> str:
    """A media type that may stand on an attached file, application/octet-stream for anything doubtful."""
    type = type.strip().lower()
    if not _TYPE.fullmatch(type) or type.startswith(("multipart/", "message/")):
        return "application/octet-stream"
    return type


def with_crlf(raw: bytes) -> bytes:
    """The same lines, each LF with its CR (a lone CR stays)."""
    return re.sub(rb"(?<!\r)\n", CRLF, raw) if b"\n" in raw else raw


def fit_to_send(raw: bytes) -> bool:
    """Whether servers carry these bytes unchanged: CRLF only, no NUL, no line above 998 bytes."""
    ends = raw.count(CRLF)
    if raw.count(b"\n") != ends or raw.count(b"\r") != ends or b"\0" in raw:
        return False
    start = 0
    while len(raw) - start > LONGEST:
        # The last line end within one line's reach: big mails are looked through in big steps.
        end = raw.rfind(b"\n", start, start + LONGEST + 2)
        if end < 0:
            return False
        start = end + 1
    return True


def _shorter(data: bytes) -> tuple[str, bytes]:
    quoted = binascii.b2a_qp(data, istext=True).replace(b"\n", CRLF)
    encoded = _base64(data.replace(b"\n", CRLF))
    return ("quoted-printable", quoted) if len(quoted) <= len(encoded) else ("base64", encoded)


def _base64(data: bytes) -> bytes:
    whole = binascii.b2a_base64(data, newline=False)
    return b"".join(whole[start : start + 76] + CRLF for start in range(0, len(whole), 76))


def _ended(body: bytes) -> bytes:
    return body if body.endswith(CRLF) or not body else body + CRLF
