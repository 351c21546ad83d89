"""What is done with what a search of everything finds: mail is opened, people are written to, documents are shown."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.clean import clean_line
from core.errors import CorreioError
from tui.actions import does, move, search
from tui.screens.main.searches import Searches
from tui.translation import _

if TYPE_CHECKING:  # what this needs is imported with the key
    from core.everywhere import Thing
    from core.store.database import Database
    from core.store.lists import Row
    from tui.screens.everywhere import Found

LARGEST = 64 * 1024 * 1024
"""Bytes of a document that is shown here."""


class Everything(Searches):
    """Searching more than mail."""

    @does(search.Everything)
    def search_everything(self, argument: str = "") -> None:
        """Ask for a query; show mail, contacts, lists and documents that fit."""
        from tui.documents import documents_folder
        from tui.screens.everywhere import Everywhere

        settings = self.desk.settings
        screen = Everywhere(self.desk, argument or self.view.query)
        book, folder = settings.contacts.folder, documents_folder(settings.ui.documents, os.environ)

        def work(db: Database) -> list[Thing]:
            from core.contact_book import read_book
            from core.everywhere import things_of_book, things_of_folder

            return (things_of_book(read_book(book)) if book else []) + things_of_folder(folder)

        def known(things: list[Thing] | None, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
            screen.learn(things or ())

        def chosen(found: Found | None) -> None:
            if found is not None:
                self.correio.call_later(self._show_found, found, screen.query_text)

        self.desk.look_up(work, known)
        self.app.push_screen(screen, chosen)

    def _show_found(self, found: Found, query: str) -> None:
        from core.everywhere import Thing

        if found == "mails":
            self.search_mail(query)
        elif not isinstance(found, Thing):
            self._open_found(found, query)
        elif found.kind == "document":
            self._show_document(Path(found.value[0]))
        elif found.kind == "list":
            self.correio.write_new(", ".join(found.value))
        else:
            self._about_contact(found)

    def _open_found(self, row: Row, query: str) -> None:
        self.search_mail(query)
        key = self.list.window.source.key_of(row.message) if self.list.window is not None else None
        if key is not None:
            self.list.go_to(key)
            self.correio.call_later(self.correio.do, move.Open)

    def _about_contact(self, found: Thing) -> None:
        from core.address import Address, format_address
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        choices = [Choice(("write", one), _("Write to {address}").format(address=one)) for one in found.value]
        choices += [Choice(("with", one), _("Everything exchanged with {address}").format(address=one)) for one in found.value]

        def chosen(what: tuple[str, str] | None) -> None:
            if what is None:
                return
            if what[0] == "write":
                self.correio.write_new(format_address(Address(found.title, what[1])))
            else:
                self.with_person(what[1])

        if choices:
            self.app.push_screen(Picker(found.title, choices), chosen)
        else:
            self.say(f"{found.title}  {found.detail}")

    def _show_document(self, path: Path) -> None:
        """A document with all that can be done with a file; read beside everything else."""
        from core.compose import attachment_type
        from core.draft import Attachment
        from core.errors import StoreError
        from tui.file_sources import HeldFiles
        from tui.files import File, known
        from tui.screens.attachments import AttachmentsScreen

        def work(db: Database) -> bytes:
            try:
                with path.open("rb") as file:
                    data = file.read(LARGEST + 1)
            except OSError as error:
                raise StoreError("file-unreadable", file=str(path), answer=error.strerror or str(error)) from error
            if len(data) > LARGEST:
                raise StoreError("file-unreadable", file=str(path), answer=os.strerror(errno.EFBIG))
            return data

        def done(data: bytes | None, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
                return
            name = clean_line(path.name)
            file = known(File(name, attachment_type(Attachment(name=name)), len(data or b"")), data or b"")
            self.app.push_screen(AttachmentsScreen(HeldFiles(clean_line(str(path.parent)), [file])))

        self.desk.look_up(work, done)
