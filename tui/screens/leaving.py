"""Screens that are left once: a second click, or Enter after Escape, finds the screen gone and leaves no other with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from tui.screens.window import InWindow

if TYPE_CHECKING:
    from tui.app import Correio

Result = TypeVar("Result")


class LeftOnce(InWindow[Result]):
    """A screen over the main one; `dismiss` does nothing unless it is on top."""

    _was_shown = False

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Widgets have their styles when they are mounted: a screen shown for the first time does not need them again."""
        event.refresh_styles = event.refresh_styles and self._was_shown
        self._was_shown = True

    @property
    def correio(self) -> Correio:
        """The application."""
        return cast("Correio", self.app)

    @property
    def gone(self) -> bool:
        """Whether the screen has been left: what comes late is for nobody."""
        return self not in self.app.screen_stack or not self.children

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave the screen with its result."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class ModalLeftOnce(LeftOnce[Result], ModalScreen[Result]):
    """The same before a darkened screen that can still be seen."""
