"""Changing mail from the list and the reader: at once on the screen, journalled, taken back with `u`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from core.errors import CorreioError
from core.flags import Flag
from core.store.database import Database
from core.store.folders import Folder
from core.store.lists import Row
from tui.actions import Action, does, message, select, view
from tui.chosen import Chosen, place_of
from tui.screens.main.server_search import ServerSearch
from tui.translation import _, ngettext
from tui.view import account_names, folders_of
from tui.widgets.list_window import Entry

if TYPE_CHECKING:  # what changes need is imported when something is changed
    from core.operations import Place, Undone


class Changed(NamedTuple):
    """What the writer did: the step in the journal (0: nothing, -1: something that `undo` does not know), and a sentence."""

    step: int
    words: str


Change = Callable[[Database, Sequence[tuple[int, int]]], Changed]
"""What is done with places (folder, message)."""


class Changes(ServerSearch):
    """What can be done with the chosen messages."""

    # ------------------------------------------------------------------ which messages

    def chosen(self, *, whole: bool = False) -> Chosen:
        """The messages to change: the selection, else the one in the reader or under the cursor."""
        in_reader = self.pane == "reader"
        if self.list.selection and not in_reader:
            selection = self.list.selection.snapshot()
            names, extra = account_names(self.desk), tuple(self.from_servers(self.view))
            return Chosen(self.view, selection=selection, whole=whole, names=names, extra=extra)
        row = self.row_of_reader() if in_reader else self.list.current
        if row is None:
            return Chosen(self.view)
        if in_reader and not whole:
            place = place_of(self.desk.db, self.correio.opened_message, row.folder)
            return Chosen(self.view, known=(place,) if place else ())
        return Chosen(self.view, rows=(row,), whole=whole)

    def row_of_reader(self) -> Row | None:
        """The row of the message in the reader; `opening` knows it."""
        return self.list.current

    def lets(self, right: str) -> bool:
        """Whether the owner of the folder in view, or of the one under the tree's cursor, lets us do this (RFC 4314)."""
        from core.store import rights

        entry = self.folder_tree.current if self.pane == "tree" else None
        folder = entry.key if entry is not None and isinstance(entry.key, int) else self.view.folder
        return not folder or rights.allows(self.desk.db, folder, right)

    # ------------------------------------------------------------------ doing it

    def change(self, work: Change, *, leaves: bool = False, chosen: Chosen | None = None) -> None:
        """Carry out a change in the writer's thread; `leaves`: the messages go out of the list, at once on the screen."""
        chosen = self.chosen() if chosen is None else chosen
        if chosen.nothing:
            self.app.bell()
            return
        if leaves:
            self._show_as_gone(chosen)
            self.list.clear_selection()

        self.desk.write(lambda db: work(db, chosen.places(db)), self._changed)

    def _show_as_gone(self, chosen: Chosen) -> None:
        """Take the chosen lines out of the list before the store says so. What a search over all mail found stays."""
        in_reader, stays = self.pane == "reader", self.view.is_search and not self.view.inside
        if chosen.known and in_reader:
            self.leave_reader(chosen.known[0])
            return
        if stays:
            self.list.step(0 if chosen.selection else 1)
        else:
            self.list.take_out(self._gone(chosen))
        if in_reader:
            self.read_current()

    def _gone(self, chosen: Chosen) -> Callable[[Entry], bool]:
        selection = chosen.selection
        whole = self.view.in_threads
        threads = {row.thread for row in chosen.rows if chosen.whole or (whole and not row.depth)}
        messages = {row.message for row in chosen.rows if row.depth or not whole}

        def gone(entry: Entry) -> bool:
            if selection is not None:
                return entry in selection
            single = entry.child or not whole
            return entry.row.thread in threads or (single and entry.row.message in messages)

        return gone

    def _changed(self, result: Changed | None, error: CorreioError | None) -> None:
        self.correio.store_changed()
        if error is not None:
            self.complain(error)
        elif result is not None and result.step < 0:
            self.say(result.words)
        elif result is not None and result.step:
            self.say(_("{done} · {undo}").format(done=result.words, undo=self._undo_hint()))
        else:
            self.say(_("There was nothing to change."))
        window = self.list.window
        if self._selected_by_query and window is not None and not window.entries:
            self._selected_by_query = False
            self.leave_search()

    def _undo_hint(self) -> str:
        return _("{key} takes it back").format(key=self.correio.key_for(message.Undo) or ":undo")

    def read_current(self) -> None:
        """Show the message under the cursor in the reader; `opening` does it."""

    def leave_reader(self, place: Place) -> None:
        """The message in the reader goes out of its folder: show the next one; `opening` does it."""

    # ------------------------------------------------------------------ taking back

    @does(message.Undo)
    def undo(self) -> None:
        """Take the last change back; a mail that still waits to be sent comes back first."""
        self.correio.undo_send(self._undo_change)

    def _undo_change(self) -> None:
        def work(db: Database) -> tuple[Undone, list[tuple[int, ...]]] | None:
            from core import operations
            from core.store import journal

            undone = operations.undo(db)
            if undone is None:
                return None
            return undone, [operation.messages for operation in journal.of_step(db, undone.step)]

        steps = self.list.steps
        self.desk.write(work, lambda result, error: self._undone(result, error, steps))

    def _undone(self, result: tuple[Undone, list[tuple[int, ...]]] | None, error: CorreioError | None, steps: int) -> None:
        if error is not None:
            self.complain(error)
        elif result is None:
            self.say(_("There is nothing to undo."))
        else:
            from tui.undone_words import undone_words

            undone, messages = result
            self.correio.store_changed()
            self.say(undone_words(undone))
            if steps == self.list.steps:  # else somebody has gone on meanwhile: the next key is meant for where he is
                self._show_again(messages, undone.kind)

    def _show_again(self, messages: Sequence[tuple[int, ...]], kind: str) -> None:
        """Put the cursor on what has come back into the list; `messages`: of each operation of the step."""
        if kind not in ("move", "expunge") or self.view.is_search or self.pane != "list":
            return
        source = self.list.window.source if self.list.window is not None else None
        firsts = [id for some in messages for id in some[:1]]
        found = [key for id in firsts if source is not None and (key := source.key_of(id)) is not None]
        if found:
            self.list.go_to(max(found), {id for some in messages for id in some})

    # ------------------------------------------------------------------ the changes

    @does(message.Archive)
    def archive(self) -> None:
        """To the archive."""
        self._to_role("archive", self.chosen())

    @does(message.Trash)
    def trash(self) -> None:
        """To the trash; from the trash, ask to delete for ever."""
        if self._in_role("trash"):
            self.delete()
        else:
            self._to_role("trash", self.chosen())

    @does(message.Delete)
    def delete(self) -> None:
        """Delete for ever, after asking."""
        chosen = self.chosen()
        if chosen.nothing:
            return

        if chosen.selection is None:  # a line or a few
            self._ask_delete(chosen, chosen.places(self.desk.db))
            return
        let_go = self.correio.hold_keys()  # the next key is for the question

        def counted(places: list[Place] | None, error: CorreioError | None) -> None:
            self._ask_delete(chosen, places or [])
            let_go()

        self.desk.write(chosen.places, counted, hurry=False)

    def _ask_delete(self, chosen: Chosen, places: list[Place]) -> None:
        from tui.screens.dialog import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.change(expunged, leaves=True, chosen=chosen)

        count = len(places)
        words = ngettext("Delete {n} message for ever?", "Delete {n} messages for ever?", count).format(n=f"{count:,}")
        if count:
            self.app.push_screen(Confirm(words, _("Delete")), answered)

    @does(message.Move)
    def move(self, argument: str = "") -> None:
        """To a folder chosen by a few letters."""
        self._to_folder(message.Move, _("Move to"), argument, self.chosen())

    @does(message.Copy)
    def copy(self, argument: str = "") -> None:
        """A copy into a folder."""
        self._to_folder(message.Copy, _("Copy to"), argument, self.chosen())

    @does(message.Flag)
    def flag(self) -> None:
        """Flag, or take the flag away."""
        self.change(_toggled(Flag.FLAGGED))

    @does(message.Read)
    def read_or_unread(self) -> None:
        """Read, or unread when all are read."""
        self.change(_toggled(Flag.SEEN))

    @does(message.ThreadArchive)
    def archive_thread(self) -> None:
        """The whole thread to the archive."""
        self._to_role("archive", self.chosen(whole=True))

    @does(message.ThreadTrash)
    def trash_thread(self) -> None:
        """The whole thread to the trash."""
        self._to_role("trash", self.chosen(whole=True))

    @does(message.ThreadMove)
    def move_thread(self, argument: str = "") -> None:
        """The whole thread to a folder."""
        self._to_folder(message.ThreadMove, _("Move the thread to"), argument, self.chosen(whole=True))

    @does(message.ThreadRead)
    def thread_read(self) -> None:
        """The whole thread read, or unread when it is read."""
        self.change(_toggled(Flag.SEEN), chosen=self.chosen(whole=True))

    @does(message.ThreadSplit)
    def split_thread(self) -> None:
        """The message under the cursor of an unfolded thread, or in the reader, begins a thread of its own."""
        row = self.list.current
        split = self.correio.opened_message if self.pane == "reader" else row.message if row and row.depth else 0
        if not split:
            words = _("Unfold the thread with {key}, and go to the message that is to begin a new one.")
            alone = row is None or row.total < 2
            self.say(_("There is no thread here to split.") if alone else words.format(key=self.correio.key_for(view.Fold)))
            return

        def work(db: Database, places: Sequence[Place]) -> Changed:
            from core import conversations

            return Changed(conversations.split(db, split), _("The thread is split"))

        self.change(work, chosen=Chosen(self.view, known=((0, split),)))

    @does(message.ThreadJoin)
    def join_threads(self) -> None:
        """One thread of all that are selected."""
        if not self.list.selection:
            words = _("Select the threads that belong together with {key} first.")
            self.say(words.format(key=self.correio.key_for(select.Toggle)))
            return

        def work(db: Database, places: Sequence[Place]) -> Changed:
            from core import conversations

            return Changed(conversations.join(db, [message for _folder, message in places]), _("The threads are one now"))

        self.change(work)
        self.list.clear_selection()

    def _to_role(self, role: str, chosen: Chosen) -> None:
        if self._in_role(role):
            self.say(_("This is the archive already.") if role == "archive" else _("This is the trash already."))
            return

        def work(db: Database, places: Sequence[Place]) -> Changed:
            from core import special_folder

            count = len(places)
            words = {
                "archive": ngettext("{n} message archived", "{n} messages archived", count),
                "trash": ngettext("{n} message in the trash", "{n} messages in the trash", count),
            }
            return Changed(special_folder.to_role(db, places, role), words[role].format(n=f"{count:,}"))

        self.change(work, leaves=True, chosen=chosen)

    def _to_folder(self, action: type[Action], title: str, argument: str, chosen: Chosen) -> None:
        if chosen.nothing:
            self.app.bell()
            return
        moves = action is not message.Copy

        def picked(folder: Folder | None) -> None:
            if folder is not None:
                self.correio.remember(action, folder.path)
                self.change(_moved(folder) if moves else _copied(folder), leaves=moves, chosen=chosen)

        self.pick_folder(title, picked, argument, account=self._account_of(chosen))

    def _account_of(self, chosen: Chosen) -> int:
        """The account row of the first chosen message; its folders are offered first."""
        first = next((row.folder for row in chosen.rows), next((folder for folder, _message in chosen.known), 0))
        return int(self.desk.db.value("SELECT account FROM folder WHERE id = ?", (first,)) or 0)

    def _in_role(self, role: str) -> bool:
        shown = folders_of(self.desk.db, self.view)
        return bool(shown) and all(one.role == role for one in shown) and (not self.view.is_search or self.view.inside)


