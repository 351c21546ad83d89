"""The list of attachments: what came with a message, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from core.clean import clean_line
from core.errors import CorreioError
from core.store.database import Database
from tui.actions import attachment, does
from tui.actions import message as undoing
from tui.file_notes import note_of
from tui.file_sources import HeldFiles, StoredFiles
from tui.file_words import type_words
from tui.files import File, problem_words, summary
from tui.screens.file_keys import FileKeys
from tui.screens.list_moves import ListMoves
from tui.screens.list_screen import list_over_words
from tui.sentences import sentence
from tui.translation import _, ngettext
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.prompt import Prompt
from tui.widgets.sheet import human_size
from tui.widgets.status import HeaderBar


class AttachmentsScreen(ListMoves, FileKeys):
    """The files of a source; what the cursor is on is explained below."""

    DEFAULT_CSS = """
    AttachmentsScreen ChoiceList { height: 1fr; max-height: 100%; }
    AttachmentsScreen #about { height: auto; min-height: 3; max-height: 50%; padding: 0 1; border-top: solid $border; }
    """

    def __init__(self, source: HeldFiles, cursor: int = 0, *, broken: bool = False) -> None:
        super().__init__()
        self.source = source
        self.broken = broken
        self._cursor = cursor

    def compose(self) -> ComposeResult:
        yield from list_over_words()
        yield Prompt(id="prompt")

    def on_mount(self) -> None:
        """Show what there is."""
        self._show(self._cursor)

    @property
    def choices(self) -> ChoiceList[File]:
        """The list."""
        return self.query_one(ChoiceList)

    @property
    def current(self) -> File | None:
        """The file under the cursor."""
        choice = self.choices.current
        return choice.value if choice is not None else None

    @property
    def has_stored_file(self) -> bool:
        """Whether the file can be deleted from its message."""
        stored = self.current is not None and self.current.part is not None
        return stored and isinstance(self.source, StoredFiles) and self.source.folder > 0

    def _show(self, cursor: int) -> None:
        header = self.query_one(HeaderBar)
        header.folder, header.note = self._summary(), self.source.title
        widest = len(str(len(self.source.files)))
        choices = [
            Choice(one, f"{n:<{widest}}  {self._label(one)}", self._place(one), columns=self._columns(one))
            for n, one in enumerate(self.source.files, 1)
        ]
        self.choices.show(choices, cursor)
        self._explain()
        self.correio.show_keys()

    def _summary(self) -> str:
        return summary(self.source.files)

    def _label(self, file: File) -> str:
        return file.title

    def _place(self, file: File) -> str:
        return "" if file.here else _("on the server")

    def _columns(self, file: File) -> tuple[str, ...]:
        sign = self.correio.glyphs.urgent if file.problems else ""
        return type_words(file.type, file.name), human_size(file.size), sign

    def _explain(self) -> None:
        words = self._about(self.current)
        if self.broken:
            words.append(_("The container of these files is damaged: some may be missing."))
        self.query_one("#about", Static).update(Content("\n".join(clean_line(line) for line in words)))

    def _about(self, file: File | None) -> list[str]:
        """What is to be said of the file under the cursor."""
        if file is None:
            return [_("This message has no attachments.")]
        about = _("{type}, {size:,} bytes") if file.here and file.data is not None else _("{type}, about {size:,} bytes")
        about = about.format(type=file.type or type_words("", file.name), size=file.size)
        return [file.title, about, *problem_words(file.problems)]

    def got(self) -> None:
        """Something was fetched: it is here now."""
        if isinstance(self.source, StoredFiles):
            try:
                self.source.reload()
            except CorreioError as error:
                self.complain(error)
            self._show(self.choices.cursor)
        self.say("")

    # ------------------------------------------------------------------ moving

    def go_by(self, lines: int) -> None:
        """The cursor goes to another line."""
        self.choices.step(lines)
        self._explain()
        self.correio.show_keys()

    def on_choice_list_chosen(self) -> None:
        """A click shows the file."""
        self._explain()
        self.view()

    # ------------------------------------------------------------------ what only a list can do

    @does(attachment.View)
    def view(self) -> None:
        """Show the file here."""
        if self.current is not None:
            self.with_files([self.current], lambda files: self.show_file(files[0]))

    @does(attachment.SaveAll)
    def save_all(self, argument: str = "") -> None:
        """Save all files into a folder."""
        self.ask_folder(self._all, argument)

    @does(attachment.AllDocuments)
    def all_to_documents(self) -> None:
        """Save all files in Documents."""
        self.save_in_documents(self._all)

    @property
    def _all(self) -> list[File]:
        """What is saved together."""
        return self.source.files

    # ------------------------------------------------------------------ deleting

    @does(attachment.Delete)
    def delete(self) -> None:
        """Take the file out of its message."""
        if self.current is not None:
            self._delete([self.current])

    @does(attachment.DeleteAll)
    def delete_all(self) -> None:
        """Take all files out."""
        self._delete(self.source.files)

    def _delete(self, files: Sequence[File]) -> None:
        from core.detaching import seals
        from tui.screens.dialog import Confirm

        source = self.source
        files = [one for one in files if one.part is not None]
        if not isinstance(source, StoredFiles) or not files:
            return
        notes = {one.part.section: note_of(one) for one in files if one.part is not None}
        question = ngettext(
            "Delete {name} from this message, here and on the server? A note stays in its place.",
            "Delete {n} attachments from this message, here and on the server? Notes stay in their place.", len(files),
        ).format(name=files[0].title, n=len(files))  # fmt: skip
        if any(seals(source.parts, section) for section in notes):
            question = _("{question} The signature of the message will not fit it any more.").format(question=question)
        self.app.push_screen(Confirm(question, _("Delete")), lambda yes: self._fetch_for(source, notes) if yes else None)

    def _fetch_for(self, source: StoredFiles, notes: dict[str, str]) -> None:
        def here(error: CorreioError | None) -> None:
            if self.gone:
                return
            if error is not None:
                self.complain(error)
            else:
                self._take_out(source, notes)

        if not source.whole:
            self.say(_("Fetching the message…"))
        source.fetch_whole(here)

    def _take_out(self, source: StoredFiles, notes: dict[str, str]) -> None:
        folder, message = source.folder, source.message

        def work(db: Database) -> int:
            from core.detaching import detach

            return detach(db, folder, message, notes)[1]

        def done(made: int | None, error: CorreioError | None) -> None:
            if error is not None or made is None:
                self.correio.say(sentence(error or CorreioError("no-message", name=str(message))), warning=True)
                return
            source.message = made
            main = self.correio.main
            if main is not None:
                main.stands_for(message, made)
            self.correio.store_changed()
            if not self.gone:
                self.got()
            words = ngettext("{n} attachment deleted", "{n} attachments deleted", len(notes)).format(n=len(notes))
            key = self.correio.key_for(undoing.Undo) or ":undo"
            self.correio.say(_("{done} · {key} in the list takes it back").format(done=words, key=key))

        self.correio.desk.write(work, done)
