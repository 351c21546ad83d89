"""What the reader shows: lines of styled spans, made from text or HTML by `core.text` and `core.html`.

Styles are names, never colours: a theme gives each name its look, so that a mono theme works too.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

STYLES = (
    "bold", "italic", "underline", "strike", "code", "heading", "link", "linknumber", "image", "button",
    "quote1", "quote2", "quote3", "quote4", "signature", "dim", "rule", "table", "diffadd", "diffdel", "diffhunk",
    "red", "yellow", "green", "cyan", "blue", "magenta", "linkwarning",
)  # fmt: skip


PLACE = "@"
"""Begins a last name of a style that is no look: it tells which image's place the words hold (`core.html_images.place_of`)."""


PART = "part"
"""A name in a style that is no look: a part of its own begins at this line, such as a mail of a digest."""


class Span(Struct, frozen=True, gc=False):
    """A run of characters that look alike. The text has passed `core.clean`: no control characters."""

    text: str
    style: str = ""
    """Names from STYLES, joined by blanks; the last may be a `PLACE`."""
    link: str = ""
    """The target of a link (for OSC 8 and for opening), empty when there is none."""


class Line(Struct, frozen=True, gc=False):
    """One line of the screen, never wider (in cells) than the width it was rendered for, but for long words in `pre`."""

    spans: tuple[Span, ...] = ()
    quote: int = 0
    """Quote depth, 0 for the writer's own words."""
    signature: bool = False
    """Below the signature separator (`-- `, RFC 3676 §4.3)."""
    block: int = 0
    """Runs of quoted lines that fold as one share a number above 0."""
    within: int = -1
    """Of a line that goes on within a word of the line above, which was too long: how many characters (signs of a quote, an
    indentation) stand in front of the rest of it; -1 of all others."""

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(span.text for span in self.spans)


class Link(Struct, frozen=True):
    """A numbered link of a page."""

    number: int
    text: str
    target: str
    shows: str = ""
    """The host that the text of the link shows, where that is somebody else's than the one it leads to."""


class Remote(Struct, frozen=True):
    """An image that would be loaded from the network."""

    address: str
    words: str = ""
    """What stands in its place."""
    tracker: bool = False
    """Whether it is too small to be seen, and only tells that the mail was opened."""


class Page(Struct, frozen=True):
    """A rendered body."""

    lines: tuple[Line, ...] = ()
    links: tuple[Link, ...] = ()
    images: int = 0
    """Remote images that were not loaded."""
    trackers: int = 0
    """Of these, those too small to be seen."""
    hidden: int = 0
    """Characters of text that the sender had hidden."""
    notices: tuple[str, ...] = field(default=())
    """Ids of sentences for the reader, such as `html-too-deep`."""
    remote: tuple[Remote, ...] = ()
    """The addresses behind `images`, each once."""


def deep_quotes(lines: Sequence[Line], levels: int) -> dict[int, int]:
    """Where text is quoted deeper than so many levels, for two lines or more in a row: index of the first line → behind the
    last."""
    found: dict[int, int] = {}
    start = -1
    for n, line in enumerate(lines):
        if line.quote > levels:
            if start < 0 or lines[start].block != line.block:
                start = n
            if n > start:
                found[start] = n + 1
        else:
            start = -1
    return found
