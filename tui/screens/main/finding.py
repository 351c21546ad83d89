"""Finding mail: searching everything, filtering the list, choosing by a query, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import QueryError
from tui.actions import does, program, search, select
from tui.screens.main.navigation import Navigation
from tui.translation import _, ngettext
from tui.view import View, source_of, with_choices
from tui.widgets.list_window import ListWindow


@dataclass(frozen=True, slots=True)
class Left:
    """A list as it was when a search took its place."""

    view: View
    window: ListWindow | None


class Finding(Navigation):
    """What queries do to the list."""

    def __init__(self) -> None:
        super().__init__()
        self._left: Left | None = None
        self._selected_by_query = False

    def open_folder(self, id: int) -> None:
        """Show a folder in the list; a search is over then."""
        self._left = None
        super().open_folder(id)

    # ------------------------------------------------------------------ searching

    @does(search.Search)
    def search_mail(self, argument: str = "") -> None:
        """Search all mail, or the message in the reader."""
        if argument:
            self._finish(self._search_view(argument))
        elif self.pane == "reader":
            self.ask_line(_("Find in the message: "), self._find_in_reader, value=self.reader.wanted)
        else:
            value = self.view.query if self.view.is_search and not self.view.inside else ""
            self._ask_query(_("Search: "), value, self._search_view)

    @does(search.Filter)
    def filter_list(self, argument: str = "") -> None:
        """Show only what fits a query."""
        if argument:
            self._finish(self._filter_view(argument))
        else:
            value = self.view.query if self.view.inside else ""
            self._ask_query(_("Show only: "), value, self._filter_view)

    def _search_view(self, words: str) -> View:
        return View(folder=self.view.folder, query=words, threads=False)

    def _filter_view(self, words: str) -> View:
        return View(folder=self.view.folder, query=words, inside=True, threads=False)

    def _ask_query(self, label: str, value: str, view_of: Callable[[str], View]) -> None:
        """Ask for a query and show what it finds while it is typed; Escape leads back to where one was."""
        before = Left(self.view, self.list.window)
        if self.pane != "list":
            self.show_pane("list")

        def typing(words: str) -> None:
            if len(words.strip()) >= 2:
                self._find(view_of(words), quiet=True)
            elif self.list.window is not before.window:
                self._go_back_to(before)

        def done(words: str) -> None:
            if words.strip():
                self._finish(view_of(words))
            else:
                self.leave_search()

        self.ask_line(label, done, value=value, typing=typing, given_up=lambda: self._give_up(before))

    def _finish(self, wanted: View) -> None:
        if self.view != wanted or self.list.window is None:
            self._find(wanted)
        self.show_pane("list")

    def _find(self, wanted: View, *, quiet: bool = False) -> None:
        """Show what a query finds; while it is typed, one that cannot be understood yet changes nothing."""
        try:
            source_of(self.desk.db, wanted)
        except QueryError as error:
            if not quiet:
                self.complain(error)
            return
        if not self.view.is_search:
            self._left = Left(self.view, self.list.window)
        self.open_view(wanted)

    def _give_up(self, before: Left) -> None:
        if self.list.window is not before.window:
            self._go_back_to(before)

    def leave_search(self) -> bool:
        """Back to the list as it was before the search; False when there is no search."""
        if not self.view.is_search:
            return False
        left, self._left = self._left, None
        if left is None:
            self.open_view(with_choices(self.desk, View(self.view.folder)))
        else:
            self._go_back_to(left)
        return True

    def _go_back_to(self, left: Left) -> None:
        """The list as it was, with what has changed since."""
        if not left.view.is_search:
            self._left = None
        self.view = left.view
        if left.window is None:
            self.open_first()
            return
        self.list.show_window(left.window)
        self.refresh_list()

    @does(search.NextHit)
    def next_hit(self) -> None:
        """The next message that was found."""
        self.list.step(1)

    @does(search.PreviousHit)
    def previous_hit(self) -> None:
        """The message found before."""
        self.list.step(-1)

    def _find_in_reader(self, words: str) -> None:
        found = self.reader.find(words)
        if words:
            hits = ngettext("{n} hit", "{n} hits", found).format(n=found)
            self.say(hits if found else _("Not found."), warning=not found)

    # ------------------------------------------------------------------ choosing by a query

    @does(select.ByQuery)
    def select_by_query(self, argument: str = "") -> None:
        """Choose what fits a query. In threads, the messages themselves are shown and chosen, not whole conversations."""
        if argument:
            self._choose(argument)
        else:
            self.ask_line(_("Select (a query, * for all): "), self._choose)

    def _choose(self, words: str) -> None:
        if words.strip() not in ("", "*"):
            query = f"({self.view.query}) {words}" if self.view.is_search else words
            wanted = View(folder=self.view.folder, query=query, inside=self.view.inside or not self.view.is_search, threads=False)
            before = self.view
            self._find(wanted)
            if self.view == before:
                return
            self._selected_by_query = not before.is_search
        self.list.select_everything()

    # ------------------------------------------------------------------ back

    @does(program.Back)
    def go_back(self) -> None:
        """Out of the message, the folders, the selection, the search; at the top, leave."""
        if self.pane in ("reader", "tree"):
            self.show_pane("list")
        elif not self._undo_choice():
            self.correio.leave()

    @does(program.Cancel)
    def cancel(self) -> None:
        """Give up a selection, a search, a message in the footer."""
        if self.pane == "reader" and self.reader.wanted:
            self.reader.find("")
        elif self.pane in ("reader", "tree"):
            self.show_pane("list")
        elif not self._undo_choice():
            self.say("")

    def _undo_choice(self) -> bool:
        """Out of the selection, or else the search; a search made for a selection goes with it. False at the top."""
        if self.list.clear_selection():
            if self._selected_by_query:
                self._selected_by_query = False
                self.leave_search()
            return True
        return self.leave_search()
