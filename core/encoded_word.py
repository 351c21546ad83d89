"""Text of any script in headers: encoded words (RFC 2047) and parameters (RFC 2231), written by hand.

The standard library folds at 78 (and corrupts References) or at 998 (and makes encoded words of 900
characters where RFC 2047 allows 75), so header values are made here, folded, and put into the mail as they are.
"""

from __future__ import annotations

import base64
import re

WORD = 75
"""Longest encoded word (RFC 2047 §2)."""
LINE = 76
"""Longest line that holds an encoded word."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PARAMETER_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~")
# Safe in a display name too, not only in unstructured text (RFC 2047 §5 (3)).
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


def one_line(text: str) -> str:
    """Text fit for a header value: control characters and line ends become one blank, lone surrogates U+FFFD."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text)).strip()


def unstructured(name: str, text: str) -> str:
    """The value of a header such as Subject, folded: plain where it is plain ASCII, else encoded words."""
    text = one_line(text)
    plain = text.isascii() and "=?" not in text
    if plain and (folded := _fold_plain(text, len(name) + 2)) is not None:
        return folded
    return encoded_words(text, len(name) + 2)


def phrase(text: str, used: int = 0) -> str:
    """A display name: atoms, a quoted string, or encoded words beginning `used` columns into the line."""
    text = one_line(text)
    if text.isascii() and "=?" not in text and len(text) <= 400:
        if not text or _ATOMS.fullmatch(text):
            return text
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return encoded_words(text, used)


def encoded_words(text: str, used: int = 0) -> str:
    """Encoded words in UTF-8, one per line, each whole in its characters; `used`: columns taken in the first line."""
    data = text.encode("utf-8")
    quoted = "".join(_q(byte) for byte in data)
    # A little longer is fine for words that a person can still read in the source.
    kind = "q" if len(quoted) <= len(data) * 1.8 else "b"
    frame = len("=?utf-8?q??=")
    words: list[str] = []
    room = max(min(WORD, LINE - used) - frame, 16)
    piece = b""
    for char in text:
        longer = piece + char.encode("utf-8")
        if _length(longer, kind) > room:
            words.append(_word(piece, kind))
            longer = char.encode("utf-8")
            room = WORD - frame
        piece = longer
    if piece:
        words.append(_word(piece, kind))
    return "\r\n ".join(words)


def parameter(name: str, value: str) -> str:
    """`; name=value` for Content-Type and the like, each on a folded line; RFC 2231 where it is needed."""
    value = one_line(value)
    if value.isascii() and len(value) <= 60 and "=?" not in value:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{quoted}"'
    pieces = [""]
    for char in value:
        escaped = "".join(_percent(byte) for byte in char.encode("utf-8"))
        if len(pieces[-1]) + len(escaped) > 55:
            pieces.append("")
        pieces[-1] += escaped
    if len(pieces) == 1:
        return f";\r\n {name}*=utf-8''{pieces[0]}"
    return "".join(
        f";\r\n {name}*{number}*={piece if number else chr(39).join(('utf-8', '', piece))}" for number, piece in enumerate(pieces)
    )


def _fold_plain(text: str, used: int) -> str | None:
    """ASCII text folded before single blanks at 78 columns; None if a word of it cannot be folded (RFC 5322 §2.2.3)."""
    lines = [""]
    # Only a single blank between two words can carry a fold: no line may be nothing but blanks.
    for number, word in enumerate(re.split(r"(?<=[^ ]) (?=[^ ])", text)):
        room = 78 - (used if len(lines) == 1 else 0)
        if number and len(lines[-1]) + 1 + len(word) > room:
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}" if number else word
    return "\r\n".join(lines) if max(map(len, lines)) + used < 900 else None


def _length(data: bytes, kind: str) -> int:
    if kind == "b":
        return (len(data) + 2) // 3 * 4
    return sum(1 if byte in _Q_SAFE or byte == 0x20 else 3 for byte in data)


def _word(data: bytes, kind: str) -> str:
    text = base64.b64encode(data).decode("ascii") if kind == "b" else "".join(_q(byte) for byte in data)
    return f"=?utf-8?{kind}?{text}?="


def _q(byte: int) -> str:
    if byte == 0x20:
        return "_"
    return chr(byte) if byte in _Q_SAFE else f"={byte:02X}"


def _percent(byte: int) -> str:
    return chr(byte) if byte in _PARAMETER_SAFE else f"%{byte:02X}"
