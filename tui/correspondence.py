"""Writing and sending from anywhere in the application: new mails, answers, drafts, the outbox, undo-send."""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual.app import App

from core.address import parse_addresses
from core.draft import Draft
from core.errors import CorreioError, NotFound
from core.mailto import read_mailto
from core.reading import Body
from core.reply import Style
from core.senders import identity_for
from core.sending import queue
from core.store import drafts, outbox
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:
    from tui.desk import Desk


class Correspondence(App[None]):
    """The part of the application that writes."""

    desk: Desk
    _last_sent: tuple[int, float] | None = None
    """The outbox row of the last mail and until when it can be taken back (monotonic seconds)."""

    # ------------------------------------------------------------------ beginning to write

    def write_new(self, argument: str = "") -> None:
        """A new mail, to an address or a mailto: link if one is given."""
        if argument.lower().startswith("mailto:"):
            self.write_draft(read_mailto(argument).draft())
        else:
            self.write_draft(Draft(to=tuple(parse_addresses(argument))))

    def write_draft(self, draft: Draft, draft_id: int | None = None, *, sign: bool = True) -> None:
        """Open the composer on a draft, or the user's own editor where the settings name one."""
        from core.quoting import signed
        from tui.screens.compose import ComposeScreen

        settings = self.desk.settings
        try:
            identity = identity_for(settings, draft)
        except NotFound as error:
            self.say(sentence(error), warning=True)
            return
        if sign and not draft.body and identity.signature:
            draft = dataclasses.replace(draft, body=signed("", identity.signature))
        if not draft.identity:
            draft = dataclasses.replace(draft, identity=identity.id)
        self.push_screen(ComposeScreen(draft, draft_id))

    def answer(self, body: Body, how: str) -> None:
        """Answer, forward or redirect a message that is here whole."""
        from core.forward import forward
        from core.reply import reply

        message = body.message
        if message is None:
            return
        settings = self.desk.settings
        default = settings.default_account()
        mine = settings.identities_of(default.id) if default else ()
        own = mine[0].id if mine else ""
        style = Style(
            attribution=settings.compose.attribution,
            options=dataclasses.replace(Style().options, flowed=settings.compose.format_flowed),
        )
        try:
            if how == "redirect":
                self._redirect(body)
                return
            if how == "forward":
                draft = forward(message, settings.identities, row=body.id, default=own, style=style)
            else:
                draft = reply(message, settings.identities, how, row=body.id, default=own, style=style)
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return
        self.write_draft(draft, sign=False)

    def _redirect(self, body: Body) -> None:
        """Ask for the addresses, then send the message on as it is (RFC 5322 §3.6.6)."""
        from tui.screens.dialog import Question

        def answered(text: str | None) -> None:
            to = parse_addresses(text or "")
            if to:
                self._redirect_to(body, to)

        self.push_screen(Question(_("Redirect to")), answered)

    def _redirect_to(self, body: Body, to: list[Any]) -> None:
        from core.redirect import redirect
        from core.store import accounts

        settings = self.desk.settings
        try:
            identity = identity_for(settings, Draft())
            built = redirect(body.raw or b"", identity, tuple(to), now=datetime.now().astimezone())
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return
        account = settings.account(identity.account)
        row = accounts.row_of(self.desk.db, account.id)
        due = int(time.time()) + settings.compose.undo_send_seconds
        subject, shown = body.envelope.subject, ", ".join(one.shown for one in to)

        def work(db: Any) -> int:
            return outbox.queue(
                db, account=row, message_id=built.message_id, sender=built.sender, recipients=built.recipients,
                subject=subject, shown=shown, wire=built.wire, copy=built.sent_copy, not_before=due,
            )  # fmt: skip

        self.desk.write(work, self._queued)

    # ------------------------------------------------------------------ drafts

    def resume_draft(self, message: int) -> None:
        """Go on with a draft that stands in the Drafts folder."""
        from core.reading import open_body
        from core.server_draft import from_message

        stored = drafts.of_message(self.desk.db, message)
        if stored is not None:
            self.write_draft(Draft.from_json(stored.data), stored.id, sign=False)
            return
        body = open_body(self.desk.db, message)
        if body.message is not None:
            self.write_draft(from_message(body.message, self.desk.settings.identities), sign=False)
            return

        def done(answer: Any, error: CorreioError | None) -> None:
            if error is None:
                self.call_from_thread(self.resume_draft, message)
            else:
                self.call_from_thread(self.say, sentence(error), warning=True)

        self.desk.engine.ask("fetch", done, message=message, section="*")

    def unfinished(self) -> list[drafts.StoredDraft]:
        """Drafts that no folder shows: left by a crash, a dropped line, a closed terminal."""
        return [one for one in drafts.all_drafts(self.desk.db) if one.message is None]

    def save_drafts(self) -> None:
        """Put every open composer's text into the store now."""
        from tui.screens.compose import ComposeScreen

        for screen in self.screen_stack:
            if isinstance(screen, ComposeScreen):
                screen.save()

    # ------------------------------------------------------------------ sending

    def send_draft(self, draft: Draft, draft_id: int | None) -> None:
        """Build the mail and queue it; it waits some seconds, in which `u` takes it back."""
        seconds = self.desk.settings.compose.undo_send_seconds
        due = int(time.time()) + seconds
        settings = self.desk.settings
        self.desk.write(
            lambda db: queue(db, settings, draft, not_before=due, draft_id=draft_id).id,
            lambda id, error: self._queued(id, error, draft, draft_id),
        )

    def _queued(self, id: int, error: CorreioError | None, draft: Draft | None = None, draft_id: int | None = None) -> None:
        """In the writer's thread: say so on the screen; a mail that could not be built goes back to the composer."""
        self.call_from_thread(self._told_queued, id, error, draft, draft_id)

    def _told_queued(self, id: int, error: CorreioError | None, draft: Draft | None, draft_id: int | None) -> None:
        if error is not None:
            if draft is not None:
                self.write_draft(draft, draft_id, sign=False)
            self.say(sentence(error), warning=True, seconds=10)
            return
        seconds = self.desk.settings.compose.undo_send_seconds
        self._last_sent = (id, time.monotonic() + seconds)
        words = _("Will be sent in {n} seconds.   u takes it back") if seconds else _("Is being sent.")
        self.say(words.format(n=seconds), seconds=seconds or 4)

    def say(self, text: str, *, warning: bool = False, seconds: float = 5) -> None:
        """Say something; the application has a better place for it."""
        self.notify(text, severity="warning" if warning else "information", timeout=seconds, markup=False)

    def undo_send(self) -> bool:
        """Take the last mail back while it waits; False when there is none to take back."""
        if self._last_sent is None:
            return False
        id, until = self._last_sent
        self._last_sent = None
        if time.monotonic() > until:
            return False

        def done(row: outbox.Outgoing | None, error: CorreioError | None) -> None:
            self.call_from_thread(self._taken_back, row, error)

        self.desk.write(lambda db: outbox.cancel(db, id), done)
        return True

    def _taken_back(self, row: outbox.Outgoing | None, error: CorreioError | None) -> None:
        if error is not None or row is None or not row.draft:
            self.say(sentence(error) if error else _("It is too late: the mail is on its way."), warning=True)
            return
        self.write_draft(Draft.from_json(row.draft), sign=False)
        self.say(_("Taken back. It is a draft again."))
