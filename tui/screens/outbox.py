"""The outbox: what waits, why, until when; and what was not sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from core import drafting
from core.clean import clean_line
from core.errors import CorreioError
from core.store import outbox
from core.store.database import Database
from core.store.outbox import Outgoing
from tui.actions import Context, does, move, program
from tui.actions import outbox as doing
from tui.dates import full_date
from tui.screens.leaving import LeftOnce
from tui.sentences import sentence
from tui.translation import N_, _
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.status import FooterBar, HeaderBar

if TYPE_CHECKING:
    from tui.app import Correio

STATES = {
    "queued": N_("being sent"),
    "waiting": N_("waiting"),
    "sending": N_("being sent"),
    "uncertain": N_("uncertain"),
    "failed": N_("not sent"),
}
TICK = 1.0
"""Seconds between two looks at how long is left."""


class OutboxScreen(LeftOnce[None]):
    """The mails that are not yet final."""

    DEFAULT_CSS = """
    OutboxScreen ChoiceList { height: 1fr; max-height: 100%; }
    OutboxScreen #why { height: auto; min-height: 3; max-height: 50%; padding: 0 1; border-top: solid $border; }
    """
    key_context: ClassVar[Context] = "outbox"

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with Vertical():
            yield ChoiceList()
            yield Static(id="why", markup=False)
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Show what there is, and look again while time runs."""
        self.query_one(HeaderBar).folder = _("Outbox")
        self._shown: list[Choice[Outgoing]] | None = None
        self.store_changed()
        self.set_interval(TICK, self._tick)

    def on_screen_resume(self) -> None:
        """Shown, or back from a dialog."""
        self.correio.show_keys()

    @property
    def correio(self) -> Correio:
        """The application."""
        return cast("Correio", self.app)

    @property
    def mails(self) -> ChoiceList[Outgoing]:
        """The list."""
        return self.query_one(ChoiceList)

    @property
    def current(self) -> Outgoing | None:
        """The mail under the cursor."""
        chosen = self.mails.current
        return chosen.value if chosen is not None else None

    @property
    def has_mail(self) -> bool:
        """Whether there is one."""
        return self.current is not None

    @property
    def has_uncertain_mail(self) -> bool:
        """Whether nobody knows what became of the one under the cursor."""
        return self.current is not None and self.current.state == "uncertain"

    def store_changed(self) -> None:
        """Show the outbox as it is now; the cursor stays on its mail."""
        self._show(outbox.rows(self.correio.desk.db))

    def _tick(self) -> None:
        if any(row.state == "waiting" for row in (choice.value for choice in self.mails.choices)):
            self.store_changed()

    def _show(self, rows: list[Outgoing]) -> None:
        choices = [
            Choice(row, clean_line(row.subject) or _("(no subject)"), row.shown, _when(row))
            for row in rows
        ]
        if choices == self._shown:
            return
        here = self.current.id if self.current is not None else 0
        place = next((n for n, row in enumerate(rows) if row.id == here), self.mails.cursor)
        self._shown = choices
        self.mails.show(choices, place)
        self._explain()
        self.correio.show_keys()

    def _explain(self) -> None:
        row = self.current
        words = _("Nothing waits to be sent.") if row is None else _why(row)
        self.query_one("#why", Static).update(Content(words))

    # ------------------------------------------------------------------ moving

    @does(move.Down)
    def down(self) -> None:
        """To the next mail."""
        self._step(1)

    @does(move.Up)
    def up(self) -> None:
        """To the mail before."""
        self._step(-1)

    @does(move.Top)
    def top(self) -> None:
        """To the first mail."""
        self._step(-len(self.mails.choices))

    @does(move.Bottom)
    def bottom(self) -> None:
        """To the last mail."""
        self._step(len(self.mails.choices))

    def _step(self, by: int) -> None:
        self.mails.step(by)
        self._explain()
        self.correio.show_keys()

    @does(program.Back, program.Cancel)
    def back(self) -> None:
        """Back to the list."""
        self.dismiss()

    # ------------------------------------------------------------------ what becomes of a mail

    @does(doing.Edit)
    def edit(self) -> None:
        """Take it back into the composer."""
        row = self.current
        if row is not None and row.state == "uncertain":
            self.correio.say(_("Nobody knows whether it arrived. Send it again, or say that it arrived."), warning=True)
        elif row is not None and not row.draft:
            self.correio.say(_("It was redirected as it is and cannot be edited."), warning=True)
        elif row is not None:
            self.dismiss()
            self.correio.take_back(row.id)

    @does(doing.Retry)
    def retry(self) -> None:
        """Send it now; one whose end nobody knows only after asking."""
        from tui.screens.dialog import Confirm

        row = self.current
        if row is None:
            return
        if row.state != "uncertain":
            self._retry(row)
            return
        question = _("If it did arrive, it will arrive twice. Send it again?")
        self.app.push_screen(Confirm(question, _("Send again")), lambda yes: self._retry(row) if yes else None)

    def _retry(self, row: Outgoing) -> None:
        settings = self.correio.desk.settings

        def work(db: Database) -> bool:
            from core.sending import send_now

            return send_now(db, settings, row.id)

        self.correio.desk.write(work, self._changed)

    @does(doing.Arrived)
    def arrived(self) -> None:
        """It has arrived."""
        row = self.current
        if row is not None:
            self.correio.desk.write(lambda db: outbox.arrived(db, row.id), self._changed)

    @does(doing.Cancel)
    def cancel(self) -> None:
        """Not to be sent; its text stays as a draft."""
        row = self.current
        if row is None:
            return
        settings = self.correio.desk.settings

        def work(db: Database) -> bool:
            taken = drafting.take_back(db, settings, row.id)
            if taken is not None and taken.id is not None:
                drafting.file(db, settings, taken.id)
            return taken is not None

        self.correio.desk.write(work, self._cancelled)

    def _cancelled(self, done: bool | None, error: CorreioError | None) -> None:
        self._changed(done, error)
        if error is None and done:
            self.correio.say(_("It is not sent; it is in Drafts."))

    def _changed(self, done: Any, error: CorreioError | None) -> None:
        if error is not None:
            self.correio.say(sentence(error), warning=True)
        elif not done:
            self.correio.say(_("It is too late: the mail is on its way."), warning=True)
        self.correio.store_changed()


def _when(row: Outgoing) -> str:
    """The state, and how long it lasts."""
    seconds = int(row.not_before - time.time())
    if row.state != "waiting" or seconds <= 0:
        return _(STATES[row.state])
    return _("in {n} s").format(n=seconds) if seconds < 120 else full_date(row.not_before)


def _why(row: Outgoing) -> str:
    """What there is to know: to whom, what keeps it, what the server said."""
    words = [_("To {people}").format(people=row.shown)]
    if row.reason is not None:
        words.append(sentence(row.reason))
    words += [f"{to}: {code} {answer}" for to, (code, answer) in row.answers.items() if code >= 400]
    if row.reason is None and row.not_before > time.time():
        words.append(_("It is sent {when}. Until then it can be edited or taken out.").format(when=full_date(row.not_before)))
    if row.attempts > 1:
        words.append(_("Tried {n} times.").format(n=row.attempts))
    return "\n".join(clean_line(line) for line in words)
