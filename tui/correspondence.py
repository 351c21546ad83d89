"""Writing and sending from anywhere in the application: new mails, answers, drafts, the outbox, undo-send."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from core.errors import CorreioError, NotFound
from tui.folder_senders import FolderSenders
from tui.last_sent import LastSent
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:
    from core.address import Address
    from core.draft import Draft
    from core.message import Message
    from core.reading import Body
    from core.reply import Style
    from core.settings import Identity
    from core.store.database import Database
    from tui.desk import Desk
    from tui.screens.main.screen import MainScreen


LONG = 15
"""Seconds for words that say more than one reads at a glance."""
LARGE = 3_000_000
"""Bytes of files from which on it takes a moment to put a message together."""


class Correspondence(FolderSenders, LastSent):
    """The part of the application that writes. What it needs is imported when somebody writes."""

    desk: Desk

    @property
    def main(self) -> MainScreen | None:
        """The main screen; `news` knows it."""
        return None

    # ------------------------------------------------------------------ beginning to write

    def write_new(self, argument: str = "") -> None:
        """A new mail, to an address or a mailto: link if one is given."""
        from core.address import parse_addresses
        from core.draft import Draft
        from core.mailto import read_mailto

        try:
            if argument.lower().startswith("mailto:"):
                self.write_draft(read_mailto(argument).draft())
            else:
                self.write_draft(Draft(to=tuple(parse_addresses(argument))))
        except CorreioError as error:
            self.say(sentence(error), warning=True)

    def write_draft(
        self, draft: Draft, draft_id: int | None = None, *, sign: bool = True, filled: bool = False, taken_out: bool = False
    ) -> None:
        """Open the composer on a draft; `draft_id` is its row where it is stored already.

        `filled`: it comes from a template, which may say where the cursor goes. `taken_out`: it was to be sent.
        """
        from core.letterhead import begun
        from core.placeholders import at_cursor
        from core.quoting import signed
        from core.senders import identity_for
        from core.signatures import first_signature
        from tui.screens.compose import ComposeScreen

        settings = self.desk.settings
        try:
            if not draft.identity and not draft.from_.addr:
                here = self.sender_here()
                known = here.id if here is not None else self.usual_sender(draft.recipients)
                draft = dataclasses.replace(draft, identity=known)
            identity = identity_for(settings, draft)
        except NotFound as error:
            self.say(sentence(error), warning=True)
            return
        if draft_id is None:
            draft = begun(draft, identity)
            if sign and not draft.rich:
                draft = self._in_format(draft)
        if sign and not draft.body and (signature := first_signature(identity, rich=draft.rich)):
            draft = dataclasses.replace(draft, body=signed("", signature))
        if not draft.identity:
            draft = dataclasses.replace(draft, identity=identity.id)
        draft, place = at_cursor(draft) if filled else (draft, None)
        screen = ComposeScreen(draft, draft_id, place)
        screen.taken_out = taken_out
        self.push_screen(screen)

    def usual_sender(self, people: Sequence[Address], otherwise: str = "") -> str:
        """The id of the sender one last wrote from to these people, while there is such a one."""
        from core.store import sender_choices

        found = sender_choices.last(self.desk.db, people)
        return found if any(one.id == found for one in self.desk.settings.identities) else otherwise

    def style_for(self, sender: Identity | None) -> Style:
        """How an answer begins, in the sender's language."""
        from core.letter_words import attribution_in
        from core.reply import Style

        compose = self.desk.settings.compose
        return Style(
            attribution=attribution_in(compose.attribution, self.language_of(sender)),
            above=compose.answer_above,
            options=dataclasses.replace(Style().options, flowed=compose.format_flowed),
        )

    def language_of(self, sender: Identity | None) -> str:
        """The language one writes in: the sender's, else that of Correio, else the system's."""
        spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
        return (sender.language if sender is not None else "") or self.desk.settings.ui.language or spoken

    def answer(self, body: Body, how: str, template: Draft | None = None, text: str | None = None) -> None:
        """Answer (`sender`, `all`, `list`), forward or redirect a message that is here whole.

        `template`: what the answer says; `text`: what is quoted of the message, not all of it.
        """
        from core.reply import reply, writer_for

        message = body.message
        if message is None:
            return
        if how == "redirect":
            self._redirect(body)
            return
        if how == "forward":
            self.forward_messages([body.id])
            return
        identities = self.senders_for(body)
        own = self.identity_of(body)
        default = self.usual_sender(message.envelope.reply_to or message.envelope.from_, own.id if own is not None else "")
        style = self.style_for(writer_for(message, identities, default)[0])
        try:
            draft = reply(message, identities, how, row=body.id, default=default, style=style, text=text)
            draft = self._rich_answer(draft, message, style, text)
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return
        if template is not None:
            from core.placeholders import filled, values_for
            from core.senders import identity_for
            from core.store.correspondents import name_of
            from core.templates import merged
            from tui.dates import clock_words

            identity, known = identity_for(self.desk.settings, draft), partial(name_of, self.desk.db)
            values = values_for(draft, identity, clock_words(), message.envelope.subject, known)
            draft = merged(draft, filled(dataclasses.replace(template, to=draft.to), values, seen=True))
        self.write_draft(draft, sign=False, filled=template is not None)

    def forward_messages(self, ids: Sequence[int], *, attached: bool = False) -> None:
        """Forward messages that are here whole, below each other or as attachments."""
        from core.forward import forward_attached, forward_together
        from core.letter_words import forward_words
        from core.reading import open_body
        from core.reply import writer_for

        bodies = [open_body(self.desk.db, id) for id in ids]
        whole = [body.message for body in bodies if body.message is not None]
        if not whole:
            return
        identities = self.senders_for(bodies[0])
        own = self.identity_of(bodies[0])
        default = own.id if own is not None else ""
        sender = writer_for(whole[0], identities, default)[0]
        style = self.style_for(sender)
        if attached:
            draft = forward_attached(whole, identities, rows=ids, default=default, style=style)
        else:
            words = forward_words(self.language_of(sender))
            draft = self._in_format(forward_together(whole, identities, rows=ids, default=default, style=style, words=words))
            if draft.rich:
                from core.rich_forward import forwarded_apart

                bare = forward_together(whole, identities, rows=ids, default=default, style=style, bare=True)
                draft = forwarded_apart(self._in_format(bare), whole, words)
        self.write_draft(draft, sign=False)

    def _rich_answer(self, draft: Draft, message: Message, style: Style, chosen: str | None) -> Draft:
        """An answer in rich text, where one is wanted: HTML goes below it as it was, text (or what was chosen) is quoted."""
        rich = self._in_format(draft)
        if not rich.rich or chosen is not None:
            return rich
        from core.rich_text import original_of, quoted_apart

        found = original_of(message, style.attribution)
        return quoted_apart(rich, *found) if found is not None else rich

    def _in_format(self, draft: Draft) -> Draft:
        """A new draft in the format that is usual, for its recipient or everywhere."""
        from core.senders import identity_for
        from core.signatures import in_format
        from core.store import writing_habits

        settings = self.desk.settings.compose
        known = writing_habits.format_for(self.desk.db, draft.to[0].key) if len(draft.recipients) == 1 and draft.to else ""
        options = dataclasses.replace(draft.options, format=known or settings.format, font=settings.font)
        made = dataclasses.replace(draft, options=options)
        return dataclasses.replace(made, body=in_format(made.body, identity_for(self.desk.settings, made), rich=made.rich))

    def identity_of(self, body: Body) -> Identity | None:
        """The first identity of the account that a stored message belongs to, else of the default account."""
        settings = self.desk.settings
        account = self.desk.account(int(self.desk.db.value("SELECT account FROM message WHERE id = ?", (body.id,)) or 0))
        for one in (account, settings.default_account()):
            mine = settings.identities_of(one.id) if one is not None else ()
            if mine:
                return mine[0]
        return settings.identities[0] if settings.identities else None

    # ------------------------------------------------------------------ redirecting

    def _redirect(self, body: Body) -> None:
        """Ask for the addresses, then send the message on as it is (RFC 5322 §3.6.6)."""
        from core.editor_text import read_field
        from tui.people import complete_people

        main = self.main
        if main is None:
            return

        def answered(text: str) -> None:
            to, rest = read_field(text)
            if rest:
                self.say(_("This is no address: {text}").format(text=rest), warning=True)
            elif to:
                self._redirect_to(body, to)

        main.ask_line(_("Redirect to: "), answered, complete=lambda text: complete_people(self.desk.db, text))

    def _redirect_to(self, body: Body, to: Sequence[Address]) -> None:
        from core.redirect import redirect
        from core.reply import identity_for
        from core.store import accounts, outbox

        settings = self.desk.settings
        own = self.identity_of(body)
        try:
            found = identity_for(body.message, settings.identities, own.id if own else "") if body.message else own
            if found is None:
                raise NotFound("no-identity", what="identity", name="")
            built = redirect(body.raw or b"", found, to, now=datetime.now().astimezone())
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return
        row = accounts.row_of(self.desk.db, settings.account(found.account).id)
        due = int(time.time()) + settings.compose.undo_send_seconds
        subject, shown = body.envelope.subject, ", ".join(one.shown for one in to)

        def work(db: Database) -> int:
            return outbox.queue(
                db, account=row, message_id=built.message_id, sender=built.sender, recipients=built.recipients,
                subject=subject, shown=shown, wire=built.wire, copy=built.sent_copy, not_before=due,
            )  # fmt: skip

        self.desk.write(work, self.mail_queued)

    # ------------------------------------------------------------------ drafts

    def resume_draft(self, message: int) -> None:
        """Go on with a draft that stands in the Drafts folder."""
        from core import drafting
        from core.draft import Draft
        from core.reading import open_body
        from core.server_draft import from_message
        from core.store import drafts

        stored = drafts.of_message(self.desk.db, message)
        if stored is not None:
            open_ = next((screen for screen in self.composers() if screen.draft_id == stored.id), None)
            if open_ is not None:
                self.take_up(open_)
            else:
                self.write_draft(Draft.from_json(stored.data), stored.id, sign=False)
            return
        body = open_body(self.desk.db, message)
        settings = self.desk.settings
        if body.message is not None:
            draft = from_message(body.message, settings.identities)

            def adopted(id: int | None, error: CorreioError | None) -> None:
                if error is not None or id is None:
                    self.say(sentence(error) if error else "", warning=True)
                else:
                    self.write_draft(draft, id, sign=False)

            self.desk.write(lambda db: drafting.adopt(db, message, draft, settings), adopted, hurry=False)
            return

        def fetched(answer: Any, error: CorreioError | None) -> None:
            if error is None:
                self.resume_draft(message)
            else:
                self.say(sentence(error), warning=True)

        self.say(_("Fetching the message…"))
        self.desk.ask("fetch", fetched, message=message, section="*")

    def save_drafts(self) -> None:
        """Put every open composer's text into the store now."""
        for screen in self.composers():
            screen.save()

    # ------------------------------------------------------------------ sending

    def send_draft(self, draft: Draft, draft_id: int | None) -> None:
        """Build the mail and queue it; it waits some seconds, in which `u` takes it back."""
        from core.draft import size_of
        from core.sending import queue

        settings, seconds = self.desk.settings, self.desk.settings.compose.undo_send_seconds

        def work(db: Database) -> int:
            return queue(db, settings, draft, wait=seconds, draft_id=draft_id).id

        def done(id: int | None, error: CorreioError | None) -> None:
            if error is not None:  # it could not be built: back to the composer, with what is wrong
                self.write_draft(draft, draft_id, sign=False)
                self.call_after_refresh(self.say, sentence(error), warning=True, seconds=15)
            else:
                self.mail_queued(id, None)
                if id is not None and draft.send_at > time.time() + seconds:
                    from tui.dates import full_date

                    words = _("It goes out {when}; until then it waits in the outbox. u takes it back.")
                    self.say(words.format(when=full_date(draft.send_at)), seconds=LONG)
                    self.remember_sent(id, LONG)  # as long as that is said

        if sum(map(size_of, draft.attachments)) > LARGE:
            self.call_later(self.say, _("The message is being put together."), seconds=LONG)
        self.desk.write(work, done)

    def take_back(self, id: int) -> None:
        """Take a mail out of the outbox and open it in the composer; one that was redirected is only stopped."""
        from core import drafting

        settings = self.desk.settings

        def done(taken: drafting.TakenBack | None, error: CorreioError | None) -> None:
            if error is not None or taken is None:
                self.say(sentence(error) if error else _("It is too late: the mail is on its way."), warning=True)
            elif taken.draft is None:
                self.say(_("It is not sent."))
            else:
                self.write_draft(taken.draft, taken.id, sign=False, taken_out=True)
                words = _("It is not sent; it is a draft again.")
                if taken.partly:
                    words = _("Those who have it already are left out; for the others it is a draft again.")
                self.call_after_refresh(self.say, words)

        self.desk.write(lambda db: drafting.take_back(db, settings, id), done)
