"""A file in the reader: text, HTML, PDF, a table, a card, or a mail with files of its own."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.worker import Worker, WorkerState

from core.clean import clean_line
from core.header import header_block
from core.reading import Body
from core.rendered import Page
from tui.actions import Context, attachment, does, message, search, view
from tui.file_page import FilePage
from tui.file_sources import HeldFiles, files_of_enclosed
from tui.files import File, problem_words
from tui.opened import Opened
from tui.screens.file_keys import FileKeys
from tui.translation import _, ngettext
from tui.widgets.prompt import Prompt
from tui.widgets.reader import Reader, hit_words
from tui.widgets.sheet import Sheet, human_size
from tui.widgets.status import FooterBar, HeaderBar


class FileScreen(FileKeys):
    """One file, laid out in a thread. `text`: what it says, where that is known; `notice` stands above it."""

    key_context: ClassVar[Context] = "attachments"
    AUTO_FOCUS = "#file"

    def __init__(self, file: File, *, text: str | None = None, notice: str = "") -> None:
        super().__init__()
        self.file, self._text, self._notice = file, text, notice
        self.source = HeldFiles(file.title, [file])
        self._prepared: FilePage | None = None

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield Reader(id="file")
        yield FooterBar(id="footer")
        yield Prompt(id="prompt")

    @property
    def reader(self) -> Reader:
        """What shows it."""
        return self.query_one(Reader)

    @property
    def current(self) -> File | None:
        """The file shown."""
        return self.file

    def on_mount(self) -> None:
        """Lay it out when the width is known."""
        self.query_one(HeaderBar).folder = self.file.title
        self.reader.empty_text = _("Reading the file…")
        if self.file.kind != "table":
            self.reader.max_width = self.correio.desk.settings.ui.reader_width
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        width = self.reader.text_width()
        self.run_worker(lambda: self._lay_out(width), thread=True, exit_on_error=False)

    def _lay_out(self, width: int) -> None:
        """In a thread."""
        data = self.file.data or b""
        prepared = FilePage(self.file, data, self.file.kind, self.correio.render_html, self._text)
        words = _("{open} opens all of it with another program, {save} saves it.")
        keys = {"open": self.correio.key_for(attachment.Open), "save": self.correio.key_for(attachment.Save)}
        prepared.rest_words = words.format(**keys)
        page = prepared.page(width)
        self.later(self._laid_out, prepared, page)

    def _laid_out(self, prepared: FilePage, page: Page) -> None:
        from tui.opened import blocked

        self._prepared = prepared
        notices = [self._notice] if self._notice else []
        notices += [*prepared.notices, *blocked(page, rest=prepared.rest_words), *problem_words(self.file.problems)]
        about = f"{clean_line(self.file.type)}, {human_size(self.file.size)}"
        self.reader.show(
            Sheet(
                key=("file", self.file.title), headers=((_("Type"), about),), subject=self.file.title,
                lay_out=prepared.page, notices=tuple(notices),
            )
        )  # fmt: skip
        self.correio.show_keys()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What went wrong while it was laid out is not passed over in silence."""
        if event.state == WorkerState.ERROR and event.worker.error is not None:
            raise event.worker.error

    @does(search.Search)
    def find(self, argument: str = "") -> None:
        """Find words in the file."""
        if argument:
            self._find(argument)
        else:
            self.ask_line(_("Find in the file: "), self._find, value=self.reader.wanted)

    def _find(self, words: str) -> None:
        count = self.reader.find(words)
        if words:
            self.say(ngettext("{n} hit", "{n} hits", count).format(n=count) if count else _("Not found."))

    def on_reader_hit_reached(self, event: Reader.HitReached) -> None:
        """Where one is among the hits."""
        self.say(hit_words(event))


def said_by(command: str, answer: bytes) -> FileScreen:
    """What a program wrote that got something from here."""
    words = _("What the program wrote: {command}").format(command=command)
    return FileScreen(File(f"{Path(command.split()[0]).name}.txt", "text/plain", len(answer), data=answer), notice=words)


class MailFileScreen(FileScreen):
    """A mail that came as a file, with what came with it."""

    _opened: Opened | None = None

    def _lay_out(self, width: int) -> None:
        """In a thread."""
        opened = self._opened
        if opened is None:
            raw = self.file.data or b""
            body = Body(self.correio.desk.db, 0, header_block(raw), raw)
            opened = Opened(body, self.correio.render_html, files_key=self.correio.key_for(message.Attachments))
        page = opened.page(width)
        self.later(self._mail_laid_out, opened, page)

    def _mail_laid_out(self, opened: Opened, page: Page) -> None:
        self._opened = opened
        sheet = opened.sheet(tuple(problem_words(self.file.problems)), page)
        self.reader.show(sheet)
        self.correio.show_keys()

    @does(view.Source)
    def other_form(self) -> None:
        """Plain text, HTML, source: the next of them."""
        opened = self._opened
        if opened is None:
            return
        if not opened.turn():
            self.say(_("There is no other form of this message here."))
            return
        self._begin()
        self.say({"plain": _("Plain text"), "html": _("HTML"), "source": _("Source")}[opened.form])

    @does(message.Attachments)
    def attachments(self) -> None:
        """What came with the mail inside."""
        from tui.screens.attachments import AttachmentsScreen

        body = self._opened.body if self._opened is not None else None
        if body is None or not body.attachments:
            self.say(_("This message has no attachments."))
            return
        self.app.push_screen(AttachmentsScreen(files_of_enclosed(self.file.title, body)))

    def on_reader_attachment_chosen(self, event: Reader.AttachmentChosen) -> None:
        """One of them was clicked."""
        self.attachments()
