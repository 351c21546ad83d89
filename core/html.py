"""An HTML body laid out for the screen.

Nothing is ever loaded. Size, depth and numbers are limited before and while it is read; still, received HTML is
rendered through `core.renderer.RenderWorker`, which has a deadline.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from html import unescape

from core.clean import clean_text
from core.html_layout import Layout
from core.html_tree import Tree
from core.rendered import Page

MOST_CHARACTERS = 2_000_000
"""Characters of HTML that are read; what follows is left out, with the notice `html-too-long`."""

_READING = 0.6
"""Of the time for a page that may go into reading it."""
_UNSEEN = re.compile(
    r"<!--(?:-?>|.*?(?:-->|\Z))|<(script|style|title|template|noembed|noframes)\b.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_BREAK = re.compile(
    r"<\s*(?:br|/?(?:p|div|tr|li|ul|ol|dl|dt|dd|h[1-6]|table|blockquote|pre|hr|section|article|header|footer|center|td|th))"
    r"\b[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>")
_BLANKS = re.compile(r"[ \t\xa0\u200b-\u200d]+")
_BLANK_LINES = re.compile(r"\n\s*\n+")


def render_html(html: str, width: int, names: Mapping[str, str] | None = None, *, seconds: float = 0) -> Page:
    """Lay out an HTML text at `width` cells.

    Data tables are drawn, layout tables flow; links get numbers, images their alternative text in brackets;
    hidden text is dropped and counted. `names`: what attached images are called, by Content-ID in lower case,
    and the sizes of remote ones that were loaded, by address.
    `seconds`, where given: after that time what is read and laid out is enough, and the rest is left out.
    Notices: `html-too-long`, `html-too-deep`. Never raises.
    """
    width = max(width, 20)
    begin = time.monotonic()
    # What was read has to be laid out, which takes less time than reading it.
    tree = Tree(html[:MOST_CHARACTERS], names, until=begin + seconds * _READING if seconds else None)
    layout = Layout(tree.page, width, until=begin + seconds if seconds else None)
    notices = tree.notices
    if len(html) > MOST_CHARACTERS or layout.full:
        notices["html-too-long"] = None
    inline = tree.inline
    images = inline.images
    return Page(
        tuple(layout.lines), inline.links.links, images.count, images.trackers, tree.hidden, tuple(notices), images.remote
    )


def html_to_text(html: str) -> str:
    """The text of HTML roughly, for the search index and where a mail cannot be laid out. Quick, linear; never raises."""
    text = _UNSEEN.sub(" ", html[:MOST_CHARACTERS])
    text = text.replace("\r", " ").replace("\n", " ")
    text = _TAG.sub("", _BREAK.sub("\n", text))
    text = _BLANKS.sub(" ", clean_text(unescape(text)))
    return _BLANK_LINES.sub("\n\n", text).strip()
