"""Where one may want to go in a message: its links, and its parts (attachments, text, what follows a quotation)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from core.rendered import PART
from tui.widgets.sheet import Shown


class LinkStop(Struct, frozen=True):
    """A link on the page: the line where it begins, where in that line, and its target."""

    line: int
    start: int
    end: int
    target: str


def links_of(lines: Iterable[tuple[int, Shown]]) -> list[LinkStop]:
    """The links of some lines, each once where it goes on in the next line."""
    found: list[LinkStop] = []
    open_link, open_line = "", -1
    for y, one in lines:
        at = 0
        for span in one.line.spans:
            start, at = at, at + len(span.text)
            if span.link and (span.link != open_link or open_line not in (y, y - 1)):
                found.append(LinkStop(y, start, at, span.link))
            if span.link or span.text.strip():
                open_link, open_line = span.link, y
    return found


def parts_of(lines: Sequence[Shown]) -> list[int]:
    """The lines at which parts of a message begin: its head, attachments, text, one's own words after a quotation."""
    found = [0] if lines else []
    before: Shown | None = None
    for y, one in enumerate(lines):
        first_file = one.attachment and not (before is not None and before.attachment)
        first_text = one.body >= 0 and (before is None or before.body < 0)
        quoted = before is not None and before.body >= 0 and (before.line.quote > 0 or before.folds != 0)
        own = one.body >= 0 and not one.line.quote and not one.folds
        begins = any(span.style.endswith(PART) for span in one.line.spans)
        if own and not one.line.text.strip() and not first_text:
            continue
        if y and (first_file or first_text or begins or (quoted and own)):
            found.append(y)
        before = one
    return found
