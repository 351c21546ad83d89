"""The running text of HTML: blanks collapsed, styles, links with their numbers, images, buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from core.clean import clean_line
from core.html_style import looks_like_button, pixels
from core.hyperlinks import LinkList
from core.rendered import Span

_BLANKS = re.compile(r"[ \t\n]+")
# Newsletters fill the preview line of other programs with these.
_FILLER = re.compile("[ \t\n\xa0\u200c\u200d\u2000-\u200a\u3164\u115f\u1160]{4,}")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,20}):", re.IGNORECASE)
_OPENABLE = frozenset(("http", "https", "mailto", "ftp", "ftps", "tel", "sms", "xmpp", "gemini", "gopher", "news", "nntp",
                       "irc", "ircs", "geo", "webcal", "magnet", "sip"))  # fmt: skip
_IMAGE_NAME = re.compile(r"([\w-]{2,40}\.(?:png|jpe?g|gif|webp|svg|bmp))$", re.IGNORECASE)
_LONGEST_ALT = 300
_LONGEST_TARGET = 8000
_PICTURE = 120
"""Pixels from which on an image without words is worth a mention."""
_TINY = 2
"""Pixels; images up to that size only tell the sender that the mail was opened."""


def link_target(href: str) -> str:
    """The address that a link opens, '' where it leads nowhere outside the mail or is of a kind that is not opened."""
    href = "".join(clean_line(href[:_LONGEST_TARGET]).split("\n")).strip()
    found = _SCHEME.match(href)
    if found is None:
        return f"https:{href}" if href.startswith("//") and len(href) > 2 else ""
    return href.replace(" ", "%20") if found[1].lower() in _OPENABLE and len(href) > found.end() else ""


def _is_large(width: int | None, height: int | None) -> bool:
    """Whether an image is a picture, not a line or a dot; unknown sizes are not."""
    return (width or 0) >= _PICTURE and (height or 0) >= _PICTURE // 2


class Inline:
    """Gathers the spans of one paragraph after the other; styles, links and counts go on from one to the next."""

    def __init__(self) -> None:
        self.styles: tuple[str, ...] = ()
        self.links = LinkList()
        self.images = 0
        self.trackers = 0
        self.lines: list[list[Span]] = [[]]
        self.verbatim = False
        """Whether blanks and line ends were kept (`pre`)."""
        self._blank = False
        self._target = ""
        self._button = False
        self._link_text: list[str] = []

    @property
    def empty(self) -> bool:
        """Whether nothing to see was gathered."""
        return len(self.lines) == 1 and not self.lines[0]

    def take(self) -> Inline:
        """What was gathered, as a paragraph of its own; this one starts anew."""
        taken = Inline()
        taken.lines, taken.verbatim = self.lines, self.verbatim
        self.lines = [[]]
        self.verbatim = False
        self._blank = False
        return taken

    def drop_blank(self) -> None:
        """Forget a blank at the end of a paragraph."""
        self._blank = False

    def text(self, text: str) -> None:
        """Clean text with blanks collapsed (CSS Text §4.1)."""
        if not text.isascii():
            text = _FILLER.sub(" ", text)
        words = _BLANKS.sub(" ", text)
        if words[:1] == " ":
            self._blank = True
            words = words[1:]
        if not words:
            return
        ends_blank = words[-1] == " "
        words = words[:-1] if ends_blank else words
        if words:
            self._add(f" {words}" if self._blank and self.lines[-1] else words)
        self._blank = ends_blank

    def preformatted(self, text: str) -> None:
        """Clean text whose blanks and line ends count."""
        self.verbatim = True
        text = text.expandtabs(8)
        first, *rest = text.split("\n")
        if first:
            self._add(first)
        for line in rest:
            self.lines.append([])
            if line:
                self._add(line)

    def line_end(self) -> None:
        """`br`."""
        self.lines.append([])
        self._blank = False

    def _add(self, text: str, *more: str) -> None:
        text = text.replace("\xa0", " ")
        if self._target or self._button:
            self._link_text.append(text)
        line = self.lines[-1]
        names = (*self.styles, *self._look(), *more)
        style = " ".join(names) if names else ""
        if line and line[-1].style == style and line[-1].link == self._target:
            line[-1] = Span(line[-1].text + text, style, self._target)
        else:
            if self._target and text[:1] == " " and not (line and line[-1].link == self._target):
                line.append(Span(" "))
                text = text[1:]
            line.append(Span(text, style, self._target))

    def _look(self) -> tuple[str, ...]:
        if self._button:
            return ("button",)
        return ("link",) if self._target else ()

    def restyle(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """Styles that hold from here on, until `styles` is set back."""
        gone = set(removed)
        self.styles = tuple(dict.fromkeys((*(each for each in self.styles if each not in gone), *added)))

    def open_link(self, attributes: Mapping[str, str], declarations: Mapping[str, str]) -> bool:
        """Begin a link; False if it has no target that can be opened."""
        target = link_target(attributes.get("href", ""))
        if not target or self._target:
            return False
        if looks_like_button(attributes, declarations):
            self.open_button()
        self._target = target
        self._link_text = []
        return True

    def close_link(self) -> None:
        """End a link with its number."""
        target, text = self._target, clean_line(" ".join(self._link_text))
        if self._button:
            self.close_button()
        self._target = ""
        # An address that is its own link needs no number to be written to.
        if text and target != f"mailto:{text}" and (number := self.links.number(text, target)):
            self.lines[-1].append(Span(f"[{number}]", "linknumber"))

    def open_button(self) -> None:
        """Begin a button."""
        self._button = True

    def close_button(self) -> None:
        """End a button."""
        self._button = False

    def button(self, text: str) -> None:
        """A button with its text."""
        if text.strip():
            self.open_button()
            self.text(text)
            self.close_button()

    def image(self, attributes: Mapping[str, str], declarations: Mapping[str, str], *, hidden: bool) -> None:
        """An image: its alternative text in brackets; remote ones are counted, never loaded."""
        source = attributes.get("src", "").strip()
        remote = source[:8].lower().startswith(("http:", "https:", "//", "ftp:"))
        width, height = pixels(attributes, declarations, "width"), pixels(attributes, declarations, "height")
        tiny = (width is not None and width <= _TINY) or (height is not None and height <= _TINY)
        self.images += remote
        self.trackers += remote and (hidden or (tiny and (width or 0) <= _TINY and (height or 0) <= _TINY))
        if hidden or tiny:
            return
        shown = clean_line(attributes.get("alt", attributes.get("title", "")))[:_LONGEST_ALT]
        worth_it = source[:4].lower() == "cid:" or _is_large(width, height)
        if not shown and (self._target or ("alt" not in attributes and worth_it)):
            shown = self._image_name(source)
        if shown:
            self._blank = self._blank or bool(self.lines[-1])
            self._add(f" [{shown}]" if self._blank and self.lines[-1] else f"[{shown}]", "image")
            self._blank = True

    def _image_name(self, source: str) -> str:
        """The file name of an image without words; for a link nothing but an image, where it leads."""
        if self._target and not self._link_text:
            return clean_line(self._target.partition(":")[2].strip("/").partition("/")[0])[:40]
        if self._target:
            return ""
        found = _IMAGE_NAME.search(source.partition("?")[0].partition("@")[0])
        return clean_line(found[1]) if found else "…"

    def count_background(self, attributes: Mapping[str, str], declarations: Mapping[str, str]) -> None:
        """Backgrounds are remote images too."""
        if "background" in attributes and attributes["background"].lower().startswith(("http", "//")):
            self.images += 1
        for name in ("background", "background-image"):
            value = declarations.get(name, "")
            if "url(" in value and ("http:" in value or "https:" in value or "//" in value):
                self.images += 1
