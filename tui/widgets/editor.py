"""The text of a mail: a text area that formats, finds, reflows, and marks what is misspelt."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from rich.style import Style
from rich.text import Text
from textual.document._document_navigator import DocumentNavigator
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from core.paragraphs import paragraph, quotation_end, reflowed
from tui.widgets.editor_lines import EditorLines, WrappedLines

Place = tuple[int, int]
MISSPELT = Style(underline=True, color="red")


class Editor(TextArea):
    """All changes go through `replace`, so that each is undone with one key."""

    def __init__(self, text: str, *, id: str) -> None:
        # A text that is given to Textual is wrapped before it comes to `_set_document`.
        super().__init__("", soft_wrap=True, tab_behavior="focus", id=id, compact=True)
        self._set_document(text, None)
        self._misspelt: dict[str, tuple[tuple[int, int], ...]] = {}
        """Of lines that were looked at: where their misspelt words begin and end."""

    def _set_document(self, text: str, language: str | None) -> None:
        """Textual's, without languages, and with lines that are made for long texts."""
        self._highlight_query = None
        self.document = lines = EditorLines(text)
        self.wrapped_document = wrapped = WrappedLines(lines, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(wrapped)
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def _watch_language(self, language: str | None) -> None:
        """There is none: the text stays as it is."""

    @property
    def lines(self) -> list[str]:
        """The text line by line."""
        return list(self.document.lines)

    def _ordered(self) -> tuple[Place, Place]:
        start, end = self.selection
        return (start, end) if start <= end else (end, start)

    def chosen_lines(self) -> tuple[int, int]:
        """The first line that is selected, and the one behind the last; the cursor's line where nothing is."""
        (first, _), (last, column) = self._ordered()
        return first, last + (0 if column == 0 and last > first else 1)

    # ------------------------------------------------------------------ formats

    def toggle_around(self, mark: str) -> None:
        """Put a mark on both sides of what is selected, or take it away; with nothing selected, for what is typed next."""
        start, end = self._ordered()
        if start == end:
            self._toggle_here(mark)
            return
        text = self.get_text_range(start, end)
        core = text.strip()
        if not core:
            return
        start = self._after(start, text[: len(text) - len(text.lstrip())])
        end = self._after(start, core)
        size = len(mark)
        outside = (start[0], max(start[1] - size, 0)), (end[0], end[1] + size)
        if core.startswith(mark) and core.endswith(mark) and len(core) > 2 * size and "\n" not in core:
            self._put(core[size:-size], start, end)
        elif self.get_text_range(*outside) == f"{mark}{core}{mark}":
            self._put(core, *outside)
        else:
            self._put("\n".join(f"{mark}{line}{mark}" if line.strip() else line for line in core.split("\n")), start, end)

    def _toggle_here(self, mark: str) -> None:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if line[column:].startswith(mark) and line[:column].endswith(mark):
            self.replace("", (row, column - len(mark)), (row, column + len(mark)))
        elif line[column:].startswith(mark):
            self.move_cursor((row, column + len(mark)))
        else:
            self.insert(mark + mark)
            self.move_cursor((row, column + len(mark)))

    def surround(self, before: str, after: str) -> None:
        """Put something before and something behind what is selected; the cursor goes where words are missing."""
        start, end = self._ordered()
        text = self.get_text_range(start, end)
        self.replace(f"{before}{text}{after}", start, end)
        self.move_cursor(self._after(start, before + (text + after if text else "")))

    def toggle_lines(self, prefix: Callable[[int], str], known: str) -> None:
        """Begin each selected line with a prefix, by its number among them; if all have one (`known`, a pattern), without."""
        pattern = re.compile(known)

        def change(lines: list[str]) -> list[str]:
            full = [line for line in lines if line.strip()]
            if full and all(pattern.match(line) for line in full):
                return [pattern.sub("", line, count=1) for line in lines]
            made, number = [], 0
            for line in lines:
                number += bool(line.strip()) or len(lines) == 1
                made.append(prefix(number) + pattern.sub("", line, count=1) if line.strip() or len(lines) == 1 else line)
            return made

        self.change_lines(change)

    def change_lines(self, change: Callable[[list[str]], list[str]]) -> None:
        """Change the selected lines, or the cursor's."""
        first, end = self.chosen_lines()
        row, column = self.cursor_location
        before = self.lines[first:end]
        after = change(list(before))
        if after == before:
            return
        many = self.selection.start != self.selection.end
        self.replace("\n".join(after), (first, 0), (end - 1, len(before[-1])))
        if many:
            self.selection = Selection((first, 0), (first + len(after) - 1, len(after[-1])))
        else:
            shift = len(after[row - first]) - len(before[row - first]) if len(after) == len(before) else 0
            self.move_cursor((row, max(column + shift, 0)))

    def _put(self, text: str, start: Place, end: Place) -> None:
        """Put a text in place of another and select it."""
        self.replace(text, start, end)
        self.selection = Selection(start, self._after(start, text))

    @staticmethod
    def _after(place: Place, text: str) -> Place:
        """Where a text ends that begins at a place."""
        lines = text.split("\n")
        return (place[0], place[1] + len(text)) if len(lines) == 1 else (place[0] + len(lines) - 1, len(lines[-1]))

    # ------------------------------------------------------------------ finding

    def find(self, words: str) -> bool:
        """Select the next place, from the cursor on and round the end; small letters find large ones too."""
        if not words:
            return False
        pattern = _wanted(words)
        lines = self.document.lines
        row, column = self._ordered()[1] if self.selected_text else self.cursor_location
        for step in range(len(lines) + 1):
            number = (row + step) % len(lines)
            found = pattern.search(lines[number], column if step == 0 else 0)
            if found is not None:
                self.selection = Selection((number, found.start()), (number, found.end()))
                self.scroll_cursor_visible()
                return True
        return False

    def replace_all(self, words: str, other: str) -> int:
        """Put other words in the place of these, in what is selected or everywhere; how often. Case as in `find`."""
        pattern = _wanted(words)
        start, end = self._ordered()
        if start == end:
            start, end = (0, 0), self.document.end
        text, count = pattern.subn(lambda found: other, self.get_text_range(start, end))
        if count:
            place = self.cursor_location
            self.replace(text, start, end)
            self.move_cursor(place)
        return count

    # ------------------------------------------------------------------ paragraphs and quotations

    def reflow(self, width: int) -> bool:
        """Break the paragraph at the cursor anew, or all that are selected; 0: one long line each."""
        lines = self.lines
        first, last = self.chosen_lines()
        made: list[str] = []
        begin: int | None = None
        row = first
        while row < min(last, len(lines)):
            start, end = paragraph(lines, row)
            if begin is None:
                begin = start
            made += reflowed(lines[start:end], width) if end > start else [lines[row]]
            row = max(end, row + 1)
        if begin is None or made == lines[begin:row]:
            return False
        self.replace("\n".join(made), (begin, 0), (row - 1, len(lines[row - 1])))
        self.move_cursor((begin + len(made) - 1, len(made[-1])))
        return True

    def cut_quotation(self) -> bool:
        """Delete from the cursor's line to the end of the quotation."""
        row = self.cursor_location[0]
        return self._delete_lines(row, quotation_end(self.document.lines, row))

    def delete_paragraph(self) -> bool:
        """Delete the paragraph at the cursor, and the empty line below it."""
        lines = self.document.lines
        start, end = paragraph(lines, self.cursor_location[0])
        if end > start and end < len(lines) and not lines[end].strip("> "):
            end += 1
        return self._delete_lines(start, end)

    def _delete_lines(self, start: int, end: int) -> bool:
        if end <= start:
            return False
        last = (end, 0) if end < self.document.line_count else (end - 1, len(self.document.get_line(end - 1)))
        self.replace("", (start, 0), last)
        self.move_cursor((min(start, self.document.line_count - 1), 0))
        return True

    # ------------------------------------------------------------------ spelling

    def visible_rows(self) -> Iterable[int]:
        """The lines in view, and some around them."""
        top = self.wrapped_document.offset_to_location(self.scroll_offset)[0] if self.size.height else 0
        return range(max(top - 5, 0), min(top + self.size.height + 5, self.document.line_count))

    def mark(self, misspelt: dict[str, tuple[tuple[int, int], ...]], looked_at: Collection[str]) -> None:
        """Mark the misspelt words of these lines."""
        changed = {line for line in looked_at if self._misspelt.get(line, ()) != misspelt.get(line, ())}
        self._misspelt = {line: places for line, places in misspelt.items() if places}
        if changed:
            self._line_cache.clear()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        """A line with its misspelt words marked."""
        text = super().get_line(line_index)
        for start, end in self._misspelt.get(text.plain, ()) if self._misspelt else ():
            text.stylize(MISSPELT, start, end)
        return text


def _wanted(words: str) -> re.Pattern[str]:
    """What is looked for: in any case, unless a large letter was typed."""
    return re.compile(re.escape(words), re.IGNORECASE if words == words.lower() else 0)
