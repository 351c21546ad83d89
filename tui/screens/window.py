"""A screen fills the window as it is now."""

from __future__ import annotations

from typing import TypeVar

from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

Result = TypeVar("Result")


class InWindow(Screen[Result]):
    """A screen that has the window's size, whatever an event says that was kept waiting.

    Textual lays a screen out for each size it is told, and then the screen tells itself of it. When two changes come while
    it is busy, each in turn finds the other one's size there, and they call each other for ever.
    """

    def _screen_resized(self, size: Size) -> None:
        super()._screen_resized(self.app.size)

    def _reset_focus(self, widget: Widget, avoiding: list[Widget] | None = None) -> None:
        """Look for another place for the keys, but not when the widget is back in view: that it was hidden, it may hear late."""
        shown = all(one.display for one in widget.ancestors_with_self)
        if avoiding is None and shown and widget.is_attached and widget.focusable:
            return
        super()._reset_focus(widget, avoiding)
