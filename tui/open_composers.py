"""Mails that are being written: the composer on the screen, and those that were put aside to read something else."""

from __future__ import annotations

import sys
import time
from itertools import count
from typing import TYPE_CHECKING

from core.clean import clean_line
from tui.actions import compose, does
from tui.counter import Counter
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from core.address import Address
    from core.contact_names import Group, Named
    from core.errors import CorreioError
    from tui.desk import Desk
    from tui.screens.compose import ComposeScreen

WIDEST = 28
"""Cells for the recipients of a message, where several are chosen from."""
BOOK_KEPT = 60.0
"""Seconds after which the address book is read again."""


def _read(folder: str, *, every: bool) -> tuple[Named, ...]:
    from core.contact_names import named_people

    return named_people(folder, every=every)


class OpenComposers(Counter[None]):
    """The part of the application that knows what is being written. A composer put aside stays as it is, undo included."""

    desk: Desk

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self._aside: list[ComposeScreen] = []
        self._names = count(1)
        self._book: tuple[Named, ...] = ()
        self._book_read = ("", 0.0)
        """Which address book was read, and when (monotonic seconds)."""

    def composers(self) -> list[ComposeScreen]:
        """The composers that are open, on the screen or put aside."""
        # As long as nobody has written, the composer is not even loaded.
        module = sys.modules.get("tui.screens.compose")
        if module is None:
            return []
        shown = [screen for screen in self.screen_stack if isinstance(screen, module.ComposeScreen)]
        return [*shown, *self._aside]

    def in_address_book(self, typed: str) -> list[Address]:
        """People of the address book whose names or addresses begin so."""
        from core.contact_names import complete

        self.know_address_book()
        return complete(self._book, typed) if self.desk.settings.contacts.folder else []

    def know_address_book(self) -> None:
        """Read the address book beside everything else, unless that was done just now."""
        folder = self.desk.settings.contacts.folder
        now = time.monotonic()
        if folder and (folder != self._book_read[0] or now - self._book_read[1] > BOOK_KEPT):
            self._book_read = (folder, now)
            every = self.desk.settings.compose.merge_addresses == "all"
            self.desk.look_up(lambda db: _read(folder, every=every), self._read)

    def groups_in_address_book(self, typed: str) -> list[Group]:
        """The groups of the address book, as far as it is read, whose names begin so."""
        from core.contact_names import complete_groups

        return complete_groups(self._book, typed) if self.desk.settings.contacts.folder else []

    def _read(self, found: tuple[Named, ...] | None, error: CorreioError | None) -> None:
        self._book = found or ()
        for composer in self.composers():
            composer.offer_again()

    def put_aside(self, composer: ComposeScreen) -> None:
        """Leave a composer for the list; `take_up` returns to it."""
        self.install_screen(composer, f"composer-{next(self._names)}")
        self._aside.insert(0, composer)
        self.pop_screen()
        self.composers_changed()

    def take_up(self, composer: ComposeScreen) -> None:
        """Return to a composer that was put aside."""
        if composer in self._aside:
            self._aside.remove(composer)
            self.uninstall_screen(composer)
            self.push_screen(composer)
            self.composers_changed()

    def composers_changed(self) -> None:
        """Another number of them waits."""

    def writing_notes(self) -> list[str]:
        """How many mails are put aside, for the footer."""
        number = len(self._aside)
        return [ngettext("{n} open draft", "{n} open drafts", number).format(n=number)] if number else []

    @does(compose.Return)
    def return_to_writing(self) -> None:
        """To the composer put aside; where there are several, one is chosen."""
        from core.cells import cut
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        if not self._aside:
            self.say(_("No message is put aside."))
        elif len(self._aside) == 1:
            self.take_up(self._aside[0])
        else:
            choices = []
            for one in self._aside:
                subject, people = self._label(one)
                choices.append(Choice(one, subject, right=self._age(one), also=people, columns=(cut(people, WIDEST),)))
            self.push_screen(Picker(_("Messages being written"), choices), self._chosen)

    def _chosen(self, composer: ComposeScreen | None) -> None:
        if composer is not None:
            self.take_up(composer)

    @staticmethod
    def _label(composer: ComposeScreen) -> tuple[str, str]:
        """Subject and recipients; where there is no subject, how the text begins."""
        draft = composer.current()
        begin = next((line.strip() for line in draft.body.split("\n") if line.strip()), "")
        to = ", ".join(one.shown for one in draft.recipients[:3])
        return clean_line(draft.subject or begin) or _("(no subject)"), clean_line(to)

    @staticmethod
    def _age(composer: ComposeScreen) -> str:
        minutes = int(time.monotonic() - composer.opened) // 60
        if minutes < 1:
            return _("just now")
        if minutes < 60:
            return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
        return ngettext("{n} hour", "{n} hours", minutes // 60).format(n=minutes // 60)
