"""Plus-addresses: made for a form, and what came in through each."""

from __future__ import annotations

import time

from textual.containers import Vertical
from textual.content import Content

from core.clean import clean_line
from core.errors import CorreioError
from core.plus_addresses import PlusAddress, plus_address, used
from core.settings import Identity
from tui.actions import does, letter
from tui.dates import list_date
from tui.screens.picker import Picker
from tui.sentences import sentence
from tui.translation import _, ngettext
from tui.widgets.choice_list import Choice


class PlusScreen(Picker[str]):
    """The plus-addresses in use; gives back the one whose mail is to be shown. What is typed can become a new one."""

    has_entries = True

    def __init__(self) -> None:
        super().__init__(_("Plus-addresses"), [], hint=_("a word, such as the name of a shop"))

    def on_mount(self) -> None:
        """The addresses are looked for in the mail that is here."""
        words = _(" Enter shows its mail, {new} makes one of what is typed, Esc closes ")
        self.query_one(Vertical).border_subtitle = Content(words.format(new=self.correio.key_for(letter.NewEntry)))
        super().on_mount()
        identities = self.correio.desk.settings.identities
        self.correio.desk.look_up(lambda db: used(db, identities), self._found)

    def _found(self, found: list[PlusAddress] | None, error: CorreioError | None) -> None:
        if error is not None or found is None:
            self.correio.say(sentence(error) if error else "", warning=True)
            return
        now = time.time()
        self.all_choices = [
            Choice(one.address, clean_line(one.address),
                   _("{count}, the last from {person}").format(count=_mails(one.count), person=clean_line(one.sender)),
                   list_date(one.latest, now))
            for one in found
        ]  # fmt: skip
        self._fit(self._fitted or "")

    @does(letter.NewEntry)
    def make(self) -> None:
        """A new address of what is typed, copied to the clipboard."""
        identities = self.correio.desk.settings.identities
        if not identities:
            return
        if len(identities) == 1:
            self._make(identities[0])
            return
        from tui.screens.senders import sender_choices

        choices = sender_choices(self.correio.desk.settings)
        self.app.push_screen(Picker(_("For which address"), choices), self._make)

    def _make(self, identity: Identity | None) -> None:
        if identity is None:
            return
        try:
            made = plus_address(identity, self._fitted or "")
        except CorreioError as error:
            self.app.notify(sentence(error), severity="warning", markup=False)
            return
        self.app.copy_to_clipboard(made)
        self.dismiss(None)
        self.correio.call_after_refresh(self.correio.say, _("{address} was copied.").format(address=made), seconds=15)


def _mails(count: int) -> str:
    return ngettext("{n} mail", "{n} mails", count).format(n=count)
