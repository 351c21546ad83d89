"""Whether a text speaks of a file that goes along: for a question before a mail leaves without one.

English, German, Portuguese, French and Spanish; only the writer's own words count, not what is quoted or forwarded below.
"""

from __future__ import annotations

import re

from core.folding import find_terms
from core.quotes import read_rows

# Folded words in a row; a star stands for any ending.
_TERMS = (
    "attach", "attached", "attaches", "attaching", "attachment*", "enclosed", "enclosure*",
    "anhang", "anhange", "anhangen", "angehangt*", "anbei", "beigefugt*", "beiliegend*", "in der anlage", "als anlage",
    "anexo", "anexos", "anexa", "anexas", "anexei", "anexado*", "anexada*", "anexamos", "anexando",
    "piece jointe", "pieces jointes", "piece attachee", "ci joint*", "je joins", "nous joignons", "en annexe",
    "adjunto", "adjuntos", "adjunta", "adjuntas", "adjuntado*", "adjuntamos", "adjuntando",
)  # fmt: skip
_ENDING = re.compile(r"\w*")
MOST = 100_000
"""Characters that are looked at."""


def spoken_of(subject: str, body: str) -> str:
    """The first word by which a mail speaks of an attachment, as it is written there; '' where it does not.

    `subject`: '' for an answer or a forwarded mail, whose subject is somebody else's.
    """
    own = [row.text for row in read_rows(body[:MOST]) if not (row.depth or row.block or row.signature)]
    for text in (subject, "\n".join(own)):
        for start, end in find_terms(text, _TERMS):
            rest = _ENDING.match(text, end)
            return text[start : rest.end() if rest else end]
    return ""
