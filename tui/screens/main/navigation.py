"""Going about: the folder tree, the list's view, searching and filtering."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

from core import operations
from core.clean import clean_line
from core.errors import CorreioError, QueryError
from core.store import accounts, folders
from core.store.folders import Folder
from tui.actions import does, folder, program, search, select, view
from tui.screens.main.panes import Panes
from tui.translation import _, ngettext
from tui.view import View, children_of, folders_of, keep_choices, source_of, title_of, with_choices
from tui.widgets.folder_tree import FolderTree
from tui.widgets.message_list import MessageList
from tui.widgets.tree_entry import TreeEntry, account_entries

UNIFIED: Hashable = "unified"


class Navigation(Panes):
    """Which folder is in the list, and how."""

    def __init__(self) -> None:
        super().__init__()
        self._before_search: View | None = None

    # ------------------------------------------------------------------ the tree

    def fill_tree(self) -> None:
        """Show accounts, folders and counts as the store has them."""
        desk = self.desk
        states = {state.row: state for state in accounts.states(desk.db)}
        entries: list[TreeEntry] = []
        inboxes = folders.with_role(desk.db, "inbox")
        if len(inboxes) > 1:
            unread = sum(one.unread for one in inboxes)
            entries.append(TreeEntry(UNIFIED, _("All inboxes"), 0, "unified", unread))
        for account in desk.settings.accounts:
            row = desk.row(account)
            state = states.get(row)
            notes = {"offline": _("offline"), "password": _("password?"), "error": _("error")}
            note = notes.get(state.state, "") if state else ""
            entries += account_entries(("account", row), account.name, folders.all_folders(desk.db, row), note)
        self.folder_tree.show_entries(entries)

    def open_first(self) -> None:
        """Begin in the Inbox of the default account."""
        default = self.desk.settings.default_account()
        found = folders.by_role(self.desk.db, self.desk.row(default), "inbox") if default else None
        if found is None:
            inboxes = folders.with_role(self.desk.db, "inbox")
            found = inboxes[0] if inboxes else None
        if found is not None:
            self.open_view(with_choices(self.desk, View(found.id)))
        else:
            self.list.empty_text = _("The folders are being fetched…")

    def open_folder(self, id: int) -> None:
        """Show a folder in the list."""
        self._before_search = None
        self.open_view(with_choices(self.desk, View(id)))

    def on_folder_tree_entry_opened(self, event: FolderTree.EntryOpened) -> None:
        """A folder was chosen in the tree."""
        key = event.entry.key
        self.open_folder(key if isinstance(key, int) else 0)
        self.show_pane("list")

    # ------------------------------------------------------------------ the list

    def open_view(self, wanted: View) -> None:
        """Show a view in the list; a query that cannot be understood leaves the list as it is."""
        try:
            source = source_of(self.desk, wanted)
        except QueryError as error:
            self.complain(error)
            return
        self.view = wanted
        threaded = wanted.threads and not wanted.is_search
        self.list.empty_text = _empty_words(wanted)
        self.list.show_source(source, (lambda row: children_of(self.desk, wanted, row)) if threaded else None)
        self.folder_tree.show_here(wanted.folder if wanted.folder else UNIFIED)
        self.show_place()

    def refresh_list(self) -> None:
        """Read the rows again; the cursor stays."""
        self.list.reload()
        self.show_place()

    def show_place(self) -> None:
        """Say in the header where one is."""
        shown = folders_of(self.desk, self.view)
        unread = sum(one.unread for one in shown)
        title = title_of(self.desk, self.view)
        if not self.view.is_search and unread:
            title = ngettext("{name}  {n} unread", "{name}  {n} unread", unread).format(name=title, n=unread)
        self.header.account = self.desk.account_name(shown[0].account) if self.view.folder and shown else ""
        self.header.folder = title
        notes = [_("unread only")] if self.view.unread_only else []
        count = self.list.selection.count(self.list.window.source) if self.list.window and self.list.selection else 0
        if count:
            notes.append(ngettext("{n} selected", "{n} selected", count).format(n=count))
        self.header.note = ", ".join(notes)

    def on_message_list_selection_changed(self, event: MessageList.SelectionChanged) -> None:
        """Another number of messages is chosen."""
        self.show_place()

    @does(view.Threads)
    def threads_or_flat(self) -> None:
        """Threads, or each message on its own."""
        self._change_view(replace(self.view, threads=not self.view.threads))

    @does(view.Unread)
    def unread_only(self) -> None:
        """Unread messages only, or all."""
        self._change_view(replace(self.view, unread_only=not self.view.unread_only))

    def _change_view(self, wanted: View) -> None:
        self.open_view(wanted)
        keep_choices(self.desk, wanted)

    # ------------------------------------------------------------------ going to folders

    @does(folder.Go)
    async def go_to_folder(self, argument: str = "") -> None:
        """To a folder chosen by a few letters."""

        def chosen(found: Folder | None) -> None:
            if found is not None:
                self.open_folder(found.id)
                self.show_pane("list")

        self.pick_folder(_("Go to folder"), chosen, argument)

    def pick_folder(self, title: str, chosen: Callable[[Folder | None], None], typed: str = "") -> None:
        """Ask for a folder; `chosen` gets it, or None. A name that is exact needs no question."""
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        desk = self.desk
        several = len(desk.settings.accounts) > 1
        known = {
            (f"{desk.account_name(one.account)}/{one.path}" if several else one.path): one
            for one in folders.all_folders(desk.db)
            if one.selectable
        }
        exact = known.get(typed) or next((one for one in known.values() if typed and one.path == typed), None)
        if exact is not None:
            chosen(exact)
            return
        choices = [Choice(one, clean_line(name)) for name, one in known.items()]
        self.app.push_screen(Picker(title, choices, typed), chosen)

    @does(folder.Next)
    def next_folder(self) -> None:
        """To the next folder of the tree."""
        self._open_neighbour(1)

    @does(folder.Previous)
    def previous_folder(self) -> None:
        """To the previous folder of the tree."""
        self._open_neighbour(-1)

    def _open_neighbour(self, step: int) -> None:
        found = self.folder_tree.neighbour(step)
        if found is None:
            self.app.bell()
            return
        self.open_folder(found.key if isinstance(found.key, int) else 0)

    @does(folder.Inbox)
    def go_inbox(self) -> None:
        """To the inbox."""
        self._go_role("inbox")

    @does(folder.Drafts)
    def go_drafts(self) -> None:
        """To the drafts."""
        self._go_role("drafts")

    @does(folder.Sent)
    def go_sent(self) -> None:
        """To the sent messages."""
        self._go_role("sent")

    @does(folder.Trash)
    def go_trash(self) -> None:
        """To the trash."""
        self._go_role("trash")

    @does(folder.Unified)
    def go_unified(self) -> None:
        """To all inboxes."""
        self.open_folder(0)
        self.show_pane("list")

    def _go_role(self, role: str) -> None:
        shown = folders_of(self.desk, self.view)
        found = folders.by_role(self.desk.db, shown[0].account, role) if shown else None
        if found is None:
            self.say(_("This account has no such folder."), warning=True)
            return
        self.open_folder(found.id)
        self.show_pane("list")

    @does(folder.New)
    def new_folder(self) -> None:
        """A folder below the one under the cursor."""
        entry = self.folder_tree.current
        shown = folders_of(self.desk, self.view)
        parent = folders.get(self.desk.db, entry.key) if entry and isinstance(entry.key, int) else None
        account = parent.account if parent else shown[0].account if shown else None
        if account is None:
            return
        beginning = f"{parent.path}{parent.delimiter or '/'}" if parent and parent.role != "inbox" else ""

        def answered(path: str) -> None:
            if path.strip():
                self.desk.write(lambda db: operations.create_folder(db, account, path.strip()), self.correio.reported())

        self.ask_line(_("Name of the new folder: "), answered, value=beginning)

    # ------------------------------------------------------------------ finding

    @does(search.Search)
    def search_mail(self, argument: str = "") -> None:
        """Search all mail, or the message in the reader."""
        if argument:
            self._search(argument)
        elif self.pane == "reader":
            self.ask_line(_("Find in the message: "), self._find_in_reader, value=self.reader.wanted)
        else:
            before = self.view.query if self.view.is_search and not self.view.inside else ""
            self.ask_line(_("Search: "), self._search, value=before, typing=self._search_typing)

    def _find_in_reader(self, words: str) -> None:
        found = self.reader.find(words)
        if words:
            self.say(ngettext("{n} hit", "{n} hits", found).format(n=found) if found else _("Not found."), warning=not found)

    def _search_typing(self, words: str) -> None:
        if len(words.strip()) >= 2:
            self._search(words, quiet=True)

    def _search(self, words: str, *, quiet: bool = False) -> None:
        if not words.strip():
            self.leave_search()
            return
        if not self.view.is_search:
            self._before_search = self.view
        wanted = View(folder=self.view.folder, query=words, threads=False)
        if quiet:
            try:
                source_of(self.desk, wanted)
            except QueryError:
                return
        self.open_view(wanted)
        self.list.focus()

    @does(search.Filter)
    def filter_list(self, argument: str = "") -> None:
        """Show only what fits a query."""
        if argument:
            self._filter(argument)
        else:
            value = self.view.query if self.view.inside else ""
            self.ask_line(_("Show only: "), self._filter, value=value)

    def _filter(self, words: str) -> None:
        if not words.strip():
            self.leave_search()
            return
        if not self.view.is_search:
            self._before_search = self.view
        self.open_view(View(folder=self.view.folder, query=words, inside=True, threads=False))

    def leave_search(self) -> bool:
        """Back to the list as it was before the search; False when there is no search."""
        if not self.view.is_search:
            return False
        self.open_view(self._before_search or with_choices(self.desk, View(self.view.folder)))
        self._before_search = None
        return True

    @does(search.NextHit)
    def next_hit(self) -> None:
        """The next message that was found."""
        self.list.step(1)

    @does(search.PreviousHit)
    def previous_hit(self) -> None:
        """The message found before."""
        self.list.step(-1)

    @does(select.ByQuery)
    def select_by_query(self, argument: str = "") -> None:
        """Choose what fits a query: in the list, up to everything."""

        def chosen(words: str) -> None:
            if words.strip() in ("", "*"):
                self.list.select_everything()
                return
            try:
                found = source_of(self.desk, View(folder=self.view.folder, query=words, inside=True, threads=False))
            except CorreioError as error:
                self.complain(error)
                return
            self.list.select_rows(found.page(None, 10_000))

        if argument:
            chosen(argument)
        else:
            self.ask_line(_("Select (a query, * for all): "), chosen)

    # ------------------------------------------------------------------ back

    @does(program.Back)
    def go_back(self) -> None:
        """Out of the message, the selection, the search; at the top, leave."""
        if self.pane == "reader":
            self.show_pane("list")
        elif self.list.clear_selection() or self.leave_search():
            return
        else:
            self.correio.leave()

    @does(program.Cancel)
    def cancel(self) -> None:
        """Give up a selection, a filter, a message in the footer."""
        if self.pane == "reader":
            self.reader.find("")
            self.show_pane("list")
        elif not self.list.clear_selection() and not self.leave_search():
            self.say("")


def _empty_words(wanted: View) -> str:
    if wanted.is_search:
        return _("Nothing fits this search.")
    return _("No unread messages here.") if wanted.unread_only else _("No messages here.")
