"""Bytes that no mail may bring onto the terminal."""

from __future__ import annotations

import re

CANARY = b"CANARY"
"""Hostile mails of the tests put this word into every escape sequence they try."""

_FORBIDDEN = {
    "canary inside OSC, DCS, APC, PM or SOS": rb"\x1b[\]P_^X][^\x07\x1b]*CANARY",
    "clipboard write (OSC 52)": rb"\x1b\]52;",
    "reset (RIS)": rb"\x1bc",
    "device query (DA, CPR)": rb"\x1b\[(?:[>=]?[0-9]*c|6n|>q)",
    "C1 control": rb"\xc2[\x80-\x9f]",
    "NUL": rb"\x00",
    "shift out/in": rb"[\x0e\x0f]",
    "backspace, but for the pen's own before it goes down": rb"\x08(?!\x08*(?:\x0b|\x1b\[[0-9]*B))",
    "bidi control": rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]",
    "tag character": rb"\xf3\xa0[\x80\x81]",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _FORBIDDEN.items()}


def find_leaks(output: bytes, *more: bytes) -> list[str]:
    """Name every forbidden sequence in the bytes a program wrote, with what stood around it.

    `more` are further byte strings that must not occur. What the program itself has to send at its start (mode
    queries and the like) is the caller's to cut off: pass the output from the moment the mail was shown.
    """
    found = []
    patterns = dict(_PATTERNS) | {f"forbidden {item!r}": re.compile(re.escape(item)) for item in more}
    for name, pattern in patterns.items():
        if hit := pattern.search(output):
            around = output[max(0, hit.start() - 30) : hit.end() + 30]
            found.append(f"{name} at byte {hit.start()}: {around!r}")
    return found
