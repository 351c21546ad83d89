"""What a message names, put into the address book: an address or a phone number, as a new contact or on one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clean import clean_line
from core.errors import CorreioError
from tui.actions import does, invitation
from tui.screens.main.contacts import Contacts
from tui.translation import _

if TYPE_CHECKING:  # what contacts need is imported with the key
    from core.contact_finds import Find
    from core.contact_writing import Known
    from core.reading import Body


class AddressBook(Contacts):
    """From a message into a folder of contacts."""

    @does(invitation.IntoBook)
    def into_address_book(self) -> None:
        """Choose an address or number of the message, then whose it is."""
        body = self.body_here()
        if body is None:
            return
        folder = self.book_folder()
        if not folder:
            return
        if not body.here:
            self.with_whole(body, lambda body: self.into_address_book())
            return
        html = body.html() if body.html_part is not None else ""
        text = body.text(body.text_part) if body.text_part is not None else ""
        envelope = body.envelope
        settings = self.desk.settings
        own = {one.address.casefold() for one in settings.identities} | {one.email.casefold() for one in settings.accounts}

        def work() -> None:
            from core.contact_finds import finds
            from core.contact_writing import known_contacts
            from core.html import html_to_text

            try:
                found = finds(envelope, text or html_to_text(html), html, own)
                known = known_contacts(folder)
            except CorreioError as error:
                self.correio.call_later(self.complain, error)
            else:
                self.correio.call_later(self._choose_find, body, found, known, folder)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _choose_find(self, body: Body, found: tuple[Find, ...], known: list[Known], folder: str) -> None:
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        if not found:
            self.say(_("There are no addresses and no phone numbers in this message but your own."))
            return
        if not self.is_active:
            return
        places = {
            "from": _("sender"), "sender": _("sent for the sender"), "reply-to": _("answers go there"), "to": _("recipient"),
            "cc": _("recipient of a copy"), "text": _("in the text"),
        }  # fmt: skip
        choices = []
        for one in found:
            label = f"{one.name} <{one.value}>" if one.kind == "mail" and one.name else one.value
            detail = _("fax, in the text") if one.kind == "fax" else places[one.place]
            whose = next((contact.name for contact in known if contact.has(one)), "")
            choices.append(Choice(one, clean_line(label), detail, clean_line(whose)))

        def chosen(find: Find | None) -> None:
            if find is not None:
                self._choose_contact(find, known, folder)

        self.app.push_screen(Picker(_("Into the address book"), choices), chosen)

    def _choose_contact(self, find: Find, known: list[Known], folder: str) -> None:
        from tui.screens.dialog import Question
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        def named(name: str | None) -> None:
            if name is not None:
                self._save_new(find, name, folder)

        def ask_name() -> None:
            note = _("{value} as a new contact. Name:").format(value=find.value)
            self.app.push_screen(Question(_("New contact"), find.name, note=note), named)

        if not known:
            ask_name()
            return
        choices: list[Choice[Known | str]] = [Choice("new", _("New contact"), clean_line(find.name or find.value))]
        for one in likely_first(find, known):
            about = clean_line(", ".join((*one.mails, *one.phones)))
            choices.append(Choice(one, clean_line(one.name), about, _("has it") if one.has(find) else ""))

        def chosen(contact: Known | str | None) -> None:
            if contact == "new":
                ask_name()
            elif contact is not None and not isinstance(contact, str):
                self._add(find, contact, folder)

        self.app.push_screen(Picker(_("Whose is {value}?").format(value=find.value), choices), chosen)

    def _save_new(self, find: Find, name: str, folder: str) -> None:
        def work() -> None:
            from core.contact_files import save
            from core.contact_writing import new_contact

            contact = new_contact(name, [find])
            try:
                save(folder, [contact])
            except CorreioError as error:
                self.correio.call_later(self.complain, error)
            else:
                self.correio.call_later(self.say, _("{name} is in the address book now.").format(name=contact.name))

        self.run_worker(work, thread=True, exit_on_error=False)

    def _add(self, find: Find, contact: Known, folder: str) -> None:
        def work() -> None:
            from core.contact_writing import add_to

            try:
                added = add_to(folder, contact, find)
            except CorreioError as error:
                self.correio.call_later(self.complain, error)
                return
            words = _("{value} stands with {name} now.") if added else _("{value} stands with {name} already.")
            self.correio.call_later(self.say, clean_line(words.format(value=find.value, name=contact.name)))

        self.run_worker(work, thread=True, exit_on_error=False)


def likely_first(find: Find, known: list[Known]) -> list[Known]:
    """The contacts, those of whom the address or number probably is before the others."""
    from core.acquaintances import folded_name

    name = folded_name(find.name)
    home = find.key.partition("@")[2]

    def rank(one: Known) -> int:
        if one.has(find):
            return 0
        if name and folded_name(one.name) == name:
            return 1
        return 2 if home and any(mail.casefold().endswith(f"@{home}") for mail in one.mails) else 3

    return sorted(known, key=rank)
