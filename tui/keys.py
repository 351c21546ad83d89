"""Keys and key sequences: how people write them, how they are told apart, how they are shown.

A key is a character ("a", "G", "?", ",") or a name ("enter", "space", "up", "pagedown", "f5"), either with
"ctrl+", "alt+" or "shift+" before it. A sequence is keys with blanks between them: "g i", "escape escape".
"""

from __future__ import annotations

import re
import unicodedata
from typing import Protocol

Sequence = tuple[str, ...]

_SHOWN = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "pagedown": "PgDn", "pageup": "PgUp", "escape": "Esc",
    "enter": "Enter", "space": "Space", "tab": "Tab", "home": "Home", "end": "End", "insert": "Ins",
    "delete": "Del", "backspace": "Backspace",
}  # fmt: skip
_FUNCTION = re.compile(r"f([1-9]|1[0-9]|2[0-4])")
_PUNCTUATION = {"backslash", "right_square_bracket", "circumflex_accent", "underscore", "at"}
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+[": "escape", "ctrl+h": "backspace", "ctrl+j": "enter"}
"""A terminal sends the same byte for both: only the second name can be used."""


class ImpossibleKey(ValueError):
    """A key that cannot be: `key` is what was written, `reason` an id: unknown, same-as, empty."""

    def __init__(self, key: str, reason: str, other: str = "") -> None:
        super().__init__(key, reason, other)
        self.key, self.reason, self.other = key, reason, other


class Typed(Protocol):
    """What a terminal library tells about a key."""

    key: str
    character: str | None


def key_of(event: Typed) -> str:
    """The name of a key that was typed: its character where it writes one, else the library's name."""
    character = event.character
    if character and len(character) == 1 and character.isprintable() and character != " ":
        plain = event.key.rpartition("+")[0]
        return f"alt+{character}" if "alt" in plain.split("+") else character
    return event.key


def is_typed(key: str) -> bool:
    """Whether a text field takes the key for a character."""
    return len(key) == 1 or key == "space"


def parse_sequence(text: str) -> Sequence:
    """The keys of "g i"; raises ImpossibleKey when one of them cannot be typed."""
    keys = tuple(_parse(word) for word in text.split(" ") if word)
    if not keys:
        raise ImpossibleKey(text, "empty")
    return keys


def show_key(key: str) -> str:
    """A key for people: "Ctrl-D", "Esc", "↑", "?"."""
    *modifiers, last = key.split("+") if len(key) > 1 and not key.endswith("+") else [key]
    shown = _SHOWN.get(last) or (last.upper() if _FUNCTION.fullmatch(last) or modifiers else last)
    return "-".join([*(modifier.capitalize() for modifier in modifiers), shown])


def show_sequence(keys: Sequence) -> str:
    """A sequence for people: "gi", ",d", "Esc Esc"."""
    shown = [show_key(key) for key in keys]
    return ("" if all(len(key) == 1 for key in shown) else " ").join(shown)


def _parse(word: str) -> str:
    if word in _SAME:
        raise ImpossibleKey(word, "same-as", _SAME[word])
    if len(word) == 1:
        if not word.isprintable() or unicodedata.combining(word):
            raise ImpossibleKey(word, "unknown")
        return word
    *modifiers, last = word.split("+")
    named = last in _SHOWN or bool(_FUNCTION.fullmatch(last))
    known = set(modifiers) <= {"ctrl", "alt", "shift"} and len(set(modifiers)) == len(modifiers)
    if not known or not (named or modifiers):
        raise ImpossibleKey(word, "unknown")
    letter = len(last) == 1 and last.isascii() and last.isalnum() and not last.isupper()
    if named or (letter and "shift" not in modifiers) or (modifiers == ["ctrl"] and last in _PUNCTUATION):
        return word
    raise ImpossibleKey(word, "unknown")