def expunged(db: Database, places: Sequence[Place]) -> Changed:
    """Delete messages for ever."""
    from core import operations

    count = len(places)
    words = ngettext("{n} message deleted for ever", "{n} messages deleted for ever", count)
    return Changed(operations.expunge(db, places), words.format(n=f"{count:,}"))


def _moved(folder: Folder) -> Change:
    def work(db: Database, places: Sequence[Place]) -> Changed:
        from core import operations

        count = len(places)
        words = ngettext("{n} message moved to {folder}", "{n} messages moved to {folder}", count)
        return Changed(operations.move(db, places, folder.id), words.format(n=f"{count:,}", folder=folder.path))

    return work


def _copied(folder: Folder) -> Change:
    def work(db: Database, places: Sequence[Place]) -> Changed:
        from core import operations

        count = len(places)
        words = ngettext("{n} message copied to {folder}", "{n} messages copied to {folder}", count)
        return Changed(operations.copy(db, places, folder.id), words.format(n=f"{count:,}", folder=folder.path))

    return work


def _toggled(flag: Flag) -> Change:
    """Set the flag, or clear it where all have it; decided by the writer, so that two keys in a row are two changes."""

    def work(db: Database, places: Sequence[Place]) -> Changed:
        from core import operations

        on = not all(_has(db, place, flag) for place in places)
        count = len(places)
        words = {
            (Flag.SEEN, True): ngettext("{n} message marked read", "{n} messages marked read", count),
            (Flag.SEEN, False): ngettext("{n} message marked unread", "{n} messages marked unread", count),
            (Flag.FLAGGED, True): ngettext("{n} message flagged", "{n} messages flagged", count),
            (Flag.FLAGGED, False): ngettext("Flag taken off {n} message", "Flag taken off {n} messages", count),
        }
        return Changed(operations.set_flag(db, places, flag, on), words[flag, on].format(n=f"{count:,}"))

    return work


def _has(db: Database, place: Place, flag: Flag) -> bool:
    from core.store import placements

    folder, id = place
    return all(one.flags & flag for one in placements.of_message(db, id, folder) if not one.hidden)
