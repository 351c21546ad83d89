"""Moving by lines, pages and to the ends: the same keys in the list, the reader, the folders and the help."""

from __future__ import annotations

from textual import events
from textual.geometry import Region
from textual.widget import Widget

from tui.actions import does, move


class Motion(Widget):
    """A widget that is moved in. As it stands it scrolls; lists with a cursor move that instead."""

    _keeps_lines = False

    # ------------------------------------------------------------------ appearing

    def be_shown(self, shown: bool) -> None:
        """Appear or vanish. The lines are kept: they are the same when it appears again."""
        if shown != self.display:
            self._keeps_lines = True
            try:
                self.display = shown
            finally:
                self._keeps_lines = False

    def _set_dirty(self, *regions: Region) -> None:
        if not self._keeps_lines:
            super()._set_dirty(*regions)

    # ------------------------------------------------------------------ focus

    def be_focused(self, focused: bool) -> None:
        """Know at once whether the keys are here: Textual would say so by a message, and draw everything again."""
        if focused != self.has_focus:
            self.has_focus = focused
            self.show_focus()

    def show_focus(self) -> None:
        """Draw what looks different now; everything, where nobody knows better."""
        self.refresh()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """No rule of the style sheets asks for it: they need not be gone through."""

    def _on_focus(self, event: events.Focus) -> None:
        event.prevent_default()
        self.be_focused(self.screen.focused is self)  # it may have gone on meanwhile
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.be_focused(self.screen.focused is self)
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))

    # ------------------------------------------------------------------ moving

    @property
    def page_lines(self) -> int:
        """Lines in view."""
        return max(self.content_size.height, 1)

    def step(self, by: int) -> None:
        """Move by so many lines, up when negative."""
        self.scroll_relative(y=by, animate=False)

    @does(move.Down)
    def go_down(self) -> None:
        """One line down."""
        self.step(1)

    @does(move.Up)
    def go_up(self) -> None:
        """One line up."""
        self.step(-1)

    @does(move.PageDown)
    def page_down(self) -> None:
        """One page down, one line of it staying."""
        self.step(max(self.page_lines - 1, 1))

    @does(move.PageUp)
    def page_up(self) -> None:
        """One page up."""
        self.step(-max(self.page_lines - 1, 1))

    @does(move.HalfDown)
    def half_down(self) -> None:
        """Half a page down."""
        self.step(max(self.page_lines // 2, 1))

    @does(move.HalfUp)
    def half_up(self) -> None:
        """Half a page up."""
        self.step(-max(self.page_lines // 2, 1))

    @does(move.Top)
    def go_top(self) -> None:
        """To the first line."""
        self.scroll_home(animate=False)

    @does(move.Bottom)
    def go_bottom(self) -> None:
        """To the last line."""
        self.scroll_end(animate=False)
