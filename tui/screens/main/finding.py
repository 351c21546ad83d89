"""Finding mail: searching everything, filtering the list, choosing by a query, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from msgspec import Struct
from msgspec.structs import replace

from core.clean import clean_line
from core.errors import QueryError
from tui.actions import Action, does, program, search, select
from tui.correspondents import people_of
from tui.screens.main.folder_changes import FolderChanges
from tui.sentences import sentence
from tui.translation import N_, _, ngettext
from tui.view import SCOPES, Scope, View, folders_of, unknown_name, with_choices
from tui.widgets.list_window import ListWindow
from tui.widgets.reader import Reader, hit_words

SCOPE_LABELS: dict[Scope, str] = {"all": N_("Search: "), "account": N_("Search this account: "), "folder": N_("Show only: ")}
SCOPE_TITLES: dict[Scope, str] = {"all": N_("In all mail"), "account": N_("In this account"), "folder": N_("In this folder")}


class Left(Struct, frozen=True):
    """A list as it was when a search took its place."""

    view: View
    window: ListWindow | None


class Typing(Struct):
    """A search that is being typed."""

    scope: Scope
    view_of: Callable[[str], View]


class Finding(FolderChanges):
    """What queries do to the list."""

    def __init__(self) -> None:
        super().__init__()
        self._left: Left | None = None
        self._selected_by_query = False
        self._typing: Typing | None = None
        self._within: tuple[str, Scope] | None = None
        """The query and the scope of the search whose hits are being narrowed."""

    def open_folder(self, id: int) -> None:
        """Show a folder in the list; a search is over then."""
        self._left = None
        super().open_folder(id)

    def open_entry(self, key: Hashable) -> None:
        """Show what is behind a line of the tree; the way back from a saved search is to where one was."""
        self._left = Left(self.view, self.list.window) if not self.view.is_search else self._left
        super().open_entry(key)
        if not self.view.is_search:
            self._left = None

    # ------------------------------------------------------------------ searching

    @property
    def has_search(self) -> bool:
        """Whether a search is being typed or shown."""
        return self._typing is not None or self.view.is_search

    @does(search.Search)
    def search_mail(self, argument: str = "") -> None:
        """Search all mail, or the message in the reader."""
        if argument:
            self._finish(self._search_view(argument))
        elif self.pane == "reader":
            self.ask_line(_("Find in the message: "), self._find_in_reader, value=self.reader.wanted)
        else:
            self._ask_query(self.view.scope if self.view.is_search and not self.view.inside else "all")

    @does(search.Filter)
    def filter_list(self, argument: str = "") -> None:
        """Show only what fits a query; in a search, only those of its hits."""
        if argument:
            self._finish(self._search_view(argument, "folder"))
        else:
            self._ask_query("folder")

    @does(search.Scope)
    def other_scope(self) -> None:
        """Look elsewhere: in all mail, in this account, in this folder."""
        typing = self._typing
        scope = self._next_scope(typing.scope if typing is not None else self.view.scope)
        if typing is None:
            self._finish(replace(self.view, scope=scope, saved=""))
            self.say(_(SCOPE_TITLES[scope]))
            return
        typing.scope = scope
        if self.prompt is not None:
            self.prompt.relabel(_(SCOPE_LABELS[scope]))
            if len(self.prompt.field.value.strip()) >= 2:
                self._find(typing.view_of(self.prompt.field.value), quiet=True)

    def _next_scope(self, scope: Scope) -> Scope:
        known = [one for one in SCOPES if one != "account" or (self.view.folder and len(self.desk.settings.accounts) > 1)]
        return known[(known.index(scope) + 1) % len(known)] if scope in known else "all"

    @does(search.Last)
    def last_search(self) -> None:
        """The search made last, as it finds now."""
        kept = self.desk.remembered("search:last")
        if not kept:
            self.say(_("Nothing was searched for yet."))
            return
        scope: Scope = next((one for one in SCOPES if one == kept["scope"]), "all")
        here = View(folder=int(kept["folder"]), role=str(kept["role"]))
        if scope != "all" and not folders_of(self.desk.db, here):
            scope, here = "all", View()
        self._finish(with_choices(self.desk, replace(here, query=str(kept["query"]), scope=scope)))

    @does(search.Person)
    def with_person(self, argument: str = "") -> None:
        """Everything exchanged with somebody: a name in the message, or the address given."""
        if argument:
            self._finish(self._search_view(f"with:{quoted(argument)}", here=View()))
            return
        message = self.correio.opened_message if self.pane == "reader" else self.list.current and self.list.current.message
        found = people_of(self.desk, message) if message else []
        if not found:
            self.app.bell()
        elif len(found) == 1:
            self.with_person(found[0].addr)
        else:
            from tui.screens.picker import Picker
            from tui.widgets.choice_list import Choice

            choices = [Choice(one.addr, clean_line(one.shown), clean_line(one.addr) if one.name else "") for one in found]

            def chosen(address: str | None) -> None:
                if address:
                    self.with_person(address)

            self.app.push_screen(Picker(_("Everything exchanged with"), choices), chosen)

    def _search_view(self, words: str, scope: Scope = "all", here: View | None = None) -> View:
        here = self.view if here is None else here
        if scope == "folder" and self._within and words.strip():
            query, scope = self._within
            words = f"({query}) {words}"
        return with_choices(self.desk, View(folder=here.folder, role=here.role, query=words, scope=scope))

    def _ask_query(self, scope: Scope) -> None:
        """Ask for a query and show what it finds while it is typed; Escape leads back to where one was."""
        before = Left(self.view, self.list.window)
        narrows = scope == "folder" and self.view.is_search and not self.view.inside
        value = "" if narrows or (scope == "folder") != self.view.inside else self.view.query
        self._within = (self.view.query, self.view.scope) if narrows else None
        self._typing = asked = Typing(scope, lambda words: self._search_view(words, asked.scope))
        if self.pane != "list":
            self.show_pane("list")

        def typing(words: str) -> None:
            if len(words.strip()) >= 2:
                self._find(asked.view_of(words), quiet=True)
            elif self.list.window is not before.window:
                self._go_back_to(before)

        def done(words: str) -> None:
            if words.strip():
                self._finish(asked.view_of(words))
            else:
                self.leave_search()
            self._typing = self._within = None

        def given_up() -> None:
            self._give_up(before)
            self._typing = self._within = None

        self.ask_line(_(SCOPE_LABELS[scope]), done, value=value, typing=typing, given_up=given_up, check=self._wrong_query)

    def _wrong_query(self, words: str) -> str:
        """What is wrong with a query that is finished, as a sentence; '' for one that is right, and for none."""
        from core.query.parse import parse

        if not words.strip():
            return ""
        try:
            parse(words)
            unknown = unknown_name(self.desk, words)
        except QueryError as error:
            return sentence(error)
        return "" if unknown is None else sentence(unknown)

    def _finish(self, wanted: View) -> None:
        if self.view != wanted or self.list.window is None:
            self._find(wanted)
        if self.view.is_search and self.view == wanted:
            last = {"query": wanted.query, "scope": wanted.scope, "folder": wanted.folder, "role": wanted.role}
            self.desk.remember("search:last", last)
            self.ask_servers()
        self.show_pane("list")

    def ask_servers(self) -> None:
        """Have the servers look for what is not here; `server_search` does it."""

    def _find(self, wanted: View, *, quiet: bool = False) -> None:
        """Show what a query finds; while it is typed, one that cannot be understood yet changes nothing."""
        try:
            self.source_of(wanted)
            unknown = None if quiet else unknown_name(self.desk, wanted.query)
        except QueryError as error:
            if not quiet:
                self.complain(error)
            return
        if unknown is not None:
            self.complain(unknown)
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
            self.open_view(with_choices(self.desk, View(self.view.folder, self.view.role)))
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
        self._mark_terms(left.view)
        self.list.show_window(left.window)
        self.folder_tree.show_here(self.entry_here)
        self.refresh_list()
        self.correio.show_keys()

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

    def on_reader_hit_reached(self, event: Reader.HitReached) -> None:
        """Where one is among the hits."""
        self.say(hit_words(event))

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
            scope = self.view.scope if self.view.is_search else "folder"
            wanted = View(folder=self.view.folder, role=self.view.role, query=query, scope=scope)
            before = self.view
            self._find(wanted)
            if self.view == before:
                return
            self._selected_by_query = not before.is_search
        self.list.select_everything()

    # ------------------------------------------------------------------ back

    @property
    def footer_words(self) -> dict[type[Action], str]:
        """What keys do here that do something else elsewhere: at the top, back is out."""
        top = self.pane == "list" and not self.view.is_search and not self.list.selection
        return {program.Back: _("quit")} if top else {}

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


def quoted(text: str) -> str:
    """A text as the value of a field in a query."""
    return '"' + text.replace("\\", " ").replace('"', " ").strip() + '"'
