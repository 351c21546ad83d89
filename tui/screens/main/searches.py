"""Saved searches: lines of the folder tree that stand for a query, kept in the settings file."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from core.clean import clean_line
from core.errors import CorreioError, QueryError
from core.settings import SavedSearch, Settings
from core.settings.file import save
from tui.actions import does, search
from tui.screens.main.finding import Finding
from tui.translation import _
from tui.view import Names, account_names

if TYPE_CHECKING:
    from core.store.database import Database


LEAST_PAUSE = 1.0
"""Seconds between two countings of the saved searches' unread mails."""
SHARE = 10
"""So many times as long as a counting took is the pause after it, at least."""


class Searches(Finding):
    """Saving, renaming and dropping searches, and their unread counts."""

    def __init__(self) -> None:
        super().__init__()
        self._counting = False
        self._count_again = False

    def count_searches(self) -> None:
        """Have the unread mails of saved searches counted beside everything else; what changes meanwhile is counted after."""
        self._count_again = self._counting
        if self._counting or not self.desk.settings.searches:
            return
        self._counting = True
        queries = {one.id: one.query for one in self.desk.settings.searches}
        names = account_names(self.desk)

        def work(db: Database) -> tuple[dict[str, int], float]:
            begin = time.monotonic()
            return {id: _unread(db, query, names) for id, query in queries.items()}, time.monotonic() - begin

        self.desk.look_up(work, self._counted)

    def _counted(self, answer: tuple[dict[str, int], float] | None, error: CorreioError | None) -> None:
        if error is not None:
            self.complain(error)
        if not self.is_mounted:
            return
        found, seconds = answer or (self.unread_in_searches, 0.0)
        if found != self.unread_in_searches:
            self.unread_in_searches = found
            self.fill_tree()
        self.set_timer(max(LEAST_PAUSE, SHARE * seconds), self._paused)

    def _paused(self) -> None:
        self._counting = False
        if self._count_again:
            self.count_searches()

    @property
    def has_saved(self) -> bool:
        """Whether the line under the tree's cursor, or the list, is a saved search."""
        return self._saved_here() is not None

    def _saved_here(self) -> SavedSearch | None:
        entry = self.folder_tree.current if self.pane == "tree" else None
        id = entry.key[1] if entry is not None and entry.kind == "saved" and isinstance(entry.key, tuple) else ""
        wanted = id or (self.view.saved if self.pane != "tree" else "")
        return next((one for one in self.desk.settings.searches if one.id == wanted), None)

    @does(search.Save)
    def save_search(self, argument: str = "") -> None:
        """Keep the search that is shown in the folder tree."""
        query = self.view.query
        if not query:
            self.say(_("Search for something first, then save it."))
            return

        def answered(name: str) -> None:
            if name.strip():
                made = SavedSearch(name=name.strip(), query=query)
                words = _("Saved in the folder tree: {name}").format(name=clean_line(made.name))
                self._change_searches(lambda old: (*(one for one in old if one.name != made.name), made), words)

        if argument:
            answered(argument)
        else:
            self.ask_line(_("Save the search as: "), answered, value=clean_line(query))

    @does(search.Rename)
    def rename_search(self, argument: str = "") -> None:
        """Another name for a saved search."""
        found = self._saved_here()
        if found is None:
            return

        def answered(name: str) -> None:
            if name.strip():
                renamed = replace(found, name=name.strip())
                self._change_searches(lambda old: tuple(renamed if one.id == found.id else one for one in old), "")

        if argument:
            answered(argument)
        else:
            self.ask_line(_("New name of the search: "), answered, value=found.name)

    @does(search.Forget)
    def forget_search(self) -> None:
        """Take a saved search out of the folder tree."""
        found = self._saved_here()
        if found is None:
            return
        words = _("No longer saved: {name}").format(name=clean_line(found.name))
        self._change_searches(lambda old: tuple(one for one in old if one.id != found.id), words)
        if self.view.saved == found.id:
            self.view = replace(self.view, saved="")

    def _change_searches(self, change: Callable[[tuple[SavedSearch, ...]], tuple[SavedSearch, ...]], words: str) -> None:
        def new(old: Settings) -> Settings:
            return replace(old, searches=change(old.searches))

        def done(result: object, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
                return
            self.desk.reload_settings()
            self.fill_tree()
            self.count_searches()
            self.show_place()
            if words:
                self.say(words)

        file = self.desk.wiring.home.settings_file
        self.desk.write(lambda db: save(file, new), done, hurry=False)


def _unread(db: Database, query: str, names: Names) -> int:
    """The unread mails that a saved search finds; 0 where it cannot be understood."""
    from core.query.parse import parse
    from core.store import search

    try:
        return search.unread(db, parse(query, typing=True), search.context(db, names))
    except QueryError:
        return 0
