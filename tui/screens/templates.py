"""Choosing a template, and looking after them: edit, rename, delete."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content

from core.clean import clean_line
from core.errors import CorreioError
from core.store.database import Database
from core.templates import Template, templates
from tui.actions import does, letter
from tui.screens.picker import Picker
from tui.sentences import sentence
from tui.translation import _
from tui.widgets.choice_list import Choice, ChoiceList


class TemplatePicker(Picker[Template]):
    """The templates by name."""

    has_entries = True

    def __init__(self, db: Database, title: str) -> None:
        super().__init__(title, choices_of(db))

    def on_mount(self) -> None:
        """Say which keys look after them."""
        actions = {"edit": letter.EditEntry, "rename": letter.RenameEntry, "delete": letter.DeleteEntry}
        keys = {name: self.correio.key_for(action) for name, action in actions.items()}
        words = _(" Enter uses it, {edit} edit, {rename} rename, {delete} delete, Esc closes ")
        self.query_one(Vertical).border_subtitle = Content(words.format(**keys))
        super().on_mount()

    @property
    def why_empty(self) -> str:
        """How the first one is made."""
        words = _("No template yet: {key} makes one while you write, {other} of a message.")
        return words.format(key=self.correio.key_for(letter.KeepTemplate), other=self.correio.key_for(letter.SaveAsTemplate))

    @property
    def _here(self) -> Template | None:
        choices: ChoiceList[Template] = self.query_one(ChoiceList)
        return choices.current.value if choices.current is not None else None

    @does(letter.EditEntry)
    def edit(self) -> None:
        """Open it in the composer, to be kept as the same template."""
        if (here := self._here) is not None:
            self.dismiss(None)
            self.correio.edit_template(here)

    @does(letter.RenameEntry)
    def rename(self) -> None:
        """Under another name."""
        here = self._here
        if here is None:
            return
        from tui.screens.dialog import Question

        def answered(name: str | None) -> None:
            if name and name.strip() and name != here.name:
                self.correio.rename_template(here, name.strip(), self._again)

        self.app.push_screen(Question(_("Name of the template"), here.name), answered)

    @does(letter.DeleteEntry)
    def delete(self) -> None:
        """For good, after asking; `u` brings it back."""
        here = self._here
        if here is None:
            return
        from core.templates import remove
        from tui.screens.dialog import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.correio.desk.write(lambda db: remove(db, here), self._again)

        question = _("Delete the template “{name}”?").format(name=clean_line(here.name))
        self.app.push_screen(Confirm(question, _("Delete")), answered)

    def _again(self, result: object, error: CorreioError | None) -> None:
        if error is not None:
            self.correio.say(sentence(error), warning=True)
            return
        self.all_choices = choices_of(self.correio.desk.db)
        self._fit("")
        self.correio.store_changed()


def choices_of(db: Database) -> list[Choice[Template]]:
    """The templates as choices."""
    found = templates(db)
    return [
        Choice(one, clean_line(one.name) or _("(no subject)"), clean_line(one.subject if one.subject != one.name else ""),
               clean_line(one.recipients)[:30])
        for one in found
    ]  # fmt: skip
