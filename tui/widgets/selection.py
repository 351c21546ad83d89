"""Which messages of a list are chosen: some one by one, some as ranges, however long the list is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from core.store.lists import Key, ListSource, Row
from tui.widgets.list_window import Entry, EntryId

PAGE = 500


class Selection:
    """Chosen entries, kept by key: they stay chosen when the list scrolls away or is read again."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Choose nothing."""
        self.singles: dict[EntryId, Row] = {}
        self.spans: list[tuple[Key, Key]] = []
        """Older and newer end of each range, both included."""
        self.without: dict[EntryId, Row] = {}
        """Taken out of the ranges one by one."""
        self.anchor: Key | None = None
        self._stretched: tuple[Key, Key] | None = None

    def snapshot(self) -> Selection:
        """The same choice, for another thread: it does not change any more."""
        kept = Selection()
        kept.singles, kept.spans = dict(self.singles), list(self._all_spans())
        kept.without = dict(self._out())
        return kept

    def __bool__(self) -> bool:
        return bool(self.singles or self.spans or self._stretched)

    def __contains__(self, entry: Entry) -> bool:
        if entry.id in self.singles:
            return True
        inside = any(older <= entry.parent <= newer for older, newer in self._all_spans())
        return inside and entry.id not in self._out()

    def toggle(self, entry: Entry) -> None:
        """Put an entry in or take it out."""
        if entry not in self:
            self.without.pop(entry.id, None)
            self.singles[entry.id] = entry.row
            return
        self.singles.pop(entry.id, None)
        if entry in self:
            self.without[entry.id] = entry.row

    def add(self, rows: list[Row]) -> None:
        """Choose rows of the source."""
        self.singles.update({(row.key, 0): row for row in rows})

    def begin_range(self, entry: Entry) -> None:
        """Begin a range at an entry."""
        self.anchor = entry.parent
        self.stretch(entry)

    def stretch(self, entry: Entry) -> None:
        """Let the range begun go to this entry."""
        if self.anchor is not None:
            self._stretched = (min(self.anchor, entry.parent), max(self.anchor, entry.parent))

    def end_range(self) -> None:
        """Keep the range that was begun."""
        if self._stretched is not None:
            self.without = self._out()
            self.spans.append(self._stretched)
        self.anchor = self._stretched = None

    def count(self, source: ListSource) -> int:
        """How many are chosen; ranges are counted by their places in the source."""
        number = len(self.singles) - len(self._out())
        for older, newer in _merged(self._all_spans()):
            number += source.position((older[0], older[1] - 1)) - source.position(newer)
            number -= sum(1 for key, child in self.singles if not child and older <= key <= newer)
        return number

    def rows(self, source: ListSource) -> Iterator[Row]:
        """Every chosen row, read page by page from the source where it is in a range."""
        spans, out = _merged(self._all_spans()), self._out()
        for (key, child), row in self.singles.items():
            if child or not any(older <= key <= newer for older, newer in spans):
                yield row
        for older, newer in spans:
            before: Key | None = (newer[0], newer[1] + 1)
            while before is not None:
                page = source.page(before, PAGE)
                yield from (row for row in page if row.key >= older and (row.key, 0) not in out)
                before = page[-1].key if len(page) == PAGE and page[-1].key >= older else None

    def follow(self, source: ListSource) -> None:
        """Conversations to which a message has come stand elsewhere in the list: they stay chosen, or taken out."""
        self.singles, spans = _moved(self.singles, source), self._all_spans()
        out = _moved(self.without, source)
        self.without = {id: row for id, row in out.items() if any(older <= id[0] <= newer for older, newer in spans)}

    def _out(self) -> dict[EntryId, Row]:
        """What is taken out of the ranges; the one that is being stretched takes everything in again."""
        if self._stretched is None:
            return self.without
        older, newer = self._stretched
        return {id: row for id, row in self.without.items() if not older <= id[0] <= newer}

    def _all_spans(self) -> list[tuple[Key, Key]]:
        return [*self.spans, self._stretched] if self._stretched else self.spans


def _moved(chosen: Mapping[EntryId, Row], source: ListSource) -> dict[EntryId, Row]:
    found = {}
    for (key, child), row in chosen.items():
        here = source.page((key[0], key[1] + 1), 1)
        now = key if here and here[0].key == key else source.key_of(row.message) or key
        found[now, child] = row if child else replace(row, key=now)
    return found


def _merged(spans: list[tuple[Key, Key]]) -> list[tuple[Key, Key]]:
    """The same stretches without overlap."""
    merged: list[tuple[Key, Key]] = []
    for older, newer in sorted(spans):
        if merged and older <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(newer, merged[-1][1]))
        else:
            merged.append((older, newer))
    return merged
