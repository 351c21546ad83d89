"""Values with parameters: Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231)."""

from __future__ import annotations

import re
from functools import lru_cache

from core.charset import decode
from core.clean import clean_line
from core.words import decode_words

MOST = 100
"""Parameters read from one value."""

_PARAM = re.compile(r';\s*([^\s=;"()]{1,200})\s*+=\s*+("(?:[^"\\]|\\.)*+"?|[^;]*)', re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@lru_cache(maxsize=512)
def _plain(value: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    token, semicolon, _ = value.partition(";")
    token = _COMMENT.sub("", token).strip()
    if " " in token and "=" in token:
        # The semicolon was forgotten.
        token, _, rest = token.partition(" ")
        return token.lower(), _plain.__wrapped__(f"x;{rest};{value.partition(';')[2]}")[1]
    token = token.strip('"').lower()
    if not semicolon:
        return token, ()
    found = []
    for match in _PARAM.finditer(value):
        name, text = match[1].lower(), match[2]
        if text[:1] == '"':
            text = text[1:-1] if len(text) > 1 and text[-1] == '"' else text[1:]
            # A path such as "C:\new\file.txt" is no series of escapes.
            text = _ESCAPED.sub(r"\1", text) if '\\"' in text or "\\\\" in text else text
        else:
            text = text.strip()
        found.append((name, text))
        if len(found) >= MOST:
            break
    return token, tuple(found)


def read_params(value: str) -> tuple[str, dict[str, str]]:
    """The token in front (lower case) and the parameters (names lower case, values decoded, one clean line each).

    Continued and percent-encoded parameters are put together (RFC 2231); encoded words, forbidden there
    but common, are decoded. Of equal names the first counts. Never raises.
    """
    token, found = _plain(value) if len(value) < 500 else _plain.__wrapped__(value)
    params: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, text in found:
        if "*" in name:
            base, _, rest = name.partition("*")
            number = rest.rstrip("*")
            pieces.setdefault(base, []).append((int(number) if number.isdecimal() else 0, name[-1] == "*", text))
        else:
            params.setdefault(name, decode_words(text))
    for base, many in pieces.items():
        params[base] = _joined(many)
    return clean_line(token), params


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    """The value of a continued parameter; the charset stands in its first encoded piece."""
    pieces.sort(key=lambda piece: piece[0])
    charset = ""
    whole = b""
    for number, encoded, text in pieces:
        if encoded:
            if text.count("'") >= 2 and (number == 0 or not whole):
                charset, _, text = text.split("'", 2)
            whole += _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), text.encode("utf-8", "surrogateescape"))
        else:
            whole += text.encode("utf-8", "surrogateescape")
    return clean_line(decode(whole, charset))
