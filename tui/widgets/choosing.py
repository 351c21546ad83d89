"""Choosing lines of a list and unfolding conversations: the part of the message list that keys like x, V and za reach."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from core.store.lists import Dated, Row
from tui.actions import does, select, view
from tui.widgets.line_cache import LineCache
from tui.widgets.list_window import LAST, ListWindow
from tui.widgets.motion import Motion
from tui.widgets.selection import Selection


class Choosing(Motion):
    """A list with a cursor, a selection and conversations to unfold; what it looks like is the heir's affair."""

    class SelectionChanged(Message, namespace="message_list"):
        """Other rows are chosen; `count` of them."""

        def __init__(self, list: Choosing, count: int) -> None:
            super().__init__()
            self.list = list
            self.count = count

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Choosing.SelectionChanged)

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._styles_cache = LineCache()
        self.window: ListWindow | None = None
        self.selection = Selection()

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        entry = self.window.current if self.window else None
        return entry.row if entry else None

    def moved_far(self) -> None:
        """The cursor or the lines around it are others now: draw everything."""
        self.stretch()
        self.refresh()

    def chosen(self) -> list[Row]:
        """The selection, else the row under the cursor. Ranges are read from the source: can be many."""
        if self.selection and self.window is not None:
            return list(self.selection.rows(self.window.source))
        return [self.current] if self.current else []

    def clear_selection(self) -> bool:
        """Choose nothing; False when nothing was chosen."""
        if not self.selection and self.selection.anchor is None:
            return False
        self.selection.clear()
        self._selected()
        return True

    def select_rows(self, rows: Sequence[Row]) -> None:
        """Add rows to the selection."""
        self.selection.add(list(rows))
        self._selected()

    def select_everything(self) -> None:
        """Choose every row of the list, read or not; what arrives later is not meant."""
        self.selection.clear()
        if self.window is not None and (first := self.window.source.page(None, 1)):
            source = self.window.source
            # Where the oldest come first, it arrives below.
            last = source.page_newer(LAST, 1)[0].key if isinstance(source, Dated) and source.oldest_first else LAST
            self.selection.spans.append((last, first[0].key))
        self._selected()

    @does(select.Toggle)
    def toggle(self) -> None:
        """Choose the row or not, and go on."""
        entry = self.window.current if self.window else None
        if entry is not None:
            self.selection.toggle(entry)
            self.step(1)
            self._selected()

    @does(select.Range)
    def select_range(self) -> None:
        """Begin or end a range."""
        entry = self.window.current if self.window else None
        if entry is None:
            return
        if self.selection.anchor is None:
            self.selection.begin_range(entry)
        else:
            self.selection.end_range()
        self._selected()

    @does(view.Fold)
    def fold(self) -> None:
        """Unfold or fold the conversation."""
        entry = self.window.current if self.window else None
        if self.window is not None and entry is not None and (entry.child or entry.row.total > 1):
            self.window.fold(entry, not (entry.opened or entry.child))
            self.moved_far()

    @does(view.FoldAll)
    def fold_all(self) -> None:
        """Fold every conversation."""
        self._fold_all(False)

    @does(view.UnfoldAll)
    def unfold_all(self) -> None:
        """Unfold every conversation."""
        self._fold_all(True)

    def _fold_all(self, opened: bool) -> None:
        if self.window is not None:
            self.window.fold_all(opened)
            self.moved_far()

    def stretch(self) -> None:
        entry = self.window.current if self.window else None
        if self.selection.anchor is not None and entry is not None:
            self.selection.stretch(entry)
            self._selected()

    def _selected(self) -> None:
        self.refresh()
        count = self.selection.count(self.window.source) if self.window else 0
        self.post_message(self.SelectionChanged(self, count))
