"""Moving about in a list that fills a screen."""

from __future__ import annotations

from tui.actions import does, move

ALL = 1 << 30
"""More lines than there are."""


class ListMoves:
    """Part of a screen with one list."""

    def go_by(self, lines: int) -> None:
        """The cursor goes so many lines down (below 0: up), as far as there are any; the screen says how."""
        raise LookupError

    @does(move.Down)
    def down(self) -> None:
        """One line down."""
        self.go_by(1)

    @does(move.Up)
    def up(self) -> None:
        """One line up."""
        self.go_by(-1)

    @does(move.Top)
    def top(self) -> None:
        """To the first line."""
        self.go_by(-ALL)

    @does(move.Bottom)
    def bottom(self) -> None:
        """To the last line."""
        self.go_by(ALL)
