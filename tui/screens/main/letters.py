"""Writing that begins from messages in other ways: templates, as new, several forwarded, plus-addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clean import clean_text
from core.errors import CorreioError
from tui.actions import compose, does, letter
from tui.chosen import Chosen
from tui.screens.main.taking_out import TakingOut
from tui.translation import _

if TYPE_CHECKING:  # what these need is imported when they are done
    from core.draft import Draft
    from core.reading import Body
    from core.store.database import Database

MOST_FORWARDED = 100
"""Messages that go along with one mail."""


class Letters(TakingOut):
    """What is written from templates and from several messages."""

    @does(letter.Templates)
    def templates(self) -> None:
        """Choose one to begin from, or look after them."""
        self.correio.choose_template(_("Templates"), self.correio.write_from_template)

    @does(letter.ReplyTemplate)
    def reply_with_template(self) -> None:
        """Answer the sender with a template's text."""
        body = self.body_here()
        if body is None:
            return

        def answer(body: Body, template: Draft) -> None:
            self.correio.answer(body, "sender", template)

        self.correio.choose_template(
            _("Reply with a template"),
            lambda template: self.with_whole(body, lambda whole: answer(whole, template)),
        )

    @does(letter.ReplyQuoting)
    def reply_quoting(self) -> None:
        """Answer the sender, with a part of the message quoted."""
        body = self.body_here()
        if body is not None:
            self.with_whole(body, self._choose_quotation)

    def _choose_quotation(self, body: Body) -> None:
        from core.quoting import readable_text
        from tui.screens.quoting import QuoteScreen

        if body.message is None:
            return

        def chosen(text: str | None) -> None:
            if text is not None:
                self.correio.answer(body, "sender", text=text)

        self.app.push_screen(QuoteScreen(clean_text(readable_text(body.message))), chosen)

    @does(letter.SaveAsTemplate)
    def save_as_template(self) -> None:
        """The message becomes one, with recipients and files."""
        from core.server_draft import edit_as_new

        body = self.body_here()
        if body is None:
            return

        def save(body: Body) -> None:
            own = self.correio.identity_of(body)
            if body.message is not None:
                draft = edit_as_new(body.message, self.desk.settings.identities, default=own.id if own else "")
                self.correio.keep_template(draft)

        self.with_whole(body, save)

    @does(letter.EditAsNew)
    def edit_as_new(self) -> None:
        """A new message that begins as this one."""
        from core.server_draft import edit_as_new

        body = self.body_here()
        if body is None:
            return

        def write(body: Body) -> None:
            own = self.correio.identity_of(body)
            if body.message is not None:
                draft = edit_as_new(body.message, self.desk.settings.identities, default=own.id if own else "")
                self.correio.write_draft(draft, sign=False)

        self.with_whole(body, write)

    @does(compose.Forward)
    def forward(self) -> None:
        """Send it on, or all the chosen ones in one mail."""
        if self.pane != "reader" and self.list.selection:
            self.forward_chosen(attached=False)
        else:
            super().forward()

    @does(letter.ForwardAttached)
    def forward_attached(self) -> None:
        """The chosen messages as attached files."""
        self.forward_chosen(attached=True)

    def forward_chosen(self, *, attached: bool) -> None:
        """Send the chosen messages on, as attachments or one below the other."""
        chosen: Chosen = self.chosen()
        if chosen.nothing:
            self.app.bell()
            return
        ids: list[int] = []

        def needed(db: Database) -> list[int]:
            from core.store import bodies

            ids[:] = self._messages(chosen, db)[: MOST_FORWARDED + 1]
            return [id for id in ids if bodies.raw(db, id) is None]

        def go() -> None:
            if len(ids) > MOST_FORWARDED:
                self.say(_("At most {n} messages can be forwarded at once.").format(n=MOST_FORWARDED), warning=True)
                return
            try:
                self.correio.forward_messages(ids, attached=attached)
            except CorreioError as error:
                self.complain(error)

        self._when_here(needed, "*", go)

    @does(letter.PlusAddresses)
    def plus_addresses(self) -> None:
        """Made for a form, and what came in through each."""
        from tui.screens.plus_addresses import PlusScreen

        def chosen(address: str | None) -> None:
            if address:
                self.search_mail(f'to:"{address}"')

        self.app.push_screen(PlusScreen(), chosen)
