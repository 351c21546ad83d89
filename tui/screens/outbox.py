"""The outbox: what waits, why, until when; and what was not sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from core import drafting
from core.clean import clean_line
from core.draft import Draft
from core.errors import CorreioError
from core.store import outbox
from core.store.outbox import Outgoing
from tui.actions import Context, does, move, program
from tui.actions import outbox as doing
from tui.dates import full_date
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


class OutboxScreen(Screen[None]):
    """The mails that are not yet final."""

    DEFAULT_CSS = """
    OutboxScreen ChoiceList { height: 1fr; max-height: 100%; }
    OutboxScreen #why { height: auto; min-height: 3; padding: 0 1; border-top: solid $border; }
    """
    key_context: ClassVar[Context] = "outbox"

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with Vertical():
            yield ChoiceList()
            yield Static(id="why", markup=False)
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Show what there is, and look again every second: times run out."""
        self.query_one(HeaderBar).folder = _("Outbox")
        self.store_changed()
        self.set_interval(1.0, self.store_changed)
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

    def store_changed(self) -> None:
        """Show the outbox as it is now."""
        rows = outbox.rows(self.correio.desk.db)
        choices = [Choice(row, f"{_(STATES[row.state]):<12}{clean_line(row.subject)}", row.shown, _when(row)) for row in rows]
        if [choice.value for choice in choices] != [choice.value for choice in self.mails.choices]:
            self.mails.show(choices, self.mails.cursor)
        self._explain()

    def _explain(self) -> None:
        row = self.current
        words = _("Nothing waits to be sent.") if row is None else _why(row)
        self.query_one("#why", Static).update(Content(words))

    @does(move.Down)
    def down(self) -> None:
        """To the next mail."""
        self.mails.step(1)
        self._explain()

    @does(move.Up)
    def up(self) -> None:
        """To the mail before."""
        self.mails.step(-1)
        self._explain()

    @does(program.Back, program.Cancel)
    def back(self) -> None:
        """Back to the list."""
        self.dismiss()

    @does(doing.Edit)
    def edit(self) -> None:
        """Take it back into the composer."""
        row = self.current
        if row is not None:
            self.correio.desk.write(lambda db: outbox.cancel(db, row.id), self._taken)

    def _taken(self, row: Outgoing | None, error: CorreioError | None) -> None:
        self.correio.call_from_thread(self._edit, row, error)

    def _edit(self, row: Outgoing | None, error: CorreioError | None) -> None:
        if error is not None or row is None or not row.draft:
            self.correio.say(sentence(error) if error else _("It is too late, or it cannot be edited."), warning=True)
            return
        self.dismiss()
        self.correio.write_draft(Draft.from_json(row.draft), sign=False)

    @does(doing.Retry)
    def retry(self) -> None:
        """Send it now."""
        row = self.current
        if row is not None:
            self.correio.desk.write(lambda db: outbox.retry(db, row.id), self.correio.reported())

    @does(doing.Arrived)
    def arrived(self) -> None:
        """It has arrived."""
        row = self.current
        if row is not None and row.state == "uncertain":
            self.correio.desk.write(lambda db: outbox.arrived(db, row.id), self.correio.reported())

    @does(doing.Cancel)
    def cancel(self) -> None:
        """Not to be sent; its text stays as a draft."""
        row = self.current
        if row is None:
            return
        settings = self.correio.desk.settings

        def work(db: Any) -> None:
            taken = outbox.cancel(db, row.id)
            if taken is not None and taken.draft:
                drafting.file(db, settings, drafting.save(db, settings, Draft.from_json(taken.draft), None))

        self.correio.desk.write(work, self.correio.reported())


def _when(row: Outgoing) -> str:
    if row.state == "waiting" and row.not_before > time.time():
        seconds = int(row.not_before - time.time())
        return _("in {n} s").format(n=seconds) if seconds < 120 else full_date(row.not_before)
    return ""


def _why(row: Outgoing) -> str:
    words = [sentence(row.reason)] if row.reason is not None else []
    words += [f"{to}: {code} {answer}" for to, (code, answer) in row.answers.items() if code >= 400]
    if not words and row.not_before > time.time():
        words = [_("It is sent {when}; u in the list takes it back before.").format(when=full_date(row.not_before))]
    return "\n".join(clean_line(line) for line in words)
