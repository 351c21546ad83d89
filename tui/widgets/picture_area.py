"""A place for one image: drawn with characters, or left blank for the terminal to draw over."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from core.pictures import Picture
from core.rendered import Line
from tui.pictured import picture_lines
from tui.styles import looks_of


class PictureArea(Widget):
    """An image in the middle of what room there is."""

    DEFAULT_CSS = "PictureArea { height: 1fr; width: 1fr; }"
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = ""
        """What is said while there is no image."""
        self._lines: list[Line] = []
        self._width = 0

    def show_words(self, words: str) -> None:
        """Say something instead of an image; '' leaves all cells blank."""
        self.words, self._lines = words, []
        self.refresh()

    def show_picture(self, picture: Picture, *, colours: bool) -> None:
        """Draw an image with characters."""
        self.words, self._width = "", picture.width
        self._lines = picture_lines(picture, colours=colours)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, looks = self.size.width, looks_of(self)
        top = max((self.size.height - len(self._lines)) // 2, 0)
        if self.words:
            return Strip([Segment(f"  {self.words}" if y == 1 else "", looks["empty"])]).adjust_cell_length(width, looks[""])
        if not 0 <= y - top < len(self._lines):
            return Strip.blank(width, looks[""])
        left = max((width - self._width) // 2, 0)
        pieces = [Segment(" " * left, looks[""]), *(Segment(one.text, looks[one.style]) for one in self._lines[y - top].spans)]
        return Strip(pieces).adjust_cell_length(width, looks[""])
