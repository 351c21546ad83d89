"""The folders: accounts, folders with their unread counts, saved searches."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from core.cells import cell_len, cut
from core.clean import clean_line
from core.store.quota import NEARLY_FULL
from tui.actions import Context, does, folder, move
from tui.glyphs import glyphs_of
from tui.styles import looks_of
from tui.widgets.line_cache import LineCache
from tui.widgets.motion import Motion
from tui.widgets.tree_entry import TreeEntry

_MOST_WIDE = 1000
"""Cells that a line may say it would take."""
QUOTA_CELLS = 8
"""Cells of the bar that shows how full a mailbox is."""


class FolderTree(Motion, ScrollView, can_focus=True):
    """Accounts and folders; what is folded stays folded when the counts change."""

    DEFAULT_CSS = """
    FolderTree { width: 28; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """
    key_context: ClassVar[Context] = "tree"

    class EntryOpened(Message):
        """A folder or saved search was chosen."""

        def __init__(self, tree: FolderTree, entry: TreeEntry) -> None:
            super().__init__()
            self.tree = tree
            self.entry = entry

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._styles_cache = LineCache()
        self.entries: list[TreeEntry] = []
        self.folded: set[Hashable] = set()
        self.cursor: Hashable = None
        self.here: Hashable = None
        """The entry whose messages are in the list."""
        self._standing: list[TreeEntry] = []
        self._branches: set[Hashable] = set()
        """The entries with others below them."""

    # ------------------------------------------------------------------ what is shown

    def show_entries(self, entries: Sequence[TreeEntry]) -> None:
        """Show these lines; the cursor stays on its folder, or goes to the first that can be opened."""
        before = self.standing()
        self.entries = list(entries)
        pairs = zip(self.entries, self.entries[1:], strict=False)
        self._branches = {entry.key for entry, following in pairs if following.depth > entry.depth}
        self._stand()
        keys = [entry.key for entry in self.standing()]
        if self.cursor not in keys:
            openable = [entry.key for entry in self.standing() if entry.can_open]
            self.cursor = next(iter(openable or keys), None)
        if [entry.key for entry in before] == keys:
            for y, (old, new) in enumerate(zip(before, self.standing(), strict=True)):
                if old != new:
                    self._refresh_row(y)
            return
        self._resized()

    def show_here(self, key: Hashable) -> None:
        """Mark the folder that the list shows, and put the cursor on it."""
        self.here = key
        for parent in self._parents(key):
            self.folded.discard(parent)
        self._stand()
        self._go_to(key)
        self._resized()

    @property
    def widest(self) -> int:
        """Cells that its lines would take if none were cut, those below folded ones too."""
        texts = (self._texts(entry, _MOST_WIDE) for entry in self.entries if entry.kind != "quota")
        return max((cell_len(label) + cell_len(count) + 2 for label, count in texts), default=0)

    def standing(self) -> list[TreeEntry]:
        """The entries that are not below a folded one."""
        return self._standing

    def _stand(self) -> None:
        """Find out which entries are not below a folded one."""
        self._standing = []
        hidden_below: int | None = None
        for entry in self.entries:
            if hidden_below is not None and entry.depth > hidden_below:
                continue
            hidden_below = entry.depth if entry.key in self.folded else None
            self._standing.append(entry)

    @property
    def current(self) -> TreeEntry | None:
        """The entry under the cursor."""
        return next((entry for entry in self.entries if entry.key == self.cursor), None)

    @property
    def has_row(self) -> bool:
        """Whether there is an entry under the cursor."""
        return self.current is not None

    def neighbour(self, step: int) -> TreeEntry | None:
        """The next (or, with -1, previous) entry with a list, seen from the one whose list is shown."""
        openable = [entry for entry in self.standing() if entry.can_open or entry.key == self.here]
        keys = [entry.key for entry in openable]
        place = keys.index(self.here) + step if self.here in keys else 0
        return openable[place] if 0 <= place < len(openable) else None

    def find_role(self, role: str, near: Hashable = None) -> TreeEntry | None:
        """The folder with a role in the account that `near` belongs to, else in the first that has one."""
        home = (self._parents(near) or [near])[0] if near is not None else None
        account: Hashable = None
        first: TreeEntry | None = None
        for entry in self.entries:
            account = entry.key if entry.depth == 0 else account
            if entry.role == role:
                if account == home:
                    return entry
                first = first or entry
        return first

    # ------------------------------------------------------------------ moving

    def step(self, by: int) -> None:
        """Move the cursor by so many lines."""
        standing = self.standing()
        keys = [entry.key for entry in standing]
        if keys:
            place = keys.index(self.cursor) if self.cursor in keys else 0
            self._go_to(keys[min(max(place + by, 0), len(keys) - 1)])

    def go_top(self) -> None:
        self.step(-len(self.entries))

    def go_bottom(self) -> None:
        self.step(len(self.entries))

    @does(move.Open)
    def open_entry(self) -> None:
        """Open the folder under the cursor; an account or group is folded or unfolded."""
        entry = self.current
        if entry is None:
            return
        if entry.can_open or entry.kind == "quota":
            self.post_message(self.EntryOpened(self, entry))
        else:
            self._fold(entry, entry.key not in self.folded)

    @does(folder.Expand)
    def unfold_entry(self) -> None:
        """Show what is below, or go to the first of it."""
        entry = self.current
        if entry is not None and entry.key in self.folded:
            self._fold(entry, False)
        elif entry is not None and self._has_below(entry):
            self.step(1)

    @does(folder.Collapse)
    def fold_entry(self) -> None:
        """Hide what is below, or go to the one above."""
        entry = self.current
        if entry is None:
            return
        if self._has_below(entry) and entry.key not in self.folded:
            self._fold(entry, True)
        elif parents := self._parents(entry.key):
            self._go_to(parents[-1])

    def _go_to(self, key: Hashable) -> None:
        before, self.cursor = self.cursor, key
        keys = [entry.key for entry in self.standing()]
        for touched in (before, key):
            if touched in keys:
                self._refresh_row(keys.index(touched))
        if key in keys:
            y = keys.index(key)
            self.scroll_to_region(Region(0, y, 1, 1), animate=False)

    def _fold(self, entry: TreeEntry, folded: bool) -> None:
        (self.folded.add if folded else self.folded.discard)(entry.key)
        self._stand()
        self._resized()

    def _has_below(self, entry: TreeEntry) -> bool:
        return entry.key in self._branches

    def _parents(self, key: Hashable) -> list[Hashable]:
        """The keys of the entries around one, outermost first."""
        around: list[TreeEntry] = []
        for entry in self.entries:
            while around and around[-1].depth >= entry.depth:
                around.pop()
            if entry.key == key:
                return [one.key for one in around]
            around.append(entry)
        return []

    def _resized(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.standing()))
        self.refresh()

    def _refresh_row(self, y: int) -> None:
        self.refresh(Region(0, y - self.scroll_offset.y, self.size.width, 1))

    # ------------------------------------------------------------------ drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        looks = looks_of(self)
        standing = self.standing()
        index = y + self.scroll_offset.y
        if index >= len(standing):
            return Strip([Segment(" " * width, looks[""])], width)
        entry = standing[index]
        over = ["folder-here"] if entry.key == self.here else []
        if entry.key == self.cursor:
            over.append("cursor" if self.has_focus else "cursor-away")
        under = " ".join(over)
        label, count = self._texts(entry, width)
        name = "account" if entry.kind == "account" else "folder-unread" if entry.unread else "folder"
        if entry.kind == "quota" and entry.total >= NEARLY_FULL:
            name = "warning"
        gap = " " * max(width - cell_len(label) - cell_len(count) - 1, 0)
        return Strip(
            [
                Segment(label, looks[f"{name} {under}"]),
                Segment(gap, looks[under]),
                Segment(count + " ", looks[f"folder-count {under}"]),
            ]
        ).adjust_cell_length(width, looks[under])

    def _texts(self, entry: TreeEntry, width: int) -> tuple[str, str]:
        """Label and count, which together leave one cell free."""
        glyphs = glyphs_of(self)
        sign = " "
        if self._has_below(entry):
            sign = glyphs.closed if entry.key in self.folded else glyphs.opened
        count = clean_line(entry.note) or (str(entry.unread) if entry.unread else "")
        count = cut(count, max(width // 3, 4), glyphs.ellipsis)
        lead = " " + "  " * entry.depth + sign + " " if entry.depth else f" {sign} "
        if entry.kind == "quota":
            cells = min(QUOTA_CELLS, max(width - len(lead) - cell_len(entry.label) - cell_len(count) - 3, 0))
            full = min((entry.total * cells + 99) // 100, cells)
            lead += glyphs.full * full + glyphs.line * (cells - full) + " " * bool(cells)
        room = max(width - cell_len(lead) - cell_len(count) - 2, 1)
        return lead + cut(clean_line(entry.label), room, glyphs.ellipsis), count

    # ------------------------------------------------------------------ mouse and focus

    def on_resize(self, event: events.Resize) -> None:
        self._resized()

    def show_focus(self) -> None:
        """The cursor looks different."""
        self.step(0)

    def on_click(self, event: events.Click) -> None:
        standing = self.standing()
        index = event.y + self.scroll_offset.y
        if not 0 <= index < len(standing):
            return
        entry = standing[index]
        on_sign = event.x <= 2 * entry.depth + 2 and self._has_below(entry)
        self._go_to(entry.key)
        if on_sign:
            self._fold(entry, entry.key not in self.folded)
        else:
            self.open_entry()
