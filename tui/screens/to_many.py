"""From the composer to the mail merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.draft import Draft


class ToMany:
    """What a composer does to send its message to many."""

    if TYPE_CHECKING:
        app: Any
        draft_id: int | None

        def current(self) -> Draft: ...
        def save(self) -> None: ...
        def _close(self) -> None: ...

    def to_many(self, argument: str = "") -> None:
        """To the mail merge with what is written; the composer closes when it went out."""
        from tui.screens.merge import MergeScreen

        self.save()

        def done(sent: bool | None) -> None:
            if sent:
                self._close()

        self.app.push_screen(MergeScreen(self.current(), self.draft_id, argument), done)
