"""What is in a message besides its text: links, attachments, and the whole of it for another program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from core.clean import clean_line
from core.errors import CorreioError
from tui.actions import does, message
from tui.chosen import place_of
from tui.file_names import complete_folder, folder_typed
from tui.screens.main.conversing import Conversing
from tui.translation import _, ngettext
from tui.widgets.reader import Reader

if TYPE_CHECKING:
    from core.reading import Body


class Contents(Conversing):
    """What is done with the contents of the message in the reader, or of the one under the cursor."""

    def body_here(self) -> Body | None:
        """The message in the reader, else the one under the cursor."""
        if self.pane == "reader":
            return self.reading.opened.body if self.reading is not None and self.reading.opened is not None else None
        from core.reading import open_body

        row = self.list.current
        return open_body(self.desk.db, row.message) if row is not None else None

    def with_whole(self, body: Body, then: Callable[[Body], None]) -> None:
        """Go on with the message once all of it is here."""
        if body.raw is not None:
            then(body)
        else:
            self._fetch_first(body, "*", _("Fetching the message…"), then)

    def _fetch_first(self, body: Body, section: str, words: str, then: Callable[[Body], None]) -> None:
        from core.reading import open_body

        self.say(words)

        def fetched(answer: Any, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
                return
            self.say("")
            then(open_body(self.desk.db, body.id))

        self.desk.ask("fetch", fetched, message=body.id, section=section)

    # ------------------------------------------------------------------ attachments

    def on_reader_attachment_chosen(self, event: Reader.AttachmentChosen) -> None:
        """An attachment was clicked."""
        body = self.body_here()
        if body is not None and event.number <= len(body.attachments):
            self._list_attachments(body, event.number - 1)

    @does(message.Attachments)
    def attachments(self) -> None:
        """The list of attachments."""
        body = self.body_here()
        if body is None:
            return
        if not body.parts:
            self.with_whole(body, self._list_attachments)
        else:
            self._list_attachments(body)

    def _list_attachments(self, body: Body, cursor: int = 0) -> None:
        from tui.file_sources import StoredFiles
        from tui.files import loaded_files
        from tui.screens.attachments import AttachmentsScreen

        loaded = loaded_files(images) if (images := self.loaded_images(body.id)) else ()
        if not body.attachments and not loaded:
            self.say(_("This message has no attachments."))
            return
        row = self.row_of_reader() if self.pane == "reader" else self.list.current
        place = place_of(self.desk.db, body.id, row.folder if row is not None else 0)
        self.app.push_screen(AttachmentsScreen(StoredFiles(self.desk, body, place[0] if place else 0, loaded), cursor))

    def stands_for(self, old: int, new: int) -> None:
        """A message has another one in its place now: if it is being read, that one is."""
        reading = self.reading
        if reading is not None and reading.message == old:
            reading.message = new
            reading.thread = [new if id == old else id for id in reading.thread]
            reading.row = replace(reading.row, message=new)
            self._show(mark=False)

    @does(message.SaveAll)
    def save_all(self, argument: str = "") -> None:
        """Save every attachment into a folder."""
        body = self.body_here()
        if body is None:
            return

        def all_of(body: Body) -> None:
            if body.attachments:
                self._save(body, list(range(len(body.attachments))), argument)
            else:
                self.say(_("This message has no attachments."))

        if body.parts:
            all_of(body)
        else:
            self.with_whole(body, all_of)

    def _save(self, body: Body, wanted: list[int], folder: str = "") -> None:
        if folder:
            self._save_into(body, wanted, folder)
            return
        usual = str(self.desk.remembered("save-folder", str(Path.home())))
        self.ask_line(
            _("Save into folder: "), lambda text: self._save_into(body, wanted, text), value=usual, complete=complete_folder
        )

    def _save_into(self, body: Body, wanted: list[int], text: str) -> None:
        from core import attachment
        from core.reading import open_body

        folder = folder_typed(text)
        if folder is None:
            self.say(_("There is no folder {folder}.").format(folder=clean_line(text)), warning=True)
            return
        missing = [body.attachments[n] for n in wanted if not body.has(body.attachments[n])]
        if missing:
            words = _("Fetching {name}…").format(name=clean_line(missing[0].name or missing[0].type))
            self._fetch_first(body, missing[0].section, words, lambda body: self._save_into(body, wanted, text))
            return

        def work(db: Any) -> list[Path]:
            mine = open_body(db, body.id)
            return [attachment.save(mine.data(part), folder, part.name) for part in (mine.attachments[n] for n in wanted)]

        def done(saved: list[Path] | None, error: CorreioError | None) -> None:
            self._saved(folder, saved or [], error)

        self.desk.write(work, done, hurry=False)

    def _saved(self, folder: Path, saved: list[Path], error: CorreioError | None) -> None:
        if error is not None:
            self.complain(error)
            return
        self.desk.remember("save-folder", str(folder))
        words = ngettext("{n} file saved in {folder}", "{n} files saved in {folder}", len(saved))
        self.say(_("Saved as {file}").format(file=saved[0]) if len(saved) == 1 else words.format(n=len(saved), folder=folder))

    # ------------------------------------------------------------------ a note of one's own

    @does(message.Comment)
    def comment(self, argument: str = "") -> None:
        """A note on the message; an empty one takes it away."""
        from core.store import comments

        row = self.list.current
        id = self.correio.opened_message if self.pane == "reader" else row.message if row is not None else 0
        if not id:
            return

        def answered(text: str) -> None:
            def done(result: object, error: CorreioError | None) -> None:
                if error is not None:
                    self.complain(error)
                    return
                self.say(_("Noted") if text.strip() else _("The note is gone"))
                if self.reading is not None and self.reading.opened is not None and self.reading.message == id:
                    self.show_body(self.reading, self.reading.opened.body)

            self.desk.write(lambda db: comments.put(db, id, text), done, hurry=False)

        if argument:
            answered(argument)
        else:
            self.ask_line(_("Comment: "), answered, value=clean_line(comments.of(self.desk.db, id)))

    # ------------------------------------------------------------------ another program

    @does(message.Pipe)
    def pipe(self, argument: str = "") -> None:
        """The message as it came, to the standard input of a program; what that writes is shown in the reader."""
        body = self.body_here()
        if body is None:
            return
        if argument:
            self.with_whole(body, lambda body: self._pipe(body, argument))
        else:
            self.ask_line(_("Pipe to the program: "), lambda text: self.with_whole(body, lambda body: self._pipe(body, text)))

    def _pipe(self, body: Body, command: str) -> None:
        from tui.piping import run_with

        if not command.strip():
            return
        self.correio.remember(message.Pipe, command)
        self.say(_("{program} is running…").format(program=clean_line(command.split()[0])))

        def work() -> None:
            try:
                answer, status = run_with(command, body.raw or b"")
            except CorreioError as error:
                self.correio.call_later(self.complain, error)
            else:
                self.correio.call_later(self._piped, command, answer, status)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _piped(self, command: str, answer: bytes, status: int) -> None:
        from tui.screens.file import said_by

        words = _("The program ended with status {status}.").format(status=status)
        if not answer.strip():
            self.say(words, warning=bool(status))
            return
        self.say(words if status else "", warning=bool(status))
        self.app.push_screen(said_by(command, answer))
