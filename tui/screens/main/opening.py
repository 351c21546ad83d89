"""Reading: a message is opened, fetched when it is not here, laid out, and marked read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.timer import Timer

from core import attachment, operations
from core.clean import clean_line
from core.errors import CorreioError
from core.flags import Flag
from core.reading import Body, open_body
from core.rendered import Link, Page
from core.store import messages
from core.store.lists import Row
from tui.actions import compose, does, message, move, view
from tui.opened import Opened
from tui.screens.main.changes import Changes
from tui.translation import _, ngettext
from tui.widgets.message_list import MessageList
from tui.widgets.reader import Reader

REST = 0.3
"""Seconds the cursor rests on a row before the reader follows it."""


@dataclass
class Reading:
    """The message in the reader."""

    row: Row
    message: int
    thread: list[int] = field(default_factory=list)
    opened: Opened | None = None
    fetching: bool = False


class Opening(Changes):
    """What happens between the list and the reader."""

    def __init__(self) -> None:
        super().__init__()
        self.reading: Reading | None = None
        self._rest: Timer | None = None
        self._mark: Timer | None = None

    # ------------------------------------------------------------------ following the cursor

    def on_message_list_row_highlighted(self, event: MessageList.RowHighlighted) -> None:
        """With the reader beside the list, it follows after a moment's rest."""
        self.correio.show_keys()
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        row = event.row
        if self.count == 3 and self.pane != "reader" and row is not None:
            self._rest = self.set_timer(REST, lambda: self._follow(row))

    def _follow(self, row: Row) -> None:
        if self.list.current == row and self.pane != "reader":
            self._read(row, focus=False)

    def on_message_list_row_opened(self, event: MessageList.RowOpened) -> None:
        """Enter, or a double click."""
        draft = self.correio.draft_of(event.row)
        if draft is not None:
            self.correio.resume_draft(draft)
            return
        self._read(event.row, focus=True)

    def read_current(self) -> None:
        """The message under the cursor, after the one in the reader has left the list."""
        row = self.list.current
        if row is None:
            self.reader.show(None)
            self.reading = None
            self.show_pane("list")
        else:
            self._read(row, focus=True)

    # ------------------------------------------------------------------ reading

    def _read(self, row: Row, *, focus: bool) -> None:
        thread = [row.message]
        if row.total > 1 and not row.depth:
            thread = [one.id for one in messages.in_thread(self.desk.db, row.thread)]
        first = next((id for id in thread if not messages.flags_of(self.desk.db, id) & Flag.SEEN), row.message)
        self.reading = Reading(row, first, thread)
        if focus:
            self.show_pane("reader")
        self._show(mark=focus)

    def _show(self, *, mark: bool) -> None:
        """Show the message of `reading`; fetch it first when it is not here."""
        reading = self.reading
        if reading is None:
            return
        try:
            body = open_body(self.desk.db, reading.message)
        except CorreioError as error:
            self.complain(error)
            return
        self._show_body(reading, body)
        if not body.here and not reading.fetching:
            self._fetch(reading)
        self._mark_read(reading, at_once=mark)

    def _show_body(self, reading: Reading, body: Body) -> None:
        form = reading.opened.form if reading.opened is not None and reading.opened.body.id == body.id else ""
        reading.opened = opened = Opened(body, self.correio.render_html, form)
        place = self._place_in_thread(reading)
        if not body.here:
            self.reader.show(_without_body(opened, (*place, _("Fetching the message…"))))
            return
        width = self._reader_width()
        if opened.shown_form != "html":
            self.reader.show(opened.sheet(place, opened.page(width)))
            return
        self.run_worker(lambda: self._lay_out(reading, opened, place, width), thread=True, exit_on_error=False)

    def _lay_out(self, reading: Reading, opened: Opened, place: tuple[str, ...], width: int) -> None:
        """In a thread: HTML is laid out by the worker process while the screen goes on."""
        page = opened.page(width)
        self.correio.call_from_thread(self._laid_out, reading, opened, place, page)

    def _laid_out(self, reading: Reading, opened: Opened, place: tuple[str, ...], page: Page) -> None:
        if self.reading is reading and reading.opened is opened:
            self.reader.show(opened.sheet(place, page))

    def _reader_width(self) -> int:
        return self.reader.text_width()

    def _place_in_thread(self, reading: Reading) -> tuple[str, ...]:
        if len(reading.thread) < 2:
            return ()
        n = reading.thread.index(reading.message) + 1
        return (_("Message {n} of {all} in this thread   J next   K previous").format(n=n, all=len(reading.thread)),)

    def _fetch(self, reading: Reading) -> None:
        reading.fetching = True

        def done(answer: Any, error: CorreioError | None) -> None:
            self.correio.call_from_thread(self._fetched, reading, error)

        self.desk.engine.ask("fetch", done, message=reading.message, section="")

    def _fetched(self, reading: Reading, error: CorreioError | None) -> None:
        if self.reading is not reading:
            return
        if error is None:
            self._show(mark=self.pane == "reader")
        elif reading.opened is not None:
            from tui.sentences import sentence

            reading.fetching = False
            self.reader.show(_without_body(reading.opened, (sentence(error),)))

    # ------------------------------------------------------------------ read marks

    def _mark_read(self, reading: Reading, *, at_once: bool) -> None:
        if self._mark is not None:
            self._mark.stop()
        after = self.desk.settings.ui.mark_read_after
        if at_once:
            self._mark_now(reading)
        elif after >= 0:
            self._mark = self.set_timer(max(after, 0.05), lambda: self._mark_now(reading))

    def _mark_now(self, reading: Reading) -> None:
        if self.reading is not reading or messages.flags_of(self.desk.db, reading.message) & Flag.SEEN:
            return
        places = [(folder, reading.message) for folder in messages.folders_of(self.desk.db, reading.message)]
        # Not an own step for `u`: nobody pressed a key to mark it.
        self.desk.write(
            lambda db: operations.set_flag(db, places, Flag.SEEN, True, actor="reader"), self.correio.reported()
        )

    # ------------------------------------------------------------------ within and between messages

    @does(move.NextMessage)
    def next_message(self) -> None:
        """The next message of the thread, then of the list."""
        self._step_message(1)

    @does(move.PreviousMessage)
    def previous_message(self) -> None:
        """The message before."""
        self._step_message(-1)

    def _step_message(self, by: int) -> None:
        reading = self.reading
        if reading is None:
            return
        n = reading.thread.index(reading.message) + by
        if 0 <= n < len(reading.thread):
            self.reading = Reading(reading.row, reading.thread[n], reading.thread)
            self._show(mark=True)
            return
        before = self.list.current
        self.list.step(by)
        row = self.list.current
        if row is None or row == before:
            self.app.bell()
        else:
            self._read(row, focus=True)

    @does(view.Source)
    def other_form(self) -> None:
        """Plain text, HTML, source: the next of them."""
        opened = self.reading.opened if self.reading else None
        if opened is None or self.reading is None:
            return
        forms = opened.forms()
        if len(forms) < 2:
            self.app.bell()
            return
        opened.form = forms[(forms.index(opened.shown_form) + 1) % len(forms)]
        words = {"plain": _("Plain text"), "html": _("HTML"), "source": _("Source")}
        self._show_body(self.reading, opened.body)
        self.say(words[opened.form])

    # ------------------------------------------------------------------ links and attachments

    @does(view.Follow)
    def follow(self, argument: str = "") -> None:
        """A link by its number: its true target is shown first."""
        links = {str(link.number): link for link in self.reader.page.links}
        if not links:
            self.say(_("There are no links in this message."))
            return
        if argument in links:
            self.correio.open_link(links[argument])
            return
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        choices = [Choice(link, clean_line(f"{n}  {link.target}"), clean_line(link.text)) for n, link in links.items()]

        def chosen(link: Link | None) -> None:
            if link is not None:
                self.correio.open_link(link)

        self.app.push_screen(Picker(_("Open a link"), choices), chosen)

    def on_reader_link_chosen(self, event: Reader.LinkChosen) -> None:
        """A link was clicked."""
        self.correio.open_link(event.link)

    def on_reader_attachment_chosen(self, event: Reader.AttachmentChosen) -> None:
        """An attachment was clicked."""
        self._save([event.number - 1])

    @does(message.Attachments)
    def attachments(self) -> None:
        """The attachments, to save one."""
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice
        from tui.widgets.sheet import human_size

        body = self._body()
        parts = body.attachments if body else ()
        if not parts:
            self.say(_("This message has no attachments."))
            return
        choices = [
            Choice(n, clean_line(part.name or part.type), f"{clean_line(part.type)}, {human_size(part.size)}")
            for n, part in enumerate(parts)
        ]

        def chosen(n: int | None) -> None:
            if n is not None:
                self._save([n])

        self.app.push_screen(Picker(_("Save an attachment"), choices), chosen)

    @does(message.SaveAll)
    def save_all(self, argument: str = "") -> None:
        """Save every attachment into a folder."""
        body = self._body()
        if not body or not body.attachments:
            self.say(_("This message has no attachments."))
            return
        self._save(list(range(len(body.attachments))), argument)

    def _body(self) -> Body | None:
        if self.reading is not None and self.reading.opened is not None and self.pane == "reader":
            return self.reading.opened.body
        row = self.list.current
        return open_body(self.desk.db, row.message) if row is not None else None

    def _save(self, wanted: list[int], folder: str = "") -> None:
        body = self._body()
        if body is None:
            return
        if folder:
            self._save_into(body, wanted, folder)
            return
        usual = str(self.desk.remembered("save-folder", str(Path.home())))
        self.ask_line(_("Save into folder: "), lambda text: self._save_into(body, wanted, text), value=usual)

    def _save_into(self, body: Body, wanted: list[int], text: str) -> None:
        folder = Path(text).expanduser()
        if not folder.is_dir():
            self.say(_("There is no folder {folder}.").format(folder=text), warning=True)
            return
        missing = [body.attachments[n] for n in wanted if not body.has(body.attachments[n])]
        if missing:
            self.say(_("Fetching the attachment…"))

            def done(answer: Any, error: CorreioError | None) -> None:
                self.correio.call_from_thread(self._part_fetched, body, wanted, text, error)

            self.desk.engine.ask("fetch", done, message=body.id, section=missing[0].section)
            return
        saved = []
        try:
            for n in wanted:
                part = body.attachments[n]
                saved.append(attachment.save(body.data(part), folder, part.name))
        except CorreioError as error:
            self.complain(error)
            return
        self.desk.remember("save-folder", str(folder))
        self.say(
            _("Saved as {file}").format(file=saved[0])
            if len(saved) == 1
            else ngettext("{n} file saved", "{n} files saved", len(saved)).format(n=len(saved))
        )

    def _part_fetched(self, body: Body, wanted: list[int], text: str, error: CorreioError | None) -> None:
        if error is not None:
            self.complain(error)
        else:
            self._save_into(open_body(self.desk.db, body.id), wanted, text)

    # ------------------------------------------------------------------ writing from here

    @does(compose.Reply)
    def reply(self) -> None:
        """Answer the sender."""
        self._answer("sender")

    @does(compose.ReplyAll)
    def reply_all(self) -> None:
        """Answer everybody."""
        self._answer("all")

    @does(compose.ReplyList)
    def reply_list(self) -> None:
        """Answer the list."""
        self._answer("list")

    @does(compose.Forward)
    def forward(self) -> None:
        """Send it on."""
        self._answer("forward")

    @does(compose.Redirect)
    def redirect(self) -> None:
        """Send it on unchanged."""
        self._answer("redirect")

    def _answer(self, how: str) -> None:
        body = self._body()
        if body is None:
            return
        if body.raw is not None:
            self.correio.answer(body, how)
            return
        self.say(_("Fetching the message…"))

        def done(answer: Any, error: CorreioError | None) -> None:
            self.correio.call_from_thread(self._fetched_to_answer, body.id, how, error)

        self.desk.engine.ask("fetch", done, message=body.id, section="*")

    def _fetched_to_answer(self, id: int, how: str, error: CorreioError | None) -> None:
        if error is not None:
            self.complain(error)
        else:
            self.correio.answer(open_body(self.desk.db, id), how)


def _without_body(opened: Opened, notices: tuple[str, ...]):  # type: ignore[no-untyped-def]
    """The header block while the body is on its way."""
    from dataclasses import replace

    return replace(opened.sheet(notices), lay_out=lambda width: Page(), attachments=())
