"""Signs of one or two cells in lists, trees and bars, and their stand-ins where a terminal has ASCII only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast

from msgspec import Struct
from textual.dom import DOMNode


class Glyphs(Struct, frozen=True):
    """The signs in use. Every sign is one cell wide but for the wide ones, which are two here."""

    unread: str = "●"
    flag: str = "⚑"
    urgent: str = "!"
    clip: str = "📎"
    clip_cells: int = 2
    answered: str = "↩"
    forwarded: str = "↪"
    muted: str = "∅"
    deleted: str = "✗"
    comment: str = "❝"
    encrypted: str = "🔒"
    signed: str = "✒"
    tag: str = "#"
    undelivered: str = "⊘"
    delivered: str = "✔"
    opened_there: str = "◉"
    selected: str = "✓"
    opened: str = "▾"
    closed: str = "▸"
    more: str = "├─"
    last: str = "└─"
    beside: str = "│ "
    thumb: str = "▐"
    line: str = "─"
    ellipsis: str = "…"
    dash: str = "—"
    busy: str = "⟳"
    bar: str = "▎"
    here: str = "▌"
    sure: str = "✓"
    full: str = "█"
    """A cell of a bar that is full."""


UNICODE = Glyphs()
ASCII = Glyphs(
    unread="*", flag="F", urgent="!", clip="@", clip_cells=1, answered="r", forwarded="f", muted="0", deleted="D",
    comment='"', encrypted="E", signed="S", tag="#", undelivered="X", delivered="d", opened_there="o",
    selected="+", opened="v", closed=">", more="|-", last="`-", beside="| ",
    thumb="|", line="-", ellipsis="...", dash="-", busy="~", bar="|", here="|", sure="+", full="#",
)  # fmt: skip


def suiting_glyphs(environ: Mapping[str, str], wanted: str = "auto") -> Glyphs:
    """Unicode where the locale is UTF-8 and the terminal has the signs (the Linux console has not); or as `wanted`."""
    if wanted != "auto":
        return UNICODE if wanted == "unicode" else ASCII
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    utf8 = "utf-8" in locale.lower() or "utf8" in locale.lower()
    poor = environ.get("TERM", "").startswith(("linux", "vt", "dumb")) or bool(environ.get("CORREIO_ASCII"))
    return UNICODE if utf8 and not poor else ASCII


class HasGlyphs(Protocol):
    """An application that knows its terminal."""

    glyphs: Glyphs


def glyphs_of(node: DOMNode) -> Glyphs:
    """The signs of the application; Unicode in an application that says nothing."""
    return cast(Glyphs, getattr(node.app, "glyphs", UNICODE))
