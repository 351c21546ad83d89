"""The five tags that Thunderbird numbers: what it calls their keywords."""

from __future__ import annotations

import re

LABELS = {"$label1": "Important", "$label2": "Work", "$label3": "Personal", "$label4": "To Do", "$label5": "Later"}
_KEYWORDS = {"".join(name.split()).casefold(): keyword for keyword, name in LABELS.items()}


def labels_of(name: str, *, prefix: bool = False) -> tuple[str, ...]:
    """The keywords behind such a name, however it is written (`todo`, `To Do`); with `prefix`, behind those that begin so."""
    wanted = re.sub(r"[\s_-]", "", name).casefold()
    return tuple(keyword for key, keyword in _KEYWORDS.items() if key == wanted or (prefix and wanted and key.startswith(wanted)))


def read_tags(text: str) -> dict[str, bool]:
    """Tags that are put on (True) or taken off (`-name`). Names of labels count as such where they are written as those are
    shown, with their capitals: `work` is a tag like any other."""
    found: dict[str, bool] = {}
    for keyword, name in LABELS.items():
        text = re.sub(rf"(?<![^\s,+-]){name}(?![^\s,])", keyword, text)
    for word in text.replace(",", " ").split():
        if word.strip("+-"):
            found[word.lstrip("+-")] = not word.startswith("-")
    return found
