"""Modified UTF-7, the spelling of folder names (RFC 3501 §5.1.3), read leniently."""

from __future__ import annotations

import binascii
import re

_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")
_OUTSIDE = re.compile(r"[^\x20-\x7e]+")


def encode(name: str) -> str:
    """A folder's name as the server spells it: ASCII."""
    return _OUTSIDE.sub(_shift, name.replace("&", "&-"))


def decode(wire: bytes) -> str:
    """A folder's name for people. What is no good modified UTF-7 stays as it is (as UTF-8 where it is that)."""
    try:
        text = wire.decode("utf-8")
    except UnicodeDecodeError:
        return wire.decode("latin-1")
    return _SHIFTED.sub(_unshift, text)


def _shift(match: re.Match[str]) -> str:
    coded = binascii.b2a_base64(match[0].encode("utf-16-be", "surrogatepass"), newline=False)
    return "&" + coded.rstrip(b"=").replace(b"/", b",").decode("ascii") + "-"


def _unshift(match: re.Match[str]) -> str:
    coded = match[1].replace(",", "/")
    if not coded:
        return "&"
    try:
        return binascii.a2b_base64(coded + "=" * (-len(coded) % 4)).decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return match[0]
