"""The last look at the HTML of an outgoing mail, by the standard library's parser: it runs nothing and loads nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from core.draft import Draft
from core.html_clean import ATTRIBUTES, ELEMENTS

_FRAME = frozenset(("html", "head", "body", "meta"))
_SCHEMES = re.compile(r"(?:https?|ftps?|mailto|tel|sms|xmpp|news|nntp|geo|gopher|gemini|ircs?|webcal|sip|magnet):", re.IGNORECASE)
_STYLE = re.compile(r"url\s*\(|image-set|expression|@import|behavior|-moz-binding|\\|<|position\s*:", re.IGNORECASE)


def check_page(html: bytes, images: dict[str, bytes], draft: Draft) -> str:
    """What is wrong with a page and the images that came with it (bytes by Content-ID), '' if nothing is."""
    from core.rich_text import html_of

    try:
        text = html.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return "page: not UTF-8"
    if text.rstrip("\n") != html_of(draft).rstrip("\n"):
        return "page: another page"
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.wrong:
        return f"page: {reader.wrong}"
    if reader.images != set(images):
        return "page: images that it does not show, or has not got"
    if sorted(images.values()) != sorted({one.data for one in draft.images if one.data is not None}):
        return "image: another image"
    return ""


class _Reader(HTMLParser):
    """Reads a page and remembers the first thing that may not be in one."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong = ""
        self.images: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS | _FRAME:
            self.wrong = self.wrong or f"element {tag}"
        for name, value in attrs:
            self._look(tag, name, value or "")

    def _look(self, tag: str, name: str, value: str) -> None:
        if (tag, name) == ("img", "src"):
            if not value.startswith("cid:"):
                self.wrong = self.wrong or "an image from elsewhere"
            self.images.add(value[4:])
        elif (tag, name) == ("a", "href"):
            if not _SCHEMES.match(value):
                self.wrong = self.wrong or "a link that is none"
        elif name == "style" and _STYLE.search(value):
            self.wrong = self.wrong or "a style that loads"
        elif name not in ATTRIBUTES | {"http-equiv", "content", "rel", "type"} or (tag != "meta" and name == "http-equiv"):
            self.wrong = self.wrong or f"attribute {name}"
        elif tag == "meta" and (name, value) not in (("http-equiv", "Content-Type"), ("content", "text/html; charset=utf-8")):
            self.wrong = self.wrong or "meta"
