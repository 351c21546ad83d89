"""The main screen as a whole: what it does when it appears and when the store or the engine has news."""

from __future__ import annotations

from core.store import journal, outbox
from tui.actions import compose, does, program
from tui.actions import outbox as doing
from tui.screens.main.opening import Opening
from tui.translation import _, ngettext


class MainScreen(Opening):
    """Folders, list and reader."""

    def on_mount(self) -> None:
        """Everything that is needed for the first picture, and nothing else."""
        self.reader.max_width = self.desk.settings.ui.reader_width
        self.list.date_pattern = self.desk.settings.ui.date_format
        self.fill_tree()
        self.open_first()
        self.show_pane("list")
        self.show_waiting()

    def store_changed(self) -> None:
        """Counts and rows anew; the cursor stays where it is."""
        self.fill_tree()
        if not self.view.folder and not self.view.is_search and self.list.window is None:
            self.open_first()
        else:
            self.refresh_list()
        self.show_waiting()

    def show_waiting(self) -> None:
        """What waits for the server, in the footer."""
        db = self.desk.db
        parts = []
        changes = journal.waiting(db)
        mails = [row for row in outbox.rows(db) if row.state != "failed"]
        failed = [row for row in outbox.rows(db) if row.state == "failed"]
        if mails:
            parts.append(ngettext("{n} mail waiting", "{n} mails waiting", len(mails)).format(n=len(mails)))
        if failed:
            parts.append(ngettext("{n} not sent", "{n} not sent", len(failed)).format(n=len(failed)))
        if changes:
            parts.append(ngettext("{n} change waiting", "{n} changes waiting", changes).format(n=changes))
        parts += self.correio.account_notes()
        self.footer.waiting = " · ".join(parts)

    @does(compose.New)
    def write(self, argument: str = "") -> None:
        """A new message."""
        self.correio.write_new(argument)

    @does(doing.Show)
    def outbox(self) -> None:
        """What waits to be sent."""
        from tui.screens.outbox import OutboxScreen

        self.app.push_screen(OutboxScreen())

    @does(program.Sync)
    def collect(self, argument: str = "") -> None:
        """Collect mail now."""
        self.say(_("Collecting mail…"))
        self.desk.engine.tell("sync", accounts=None)
