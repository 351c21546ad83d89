"""Editing: undo, find and replace, reflow, quotations, files."""

from __future__ import annotations

from pathlib import Path

from core.clean import clean_line
from tui.actions import does, writing
from tui.screens.writing.formats import Formats
from tui.translation import _, ngettext

LARGEST_FILE = 1_000_000
"""Bytes of a file that may be put into the text; larger ones are attached."""


class Editing(Formats):
    """The composer's editing keys."""

    _wanted = ""
    """What was looked for last."""

    @does(writing.Undo)
    def undo_typing(self) -> None:
        """Undo the last change of the text."""
        self.editor.undo()

    @does(writing.Redo)
    def redo_typing(self) -> None:
        """Do it again."""
        self.editor.redo()

    @does(writing.Find)
    async def find(self) -> None:
        """Ask for words."""
        chosen = self.editor.selected_text
        await self.ask_line(_("Find: "), self._find, chosen if "\n" not in chosen else self._wanted)

    def _find(self, words: str) -> None:
        self._wanted = words
        if words and not self.editor.find(words):
            self.say(_("Not found."))

    @does(writing.FindNext)
    async def find_next(self) -> None:
        """Once more."""
        if self._wanted:
            self._find(self._wanted)
        else:
            await self.find()

    @does(writing.Replace)
    async def replace(self) -> None:
        """Ask for the words, and for the others."""

        async def found(words: str) -> None:
            if words:
                self._wanted = words
                label = _("Replace “{words}” with: ").format(words=clean_line(words))
                await self.ask_line(label, lambda other: self._replace(words, other))

        await self.ask_line(_("Replace: "), found, self._wanted)

    def _replace(self, words: str, other: str) -> None:
        count = self.editor.replace_all(words, other)
        if count:
            text = ngettext("{n} place changed · {key} undoes it", "{n} places changed · {key} undoes it", count)
            self.say(text.format(n=count, key=self.correio.key_for(writing.Undo)))
        else:
            self.say(_("Not found."))

    @does(writing.Reflow)
    def reflow(self) -> None:
        """The paragraph anew; where the mail wraps at its reader's, as one line."""
        flowed = self.draft.options.flowed
        self.editor.reflow(0 if flowed else self.correio.desk.settings.compose.width)

    @does(writing.CutQuote)
    def cut_quotation(self) -> None:
        """What is left of the quotation goes."""
        if not self.editor.cut_quotation():
            self.say(_("There is no quotation below."))

    @does(writing.DeleteParagraph)
    def delete_paragraph(self) -> None:
        """The paragraph goes."""
        self.editor.delete_paragraph()

    @does(writing.QuoteOriginal)
    def quote_original(self) -> None:
        """The original goes into the text."""
        from core.rich_text import as_text

        if self.draft.original is None:
            self.say(_("The original is in the text already."))
        else:
            self.change(as_text(self.current()))

    @does(writing.InsertFile)
    async def insert_file(self, argument: str = "") -> None:
        """The text of a file."""
        from tui.file_names import complete_file

        if argument:
            self._insert_file(argument)
            return
        usual = str(self.correio.desk.remembered("attach-folder", f"{Path.home()}/"))
        await self.ask_line(_("Insert the file: "), self._insert_file, usual, complete_file)

    def _insert_file(self, name: str) -> None:
        from core.charset import decode

        if not name.strip():
            return
        try:
            with Path(name.strip()).expanduser().open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
        except (OSError, ValueError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or str(error)
            self.say(_("{file} cannot be read: {why}").format(file=clean_line(name), why=why), warning=True)
            return
        if len(data) > LARGEST_FILE or b"\0" in data:
            self.say(_("{file} is no text, or too long for one: attach it.").format(file=clean_line(name)), warning=True)
            return
        self.editor.insert(decode(data, "").replace("\r\n", "\n").replace("\r", "\n"))
