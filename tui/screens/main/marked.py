"""Mail that another program has marked as deleted: the mark is taken back, or the mail goes for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import CorreioError
from core.flags import Flag
from core.store.database import Database
from tui.actions import does, message, view
from tui.chosen import Chosen
from tui.screens.main.changes import Changed, Changes, expunged
from tui.translation import _, ngettext
from tui.view import folders_of

if TYPE_CHECKING:
    from core.operations import Place


class Marked(Changes):
    """What is done with the mark `\\Deleted`, and what is told of a message without opening it."""

    def is_marked(self, id: int) -> bool:
        """Whether a message is marked as deleted."""
        from core.store import messages

        return bool(messages.flags_of(self.desk.db, id) & Flag.DELETED)

    def mark_told(self, id: int) -> tuple[str, ...]:
        """What is said above the text of a message that is marked as deleted."""
        if not self.is_marked(id):
            return ()
        back, purge = self.correio.key_for(message.Undelete), self.correio.key_for(message.Purge)
        words = _("Marked as deleted by another program · {back} takes the mark back · {purge} purges")
        return (words.format(back=back or ":undelete", purge=purge or ":purge"),)

    @does(message.Undelete)
    def undelete(self) -> None:
        """Take the mark away."""

        def work(db: Database, places: Sequence[Place]) -> Changed:
            from core import operations

            wanted = _marked(db, places)
            words = ngettext("{n} message is no longer deleted", "{n} messages are no longer deleted", len(wanted))
            return Changed(operations.set_flag(db, wanted, Flag.DELETED, False), words.format(n=f"{len(wanted):,}"))

        self.change(work)

    @does(message.Purge)
    def purge(self) -> None:
        """Delete for ever what is marked: exactly that, after asking."""
        chosen = self.chosen()
        everything = not self.list.selection and self.pane != "reader" and (not self.view.is_search or self.view.inside)
        shown = [folder.id for folder in folders_of(self.desk.db, self.view)] if everything else []

        def work(db: Database) -> list[Place]:
            from core.store import placements

            return placements.marked_deleted(db, shown) if everything else _marked(db, chosen.places(db))

        def found(places: list[Place] | None, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
            elif not places:
                self.say(_("Nothing here is marked as deleted."))
            else:
                self._ask_purge(places)
            let_go()

        let_go = self.correio.hold_keys()  # the next key is for the question
        self.desk.write(work, found, hurry=False)

    def _ask_purge(self, places: list[Place]) -> None:
        from tui.screens.dialog import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.list.clear_selection()
                self.change(expunged, chosen=Chosen(self.view, known=tuple(places)))

        words = ngettext(
            "Delete {n} message for ever that is marked as deleted?",
            "Delete {n} messages for ever that are marked as deleted?",
            len(places),
        )
        self.app.push_screen(Confirm(words.format(n=f"{len(places):,}"), _("Purge")), answered)

    @does(view.WholeDate)
    def whole_date(self) -> None:
        """When the message was written, and when it came."""
        from core.store import messages
        from tui.dates import full_date

        row = self.list.current
        id = self.correio.opened_message if self.pane == "reader" else row.message if row is not None else 0
        if not id:
            return
        mail = messages.get(self.desk.db, id)
        came = _("Came {date}").format(date=full_date(mail.received))
        same = mail.date is not None and abs(mail.date - mail.received) < 60
        if mail.date is None or same:
            self.say(came)
        else:
            self.say(_("{came}, written {date}").format(came=came, date=full_date(mail.date)))


def _marked(db: Database, places: Sequence[Place]) -> list[Place]:
    """Those of some places that are marked as deleted."""
    from core.store import placements

    return [
        (folder, id)
        for folder, id in places
        if any(one.flags & Flag.DELETED and not one.hidden for one in placements.of_message(db, id, folder))
    ]
