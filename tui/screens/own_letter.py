"""What the composer does about its letter's sender, signature and template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import drafting
from core.clean import clean_line
from core.draft import Draft
from core.senders import identity_for
from core.signatures import signature_of
from tui.actions import does
from tui.actions import letter as doing
from tui.screens.letter import Letter
from tui.screens.writing.files import Files
from tui.screens.writing.page import WritingPage
from tui.translation import _

if TYPE_CHECKING:
    from core.templates import Template
    from tui.widgets.editor import Editor


class OwnLetter(Files, Letter, WritingPage):
    """A part of the composer."""

    if TYPE_CHECKING:
        editor: Editor

        def current(self) -> Draft: ...
        def change(self, draft: Draft) -> None: ...
        def _close(self) -> None: ...

    def __init__(self, draft: Draft, draft_id: int | None = None) -> None:
        super().__init__(draft, draft_id)
        self.asked: set[str] = set()
        """The reminders before sending that were answered already."""
        self.picked = False
        """Whether the sender was chosen by hand."""
        self._suited: tuple[str, ...] = tuple(one.key for one in draft.recipients[:1])
        """For whom the sender was looked up last."""
        self.template: Template | None = None
        """The template that is being edited."""

    def letter(self) -> Draft:
        """The draft as it stands in the fields."""
        return self.current()

    def put_letter(self, draft: Draft) -> None:
        """Show the draft and keep it."""
        self.change(draft)

    def note_picked(self) -> None:
        """The sender was chosen by hand: it stays."""
        self.picked = True

    def suit_sender(self) -> None:
        """A new message to somebody comes from where one last wrote to them, unless a sender was chosen."""
        draft = self.letter()
        people = tuple(one.key for one in draft.recipients[:1])
        if self.picked or draft.answers is not None or not people or people == self._suited:
            return
        self._suited = people
        settings = self.correio.desk.settings
        found = self.correio.usual_sender(draft.recipients, draft.identity)
        if found != identity_for(settings, draft).id and any(one.id == found for one in settings.identities):
            self.set_sender(settings.identity(found), by_hand=False)
            self.correio.say(_("From {sender}, as the last time.").format(sender=clean_line(settings.identity(found).address)))

    @does(doing.AttachFiles)
    async def attach(self, argument: str = "") -> None:
        """The files that are named, or asked for."""
        from tui.file_names import complete_file

        if argument:
            self.attach_files(argument)
        else:
            await self.ask_line(_("Attach the files: "), self.attach_files, self.usual_folder, complete_file)

    @does(doing.SignatureHere)
    def signature_here(self) -> None:
        """At the cursor."""
        text = signature_of(self.letter_sender, rich=self.rich_letter).strip("\n")
        if not text or not self.insert_here(text):
            self.correio.say(_("The sender has no signature."), warning=True)

    def write_on(self, place: tuple[int, int]) -> None:
        """The cursor goes there."""
        self.app.set_focus(self.editor)
        self.editor.move_cursor(place)

    def insert_here(self, text: str) -> bool:
        """Put a text at the cursor of the body."""
        self.editor.insert(text)
        return True

    @does(doing.KeepTemplate)
    def keep_template(self) -> None:
        """In the place of the one that is edited, which ends it; else under a name."""
        self.correio.keep_template(self.letter(), self.template, self._kept_template)

    def _kept_template(self) -> None:
        if self.template is None:
            return
        id = self.draft_id
        self._close()
        if id is not None:
            self.correio.desk.write(lambda db: drafting.throw_away(db, id), self.correio.reported())
