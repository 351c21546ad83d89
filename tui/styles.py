"""How things look: names from the reader's pages and from the screen's own parts, each with a style from the theme.

A widget never names a colour. It asks `looks_of(self)` for the looks of the theme and these for "unread" or
"quote1". Every theme says more than colour does: bold, reverse, underline and signs carry the meaning too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol, cast

from rich.style import Style
from textual.dom import DOMNode

from core.rendered import PLACE, STYLES

SCREEN_LOOKS = (
    "base", "faint", "empty", "rule-line", "thumb", "error", "warning", "good",
    "cursor", "cursor-away", "selected", "unread", "people", "subject", "date", "count", "tag", "more",
    "dot", "flag", "urgent", "clip", "answered", "forwarded", "mark", "snippet", "deleted", "guide", "security", "comment",
    "header-name", "header-value", "header-subject", "notice", "attachment", "fold", "hit", "hit-here",
    "message", "message-unread", "message-here",
    "bar", "bar-title", "bar-strong", "bar-faint", "bar-warning", "key",
    "account", "folder", "folder-unread", "folder-count", "folder-here",
)  # fmt: skip
"""The looks of lists, bars and trees; those of text are `core.rendered.STYLES`."""

INK = "ink:"
"""Begins the look of a cell of an image, two pixels: `ink:ff0000:00ff00`. No theme has a say in it."""

LOOK_NAMES = frozenset((*STYLES, *SCREEN_LOOKS))


class Looks:
    """The styles of one theme by name. Rows and lines may be kept as long as the object is the same."""

    def __init__(self, styles: Mapping[str, Style]) -> None:
        self._styles = {name: styles.get(name, Style.null()) for name in LOOK_NAMES}
        self._joined: dict[str, Style] = {"": self._styles["base"]}

    def __getitem__(self, names: str) -> Style:
        """The style of one or several names joined by blanks, each over the one before, all over `base`."""
        found = self._joined.get(names)
        if found is None and names.startswith(INK):
            return self._styles["base"] + _inked(names)
        if found is None and PLACE in names:
            return self[names.partition(PLACE)[0].rstrip()]  # not kept: every image has another one
        if found is None:
            found = self._styles["base"]
            for name in names.split():
                found = found + self._styles.get(name, Style.null())
            self._joined[names] = found
        return found

    def bare(self, name: str) -> Style:
        """The style of one name alone, to lay over others."""
        return self._styles.get(name, Style.null())


@lru_cache(8192)
def _inked(name: str) -> Style:
    above, _, below = name.removeprefix(INK).partition(":")
    return Style(color=f"#{above}", bgcolor=f"#{below}" if below else None)


PLAIN_LOOKS = Looks({})


class HasLooks(Protocol):
    """An application with a theme of ours."""

    looks: Looks


def looks_of(node: DOMNode) -> Looks:
    """The looks of the application's theme; plain ones in an application without."""
    return cast(Looks, getattr(node.app, "looks", PLAIN_LOOKS))
