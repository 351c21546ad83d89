"""Everybody of a group, or of the whole address book, among the recipients of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.actions import compose as writing
from tui.actions import does
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from core.address import Address
    from core.draft import Draft
    from tui.app import Correio


class Groups:
    """What a screen does that shows a draft and can change it."""

    if TYPE_CHECKING:
        app: Any

        @property
        def correio(self) -> Correio: ...
        @property
        def draft(self) -> Draft: ...
        def _change(self, **changes: object) -> None: ...
        def _warn(self, words: str) -> None: ...

    @does(writing.Group)
    def add_group(self, argument: str = "") -> None:
        """Choose a group, then the field."""
        from core.contact_book import addresses, groups, members, read_book
        from core.errors import CorreioError
        from tui.screens.picker import Picker
        from tui.sentences import sentence
        from tui.widgets.choice_list import Choice

        settings = self.correio.desk.settings
        every = settings.compose.merge_addresses == "all"
        try:
            people = read_book(settings.contacts.folder)
            if argument:
                self._into(argument, addresses(members(people, argument), every=every))
                return
        except CorreioError as error:
            self._warn(sentence(error))
            return
        found = {name: addresses(some, every=every) for name, some in groups(people).items()}
        choices = [
            Choice(name, name, ngettext("{n} address", "{n} addresses", len(some)).format(n=len(some)))
            for name, some in found.items() if some
        ]  # fmt: skip
        everybody = addresses(members(people), every=every)
        if everybody:
            words = ngettext("{n} address", "{n} addresses", len(everybody)).format(n=len(everybody))
            choices.append(Choice("", _("Everybody in the address book"), words))

        def chosen(name: str | None) -> None:
            if name is not None:
                self._into(name, found.get(name, ()) if name else everybody)

        self.app.push_screen(Picker(_("To a group"), choices), chosen)

    def _into(self, name: str, people: tuple[Address, ...]) -> None:
        """Ask for the field; who is among the recipients already stays where they are."""
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        known = {one.key for one in self.draft.recipients}
        new = tuple(one for one in people if one.key not in known)
        if not new:
            self._warn(_("All of them are among the recipients already."))
            return
        choices = [
            Choice("bcc", _("Bcc"), _("nobody sees the others")),
            Choice("to", _("To"), _("all see each other")),
            Choice("cc", _("Cc"), _("all see each other")),
        ]

        def chosen(field: str | None) -> None:
            if field is not None:
                self._change(**{field: (*getattr(self.draft, field), *new)})

        title = ngettext("{n} address into", "{n} addresses into", len(new)).format(n=len(new))
        self.app.push_screen(Picker(title, choices), chosen)
