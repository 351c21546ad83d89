"""The bars above and below: where one is and what the engine does; which keys work and what there is to say."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from core.cells import cell_len, cut, wrap
from core.clean import clean_line
from tui.glyphs import glyphs_of
from tui.guide import KeyHint
from tui.styles import looks_of
from tui.widgets.line_cache import LineCache, drawn

Part = tuple[str, str]
"""A text and the name of its look."""


class Bar(Widget):
    """One line: parts from the left, parts from the right, the left cut where they meet."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._styles_cache = LineCache()

    def left(self, room: int) -> Sequence[Part]:
        """What stands at the left, for so many cells."""
        return ()

    def right(self, room: int) -> Sequence[Part]:
        """What stands at the right, for at most so many cells."""
        return ()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        looks = looks_of(self)
        right = list(self.right(width // 2)) if y == 0 else []
        taken = sum(cell_len(text) for text, _look in right)
        left = _cut_parts(self.left(width - taken) if y == 0 else (), width - taken, glyphs_of(self).ellipsis)
        used = sum(cell_len(text) for text, _look in left)
        parts = [*left, (" " * (width - used - taken), "bar"), *right]
        return drawn([Segment(text, looks[look]) for text, look in parts if text], width, looks["bar"])


class HeaderBar(Bar):
    """Program, account, folder and unread count; the engine's progress at the right."""

    DEFAULT_CSS = "HeaderBar { dock: top; }"
    title = reactive("Correio")
    account = reactive("")
    folder = reactive("")
    note = reactive("")
    """What is special about the list: a filter, unread only, selected messages."""
    progress = reactive("")
    """What the engine does now; empty when it rests."""
    danger = reactive("")
    """What stays there as long as it is so: certificates that nobody checks."""

    def left(self, room: int) -> Sequence[Part]:
        parts: list[Part] = [(f" {self.title} ", "bar-title")] if room >= 60 else []
        if self.account and room >= 40:
            parts.append((f" {clean_line(self.account)} ", "bar-faint"))
        if self.folder:
            parts.append((f" {clean_line(self.folder)} ", "bar-strong"))
        if self.note:
            parts.append((f" {clean_line(self.note)}", "bar"))
        return parts

    def right(self, room: int) -> Sequence[Part]:
        glyphs = glyphs_of(self)
        parts: list[Part] = []
        if self.danger:
            parts.append((f" {cut(clean_line(self.danger), max(room - 2, 0), glyphs.ellipsis)} ", "bar-warning"))
            room -= cell_len(parts[0][0])
        if self.progress and room > 8:
            words = cut(clean_line(self.progress), max(room - 3, 0), glyphs.ellipsis)
            parts.append((f"{glyphs.busy} {words} ", "bar-faint"))
        return parts


MOST_LINES = 4
"""Lines of a message in the footer."""


class FooterBar(Bar):
    """The keys that work here, or a message; at the right what waits and whether the line is down."""

    DEFAULT_CSS = "FooterBar { dock: bottom; }"
    keys: reactive[tuple[KeyHint, ...]] = reactive(())
    message = reactive("")
    warning = reactive(False)
    """Whether the message is one to heed."""
    waiting = reactive("")
    """What waits, the weightiest first: "2 waiting · offline since 10:40"."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[str] = []

    def watch_message(self) -> None:
        self._make_room()

    def on_resize(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        """A sentence that says what to do is shown whole: the bar grows, by a few lines at most."""
        if not self.is_attached:
            return
        width, most = self.size.width, min(max(self.app.size.height // 4, 1), MOST_LINES)
        self._lines = wrap(clean_line(self.message), max(width - 2, 8))[:most] if self.message and width else []
        self.styles.height = max(len(self._lines), 1)

    def render_line(self, y: int) -> Strip:
        if len(self._lines) <= 1:
            return super().render_line(y)
        looks, width = looks_of(self), self.size.width
        text = f" {self._lines[y]}" if y < len(self._lines) else ""
        look = looks["bar-warning" if self.warning else "bar-strong"]
        return drawn([Segment(text, look)], width, looks["bar"])

    def left(self, room: int) -> Sequence[Part]:
        if self.message:
            return [(f" {clean_line(self.message)}", "bar-warning" if self.warning else "bar-strong")]
        parts: list[Part] = []
        used = 0
        looks = looks_of(self)
        greys = looks["bar-faint"] != looks["bar"]
        keys = [hint for hint in self.keys if greys or not hint.dim]
        last = keys[-1:] if len(keys) > 1 else []
        spare = sum(cell_len(hint.key) + cell_len(hint.word) + 3 for hint in last)
        for hint in keys:
            cells = cell_len(hint.key) + cell_len(hint.word) + 3
            if used + cells > room - (0 if hint in last else spare):
                continue
            looks_like = ("bar-faint", "bar-faint") if hint.dim else ("key", "bar")
            parts += [(f" {hint.key}", looks_like[0]), (f" {hint.word} ", looks_like[1])]
            used += cells
        return parts

    def right(self, room: int) -> Sequence[Part]:
        if not self.waiting:
            return ()
        words = _whole(clean_line(self.waiting).split(BETWEEN), max(room - 2, 0))
        return [(f" {cut(words, max(room - 2, 0), glyphs_of(self).ellipsis)} ", "bar-faint")]


BETWEEN = " · "


def _whole(parts: Sequence[str], room: int) -> str:
    """As many of the parts as fit whole, and how many more there are: half a word tells nothing."""
    for count in range(len(parts), 0, -1):
        more = f" +{len(parts) - count}" if count < len(parts) else ""
        words = BETWEEN.join(parts[:count]) + more
        if cell_len(words) <= room:
            return words
    return parts[0]


def _cut_parts(parts: Sequence[Part], room: int, ellipsis: str) -> list[Part]:
    """The parts as far as they fit."""
    found: list[Part] = []
    for text, look in parts:
        if room <= 0:
            break
        shown = cut(text, room, ellipsis)
        found.append((shown, look))
        room -= cell_len(shown)
    return found
