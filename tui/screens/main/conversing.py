"""Reading a conversation on one page: its messages are made ready as they come into view; keys act on that under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from core.clean import clean_line
from core.errors import CorreioError, NetworkError
from core.flags import Flag
from core.store.lists import Row
from tui.actions import does, move, view
from tui.dates import full_date
from tui.screens.main.opening import Opening, Reading, without_body
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:  # what reading needs is imported when something is read
    from core.reading import Body
    from tui.opened import Opened
    from tui.widgets.sheet import Sheet

PLACES = "reader-places"
MOST_PLACES = 50
"""Messages and conversations of which the place is kept when Correio ends."""
MOST_SEARCHED = 300
"""Messages of a conversation in which words are looked for though they are not laid out."""
DAY = 86400
"""Seconds between writing and receiving from which both are shown."""
MOST_KEPT = 64
"""Messages of a conversation that are kept ready."""


class Conversing(Opening):
    """The conversation in the reader; it is the `tui.widgets.leaves.Pages` of that."""

    def __init__(self) -> None:
        super().__init__()
        self._ready: dict[int, Opened] = {}
        """Messages of the conversation that were looked at; the latest last."""
        self._coming: dict[int, str] = {}
        self._unreached: set[int] = set()
        """Those that could not be fetched because there was no line to their server."""
        """Messages that are being fetched, or why they cannot be."""
        self._rows: list[Row] = []

    # ------------------------------------------------------------------ the page

    def begin_reading(self, row: Row, message: int, thread: list[int]) -> Reading:
        """What goes into the reader: the whole conversation, where that is wanted and there is one."""
        together = len(thread) > 1 and self.desk.settings.ui.conversation
        return Reading(row, message, thread, together=together)

    def _goes_on(self, row: Row) -> bool:
        """Whether the reader shows what opening the row would; a message that has been answered since is a conversation."""
        grown = row.total > 1 and not row.depth and self.desk.settings.ui.conversation
        return super()._goes_on(row) and not (grown and self.reading is not None and not self.reading.together)

    def _show(self, *, mark: bool) -> None:
        reading = self.reading
        if reading is None or not reading.together:
            super()._show(mark=mark)
            return
        wanted = set(reading.thread)
        self._put_page([row for row in self._rows_of(reading) if row.message in wanted])
        if self.reading is reading:
            self._mark_read(reading, at_once=mark)

    def _rows_of(self, reading: Reading) -> list[Row]:
        from core.store.thread_rows import thread_rows

        return thread_rows(self.desk.db, reading.row.thread, reading.row.folder)

    def _put_page(self, rows: list[Row]) -> None:
        from tui.widgets.leaves import Conversation

        reading = self.reading
        if reading is None or not rows:
            return
        self._rows = rows
        reading.thread = [row.message for row in rows]
        if reading.message not in reading.thread:
            reading.message = reading.thread[-1]
        key = ("thread", reading.row.thread)
        if self.reader.conversation is None or self.reader.conversation.key != key:
            self._ready.clear()
            self._coming.clear()
        opened = [row.message for row in rows if row.unread] or [reading.message]
        conversation = Conversation(key, rows[0].subject, tuple(rows), self)
        self.reader.show_conversation(conversation, reading.message, opened)
        self.came_to(reading.message)

    def sheet(self, message: int) -> Sheet:
        """A message of the conversation as far as it is here; what is missing is sent for."""
        opened = self._opened(message)
        if opened is None:
            return _nothing(message)
        if not opened.body.here:
            return without_body(self._sheet_of(opened, None, self._fetch_one(message)))
        width = self.reader.text_width()
        if opened.takes_long and not opened.is_laid_out(width):
            opened.take()
            self.run_worker(lambda: self._lay_out_one(message, opened, width), thread=True, exit_on_error=False)
            return without_body(self._sheet_of(opened, None))
        return self._sheet_of(opened, opened.page(width))

    def came_to(self, message: int) -> None:
        """The cursor is on another message: the keys act on that."""
        reading = self.reading
        if reading is None or not reading.together:
            return
        moved = reading.message != message
        reading.message, reading.opened = message, self._opened(message)
        if moved or self.pane == "reader":
            self._mark_read(reading, at_once=False)

    def _opened(self, message: int, form: str = "") -> Opened | None:
        """A message taken out of the store; None where it has gone meanwhile."""
        found = self._ready.pop(message, None)
        if found is None or form or not found.body.here:
            try:
                body = self.body_of(message)
            except CorreioError:
                return None
            found = self.opened_from(body, form or (found.form if found else ""))
        self._ready[message] = found
        while len(self._ready) > MOST_KEPT:
            del self._ready[next(iter(self._ready))]
        return found

    def _sheet_of(self, opened: Opened, page: Any, *notices: str) -> Sheet:
        from core.store import comments

        comment = clean_line(comments.of(self.desk.db, opened.body.id))
        noted = (_("Comment: {text}").format(text=comment),) if comment else ()
        sheet = self._writer_told(opened, (*noted, *(one for one in notices if one)), page)
        written = opened.body.envelope.date
        came = next((row.received for row in self._rows if row.message == opened.body.id), written)
        if written is None or came is None or abs(written - came) < DAY:
            return sheet
        date = (_("Date"), full_date(written, opened.body.envelope.date_offset))  # its line tells only when it came
        return replace(sheet, addressed=(*sheet.addressed, date))

    # ------------------------------------------------------------------ what comes later

    def _lay_out_one(self, message: int, opened: Opened, width: int) -> None:
        """In a thread: HTML is laid out by the worker process while the screen goes on."""
        opened.page(width)
        self.correio.call_later(self._put_again, message, opened)

    def _put_again(self, message: int, opened: Opened) -> None:
        if self._ready.get(message) is opened and self._is_on_page(message):
            self.reader.put(message, self.sheet(message))

    def _is_on_page(self, message: int) -> bool:
        """Whether a message is part of the conversation in the reader."""
        return self.reading is not None and self.reading.together and message in self.reading.thread

    def _fetch_one(self, message: int) -> str:
        """Send for a message that is not here; what is to be said meanwhile."""
        words = self._coming.get(message)
        if words is not None:
            return words
        self._coming[message] = words = _("Fetching the message…")

        def done(answer: Any, error: CorreioError | None) -> None:
            if error is not None:
                self._coming[message] = sentence(error)
                if isinstance(error, NetworkError):
                    self._unreached.add(message)
            else:
                self._coming.pop(message, None)
            self._came(message)

        self.desk.ask("fetch", done, message=message, section="")
        return words

    def line_is_back(self) -> None:
        """As for one message; of a conversation those that are shown."""
        super().line_is_back()
        unreached, self._unreached = self._unreached, set()
        for message in unreached:
            self._coming.pop(message, None)
            self._came(message)

    def _came(self, message: int) -> None:
        reading = self.reading
        if reading is None or not self._is_on_page(message):
            return
        self.reader.put(message, self.sheet(message))
        if reading.message == message:
            reading.opened = self._opened(message)
            self._mark_read(reading, at_once=self.pane == "reader")

    def _more_is_known(self) -> None:
        if self.reading is None or not self.reading.together:
            super()._more_is_known()
            return
        for one in self.reader.laid.all:
            if one.opened and one.width:
                self.reader.put(one.message, self.sheet(one.message))

    def refresh_reader(self) -> None:
        """The store has changed: mail may have come, gone, been read."""
        reading = self.reading
        if reading is None or not reading.together:
            super().refresh_reader()
            return
        self.look_again()
        self._is_read(self.list.current)  # its row may have grown
        rows = self._rows_of(reading)
        if not rows:
            return
        if rows != self._rows or [row.message for row in rows] != reading.thread:
            marked = {row.message for row in self._rows if row.flags & Flag.DELETED}
            self._put_page(rows)
            for message in marked ^ {row.message for row in rows if row.flags & Flag.DELETED}:
                self.put_anew(message)
        for message in [one for one in self._coming if self._is_on_page(one)]:
            opened = self._opened(message)
            if opened is not None and opened.body.here:
                del self._coming[message]
                self._came(message)

    def show_body(self, reading: Reading, body: Body) -> None:
        """Show a message anew: in another form, or with what was noted on it."""
        if not reading.together:
            super().show_body(reading, body)
            return
        before = self._ready.pop(body.id, None)
        opened = self._opened(body.id, before.form if before is not None else "")
        if reading.message == body.id:
            reading.opened = opened
        self.reader.put(body.id, self.sheet(body.id))

    def put_anew(self, message: int) -> None:
        """Show a message of the page anew, which need not be the one under the cursor."""
        reading = self.reading
        if reading is None or reading.opened is None:
            return
        if reading.message == message:
            self.show_body(reading, reading.opened.body)
        elif self._is_on_page(message) and message in self._ready:
            self.show_body(reading, self._ready[message].body)

    # ------------------------------------------------------------------ going about

    def _step_message(self, by: int) -> None:
        reading = self.reading
        n = reading.thread.index(reading.message) + by if reading and reading.message in reading.thread else -1
        if reading is None or not reading.together or not 0 <= n < len(reading.thread):
            super()._step_message(by)
            return
        self._go_to(reading.thread[n])

    def _go_to(self, message: int) -> None:
        """To a message of the conversation on the page; one that is open is read now."""
        reading = self.reading
        if reading is not None and self.reader.go_to_message(message):
            section = self.reader.section
            self._mark_read(reading, at_once=section is not None and section.opened)

    @does(move.NextUnread)
    def next_unread_message(self) -> None:
        """The next unread message of the conversation, then of the list."""
        if not self._go_to_unread(1):
            super().next_unread_message()

    @does(move.PreviousUnread)
    def previous_unread_message(self) -> None:
        """The unread message before."""
        if not self._go_to_unread(-1):
            super().previous_unread_message()

    def _go_to_unread(self, by: int) -> bool:
        reading = self.reading
        if reading is None or len(reading.thread) < 2 or reading.message not in reading.thread:
            return False
        unread = {row.message for row in self._rows_of(reading) if row.unread}
        n = reading.thread.index(reading.message)
        ahead = reading.thread[n + 1 :] if by > 0 else reading.thread[:n][::-1]
        message = next((one for one in ahead if one in unread), None)
        if message is None:
            return False
        if reading.together:
            self.reader.open_all([message])
            self._go_to(message)
        else:
            self.reading = Reading(reading.row, message, reading.thread)
            self._show(mark=True)
        return True

    # ------------------------------------------------------------------ finding

    def _find_in_reader(self, words: str) -> None:
        """In every message of the conversation: those that are folded and hold the words are unfolded."""
        reading = self.reading
        if words and reading is not None and reading.together:
            self.reader.open_all(self._holding(words, reading))
        super()._find_in_reader(words)

    def _holding(self, words: str, reading: Reading) -> list[int]:
        """The messages of the conversation that are not laid out, and hold the words; of a long one those around the cursor."""
        from core.html import html_to_text
        from core.quotes import read_rows
        from core.reading import open_body
        from core.rendered import Line, Span
        from tui.widgets.finding import find_in, find_lines

        n = reading.thread.index(reading.message)
        ready = {one.message for one in self.reader.laid.all if one.opened and one.width}
        near = sorted((one for one in reading.thread if one not in ready), key=lambda one: abs(reading.thread.index(one) - n))
        found = []
        for message in near[:MOST_SEARCHED]:
            try:
                body = open_body(self.desk.db, message)
            except CorreioError:
                continue
            if not body.here:
                continue
            rows = read_rows(body.text(body.text_part) or html_to_text(body.html()))
            lines = [Line((Span(row.text),) if row.text else (), row.depth) for row in rows]
            if find_lines(lines, lambda text: find_in(text, words)):
                found.append(message)
        return found

    # ------------------------------------------------------------------ where one was

    def recall_places(self) -> None:
        """Where one was in messages when Correio ended the last time."""
        kept = self.desk.remembered(PLACES, [])
        self.reader.recall([((key[0], key[1]), (place[0], place[1], place[2])) for key, place in kept])

    def keep_places(self) -> None:
        """Keep where one is in messages for the next time."""
        places = self.reader.places()[-MOST_PLACES:]
        if places or self.desk.remembered(PLACES):
            self.desk.remember(PLACES, places)

    def _mark_read(self, reading: Reading, *, at_once: bool) -> None:
        """A message that is folded to a line is not read yet."""
        section = self.reader.section if reading.together else None
        if section is None or section.opened:
            super()._mark_read(reading, at_once=at_once)

    @does(view.Conversation)
    def conversation_or_message(self) -> None:
        """The conversation on one page, or its messages one by one."""
        reading = self.reading
        if reading is None:
            return
        together = not reading.together
        if together:
            reading.thread = [row.message for row in self._rows_of(reading)]
            if len(reading.thread) < 2:
                self.say(_("This message is a conversation of its own."))
                return
        reading.together = together
        self.desk.change_ui(self.correio.reported(), conversation=together)
        self._show(mark=True)
        self.say(_("The whole conversation") if together else _("Each message on its own"))


def _nothing(message: int) -> Sheet:
    from core.rendered import Page
    from tui.widgets.sheet import Sheet

    return Sheet(key=(message, "gone"), headers=(), lay_out=lambda width: Page(), notices=(_("This message has gone."),))
