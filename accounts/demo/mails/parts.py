"""The parts of a sample mail as entities: text in several charsets and encodings, files, multiparts."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence

from core.encoded_word import parameter
from core.mime import CRLF, Entity, with_crlf

_ENCODINGS = {"iso-2022-jp": "7bit", "gb18030": "base64", "koi8-r": "8bit"}
"""How mail programs of those who use these charsets send them."""


def text_part(text: str, subtype: str, charset: str, *, quoted: bool, params: str = "") -> Entity:
    """A text part; UTF-8 goes as quoted-printable if `quoted`, else in 8 bits. Raises UnicodeEncodeError."""
    data = with_crlf(text.encode(charset))
    encoding = "7bit" if data.isascii() else _ENCODINGS.get(charset, "8bit")
    if (quoted and charset == "utf-8") or "\r" in text or max(map(len, data.split(CRLF))) > 900:
        encoding = "quoted-printable"
        data = with_crlf(re.sub(rb"\r(?!\n)", b"=0D", binascii.b2a_qp(data, istext=True)))
    elif encoding == "base64":
        data = with_crlf(b"".join(binascii.b2a_base64(data[at : at + 57]) for at in range(0, len(data), 57)))
    kind = f'text/{subtype}; charset="{charset}"{params}'
    return Entity((("Content-Type", kind), ("Content-Transfer-Encoding", encoding)), data)


def file_part(data: bytes, type: str, name: str, *, content_id: str = "") -> Entity:
    """A file in base64: attached, or inline where it has a Content-ID."""
    encoded = b"".join(binascii.b2a_base64(data[at : at + 57]) for at in range(0, len(data), 57))
    disposition = ("inline" if content_id else "attachment") + parameter("filename", name)
    fields = [("Content-Type", type), ("Content-Transfer-Encoding", "base64"), ("Content-Disposition", disposition)]
    if content_id:
        fields.append(("Content-ID", f"<{content_id}>"))
    return Entity(tuple(fields), with_crlf(encoded))


def joined(subtype: str, parts: Sequence[Entity], boundary: str) -> Entity:
    """The parts as one multipart; a single part stays what it is."""
    if len(parts) == 1:
        return parts[0]
    line = f"--{boundary}".encode()
    pieces = [piece for part in parts for piece in (line, CRLF, part.as_bytes(), CRLF)]
    kind = f'multipart/{subtype};\r\n boundary="{boundary}"'
    return Entity((("Content-Type", kind),), b"".join(pieces) + line + b"--" + CRLF)
