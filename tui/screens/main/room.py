"""Room on the server: how full the mailbox is, and what makes room."""

from __future__ import annotations

from core.store import folders, quota
from core.store.quota import Quota
from core.store.sorting import Order
from tui.actions import does, folder
from tui.screens.main.taking_out import TakingOut
from tui.translation import _, ngettext
from tui.view import View
from tui.widgets.sheet import human_size

OLDEST = Order("date", reverse=True)
LARGE = "5m"
"""From what size on a mail is worth a look."""


class Room(TakingOut):
    """What is done when a mailbox gets full."""

    @does(folder.Quota)
    def show_quota(self) -> None:
        """How full the mailbox here is; what makes room is offered."""
        from tui.screens.deleting import Choose

        row = self._row_here()
        found = quota.of(self.desk.db, row)
        if found is None:
            self.say(_("The server of {name} does not say how full the mailbox is.").format(name=self.desk.account_name(row)))
            return
        answers = [("", _("Leave everything as it is"))]
        trash = folders.by_role(self.desk.db, row, "trash")
        if trash is not None and trash.total:
            words = ngettext("Empty the trash ({n} message)", "Empty the trash ({n} messages)", trash.total)
            answers.append(("trash", words.format(n=f"{trash.total:,}")))
        answers.append(("large", _("List the largest mails")))
        answers.append(("old", _("List the oldest mails of the Inbox, to archive or move them to this machine")))
        words = quota_words(found)
        title = _("Room for {name}").format(name=self.desk.account_name(row))
        self.app.push_screen(Choose(title, words, answers), lambda answer: self._make_room(row, answer or ""))

    def _row_here(self) -> int:
        entry = self.folder_tree.current if self.pane == "tree" else None
        if entry is not None and isinstance(entry.key, tuple) and entry.key[0] in ("quota", "account"):
            return int(entry.key[1])
        return self._account_here()

    def _make_room(self, row: int, answer: str) -> None:
        name = self.desk.account_name(row)
        if answer == "trash":
            trash = folders.by_role(self.desk.db, row, "trash")
            if trash is not None:
                self.open_view(View(folder=trash.id))
                self.show_pane("list")
                self.correio.call_later(self.correio.do, folder.Empty)
        elif answer == "large":
            self.open_view(View(query=f'account:"{name}" larger:{LARGE}'))
            self.show_pane("list")
        elif answer == "old":
            inbox = folders.by_role(self.desk.db, row, "inbox")
            if inbox is not None:
                self.open_view(View(folder=inbox.id, threads=False, order=OLDEST))
                self.show_pane("list")


def quota_words(found: Quota) -> str:
    """How full it is, as a sentence."""
    if found.kind == "message":
        return _("{used} of {most} mails are used: {percent} %.").format(
            used=f"{found.used:,}", most=f"{found.most:,}", percent=found.percent
        )
    words = _("{used} of {most} are used: {percent} %.")
    return words.format(used=human_size(found.used), most=human_size(found.most), percent=found.percent)
