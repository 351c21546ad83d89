"""Content-Transfer-Encoding undone (RFC 2045 §6), whatever state the data is in."""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING_INSIDE = re.compile(rb"=+(?=[^=])")
_LETTERS_BEHIND = re.compile(rb"=[^A-Za-z0-9+/]*[A-Za-z0-9+/]")
_NOT_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)
_Y_BEGIN = re.compile(rb"^=ybegin [^\r\n]*\r?\n(?:=ypart [^\r\n]*\r?\n)?", re.MULTILINE)


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """The bytes that `data` stands for; an unknown encoding leaves them as they are. Never raises."""
    if encoding in ("7bit", "8bit", "binary", ""):
        return data
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        return _quoted_printable(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uuencode(data)
    return _yenc(data) if encoding in ("x-yenc", "yenc") else data


def is_damaged(data: bytes, encoding: str) -> bool:
    """Whether what `decode_transfer` gives can be more or less than what was sent."""
    if encoding == "base64":
        letters = data.translate(None, b"\r\n \t=")
        whole = len(letters) % 4 != 1 and _PADDING_INSIDE.search(data.rstrip()) is None
        return not whole or _NOT_BASE64.search(letters) is not None
    if encoding == "quoted-printable":
        return _NOT_QUOTED.search(data) is not None
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _UU_BEGIN.search(data) is None or re.search(rb"^end\s*$", data, re.MULTILINE) is None
    return encoding in ("x-yenc", "yenc") and b"\n=yend " not in data


def _base64(data: bytes) -> bytes:
    # Python 3.13 makes something of letters behind the padding.
    broken = b"=" in data[:-8] or _LETTERS_BEHIND.search(data[-9:]) is not None
    try:
        return _mended(data) if broken else binascii.a2b_base64(data, strict_mode=False)
    except binascii.Error:
        return _mended(data)


def _mended(data: bytes) -> bytes:
    """Base64 with junk between, padding inside (pieces put together) or an end that was cut off."""
    found = _NOT_BASE64.sub(b"", data)
    junk = len(data) - len(found) - data.count(b"\n") - data.count(b"\r")
    if junk * 12 > len(data):
        # Words with blanks between them: the declaration is wrong.
        return data
    data = found
    whole = []
    for piece in _PADDING_INSIDE.split(data):
        piece = piece.rstrip(b"=")
        if len(piece) % 4 == 1:
            piece = piece[:-1]
        whole.append(binascii.a2b_base64(piece + b"=" * (-len(piece) % 4)))
    return b"".join(whole)


def _quoted_printable(data: bytes) -> bytes:
    return binascii.a2b_qp(data)


def _uuencode(data: bytes) -> bytes:
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data
    lines = []
    for line in data[begin.end() :].splitlines():
        if line.strip() in (b"end", b"`", b""):
            break
        lines.append(_uu_line(line))
    return b"".join(lines)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Writers that pad too much: take what the length sign promises (as the standard library does).
        length = (line[0] - 32) & 63
        try:
            return binascii.a2b_uu(line[: 1 + (length * 8 + 5) // 6])
        except binascii.Error:
            return b""


def _yenc(data: bytes) -> bytes:
    begin = _Y_BEGIN.search(data)
    if begin is None:
        return data
    end = data.find(b"\n=yend ", begin.end())
    body = data[begin.end() : end if end >= 0 else len(data)].replace(b"\r", b"").replace(b"\n", b"")
    first, *escaped = body.split(b"=")
    body = first + b"".join(bytes([(piece[0] - 64) & 255]) + piece[1:] for piece in escaped if piece)
    return body.translate(bytes((code - 42) & 255 for code in range(256)))
