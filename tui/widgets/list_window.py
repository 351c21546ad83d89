"""The stretch of a list that is held in memory: rows around the cursor, paged from a source by key.

Whatever the size of the list, only some pages are held. The window is anchored: the row at the top of the view
stays there when rows arrive above it. No screen is needed to use it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec import Struct

from core.store.lists import Key, ListSource, Row

PAGE = 64
MOST = 512
"""Rows held at most, children of unfolded conversations not counted."""
FIRST: Key = (1 << 60, 0)
LAST: Key = (-(1 << 60), 0)

EntryId = tuple[Key, int]
Children = Callable[[Row], Sequence[Row]]


class Entry(Struct, frozen=True):
    """A line of the list: a row of the source, or a message below its unfolded conversation."""

    row: Row
    parent: Key
    child: bool = False
    opened: bool = False

    @property
    def id(self) -> EntryId:
        """What tells it from every other line."""
        return self.parent, self.row.message if self.child else 0


class ListWindow:
    """Rows, the cursor among them, and the part of them that is in view."""

    def __init__(self, source: ListSource, children: Children | None = None, height: int = 1) -> None:
        self.source, self.children, self.height = source, children, max(height, 1)
        self.entries: list[Entry] = []
        self.cursor = self.top = 0
        self.offset = 0
        """Rows of the source that are newer than the first one held."""
        self.total = 0
        self.at_newest = self.at_oldest = True
        self.unfolded: set[int] = set()
        """Conversations unfolded one by one."""
        self.all_unfolded = False
        self.to_newest()

    # ------------------------------------------------------------------ where we are

    @property
    def current(self) -> Entry | None:
        """The entry under the cursor."""
        return self.entries[self.cursor] if self.entries else None

    def view(self) -> list[Entry]:
        """The entries in view."""
        return self.entries[self.top : self.top + self.height]

    def place(self, index: int) -> int:
        """How many rows of the source lie before an entry, as far as known."""
        return self.offset + sum(1 for entry in self.entries[: index + 1] if not entry.child) - 1

    # ------------------------------------------------------------------ loading

    def to_newest(self) -> None:
        """Begin at the newest row, the cursor on it."""
        rows = self.source.page(None, self._page)
        self.total = self.source.total()
        self.offset, self.at_newest, self.at_oldest = 0, True, len(rows) < self._page
        self.entries = self._entries(rows)
        self.cursor = self.top = 0

    def to_oldest(self) -> None:
        """Go to the end, the cursor on the oldest row."""
        if not self.at_oldest:
            rows = self.source.page_newer(LAST, self._page)
            self.at_oldest, self.at_newest = True, len(rows) < self._page
            self.offset = max(self.total - len(rows), 0)
            self.entries = self._entries(rows)
        self.cursor = max(len(self.entries) - 1, 0)
        self.top = max(len(self.entries) - self.height, 0)

    def to_key(self, key: Key, line: int | None = None) -> None:
        """Load the rows around a key, the cursor on it or on the nearest older one, at the given line of the view."""
        newer = self.source.page_newer((key[0], key[1]), self._page)
        older = self.source.page((key[0], key[1] + 1), self._page)
        self.total = self.source.total()
        self.at_newest, self.at_oldest = len(newer) < self._page, len(older) < self._page
        rows = [*newer, *older]
        self.offset = self.source.position(rows[0].key) if rows and not self.at_newest else 0
        self.entries = self._entries(rows)
        self.cursor = self._index_at(key)
        self._show(self.height // 2 if line is None else line)

    def to_messages(self, key: Key, messages: Collection[int]) -> None:
        """Go to the row with this key; where only some of its unfolded messages are meant, to the first of those.

        The row of a conversation stands for all of it: what is done there must not reach what was not meant.
        """
        self.to_key(key)
        at = self.current
        if at is None or not at.opened:
            return
        below = [index for index, entry in enumerate(self.entries) if entry.child and entry.parent == at.parent]
        here = {row.message for index in below if (row := self.entries[index].row).folder == at.row.folder}
        meant = [index for index in below if self.entries[index].row.message in messages]
        if meant and not here <= set(messages):
            self.cursor = meant[0]
            self.follow()

    def _show(self, line: int) -> None:
        """Put the cursor on a line of the view, as far as there are rows."""
        line = min(max(line, 0), self.height - 1)
        self._reach(self.cursor - line, self.cursor - line + self.height)
        self.top = max(min(self.cursor - line, len(self.entries) - self.height), 0)

    def _reach(self, first: int, end: int) -> None:
        """Load pages until the indexes `first` … `end` are held, or the list ends."""
        while first < 0 and not self.at_newest:
            grown = self._more_newer()
            first, end = first + grown, end + grown
        while end > len(self.entries) and not self.at_oldest:
            end -= self._more_older()

    def _more_older(self) -> int:
        """One page at the end; returns how many entries were dropped at the start."""
        before = next((entry.parent for entry in reversed(self.entries)), None)
        rows = self.source.page(before, self._page)
        self.at_oldest = len(rows) < self._page
        self.entries += self._entries(rows)
        return self._drop_newest()

    def _more_newer(self) -> int:
        """One page at the start; returns how many entries it put there."""
        rows = self.source.page_newer(self.entries[0].parent, self._page) if self.entries else []
        self.at_newest = len(rows) < self._page
        fresh = self._entries(rows)
        self.entries[:0] = fresh
        self.cursor += len(fresh)
        self.top += len(fresh)
        self.offset = 0 if self.at_newest else max(self.offset - len(rows), 0)
        self._drop_oldest()
        return len(fresh)

    def _drop_newest(self) -> int:
        spare = max(MOST, 4 * self._page)
        if len(self.entries) <= spare:
            return 0
        drop = min(len(self.entries) - spare, self.top, self.cursor)
        while drop > 0 and self.entries[drop].child:
            drop -= 1
        self.offset += sum(1 for entry in self.entries[:drop] if not entry.child)
        del self.entries[:drop]
        self.cursor -= drop
        self.top -= drop
        self.at_newest = self.at_newest and drop <= 0
        return drop

    def _drop_oldest(self) -> None:
        keep = max(MOST, 4 * self._page, self.cursor + 1, self.top + self.height)
        while keep < len(self.entries) and self.entries[keep].child:
            keep += 1
        if keep < len(self.entries):
            del self.entries[keep:]
            self.at_oldest = False

    @property
    def _page(self) -> int:
        return max(PAGE, self.height * 2)

    # ------------------------------------------------------------------ moving

    def move(self, by: int) -> bool:
        """Move the cursor; when it leaves the view, the view jumps half a page. False when it cannot move."""
        if not self.entries:
            return False
        wanted = self.cursor + by
        old = self.entries[self.cursor].id
        if wanted < 0:
            before = self.cursor
            self._reach(wanted, 0)
            wanted += self.cursor - before
        elif wanted >= len(self.entries):
            wanted -= self._dropped_while_reaching(wanted + 1)
        self.cursor = min(max(wanted, 0), len(self.entries) - 1)
        self.follow()
        return self.entries[self.cursor].id != old

    def _dropped_while_reaching(self, end: int) -> int:
        before = self.cursor
        self._reach(0, end)
        return before - self.cursor

    def follow(self) -> None:
        """Bring the cursor into view, half a page at a time."""
        if not self.top <= self.cursor < self.top + self.height:
            below = self.cursor >= self.top + self.height
            near = 0 <= self.cursor - self.top < 2 * self.height or 0 < self.top - self.cursor <= self.height
            half = self.height // 2
            self._show((half if below else self.height - 1 - half) if near else half)
        else:
            self._show(self.cursor - self.top)

    def scroll(self, by: int) -> bool:
        """Move the view; the cursor stays inside it. False when there is nothing more to see."""
        before = self.entries[self.top].id if self.entries else None
        line = self.cursor - self.top
        wanted = self.top + by
        top = self.top
        self._reach(wanted, wanted + self.height)
        wanted += self.top - top
        self.top = max(min(wanted, len(self.entries) - self.height), 0)
        self.cursor = min(max(self.top + line - by, self.top), self.top + self.height - 1, len(self.entries) - 1)
        self.cursor = max(self.cursor, 0)
        return bool(self.entries) and self.entries[self.top].id != before

    def resize(self, height: int) -> None:
        """A view of another height; the cursor stays in it."""
        line = min(self.cursor - self.top, max(height, 1) - 1)
        self.height = max(height, 1)
        if self.entries:
            self._show(line)

    # ------------------------------------------------------------------ folding and reloading

    def fold(self, entry: Entry, opened: bool) -> None:
        """Unfold or fold the conversation of an entry; the cursor goes to its first line."""
        thread = next(one.row.thread for one in self.entries if one.parent == entry.parent and not one.child)
        (self.unfolded.add if opened else self.unfolded.discard)(thread)
        if not opened and self.all_unfolded:
            self.all_unfolded = False
            self.unfolded = {one.row.thread for one in self.entries if one.opened and one.parent != entry.parent}
        self._rebuild(entry.parent)

    def fold_all(self, opened: bool) -> None:
        """Unfold or fold every conversation."""
        self.all_unfolded = opened
        self.unfolded.clear()
        current = self.current
        if current is not None:
            self._rebuild(current.parent)

    def _rebuild(self, key: Key) -> None:
        line = self._index_at(key) - self.top
        rows = [entry.row for entry in self.entries if not entry.child]
        self.entries = self._entries(rows)
        self.cursor = self._index_at(key)
        self._show(line)

    def reload(self) -> None:
        """Read the rows again after the store changed; cursor and view stay on what they showed.

        A view that shows the newest row goes on showing it. A conversation that moved to the top because a
        message arrived keeps the cursor.
        """
        current, line = self.current, self.cursor - self.top
        at_top = self.at_newest and self.top == 0
        if current is None:
            self.to_newest()
            return
        if at_top:
            self.to_newest()
            index = self._find(current)
            if index is None and self.at_oldest:
                index = min(line, max(len(self.entries) - 1, 0))
            if index is not None:
                self.cursor = index
                self._keep_top_if_visible()
                return
        self.to_key(current.parent, line)
        index = self._find(current)
        if index is None and (key := self.source.key_of(current.row.message)) is not None:
            self.to_key(key, line)
            index = self._find(current)
        if index is not None:
            self.cursor = index
            self._show(line)

    def take_out(self, gone: Callable[[Entry], bool]) -> None:
        """Drop lines that are on their way out of the list; the cursor goes to the next that stays, else the one before."""
        stays = [not gone(entry) for entry in self.entries]
        kept = [entry for entry, stay in zip(self.entries, stays, strict=True) if stay]
        self.total -= sum(1 for entry, stay in zip(self.entries, stays, strict=True) if not stay and not entry.child)
        above = sum(stays[: self.top])
        self.cursor = min(sum(stays[: self.cursor]), max(len(kept) - 1, 0))
        self.top, self.entries = above, kept
        if kept:
            self.follow()

    def _keep_top_if_visible(self) -> None:
        self.top = 0
        if self.cursor >= self.height:
            self._show(self.height - 1)

    def _find(self, wanted: Entry) -> int | None:
        """The index of the same message or conversation."""
        same = [
            index
            for index, entry in enumerate(self.entries)
            if entry.child == wanted.child
            and (entry.row.message == wanted.row.message or (not wanted.child and entry.row.thread == wanted.row.thread))
        ]
        exact = [index for index in same if self.entries[index].row.message == wanted.row.message]
        return next(iter(exact or same), None)

    def _index_at(self, key: Key) -> int:
        """The index of the row with the key, or of the nearest older one, or of the last."""
        for index, entry in enumerate(self.entries):
            if not entry.child and entry.parent <= key:
                return index
        return max(len(self.entries) - 1, 0)

    def _entries(self, rows: Iterable[Row]) -> list[Entry]:
        entries: list[Entry] = []
        for row in rows:
            many = row.total > 1 and self.children is not None
            opened = many and (self.all_unfolded or row.thread in self.unfolded)
            entries.append(Entry(row, row.key, opened=opened))
            if opened and self.children is not None:
                entries += [Entry(child, row.key, child=True) for child in self.children(row)]
        return entries
