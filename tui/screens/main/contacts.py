"""Contacts that come with mail: named on a card above the text, saved into the address book with a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.clean import clean_line
from core.errors import CorreioError
from tui.actions import does, invitation
from tui.screens.main.invitations import Invitations
from tui.translation import _, ngettext

if TYPE_CHECKING:  # what contacts need is imported when a message has some
    from core.contact_files import Contact
    from core.part import Part
    from core.reading import Body
    from tui.widgets.sheet import Card

MOST_NAMED = 5
MOST_NAMED_FROM = 300_000
"""Bytes of a file from which names are read for the card: larger ones are only saved."""


class Contacts(Invitations):
    """What is done with the vCards of the message in the reader, or under the cursor."""

    def card_of(self, body: Body) -> Card | None:
        """The card of an invitation, else the names on the vCards."""
        found = super().card_of(body)
        if found is not None or not self._contact_parts(body):
            return found
        from core.cells import wrap
        from core.rendered import Line, Span

        names = [clean_line(one.name) or _("(no name)") for one in self._contacts(body)]
        if not names:
            return None
        shown = ", ".join(names[:MOST_NAMED])
        if len(names) > MOST_NAMED:
            left = len(names) - MOST_NAMED
            more = ngettext("{n} more", "{n} more", left).format(n=left)
            shown = f"{shown}, {more}"
        words = ngettext("Contact: {names}", "Contacts: {names}", len(names)).format(names=shown)
        keys = ngettext("{key} saves it", "{key} saves them", len(names)).format(key=self.correio.key_for(invitation.Contact))

        def card(width: int, glyphs: Any) -> tuple[Line, ...]:
            lines = [Line((Span(piece, "heading"),)) for piece in wrap(words, width)[:3]]
            return (Line(), *lines, Line((Span(keys, "faint"),)))

        return card

    @does(invitation.Contact)
    def save_contacts(self) -> None:
        """Into the address book; nothing in it is overwritten."""
        body = self.body_here()
        parts = self._contact_parts(body) if body is not None else ()
        if body is None or not parts:
            key = self.correio.key_for(invitation.IntoBook) or ":contact-add"
            self.say(_("This message has no contacts (vCards). {key} saves addresses and phone numbers.").format(key=key))
            return
        folder = self.book_folder()
        if not folder:
            return
        missing = [part for part in parts if not body.has(part)]
        if missing:
            self._fetch_first(body, missing[0].section, _("Fetching the contacts…"), lambda body: self.save_contacts())
            return
        from core.contact_files import MOST_BYTES, save

        contacts = self._contacts(body, MOST_BYTES)

        def work() -> None:
            try:
                written, known = save(folder, contacts)
            except CorreioError as error:
                self.correio.call_later(self.complain, error)
            else:
                self.correio.call_later(self._contacts_saved, len(written), [one.name for one in known])

        self.run_worker(work, thread=True, exit_on_error=False)

    def book_folder(self) -> str:
        """The folder of the address book; '' where none is set, which is said."""
        folder = self.desk.settings.contacts.folder
        if not folder:
            words = _("No address book is set. correio config set contacts.folder FOLDER names one.")
            self.say(words, warning=True)
        return folder

    def _contacts_saved(self, count: int, known: list[str]) -> None:
        saved = ngettext("{n} contact saved", "{n} contacts saved", count).format(n=count)
        if not known:
            self.say(saved)
            return
        words = ngettext("{names} was there already and is as before", "{names} were there already and are as before", len(known))
        there = words.format(names=clean_line(", ".join(known[:MOST_NAMED])))
        self.say(_("{saved} · {there}").format(saved=saved, there=there) if count else _("{there}.").format(there=there))

    def _contact_parts(self, body: Body) -> tuple[Part, ...]:
        if not any("vcard" in one.type or one.type == "text/directory" or ".vcf" in one.name.lower() for one in body.parts):
            return ()
        from core.contact_files import contact_parts

        return contact_parts(body.parts)

    def _contacts(self, body: Body, most: int = MOST_NAMED_FROM) -> list[Contact]:
        from core.contact_files import contacts_of

        here = [part for part in self._contact_parts(body) if body.has(part) and part.size <= most]
        return [one for part in here for one in contacts_of(body.data(part), part.charset)]
