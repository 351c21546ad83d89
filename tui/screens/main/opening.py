"""Reading: a message is opened, fetched when it is not here, laid out, and marked read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from core.clean import clean_line
from core.errors import CorreioError, NetworkError
from core.rendered import Page
from core.store.lists import Row
from tui.actions import does, move
from tui.screens.main.ahead import REST, Ahead, conversation_of
from tui.sentences import sentence
from tui.translation import _
from tui.widgets.message_list import MessageList
from tui.widgets.sheet import Sheet

if TYPE_CHECKING:  # what reading needs is imported when something is read
    from core.operations import Place
    from core.reading import Body
    from tui.opened import Opened
    from tui.writers import Writers


class Reading(Struct):
    """The message in the reader."""

    row: Row
    message: int
    thread: list[int] = field(default_factory=list)
    """The messages of its conversation, oldest first."""
    opened: Opened | None = None
    fetching: bool = False
    unreached: bool = False
    """Whether it could not be fetched because there was no line to its server."""
    marked: bool = False
    """Whether it was marked as deleted when it was shown."""
    together: bool = False
    """Whether the whole conversation is on the page."""


class Opening(Ahead):
    """What happens between the list and the reader."""

    def __init__(self) -> None:
        super().__init__()
        self.reading: Reading | None = None
        self._rest: Timer | None = None
        self._mark: Timer | None = None
        self._writers: Writers | None = None
        self._on_nothing = True
        """Whether the cursor of the list stands on no row: other keys work then."""

    # ------------------------------------------------------------------ following the cursor

    def on_message_list_row_highlighted(self, event: MessageList.RowHighlighted) -> None:
        """With the reader beside the list, it follows after a moment's rest."""
        event.stop()
        if (event.row is None) != self._on_nothing:
            self._on_nothing = event.row is None
            self.correio.show_keys()
        if self._rest is not None:
            self._rest.stop()
        row, self._rest = event.row, None
        self.look_ahead()
        if self.count == 3 and self.pane != "reader" and not self._is_read(row):
            self._rest = self.set_timer(REST, lambda: self._follow(row))

    def _follow(self, row: Row | None) -> None:
        if self.pane == "reader" or self.list.current != row:
            return
        if row is None:
            self._close_reader()
            return
        try:
            self._read(row, focus=False)
        except CorreioError as error:
            self.complain(error)

    def _is_read(self, row: Row | None) -> bool:
        """Whether the reader shows this row's conversation or message already; then it has only changed its look."""
        reading = self.reading
        if reading is None or row is None:
            return row is None and reading is None
        whole = self.view.in_threads and not row.depth and not reading.row.depth
        same = row.message == reading.row.message or (whole and row.thread == reading.row.thread)
        if same:
            reading.row = row
        return same

    def on_message_list_row_opened(self, event: MessageList.RowOpened) -> None:
        """Enter, or a double click."""
        event.stop()
        try:
            self._open(event.row)
        except CorreioError as error:
            self.complain(error)
        self.correio.paint_now()

    def _open(self, row: Row) -> None:
        draft = self.correio.draft_of(row)
        if draft is not None:
            self.correio.resume_draft(draft)
        elif self._goes_on(row) and self.reading is not None:
            self.show_pane("reader")
            self._mark_read(self.reading, at_once=True)
        else:
            self._read(row, focus=True)

    def _goes_on(self, row: Row) -> bool:
        """Whether the reader beside the list shows what opening the row would: its first unread message, or no other is."""
        if self.count < 3 or not self._is_read(row) or self.reading is None:
            return False
        from tui.opened import first_unread

        here = self.reading.message
        return first_unread(self.desk.db, self.thread_of(row), here) == here

    def read_current(self) -> None:
        """The message under the cursor, after the one in the reader has left the list."""
        row = self.list.current
        if row is None:
            self._close_reader()
            self.show_pane("list")
        else:
            self._read(row, focus=True)

    def _close_reader(self) -> None:
        self.reading = None
        self.reader.show(None)

    def row_of_reader(self) -> Row | None:
        """The row whose message is in the reader."""
        return self.reading.row if self.reading is not None else None

    def leave_reader(self, place: Place) -> None:
        """The message in the reader goes out of its folder: the next of its thread that is there, else the next row."""
        reading = self.reading
        if reading is None:
            return
        folder, gone = place
        left = [
            id
            for (id,) in self.desk.db.read(
                "SELECT message FROM placement WHERE folder = ? AND thread = ? AND hidden = 0 AND message <> ?",
                (folder, reading.row.thread, gone),
            )
        ]
        n = reading.thread.index(gone) if gone in reading.thread else 0
        following = [id for id in reading.thread[n + 1 :] if id in left]
        thread = [id for id in reading.thread if id != gone]
        stays = self.view.is_search and not self.view.inside
        if following and len(reading.thread) > 1:
            self.reading = Reading(reading.row, following[0], thread, together=reading.together)
            self._show(mark=True)
            return
        if stays or (left and conversation_of(reading.row)):
            self.list.step(1)
        else:
            self.list.take_out(lambda entry: entry.row.message == reading.row.message)
        if stays and self._is_read(self.list.current):
            self._close_reader()
            self.show_pane("list")
        else:
            self.read_current()

    # ------------------------------------------------------------------ reading

    def _read(self, row: Row, *, focus: bool) -> None:
        from tui.opened import first_unread

        thread = self.thread_of(row)
        self.reading = self.begin_reading(row, first_unread(self.desk.db, thread, row.message), thread)
        if focus:
            self.show_pane("reader")
            self.correio.lay_out_now()  # the text is made for its width
        self._show(mark=focus)

    def begin_reading(self, row: Row, message: int, thread: list[int]) -> Reading:
        """What goes into the reader; `conversing` knows of conversations."""
        return Reading(row, message, thread)

    def _show(self, *, mark: bool) -> None:
        """Show the message of `reading`; fetch it first when it is not here."""
        reading = self.reading
        if reading is None:
            return
        try:
            body = self.body_of(reading.message)
        except CorreioError as error:
            self.complain(error)
            return
        self.show_body(reading, body)
        if not body.here and not reading.fetching:
            self._fetch(reading)
        self._mark_read(reading, at_once=mark)

    def show_body(self, reading: Reading, body: Body) -> None:
        """Put a body into the reader, in the form in which it was shown before."""
        form = reading.opened.form if reading.opened is not None and reading.opened.body.id == body.id else ""
        reading.opened = opened = self.opened_from(body, form)
        reading.marked = self.is_marked(body.id)
        if not body.here:
            self.reader.show(without_body(self._sheet(reading, opened, None, _("Fetching the message…"))))
            return
        width = self.reader.text_width()
        if not opened.takes_long:
            self.reader.show(self._sheet(reading, opened, opened.page(width)))
            return
        opened.take()
        self.run_worker(lambda: self._lay_out(reading, opened, width), thread=True, exit_on_error=False)

    def _lay_out(self, reading: Reading, opened: Opened, width: int) -> None:
        """In a thread: HTML is laid out by the worker process while the screen goes on."""
        page = opened.page(width)
        self.correio.call_later(self._laid_out, reading, opened, page)

    def _laid_out(self, reading: Reading, opened: Opened, page: Page) -> None:
        if self.reading is reading and reading.opened is opened:
            if not self.reader.has_message:
                self.correio.show_keys()  # those for messages work now
            self.reader.show(self._sheet(reading, opened, page))
            self.correio.paint_now()

    def _sheet(self, reading: Reading, opened: Opened, page: Page | None, *notices: str) -> Sheet:
        return self._writer_told(opened, (*self._place_in_thread(reading), *notices), page)

    def _writer_told(self, opened: Opened, notices: tuple[str, ...], page: Page | None) -> Sheet:
        """The sheet of a message, with what is known of who wrote it."""
        from tui.writers import Writers

        if self._writers is None:
            self._writers = Writers(self.desk, self._more_is_known)
        known = self._writers.look(opened.body, page.links if page is not None else ())
        opened.card = self.card_of(opened.body)
        return opened.sheet((*self.mark_told(opened.body.id), *self.asks(opened.body), *notices), page, known)

    def _more_is_known(self) -> None:
        """Whom one knows has been gathered: what is shown says so."""
        reading, sheet = self.reading, self.reader.sheet
        opened = reading.opened if reading is not None else None
        if opened is not None and sheet is not None and self._writers is not None and sheet.key == opened.key:
            known = self._writers.look(opened.body, self.reader.page.links)
            fresh = replace(sheet, vouched=known.vouched, warnings=known.warnings, told=known.told, about=known.about)
            if fresh != sheet:
                self.reader.show(fresh)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What went wrong while HTML was laid out is not passed over in silence."""
        if event.state == WorkerState.ERROR and event.worker.error is not None:
            raise event.worker.error

    def _place_in_thread(self, reading: Reading) -> tuple[str, ...]:
        """Which message of the thread it is, and what one has noted on it."""
        from core.store import comments

        comment = clean_line(comments.of(self.desk.db, reading.message))
        noted = (_("Comment: {text}").format(text=comment),) if comment else ()
        if len(reading.thread) < 2 or reading.message not in reading.thread:
            return noted
        n = reading.thread.index(reading.message) + 1
        return (_("Message {n} of {all} in this thread").format(n=n, all=len(reading.thread)), *noted)

    def _fetch(self, reading: Reading) -> None:
        reading.fetching = True

        def done(answer: Any, error: CorreioError | None) -> None:
            self._fetched(reading, error)

        self.desk.ask("fetch", done, message=reading.message, section="")

    def _fetched(self, reading: Reading, error: CorreioError | None) -> None:
        reading.fetching, reading.unreached = error is None, isinstance(error, NetworkError)
        if self.reading is not reading:
            return
        if error is None:
            self._show(mark=self.pane == "reader")
        elif reading.opened is not None:
            self.reader.show(without_body(self._sheet(reading, reading.opened, None, sentence(error))))

    def line_is_back(self) -> None:
        """A server answers again: what it could not be asked for is sent for once more."""
        reading = self.reading
        if reading is not None and reading.unreached:
            reading.unreached = False
            self._fetch(reading)

    def refresh_reader(self) -> None:
        """The store has changed: the body may have come, the thread may have grown."""
        self.look_again()
        reading = self.reading
        if reading is None or reading.opened is None:
            return
        self._is_read(self.list.current)  # its row may have grown
        thread = self.thread_of(reading.row)
        if reading.message not in thread:
            return
        grown, reading.thread = thread != reading.thread, thread
        body = reading.opened.body
        if not body.here:
            from core.reading import open_body

            fresh = open_body(self.desk.db, reading.message)
            if fresh.here:
                self.show_body(reading, fresh)
                self._mark_read(reading, at_once=self.pane == "reader")
        elif grown or reading.marked != self.is_marked(body.id):
            self.show_body(reading, body)

    # ------------------------------------------------------------------ read marks

    def _mark_read(self, reading: Reading, *, at_once: bool) -> None:
        if self._mark is not None:
            self._mark.stop()
            self._mark = None
        after = self.desk.settings.ui.mark_read_after
        id = reading.message
        if at_once:
            self.correio.call_later(self._mark_now, reading, id)  # it is to be seen first: writing would share the processor
        elif after >= 0:
            self._mark = self.set_timer(max(after, 0.05), lambda: self._mark_rested(reading, id))

    def _mark_rested(self, reading: Reading, id: int) -> None:
        if self.reading is reading and reading.message == id:
            self._mark_now(reading, id)

    def _mark_now(self, reading: Reading, id: int) -> None:
        from tui.opened import first_unread, mark_read

        opened = reading.opened
        if opened is not None and opened.body.id == id and not opened.body.here:
            return  # of what has not come nobody has read more than the list shows
        if first_unread(self.desk.db, [id], 0):
            self.desk.write(lambda db: mark_read(db, id), self.correio.reported())
        if opened is not None and opened.body.id == id:
            self.was_read(opened.body)

    # ------------------------------------------------------------------ between messages

    @does(move.NextMessage)
    def next_message(self) -> None:
        """The next message of the thread, then of the list."""
        self._step_message(1)

    @does(move.PreviousMessage)
    def previous_message(self) -> None:
        """The message before."""
        self._step_message(-1)

    @does(move.NextUnread)
    def next_unread_message(self) -> None:
        """From the reader, the next unread row of the list."""
        self._read_other(lambda: self.list.next_unread())

    @does(move.PreviousUnread)
    def previous_unread_message(self) -> None:
        """From the reader, the unread row before."""
        self._read_other(lambda: self.list.previous_unread())

    def _step_message(self, by: int) -> None:
        reading = self.reading
        if reading is None:
            return
        n = reading.thread.index(reading.message) + by if reading.message in reading.thread else -1
        if 0 <= n < len(reading.thread):
            self.reading = Reading(reading.row, reading.thread[n], reading.thread)
            self._show(mark=True)
        elif by > 0 and not self._is_read(self.list.current):
            self.read_current()  # the row read has left the list, and the cursor is on the next one
        else:
            self._read_other(lambda: self.list.step(by))

    def _read_other(self, go: Any) -> None:
        before = self.list.current
        go()
        row = self.list.current
        if row is None or row == before:
            self.app.bell()
        else:
            self._read(row, focus=True)


def without_body(sheet: Sheet) -> Sheet:
    """A sheet of the header block while the body is on its way."""
    return replace(sheet, lay_out=lambda width: Page(), attachments=())
