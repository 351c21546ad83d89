"""The one cleaner: text from mail passes through here before it reaches a terminal.

Control characters become visible signs (U+2400 block, C1 becomes U+FFFD), characters that turn the
reading direction and other invisible ones are dropped, lone surrogates become U+FFFD.
"""

from __future__ import annotations

import re

_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Soft hyphen, grapheme joiner, zero-width space, word joiner, invisible operators, BOM, annotations, tags.
_INVISIBLE = "\u00ad\u034f\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
_UNSAFE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_DIRECTION}{_INVISIBLE}\u2028\u2029\ud800-\udfff]")
_DIRECTION_FOUND = re.compile(f"[{_DIRECTION}]")
_HIDDEN_FOUND = re.compile(f"[{_DIRECTION}{_INVISIBLE}]")
# More than four marks on one letter draw over the neighbouring lines.
_PILE = re.compile("([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
                   "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip
_BLANKS = re.compile("[ \t\r\n\u2028\u2029]+")


def _sign(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code in (0x2028, 0x2029):
        return "\n"
    return "\ufffd" if 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000 else ""


def _pour(text: str) -> str:
    text = _UNSAFE.sub(_sign, text)
    return text if text.isascii() else _PILE.sub(r"\1", text)


def clean_line(text: str) -> str:
    """One line that is safe to show: as `clean_text`, and every run of blanks and line ends is one blank; stripped."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    return _pour(_BLANKS.sub(" ", text)).replace("\n", " ").strip(" ")


def clean_text(text: str, *, tab: int = 0) -> str:
    """Lines that are safe to show, separated by `\\n` (CR LF and lone CR too).

    Tabs are kept, or widened to the next multiple of `tab` columns where `tab` is above 0.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _pour(text)
    return text.expandtabs(tab) if tab else text


def has_hidden_direction(text: str) -> bool:
    """Whether the text holds characters that turn the reading direction (Unicode bidi controls)."""
    return not text.isascii() and _DIRECTION_FOUND.search(text) is not None


def hidden_characters(text: str) -> str:
    """The characters of a text that nobody sees and that `clean_line` takes out: invisible ones and bidi controls."""
    return "" if text.isascii() else "".join(_HIDDEN_FOUND.findall(text))
