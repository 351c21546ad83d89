"""The running text of HTML: blanks collapsed, styles, links with their numbers, images, buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from core.clean import clean_line
from core.html_images import Images, file_name, place_of
from core.html_style import looks_like_button
from core.hyperlinks import LinkList, find_urls
from core.link_target import host_of, shown_elsewhere
from core.rendered import Span

_BLANKS = re.compile(r"[ \t\n]+")
# Newsletters fill the preview line of other programs with these.
_FILLER = re.compile("[ \t\n\xa0\u200c\u200d\u2000-\u200a\u3164\u115f\u1160]{4,}")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,20}):", re.IGNORECASE)
_OPENABLE = frozenset(("http", "https", "mailto", "ftp", "ftps", "tel", "sms", "xmpp", "gemini", "gopher", "news", "nntp",
                       "irc", "ircs", "geo", "webcal", "magnet", "sip"))  # fmt: skip
_LONGEST_TARGET = 8000


def link_target(href: str) -> str:
    """The address that a link opens, '' where it leads nowhere outside the mail or is of a kind that is not opened."""
    href = "".join(clean_line(href[:_LONGEST_TARGET]).split("\n")).strip()
    found = _SCHEME.match(href)
    if found is None:
        return f"https:{href}" if href.startswith("//") and len(href) > 2 else ""
    return href.replace(" ", "%20") if found[1].lower() in _OPENABLE and len(href) > found.end() else ""


@lru_cache(maxsize=1024)
def _restyled(styles: tuple[str, ...], added: tuple[str, ...], removed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(each for each in styles if each not in removed), *added)))


class _BareLink(NamedTuple):
    """A link that is nothing but an image without words: where it stands, and the spans it is made of."""

    line: list[Span]
    spans: list[Span]
    number: int


class Paragraph(NamedTuple):
    """Running text, line by line."""

    lines: list[list[Span]]
    verbatim: bool
    """Whether blanks and line ends were kept (`pre`)."""


class Inline:
    """Gathers the spans of one paragraph after the other; styles, links and counts go on from one to the next."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self.styles: tuple[str, ...] = ()
        self._bare: list[_BareLink] = []
        self._named: set[int] = set()
        """Numbers of links that stand somewhere with words."""
        self.links = LinkList()
        self.images = Images(names or {})
        self.lines: list[list[Span]] = [[]]
        self.verbatim = False
        self._blank = False
        self._target = ""
        self._button = False
        self._link_text: list[str] = []
        self._is_bare = False
        """Whether the open link is nothing but an image without words so far."""
        self._from: tuple[list[Span], int] = (self.lines[0], 0)
        """Where the open link begins."""

    @property
    def empty(self) -> bool:
        """Whether nothing to see was gathered."""
        return len(self.lines) == 1 and not self.lines[0]

    def take(self) -> Paragraph:
        """What was gathered; this starts anew."""
        taken = Paragraph(self.lines, self.verbatim)
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
            self._is_bare = False
        elif not more:
            text = self._add_addresses(text)
            if not text:
                return
        self._put(text, *more)

    def _put(self, text: str, *more: str) -> None:
        line = self.lines[-1]
        names = self.styles
        if self._target or self._button or more:
            names = (*names, *self._look(), *more)
        style = " ".join(names)
        if line and line[-1].style == style and line[-1].link == self._target:
            line[-1] = Span(line[-1].text + text, style, self._target)
        else:
            if self._target and text[:1] == " " and not (line and line[-1].link == self._target):
                line.append(Span(" "))
                text = text[1:]
            line.append(Span(text, style, self._target))

    def _add_addresses(self, text: str) -> str:
        """Add what stands before and in addresses written out in running text, as links; what is left after them."""
        at = 0
        for start, end, target in find_urls(text):
            if start > at:
                self._put(text[at:start])
            self._target, self._link_text, self._from = target, [], (self.lines[-1], len(self.lines[-1]))
            self._add(text[start:end])
            self.close_link()
            at = end
        return text[at:]

    def _look(self) -> tuple[str, ...]:
        if self._button:
            return ("button",)
        return ("link",) if self._target else ()

    def restyle(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """Styles that hold from here on, until `styles` is set back."""
        self.styles = _restyled(self.styles, tuple(added), tuple(removed))

    def open_link(self, attributes: Mapping[str, str], declarations: Mapping[str, str]) -> bool:
        """Begin a link; False if it has no target that can be opened."""
        target = link_target(attributes.get("href", ""))
        if not target or self._target:
            return False
        if looks_like_button(attributes, declarations):
            self.open_button()
        self._target = target
        self._link_text = []
        self._from = (self.lines[-1], len(self.lines[-1]))
        return True

    def close_link(self) -> None:
        """End a link with its number, and where it really leads when its text shows another host."""
        target, text = self._target, clean_line(" ".join(self._link_text))
        if self._button:
            self.close_button()
        self._target = ""
        bare, self._is_bare = self._is_bare, False
        # An address that is its own link needs no number to be written to.
        if not text or target == f"mailto:{text}":
            return
        shows = shown_elsewhere("".join(self._link_text), target)
        number = self.links.number(text, target, shows)
        if not number:
            return
        line = next((each for each in reversed(self.lines) if each), self.lines[-1])
        if shows:
            host = host_of(target)
            line += (Span(f"[{number}", "linknumber"), Span(f" → {host}", "linkwarning"), Span("]", "linknumber"))
        else:
            line.append(Span(f"[{number}]", "linknumber"))
        start_line, start = self._from
        if not bare:
            self._named.add(number)
        elif start_line is line and len(line) > start + 1:
            self._bare.append(_BareLink(line, line[start:], number))

    def drop_doubles(self) -> None:
        """Take out the links that are an image without words, where the same link stands elsewhere with words."""
        gone: set[int] = set()
        lines: dict[int, list[Span]] = {}
        for line, spans, number in self._bare:
            if number in self._named:
                gone.update(id(span) for span in spans)
                lines[id(line)] = line
        for line in lines.values():
            line[:] = [span for span in line if id(span) not in gone]

    def open_button(self) -> None:
        """Begin a button."""
        self._button = True

    def close_button(self) -> None:
        """End a button."""
        self._button = False

    def field(self, attributes: Mapping[str, str]) -> None:
        """An `input`: boxes that can be ticked, and buttons with their text; other fields show nothing."""
        kind = attributes.get("type", "").lower()
        if kind in ("checkbox", "radio"):
            sign = "x" if "checked" in attributes else " "
            self.text(f"[{sign}] " if kind == "checkbox" else f"({sign.replace('x', '•')}) ")
        elif kind in ("submit", "button", "reset") and (text := clean_line(attributes.get("value", ""))):
            self.open_button()
            self.text(text)
            self.close_button()

    def image(self, attributes: Mapping[str, str], declarations: Mapping[str, str], *, hidden: bool) -> None:
        """An image: its alternative text in brackets; remote ones are counted, never loaded."""
        shown, worth_it = self.images.take(attributes, declarations, hidden=hidden)
        bare = not shown and bool(self._target) and not self._link_text and not hidden
        if bare:
            shown = clean_line(self._target.partition(":")[2].strip("/").partition("/")[0])[:40]
        elif not shown and worth_it and not self._target:
            shown = file_name(attributes.get("src", "").strip())
        if shown:
            self._blank = self._blank or bool(self.lines[-1])
            place = place_of(attributes.get("src", "").strip())
            self._add(f" [{shown}]" if self._blank and self.lines[-1] else f"[{shown}]", "image", *((place,) if place else ()))
            self._blank = True
            self._is_bare = bare
