"""The address fields of the composer, and the address book that fills them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.address import format_address
from core.errors import CorreioError
from tui.actions import does
from tui.actions import letter as doing
from tui.screens.writing.images import Images
from tui.translation import _
from tui.widgets.address_field import AddressField

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.address import Address
    from core.address_picks import Pick
    from core.contact_names import Group
    from core.store.database import Database

FIELDS = ("to", "cc", "bcc")
REPLY_TO = "reply_to"
"""The address field that is there only where it is wanted."""


class Recipients(Images):
    """The composer's address fields."""

    if TYPE_CHECKING:

        def _complete(self, typed: str) -> Sequence[Address | Group]: ...
        def refuse_locked(self, what: str) -> bool: ...

    def address_fields(self) -> dict[str, AddressField]:
        """The fields that are there, in their order."""
        return {name: field for name in (*FIELDS, REPLY_TO) for field in self.query(f"#field-{name}").results(AddressField)}

    def address_field(self, name: str, value: str) -> AddressField:
        """A new field."""
        labels = {"to": _("To"), "cc": _("Cc"), "bcc": _("Bcc"), REPLY_TO: _("Reply-To")}
        return AddressField(labels[name], value, self._complete, id=f"field-{name}")

    @does(doing.ReplyTo)
    async def reply_to(self) -> None:
        """A field of its own, from then on."""
        if self.refuse_locked("reply_to"):
            return
        (await self.reply_to_field("")).enter()

    async def reply_to_field(self, value: str) -> AddressField:
        """The field for Reply-To, made when it is missing."""
        there = self.address_fields().get(REPLY_TO)
        if there is None:
            there = self.address_field(REPLY_TO, value)
            await self.mount(there, before="#field-subject")
        return there

    @does(doing.AddressBook)
    def open_book(self) -> None:
        """For the field with the cursor; for To where none has it."""
        fields = self.address_fields()
        field = next((one for one in fields.values() if one.has_focus_within), fields["to"])
        field.settle()
        settings = self.correio.desk.settings
        folder, every = settings.contacts.folder, settings.compose.merge_addresses == "all"

        def work(db: Database) -> tuple[Mapping[str, Sequence[Pick]], CorreioError | None]:
            from core.address_picks import picks
            from core.contact_book import Person, read_book
            from core.store import correspondents

            book: list[Person] = []
            trouble: CorreioError | None = None
            try:
                book = read_book(folder) if folder else []
            except CorreioError as error:  # past mail is there all the same
                trouble = error
            return picks(book, correspondents.everybody(db), every=every), trouble

        self.correio.desk.look_up(work, lambda found, error: self._show_book(field, found, error))

    def _show_book(
        self,
        field: AddressField,
        found: tuple[Mapping[str, Sequence[Pick]], CorreioError | None] | None,
        error: CorreioError | None,
    ) -> None:
        from tui.screens.address_picker import AddressPicker
        from tui.sentences import sentence

        trouble = error or (found[1] if found else None)
        if trouble is not None:
            self.say(sentence(trouble), warning=True)
        if found is None or not self.is_active:
            return

        def chosen(people: tuple[Address, ...] | None) -> None:
            field.enter()
            if people:
                field.value = ", ".join(format_address(one) for one in field.people)  # what was typed was looked for
                field.add(people)

        typed = field.input.value.rpartition(",")[2].strip()
        self.app.push_screen(AddressPicker(field.label, found[0], field.people, typed), chosen)
