"""The main screen as a whole: what it does when it appears and when the store or the engine has news."""

from __future__ import annotations

from typing import Any

from core.errors import CorreioError
from tui.actions import does, program, settings
from tui.actions import outbox as doing
from tui.screens.main.letters import Letters
from tui.screens.main.panes import Panes
from tui.screens.main.room import Room
from tui.translation import _, ngettext
from tui.widgets.status import BETWEEN


class MainScreen(Letters, Room, Panes):
    """Folders, list and reader."""

    def on_mount(self) -> None:
        """Everything that is needed for the first picture, and nothing else."""
        self.wear_settings()
        self.reader.empty_text = _("No message is open.")
        self.recall_places()
        self.fill_tree()
        self.open_first()
        self.show_pane("list")
        self.correio.main_is_there()
        self.call_after_refresh(self.show_waiting)
        self.call_after_refresh(self.mount_prompt)
        self.call_after_refresh(self.count_searches)

    def wear_settings(self) -> None:
        """Widths, dates and lines as the settings say now."""
        self.reader.max_width = self.desk.settings.ui.reader_width
        self.reader.levels = self.desk.settings.ui.quote_levels
        self.list.date_pattern = self.desk.settings.ui.date_format
        self.list.lines = self.desk.settings.ui.list_lines

    def on_screen_resume(self) -> None:
        """Back from another screen, where settings may have changed."""
        self.look_again()
        self.correio.show_keys()
        self.correio.ask_waiting_password()

    def store_changed(self) -> None:
        """Counts and rows anew; the cursor stays where it is."""
        self.fill_tree()
        if not self.view.folder and not self.view.is_search and self.list.window is None:
            self.open_first()
        else:
            self.refresh_list()
        self.refresh_reader()
        self.show_waiting()
        self.count_searches()

    def show_waiting(self) -> None:
        """What waits for the server, in the footer."""
        from core.store import calendar_waiting, journal, outbox

        db = self.desk.db
        parts = []  # the weightiest first: not all of them may have room
        changes = journal.waiting(db)
        states = outbox.counts(db)
        failed = states["failed"] + states["uncertain"]
        mails = states["queued"] + states["waiting"] + states["sending"]
        if failed:
            parts.append(ngettext("{n} not sent", "{n} not sent", failed).format(n=failed))
        if undelivered := states["troubled"]:
            parts.append(ngettext("{n} not delivered", "{n} not delivered", undelivered).format(n=undelivered))
        parts += self.correio.account_notes()
        if mails:
            parts.append(ngettext("{n} mail waiting", "{n} mails waiting", mails).format(n=mails))
        if entries := len(calendar_waiting.waiting(db)):
            words = ngettext("{n} entry waits for the calendar", "{n} entries wait for the calendar", entries)
            parts.append(words.format(n=entries))
        if changes:
            parts.append(ngettext("{n} change waiting", "{n} changes waiting", changes).format(n=f"{changes:,}"))
        parts += self.correio.writing_notes()
        self.footer.waiting = BETWEEN.join(parts)

    @does(doing.Show)
    def outbox(self) -> None:
        """What waits to be sent."""
        from tui.screens.outbox import OutboxScreen

        self.app.push_screen(OutboxScreen())

    @does(settings.Show)
    def show_settings(self, argument: str = "") -> None:
        """All settings; a section may be named."""
        from tui.screens.settings import SettingsScreen

        self.app.push_screen(SettingsScreen(argument))

    @does(settings.Domain)
    def check_domain(self, argument: str = "") -> None:
        """A mail domain looked at from outside; one's own unless another is named."""
        from tui.screens.domain import DomainScreen

        account = self.desk.settings.default_account()
        domain = argument.strip() or (account.email.rpartition("@")[2] if account is not None else "")
        self.app.push_screen(DomainScreen(domain))

    @does(program.Sync)
    def collect(self, argument: str = "") -> None:
        """Collect mail now, of all accounts or the one named."""
        wanted = None
        if argument:
            try:
                wanted = [self.desk.settings.account(argument).id]
            except CorreioError as error:
                self.complain(error)
                return
        self.correio.passwords_refused.clear()
        self.say(_("Collecting mail…"))

        self.desk.ask("sync", self._collected, accounts=wanted)

    @does(program.Halt)
    def halt(self, argument: str = "") -> None:
        """End the collecting that is going on."""
        try:
            wanted = [self.desk.settings.account(argument).id] if argument else None
        except CorreioError as error:
            self.complain(error)
            return
        self.desk.engine.tell("halt", accounts=wanted)
        self.say(_("Collecting ends here; what has come stays."))

    @does(program.Offline)
    def offline(self, argument: str = "") -> None:
        """Off the line."""
        self._choose_line(argument, away=True)

    @does(program.Online)
    def online(self, argument: str = "") -> None:
        """Back on the line."""
        self._choose_line(argument, away=False)

    def _choose_line(self, argument: str, *, away: bool) -> None:
        desk = self.desk
        try:
            chosen = [desk.settings.account(argument)] if argument else []
        except CorreioError as error:
            self.complain(error)
            return
        try:
            desk.settings = desk.wiring.go_offline(away, [account.id for account in chosen])
        except CorreioError as error:
            self.complain(error)
            return
        desk.engine.tell("reload")
        if not away:
            from core.store import outbox

            desk.write(lambda db: outbox.hurry(db, outbox.LINE))
        self.correio.store_changed()
        self.say(_("Offline. What you do now waits; :online goes back.") if away else _("Online."))

    def _collected(self, results: Any, error: CorreioError | None) -> None:
        self.correio.store_changed()
        if error is not None:
            self.complain(error)
            return
        failed = [one for one in results or () if one.get("error")]
        new = sum(int(one.get("new", 0)) for one in results or ())
        if failed:
            self.say(self.correio.error_words(failed[0]["error"]), warning=True)
        else:
            self.say(ngettext("{n} new message", "{n} new messages", new).format(n=f"{new:,}") if new else _("Nothing new."))
