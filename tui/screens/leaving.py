"""Screens that are left once: a second click, or Enter after Escape, finds the screen gone and leaves no other with it."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

Result = TypeVar("Result")


class LeftOnce(Screen[Result]):
    """A screen over the main one; `dismiss` does nothing unless it is on top."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave the screen with its result."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class ModalLeftOnce(LeftOnce[Result], ModalScreen[Result]):
    """The same before a darkened screen that can still be seen."""
