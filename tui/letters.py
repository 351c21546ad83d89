"""Templates from anywhere in the application: beginning from one, keeping one, looking after them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from core.errors import CorreioError
from tui.correspondence import Correspondence
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:
    from core.address import Address
    from core.draft import Draft
    from core.store.database import Database
    from core.templates import Template
    from tui.actions import Action
    from tui.writer import Done


class Letters(Correspondence):
    """The part of the application that knows templates. What it needs is imported when somebody uses one."""

    if TYPE_CHECKING:

        def store_changed(self) -> None:
            """Show what is new in the store."""

        def key_for(self, action: type[Action]) -> str:
            """The first keys of an action."""

    def choose_template(self, title: str, then: Callable[[Draft], None]) -> None:
        """Let a template be chosen; `then` gets its draft, placeholders unfilled."""
        from tui.screens.templates import TemplatePicker

        def chosen(template: Template | None) -> None:
            if template is not None:
                self.with_template(template, then)

        self.push_screen(TemplatePicker(self.desk.db, title), chosen)

    def with_template(self, template: Template, then: Callable[[Draft], None]) -> None:
        """Go on with a template's draft, once it is here."""
        from core.templates import open_template

        try:
            draft = open_template(self.desk.db, self.desk.settings, template)
        except CorreioError as error:
            if error.id != "body-not-here":
                self.say(sentence(error), warning=True)
                return

            def fetched(answer: Any, error: CorreioError | None) -> None:
                if error is None:
                    self.with_template(template, then)
                else:
                    self.say(sentence(error), warning=True)

            self.say(_("Fetching the message…"))
            self.desk.ask("fetch", fetched, message=template.message, section="*")
            return
        then(draft)

    def filled(self, draft: Draft, subject: str = "") -> Draft:
        """A draft with its placeholders filled; `subject` is that of the mail it answers."""
        from core.placeholders import filled, values_for
        from core.senders import identity_for
        from core.store.correspondents import name_of
        from tui.dates import clock_words

        identity = identity_for(self.desk.settings, draft)
        known = partial(name_of, self.desk.db)
        return filled(draft, values_for(draft, identity, clock_words(), subject, known), seen=True)

    def write_from_template(self, template: Draft, to: Sequence[Address] = ()) -> None:
        """A new message that begins as a template."""
        from core.senders import identity_for
        from core.templates import begin

        try:
            identity = identity_for(self.desk.settings, template)
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return
        self.write_draft(self.filled(begin(template, identity, to)), sign=False, filled=True)

    def keep_template(self, draft: Draft, instead: Template | None = None, done: Callable[[], None] = lambda: None) -> None:
        """Keep a draft as a template: in place of one, or under a name that is asked for."""
        from tui.screens.dialog import Question

        def answered(name: str | None) -> None:
            if name is not None and name.strip():
                self._keep(draft, name.strip(), instead, done)

        if instead is not None:
            self._keep(draft, instead.name, instead, done)
        else:
            note = _("{first_name}, {name}, {date} and the like are filled in when it is used; {cursor} is where one writes on.")
            self.push_screen(Question(_("Name of the template"), draft.subject, note=note), answered)

    def _keep(self, draft: Draft, name: str, instead: Template | None, done: Callable[[], None]) -> None:
        from core.templates import keep

        settings = self.desk.settings

        def kept(id: int | None, error: CorreioError | None) -> None:
            if error is not None:
                self.say(sentence(error), warning=True)
                return
            self.store_changed()
            done()
            self.say(_("Kept as the template “{name}”.").format(name=name))

        self.desk.write(lambda db: keep(db, settings, draft, name, instead=instead), kept)

    def edit_template(self, template: Template) -> None:
        """Open a template in the composer; keeping it puts it in its place."""

        def opened(draft: Draft) -> None:
            from tui.screens.compose import ComposeScreen

            self.write_draft(draft, sign=False)
            screen = self.screen
            if isinstance(screen, ComposeScreen):
                screen.template = template
            words = _("{key} keeps the template. It is not sent.")
            self.call_after_refresh(self.say, words.format(key=self._keep_key()), seconds=15)

        self.with_template(template, opened)

    def _keep_key(self) -> str:
        from tui.actions import letter

        return self.key_for(letter.KeepTemplate)

    def rename_template(self, template: Template, name: str, done: Done) -> None:
        """Give a template another name."""
        from core.templates import keep

        settings = self.desk.settings

        def opened(draft: Draft) -> None:
            def work(db: Database) -> int:
                return keep(db, settings, draft, name, instead=template)

            self.desk.write(work, done)

        self.with_template(template, opened)
