"""Digests (RFC 2046 §5.1.5): many mails in one, to be read one below the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from core.message import ENCLOSED
from core.part import Part
from core.rendered import Line, Page, Span

MOST_MAILS = 200
"""Mails of a digest that are laid out below each other."""
_NUMBER = re.compile(r"\[(\d+)")


def digest_mails(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The mails that stand in digests of the message itself, in order, at most `MOST_MAILS`."""
    within = {part.section for part in parts if part.type in ENCLOSED}
    digests = set()
    found = []
    for part in parts:
        if part.parent in within and part.parent != part.section:
            within.add(part.section)  # what belongs to an enclosed mail
        elif part.type == "multipart/digest":
            digests.add(part.section)
        elif part.type in ENCLOSED and part.parent in digests:
            found.append(part)
    return tuple(found[:MOST_MAILS])


def joined(pages: Sequence[Page]) -> Page:
    """Pages below each other, a blank line between them; links and quoted blocks get numbers of their own."""
    lines: list[Line] = []
    whole = Page()
    for page in pages:
        page = _counted_on(page, len(whole.links), max((line.block for line in lines), default=0))
        if lines and page.lines and lines[-1].text and page.lines[0].text:
            lines.append(Line())
        lines += page.lines
        whole = Page(
            (), whole.links + page.links, whole.images + page.images, whole.trackers + page.trackers,
            whole.hidden + page.hidden, tuple(dict.fromkeys(whole.notices + page.notices)), whole.remote + page.remote,
        )  # fmt: skip
    return replace(whole, lines=tuple(lines))


def _counted_on(page: Page, links: int, blocks: int) -> Page:
    """The page as one that comes after so many links and blocks."""
    if not (links and page.links) and not (blocks and any(line.block for line in page.lines)):
        return page
    lines = []
    for line in page.lines:
        spans = tuple(_numbered(span, links) for span in line.spans) if links and page.links else line.spans
        lines.append(replace(line, spans=spans, block=line.block + blocks if line.block else 0))
    return replace(page, lines=tuple(lines), links=tuple(replace(one, number=one.number + links) for one in page.links))


def _numbered(span: Span, links: int) -> Span:
    if span.style != "linknumber" or not (found := _NUMBER.match(span.text)):
        return span
    return replace(span, text=f"[{int(found[1]) + links}{span.text[found.end() :]}")
