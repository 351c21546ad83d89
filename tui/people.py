"""Completing addresses from past mail while they are typed, several in one line."""

from __future__ import annotations

from core.address import format_address
from core.store import correspondents
from core.store.database import Database

LEAST = 2
"""Letters from which on people are offered."""


def split_last(text: str) -> tuple[str, str]:
    """What is done of a line of addresses, with its last comma, and the address that is being typed.

    Commas inside quotes and angle brackets part nothing.
    """
    cut, quoted, angled = 0, False, False
    for place, character in enumerate(text):
        if character == '"' and (place == 0 or text[place - 1] != "\\"):
            quoted = not quoted
        elif character in "<>" and not quoted:
            angled = character == "<"
        elif character in ",;" and not quoted and not angled:
            cut = place + 1
    return text[:cut], text[cut:]


def joined(before: str, address: str) -> str:
    """The line with one more address at its end, ready for the next."""
    return f"{before.rstrip()} {address}, ".lstrip()


def complete_people(db: Database, text: str, limit: int = 8) -> list[str]:
    """The lines that `text` may become."""
    before, typed = split_last(text)
    typed = typed.strip()
    if len(typed) < LEAST or "<" in typed:
        return []
    return [joined(before, format_address(one)) for one in correspondents.complete(db, typed, limit)]
