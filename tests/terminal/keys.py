"""What xterm sends for a named key."""

from __future__ import annotations

_NAMED = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "f11": "\x1b[23~",
    "f12": "\x1b[24~",
}
_MODIFIERS = {"shift": 2, "alt": 3, "ctrl": 5}
_ARROWS = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}


def key_bytes(name: str) -> bytes:
    """The bytes of a key: "enter", "ctrl+d", "alt+x", "shift+up", "f5", or a single character as it is."""
    if name in _NAMED:
        return _NAMED[name].encode()
    if len(name) == 1:
        return name.encode()
    modifier, _, rest = name.partition("+")
    if modifier in _MODIFIERS and rest in _ARROWS:
        return f"\x1b[1;{_MODIFIERS[modifier]}{_ARROWS[rest]}".encode()
    if modifier == "ctrl" and len(rest) == 1:
        return bytes([ord(rest.upper()) & 0x1F])
    if modifier == "alt" and rest:
        return b"\x1b" + key_bytes(rest)
    raise ValueError(f"no such key: {name!r}")


def click_bytes(column: int, row: int, button: int = 0) -> bytes:
    """A click in SGR mouse mode; column and row count from 0."""
    place = f"{column + 1};{row + 1}"
    return f"\x1b[<{button};{place}M\x1b[<{button};{place}m".encode()
