"""Changing mail from the list and the reader: at once on the screen, journalled, taken back with `u`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core import operations
from core.errors import CorreioError
from core.flags import Flag
from core.operations import Place
from core.store.database import Database
from core.store.folders import Folder
from core.store.lists import Row
from tui.actions import Action, does, message
from tui.screens.main.navigation import Navigation
from tui.translation import _, ngettext

Change = Callable[[Database, Sequence[Place]], int]


class Changes(Navigation):
    """What can be done with the chosen messages."""

    # ------------------------------------------------------------------ which messages

    def chosen_places(self, *, whole_threads: bool = False) -> list[Place]:
        """The messages to change: the selection, else the one in the reader or under the cursor.

        A folded conversation stands for all of its messages in this folder.
        """
        rows = self.list.chosen()
        if self.pane == "reader" and not self.list.selection and not whole_threads:
            opened = self.correio.opened_message
            return [(row.folder, opened) for row in rows[:1]] if opened else []
        found: dict[Place, None] = {}
        for row in rows:
            found.update(dict.fromkeys(self._places_of(row, whole_threads)))
        return list(found)

    def _places_of(self, row: Row, whole: bool) -> list[Place]:
        window = self.list.window
        opened = window is not None and (window.all_unfolded or row.thread in window.unfolded)
        if not whole and (row.total <= 1 or row.depth or opened):
            return [(row.folder, row.message)]
        rows = self.desk.db.read(
            "SELECT message FROM placement WHERE folder = ? AND thread = ? AND hidden = 0", (row.folder, row.thread)
        )
        return [(row.folder, id) for (id,) in rows]

    # ------------------------------------------------------------------ doing it

    def change(self, work: Change, words: str, *, leaves: bool = False, places: list[Place] | None = None) -> None:
        """Carry out a change on the chosen messages; `words` has `{n}`; `leaves`: they go out of the list."""
        chosen = self.chosen_places() if places is None else places
        if not chosen:
            return
        in_reader = self.pane == "reader"

        def done(result: Any, error: CorreioError | None) -> None:
            self.correio.call_from_thread(self._changed, len(chosen), words, leaves and in_reader, error)

        self.list.clear_selection()
        self.desk.write(lambda db: work(db, chosen), done)

    def _changed(self, count: int, words: str, next_one: bool, error: CorreioError | None) -> None:
        if error is not None:
            self.complain(error)
            return
        self.correio.store_changed()
        self.say(words.format(n=count))
        if next_one:
            self.read_current()

    def read_current(self) -> None:
        """Show the message under the cursor in the reader; `opening` does it."""

    @does(message.Undo)
    def undo(self) -> None:
        """Take the last change back; a mail that still waits to be sent comes back first."""
        if self.correio.undo_send():
            return

        def done(result: Any, error: CorreioError | None) -> None:
            self.correio.call_from_thread(self._undone, result, error)

        self.desk.write(operations.undo, done)

    def _undone(self, undone: operations.Undone | None, error: CorreioError | None) -> None:
        if error is not None:
            self.complain(error)
        elif undone is None:
            self.say(_("There is nothing to undo."))
        else:
            self.correio.store_changed()
            count = undone.messages
            self.say(ngettext("Taken back: {n} message", "Taken back: {n} messages", count).format(n=count))

    # ------------------------------------------------------------------ the changes

    @does(message.Archive)
    def archive(self) -> None:
        """To the archive."""
        self._to_role("archive", _("Archived: {n}   u takes it back"))

    @does(message.Trash)
    def trash(self) -> None:
        """To the trash; from the trash, ask to delete for ever."""
        if self._in_role("trash"):
            self.delete()
            return
        self._to_role("trash", _("In the trash: {n}   u takes it back"))

    @does(message.Delete)
    def delete(self) -> None:
        """Delete for ever, after asking."""
        from tui.screens.dialog import Confirm

        places = self.chosen_places()
        if not places:
            return
        count = len(places)
        words = ngettext("Delete {n} message for ever?", "Delete {n} messages for ever?", count).format(n=count)

        def answered(yes: bool | None) -> None:
            if yes:
                self.change(operations.expunge, _("Deleted: {n}   u takes it back for some days"), leaves=True, places=places)

        self.app.push_screen(Confirm(words, _("Delete")), answered)

    @does(message.Move)
    def move(self, argument: str = "") -> None:
        """To a folder chosen by a few letters."""
        words = _("Moved to {folder}: {{n}}   u takes it back")
        self._to_folder(message.Move, _("Move to"), argument, operations.move, words, leaves=True)

    @does(message.Copy)
    def copy(self, argument: str = "") -> None:
        """A copy into a folder."""
        self._to_folder(message.Copy, _("Copy to"), argument, operations.copy, _("Copied to {folder}: {{n}}"), leaves=False)

    @does(message.Flag)
    def flag(self) -> None:
        """Flag, or take the flag away."""
        self._toggle(Flag.FLAGGED, _("Flagged: {n}"), _("Flag taken away: {n}"))

    @does(message.Read)
    def read_or_unread(self) -> None:
        """Read, or unread when all are read."""
        self._toggle(Flag.SEEN, _("Read: {n}"), _("Unread: {n}"))

    @does(message.ThreadArchive)
    def archive_thread(self) -> None:
        """The whole thread to the archive."""
        self._to_role("archive", _("Archived: {n}   u takes it back"), self.chosen_places(whole_threads=True))

    @does(message.ThreadTrash)
    def trash_thread(self) -> None:
        """The whole thread to the trash."""
        self._to_role("trash", _("In the trash: {n}   u takes it back"), self.chosen_places(whole_threads=True))

    @does(message.ThreadMove)
    def move_thread(self, argument: str = "") -> None:
        """The whole thread to a folder."""
        places = self.chosen_places(whole_threads=True)
        words = _("Moved to {folder}: {{n}}   u takes it back")
        self._to_folder(message.ThreadMove, _("Move the thread to"), argument, operations.move, words, leaves=True, places=places)

    @does(message.ThreadRead)
    def thread_read(self) -> None:
        """The whole thread read, or unread when it is read."""
        places = self.chosen_places(whole_threads=True)
        self._toggle(Flag.SEEN, _("Read: {n}"), _("Unread: {n}"), places)

    def _to_role(self, role: str, words: str, places: list[Place] | None = None) -> None:
        self.change(lambda db, them: operations.to_role(db, them, role), words, leaves=True, places=places)

    def _toggle(self, flag: Flag, on_words: str, off_words: str, places: list[Place] | None = None) -> None:
        chosen = self.chosen_places() if places is None else places
        on = not all(self._has(place, flag) for place in chosen)
        words = on_words if on else off_words
        self.change(lambda db, them: operations.set_flag(db, them, flag, on), words, places=chosen)

    def _has(self, place: Place, flag: Flag) -> bool:
        found = self.desk.db.value("SELECT flags FROM placement WHERE folder = ? AND message = ? AND hidden = 0", place)
        return bool((found or 0) & flag)

    def _to_folder(
        self, action: type[Action], title: str, argument: str, work: Callable[[Database, Sequence[Place], int], int], words: str,
        *, leaves: bool, places: list[Place] | None = None,
    ) -> None:  # fmt: skip
        chosen = self.chosen_places() if places is None else places
        if not chosen:
            return

        def picked(folder: Folder | None) -> None:
            if folder is not None:
                self.correio.remember(action, folder.path)
                told = words.format(folder=folder.path.replace("{", "{{").replace("}", "}}"))
                self.change(lambda db, them: work(db, them, folder.id), told, leaves=leaves, places=chosen)

        self.pick_folder(title, picked, argument)

    def _in_role(self, role: str) -> bool:
        from tui.view import folders_of

        return all(one.role == role for one in folders_of(self.desk, self.view)) and not self.view.is_search


