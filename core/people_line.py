"""A line of recipients taken apart at its commas, without understanding the pieces yet."""

from __future__ import annotations


def split_people(text: str) -> list[str]:
    """The pieces between commas and semicolons; those inside quotes, brackets and braces part nothing."""
    pieces, start, quoted, depth = [], 0, False, 0
    for place, character in enumerate(text):
        if character == '"' and (place == 0 or text[place - 1] != "\\"):
            quoted = not quoted
        elif character in "<{" and not quoted:
            depth += 1
        elif character in ">}" and not quoted:
            depth = max(depth - 1, 0)
        elif character in ",;" and not quoted and not depth:
            pieces.append(text[start:place])
            start = place + 1
    return [*pieces, text[start:]]
