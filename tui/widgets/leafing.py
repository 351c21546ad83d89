"""Leafing through the messages on the reader's page: which one the cursor is on, and where one was in those read before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable

from textual import events

from tui.actions import does, move
from tui.widgets.leaves import Conversation, Leaves
from tui.widgets.sections import EMPTY_PAGE, Section, Sections
from tui.widgets.sheet import Sheet

REMEMBERED = 500

Place = tuple[int, int, int]
"""A message (0: the only one), a line of its body (-1: above it) and how many lines that had."""
TOP: Place = (0, -1, 0)


class Leafing(Leaves, can_focus=True):
    """Messages to read, one of them under the cursor."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._places: OrderedDict[Hashable, Place] = OrderedDict()
        self._unsized = False
        """Whether a conversation was begun before it was known how much of it there is room for."""

    # ------------------------------------------------------------------ what is shown

    def show(self, sheet: Sheet | None) -> None:
        """Show a message, where one was in it the last time; None: nothing."""
        before = self.sheet
        self._remember()
        same = self.conversation is None and sheet is not None and before is not None and sheet.key == before.key
        kept = self.section if same else None
        self.conversation, self.here = None, 0
        if not same:
            self.forget_finds()
        one = kept or Section()
        one.sheet, one.width = sheet, 0
        self._laid_width = self.text_width()
        self.laid = Sections([one] if sheet is not None else ())
        if sheet is not None:
            self._lay(0)
        self._gathered()
        self._go_to_place(self._places.get(sheet.key, TOP) if sheet is not None else TOP)

    def show_conversation(self, shown: Conversation, message: int, opened: Iterable[int]) -> None:
        """Show a conversation with the cursor on a message, and these open; or what it has become since it was shown.

        A conversation that is there already keeps what is folded and what is not.
        """
        known: dict[int, Section] = {}
        top, line = 0, 0
        place = TOP
        if self.conversation is not None and self.conversation.key == shown.key and self.laid.all:
            known = {one.message: one for one in self.laid.all}
            n, line = self._at_top()
            top = self.laid.all[n].message
        else:
            self._remember()
            self.forget_finds()
            place = self._places.get(shown.key, TOP)
        open_now = {*opened, message} if not known else set(opened)
        sections = []
        for row in shown.rows:
            one = known.get(row.message) or Section(row, row.message in open_now or row.message == place[0])
            one.row = row
            sections.append(one)
        self.conversation = shown
        self._laid_width = self.text_width()
        self.laid = Sections(sections, self._title(shown))
        self.here = self.laid.find(message) or 0
        self._gathered()
        if known:
            n = self.laid.find(top) or 0
            self._to_top((n, line))
            self._lay_out_view()
            if not self._in_view(self.here):
                self.go_to_head(self.here)
        elif place[0] and not any(row.unread for row in shown.rows) and self.laid.find(place[0]) is not None:
            self._go_to_place(place)
        else:
            self._unsized = not self.content_size.height
            self.go_to_head(self.here)

    def put(self, message: int, sheet: Sheet) -> None:
        """A message of the conversation as it is now; what one looks at stays where it is."""
        n = self.laid.find(message)
        if n is None or self.conversation is None:
            return
        one = self.laid.all[n]
        if one.sheet == sheet and one.width:
            return
        if one.sheet is not None and one.sheet.key != sheet.key:
            one.page, one.folded = EMPTY_PAGE, frozenset()
        one.sheet = sheet
        if one.opened and one.width:
            place = self._at_top()
            self._lay(n)
            self._gathered()
            self._to_top(place)
        else:
            one.width = 0

    # ------------------------------------------------------------------ where one is

    def _place(self) -> Place:
        if not self.laid.shown:
            return TOP
        n = self.laid.at(self.top)
        one = self.laid.all[n]
        shown = self.laid.shown
        body = shown[self.top].body if 0 < self.top < len(shown) else -1
        return (one.message if self.top or one.row is None else 0), body, len(one.page.lines)

    @property
    def _key(self) -> Hashable | None:
        if self.conversation is not None:
            return self.conversation.key
        return self.sheet.key if self.sheet is not None else None

    def _remember(self) -> None:
        key = self._key
        if key is None:
            return
        self._places[key] = self._place()
        self._places.move_to_end(key)
        while len(self._places) > REMEMBERED:
            self._places.popitem(last=False)

    def places(self) -> list[tuple[Hashable, Place]]:
        """Where one was in messages and conversations, those at their beginning left out; the latest last."""
        self._remember()
        return [(key, place) for key, place in self._places.items() if place[1] > 0]

    def recall(self, places: Iterable[tuple[Hashable, Place]]) -> None:
        """Where one was when Correio ended the last time."""
        for key, place in places:
            self._places.setdefault(key, place)

    def _go_to_place(self, place: Place) -> None:
        """Put the remembered line on top; when the body was wrapped anew, the line about as far down."""
        message, body, lines = place
        n = self.laid.find(message)
        y = 0
        if n is not None:
            if self.laid.all[n].opened and not self.laid.all[n].width and body >= 0:
                self._lay(n)
                self._gathered()
            now = len(self.laid.all[n].page.lines)
            if body >= 0 and lines and lines != now:
                body = body * now // lines
            start, end = self.laid.starts[n], self.laid.end(n)
            shown = self.laid.shown
            y = start if self.conversation is not None else 0
            if body >= 0:
                y = next((y for y in range(start, end) if shown[y].body >= body), end)
        self._scroll(y)
        self._viewed()

    def _lay_out_again(self, *, wrap: bool = False) -> None:
        """After a change of what is folded, or of the width: all lines anew, the place kept."""
        place = self._place()
        if wrap:
            self._laid_width = self.text_width()
            if self.conversation is not None:
                self.laid.above = self._title(self.conversation)
            for n, one in enumerate(self.laid.all):
                one.width = 0
                if self.conversation is None:
                    self._lay(n)
        elif self.section is not None and self.section.width:
            self._lines_anew(self.section)
        self._gathered()
        self._go_to_place(place)

    def on_resize(self, event: events.Resize) -> None:
        if self.laid.all and self.text_width() != self._laid_width:
            self._lay_out_again(wrap=True)
        if self._unsized and self.conversation is not None and self.content_size.height:
            self._unsized = False
            self.go_to_head(self.here)
        self._viewed()

    def watch_max_width(self) -> None:
        if self.laid.all:
            self._lay_out_again(wrap=True)

    # ------------------------------------------------------------------ the message under the cursor

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._viewed()

    def _viewed(self) -> None:
        """The view is another one: what is in it is laid out, and the cursor is on a message in it."""
        if self.conversation is None or not self.laid.all:
            return
        self._lay_out_view()
        if self.content_size.height and not self._in_view(self.here):
            last = self.laid.at(self.top + self.page_lines - 1)
            self._come_to(self.laid.at(self.top) if self.here < last else last)

    def _in_view(self, n: int) -> bool:
        starts = self.laid.starts
        return n < len(starts) and starts[n] < self.top + self.page_lines and self.laid.end(n) > self.top

    def _come_to(self, n: int) -> None:
        if n != self.here and self.conversation is not None:
            self.here = n
            self.refresh()
            self.conversation.pages.came_to(self.laid.all[n].message)

    def go_to_message(self, message: int) -> bool:
        """Put the cursor on a message of the conversation; False where it is none of it."""
        n = self.laid.find(message)
        if n is None or self.conversation is None:
            return False
        self._come_to(n)
        self.go_to_head(n)
        return True

    def go_to_head(self, n: int) -> None:
        """Bring the line of a message into view; of an open one to the top."""
        if n >= len(self.laid.starts):
            return
        self._lay_out_from(n)
        start = self.laid.starts[n]
        if self.laid.all[n].opened:
            self._scroll(start - self._lines_before(n))
        elif start < self.top:
            self._scroll(start)
        elif start >= self.top + self.page_lines:
            self._scroll(start - self.page_lines + 1)
        self._viewed()

    def _lines_before(self, n: int) -> int:
        """Lines that are shown above an open message: some folded ones, and the subject where that is near."""
        most = self.page_lines // 3
        before = 0
        while before < n and before < most and not self.laid.all[n - before - 1].opened:
            before += 1
        start = self.laid.starts[n]
        return start if start <= most else before

    def open_message(self, n: int, opened: bool) -> None:
        """Unfold a message of the conversation, or fold it to its line."""
        one = self.laid.all[n]
        if one.row is None or one.opened == opened:
            return
        one.opened = opened
        if opened and not one.width:
            self._lay(n)
        self._gathered()
        self.go_to_head(n)

    @does(move.Bottom)
    def go_bottom(self) -> None:
        """To the last line."""
        if self.conversation is not None:
            last, lines = len(self.laid.all), 0
            while last > 0 and lines < self.page_lines:
                last -= 1
                if self.laid.all[last].opened and not self.laid.all[last].width:
                    self._lay(last)
                    self._gathered()
                lines += self.laid.end(last) - self.laid.starts[last]
        self._scroll(len(self.laid.shown) - self.page_lines)

    def step(self, by: int) -> None:
        """Move by so many lines, up when negative."""
        if by < 0 and self.conversation is not None:
            self._lay_out_above(-by)
        super().step(by)
